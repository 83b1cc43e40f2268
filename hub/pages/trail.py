"""The trail of a thing, read from the store: what it says, the documents it quotes, its links both ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import url_for

from hub.db import db
from hub.harvest import derive
from hub.models import NetworkThing, Source
from hub.models.layer import Layer, Version, layers_of, mentions_of, voice_of
from hub.models.metropole import metropoles
from hub.models.network import naming, things
from hub.models.run import WRITER_LABELS
from hub.models.source import sources
from hub.models.thing import Thing, identified, linked, read
from hub.pages import words
from hub.pages.frame import thing_url
from hub.pages.statements import Citation, Named, Statement, citations, document_names, statements

NETWORK_LINKS = {
    "cycle_id": "cycle",
    "encounter_id": "encounter",
    "experience_id": "experience",
    "experience_ids": "experience",
}
MOST_MENTIONS = 100
"""How many of the things that lead here are named; all are counted."""


@dataclass(frozen=True)
class Trail:
    """All that « D'où vient ce chiffre ? » needs of one thing; `kind` is the name of its schema."""

    kind: str
    data: Mapping[str, Any]
    names: words.Names
    citations: list[Citation]
    statements: list[Statement]
    leads_to: list[Named]
    led_from: list[Named]
    mentions: int
    layers: tuple[Layer, ...] = ()

    @property
    def entry(self) -> Version | None:
        """Return the version in force of the layer under whose key the thing was first seen."""
        return next((layer.in_force for layer in self.layers if layer.facet.lead), None)


def trail_of(thing: Thing) -> Trail:
    """Return the trail of a record."""
    found = list(dict.fromkeys(derive.links(thing.kind, thing.data)))
    targets = _targets(thing.source, found)
    led_from = list(db.session.execute(mentions_of(thing)))
    papers = naming(thing.remote_id) if thing.kind == "document" else []
    mentions = _mentions((row[0], row[1]) for row in led_from[:MOST_MENTIONS])
    mentions += [_network(kind, said) for kind, said in papers[:MOST_MENTIONS]]
    layers = tuple(layers_of(thing))
    return _trail(thing.kind, thing.data, found, targets, mentions, len(led_from) + len(papers), layers)


def network_trail_of(row: NetworkThing) -> Trail:
    """Return the trail of a thing of the network; it may quote the documents of any source."""
    data: dict[str, Any] = orjson.loads(row.data)
    found = list(dict.fromkeys(derive.links(f"network/{row.kind}", data)))
    if document := data.get("document_id"):
        found.append(("document_id", "document", document))
    cited = [("trace", "document", name) for name in document_names(data)]
    targets = _targets(None, [*found, *cited])
    trail = _trail(f"network/{row.kind}", data, found, targets, [], 0)
    trail.leads_to.extend(_of_network(data))
    return trail


def _trail(
    kind: str,
    data: Mapping[str, Any],
    found: Iterable[tuple[str, str, str]],
    targets: Mapping[tuple[str, str], Thing],
    mentions: list[Named],
    number: int,
    layers: tuple[Layer, ...] = (),
) -> Trail:
    documents = {remote_id: thing for (of_kind, remote_id), thing in targets.items() if of_kind == "document"}
    names = _names() | {name: words.name(thing.kind, thing.data) for (_, name), thing in targets.items()}
    links = [_named(field, of_kind, name, targets.get((of_kind, name))) for field, of_kind, name in found]
    quoted = citations(kind, data, documents)
    said = statements(kind, data, quoted, names, links, _laid(data, layers))
    return Trail(kind, data, names, quoted, said, links, mentions, number, layers)


def _laid(data: Mapping[str, Any], layers: tuple[Layer, ...]) -> dict[str, str]:
    """Say whose word a field is when it is not that of the layer which gives the citations."""
    quoting = voice_of(layers, "trace")
    voices = {field: voice_of(layers, field) for field in data} if len(layers) > 1 else {}
    return {
        field: WRITER_LABELS[voice.facet.writer].lower()
        for field, voice in voices.items()
        if voice is not None and voice is not quoting
    }


def _targets(source: Source | None, found: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], Thing]:
    """Read the things that links name, kind by kind."""
    asked: dict[str, set[str]] = defaultdict(set)
    for _, kind, name in found:
        asked[kind].add(name)
    return {
        (kind, thing.remote_id): thing for kind, names in asked.items() for thing in read(linked(source, kind, names))
    }


def _names() -> dict[str, str]:
    """Return the name of each metropole by SIREN and of each source by slug."""
    registered = {each.siren: each.name for each in db.session.scalars(metropoles())}
    return registered | {source.slug: source.name for source, _ in db.session.execute(sources())}


def _named(field: str, kind: str, remote_id: str, thing: Thing | None) -> Named:
    if thing is None:
        return Named(field, kind, remote_id)
    return Named(field, kind, remote_id, thing, words.name(kind, thing.data), thing_url(thing))


def _mentions(rows: Iterable[tuple[str, str]]) -> list[Named]:
    fields = list(rows)
    found = {thing.id: thing for thing in read(identified(*(hub_id for hub_id, _ in fields)))}
    return [
        _named(field, found[hub_id].kind, found[hub_id].remote_id, found[hub_id])
        for hub_id, field in fields
        if hub_id in found
    ]


def _of_network(data: Mapping[str, Any]) -> list[Named]:
    """Return what the links of a thing of the network lead to among the network's own things."""
    found = []
    for field, kind in NETWORK_LINKS.items():
        names = data.get(field, [])
        for name in [names] if isinstance(names, str) else names:
            row = db.session.scalar(things(kind).where(NetworkThing.id == name))
            found.append(
                _network(kind, orjson.loads(row.data), field) if row else Named(field, f"network/{kind}", name)
            )
    return found


def _network(kind: str, data: Mapping[str, Any], field: str = "trace") -> Named:
    url = url_for("provenance.network", kind=kind, thing_id=data["id"])
    schema = f"network/{kind}"
    return Named(field, schema, data["id"], None, words.name(schema, data), url)
