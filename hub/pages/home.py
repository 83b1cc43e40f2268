"""Stub."""

from __future__ import annotations

from flask import Blueprint

from hub.pages.menu import Entry

bp = Blueprint("home", __name__)
MENU: tuple[Entry, ...] = ()


@bp.get("/")
def home() -> str:
    """Stub."""
    return "à faire"
