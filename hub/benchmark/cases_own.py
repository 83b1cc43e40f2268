"""Cases of what a metropole, or its platform, says of itself as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from hub.benchmark.cases import Row, case, first_day, last_day, year_of
from hub.benchmark.cases_figures import ADDED, difference, sum_of
from hub.benchmark.dossiers import Read
from hub.benchmark.quantities import added, as_of, grown, is_whole, speaks_of, value_of
from hub.clock import today

STOCKS = ("cumul", "instantane")
"""The bases of a number of accounts: those there are, not those of a period."""


def of_metropole(figures: Sequence[Read]) -> Iterator[Row]:
    """Yield the cases of what a metropole, or its platform, says of itself as a whole."""
    own = [each for each in figures if _is_own(each) and is_whole(each)]
    for metric in ("comptes", "participants", *ADDED):
        mine = [each for each in own if each.data["metric"] == metric]
        years: dict[int, list[Read]] = {}
        for each in mine:
            if (year := _own_year(each)) is not None:
                years.setdefault(year, []).append(each)
        for year, same in years.items():
            yield from _of_year(metric, year, same)
        told = grown(mine) if metric == "contributions" else {}
        for year, (before, after) in told.items():
            yield difference(metric, year, after, before, after)
        yield from _unused(metric, mine, {*years, *told})


def _unused(metric: str, figures: Sequence[Read], given: Collection[int]) -> Iterator[Row]:
    """Yield the figures that tell of no year by themselves, where nothing else does: what they hold is not nothing."""
    for each in figures if metric in ADDED else ():
        year = year_of(as_of(each))
        if year is not None and year <= today().year and year not in given:
            yield case(metric, year, each, lacks=True)


def _of_year(metric: str, year: int, figures: Sequence[Read]) -> Iterator[Row]:
    """Yield the figures of all channels; without them, those of channels: only what is no person's is added up."""
    known = [each for each in figures if each.data.get("quantity")]
    if metric in ADDED and known:
        chosen = added(known)
        yield sum_of(metric, year, chosen[0], chosen, said=as_of(chosen[0]))
        return
    whole = [each for each in figures if not each.data.get("channel")] or figures
    yield from (_own(metric, year, each) for each in whole)


def _own(metric: str, year: int, figure: Read) -> Row:
    quantity = figure.data.get("quantity")
    if not quantity:
        return case(metric, year, figure, lacks=True, said=figure.data.get("quantity_state"))
    qualifier = quantity.get("qualifier", "exact")
    return case(metric, year, figure, value_of(figure), said=as_of(figure), qualifier=qualifier)


def _is_own(figure: Read) -> bool:
    """Tell whether a figure speaks of the whole metropole or of a platform, not of a meeting nor of another."""
    subject = figure.data["subject"]
    return subject["kind"] == "plateforme" or (subject["kind"], subject["remote_id"]) == ("metropole", figure.siren)


def _own_year(figure: Read) -> int | None:
    """Return the year that a metropole's own figure stands for: of its date for accounts, of its whole period else."""
    if figure.data["metric"] == "comptes":
        year = year_of(as_of(figure))
        return year if year is not None and year <= today().year and figure.data["basis"] in STOCKS else None
    if figure.data["basis"] == "cumul":
        return None
    period = figure.data["period"]
    if "from" not in period or "to" not in period or period["from"][:4] != period["to"][:4]:
        return None
    year = int(period["from"][:4])
    before = first_day(period["from"]) - timedelta(days=1)
    return year if speaks_of(before, last_day(period["to"]), year) else None
