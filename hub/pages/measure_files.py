"""Measures as files beside their page: workbook, Parquet, metadata of the CSV, chart as SVG or PNG, sheet as PDF."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Response, current_app, request, url_for

from hub.benchmark.indicators import PER_INHABITANTS
from hub.benchmark.measure_book import measure_book
from hub.benchmark.measure_metadata import metadata, population_told
from hub.benchmark.measure_parquet import MEDIA_TYPE as PARQUET
from hub.benchmark.measure_parquet import measure_parquet
from hub.benchmark.measure_rows import MEASURE_COLUMNS
from hub.clock import today
from hub.pages import picture
from hub.pages.format import day
from hub.pages.indicators_view import behind, chart_of
from hub.pages.measure_lines import producers
from hub.pages.measure_paper import of_indicator
from hub.pages.measures_asked import Asked
from hub.pages.paper import pdf
from hub.pages.respond import LICENCE, Sheet, mark, marked
from hub.spreadsheet import MEDIA_TYPE as XLSX


def answer(asked: Asked, form: str) -> Response:
    """Return the measures asked for in this form. Raises NoParquet where nothing writes it."""
    media_type, written = FORMS[form]
    found = current_app.response_class(written(asked), mimetype=media_type)
    if form in DOWNLOADED:
        name = f"{asked.indicators[0].key}-{asked.period}" if len(asked.indicators) == 1 else "indicateurs"
        found.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return found


def _book(asked: Asked) -> bytes:
    sheet, who = _sheet(asked), producers(asked.cells.values(), asked.metropoles)
    said = [
        "Mesures du hub des métropoles participatives",
        *mark().values(),
        f"Source : {who}, via le hub des métropoles participatives.",
        f"Licence : {LICENCE}. Fichier écrit le {day(today())}. Adresse : {request.url}",
        "Une cellule vide n'est pas un zéro : la colonne « État » dit pourquoi il n'y a pas de valeur.",
    ]
    return measure_book(sheet.columns, sheet.rows, asked.indicators, said)


def _parquet(asked: Asked) -> bytes:
    sheet = _sheet(asked)
    return measure_parquet(sheet.columns, sheet.rows, _told(asked))


def _metadata(asked: Asked) -> bytes:
    return orjson.dumps(_told(asked), option=orjson.OPT_APPEND_NEWLINE)


def _told(asked: Asked) -> Mapping[str, object]:
    """The csvw metadata of these measures; related to inhabitants, with the population of each metropole."""
    endpoint = (request.endpoint or "").rpartition("_")[0]
    address = url_for(f"{endpoint}_csv", **_arguments(), _external=True)
    people = {}
    if asked.form == PER_INHABITANTS:
        people = {"populations": [population_told(one) for one in asked.metropoles]}
    return {**mark(), **metadata(address, asked.indicators, behind(asked.cells.values()), LICENCE), **people}


def _arguments() -> dict[str, Any]:
    named = {name: value for name, value in (request.view_args or {}).items() if name != "form"}
    return {**named, **request.args.to_dict(flat=False)}


def _sheet(asked: Asked) -> Sheet:
    return marked(Sheet(MEASURE_COLUMNS, asked.rows()))


def _svg(asked: Asked) -> bytes:
    return picture.svg(chart_of(asked)).encode()


def _png(asked: Asked) -> bytes:
    return picture.png(chart_of(asked))


def _pdf(asked: Asked) -> bytes:
    return pdf(of_indicator(asked))


FORMS: Mapping[str, tuple[str, Callable[[Asked], bytes]]] = {
    "xlsx": (XLSX, _book),
    "parquet": (PARQUET, _parquet),
    "metadata": ("application/csvm+json", _metadata),
    "svg": ("image/svg+xml", _svg),
    "png": ("image/png", _png),
    "pdf": ("application/pdf", _pdf),
}
DOWNLOADED = ("xlsx", "parquet", "svg", "png", "pdf")
