"""The view « points »: for each measure one chart, each metropole a dot with its interval, the absent ones named."""

from __future__ import annotations

from typing import Any

from hub.benchmark.comparison import Field
from hub.benchmark.indicators import SHARE, YES_NO
from hub.benchmark.measures import Cell
from hub.pages.compare_cells import Comparison
from hub.pages.compare_frame import Frame, framed
from hub.pages.compare_words import UNPLACED, finding, median_words, subtitle
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
    return {
        "frame": frame,
        "title": finding(field, median, mine, comparison.name),
        "subtitle": subtitle(field),
        "unit": unit_of(field.indicator, field.cells[0].form),
        "drawn": field.indicator.measure != YES_NO,
        "top": 1 if field.indicator.measure == SHARE else 0,
        "median": median,
        "median_words": f"médiane du réseau {median_words(field, median)}" if median is not None else "",
        "rows": [_row(comparison, field, cell, frame, bands) for cell in field.drawn],
        "apart": [_apart(comparison, cell, frame) for cell in field.prudent],
        "absent": [_absent(comparison, cell, frame) for cell in field.absent],
        "placed": bool(field.places) or bool(bands),
        "unplaced": UNPLACED.get(field.unplaced, ""),
        "total": total_words(field.indicator, network.cells, comparison.every),
    }


def _row(comparison: Comparison, field: Field, cell: Cell, frame: Frame, bands: Any) -> dict[str, Any]:
    words, siren = cell_words(cell), cell.siren
    said = [places(*field.places[siren], len(field.places))] if siren in field.places else []
    said += [BANDS[bands[siren]]] if siren in bands else []
    return {
        "label": comparison.name(siren),
        "value": cell.value,
        "text": f"{words.text} {words.signs}".rstrip(),
        "low": cell.low if words.interval else None,
        "high": cell.high if words.interval else None,
        "interval": words.interval,
        "mine": siren == comparison.mine,
        "hollow": not cell.comparable,
        "url": frame.url(comparison.slug(siren)),
        "grade": words.grade_words,
        "standing": " ; ".join(said),
    }


def _apart(comparison: Comparison, cell: Cell, frame: Frame) -> dict[str, Any]:
    words = cell_words(cell)
    return {
        "label": comparison.name(cell.siren),
        "text": f"{words.text} {words.signs}".rstrip(),
        "interval": words.interval,
        "grade": words.grade_words,
        "mine": cell.siren == comparison.mine,
        "url": frame.url(comparison.slug(cell.siren)),
    }


def _absent(comparison: Comparison, cell: Cell, frame: Frame) -> dict[str, Any]:
    return {
        "label": comparison.name(cell.siren),
        "state": cell.state,
        "why": cell_words(cell).reason,
        "mine": cell.siren == comparison.mine,
        "url": frame.url(comparison.slug(cell.siren)),
    }
