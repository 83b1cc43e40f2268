"""Cases of démarches: how many, on which base, with which commitment, who is recruited, what is published of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from hub.benchmark.cases import Row, case, counts, end_of, first_day, following, last_day, year_of
from hub.benchmark.dossiers import Dossier, Read
from hub.clock import today

KNOWN = {
    "part_volontaire": ("legal_basis", ("volontaire",), ()),
    "part_co_construction": ("announced_level", ("co_construction", "co_decision"), ("non_determine",)),
    "part_hybride": ("channel", ("hybride",), ("non_precise",)),
    "part_tirage_au_sort": ("recruitment", ("tirage_au_sort", "tirage_au_sort_stratifie"), ()),
}
"""The shares among démarches: the field they read, the codes that count, those that mean « not known »."""
REPORTING = timedelta(days=90)
"""How long after its end a démarche owes its synthesis."""
BODIES = {"codev_actif": "conseil_de_developpement", "ccspl_active": "ccspl"}


def of_process(dossier: Dossier) -> Iterator[Row]:
    """Yield the cases of a démarche and of what is published of it (`benchmark.md` §12)."""
    process = dossier.process
    if process.data["state"] == "annulee":
        return
    yield from _bodies(dossier)
    if process.data.get("parent_id"):
        return
    starts = process.data.get("starts_on")
    if starts and first_day(starts) <= today():
        yield from _opened(dossier, first_day(starts).year)
    yield from _closed(dossier)


def _opened(dossier: Dossier, year: int) -> Iterator[Row]:
    process = dossier.process
    if not counts(process):
        yield case("demarches", year, process, said=process.perimeter)
        return
    yield case("demarches", year, process, 1)
    for indicator, (name, wanted, unknown) in KNOWN.items():
        value = process.data.get(name)
        codes = [each for each in (value if isinstance(value, list) else [value]) if each and each not in unknown]
        said = "|".join(codes) or None
        if codes:
            yield case(indicator, year, process, float(bool({*codes} & {*wanted})), 1, said=said)
        else:
            yield case(indicator, year, process, lacks=True)
    communes = process.data.get("communes") or ()
    named = float(len(communes)) if communes else None
    yield case("communes_associees", year, process, named, said="|".join(communes) or None, lacks=not communes)
    mandate = next(iter(_published(dossier, "mandat", "mandat")), None)
    resting = (mandate,) if mandate else ()
    yield case("mandats_publies", year, process, float(mandate is not None), 1, resting=resting)


def _closed(dossier: Dossier) -> Iterator[Row]:
    process, ends = dossier.process, dossier.process.data.get("ends_on")
    if not ends or not counts(process):
        return
    ended, vague = last_day(ends), len(ends) < 10
    for period in following(ended.year):
        as_of = end_of(period)
        for indicator, word, owed in (
            ("evaluations_publiees", "evaluation", ended),
            ("syntheses_publiees", "synthese", ended + REPORTING),
        ):
            if owed <= as_of:
                shown = [each for each in _published(dossier, word) if _by(each, as_of.isoformat())]
                resting = tuple(shown[:1])
                yield case(indicator, period, process, float(bool(shown)), 1, approximate=vague, resting=resting)


def _published(dossier: Dossier, word: str, stage: str = "") -> list[Read]:
    """Return the documents of this type about a démarche, else its stages of this name that have a document."""
    found = [each for each in dossier.documents if each.data.get("type") == word]
    if stage and not found:
        found = [each for each in dossier.stages if each.data.get("stage") == stage and each.data.get("document_ids")]
    return found


def _by(document: Read, as_of: str) -> bool:
    """Tell whether a document was there by that day; one without a date is taken as it is."""
    return str(document.data.get("published_at", ""))[:10] <= as_of


def _bodies(dossier: Dossier) -> Iterator[Row]:
    """Yield the signs of life of a permanent body: a meeting held, an avis handed over or published."""
    process = dossier.process
    for indicator, kind in BODIES.items():
        if process.data.get("type") == kind and counts(process):
            for sign, day in _signs(dossier):
                if (year := year_of(day)) is not None and day[:10] <= today().isoformat():
                    yield case(indicator, year, sign, 1)


def _signs(dossier: Dossier) -> Iterator[tuple[Read, str]]:
    for meeting in dossier.meetings:
        if not meeting.data.get("cancelled"):
            yield meeting, meeting.data["starts_at"]
    for stage in dossier.stages:
        if stage.data.get("stage") == "avis_citoyen" and stage.data.get("delivered_on"):
            yield stage, stage.data["delivered_on"]
    for document in dossier.documents:
        if document.data.get("type") == "avis_citoyen" and document.data.get("published_at"):
            yield document, document.data["published_at"]
