"""Stub."""

from __future__ import annotations

from flask import Blueprint

from hub.pages.menu import Entry

bp = Blueprint("deliberations", __name__)
MENU: tuple[Entry, ...] = ()


@bp.get("/deliberations/<hub_id>")
def deliberation(hub_id: str) -> str:
    """Stub."""
    return "à faire"
