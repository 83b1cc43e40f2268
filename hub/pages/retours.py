"""Stub."""

from __future__ import annotations

from flask import Blueprint

from hub.pages.menu import Entry

bp = Blueprint("retours", __name__)
MENU: tuple[Entry, ...] = (Entry("Apprendre", "Retours d'expérience", "retours.listing"),)


@bp.get("/retours")
def listing() -> str:
    """Stub."""
    return "à faire"


@bp.get("/retours/<thing_id>")
def retour(thing_id: str) -> str:
    """Stub."""
    return "à faire"
