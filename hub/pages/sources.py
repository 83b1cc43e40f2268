"""Stub."""

from __future__ import annotations

from flask import Blueprint

from hub.pages.menu import Entry

bp = Blueprint("sources", __name__)
MENU: tuple[Entry, ...] = (Entry("Pied de page", "Sources", "sources.listing"),)


@bp.get("/sources")
def listing() -> str:
    """Stub."""
    return "à faire"


@bp.get("/sources/<slug>")
def source(slug: str) -> str:
    """Stub."""
    return "à faire"


@bp.get("/moissons/<ref>")
def run(ref: str) -> str:
    """Stub."""
    return "à faire"
