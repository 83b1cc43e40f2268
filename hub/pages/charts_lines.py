"""Lines over years as inline SVG: a line breaks at a gap, an isolated value is a point, a break is a rule (B5, B34)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup, escape

from hub.pages.charts import ACCENT, FILL, INK, PAPER, QUIET, RULE
from hub.pages.format import number

HEIGHT, TOP, BOTTOM = 118, 26, 92
"""The drawing, the place of the end of the scale, the place of 0."""
MARGIN = 4
"""Per cent left on each side, so that a point at an end is whole."""
BREAKS = {"definition": "changement de définition", "rupture": "b"}
"""What is written at the head of the rule that stands before a break; « b » is the sign of a broken series."""


def line_svg(line: Mapping[str, Any], name: str, unit: str = "") -> Markup:
    """One metropole over time: `{points: [{period, value, hollow, break}], runs: [[period]], top, mine}`.

    Values go from 0 to `top`. `runs` are the periods that a line may join; a period without a value has no point.
    """
    points = line["points"]
    places = {point["period"]: _x(place, len(points)) for place, point in enumerate(points)}
    heights = {point["period"]: _y(point["value"], line["top"]) for point in points if point["value"] is not None}
    colour = ACCENT if line.get("mine") else FILL
    drawn = [_axis(points, places, line["top"], unit)]
    drawn += [_rule(places[point["period"]], len(points), point["break"]) for point in points if point["break"]]
    drawn += [_joined(run, places, heights, colour) for run in line["runs"]]
    drawn += [
        _point(places[point["period"]], heights[point["period"]], colour, bool(point.get("hollow")))
        for point in points
        if point["period"] in heights
    ]
    return Markup(  # the only texts in it, name, years and end of the scale, are escaped where they are written
        f'<svg class="plot" width="100%" height="{HEIGHT}" role="img" aria-label="{escape(name)}" font-size="12" '
        f'fill="{INK}">{"".join(drawn)}</svg>'
    )


def _axis(points: Sequence[Mapping[str, Any]], places: Mapping[str, float], top: float, unit: str) -> str:
    first, last = points[0]["period"], points[-1]["period"]
    end = escape(number(top, unit if unit[:1] == "%" else ""))
    said = f'<text x="0" y="{TOP - 8}" fill="{QUIET}">{end}</text>'
    said += "".join(f'<line x1="0" x2="100%" y1="{y}" y2="{y}" stroke="{RULE}"/>' for y in (TOP, BOTTOM))
    return said + _year(places[first], first, "start") + ("" if first == last else _year(places[last], last, "end"))


def _year(x: float, period: str, anchor: str) -> str:
    return f'<text x="{x:.1f}%" y="{BOTTOM + 19}" text-anchor="{anchor}" fill="{QUIET}">{escape(period)}</text>'


def _rule(x: float, number_of: int, why: str) -> str:
    """The vertical rule of a break, half a step before the point it precedes."""
    at = x - (50 - MARGIN) / max(number_of - 1, 1)
    anchor = "start" if at < 33 else "end" if at > 67 else "middle"
    return (
        f'<line class="break" x1="{at:.1f}%" x2="{at:.1f}%" y1="{TOP - 6}" y2="{BOTTOM}" stroke="{INK}" '
        f'stroke-dasharray="3 3"/><text x="{at:.1f}%" y="{TOP - 10}" text-anchor="{anchor}" font-size="11" '
        f'fill="{QUIET}">{BREAKS[why]}</text>'
    )


def _joined(run: Sequence[str], places: Mapping[str, float], heights: Mapping[str, float], colour: str) -> str:
    return "".join(
        f'<line class="step" x1="{places[a]:.1f}%" x2="{places[b]:.1f}%" y1="{heights[a]:.1f}" y2="{heights[b]:.1f}" '
        f'stroke="{colour}" stroke-width="2"/>'
        for a, b in pairwise(run)
    )


def _point(x: float, y: float, colour: str, hollow: bool) -> str:
    fill, stroke = (PAPER, QUIET) if hollow else (colour, PAPER)
    return f'<circle class="dot" cx="{x:.1f}%" cy="{y:.1f}" r="4" fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'


def _x(place: int, number_of: int) -> float:
    return MARGIN + (100 - 2 * MARGIN) * (place / (number_of - 1) if number_of > 1 else 0.5)


def _y(value: float, top: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * min(max(value / top, 0), 1)
