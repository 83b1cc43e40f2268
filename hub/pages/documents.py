"""Stub."""

from __future__ import annotations

from flask import Blueprint

from hub.pages.menu import Entry

bp = Blueprint("documents", __name__)
MENU: tuple[Entry, ...] = (Entry("Apprendre", "Documents", "documents.listing"),)


@bp.get("/documents")
def listing() -> str:
    """Stub."""
    return "à faire"


@bp.get("/documents/<hub_id>")
def document(hub_id: str) -> str:
    """Stub."""
    return "à faire"
