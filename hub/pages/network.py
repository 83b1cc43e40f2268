"""Stub."""

from __future__ import annotations

from flask import Blueprint

from hub.pages.menu import Entry

bp = Blueprint("network", __name__)
MENU: tuple[Entry, ...] = (Entry("Réseau", "Réseau", "network.network"),)


@bp.get("/reseau")
def network() -> str:
    """Stub."""
    return "à faire"
