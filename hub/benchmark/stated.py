"""« Énoncé ≠ compté »: what documents state beside what the hub counts; neither is ever adjusted (F3, Pub8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.benchmark.counting import COUNTERS, Count
from hub.benchmark.statements import APPROXIMATE, Statement, span, statements
from hub.models.source import Source
from hub.models.thing import Thing, named, read
from schemas.labels import label as words_of

AGREES, FITS, DIFFERS, PARTIAL, NOTHING = "accord", "compatible", "ecart", "compte_incomplet", "sans_compte"
VERDICTS = {
    AGREES: "Accord",
    FITS: "Compatible",
    DIFFERS: "Écart",
    PARTIAL: "Compte incomplet",
    NOTHING: "Rien à compter",
}
VERDICT_NOTES = {
    AGREES: "Le compte est le nombre énoncé.",
    FITS: "L'énoncé est une quantité approchée, et le compte est de celles qu'il laisse possibles.",
    DIFFERS: "Le compte n'est pas le nombre énoncé ; les deux sont gardés.",
    PARTIAL: "Des fiches sont sans statut connu, ou tout n'est pas cité : le compte ne confirme ni ne contredit.",
    NOTHING: "Aucune fiche ne permet de compter : ce n'est pas zéro.",
}
BOTH = ("metropole", "interpellation")
OUTSIDE = "Un plan qui remplace un engagement, et les engagements d'un autre plan, restent en dehors du compte."
STATUS_NOTE = "Le document donne des totaux ; il ne dit le statut que de quelques engagements."


@dataclass(frozen=True)
class Comparison:
    """One comparison: which statements it takes (metric, subject, what they are about), how the other side is counted.

    `added`: the statements of one subject are added first (« la douzaine … et autant … »). `levels` are the levels of
    commitment that count; a second one is counted only where it has records.
    """

    key: str
    label: str
    metric: str
    counter: str
    subject: str = "process"
    about: tuple[str, ...] = ()
    share: bool = False
    only_exact: bool = False
    added: bool = False
    levels: tuple[str, ...] = ("metropole",)
    note: str = ""

    def takes(self, said: Statement) -> bool:
        """Tell whether a statement is one of those compared here."""
        return (
            said.data["metric"] == self.metric
            and said.subject[0] == self.subject
            and set(said.about) == set(self.about)
            and said.share == self.share
            and not said.data.get("channel")
            and (said.qualifier == "exact" or not self.only_exact)
        )


COMPARISONS = (
    Comparison("engagements", "Engagements, sans les interpellations", "engagements", "records", note=OUTSIDE),
    Comparison(
        "engagements_interpellations",
        "Engagements, avec les interpellations d'autres institutions",
        "engagements",
        "records",
        only_exact=True,
        levels=BOTH,
        note="Le texte ne dit pas si elles comptent. " + OUTSIDE,
    ),
    Comparison("statuts", "Engagements : {status}", "engagements", "records", about=("status",), note=STATUS_NOTE),
    Comparison(
        "parts",
        "Part des engagements : {status}",
        "engagements",
        "totals",
        about=("status",),
        share=True,
        note="Calculée sur les totaux que le document énonce lui-même.",
    ),
    Comparison("types", "Engagements : {type}", "engagements", "records", about=("type",)),
    Comparison("orientations", "« {orientation} »", "engagements", "records", about=("orientation",)),
    Comparison(
        "orientations_statuts",
        "« {orientation} » : {status}",
        "engagements",
        "records",
        about=("orientation", "status"),
        note=STATUS_NOTE,
    ),
    Comparison(
        "orientations_parts",
        "« {orientation} », deux ensembles énoncés à la suite",
        "engagements",
        "records",
        about=("orientation", "other"),
        added=True,
        note="Les fiches ne distinguent pas ce qui est à ouvrir de ce qui est à accélérer : seul l'ensemble se compte.",
    ),
    Comparison("communes_fiches", "Engagements propres des communes", "engagements", "records", about=("level",)),
    Comparison(
        "communes_enonces",
        "Engagements propres des communes : deux énoncés",
        "engagements",
        "elsewhere",
        about=("level",),
        note="Deux passages parlent du même ensemble sans donner le même nombre.",
    ),
    Comparison(
        "deliberations",
        "Délibérations, toutes dates",
        "deliberations",
        "cited",
        note="Les vœux et autres votes sont comptés à part.",
    ),
    Comparison(
        "deliberations_depuis",
        "Délibérations qui suivent la promesse",
        "deliberations",
        "cited_since",
        note="Une délibération antérieure à la promesse est citée, jamais comptée comme sa suite.",
    ),
    Comparison("seances", "Séances de travail {year}", "seances", "channels", subject="reseau"),
    Comparison(
        "retours",
        "Temps de retours d'expérience {year}",
        "seances",
        "encounters",
        subject="reseau",
        about=("encounter",),
    ),
    Comparison("communes", "Communes de la métropole", "communes", "communes", subject="metropole"),
)


@dataclass(frozen=True)
class Gap:
    """One comparison made: the statements, the count, their difference in words, the verdict; and its démarche."""

    comparison: Comparison
    statements: tuple[Statement, ...]
    count: Count
    process: Thing | None

    @property
    def label(self) -> str:
        """Return what is compared, in words."""
        said = self.statements[0]
        statuses = " ou ".join(words_of("statut_engagement", code).lower() for code in said.about.get("status", ()))
        kinds = "".join(words_of("type_engagement", code).lower() for code in said.about.get("type", ()))
        orientation = "".join(said.about.get("orientation", ()))
        return self.comparison.label.format(status=statuses, type=kinds, orientation=orientation, year=said.year)

    @property
    def stated(self) -> str:
        """Return the quantity in the words of the document."""
        return " et ".join(f"« {said.words} »" for said in self.statements)

    @property
    def value(self) -> float:
        """Return the stated number, several statements being added."""
        return sum(said.value for said in self.statements)

    @property
    def exact(self) -> bool:
        """Tell whether the document gives the number without reserve."""
        return self.statements[0].qualifier == "exact"

    @property
    def verdict(self) -> str:
        """Return whether the two sides agree, fit or differ; PARTIAL or NOTHING when the count cannot tell."""
        count, said = self.count, self.statements[0]
        if count.value is None:
            return NOTHING
        low, high = said.span() if len(self.statements) == 1 else span(self.value, said.qualifier)
        if count.value > high or count.value + count.more < low:
            return DIFFERS
        if not low <= count.value <= count.value + count.more <= high:
            return PARTIAL
        return AGREES if said.qualifier == "exact" and not count.more else FITS

    @property
    def difference(self) -> str:
        """Return the difference in words, with what the count leaves undecided."""
        if self.count.value is None:
            return "rien à comparer : ce n'est pas zéro"
        return " ; ".join(part for part in (self._distance(self.count.value), self.count.why_more) if part)

    def _distance(self, counted: float) -> str:
        said = self.statements[0]
        if said.share:
            points = round((counted - self.value) * 100, 1)
            size = f"{abs(points):g}".replace(".", ",") + (" points" if abs(points) >= 2 else " point")
            return f"{size} {'de plus' if points > 0 else 'de moins'} au calcul" if points else "aucun écart"
        if not counted:
            return "aucune fiche ne le dit"
        apart = round(counted - self.value)
        if said.qualifier == "plus_de" and not apart:
            return f"l'énoncé dit plus de {self.value:g}"
        tail = f" que {self.value:g}" + (", quantité approchée" if said.qualifier in APPROXIMATE else "")
        return f"{abs(apart)} {'de plus' if apart > 0 else 'de moins'}{tail}" if apart else "aucun écart"


def gaps(metropoles: tuple[str, ...] = (), metrics: Sequence[str] = ()) -> list[Gap]:
    """Return every comparison that can be made, in the order of COMPARISONS, then of the statements.

    `metropoles` (slugs) and `metrics` narrow it; without them, everything the hub holds is compared.
    """
    wanted = [each for each in COMPARISONS if not metrics or each.metric in metrics]
    every = statements({each.metric for each in wanted}, metropoles)
    processes = _processes(every)
    found = []
    for comparison in wanted:
        for said in _taken(comparison, every):
            count = COUNTERS[comparison.counter](said[0], every, comparison.levels)
            if count is not None:
                found.append(Gap(comparison, said, count, processes.get((said[0].thing.source.id, said[0].subject))))
    return found


def _taken(comparison: Comparison, every: Sequence[Statement]) -> list[tuple[Statement, ...]]:
    """Return the statements compared together: one by one, or those of one subject when they are added."""
    taken = [said for said in every if comparison.takes(said)]
    if not comparison.added:
        return [(said,) for said in taken]
    groups: dict[object, list[Statement]] = {}
    for said in taken:
        groups.setdefault((said.subject, said.about["orientation"]), []).append(said)
    return [tuple(group) for group in groups.values()]


def _processes(every: Sequence[Statement]) -> dict[tuple[int, tuple[str, str]], Thing]:
    """Return the démarches statements speak of, by source and subject."""
    wanted: dict[int, tuple[Source, set[str]]] = {}
    for said in every:
        if said.subject[0] == "process":
            wanted.setdefault(said.thing.source.id, (said.thing.source, set()))[1].add(said.subject[1])
    found = [thing for source, names in wanted.values() for thing in read(named(source, "process", names))]
    return {(thing.source.id, ("process", thing.remote_id)): thing for thing in found}
