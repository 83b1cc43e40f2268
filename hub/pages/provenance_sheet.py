"""The trail of a thing as data: one row for each statement, each citation, each version, each link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.models import NetworkThing
from hub.models.layer import Layer, Version
from hub.models.thing import Thing
from hub.pages.provenance_view import extract
from hub.pages.respond import Sheet
from hub.pages.statements import RESERVED, Citation, Named, Statement
from hub.pages.traces import IDENTITY, identity
from hub.pages.trail import Trail
from hub.pages.words import field_label

ABOUT = (*IDENTITY, "kind", "remote_id", "presence", "not_seen_since", "gone_on", "gone_reason", "licence")
STATED = ("field", "label", "value", "value_state", "words", "citations")
QUOTED = (
    "citation",
    "fields",
    "document_id",
    "document",
    "file_sha256",
    "lines",
    "page",
    "quote",
    "certainty",
    "basis_of_inference",
)
VERSION = ("writer", "run", "read_at", "filename", "connector", "connector_version", "schema_version", "sha256",
           "in_force", "data", "raw_sha256", "pointer", "raw", "author", "written_at")  # fmt: skip
LINK = ("direction", "target_kind", "target_id", "target_remote_id", "target")
COLUMNS = (*ABOUT, "part", *STATED, *QUOTED, "readings", *VERSION, *LINK)
"""`part` says what a row is: `statement`, `citation`, `version` or `link`; `citations` are numbers of citation rows."""


def of_thing(thing: Thing, trail: Trail) -> Sheet:
    """Return the trail of a record as data, the extract of its raw payload included."""
    about = identity(thing) | {"kind": thing.kind, "remote_id": thing.remote_id}
    about |= _known(not_seen_since=thing.not_seen_since, gone_on=thing.gone_on, gone_reason=thing.gone_reason)
    about |= _known(licence=thing.source.licence)
    versions = [about | row for layer in trail.layers for row in _versions(layer)]
    return Sheet(COLUMNS, [*_said(about, trail), *versions, *_links(about, trail)])


def of_network(row: NetworkThing, trail: Trail) -> Sheet:
    """Return the trail of a thing of the network as data."""
    about = {"id": row.id, "kind": row.kind, "remote_id": row.id} | _known(siren=row.siren)
    written = {"part": "version", "author": row.author, "written_at": row.written_at, "sha256": row.sha256}
    return Sheet(COLUMNS, [*_said(about, trail), about | written | {"in_force": True}, *_links(about, trail)])


def _said(about: Mapping[str, Any], trail: Trail) -> Iterator[dict[str, Any]]:
    for statement in trail.statements:
        yield {**about, "part": "statement", **_stated(statement)}
    for citation in trail.citations:
        yield {**about, "part": "citation", **_quoted(citation)}


def _stated(statement: Statement) -> dict[str, Any]:
    return {
        "field": statement.field,
        "label": statement.label,
        "value_state": statement.state or ("observe" if statement.value is not None else "non_transmis"),
        "words": " ; ".join(statement.told),
        "citations": [citation.number for citation in statement.citations],
        **_known(value=statement.value, certainty=statement.certainty or None),
    }


def _quoted(citation: Citation) -> dict[str, Any]:
    trace, document = citation.trace, citation.document
    known = {name: trace[name] for name in (*QUOTED, "readings") if name in trace}
    known |= {"citation": citation.number, "fields": [name for name in citation.fields if name]}
    return known | (_known(document=document.title, file_sha256=document.data.get("file_sha256")) if document else {})


def _versions(layer: Layer) -> Iterator[dict[str, Any]]:
    for version in layer.versions:
        raw = extract(version).get("text") if version.in_force else None
        yield {"part": "version", "writer": layer.facet.writer, **_version(version), **_known(raw=raw)}


def _version(version: Version) -> dict[str, Any]:
    run = version.run
    return {
        "run": run.ref,
        "read_at": run.started_at,
        "connector": run.connector,
        "connector_version": run.connector_version,
        "schema_version": run.schema_version,
        "in_force": version.in_force,
        **_known(filename=run.filename, raw_sha256=version.raw, pointer=version.pointer, sha256=version.sha256),
        **_known(data=_public(version)),
    }


def _public(version: Version) -> dict[str, Any] | None:
    """What a version says, without the free text that no one reads; nothing when the version was reserved."""
    return version.data and {name: value for name, value in version.data.items() if name not in RESERVED}


def _links(about: Mapping[str, Any], trail: Trail) -> Iterator[dict[str, Any]]:
    for direction, found in (("to", trail.leads_to), ("from", trail.led_from)):
        for link in found:
            yield {**about, "part": "link", "direction": direction, **_link(trail.kind, link)}


def _link(kind: str, link: Named) -> dict[str, Any]:
    named = {"field": link.field, "label": field_label(kind, link.field)}
    target = {"target_kind": link.kind, "target_remote_id": link.remote_id}
    return named | target | _known(target_id=link.thing and link.thing.id, target=link.title or None)


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
