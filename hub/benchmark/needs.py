"""What the catalogue of indicators needs from records (`benchmark.md` §12), and how much of it a metropole gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.benchmark.figures import SUBJECTS
from schemas.registry import KINDS

TOO_FEW = 0.2
"""Beyond this share of records that lack the field used, a figure is not comparable (`benchmark.md` §3)."""


@dataclass(frozen=True, slots=True)
class Need:
    """What indicators (`serves`) need: records of a kind (`field` empty), or that these records fill a field.

    `codes` narrows the records to those whose `by` has one of these codes; `unknown` are the codes that fill nothing.
    `whole`: figures of the metropole itself, which those of its démarches never make (`schema.md` §7).
    """

    serves: tuple[str, ...]
    kind: str
    field: str = ""
    by: str = ""
    codes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    whole: bool = False

    @property
    def name(self) -> str:
        """Return what an address calls it: « process.budget », « observation.metric-comptes »."""
        code = f"{self.by}-{self.codes[0]}" if self.codes else ""
        return ".".join(filter(None, (self.kind, code, self.field)))

    def concerns(self, kind: str, data: Mapping[str, Any]) -> bool:
        """Tell whether a record is among those it counts."""
        coded = not self.codes or data.get(self.by) in self.codes
        return kind == self.kind and coded and (not self.whole or data["subject"]["kind"] in SUBJECTS)

    def filled(self, data: Mapping[str, Any]) -> bool:
        """Tell whether a record says the field: a figure kept secret is said, a code that means « unknown » is not."""
        if data.get(f"{self.field}_state") == "masque":
            return True
        return data.get(self.field) not in (None, "", [], {}, *self.unknown)


ANSWERS = ("reponse_part", "reponse_6_mois", "reponse_12_mois", "reponse_delai")
STATUSES = ("engagements_realises", "engagements_en_cours", "engagements_a_ouvrir", "engagements_abandonnes")
"""The indicators of answers, and those of declared statuses: each family is made of the same fields."""
NEEDS = (
    Need(("demarches",), "process", "starts_on"),
    Need(("part_volontaire",), "process", "legal_basis"),
    Need(("part_co_construction",), "process", "announced_level", unknown=("non_determine",)),
    Need(("part_hybride",), "process", "channel", unknown=("non_precise",)),
    Need(("communes_associees",), "process", "communes"),
    Need(("part_tirage_au_sort",), "process", "recruitment"),
    Need(("evaluations_publiees", "syntheses_publiees"), "process", "ends_on"),
    Need(("bp_euros_habitant",), "process", "budget"),
    Need(ANSWERS, "stage", "stage"),
    Need(ANSWERS, "stage", "delivered_on", "stage", ("avis_citoyen",)),
    Need(ANSWERS, "stage", "delivered_on", "stage", ("reponse_argumentee",)),
    Need(("presence_reunions", "participations"), "meeting", "attendees"),
    Need(("comptes",), "observation", "", "metric", ("comptes",), whole=True),
    Need(("participants",), "observation", "", "metric", ("participants",), whole=True),
    Need(("participations",), "observation", "", "metric", ("participations",)),
    Need(("votes",), "observation", "", "metric", ("votes",)),
    Need(("bp_euros_habitant",), "observation", "", "metric", ("montant_soumis_au_vote",)),
    Need(("contributions",), "contribution"),
    Need(STATUSES, "commitment", "status", unknown=("inconnu",)),
    Need(("engagements_delai", "engagements_deliberation"), "commitment", "promised_on"),
    Need(("engagements_sans_nouvelle", "engagements_delai"), "commitment", "history"),
    Need(("engagements_preuve",), "commitment", "proof"),
    Need(("engagements_deliberation",), "commitment", "deliberation_ids"),
    Need(("bp_projets_realises",), "commitment", "from_contribution_ids"),
    Need(("engagements_deliberation",), "deliberation", "decided_on"),
    Need(("mandats_publies",), "document", "", "type", ("mandat",)),
    Need(("syntheses_publiees",), "document", "", "type", ("synthese",)),
    Need(("evaluations_publiees",), "document", "", "type", ("evaluation",)),
)
"""In the order of the kinds; what is counted by presence alone has no field."""
DATE = "date"
"""What no field is called: any of the dates that put a record in a year."""
DATES = tuple(Need((), kind, DATE) for kind in KINDS)
CALLED = {need.name: need for need in (*NEEDS, *DATES) if need.field or need.whole}
"""The needs whose records no other page lists: of a field, of a date, of figures of the whole; by name."""
READ = tuple(sorted({need.kind for need in NEEDS if need.field or need.codes}))
"""The kinds whose records must be opened; the others are counted without being read."""


@dataclass(frozen=True, slots=True)
class Met:
    """How far a need is met: `filled` records of `total`; of a need without a field, both are the records there are."""

    need: Need
    filled: int
    total: int

    @property
    def missing(self) -> bool:
        """Tell whether nothing at all is there."""
        return not self.filled

    @property
    def too_few(self) -> bool:
        """Tell whether so many records lack the field that figures made of it are not comparable."""
        return self.total > 0 and (self.total - self.filled) / self.total > TOO_FEW


def met(records: Iterable[tuple[str, Mapping[str, Any]]], totals: Mapping[str, int]) -> list[Met]:
    """Return how far each need is met by these (kind, data); `totals` counts the kinds that are not read."""
    filled, total = Counter[str](), Counter[str]()
    by_kind: dict[str, list[Need]] = {}
    for need in NEEDS:
        by_kind.setdefault(need.kind, []).append(need)
    for kind, data in records:
        for need in by_kind[kind]:
            if need.concerns(kind, data):
                total[need.name] += 1
                filled[need.name] += not need.field or need.filled(data)
    for need in NEEDS:
        if need.kind not in READ:
            total[need.name] = filled[need.name] = totals.get(need.kind, 0)
    return [Met(need, filled[need.name], total[need.name]) for need in NEEDS]
