"""Stub."""

from __future__ import annotations

from flask import Blueprint

from hub.pages.menu import Entry

bp = Blueprint("reference", __name__)
MENU: tuple[Entry, ...] = (
    Entry("Pied de page", "Glossaire", "reference.glossary"),
    Entry("Pied de page", "Schémas", "reference.schemas"),
    Entry("Pied de page", "Plan du site", "reference.site_plan"),
)


@bp.get("/glossaire")
def glossary() -> str:
    """Stub."""
    return "à faire"


@bp.get("/schemas")
def schemas() -> str:
    """Stub."""
    return "à faire"


@bp.get("/schemas/<path:name>.json")
def schema(name: str) -> str:
    """Stub."""
    return "à faire"


@bp.get("/problems/<rule>")
def problem(rule: str) -> str:
    """Stub."""
    return "à faire"


@bp.get("/plan-du-site")
def site_plan() -> str:
    """Stub."""
    return "à faire"
