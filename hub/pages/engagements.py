"""Stub."""

from __future__ import annotations

from flask import Blueprint

from hub.pages.menu import Entry

bp = Blueprint("engagements", __name__)
MENU: tuple[Entry, ...] = (Entry("Engagements", "Engagements", "engagements.listing"),)


@bp.get("/engagements")
def listing() -> str:
    """Stub."""
    return "à faire"


@bp.get("/engagements/<hub_id>")
def commitment(hub_id: str) -> str:
    """Stub."""
    return "à faire"
