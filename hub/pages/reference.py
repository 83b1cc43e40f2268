"""`/glossaire`, `/schemas`, `/problems`, `/plan-du-site`: what words mean, how a record is written, where pages are."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template

from hub.access.declared import all_need
from hub.benchmark.indicators import CATALOGUE
from hub.errors import UnknownThing
from hub.models.run import SEVERITY_LABELS
from hub.pages import plan_view
from hub.pages import reference_view as view
from hub.pages.choices import accept
from hub.pages.menu import FOOTER, Entry
from hub.pages.respond import Sheet, View, data_page
from schemas.registry import VERSION, documents

bp = Blueprint("reference", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (
    Entry(FOOTER, "Glossaire", "reference.glossary"),
    Entry(FOOTER, "Schémas", "reference.schemas"),
    Entry(FOOTER, "Règles de contrôle", "reference.problems"),
    Entry(FOOTER, "Plan du site", "reference.site_plan"),
)


@data_page(bp, "/glossaire")
def glossary() -> View:
    """The words of the hub, every code of its lists, every indicator."""
    accept(paged=False)
    return View("reference/glossary.html", Sheet(view.TERMS, view.term_rows()), {"view": view, "indicators": CATALOGUE})


@data_page(bp, "/schemas")
def schemas() -> View:
    """The documentation of the contract: what each schema describes, field by field."""
    accept(paged=False)
    context = {"view": view, "documents": documents(), "version": VERSION}
    return View("reference/schemas.html", Sheet(view.FIELDS, view.field_rows()), context)


@bp.get("/schemas/<path:name>.json")
def schema(name: str) -> Response:
    """A schema, or a code list, as its file stands."""
    content = view.file_of(name)
    if content is None:
        raise UnknownThing(f"Aucun schéma ne s'appelle « {name} » : la liste est à /schemas.")
    kind = "application/json" if name.startswith("codelists/") else "application/schema+json"
    return current_app.response_class(content, mimetype=kind)


@data_page(bp, "/problems")
def problems() -> View:
    """Every rule a record is checked by."""
    accept(paged=False)
    rows = view.rule_rows()
    return View("reference/problems.html", Sheet(view.RULES, rows), {"rules": rows})


@data_page(bp, "/problems/<rule>")
def problem(rule: str) -> View:
    """One rule: what it says, how to put a record right."""
    accept(paged=False)
    try:
        row = view.rule(rule)
    except KeyError:
        raise UnknownThing(f"Aucune règle ne s'appelle « {rule} » : la liste est à /problems.") from None
    return View("reference/problem.html", Sheet(view.RULES, [row]), {"rule": row, "severities": SEVERITY_LABELS})


@bp.get("/plan-du-site")
def site_plan() -> str:
    """Every page: the menu, then the families of pages reached from it."""
    accept(paged=False)
    sections = plan_view.sections(current_app.extensions["menu"])
    return render_template("reference/plan.html", sections=sections, families=plan_view.FAMILIES)
