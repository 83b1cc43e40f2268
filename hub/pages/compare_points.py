"""The view « points »: for each measure one chart, each metropole a dot with its interval, the absent ones named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.benchmark.comparison import Field
from hub.benchmark.indicators import SHARE, YES_NO
from hub.benchmark.measures import Cell
from hub.pages.compare_cells import Comparison
from hub.pages.compare_frame import Frame, framed
from hub.pages.compare_words import NET, UNPLACED, finding, median_words, subtitle
from hub.pages.measure_words import cell_words, total_words, unit_of
from hub.pages.ranks_words import BANDS, places


def points(comparison: Comparison) -> dict[str, Any]:
    """Return the charts of a comparison."""
    return {"charts": [chart(comparison, field) for field in comparison.fields]}


def chart(comparison: Comparison, field: Field) -> dict[str, Any]:
    """Return the chart of a field: what it finds, its rows, what is read with care, what is absent, its source."""
    network = comparison.network(field.indicator, field.period)
    median, mine = network.median, comparison.mine
    frame = framed(comparison, field)
    bands = field.bands(median)
    rows = {cell.siren: _row(comparison, field, cell, frame, bands) for cell in field.cells}
    return {
        "frame": frame,
        "title": finding(field, median, mine, comparison.name),
        "subtitle": subtitle(field),
        "unit": unit_of(field.indicator, field.cells[0].form),
        "drawn": field.indicator.measure != YES_NO,
        "top": 1 if field.indicator.measure == SHARE else 0,
        "median": median,
        "median_words": f"médiane du réseau {median_words(field, median)}" if median is not None else "",
        "rows": [rows[cell.siren] for cell in field.drawn],
        "apart": [rows[cell.siren] for cell in field.prudent],
        "absent": [rows[cell.siren] for cell in field.absent],
        "table": list(rows.values()),
        "placed": bool(field.places) or bool(bands),
        "unplaced": UNPLACED.get(field.unplaced, ""),
        "total": total_words(field.indicator, network.cells, comparison.every),
    }


def _row(comparison: Comparison, field: Field, cell: Cell, frame: Frame, bands: Mapping[str, str]) -> dict[str, Any]:
    """One metropole: what the drawing needs of its value, or why it has none; the address of its detail."""
    words, siren = cell_words(cell), cell.siren
    row = {"label": comparison.name(siren), "mine": siren == comparison.mine, "url": frame.url(comparison.slug(siren))}
    if not cell.present:
        return row | {"state": cell.state, "why": words.reason}
    bounds = {"low": cell.low, "high": cell.high, "interval": words.interval} if words.interval else {}
    text = f"{words.text} {words.signs}".rstrip()
    row |= {"value": cell.value, "text": text, "hollow": siren not in field.counted_sirens, "grade": words.grade_words}
    clear = bands if bands.get(siren) in NET else {}  # no other gap stands in a sentence (§6)
    return row | bounds | {"standing": _standing(field, siren, bands), "told": _standing(field, siren, clear)}


def _standing(field: Field, siren: str, bands: Mapping[str, str]) -> str:
    """The places and the band of a metropole; empty when it has none."""
    said = [places(*field.places[siren], len(field.places))] if siren in field.places else []
    return " ; ".join(said + ([BANDS[bands[siren]]] if siren in bands else []))
