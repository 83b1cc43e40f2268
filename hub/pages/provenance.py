"""`/provenance/<id>`, « D'où vient ce chiffre ? »: from a value back to the words of a document, and how it came in."""

from __future__ import annotations

from flask import Blueprint

from hub.access.declared import all_need
from hub.db import db
from hub.errors import UnknownThing
from hub.models import Exchange, NetworkThing
from hub.models.history import asked_for
from hub.models.network import things
from hub.models.thing import identified, read
from hub.pages import provenance_sheet, words
from hub.pages import provenance_view as view
from hub.pages.choices import accept
from hub.pages.menu import Entry
from hub.pages.readings import ways_of
from hub.pages.respond import View, data_page
from hub.pages.trail import Trail, network_trail_of, trail_of

bp = Blueprint("provenance", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = ()


@data_page(bp, "/provenance/<hub_id>")
def provenance(hub_id: str) -> View:
    """Where a record comes from, whatever its kind, gone or not."""
    accept(paged=False)
    found = read(identified(hub_id))
    if not found:
        raise UnknownThing(f"Aucune fiche ne porte l'identifiant « {hub_id} ».")
    trail = trail_of(thing := found[0])
    shown = {"thing": thing, "trail": trail, "view": view, "words": words, "asked": _asked(trail)}
    shown["ways"] = ways_of(thing.source, thing.kind)
    return View("provenance/record.html", provenance_sheet.of_thing(thing, trail), shown)


def _asked(trail: Trail) -> Exchange | None:
    """The request whose answer holds the version in force; none when it was not read on a platform."""
    entry = trail.entry
    if entry is None or entry.raw is None:
        return None
    return db.session.scalar(asked_for(entry.run.source_id, entry.raw))


@data_page(bp, "/provenance/<kind>/<thing_id>")
def network(kind: str, thing_id: str) -> View:
    """Where a thing of the network comes from: a membership, a session, a retour, a principle, a passage…"""
    accept(paged=False)
    row = db.session.scalar(things(kind).where(NetworkThing.id == thing_id))
    if row is None:
        raise UnknownThing(f"Rien ne s'appelle « {thing_id} » parmi les fiches « {kind} » du réseau.")
    trail = network_trail_of(row)
    shown = {"row": row, "trail": trail, "view": view, "words": words}
    return View("provenance/network.html", provenance_sheet.of_network(row, trail), shown)
