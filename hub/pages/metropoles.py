"""Stub."""

from __future__ import annotations

from flask import Blueprint

from hub.pages.menu import Entry

bp = Blueprint("metropoles", __name__)
MENU: tuple[Entry, ...] = (Entry("Réseau", "Métropoles", "metropoles.listing"),)


@bp.get("/metropoles")
def listing() -> str:
    """Stub."""
    return "à faire"


@bp.get("/metropoles/<slug>")
def metropole(slug: str) -> str:
    """Stub."""
    return "à faire"
