"""Stub."""

from __future__ import annotations

from flask import Blueprint

from hub.pages.menu import Entry

bp = Blueprint("compare", __name__)
MENU: tuple[Entry, ...] = (Entry("Comparer", "Comparer", "compare.compare"),)


@bp.get("/comparer")
def compare() -> str:
    """Stub."""
    return "à faire"
