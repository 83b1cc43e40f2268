"""Stub."""

from __future__ import annotations

from flask import Blueprint

from hub.pages.menu import Entry

bp = Blueprint("provenance", __name__)
MENU: tuple[Entry, ...] = ()


@bp.get("/provenance/<hub_id>")
def provenance(hub_id: str) -> str:
    """Stub."""
    return "à faire"


@bp.get("/provenance/<kind>/<thing_id>")
def network(kind: str, thing_id: str) -> str:
    """Stub."""
    return "à faire"
