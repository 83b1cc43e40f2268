"""What stands around each measure compared: its heading, its address, whose values, how many, of what date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from hub.benchmark.comparison import Field
from hub.benchmark.indicators import PER_INHABITANTS, Indicator
from hub.models.metropole import Metropole
from hub.pages.compare_cells import Comparison
from hub.pages.format import listing
from hub.pages.measure_lines import producers
from hub.pages.situation import coverage

SLUG = "NOM"


@dataclass(frozen=True)
class Frame:
    """The frame of a measure compared. `pattern` is the address of a cell, `SLUG` standing for the metropole."""

    indicator: Indicator
    period: str
    anchor: str
    address: str
    pattern: str
    producer: str
    coverage: str
    on: str
    population: str

    def url(self, slug: str) -> str:
        """Return the address of the cell of a metropole."""
        return self.pattern.replace(SLUG, slug)


def framed(comparison: Comparison, field: Field) -> Frame:
    """Return the frame of a field."""
    known = [cell for cell in field.cells if cell.present]
    dates = [cell.as_of for cell in known if cell.as_of]
    key = field.indicator.key
    return Frame(
        indicator=field.indicator,
        period=field.period,
        anchor=f"{key}-{field.period}",
        address=url_for("indicators.indicator", key=key),
        pattern=url_for("indicators.cell", key=key, slug=SLUG, period=field.period),
        producer=producers(field.cells, comparison.every),
        coverage=coverage({cell.siren for cell in known}, comparison.chosen, comparison.of_network),
        on=max(dates, default=""),
        population=population(comparison.chosen) if field.cells[0].form == PER_INHABITANTS else "",
    )


def population(metropoles: Sequence[Metropole]) -> str:
    """Return the population that counts are divided by: its kind, its years, its source (§4)."""
    years = sorted({one.population_year for one in metropoles})
    sources = sorted({one.population_source for one in metropoles})
    return f"Population municipale {listing(years)}, {' ; '.join(sources)}"
