"""The comparison: measures of metropoles side by side, as the address chooses them; what documents state, apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, current_app, request

from hub.access.declared import all_need
from hub.db import db
from hub.models.metropole import metropoles
from hub.pages.admission import reader
from hub.pages.compare_asked import EVOLUTION, MATRIX, POINTS, STATED, TABLE, asked, few
from hub.pages.compare_cells import COLUMNS, Comparison, compared, rows
from hub.pages.compare_evolution import evolution
from hub.pages.compare_form import around, who_of
from hub.pages.compare_points import points
from hub.pages.compare_stated import stated
from hub.pages.compare_tables import matrix, tables
from hub.pages.measure_paper import of_comparison
from hub.pages.measures_asked import periods
from hub.pages.menu import Entry
from hub.pages.paper import pdf
from hub.pages.respond import Sheet, View, data_page

bp = Blueprint("compare", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry("Comparer", "Comparer", "compare.compare"),)
SHOWN: Mapping[str, tuple[str, Callable[[Comparison], Mapping[str, Any]]]] = {
    POINTS: ("compare/points.html", points),
    TABLE: ("compare/tableau.html", tables),
    MATRIX: ("compare/matrice.html", matrix),
    EVOLUTION: ("compare/evolution.html", evolution),
}
"""The template of each view of measures, and what it shows."""


@data_page(bp, "/comparer", measured=True)
def compare() -> View:
    """The comparison that the address chooses; without a measure, the form and comparisons ready made."""
    few()
    if request.args.getlist("v") == [STATED]:
        return stated()
    found, known = _chosen()
    template, shown = SHOWN[found.asked.view]
    if not found.fields:
        return View("compare/start.html", Sheet(COLUMNS, ()), lambda: around(found, known))
    return View(template, Sheet(COLUMNS, rows(found)), lambda: {**around(found, known), **shown(found)})


@bp.get("/comparer.<any(pdf):form>")
def compare_file(form: str) -> Response:
    """The measures compared, on paper."""
    few()
    found, _ = _chosen()
    answer = current_app.response_class(pdf(of_comparison(found, who_of(found))), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="comparaison.{form}"'
    return answer


def _chosen() -> tuple[Comparison, Sequence[str]]:
    """Return what the address compares, and the periods that may be chosen."""
    every, known, own = db.session.scalars(metropoles()).all(), periods(), reader().acting_for
    return compared(asked(every, known, own), every, own), known
