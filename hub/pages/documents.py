"""`/documents`: the typed library; `/documents/<id>`: one document and what cites it; its extraction, line by line."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint

from hub.access.declared import all_need
from hub.errors import UnknownThing
from hub.models import Facet
from hub.models.thing import Thing, called, read, things_of
from hub.pages.choices import accept, choices, page_url
from hub.pages.documents_view import (
    EXTRACTION,
    FACTS,
    LISTED,
    SORTS,
    attachments,
    by_kind,
    by_quote,
    extracted,
    facets,
    kind_words,
    owner_words,
    rows,
    statements,
    subject_of,
)
from hub.pages.menu import Entry
from hub.pages.respond import Sheet, View, data_page
from hub.pages.sieve import sieve
from hub.pages.traces import fact_sheet, identity, library, proofs

bp = Blueprint("documents", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry("Apprendre", "Documents", "documents.listing"),)


@data_page(bp, "/documents")
def listing() -> View:
    """The documents of the hub, by title."""
    chosen = choices("document", facets())
    query = things_of("document", chosen.narrowed).order_by(Facet.sort_key, Facet.hub_id)
    said = {"choices": chosen, "page_url": page_url, "kind_words": kind_words, "owner_words": owner_words}
    return View(
        "documents/list.html", Sheet(LISTED, rows(query)), lambda: {**said, "things": read(chosen.paged(query))}
    )


@data_page(bp, "/documents/<hub_id>")
def document(hub_id: str) -> View:
    """One document: what is known of it, what was read in it, what leads to it."""
    accept(paged=False)
    thing = _document(hub_id)
    sheet = fact_sheet(identity(thing), "document", thing.data, FACTS)
    return View("documents/document.html", sheet, partial(shown, thing))


def shown(thing: Thing) -> dict[str, Any]:
    """Return what the page of a document shows."""
    data = thing.data
    return {
        "thing": thing,
        "nature": kind_words(data),
        "owner": owner_words(thing),
        "subject": subject_of(thing),
        "proofs": proofs("document", data.get("trace", []), library([data], thing.source)),
        "extracted": by_kind(statements(thing)),
        "attached": attachments(thing),
    }


@data_page(bp, "/documents/<hub_id>/extraction")
def extraction(hub_id: str) -> View:
    """What the hub read in a document, in the order of its lines: here a reader checks it against the file."""
    thing = _document(hub_id)
    found = statements(thing)
    chosen = sieve(found, SORTS, by_quote)
    context = {"thing": thing, "choices": chosen, "page_url": page_url, "read": bool(found)}
    sheet = Sheet(EXTRACTION, map(partial(extracted, thing), chosen.kept))
    return View("documents/extraction.html", sheet, context)


def _document(hub_id: str) -> Thing:
    found = read(called("document", hub_id))
    if not found:
        raise UnknownThing(f"Aucun document ne porte l'identifiant « {hub_id} ».")
    return found[0]
