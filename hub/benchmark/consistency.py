"""Rules `left operator right` over the figures of a metropole (`benchmark.md` B43): declared, never blocking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import orjson
from sqlalchemy import select

from hub.benchmark.completeness import LONGEST
from hub.benchmark.statements import span
from hub.db import db
from hub.models.measure import Measure, measures_of
from hub.models.metropole import Metropole
from hub.models.thing import Filter, Thing, read, things_of

STRONG = "forte"
FLOW, NOT_RESULTS = "flux", ("objectif", "part")
METRIC, INDICATOR, REGISTER = "metric", "indicator", "register"
BREAKS: Mapping[str, Callable[[float, float, float, float], bool]] = {
    "<=": lambda low, _high, _below, above: low > above,
    ">=": lambda _low, high, below, _above: high < below,
    "==": lambda low, high, below, above: low > above or high < below,
}
"""Whether low to high, on the left, surely breaks the operator with below to above, on the right."""
Term = tuple[str, str, str]
"""Of what (a metric, an indicator, the register), its name, and its channel or its part."""
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rule:
    """A declared rule; each side is the sum of its terms. `message` is French, for whoever corrects."""

    key: str
    left: tuple[Term, ...]
    operator: str
    right: tuple[Term, ...]
    importance: str
    message: str


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that figures surely break: the years they speak of, the two sides, the records that state them."""

    rule: Rule
    periods: tuple[str, ...]
    left: float
    right: float
    things: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """Figures that may stand side by side: of one subject, one period, one nature.

    `known`: the numbers that each leaves possible; `said_by`: the records that state it.
    """

    periods: tuple[str, ...]
    known: dict[Term, Range]
    said_by: dict[Term, list[str]]


def _read() -> tuple[Rule, ...]:
    rows: list[dict[str, Any]] = orjson.loads(files("hub").joinpath("data/consistency.json").read_bytes())
    return tuple(Rule(**row | {side: tuple(map(_term, row[side])) for side in ("left", "right")}) for row in rows)


def _term(said: Mapping[str, str]) -> Term:
    of = next(each for each in (METRIC, INDICATOR, REGISTER) if each in said)
    return of, said[of], said.get("channel") or said.get("part", "")


RULES = _read()
_NAMED = {(of, name) for rule in RULES for of, name, _ in (*rule.left, *rule.right)}
METRICS = tuple(sorted(name for of, name in _NAMED if of == METRIC))
COUNTS = tuple(sorted(name for of, name in _NAMED if of == INDICATOR))
"""The indicators whose counts a rule looks at."""


def violations(siren: str, period: str | None = None) -> list[Violation]:
    """Return the rules that figures of a metropole surely break, of one year when it is named.

    A figure that is absent, or hidden from the present reader, breaks nothing; an approximate one only beyond what it
    leaves possible (`statements.span`).
    """
    found = [one for _, one in _violations([siren]) if period is None or period in one.periods]
    return sorted(found, key=_order)


def strong_problems(sirens: Collection[str]) -> Mapping[str, Counter[str]]:
    """Return, by metropole and year, how many rules of importance « forte » are broken: open problems (grade C)."""
    found: dict[str, Counter[str]] = {siren: Counter() for siren in sirens}
    for siren, one in _violations(sirens):
        if one.rule.importance == STRONG:
            found[siren].update(one.periods)
    return found


def _violations(sirens: Collection[str]) -> Iterator[tuple[str, Violation]]:
    registers = _registers(sirens)
    for siren, frame in (*_stated(sirens), *_measured(sirens)):
        for one in _broken(frame, registers[siren]):
            yield siren, one


def _order(one: Violation) -> tuple[int, str, str]:
    return -int(one.periods[-1]), one.rule.importance, one.rule.key


def _broken(frame: Frame, register: Mapping[Term, Range]) -> Iterator[Violation]:
    known = {**register, **frame.known}
    for rule in RULES:
        terms = (*rule.left, *rule.right)
        if not all(term in known for term in terms) or not any(term in frame.known for term in terms):
            continue
        left, right = _sum(known, rule.left), _sum(known, rule.right)
        if BREAKS[rule.operator](*left, *right):
            things = dict.fromkeys(name for term in terms for name in frame.said_by.get(term, ()))
            yield Violation(rule, frame.periods, left[0], right[1], tuple(things))


def _sum(known: Mapping[Term, Range], terms: Iterable[Term]) -> Range:
    ranges = [known[term] for term in terms]
    return sum(low for low, _ in ranges), sum(high for _, high in ranges)


def _stated(sirens: Collection[str]) -> Iterator[tuple[str, Frame]]:
    """The figures of each subject and period; two of one measure leave possible all that either does."""
    frames: dict[tuple[str, tuple[Any, ...]], Frame] = {}
    for thing in read(things_of("observation", Filter(metropoles=tuple(sirens), states=METRICS))):
        data, periods = thing.data, _years(thing.data)
        quantity = data.get("quantity")
        if not periods or quantity is None or data.get("breakdown") or data["basis"] in NOT_RESULTS:
            continue
        if thing.metropole is None:  # the network's own is no metropole's to correct
            continue
        frame = frames.setdefault((thing.metropole.siren, _frame(thing)), Frame(periods, {}, {}))
        term = (METRIC, str(data["metric"]), data.get("channel") or "")
        low, high = _possible(quantity)
        before = frame.known.get(term, (low, high))
        frame.known[term] = min(low, before[0]), max(high, before[1])
        frame.said_by.setdefault(term, []).append(thing.id)
    return ((siren, frame) for (siren, _), frame in frames.items())


def _frame(thing: Thing) -> tuple[Any, ...]:
    """What two figures must share to be set side by side."""
    subject, period = thing.data["subject"], thing.data["period"]
    whose = None if subject["kind"] == "metropole" else thing.source.id
    where = thing.data.get("perimeter") or thing.source.perimeter
    dates = period.get("from"), period.get("to")
    return whose, subject["kind"], subject["remote_id"], dates, thing.data["basis"], where


def _possible(quantity: Mapping[str, Any]) -> Range:
    qualifier = quantity.get("qualifier", "exact")
    value = quantity["low"] if qualifier == "fourchette" else quantity["value"]
    return span(value, qualifier, high=quantity.get("high"))


def _years(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The years that a figure speaks of; a running total speaks of the one it ends in."""
    ends = [int(data["period"][end][:4]) for end in ("from", "to") if end in data["period"]]
    if not ends:
        return ()
    if data["basis"] != FLOW or ends[-1] - ends[0] > LONGEST:
        return (str(ends[-1]),)
    return tuple(str(year) for year in range(ends[0], ends[-1] + 1))


def _measured(sirens: Collection[str]) -> Iterator[tuple[str, Frame]]:
    """The counts that measures are made of, by metropole and period, where a rule looks at them."""
    frames: dict[tuple[str, str], Frame] = {}
    columns = (Measure.indicator, Measure.siren, Measure.period, Measure.numerator, Measure.denominator)
    present = measures_of(COUNTS, sirens).where(Measure.value.is_not(None)).with_only_columns(*columns)
    for row in db.session.execute(present):
        frame = frames.setdefault((row.siren, row.period), Frame((row.period,), {}, {}))
        for part, value in (("numerator", row.numerator), ("denominator", row.denominator)):
            if value is not None:
                frame.known[INDICATOR, row.indicator, part] = value, value
    return ((siren, frame) for (siren, _), frame in frames.items())


def _registers(sirens: Collection[str]) -> Mapping[str, Mapping[Term, Range]]:
    told = select(Metropole.siren, Metropole.communes, Metropole.population).where(Metropole.siren.in_(sirens))
    found: dict[str, Mapping[Term, Range]] = {}
    for row in db.session.execute(told):
        counts = {"communes": len(row.communes), "population": row.population}
        found[row.siren] = {(REGISTER, name, ""): (number, number) for name, number in counts.items()}
    return found
