"""A comparison: the cells that an address asks for, whose they are, in which order; the rows of its files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hub.benchmark.comparison import Field
from hub.benchmark.groups import ALL, CHOSEN, by_nearness, group_of
from hub.benchmark.indicators import Indicator
from hub.benchmark.measure_rows import MEASURE_COLUMNS, measure_row
from hub.benchmark.measures import Cell, Key, cells
from hub.errors import BadQuery
from hub.models.metropole import Metropole, disjoint
from hub.pages.compare_asked import BY_NEARNESS, BY_VALUE, EVOLUTION, MATRIX, MOST_CELLS, Asked, weight
from hub.pages.measure_lines import name_of

FINAL = "definitif"
COLUMNS = (*MEASURE_COLUMNS, "form", "best_place", "worst_place", "places", "band")


@dataclass(frozen=True)
class Comparison:
    """What is compared: the `cells` of the whole network, of which the `chosen` metropoles are shown, in this order.

    `mine` is the SIREN of « ma métropole », if any.
    """

    asked: Asked
    every: Sequence[Metropole]
    chosen: Sequence[Metropole]
    cells: Mapping[Key, Cell]
    mine: str | None

    @cached_property
    def named(self) -> Mapping[str, Metropole]:
        """Return every metropole by SIREN."""
        return {one.siren: one for one in self.every}

    @property
    def of_network(self) -> bool:
        """Tell whether the whole network is compared."""
        return len(self.chosen) == len(self.every)

    @cached_property
    def fields(self) -> list[Field]:
        """Return the chosen cells, one field for each indicator and period; none without metropole."""
        newest_first = self.asked.periods[::-1] if self.chosen else ()
        return [self.field(one, period) for one in self.asked.indicators for period in newest_first]

    def field(self, indicator: Indicator, period: str) -> Field:
        """Return the chosen cells of an indicator for a period, in the order asked for."""
        found = [self.cells[indicator.key, one.siren, period] for one in self.chosen]
        if self.asked.order == BY_VALUE:
            found.sort(key=lambda cell: self._height(indicator, cell.siren, period))
        return Field(indicator, period, found, self._nested)

    def _height(self, indicator: Indicator, siren: str, period: str) -> tuple[bool, float]:
        """The place of a row by value: a matrix follows its first measure, lines follow their newest year."""
        if self.asked.view == MATRIX:
            indicator = self.asked.indicators[0]
        newest = self.asked.periods[-1] if self.asked.view in (MATRIX, EVOLUTION) else period
        value = self.cells[indicator.key, siren, newest].value
        return value is None, -(value or 0)

    def network(self, indicator: Indicator, period: str) -> Field:
        """Return the same cells of the whole network: its median, its totals."""
        found = [self.cells[indicator.key, one.siren, period] for one in self.every]
        return Field(indicator, period, found, self._inside)

    def series(self, indicator: Indicator, siren: str) -> list[Cell]:
        """Return the cells of a metropole in time order."""
        return [self.cells[indicator.key, siren, period] for period in self.asked.periods]

    def name(self, siren: str) -> str:
        """Return the name a chart gives: a nested territory says in which one it lies."""
        return self._names[siren]

    def slug(self, siren: str) -> str:
        """Return the slug of a metropole."""
        return self._slugs[siren]

    @cached_property
    def shown(self) -> list[Cell]:
        """Return the chosen cells that have a value."""
        return [cell for field in self.fields for cell in field.cells if cell.present]

    @property
    def observed_on(self) -> str:
        """Return the day of the newest value; empty when there is none."""
        return max((cell.as_of for cell in self.shown if cell.as_of), default="")

    @property
    def validated(self) -> list[str]:
        """Return the metropoles that validated all that is shown of them, by name."""
        final, other = ({cell.siren for cell in self.shown if (cell.state == FINAL) == yes} for yes in (True, False))
        return [one.short_name for one in self.chosen if one.siren in final - other]

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {one.siren: name_of(one, self.every) if one.within else one.short_name for one in self.every}

    @cached_property
    def _slugs(self) -> Mapping[str, str]:
        return {one.siren: one.slug for one in self.every}

    @cached_property
    def _nested(self) -> Collection[str]:
        return _nested(self.chosen)

    @cached_property
    def _inside(self) -> Collection[str]:
        return _nested(self.every)


def compared(asked: Asked, every: Sequence[Metropole], own: str | None) -> Comparison:
    """Return the comparison that an address asks for. Raises BadQuery when it holds more than a page shows."""
    chosen = _chosen(asked, every)
    number, most = weight(asked.view, len(chosen) * len(asked.indicators), len(asked.periods)), MOST_CELLS[asked.view]
    if number > most:
        less = f"{most} au plus dans cette vue. Retirez des mesures (i), des années (p) ou des métropoles (m)."
        raise BadQuery(f"Cette comparaison demande {number} valeurs : {less}")
    first = next((one.siren for one in every if one.slug in asked.slugs[:1]), None)
    return Comparison(asked, every, chosen, cells(asked.indicators, every, asked.periods, asked.form), own or first)


def rows(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Yield each cell as a row of `COLUMNS`, in the order of the page, an absent one with its state."""
    for field in comparison.fields:
        bands = field.bands(comparison.network(field.indicator, field.period).median)
        for cell in field.cells:
            row = {**measure_row(cell, comparison.named[cell.siren]), "form": cell.form}
            if cell.siren in field.places:
                best, worst = field.places[cell.siren]
                row |= {"best_place": best, "worst_place": worst, "places": len(field.places)}
            yield row | ({"band": bands[cell.siren]} if cell.siren in bands else {})


def _chosen(asked: Asked, every: Sequence[Metropole]) -> Sequence[Metropole]:
    if asked.group == ALL:
        chosen = list(every)
    elif asked.group == CHOSEN:
        chosen = [one for one in every if one.slug in asked.slugs]
    else:
        assert asked.reference is not None
        chosen = group_of(asked.group, asked.reference, every)
    if asked.order == BY_NEARNESS and asked.reference is not None:
        return by_nearness(asked.reference, chosen)
    return chosen


def _nested(chosen: Sequence[Metropole]) -> Collection[str]:
    """The territories inside another one of these: never counted beside it (B6)."""
    return {one.siren for one in chosen} - {one.siren for one in disjoint(chosen)}
