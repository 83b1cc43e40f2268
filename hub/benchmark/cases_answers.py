"""Cases of avis: each waits for its answer until it comes, and is looked at at the end of each year (§10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.benchmark.cases import Row, case, counts, end_of, following, last_day
from hub.benchmark.delays import SIX_MONTHS, TWELVE_MONTHS, Clock, clock, counted, ended_within, in_window
from hub.benchmark.dossiers import Dossier, Read

AVIS, ANSWER = "avis_citoyen", "reponse_argumentee"
PUBLISHED = ("publiee", "partielle")


def of_answers(dossier: Dossier) -> Iterator[Row]:
    """Yield the cases of the avis of a démarche; one known to the year only stands in no delay, but is counted."""
    if not counts(dossier.process):
        return
    avis = [each for each in dossier.stages if each.data.get("stage") == AVIS]
    answers = [each for each in dossier.stages if each.data.get("stage") == ANSWER]
    for each in avis:
        answer = answer_of(each, avis, answers)
        if counted(each.data.get("delivered_on")):
            yield from _cases(each, answer)
        elif each.data.get("delivered_on"):
            yield from _of_a_year(each, answer)


def answer_of(avis: Read, every: Sequence[Read], answers: Sequence[Read]) -> Read | None:
    """Return the answer that names an avis; else the only one of a démarche that has a single avis."""
    named = [each for each in answers if each.data.get("follows_id") == avis.remote_id]
    alone = [each for each in answers if not each.data.get("follows_id")] if len(every) == 1 else []
    return min([*named, *alone], key=lambda each: each.data.get("delivered_on", "9"), default=None)


def clock_of(avis: Read, answer: Read | None) -> Clock:
    """Return how long an avis waits. One said to be answered, on an unknown day, is answered and has no delay."""
    said = avis.data.get("answer_status") in PUBLISHED
    until = answer.data.get("delivered_on") if answer else None
    return clock(avis.hub_id, avis.siren, avis.data["delivered_on"], until, said)


def _cases(avis: Read, answer: Read | None) -> Iterator[Row]:
    waits, resting = clock_of(avis, answer), (answer,) if answer else ()
    for period in following(waits.since.year, years=4):
        as_of = end_of(period)
        if not in_window([waits], as_of):
            continue
        ended, days = waits.ended(as_of), waits.days(as_of)
        shared = {"approximate": waits.approximate, "resting": resting}
        yield case("reponse_part", period, avis, float(ended), 1, **shared)  # type: ignore[arg-type]  # two options
        for indicator, limit in (("reponse_6_mois", SIX_MONTHS), ("reponse_12_mois", TWELVE_MONTHS)):
            if (within := ended_within(waits, as_of, limit)) is not None:
                yield case(indicator, period, avis, float(within), 1, **shared)  # type: ignore[arg-type]  # the same
            elif waits.undated and (as_of - waits.since).days >= limit:
                yield case(indicator, period, avis, lacks=True, resting=resting)
        if waits.undated:
            yield case("reponse_delai", period, avis, lacks=True, resting=resting)
        else:
            yield case("reponse_delai", period, avis, float(ended), days, **shared)  # type: ignore[arg-type]  # the same


def _of_a_year(avis: Read, answer: Read | None) -> Iterator[Row]:
    """Yield the cases of an avis known to the year only: answered or not, it has no delay."""
    until = answer.data.get("delivered_on") if answer else None
    resting = (answer,) if answer else ()
    for period in following(int(avis.data["delivered_on"])):
        said = avis.data.get("answer_status") in PUBLISHED
        ended = said or (until is not None and last_day(until) <= end_of(period))
        yield case("reponse_part", period, avis, float(ended), 1, approximate=True, resting=resting)
        for indicator in ("reponse_6_mois", "reponse_12_mois", "reponse_delai"):
            yield case(indicator, period, avis, lacks=True, resting=resting)
