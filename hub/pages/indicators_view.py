"""What the pages of indicators show: the catalogue by theme, one indicator with its charts, its table, its citation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from flask import request, url_for

from hub.benchmark.indicators import OF_ADULTS, PER_INHABITANTS, RAW, YES_NO, Indicator
from hub.benchmark.measure_parquet import writes_parquet
from hub.benchmark.measures import Cell
from hub.clock import today
from hub.db import db
from hub.models.source import Source, published_sources
from hub.pages import measure_lines as drawn
from hub.pages.charts import dot_rows_text
from hub.pages.format import day, listing
from hub.pages.measure_lines import Line, producers
from hub.pages.measure_words import NO_INTERVAL, PER_WORDS, covers, total_words, unit_of
from hub.pages.measures_asked import FORM, PERIOD, Asked, period_words
from hub.pages.picture import Picture, Plate
from hub.pages.respond import LICENCE, mark
from hub.pages.words import capital, kind_label
from schemas.labels import label

FORM_WORDS = {RAW: "nombre brut", PER_INHABITANTS: PER_WORDS, OF_ADULTS: "% des 16 ans et plus"}
INTERVALS = {
    "wilson": "à 95 %, méthode de Wilson : ce que le seul hasard peut faire bouger d'une période à l'autre",
    "poisson": "à 95 %, loi de Poisson : ce que le seul hasard peut faire bouger d'une période à l'autre",
    "": NO_INTERVAL,
}
NOT_OFFERED = "une personne peut compter plusieurs fois"
"""Why a count is not related to the people of 16 and over (B13)."""
CATALOGUE_FILES = (("CSV", "catalogue_csv"), ("JSON", "catalogue_json"), ("Métadonnées du CSV", "catalogue_metadata"))
BOOKS = (("XLSX", "xlsx"), *([("Parquet", "parquet")] if writes_parquet() else []))
PICTURES = (("Graphique en SVG", "svg"), ("Graphique en PNG", "png"), ("Fiche à imprimer (PDF)", "pdf"))


def catalogue(asked: Asked) -> dict[str, Any]:
    """Return the themes with their indicators: how many metropoles are known, and in which direction it is better."""
    shown = [_known(one, asked) for one in asked.indicators]
    themes = [(name, list(rows)) for name, rows in groupby(shown, key=lambda row: row["indicator"].theme)]
    return {
        "themes": _merged(themes),
        "asked": asked,
        "downloads": [
            *((name, _address(endpoint)) for name, endpoint in CATALOGUE_FILES),
            *((name, _address("catalogue_file", form=form)) for name, form in BOOKS),
        ],
    }


def indicator(asked: Asked) -> dict[str, Any]:
    """Return what the page of an indicator shows."""
    (one,), found = asked.indicators, asked.of(asked.indicators[0])
    lines = drawn.lines_of(found, asked.every)
    return {
        "indicator": one,
        "asked": asked,
        "lines": lines,
        "plates": [] if one.measure == YES_NO else plates(lines),
        "careful": drawn.careful(lines),
        "absent": drawn.absent(lines),
        "chart": chart_of(asked),
        "measured": measured(one, asked.form),
        "total": total_words(one, found, asked.every),
        "covers": covers(found, asked.every),
        "facts": definition_of(one),
        "sources": {source.slug: source for source in behind(found)},
        "periods": [(each, _address("indicator", **{PERIOD: each}), each == asked.period) for each in asked.known],
        "forms": forms_of(one, asked.form),
        "downloads": downloads(),
        "producer": producers(found, asked.every),
        "licence": LICENCE,
        "on": max((line.cell.as_of for line in lines if line.cell.present and line.cell.as_of), default=""),
        "today": today(),
        "url": request.url,
    }


def chart_of(asked: Asked) -> Picture:
    """Return the chart of an indicator as a picture that stands alone: the same figures, their source and licence."""
    (one,), found = asked.indicators, asked.of(asked.indicators[0])
    lines = drawn.lines_of(found, asked.every)
    return Picture(
        title=drawn.finding(one, lines),
        subtitle=subtitle(one, asked),
        plates=plates(lines),
        absent=drawn.reasons(lines),
        text=told(one, lines),
        source=[*mark().values(), *_source(asked, found)],
        unit="%" if one.is_share else "",
    )


def subtitle(one: Indicator, asked: Asked) -> str:
    """Return the measure, its unit, its period, its perimeter."""
    said = (measured(one, asked.form), period_words(one, asked.period), "territoire de la métropole")
    return ", ".join(said)


def measured(one: Indicator, form: str) -> str:
    """Return a measure with its unit, where this says more: « Comptes créés, pour 100 000 habitants »."""
    unit = unit_of(one, form)
    return one.label if unit.lower() == one.label.lower() else f"{one.label}, {unit}"


def definition_of(one: Indicator) -> list[tuple[str, str]]:
    """Return the declaration of an indicator, in words (B33)."""
    return [
        ("Pourquoi", one.why),
        ("Question", one.question),
        ("Numérateur", capital(one.numerator)),
        ("Dénominateur", capital(one.denominator)),
        ("Unité", one.unit),
        ("Formes", listing(FORM_WORDS[form] for form in one.forms) or "une seule"),
        ("Hausse ou baisse ?", label("polarite", one.polarity)),
        ("Intervalle", INTERVALS[one.interval]),
        ("Cas nécessaires", str(one.minimum) if one.minimum else "aucun minimum"),
        ("Fait de", listing(kind_label(kind, 2).lower() for kind in one.needs) or "ce que le hub sait de ses sources"),
        ("Version", str(one.version)),
        ("Clé", one.key),
    ]


def forms_of(one: Indicator, form: str) -> list[dict[str, Any]]:
    """Return the forms offered for a count, each with its address, or the reason why it is not offered (B13)."""
    if not one.forms:
        return []
    return [
        {
            "words": words,
            "url": _address("indicator", **{FORM: each}) if each in one.forms else "",
            "current": each == form,
            "reason": NOT_OFFERED if each == OF_ADULTS and each not in one.forms else "",
        }
        for each, words in FORM_WORDS.items()
    ]


def downloads() -> list[tuple[str, str]]:
    """Return the files of the indicator shown, with the same choices."""
    return [
        ("CSV", _address("indicator_csv")),
        ("JSON", _address("indicator_json")),
        ("Métadonnées du CSV", _address("indicator_metadata")),
        *((name, _address("indicator_file", form=form)) for name, form in (*BOOKS, *PICTURES)),
    ]


def behind(found: Iterable[Cell]) -> list[Source]:
    """Return the published sources of these cells, by slug."""
    slugs = {slug for cell in found for slug in cell.sources}
    query = published_sources().where(Source.slug.in_(sorted(slugs)))
    return [row[0] for row in db.session.execute(query)] if slugs else []


def _known(one: Indicator, asked: Asked) -> dict[str, Any]:
    period = asked.newest(one)
    found = asked.of(one, period)
    known = covers(found, asked.metropoles)
    known = f"{period} : {known}" if any(cell.present for cell in found) else known
    return {"indicator": one, "covers": known, "polarity": label("polarite", one.polarity)}


def _merged(themes: Sequence[tuple[str, list[dict[str, Any]]]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """A theme that comes twice in the catalogue is shown once."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, rows in themes:
        found.setdefault(name, []).extend(rows)
    return list(found.items())


def plates(lines: Sequence[Line]) -> list[Plate]:
    """Return the chart of what can be read as it is, then of what is to be read with care; nothing without a value."""
    found = [("", drawn.readable(lines)), ("À lire avec prudence", drawn.careful(lines))]
    return [Plate(heading, drawn.dots(rows)) for heading, rows in found if rows]


def told(one: Indicator, lines: Sequence[Line]) -> str:
    """Return the description of the chart in words: the highest, the lowest, mine, who is missing (B36)."""
    known = drawn.dots([*drawn.readable(lines), *drawn.careful(lines)])
    return dot_rows_text(known, [{"label": line.name} for line in drawn.absent(lines)], "%" if one.is_share else "")


def _source(asked: Asked, found: Sequence[Cell]) -> list[str]:
    who = f"Source : {producers(found, asked.every)}, via le hub des métropoles participatives. {LICENCE}."
    return [who, f"{covers(found, asked.every)}. {request.url.rsplit('.', 1)[0]}, le {day(today())}."]


def _address(endpoint: str, **changed: str) -> str:
    """Return another address with the same choices, but for what is changed."""
    named = {name: value for name, value in (request.view_args or {}).items() if name != "form"}
    return url_for(f"indicators.{endpoint}", **{**named, **request.args.to_dict(flat=False), **changed})
