"""The delays as rows: what is counted, each step of the curves, each avis, each commitment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub.benchmark.avis import Avis
from hub.benchmark.delays import Clock, Delay
from hub.benchmark.promises import Promise
from hub.pages.delays_found import Found, counters, promise_counters
from hub.pages.traces import IDENTITY, identity

COLUMNS = (
    *("part", *IDENTITY, "presence", "label", "process_id", "since", "until", "status", "news_on", "silent"),
    *("days", "approximate", "answer_id", "apart", "at_risk", "events", "share"),
    *("numerator", "denominator", "value", "qualifier", "low", "high", "value_state", "as_of"),
)
COUNTER, CURVE, AVIS, PROMISE = "compteur", "courbe", "avis", "engagement"
ANSWERED, WAITING = "repondu", "en_attente"


def rows(found: Found) -> Iterator[dict[str, Any]]:
    """Yield the rows of `COLUMNS`; each says the day it is true of."""
    for row in _rows(found):
        yield row | {"as_of": found.asked.as_of.isoformat()}


def _rows(found: Found) -> Iterator[dict[str, Any]]:
    where = {"siren": found.asked.chosen.siren, "metropole": found.asked.chosen.slug} if found.asked.chosen else {}
    for one in (*counters(found), *promise_counters(found)):
        yield {"part": COUNTER, "id": one["key"], **where, "value_state": one["state"]} | _number(one)
    for key, waited in (("reponse_delai", found.answers.delay), ("engagements_delai", found.delay)):
        yield from ({**where, **row} for row in _curve(key, waited))
    yield from (_avis(found, one) for one in found.avis)
    yield from (_promise(found, one) for one in found.promises)


def _number(one: dict[str, Any]) -> dict[str, Any]:
    names = ("label", "numerator", "denominator", "value", "qualifier", "low", "high")
    return {name: one[name] for name in names if name in one}


def _curve(key: str, waited: Delay) -> Iterator[dict[str, Any]]:
    for step in waited.steps if waited.enough else ():
        said = {
            "days": step.days,
            "at_risk": step.at_risk,
            "events": step.events,
            "share": round(1 - step.share_left, 6),
        }
        yield {"part": CURVE, "id": f"{key}-{step.days}", "label": key, **said}


def _avis(found: Found, one: Avis) -> dict[str, Any]:
    row = {"part": AVIS, **identity(one.thing), "label": one.thing.title}
    row |= {"process_id": one.process.id} if one.process else {}
    row |= {"status": ANSWERED if one.published else WAITING, **_dates(found, one.clock)}
    row |= {"answer_id": one.answer.id} if one.answer and one.published else {}
    return row | ({"apart": one.apart} if one.apart else {})


def _promise(found: Found, one: Promise) -> dict[str, Any]:
    row = {"part": PROMISE, **identity(one.thing), "label": one.thing.title, "status": one.status}
    row |= {"silent": one.silent, **_dates(found, one.clock)}
    row |= {"news_on": one.news} if one.news else {}
    return row | ({"apart": one.apart} if one.apart else {})


def _dates(found: Found, timed: Clock | None) -> dict[str, Any]:
    """The two days of a clock and its length on the day asked, those that are known."""
    if timed is None or timed.since > found.asked.as_of:
        return {}
    row: dict[str, Any] = {"since": timed.since.isoformat(), "approximate": timed.approximate}
    if timed.until and timed.ended(found.asked.as_of):
        row["until"] = timed.until.isoformat()
    return row if timed.undated else row | {"days": timed.days(found.asked.as_of)}
