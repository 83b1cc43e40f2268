"""The views « tableau » and « matrice »: every cell in words, its counts, its state, its grade, its detail."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from hub.benchmark.comparison import Field
from hub.pages.compare_cells import Comparison
from hub.pages.compare_frame import framed
from hub.pages.compare_words import UNPLACED, finding, subtitle
from hub.pages.format import number
from hub.pages.measure_words import cell_words, total_words, unit_of
from hub.pages.measures_asked import period_words
from hub.pages.ranks_words import places
from schemas.labels import label


def tables(comparison: Comparison) -> dict[str, Any]:
    """Return one table for each measure: its rows are metropoles and periods, in the order of the files."""
    found = groupby(comparison.fields, key=lambda field: field.indicator)
    return {"tables": [_table(comparison, list(fields)) for _, fields in found]}


def matrix(comparison: Comparison) -> dict[str, Any]:
    """Return one matrix for each period, metropole × measure, every cell in words."""
    return {"matrices": [_matrix(comparison, period) for period in comparison.asked.periods[::-1]]}


def _table(comparison: Comparison, fields: list[Field]) -> dict[str, Any]:
    newest = fields[0]
    network = comparison.network(newest.indicator, newest.period)
    median = network.median
    return {
        "frame": framed(comparison, newest),
        "title": finding(newest, median, comparison.mine, comparison.name),
        "subtitle": subtitle(newest),
        "unit": unit_of(newest.indicator, newest.cells[0].form),
        "interval": bool(newest.indicator.interval),
        "rows": [row for field in fields for row in _rows(comparison, field)],
        "unplaced": UNPLACED.get(newest.unplaced, ""),
        "total": total_words(newest.indicator, network.cells, comparison.every),
        "total_period": newest.period if len(fields) > 1 else "",
    }


def _rows(comparison: Comparison, field: Field) -> list[dict[str, Any]]:
    frame = framed(comparison, field)
    return [
        {
            "label": comparison.name(cell.siren),
            "mine": cell.siren == comparison.mine,
            "url": frame.url(comparison.slug(cell.siren)),
            "period": cell.period,
            "words": cell_words(cell),
            "numerator": number(cell.numerator) if cell.numerator is not None else "",
            "denominator": number(cell.denominator) if cell.denominator is not None else "",
            "state": label("etat_valeur", cell.state),
            "place": places(*field.places[cell.siren], len(field.places)) if cell.siren in field.places else "",
        }
        for cell in field.cells
    ]


def _matrix(comparison: Comparison, period: str) -> dict[str, Any]:
    fields = [field for field in comparison.fields if field.period == period]
    frames = [framed(comparison, field) for field in fields]
    cells = [{cell.siren: cell for cell in field.cells} for field in fields]
    return {
        "period": period,
        "heads": [
            {"frame": frame, "unit": unit_of(field.indicator, field.cells[0].form), "when": _when(field)}
            for frame, field in zip(frames, fields, strict=True)
        ],
        "lines": [
            {
                "label": comparison.name(first.siren),
                "mine": first.siren == comparison.mine,
                "cells": [
                    {
                        "words": cell_words(found[first.siren]),
                        "url": frame.url(comparison.slug(first.siren)),
                    }
                    for found, frame in zip(cells, frames, strict=True)
                ],
            }
            for first in fields[0].cells
        ],
    }


def _when(field: Field) -> str:
    return period_words(field.indicator, field.period)
