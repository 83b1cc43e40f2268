"""A chart as a file of its own: an SVG that says where it comes from, and the same as PNG.

The PNG is rendered from our SVG by typst, with the fonts it carries: the same picture on every machine, and no second
way to draw. The SVG is given to it as a value, never pasted in a source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import wrap

import typst
from markupsafe import Markup

from hub.pages.charts import FOOT, INK, PAPER, QUIET, ROW, TOP, Row, dot_rows_svg
from hub.pages.format import nbsp

WIDTH, MARGIN, LINE = 800, 24, 20
PIXELS_PER_INCH = 192
FONTS = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, 'Libertinus Serif', sans-serif"
"""The last one named is carried by typst: it is the one of the PNG."""
PAGE = Path(__file__).resolve().parent.parent / "data" / "picture" / "picture.typ"
"""The page that typst sets: it reads no file outside its folder, where there is none."""


@dataclass(frozen=True)
class Plate:
    """Rows drawn on one scale, under a heading where there are several plates."""

    heading: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Picture:
    """What a picture shows: the finding, the measure, the plates, what has no value, where it comes from."""

    title: str
    subtitle: str
    plates: Sequence[Plate]
    absent: Sequence[str]
    text: str
    source: Sequence[str]
    unit: str = ""


def svg(shown: Picture) -> str:
    """Return a whole SVG file: it stands alone, with its description and its source."""
    parts, y = _drawn(shown)
    root = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" '
        'aria-label="{2}" font-family="{3}" font-size="14" fill="{4}"><title>{2}</title><desc>{5}</desc>'
        '<rect width="{0}" height="{1}" fill="{6}"/>{7}</svg>'
    )
    whole = root.format(WIDTH, y + MARGIN // 2, shown.title, FONTS, INK, shown.text, PAPER, parts)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{whole}\n'


def _drawn(shown: Picture) -> tuple[Markup, int]:
    """All that stands in a picture, from top to bottom, and its height."""
    blocks = [
        partial(_words, shown.title, size=20, width=58, bold=True),
        partial(_words, shown.subtitle, size=14),
        *(partial(_plate, plate, shown) for plate in shown.plates),
        *(partial(_words, text, size=size) for text, size in _tail(shown)),
    ]
    drawn, y = Markup(), MARGIN + 4
    for block in blocks:
        part, y = block(y=y)
        drawn += part
    return drawn, y


def png(shown: Picture) -> bytes:
    """Return the same picture as PNG, 1 067 pixels wide."""
    return typst.compile(
        PAGE,
        format="png",
        ppi=PIXELS_PER_INCH,
        ignore_system_fonts=True,
        sys_inputs={"svg": svg(shown)},
        root=PAGE.parent,
    )


def _tail(shown: Picture) -> list[tuple[str, int]]:
    """What stands under the plates: who has no value and why, then the source."""
    absent = [("Sans valeur", 14), *((each, 13) for each in shown.absent)] if shown.absent else []
    return [*absent, *((each, 12) for each in shown.source)]


def _plate(plate: Plate, shown: Picture, *, y: int) -> tuple[Markup, int]:
    head = Markup()
    if plate.heading:
        head, y = _words(plate.heading, y=y + LINE // 2, size=15, bold=True)
    high = TOP + ROW * len(plate.rows) + FOOT
    inside = dot_rows_svg(plate.rows, plate.heading or shown.title, shown.unit)
    frame = Markup('<svg x="{}" y="{}" width="{}" height="{}">{}</svg>')
    return head + frame.format(MARGIN, y - LINE // 2, WIDTH - 2 * MARGIN, high, inside), y + high + LINE // 2


def _words(said: str, *, y: int, size: int, width: int = 104, bold: bool = False) -> tuple[Markup, int]:
    """A text from this height on, cut where it would leave the picture (`width` letters); where the next one goes."""
    text = Markup('<text x="{}" y="{}" font-size="{}" fill="{}"{}>{}</text>')
    weight = Markup(' font-weight="700"') if bold else ""
    drawn = Markup()
    for piece in wrap(nbsp(said), width):
        drawn += text.format(MARGIN, y, size, INK if bold else QUIET, weight, piece)
        y += max(LINE, int(size * 1.3))
    return drawn, y
