"""The rules between fields that JSON Schema cannot say: the order of dates, the clock, the communes of a metropole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from schemas.diagnosis import field_words
from schemas.plans import Plan, values_at
from schemas.problems import Path_, Problem, found, pointer_of, problem


def is_inverted(first: object, second: object) -> bool:
    """Tell whether `second` comes before `first`, comparing only what both say.

    `2021` then `2021-03` is in order: the year alone is known. Values of another form are left to the schema.
    Source: `schema.md` §2 (`dates_inversees`).
    """
    if isinstance(first, str) and isinstance(second, str):
        first, second = first.rstrip("Z"), second.rstrip("Z")
        known = min(len(first), len(second))
        return second[:known] < first[:known] and first[:4].isdigit() and second[:4].isdigit()
    if _is_number(first) and _is_number(second):
        return bool(second < first)  # type: ignore[operator]
    return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def disorder(kind: str, plan: Plan, data: dict[str, Any]) -> Iterator[Problem]:
    """Yield the pairs that stand the wrong way round: ends before starts, high below low."""
    if plan.order and is_inverted(data.get(plan.order[0]), data.get(plan.order[1])):
        yield _inverted(kind, (), data, plan.order)
    for key, rest, pair in plan.nested_orders:
        if key in data:
            for path, thing in values_at(data[key], rest, (key,)):
                if isinstance(thing, dict) and is_inverted(thing.get(pair[0]), thing.get(pair[1])):
                    yield _inverted(kind, path, thing, pair)


def _inverted(kind: str, path: Path_, thing: dict[str, Any], pair: tuple[str, str]) -> Problem:
    first, second = pair
    rule = "dates_inversees" if isinstance(thing[second], str) else "bornes_inversees"
    end = (*path, second)
    return problem(rule, pointer_of(end), found(thing[second]), other=found(thing[first]), **field_words(kind, end))


def future(kind: str, plan: Plan, data: dict[str, Any], today: date) -> Iterator[Problem]:
    """Yield the dates that say what took place and yet lie after `today` (`date_future`, `schema.md` §2)."""
    limit = today.isoformat()
    for key, rest in plan.past:
        if key in data:
            for path, day in values_at(data[key], rest, (key,)):
                if isinstance(day, str) and day[:10] > limit[: len(day[:10])]:
                    yield problem("date_future", pointer_of(path), day, **field_words(kind, path))


def elsewhere(kind: str, data: dict[str, Any], communes: frozenset[str]) -> Iterator[Problem]:
    """Yield the communes that are not of the metropole (`commune_hors_metropole`, `schema.md` §2)."""
    named = data.get("communes")
    for rank, commune in enumerate(named if isinstance(named, list) else ()):
        if isinstance(commune, str) and commune not in communes:
            path: Path_ = ("communes", rank)
            yield problem("commune_hors_metropole", pointer_of(path), commune, **field_words(kind, path))
