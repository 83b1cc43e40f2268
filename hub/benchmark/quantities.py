"""Quantities that documents and platforms state: what they speak of, what may be added, what two of them differ by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from hub.benchmark.cases import counts, first_day, last_day, year_of
from hub.benchmark.dossiers import Read
from hub.clock import today

NEVER = ("objectif", "part")
"""The bases that no measure is made of."""
ENOUGH = 0.75
"""The share of a year that a figure must speak of to stand for it (`benchmark.md` §3)."""
FULL_YEAR = 365


def added(same: Sequence[Read]) -> list[Read]:
    """Return the figures of a year that may be added: no two speak of the same channel and the same days."""
    whole = [each for each in same if not each.data.get("channel")]
    channels: dict[str, list[Read]] = {}
    for each in whole or same:
        channels.setdefault(each.data.get("channel", ""), []).append(each)
    return [each for figures in channels.values() for each in _apart(figures)]


def _apart(figures: Sequence[Read]) -> list[Read]:
    """Return the flows whose periods do not overlap, the longest first; without a flow, the newest figure."""
    kept: list[Read] = []
    flows = [each for each in figures if each.data["basis"] == "flux"]
    for each in sorted(flows, key=lambda each: (_span(each)[0] - _span(each)[1], each.hub_id)):
        first, last = _span(each)
        if all(last < _span(other)[0] or _span(other)[1] < first for other in kept):
            kept.append(each)
    return kept or [max(figures, key=lambda each: (as_of(each), each.hub_id))]


def _span(figure: Read) -> tuple[date, date]:
    """Return the first and the last day that a figure of a year may speak of."""
    period, told = figure.data["period"], as_of(figure)
    begins = period.get("from") or told
    return first_day(begins), last_day(period.get("to") or told or begins)


def grown(figures: Iterable[Read]) -> dict[int, tuple[Read, Read]]:
    """Return, by year, the two cumulative figures of one subject whose difference is nearest to it (§12)."""
    subjects: dict[tuple[str, str, str | None, str], list[Read]] = {}
    for each in figures:
        if each.data["basis"] == "cumul" and as_of(each) and each.data.get("quantity"):
            told = each.data["subject"]
            name = (told["kind"], told["remote_id"], each.perimeter, each.data.get("channel", ""))
            subjects.setdefault(name, []).append(each)
    found: dict[int, tuple[Read, Read]] = {}
    for name in sorted(subjects, key=str):
        for year, pair in _pairs(sorted(subjects[name], key=lambda each: (as_of(each), each.hub_id))):
            found.setdefault(year, pair)
    return found


def _pairs(dated: Sequence[Read]) -> Iterator[tuple[int, tuple[Read, Read]]]:
    """Yield, for each year, its last figure and the one dated nearest to its beginning that may be taken from it."""
    for year, after in {last_day(as_of(each)).year: each for each in dated}.items():
        begins, last = date(year - 1, 12, 31), last_day(as_of(after))
        days = [(last_day(as_of(each)), each) for each in dated]
        near = [(abs(day - begins), rank) for rank, (day, _) in enumerate(days) if speaks_of(day, last, year)]
        before = dated[min(near)[1]] if near else None
        if before is not None and value_of(after) >= value_of(before):
            yield year, (before, after)


def speaks_of(first: date, last: date, year: int) -> bool:
    """Tell whether most of a year lies between two days, and not much beside it."""
    inside = (min(last, date(year, 12, 31)) - max(first, date(year - 1, 12, 31))).days
    return inside >= ENOUGH * FULL_YEAR and (last - first).days <= FULL_YEAR / ENOUGH


def is_whole(figure: Read) -> bool:
    """Tell whether a figure is of the metropole, of all it counts, and neither a target nor a share."""
    data = figure.data
    return counts(figure) and not (data.get("breakdown") or data["basis"] in NEVER or data.get("indicative"))


def year_within(figure: Read, process: Read) -> int | None:
    """Return the year in which the whole period of a démarche's figure lies, None when it spans several.

    A cumulative figure without a beginning counts from that of the démarche.
    """
    period, since = figure.data["period"], process.data.get("starts_on")
    first = year_of(period.get("from") or (since if figure.data["basis"] == "cumul" else None))
    last = year_of(period.get("to") or figure.data.get("as_of"))
    year = last if first in (None, last) else None
    return year if year is not None and year <= today().year else None


def years_of(figure: Read) -> range:
    """Return the years that a figure speaks of, up to the present one."""
    last = year_of(as_of(figure) or figure.data["period"].get("from"))
    first = year_of(figure.data["period"].get("from")) or last
    return range(first, min(last, today().year) + 1) if first and last else range(0)


def as_of(figure: Read) -> str:
    """Return the day of a figure, else the end of its period, as it is written; "" when neither is known."""
    data: Any = figure.data
    return str(data.get("as_of") or data["period"].get("to") or "")


def value_of(figure: Read) -> float:
    """Return the number of a stated figure; the middle of a range."""
    return amount_of(figure.data["quantity"])


def amount_of(quantity: dict[str, Any]) -> float:
    """Return the number of a quantity; the middle of a range."""
    if quantity.get("value") is not None:
        return float(quantity["value"])
    return (float(quantity["low"]) + float(quantity["high"])) / 2
