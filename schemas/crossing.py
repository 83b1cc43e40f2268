"""The rules between fields that JSON Schema cannot say: the order of dates, the clock, the communes of a metropole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.diagnosis import field_words
from schemas.plans import EACH, Plan, values_at
from schemas.problems import Path_, Problem, found, pointer_of, problem


def is_inverted(first: object, second: object) -> bool:
    """Tell whether `second` comes before `first`, comparing only what both say.

    `2021` then `2021-03` is in order: the year alone is known. Values of another form are left to the schema.
    Source: `schema.md` §2 (`dates_inversees`).
    """
    if isinstance(first, str) and isinstance(second, str):
        if first <= second:
            return False
        first, second = first.rstrip("Z"), second.rstrip("Z")
        known = min(len(first), len(second))
        return second[:known] < first[:known] and first[:4].isdigit() and second[:4].isdigit()
    if _is_number(first) and _is_number(second):
        return bool(second < first)  # type: ignore[operator]
    return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_ordered(plan: Plan, data: dict[str, Any]) -> bool:
    """Tell whether every two fields that have an order respect it: the quick question, asked of every thing."""
    pair = plan.order
    if pair and pair[0] in data and is_inverted(data[pair[0]], data.get(pair[1])):
        return False
    for key, rest, (first, second) in plan.nested_orders:
        thing = data.get(key)
        if thing is None:
            continue
        if rest:
            if any(_is_inverted_in(inner, first, second) for _, inner in values_at(thing, rest)):
                return False
        elif _is_inverted_in(thing, first, second):
            return False
    return True


def _is_inverted_in(thing: object, first: str, second: str) -> bool:
    return isinstance(thing, dict) and first in thing and is_inverted(thing[first], thing.get(second))


def disorder(kind: str, plan: Plan, data: dict[str, Any]) -> Iterator[Problem]:
    """Yield the pairs that stand the wrong way round: ends before starts, high below low."""
    places: dict[Path_, tuple[str, str]] = {(key, *rest): pair for key, rest, pair in plan.nested_orders}
    if plan.order:
        places[()] = plan.order
    for place, pair in places.items():
        for path, thing in values_at(data, place):
            if _is_inverted_in(thing, *pair):
                yield _inverted(kind, path, thing, pair)


def _inverted(kind: str, path: Path_, thing: dict[str, Any], pair: tuple[str, str]) -> Problem:
    first, second = pair
    rule = "dates_inversees" if isinstance(thing[second], str) else "bornes_inversees"
    end = (*path, second)
    return problem(rule, pointer_of(end), found(thing[second]), other=found(thing[first]), **field_words(kind, end))


def is_past(plan: Plan, data: dict[str, Any], limit: str) -> bool:
    """Tell whether no date that says what took place lies after `limit` (`AAAA-MM-JJ`): asked of every thing."""
    for key, rest in plan.past:
        day = data.get(key)
        if day is None:
            continue
        if any(_is_after(inner, limit) for _, inner in values_at(day, rest)) if rest else _is_after(day, limit):
            return False
    return True


def _is_after(day: object, limit: str) -> bool:
    return isinstance(day, str) and day > limit and day[:10] > limit[: len(day[:10])]


def future(kind: str, plan: Plan, data: dict[str, Any], limit: str) -> Iterator[Problem]:
    """Yield the dates that say what took place and yet lie after `limit` (`date_future`, `schema.md` §2)."""
    for key, rest in plan.past:
        for path, day in values_at(data, (key, *rest)):
            if _is_after(day, limit):
                yield problem("date_future", pointer_of(path), day, **field_words(kind, path))


def is_inside(data: dict[str, Any], communes: frozenset[str]) -> bool:
    """Tell whether the communes named are all of the metropole: asked of every thing."""
    named = data.get("communes")
    return not isinstance(named, list) or all(isinstance(commune, str) and commune in communes for commune in named)


def elsewhere(kind: str, data: dict[str, Any], communes: frozenset[str]) -> Iterator[Problem]:
    """Yield the communes that are not of the metropole (`commune_hors_metropole`, `schema.md` §2)."""
    for path, commune in values_at(data, ("communes", EACH)):
        if isinstance(commune, str) and commune not in communes:
            yield problem("commune_hors_metropole", pointer_of(path), commune, **field_words(kind, path))
