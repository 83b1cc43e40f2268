"""Cases of avis: each waits for its answer until it comes, and is looked at at the end of each year (§10)."""

from __future__ import annotations

from collections.abc import Iterator

from hub.benchmark.answering import Pair, paired
from hub.benchmark.cases import Row, case, counts, end_of, following, last_day
from hub.benchmark.delays import SIX_MONTHS, TWELVE_MONTHS, counted, ended_within, in_window
from hub.benchmark.dossiers import Dossier, Read

DELAYS = {"reponse_6_mois": SIX_MONTHS, "reponse_12_mois": TWELVE_MONTHS}
EVERY = ("reponse_part", *DELAYS, "reponse_delai")


def of_answers(dossier: Dossier) -> Iterator[Row]:
    """Yield the cases of the avis of a démarche; one known to the year only stands in no delay, but is counted."""
    for pair in paired(dossier.stages) if counts(dossier.process) else ():
        given = pair.avis.data.get("delivered_on")
        if given and pair.lost and not pair.published:
            yield from _unknown(pair.avis, given)
        elif counted(given):
            yield from _dated(pair)
        elif given:
            yield from _of_a_year(pair, given)


def _unknown(avis: Read, given: str) -> Iterator[Row]:
    """An answer of the démarche names no avis: it may be this one's, so that nobody calls this one silent."""
    for period in following(int(given[:4])):
        for indicator in EVERY:
            yield case(indicator, period, avis, lacks=True)


def _dated(pair: Pair[Read]) -> Iterator[Row]:
    avis, waits = pair.avis, pair.clock(pair.avis.hub_id, pair.avis.siren)
    assert waits is not None
    resting, vague = (pair.answer,) if pair.answer else (), waits.approximate
    for period in following(waits.since.year, years=4):
        as_of = end_of(period)
        if not in_window([waits], as_of):
            continue
        ended, days = float(waits.ended(as_of)), waits.days(as_of)
        yield case("reponse_part", period, avis, ended, 1, approximate=vague, resting=resting)
        for indicator, limit in DELAYS.items():
            if (within := ended_within(waits, as_of, limit)) is not None:
                yield case(indicator, period, avis, float(within), 1, approximate=vague, resting=resting)
            elif waits.undated and (as_of - waits.since).days >= limit:
                yield case(indicator, period, avis, lacks=True, resting=resting)
        if waits.undated:
            yield case("reponse_delai", period, avis, lacks=True, resting=resting)
        else:
            yield case("reponse_delai", period, avis, ended, days, approximate=vague, resting=resting)


def _of_a_year(pair: Pair[Read], given: str) -> Iterator[Row]:
    """Yield the cases of an avis known to the year only: answered or not, it has no delay."""
    until = pair.answer.data.get("delivered_on") if pair.answer else None
    resting = (pair.answer,) if pair.answer else ()
    for period in following(int(given)):
        ended = last_day(until) <= end_of(period) if until else pair.published
        yield case("reponse_part", period, pair.avis, float(ended), 1, approximate=True, resting=resting)
        for indicator in (*DELAYS, "reponse_delai"):
            yield case(indicator, period, pair.avis, lacks=True, resting=resting)
