"""Charts say what their table says, draw nothing for what is absent, let no text become markup (B36–B37)."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

from hub.pages import charts
from hub.pages.format import FILTERS

HUB = Path(charts.__file__).parents[1]
CSS = (HUB / "static" / "hub.css").read_text()
HOSTILE = "\"><script>alert(1)</script><b style='x'>"
PARTS = [
    {"code": "realise", "label": "Réalisés", "value": 29},
    {"code": "en_cours", "label": "En cours", "value": 59},
    {"code": "a_ouvrir", "label": "À ouvrir", "value": 14},
    {"code": "abandonne", "label": "Abandonnés", "value": 0},
]
ROWS: list[dict[str, Any]] = [
    {
        "label": "Nantes",
        "value": 0.9,
        "text": "18 sur 20",
        "low": 0.7,
        "high": 0.97,
        "interval": "70 à 97 %",
        "mine": True,
    },
    {"label": "Rennes", "value": 0.5, "text": "30 sur 60", "low": 0.38, "high": 0.62, "interval": "38 à 62 %"},
    {"label": "Saint-Étienne", "value": 0.0, "text": "0 sur 12"},
]
ABSENT = [{"label": "Lyon", "state": "non_transmis"}, {"label": "Plaine Commune", "state": "sans_objet"}]
OUTLINE = {
    "viewBox": "0 0 640 640",
    "path": "M0 0h640v640H0z",
    "projection": {"lon0": -5.0, "lat0": 51.0, "kx": 44.0, "ky": 64.0},
}
STRIP = {"low": 0.1, "q1": 0.2, "median": 0.4, "q3": 0.6, "high": 0.8, "value": 0.5}


def page(macro: str, *args: Any, **options: Any) -> str:
    env = Environment(loader=FileSystemLoader(HUB / "templates"), autoescape=True)
    env.filters.update(FILTERS)
    env.globals.update(charts.CHARTS)
    return str(getattr(env.get_template("_macros.html").module, macro)(*args, **options))


class Found(HTMLParser):
    """The elements and attributes a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += attrs


def numbers(name: str, svg: str) -> list[float]:
    return [float(x) for x in re.findall(rf'\b{name}="([\d.]+)%?"', svg)]


def test_a_share_bar_starts_at_zero_and_its_parts_fill_it() -> None:
    svg = charts.share_bar_svg(PARTS, "Statuts")
    bars = re.findall(r'<rect x="([\d.]+)%" y="22" width="([\d.]+)%"', svg)
    assert [(float(x), float(w)) for x, w in bars] == [(0.0, 28.43), (28.43, 57.84), (86.27, 13.73)]
    assert charts.share_bar_text(PARTS) == "Sur 102 : réalisés 29, en cours 59, à ouvrir 14 et abandonnés 0."


def test_each_part_of_a_share_bar_has_a_pattern_of_its_own_with_its_key_in_the_table() -> None:
    svg = charts.share_bar_svg(PARTS, "Statuts")
    patterns = dict(re.findall(r'<pattern id="([^"]+)"[^>]*>(.*?)</pattern>', svg))
    assert len(set(patterns.values())) == len(patterns) == len(PARTS)
    assert all(f"url(#{ident})" in charts.swatch(PARTS, i) for i, ident in enumerate(patterns))
    assert charts.chart_id(PARTS) != charts.chart_id(PARTS[:2])


def test_an_unknown_code_still_gets_a_pattern() -> None:
    parts = [{"label": str(i), "value": 1} for i in range(9)]
    assert charts.share_bar_svg(parts, "Neuf").count("<pattern") == 9


def test_what_is_no_status_never_wears_the_pattern_of_one() -> None:
    assert len(set(charts.PLAIN_PATTERNS)) == len(charts.PLAIN_PATTERNS)
    assert not set(charts.PLAIN_PATTERNS) & set(charts.PATTERNS.values())


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_the_parts_of_a_share_bar_never_leave_it(values: list[int]) -> None:
    parts = [{"code": "", "label": str(i), "value": v} for i, v in enumerate(values)]
    widths = [float(w) for w in re.findall(r'y="22" width="([\d.]+)%"', charts.share_bar_svg(parts, "n"))]
    assert sum(widths) == pytest.approx(100 if sum(values) else 0, abs=0.1)


def test_an_absent_value_is_never_a_point_at_zero_but_is_named_with_its_reason() -> None:
    html = page("dot_rows", ROWS, "Réponse à 12 mois", "%", absent=ABSENT, median=0.5, top=1)
    drawing, lane = html.split("</svg>", 1)[0], html.split("absent-lane", 1)[1]
    assert drawing.count('class="dot"') + drawing.count('class="ring"') == len(ROWS)
    assert "Lyon" not in drawing
    assert "n.d. — non transmis" in lane
    assert "/// — sans objet" in lane


def test_a_chart_of_absent_values_only_draws_no_axis() -> None:
    html = page("dot_rows", [], "Réponse à 12 mois", absent=ABSENT)
    assert 'role="img"' not in html
    assert "Sans valeur : Lyon et Plaine Commune." in html.replace("\u00a0", " ")


def test_a_zero_is_drawn_and_a_missing_interval_is_not() -> None:
    svg = charts.dot_rows_svg(ROWS, "Réponse", "%", top=1)
    assert numbers("cx", svg) == [90.0, 90.0, 50.0, 0.0]
    assert svg.count('stroke="#5d8f95"') == 2


def test_the_long_description_names_the_high_the_low_mine_the_median_and_the_missing() -> None:
    text = charts.dot_rows_text(ROWS, ABSENT, "%", 0.5).replace("\u00a0", " ")
    assert text == (
        "Valeur la plus haute : Nantes, 18 sur 20 ; la plus basse : Saint-Étienne, 0 sur 12 ; Nantes : 18 sur 20 ; "
        "médiane : 50 % ; sans valeur : Lyon et Plaine Commune."
    )


def test_the_table_beside_a_chart_holds_every_row_of_the_drawing() -> None:
    html = page("dot_rows", ROWS, "Réponse", "%", absent=ABSENT)
    table = html[html.index("<table") :]
    assert all(f">{row['label']}</th>" in table and row["text"] in table for row in [*ROWS])
    assert all(one["label"] in table for one in ABSENT)
    assert "<caption" in table
    assert 'scope="row"' in table


@given(st.lists(st.floats(0, 10**7, allow_nan=False), min_size=1, max_size=12))
def test_a_scale_begins_at_zero_holds_every_value_and_keeps_their_order(values: list[float]) -> None:
    rows = [{"label": str(i), "value": v, "text": str(v)} for i, v in enumerate(values)]
    places = numbers("cx", charts.dot_rows_svg(rows, "n"))
    assert all(0 <= place <= 100 for place in places)
    assert all(
        (a <= b) == (x <= y) or abs(x - y) < 0.01
        for (a, x), (b, y) in combinations(zip(values, places, strict=True), 2)
    )


def test_mine_is_told_by_shape_and_weight_not_by_colour() -> None:
    svg = charts.dot_rows_svg(ROWS, "Réponse", "%")
    assert svg.count('class="ring"') == 1
    assert 'font-weight="700">Nantes' in svg


def test_a_map_places_points_as_its_outline_declares_and_writes_no_name_over_another() -> None:
    points = [
        {"label": "Lyon", "lon": 4.8, "lat": 45.8, "mine": True},
        {"label": "Saint-Étienne", "lon": 4.4, "lat": 45.5},
        {"label": "Grenoble-Alpes", "lon": 5.7, "lat": 45.2},
        {"label": "Nice", "lon": 9.3, "lat": 43.7},
    ]
    svg = charts.map_svg(points, OUTLINE, "Carte")
    assert (numbers("cx", svg)[0], numbers("cy", svg)[0]) == (431.2, 332.8)
    assert 'text-anchor="end" font-size="13">Nice' in svg
    html = page("map", points, OUTLINE, "Carte")
    assert all(f">{point['label']}</th>" in html for point in points)


@pytest.mark.parametrize(
    "svg",
    [
        charts.share_bar_svg([{"code": HOSTILE, "label": HOSTILE, "value": 3}], HOSTILE),
        charts.dot_rows_svg(
            [{"label": HOSTILE, "value": 1, "text": HOSTILE, "mine": True}], HOSTILE, HOSTILE, median=1
        ),
        charts.dot_rows_svg([{"label": HOSTILE, "value": 1, "text": HOSTILE}], HOSTILE, bars=True),
        charts.strip_svg(STRIP, HOSTILE),
        charts.map_svg([{"label": HOSTILE, "lon": 0, "lat": 46}], OUTLINE, HOSTILE),
        page(
            "dot_rows",
            [{"label": HOSTILE, "value": 1, "text": HOSTILE}],
            HOSTILE,
            absent=[{**ABSENT[0], "label": HOSTILE}],
        ),
        page("share_bar", [{"code": "", "label": HOSTILE, "value": 3}], HOSTILE, HOSTILE),
    ],
)
def test_no_text_becomes_markup_and_no_style_needs_an_exception(svg: str) -> None:
    found = Found()
    found.feed(svg)
    assert ("role", "img") in found.attributes
    assert not found.elements & {"script", "style", "b"}
    assert not [name for name, _ in found.attributes if name == "style" or name.startswith("on")]


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1])
def test_every_pair_of_the_palette_is_readable_by_day_and_by_night(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.S)
    colour = dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[0])) | dict(
        re.findall(r"--([\w-]+): (#\w{6})", blocks[scheme])
    )
    grounds = ("paper", "panel", "brand-wash", "accent-wash")
    for ink, ground in [(i, g) for i in ("ink", "quiet", "link", "accent") for g in grounds]:
        assert contrast(colour[ink], colour[ground]) >= 4.5, (ink, ground)
    assert contrast(colour["on-brand"], colour["brand"]) >= 4.5
    assert contrast(colour["paper"], colour["accent"]) >= 4.5
    assert min(contrast(colour["edge"], colour[g]) for g in ("paper", "panel")) >= 3


def test_the_style_sheet_is_light_and_asks_nobody_else() -> None:
    assert len(CSS.encode()) <= 30_000
    assert not re.search(r"@import|@font-face|url\(|https?:|\bfr-|Marianne|Spectral", CSS)
