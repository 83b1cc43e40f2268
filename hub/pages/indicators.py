"""`/indicateurs`: what is measured, each measure of each metropole, where it comes from, and all of it as files."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from hub.access.declared import all_need
from hub.benchmark.measure_rows import MEASURE_COLUMNS
from hub.pages import indicators_view as view
from hub.pages import measure_files as files
from hub.pages.indicators_cell import CELL_COLUMNS, Behind
from hub.pages.measures_asked import asked_of_all, asked_of_cell, asked_of_one
from hub.pages.menu import Entry
from hub.pages.respond import Sheet, View, data_page

bp = Blueprint("indicators", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry("Comparer", "Indicateurs", "indicators.catalogue"),)


@data_page(bp, "/indicateurs", measured=True)
def catalogue() -> View:
    """What is measured, theme by theme, with how many metropoles are known."""
    asked = asked_of_all()
    return View("indicators/catalogue.html", Sheet(MEASURE_COLUMNS, asked.rows()), lambda: view.catalogue(asked))


@data_page(bp, "/indicateurs/<key>", measured=True)
def indicator(key: str) -> View:
    """One indicator: its definition, the value of each metropole, who has none and why."""
    asked = asked_of_one(key)
    return View("indicators/indicator.html", Sheet(MEASURE_COLUMNS, asked.rows()), lambda: view.indicator(asked))


@data_page(bp, "/indicateurs/<key>/<slug>/<period>")
def cell(key: str, slug: str, period: str) -> View:
    """« D'où vient ce chiffre ? »: the formula with its numbers, the checks, the cases behind a measure."""
    behind = Behind(asked_of_cell(key, slug, period))
    return View("indicators/cell.html", Sheet(CELL_COLUMNS, behind.rows()), behind.shown)


@bp.get("/indicateurs.<any(xlsx,parquet):form>")
def catalogue_file(form: str) -> Response:
    """The measures asked for, as a workbook or as Parquet."""
    return files.answer(asked_of_all(), form)


@bp.get("/indicateurs.csv-metadata.json")
def catalogue_metadata() -> Response:
    """What the columns of the CSV of measures say."""
    return files.answer(asked_of_all(), "metadata")


@bp.get("/indicateurs/<key>.<any(xlsx,parquet,svg,png,pdf):form>")
def indicator_file(key: str, form: str) -> Response:
    """One indicator as a workbook, as Parquet, on paper, or its chart as a picture."""
    return files.answer(asked_of_one(key), form)


@bp.get("/indicateurs/<key>.csv-metadata.json")
def indicator_metadata(key: str) -> Response:
    """What the columns of the CSV of an indicator say, with its declaration."""
    return files.answer(asked_of_one(key), "metadata")


@bp.after_request
def described(response: Response) -> Response:
    """Say beside each CSV of measures where its metadata are."""
    endpoint = (request.endpoint or "").partition(".")[2]
    if endpoint in ("catalogue_csv", "indicator_csv") and response.status_code == 200:
        asked = {**(request.view_args or {}), **request.args.to_dict(flat=False)}
        address = url_for(f".{endpoint.removesuffix('csv')}metadata", **asked)
        response.headers["Link"] = f'<{address}>; rel="describedby"; type="application/csvm+json"'
    return response
