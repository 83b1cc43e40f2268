"""What every page has around it: the menu, the footer, filters of the templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Flask, current_app, request, url_for
from werkzeug.wrappers import Response

from hub.clock import paris_day
from hub.models.facet import GONE_LABELS
from hub.models.thing import Thing
from hub.pages import charts, format, typography
from hub.pages.admission import reader
from hub.pages.cautions import CAUTIONS
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
    app.jinja_env.filters.update(format.FILTERS, paris_day=paris_day)
    app.jinja_env.globals.update(thing_url=thing_url, whence=whence, correction_url=correction_url)
    app.jinja_env.globals.update(GONE_LABELS=GONE_LABELS, CAUTIONS=CAUTIONS)
    app.jinja_env.globals.update(charts.CHARTS)
    app.context_processor(frame)
    app.before_request(without_last_slash)
    app.after_request(typography.space)


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
        "account": _account(),
        "demo": current_app.config["DEMO"],
        "home_url": url_for("home.home"),
        "print_url": request.url,
    }


def _account() -> list[tuple[str, str]]:
    """The links beside the menu: to enter, or one's own room."""
    who = reader()
    if not who.entered:
        return [("Entrer", url_for("entry.ways"))]
    own = [
        ("Accès API", "clients.listing", "manage_clients"),
        ("Déposer", "deposits.form", "deposit"),
        ("Personnes", "people.listing", "read_people"),
        ("Journal", "audit.log", "read_audit"),
    ]
    links = [(label, url_for(endpoint)) for label, endpoint, verb in own if who.may_somewhere(verb)]
    return [*links, ("Mon compte", url_for("account.account"))]


def without_last_slash() -> Response | None:
    """Lead an address that ends in a slash, where nothing stands, to the one without it (301)."""
    if request.url_rule is not None or not request.path.endswith("/"):
        return None
    # quoted: a tab left as it is falls out of a header, and « /<tab>/elsewhere » would lead to another site
    address = "/" + quote(request.path.strip("/"), safe="/:@!$&'()*+,;=~")
    query = request.query_string.decode("latin-1")
    return Response(status=301, headers={"Location": f"{address}?{query}" if query else address}, mimetype="text/plain")


def thing_url(thing: Thing) -> str:
    """Return the address of a thing's page: its own when its kind has one, else its provenance."""
    endpoint = PAGE_OF.get(thing.kind)
    return url_for(endpoint, hub_id=thing.id) if endpoint else whence(thing)


def whence(thing: Thing) -> str:
    """Return the address that answers « D'où vient ce chiffre ? » for a thing."""
    return url_for("provenance.provenance", hub_id=thing.id)


def correction_url(thing: Thing) -> str:
    """Return where the reader corrects a thing, or proposes to; empty when they may not."""
    siren = thing.metropole.siren if thing.metropole else None
    if siren is None or thing.presence == "gone" or not reader().may("correct", siren):
        return ""
    return url_for("corrections.choose", hub_id=thing.id)


def _section(name: str, entries: list[Entry]) -> dict[str, Any]:
    blueprints = [entry.endpoint.split(".")[0] for entry in entries]
    children = [
        _link(entry.label, entry.endpoint, blueprints.count(blueprint) == 1)
        for entry, blueprint in zip(entries, blueprints, strict=True)
    ]
    first, single = children[0], len(children) == 1
    return {"label": name, "url": first["url"], "current": first["current"], "children": [] if single else children}


def _link(label: str, endpoint: str, alone: bool) -> dict[str, Any]:
    """A menu link; it is current on its page, and on the pages of its blueprint when no other entry leads there."""
    here = request.endpoint or ""
    current = here.removesuffix("_csv").removesuffix("_json") == endpoint
    return {
        "label": label,
        "url": url_for(endpoint),
        "current": current or (alone and request.blueprint == endpoint.split(".")[0]),
    }
