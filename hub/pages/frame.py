"""What every page has around it: the menu, the footer, filters of the templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Flask, current_app, request, url_for

from hub.models.thing import Thing
from hub.pages import charts, format
from hub.pages.menu import FOOTER, SECTIONS, Entry

PAGE_OF = {
    "process": "demarches.process",
    "commitment": "engagements.commitment",
    "deliberation": "deliberations.deliberation",
    "document": "documents.document",
}
"""The page of a thing, by kind; other kinds are read on their process's page and on their provenance."""


def register(app: Flask, pages: Iterable[tuple[Blueprint, tuple[Entry, ...]]]) -> None:
    """Register the pages and what their templates need."""
    for bp, _ in pages:
        app.register_blueprint(bp)
    entries = [entry for _, menu in pages for entry in menu]
    app.extensions["menu"] = entries
    app.jinja_env.filters.update(format.FILTERS)
    app.jinja_env.globals.update(thing_url=thing_url, whence=whence)
    app.jinja_env.globals.update(
        {name: getattr(charts, name) for name in dir(charts) if name.endswith(("_svg", "_text")) or name == "swatch"}
    )
    app.context_processor(frame)


def frame() -> dict[str, Any]:
    """Return the variables of `base.html` that are the same on every page."""
    entries: list[Entry] = current_app.extensions["menu"]
    return {
        "nav": [
            _section(name, [entry for entry in entries if entry.section == name])
            for name in SECTIONS
            if name in {entry.section for entry in entries}
        ],
        "footer": [(entry.label, url_for(entry.endpoint)) for entry in entries if entry.section == FOOTER],
        "demo": current_app.config["DEMO"],
        "home_url": url_for("home.home"),
        "page_url": request.url,
    }


def thing_url(thing: Thing) -> str:
    """Return the address of a thing's page: its own when its kind has one, else its provenance."""
    endpoint = PAGE_OF.get(thing.kind)
    return url_for(endpoint, hub_id=thing.id) if endpoint else whence(thing)


def whence(thing: Thing) -> str:
    """Return the address that answers « D'où vient ce chiffre ? » for a thing."""
    return url_for("provenance.provenance", hub_id=thing.id)


def _section(name: str, entries: list[Entry]) -> dict[str, Any]:
    children = [_link(entry.label, entry.endpoint) for entry in entries]
    first = children[0]
    alone = len(children) == 1
    return {"label": name, "url": first["url"], "current": first["current"], "children": [] if alone else children}


def _link(label: str, endpoint: str) -> dict[str, Any]:
    blueprint = endpoint.split(".")[0]
    return {"label": label, "url": url_for(endpoint), "current": request.blueprint == blueprint}
