"""Reading traces: where a statement is written, how sure its reading is, which document holds it; facts as a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import url_for

from hub.models import Facet, Source
from hub.models.network import traces_in
from hub.models.thing import RESEAU, Filter, Thing, read, things_of
from hub.pages.format import listing
from hub.pages.respond import Sheet
from hub.pages.words import field_label
from schemas.labels import codes

PROOF = ("document_id", "lines", "quote", "certainty", "readings")
"""The columns that say where a row is written and how sure its reading is."""
IDENTITY = ("id", "siren", "metropole", "source")
FACTS = (*IDENTITY, "presence", "field", "label", "value", "value_state", *PROOF)
"""The columns of the sheet of a detail page: one row a fact."""
Books = Mapping[str, dict[str, str]]
"""Documents by remote_id: their `title` and the `url` of their page."""


def traces_of(data: Mapping[str, Any], field: str = "") -> list[dict[str, Any]]:
    """Return the traces that justify a field; when none names it, or without a field, those of the whole thing."""
    traces: list[dict[str, Any]] = data.get("trace", [])
    return [t for t in traces if field in t.get("fields", ())] or [t for t in traces if not t.get("fields")]


def weakest(traces: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the least certain trace, the first of them when several are; an empty one when there is none."""
    order = codes("certitude")
    return max(traces, key=lambda trace: order.index(trace["certainty"]), default={})


def proof(data: Mapping[str, Any], field: str = "") -> dict[str, Any]:
    """Return the columns of `PROOF` for a field, from its least certain trace."""
    trace = weakest(traces_of(data, field))
    return {name: trace[name] for name in PROOF if name in trace}


def identity(thing: Thing) -> dict[str, Any]:
    """Return the columns of `IDENTITY` for a thing, and its presence at the source."""
    metropole = thing.metropole
    known = {"siren": metropole.siren, "metropole": metropole.slug} if metropole else {"metropole": RESEAU}
    return {"id": thing.id, **known, "source": thing.source.slug, "presence": thing.presence}


def network_identity(said: Mapping[str, Any], slugs: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns of `IDENTITY` for a thing of the network; `slugs` gives the slug of each SIREN."""
    sirens = said.get("contributors") or said.get("siren")
    if not sirens:
        return {"id": said["id"], "metropole": RESEAU, "source": said["author"]}
    whose = slugs[sirens] if isinstance(sirens, str) else [slugs[siren] for siren in sirens]
    return {"id": said["id"], "siren": sirens, "metropole": whose, "source": said["author"]}


def fact_sheet(identity: Mapping[str, Any], kind: str, data: Mapping[str, Any], fields: Sequence[str]) -> Sheet:
    """Return the facts of a thing, one row a field in this order; a missing one says so, never 0."""
    rows = []
    for field in fields:
        row = {**identity, "field": field, "label": field_label(kind, field)}
        known = data.get(field) not in (None, [], "")
        state = "observe" if known else data.get(f"{field}_state", "non_transmis")
        row |= {"value_state": state} | ({"value": data[field], **proof(data, field)} if known else {})
        rows.append(row)
    return Sheet(FACTS, rows)


def proofs(kind: str, traces: Iterable[dict[str, Any]], books: Books) -> list[dict[str, Any]]:
    """Return what `_proof.html` shows of each trace: what it justifies, its words, its document."""
    return [
        {
            "about": listing(field_label(kind, field) for field in trace.get("fields", ())),
            "trace": trace,
            **books.get(trace.get("document_id", ""), {"title": trace.get("document_id", "")}),
        }
        for trace in traces
    ]


def library(things: Iterable[Any], source: Source | None = None) -> dict[str, dict[str, str]]:
    """Return `{title, url}` of each document that the traces of `things` name, by its remote_id.

    A record's documents are those of its source, else the network's. A thing of the network (no `source`) may name
    the documents of any source, the network's own first.
    """
    names = {trace["document_id"] for trace in traces_in(list(things)) if "document_id" in trace}
    return {each.remote_id: {"title": each.title, "url": document_url(each)} for each in documents(names, source)}


def documents(names: Iterable[str], source: Source | None = None) -> list[Thing]:
    """Return the documents of these remote_ids, withdrawn ones included, those that win standing last."""
    wanted = Facet.remote_id.in_(list(names))
    found = [
        *read(things_of("document").where(wanted)),
        *read(things_of("document", Filter(presence="gone")).where(wanted)),
    ]
    if source is not None:
        found = [each for each in found if each.source.id == source.id or each.source.siren is None]
        return sorted(found, key=lambda each: each.source.id == source.id)
    return sorted(found, key=lambda each: (each.source.siren is None, -each.source.id))


def document_url(document: Thing) -> str:
    """Return the address of a document's page."""
    return url_for("documents.document", hub_id=document.id)
