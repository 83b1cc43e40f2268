"""Stub."""

from __future__ import annotations

from flask import Blueprint

from hub.pages.menu import Entry

bp = Blueprint("demarches", __name__)
MENU: tuple[Entry, ...] = (Entry("Démarches", "Démarches", "demarches.listing"),)


@bp.get("/demarches")
def listing() -> str:
    """Stub."""
    return "à faire"


@bp.get("/demarches/<hub_id>")
def process(hub_id: str) -> str:
    """Stub."""
    return "à faire"
