"""How filled records are, by kind: what guards compare when a field or a figure suddenly vanishes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

FIGURES = {"contribution": ("votes", "supports", "comments"), "meeting": ("attendees",), "commitment": ("progress",)}
"""The figures of a record, by kind; an observation's figure is named by its metric."""

PARTS = ("fields", "known", "sums", "zeros")
Profile = dict[str, dict[str, Counter[str]]]
"""Kind → `fields` (how many records fill each field), `known`, `sums` and `zeros` of each figure; `n` is a field."""


def profile_of(stored: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Profile:
    """Return a profile as it was stored in JSON."""
    return {kind: {part: Counter(of) for part, of in parts.items()} for kind, parts in stored.items()}


def count(profile: Profile, kind: str, records: Sequence[Mapping[str, Any]], sign: int = 1) -> None:
    """Add records of a kind to a profile, or take them away with `sign` -1."""
    parts = profile.setdefault(kind, {part: Counter() for part in PARTS})
    filled = _filled(records)
    filled["n"] += len(records)
    for name, number in filled.items():
        parts["fields"][name] += sign * number
    for name, values in _figures(kind, records).items():
        parts["known"][name] += sign * len(values)
        parts["sums"][name] += sign * sum(values)
        parts["zeros"][name] += sign * values.count(0)


def add(profile: Profile, other: Profile) -> None:
    """Add to a profile all that another counts."""
    for kind, parts in other.items():
        mine = profile.setdefault(kind, {part: Counter() for part in PARTS})
        for part in PARTS:
            mine[part].update(parts[part])


def merge(first: Profile, second: Profile) -> Profile:
    """Return the profile of both."""
    merged: Profile = {}
    for kind in {*first, *second}:
        merged[kind] = {}
        for part in PARTS:
            total = Counter(first.get(kind, {}).get(part, {}))
            total.update(second.get(kind, {}).get(part, {}))
            merged[kind][part] = total
    return merged


def _filled(records: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """Return how many records fill each field: most fill the same ones, which are counted together."""
    filled = Counter[str]()
    shapes = Counter(
        tuple(data) if None not in data.values() else tuple(name for name in data if data[name] is not None)
        for data in records
    )
    for shape, number in shapes.items():
        for name in shape:
            filled[name] += number
    return filled


def _figures(kind: str, records: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the values known of each figure."""
    if kind != "observation":
        names = FIGURES.get(kind, ())
        known = {name: [value for data in records if (value := data.get(name)) is not None] for name in names}
        return {name: values for name, values in known.items() if values}
    found: dict[str, list[Any]] = {}
    for data in records:
        if (value := (data.get("quantity") or {}).get("value")) is not None:
            found.setdefault(data["metric"], []).append(value)
    return found
