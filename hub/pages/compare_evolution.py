"""The view « évolution »: for each measure one small chart a metropole, on one scale, gaps left open, what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hub.benchmark.change import breaks, change, segments
from hub.benchmark.comparison import Field
from hub.benchmark.indicators import SHARE, YES_NO, Indicator
from hub.benchmark.measures import Cell
from hub.pages.charts import axis_end
from hub.pages.charts_lines import line_svg
from hub.pages.compare_asked import FREE
from hub.pages.compare_cells import Comparison
from hub.pages.compare_frame import framed
from hub.pages.compare_words import UNSAID, change_words
from hub.pages.format import listing, number, plural
from hub.pages.measure_words import cell_words, unit_of
from hub.pages.ranks_words import change as called


def evolution(comparison: Comparison) -> dict[str, Any]:
    """Return the small charts of each measure."""
    newest = comparison.asked.periods[-1]
    return {"multiples": [_measure(comparison, comparison.field(one, newest)) for one in comparison.asked.indicators]}


def _measure(comparison: Comparison, newest: Field) -> dict[str, Any]:
    """One measure: its series in the order asked for, the scale they share, what they say together."""
    indicator = newest.indicator
    every = [comparison.series(indicator, cell.siren) for cell in newest.cells]
    known = [series for series in every if any(cell.present for cell in series)]
    shared = 0 if comparison.asked.scale == FREE else _top(indicator, [cell for series in known for cell in series])
    lines = [_line(comparison, series, shared) for series in known]
    silent = [_silent(comparison, series) for series in every if series not in known]
    return {
        "frame": framed(comparison, newest),
        "title": _finding(lines),
        "subtitle": _subtitle(comparison, indicator),
        "text": _text(lines, silent),
        "lines": lines,
        "drawn": indicator.measure != YES_NO and len(comparison.asked.periods) > 1,
        "silent": silent,
        "table": [_told(comparison, series) for series in every],
    }


def _line(comparison: Comparison, series: Sequence[Cell], shared: float) -> dict[str, Any]:
    first, found = series[0], change(series)
    label, said = comparison.name(first.siren), change_words(found, first.form)
    mine, runs = first.siren == comparison.mine, [[cell.period for cell in run] for run in segments(series)]
    drawing = {"points": _points(series), "runs": runs, "top": shared or _top(first.indicator, series), "mine": mine}
    return {
        "label": label,
        "mine": mine,
        "svg": line_svg(drawing, f"{label} : {said}", unit_of(first.indicator, first.form)),
        "gaps": len(runs) - 1,
        "hollow": any(cell.present and not cell.comparable for cell in series),
        "change": said,
        "word": called(found.estimate, first.indicator.polarity) if found.estimate else "",
        "why": found.why,
    }


def _silent(comparison: Comparison, series: Sequence[Cell]) -> dict[str, str]:
    return {"label": comparison.name(series[0].siren), "why": cell_words(series[-1]).reason}


def _told(comparison: Comparison, series: Sequence[Cell]) -> dict[str, Any]:
    siren = series[0].siren
    words = [cell_words(cell) for cell in series]
    return {"label": comparison.name(siren), "mine": siren == comparison.mine, "cells": words}


def _points(series: Sequence[Cell]) -> list[dict[str, Any]]:
    """The periods of a line, with the value of each, or none, and the break that comes before it."""
    points, before = [], None
    for cell in series:
        words = cell_words(cell)
        points.append(
            {
                "period": cell.period,
                "value": cell.value,
                "text": words.text,
                "hollow": not cell.comparable,
                "break": breaks(before, cell) if before is not None and cell.present else "",
            }
        )
        before = cell if cell.present else before
    return points


def _top(indicator: Indicator, cells: Sequence[Cell]) -> float:
    """The end of a scale: 100 % for a share, else the first round number above every value."""
    return 1 if indicator.measure == SHARE else axis_end([cell.value or 0 for cell in cells])


def _finding(lines: Sequence[dict[str, Any]]) -> str:
    """What changed, counted: the title of the charts of a measure."""
    if not lines:
        return "Aucune valeur connue"
    words = Counter(line["word"] for line in lines if line["word"])
    if words:
        said = [f"{word} pour {number(count)}" for word, count in words.most_common()]
        return f"De la première à la dernière valeur de chaque métropole : {listing(said)}"
    reasons = [line["why"] for line in lines]
    return f"Aucun changement ne peut être dit : {UNSAID[max(set(reasons), key=reasons.count)]}"


def _subtitle(comparison: Comparison, indicator: Indicator) -> str:
    first, last = comparison.asked.periods[0], comparison.asked.periods[-1]
    scale = "échelle propre à chacune" if comparison.asked.scale == FREE else "même échelle pour toutes"
    unit = unit_of(indicator, comparison.asked.form)
    when = f"de {first} à {last}" if first != last else f"en {last}"
    return f"{indicator.label} · {unit} · {when} · {scale}"


def _text(lines: Sequence[dict[str, Any]], silent: Sequence[dict[str, Any]]) -> str:
    """The long description: what is said of mine, which lines have a gap, who has no value."""
    said = [f"{line['label']} : {line['change']}." for line in lines if line["mine"]]
    if broken := [line["label"] for line in lines if line["gaps"]]:
        said.append(f"{plural(len(broken), 'Ligne interrompue', 'Lignes interrompues')} : {listing(broken)}.")
    if hollow := [line["label"] for line in lines if line["hollow"]]:
        said.append(f"Point creux, valeur à lire avec prudence : {listing(hollow)}.")
    if silent:
        said.append(f"Sans aucune valeur : {listing(one['label'] for one in silent)}.")
    return " ".join(said) or "Toutes les lignes sont continues."
