"""Charts as inline SVG, drawn on the server: presentation attributes only, no style, no script (B36–B37).

Horizontal places are percentages, so a chart follows the width of its page while its letters keep their size.
Every text is escaped where it is written: by `Markup.format`, or by `escape` in the rows, which are plain strings
because a page draws hundreds of them. The table beside each chart is the macro's business.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from math import floor, log10
from typing import Any

from markupsafe import Markup, escape

from hub.pages.format import listing, number

INK, QUIET, RULE, FILL, PAPER, ACCENT = "#16262d", "#4a5b61", "#c6d0ce", "#0d5360", "#ffffff", "#a3420c"
ROW, TOP, FOOT = 44, 24, 26
PATTERNS = {
    "realise": '<rect width="8" height="8" fill="{fill}"/>',
    "en_cours": '<rect width="8" height="8" fill="#bcd8d9"/><path d="M-2 10 10-2M-2 2 2-2M6 10l4-4" {line}/>',
    "a_ouvrir": '<rect width="8" height="8" fill="{paper}"/><circle cx="2" cy="2" r="1.2" fill="{fill}"/>'
    '<circle cx="6" cy="6" r="1.2" fill="{fill}"/>',
    "abandonne": '<rect width="8" height="8" fill="{quiet}"/><path d="M0 0 8 8M8 0 0 8" stroke="{paper}"/>',
    "remplace": '<rect width="8" height="8" fill="#e6d3bd"/><path d="M4 0v8" stroke="#7d4a14" stroke-width="2"/>',
    "inconnu": '<rect width="8" height="8" fill="{paper}"/><path d="M0 4h4" stroke="{quiet}"/>',
}
PLAIN_PATTERNS = (
    '<rect width="8" height="8" fill="#8fb6b9"/>',
    '<rect width="8" height="8" fill="{paper}"/><path d="M0 2h8M0 6h8" {line}/>',
    '<rect width="8" height="8" fill="#e9efec"/><rect x="2" y="2" width="4" height="4" fill="{fill}"/>',
    '<rect width="8" height="8" fill="{paper}"/><path d="M-2-2 10 10M-2 6l4 4M6-2l4 4" {line}/>',
    '<rect width="8" height="8" fill="{paper}"/><circle cx="4" cy="4" r="2.4" fill="none" stroke="{quiet}"/>',
    '<rect width="8" height="8" fill="#e9efec"/><path d="M0 4h8M4 0v8" stroke="{quiet}"/>',
)
"""Patterns of the parts that are no status: a pattern means one thing in a page."""

Row = Mapping[str, Any]
Box = tuple[float, float, float, float]


def share_bar_svg(parts: Sequence[Row], name: str) -> Markup:
    """One bar from 0 to the total; each part `{code, label, value}` has its own pattern and its number above it."""
    total = sum(part["value"] for part in parts) or 1
    ident, start, drawn = chart_id(parts), 0.0, []
    for position, part in enumerate(parts):
        width = 100 * part["value"] / total
        if width:
            drawn.append(_segment(part, f"{ident}-{position}", start, width))
        start += width
    patterns = Markup().join(_pattern(part, f"{ident}-{i}", i) for i, part in enumerate(parts))
    return plot(name, 58, Markup("<defs>{}</defs>").format(patterns) + Markup().join(drawn))


def swatch(parts: Sequence[Row], position: int) -> Markup:
    """The key of one part of a share bar, for the table beside it."""
    return Markup(
        '<svg class="swatch" width="20" height="14" aria-hidden="true" focusable="false">'
        '<rect x=".5" y=".5" width="19" height="13" fill="url(#{}-{})" stroke="{}"/></svg>'
    ).format(chart_id(parts), position, INK)


def share_bar_text(parts: Sequence[Row]) -> str:
    """The long description of a share bar: each part in words, those at zero included."""
    total = sum(part["value"] for part in parts)
    said = [f"{part['label'].lower()} {number(part['value'])}" for part in parts]
    return f"Sur {number(total)} : {listing(said)}."


def dot_rows_svg(
    rows: Sequence[Row],
    name: str,
    unit: str = "",
    *,
    median: float | None = None,
    bars: bool = False,
    top: float = 0,
    median_words: str = "",
) -> Markup:
    """One row per metropole: `{label, value, text, low, high, mine, hollow}`; intervals when both limits are known.

    `top` is the end of the scale, which always begins at 0; left out, a round number above every value. A hollow dot is
    a value that enters no median. `median_words` names the median: « médiane du réseau 45 % ».
    """
    end, height = top or axis_end([row.get("high") or row["value"] for row in rows]), TOP + ROW * len(rows)
    ticks = [_tick(end * i / 4, end, unit, height) for i in range(5)]
    said = median_words or (f"médiane {number(median, unit)}" if median is not None else "")
    line = [_median(median, end, said, height)] if median is not None else []
    drawn = [_row(row, TOP + ROW * i, end, bars) for i, row in enumerate(rows)]
    marks = "".join([*ticks, *line, *drawn])
    # the only texts in it, labels and values, are escaped by these parts
    return plot(name, height + FOOT, Markup(marks))


def dot_rows_text(
    rows: Sequence[Row],
    absent: Sequence[Row] = (),
    unit: str = "",
    median: float | None = None,
    median_words: str = "",
    apart: Sequence[Row] = (),
) -> str:
    """The long description: the highest, the lowest, mine, the median, who is read with care, who is missing."""
    said = []
    if len(rows) == 1:  # alone, a value is neither high nor low
        said.append(f"une seule valeur : {rows[0]['label']}, {rows[0]['text']}")
    elif rows:
        high, low = max(rows, key=lambda r: r["value"]), min(rows, key=lambda r: r["value"])
        said += [
            f"Valeur la plus haute : {high['label']}, {high['text']}",
            f"la plus basse : {low['label']}, {low['text']}",
        ]
        said += [_of_mine(row) for row in rows if row.get("mine")]
    if median is not None:
        said.append(median_words or f"médiane : {number(median, unit)}")
    said += [f"à lire avec prudence : {listing(row['label'] for row in apart)}"] if apart else []
    said += [f"{row['label']} : {row['why']}" for row in absent if row.get("mine")]
    said += [f"sans valeur : {listing(row['label'] for row in absent)}"] if absent else []
    return " ; ".join(said)[:1].upper() + " ; ".join(said)[1:] + "." if said else "Aucune valeur."


def _of_mine(row: Row) -> str:
    """Mine, with where it stands when places may be given."""
    where = f", {row['told']}" if row.get("told") else ""
    return f"{row['label']} : {row['text']}{where}"


def strip_svg(strip: Row, name: str) -> Markup:
    """Where one value stands: `{low, q1, median, q3, high, value}`; range, middle half, median, and this dot."""
    end = axis_end([strip["high"], strip["value"]])
    at = {key: percent(strip[key], end) for key in ("low", "q1", "median", "q3", "high", "value")}
    middle = f'<line x1="{at["median"]}" x2="{at["median"]}" y1="4" y2="22" stroke="{INK}" stroke-width="2"/>'
    spans = _line(at["low"], at["high"], 13, "#8a9a9c", 2) + _line(at["q1"], at["q3"], 13, "#8fb6b9", 8)
    marks = spans + middle + _marker(at["value"], 13, True)
    return plot(name, 26, Markup(marks))  # places and colours alone: there is no text in it


def map_svg(points: Sequence[Row], outline: Row, name: str) -> Markup:
    """The outline of the country and one mark per point `{label, lon, lat, mine, hollow}`; names where they fit."""
    size = float(outline["viewBox"].split()[2]) / 640
    placed = [(point, *_project(point, outline["projection"])) for point in points]
    boxes: list[Box] = [(x - 6 * size, y - 6 * size, x + 6 * size, y + 6 * size) for _, x, y in placed]
    boxes.append((640 * size, -999.0, 999.0 + 640 * size, 9999.0))  # nothing is written beyond the right edge
    labels = Markup().join(_map_label(point, x, y, size, boxes) for point, x, y in placed)
    marks = Markup(
        "".join(_marker(x, y, bool(point.get("mine")), size, bool(point.get("hollow"))) for point, x, y in placed)
    )
    return Markup(
        '<svg class="map" viewBox="{}" role="img" aria-label="{}"><path class="land" d="{}" fill="#e9efec" '
        'stroke="#9fb0ae" stroke-width="{}"/>{}{}</svg>'
    ).format(outline["viewBox"], name, outline["path"], size, marks, labels)


def chart_id(content: object) -> str:
    """A short name, the same for the same content, so that two charts of a page never share a pattern by accident."""
    return "c" + sha256(repr(content).encode()).hexdigest()[:8]


def plot(name: str, height: int, content: Markup) -> Markup:
    """The frame of a drawing as wide as its page, with its short name."""
    return Markup(
        '<svg class="plot" width="100%" height="{}" role="img" aria-label="{}" font-size="14" fill="{}">{}</svg>'
    ).format(height, name, INK, content)


def _pattern(part: Row, ident: str, position: int) -> Markup:
    drawing = PATTERNS.get(part.get("code", "")) or PLAIN_PATTERNS[position % len(PLAIN_PATTERNS)]
    line = Markup('stroke="{}" stroke-width="2"').format(FILL)
    inside = Markup(drawing).format(fill=FILL, quiet=QUIET, paper=PAPER, line=line)
    return Markup('<pattern id="{}" width="8" height="8" patternUnits="userSpaceOnUse">{}</pattern>').format(
        ident, inside
    )


def _segment(part: Row, ident: str, start: float, width: float) -> Markup:
    label = Markup('<text x="{:.2f}%" y="15" font-weight="600">{}</text>').format(start, number(part["value"]))
    bar = Markup('<rect x="{:.2f}%" y="22" width="{:.2f}%" height="32" fill="url(#{})" stroke="{}"/>')
    return (label if width >= 6 else Markup()) + bar.format(start, width, ident, INK)


def axis_end(values: Sequence[float]) -> float:
    """The first round number that holds every value and splits in four."""
    most = max([*values, 0])
    power = 10.0 ** floor(log10(most)) if most > 1e-9 else 1.0
    return next(power * step for step in (1, 2, 4, 6, 8, 10) if power * step >= most)


def percent(value: float, end: float) -> str:
    """The place of a value on an axis from 0 to `end`."""
    return f"{100 * min(max(value / end, 0), 1):.2f}%"


def _tick(value: float, end: float, unit: str, height: int) -> str:
    anchor = "start" if value == 0 else "end" if value == end else "middle"
    place, said = percent(value, end), escape(number(value, unit if unit[:1] == "%" else ""))
    return (
        f'<line x1="{place}" x2="{place}" y1="{TOP}" y2="{height}" stroke="{RULE}"/>'
        f'<text class="tick" x="{place}" y="{height + 18}" text-anchor="{anchor}" font-size="12" fill="{QUIET}">'
        f"{said}</text>"
    )


def _median(value: float, end: float, words: str, height: int) -> str:
    place, anchor = percent(value, end), "start" if value < end / 3 else "end" if value > end * 2 / 3 else "middle"
    return (
        f'<line x1="{place}" x2="{place}" y1="18" y2="{height}" stroke="{INK}" stroke-dasharray="5 4"/>'
        f'<text class="tick" x="{place}" y="13" text-anchor="{anchor}" font-size="12" fill="{QUIET}">'
        f"{escape(words)}</text>"
    )


def _row(row: Row, y: int, end: float, bars: bool) -> str:
    """A row, as markup in plain text: a page draws hundreds of them. Its two texts are escaped here."""
    place, middle, mine = percent(row["value"], end), y + 32, bool(row.get("mine"))
    weight = ' font-weight="700"' if mine else ""
    words = (
        f'<text class="label" x="0" y="{y + 16}" text-anchor="start"{weight}>{escape(row["label"])}</text>'
        f'<text class="label" x="100%" y="{y + 16}" text-anchor="end"{weight}>{escape(row["text"])}</text>'
    )
    if bars:
        fill = FILL if mine else "#8fb6b9"
        bar = f'<rect x="0" y="{middle - 4}" width="{place}" height="9" fill="{fill}" stroke="{FILL}"/>'
        return words + bar
    limits = row.get("low"), row.get("high")
    spread = ""
    if None not in limits:
        spread = _line(percent(limits[0] or 0, end), percent(limits[1] or 0, end), middle, "#5d8f95", 3)
    marker = _marker(place, middle, mine, hollow=bool(row.get("hollow")))
    return words + _line("0", "100%", middle, RULE, 1) + spread + marker


def _line(start: str, end: str, y: int, colour: str, width: int) -> str:
    return f'<line x1="{start}" x2="{end}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="{width}"/>'


def _marker(x: str | float, y: float, mine: bool, size: float = 1, hollow: bool = False) -> str:
    """A dot, full or hollow, or for mine a larger ring: told apart without colour."""

    def dot(name: str, radius: float, fill: str, stroke: str, width: float) -> str:
        return (
            f'<circle class="{name}" cx="{x}" cy="{y}" r="{radius * size:g}" fill="{fill}" stroke="{stroke}" '
            f'stroke-width="{width * size:g}"/>'
        )

    if hollow and not mine:
        return dot("hollow", 4.5, PAPER, QUIET, 1.8)
    if not mine:
        return dot("dot", 5, FILL, PAPER, 1.5)
    core = "" if hollow else dot("core", 3, ACCENT, "none", 0)
    return dot("ring", 8, PAPER, ACCENT, 3) + core


def _project(point: Row, projection: Row) -> tuple[float, float]:
    """The place of a point on the drawing: plate carrée, as the outline declares it."""
    x = (point["lon"] - projection["lon0"]) * projection["kx"]
    return round(x, 1), round((projection["lat0"] - point["lat"]) * projection["ky"], 1)


def _map_label(point: Row, x: float, y: float, size: float, boxes: list[Box]) -> Markup:
    """Writes the name beside its mark, on the first side where it covers nothing."""
    wide, high, off = 7.4 * size * len(point["label"]), 16 * size, (13 if point.get("mine") else 10) * size
    sides: dict[str, tuple[float, Box]] = {
        "start": (x + off, (x + off, y - high / 2, x + off + wide, y + high / 2)),
        "end": (x - off, (x - off - wide, y - high / 2, x - off, y + high / 2)),
        "middle": (x, (x - wide / 2, y + off / 2, x + wide / 2, y + off / 2 + high)),
        "above": (x, (x - wide / 2, y - off / 2 - high, x + wide / 2, y - off / 2)),
    }
    free = (side for side, (_, box) in sides.items() if not any(_overlap(box, other) for other in boxes))
    side = next(free, "start")
    at, box = sides[side]
    boxes.append(box)
    weight = Markup(' font-weight="700"') if point.get("mine") else ""
    return Markup('<text class="label" x="{:.1f}" y="{:.1f}" text-anchor="{}" font-size="{:g}"{}>{}</text>').format(
        at, box[1] + 12 * size, side.replace("above", "middle"), 13 * size, weight, point["label"]
    )


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


CHARTS: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (share_bar_svg, share_bar_text, swatch, dot_rows_svg, dot_rows_text, strip_svg, map_svg)
}
