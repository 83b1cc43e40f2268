"""A curve that rises day after day, as inline SVG: what ended, and by a tick of its own each one that still waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from hub.benchmark.survival import Step
from hub.pages.charts import FILL, FOOT, INK, PAPER, QUIET, RULE, axis_end, percent, plot
from hub.pages.format import number

HIGH, ABOVE = 200, 26
"""The height of the drawing from 0 to 100 %, and what stands above it, in pixels."""
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
KEY = Markup('<svg class="swatch" width="24" height="18" aria-hidden="true" focusable="false">{}</svg>')
"""What a sign stands in, under a chart."""


def steps_svg(steps: Sequence[Step], running: Iterable[float], longest: float, name: str) -> Markup:
    """Draw the share that ended, from 0 to 100 %, over the days; dots where some ended, ticks where one still waits."""
    end = axis_end([longest])
    drawn = [*(_across(share) for share in QUARTERS), *(_day(end * i / 4, end) for i in range(5))]
    level, day = 0.0, 0.0
    for step in steps:
        drawn += [_flat(day, step.days, level, end), _rise(step, level, end)]
        level, day = 1 - step.share_left, step.days
    drawn += [_flat(day, longest, level, end), *(_tick(each, _level(steps, each), end) for each in running)]
    drawn += [_dot(step, end) for step in steps]
    return plot(name, ABOVE + HIGH + FOOT, Markup().join(drawn))


def dot_key() -> Markup:
    """The key of what ended."""
    return KEY.format(Markup('<circle cx="12" cy="9" r="5" fill="{}"/>').format(FILL))


def tick_key() -> Markup:
    """The key of what still waits."""
    line = Markup('<path d="M0 9h24" stroke="{}" stroke-width="3"/><path d="M12 2v14" stroke="{}" stroke-width="2"/>')
    return KEY.format(line.format(FILL, INK))


def _y(share: float) -> float:
    return round(ABOVE + HIGH * (1 - share), 1)


def _level(steps: Sequence[Step], day: float) -> float:
    return next((1 - step.share_left for step in reversed(steps) if step.days <= day), 0.0)


def _across(share: float) -> Markup:
    """A horizontal line and its share; the one of one half is dashed: the median is where the curve crosses it."""
    dashed = Markup(' stroke-dasharray="5 4"') if share == 0.5 else ""
    colour = QUIET if share == 0.5 else RULE
    line = Markup('<line x1="0" x2="100%" y1="{0}" y2="{0}" stroke="{1}"{2}/>').format(_y(share), colour, dashed)
    text = Markup('<text class="tick" x="100%" y="{}" text-anchor="end" font-size="12" fill="{}">{}</text>')
    return line + text.format(_y(share) - 4, QUIET, number(share, "%"))


def _day(day: float, end: float) -> Markup:
    anchor = "start" if day == 0 else "end" if day == end else "middle"
    words = number(day, "" if day else "jours", decimals=0)
    return Markup(
        '<line x1="{0}" x2="{0}" y1="{1}" y2="{2}" stroke="{3}"/>'
        '<text class="tick" x="{0}" y="{4}" text-anchor="{5}" font-size="12" fill="{6}">{7}</text>'
    ).format(percent(day, end), _y(1), _y(0), RULE, _y(0) + 18, anchor, QUIET, words)


def _flat(since: float, until: float, level: float, end: float) -> Markup:
    return Markup('<line x1="{0}" x2="{1}" y1="{3}" y2="{3}" stroke="{2}" stroke-width="3"/>').format(
        percent(since, end), percent(until, end), FILL, _y(level)
    )


def _rise(step: Step, level: float, end: float) -> Markup:
    return Markup('<line x1="{0}" x2="{0}" y1="{1}" y2="{2}" stroke="{3}" stroke-width="3"/>').format(
        percent(step.days, end), _y(level), _y(1 - step.share_left), FILL
    )


def _dot(step: Step, end: float) -> Markup:
    return Markup('<circle class="dot" cx="{}" cy="{}" r="4.5" fill="{}" stroke="{}" stroke-width="1.5"/>').format(
        percent(step.days, end), _y(1 - step.share_left), FILL, PAPER
    )


def _tick(day: float, level: float, end: float) -> Markup:
    return Markup('<line class="waits" x1="{0}" x2="{0}" y1="{1}" y2="{2}" stroke="{3}" stroke-width="2"/>').format(
        percent(day, end), _y(level) - 7, _y(level) + 7, INK
    )
