"""What the pages of documents show: rows of the library, statements read in a document, things that lead to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import url_for

from hub.db import db
from hub.harvest.derive import links
from hub.models import Facet
from hub.models.metropole import metropole_called, metropoles
from hub.models.network import naming, traces_in
from hub.models.thing import RESEAU, Reading, Thing, citing, named, read
from hub.pages.choices import METROPOLE, Group, year
from hub.pages.frame import thing_url
from hub.pages.sieve import Sort
from hub.pages.traces import IDENTITY, PROOF, documents, identity, network_identity, proof
from hub.pages.words import field_label, kind_label, name
from schemas.labels import codes, label
from schemas.registry import KINDS

FACTS = (
    "title", "aliases", "type", "framework", "subject", "published_at", "updated_at", "themes", "language",
    "media_type", "licence", "url", "file_sha256", "replaces_id",
)  # fmt: skip
LISTED = (
    *IDENTITY, "title", "type", "framework", "published_at", "themes", "url", "media_type", "file_sha256", "presence",
    *PROOF,
)  # fmt: skip
EXTRACTION = (
    "document_id", "lines", "page", "quote", "kind", *IDENTITY, "title", "fields", "certainty", "basis_of_inference",
    "readings",
)  # fmt: skip
CITED = ("texte_cadre", "page", "autre")
"""The types of the documents that the network's own ones name; it transmitted none of them as its own."""
MANIFESTO = "manifeste"
"""The one framework text that is the network's."""
ATTACHED = {
    "document_ids": "document joint",
    "proof_document_ids": "preuve",
    "history": "événement du suivi",
    "replaces_id": "remplace ce document",
    "subject": "parle de ce document",
}
"""How the links of a record lead to a document, traces apart."""


@dataclass(frozen=True)
class Statement:
    """Something the hub read in a document: of which thing, which of its fields, in which words, how surely."""

    kind: str
    title: str
    url: str
    identity: dict[str, Any]
    trace: dict[str, Any]

    @property
    def about(self) -> str:
        """Return the fields this statement justifies, in words; nothing for the whole thing."""
        return ", ".join(field_label(self.kind, field) for field in self.trace.get("fields", ()))


SORTS: Sequence[Sort[Statement]] = (
    Sort("genre", "Genre de fiche", lambda each: [each.kind], lambda kind: kind_label(kind)),
    Sort("certitude", "Certitude", lambda each: [each.trace["certainty"]], lambda code: label("certitude", code)),
)


def facets() -> list[Group]:
    """Return the facets of the library; the names of metropoles stand in the database."""
    names = {each.slug: each.short_name for each in db.session.scalars(metropoles())} | {RESEAU: "Réseau"}
    return [
        Group("type", "Type", lambda code: short(label("type_document", code)), "type", codes("type_document")),
        Group(METROPOLE, "Métropole", names.__getitem__, order=[RESEAU]),
        Group("annee", "Année de publication", year, "year", newest_first=True),
        Group("theme", "Thème", lambda code: label("theme", code), "themes"),
    ]


def short(words: str) -> str:
    """Return a label without what it says in parentheses."""
    return words.split(" (")[0]


def kind_words(data: Mapping[str, Any]) -> str:
    """Return what a document is: « Texte-cadre : Charte de la participation », « Synthèse »."""
    if "type" not in data:
        return "Type non transmis"
    words = short(label("type_document", data["type"]))
    return f"{words} : {label('document_cadre', data['framework'])}" if "framework" in data else words


def owner_words(thing: Thing) -> str:
    """Return whose a document that no metropole transmitted is: the network's, or only cited in its documents."""
    data = thing.data
    own = data.get("type") not in CITED or data.get("framework") == MANIFESTO
    return "Réseau" if own else "cité dans les documents du réseau"


def rows(query: Reading) -> Iterator[dict[str, Any]]:
    """Yield the documents of a query as rows of the library."""
    yield from map(listed, read(query))


def listed(thing: Thing) -> dict[str, Any]:
    """Return a document as a row of the library."""
    known = {field: thing.data[field] for field in LISTED if field in thing.data}
    return {**known, **identity(thing), **proof(thing.data)}


def statements(document: Thing) -> list[Statement]:
    """Return what the hub read in a document, by line; the network's things and the records together."""
    found = [
        Statement(each.kind, name(each.kind, each.data) or each.title, thing_url(each), identity(each), trace)
        for kind in KINDS
        for each in read(citing(document, kind, "trace"))
        for trace in traces_in(each.data)
        if trace.get("document_id") == document.remote_id
    ]
    slugs = {each.siren: each.slug for each in db.session.scalars(metropoles())}
    for kind, said in _named_by_network(document):
        found += _said(document, kind, said, network_identity(said, slugs))
    return sorted(found, key=lambda each: (_place(each.trace), each.kind, each.identity["id"]))


def _named_by_network(document: Thing) -> list[tuple[str, dict[str, Any]]]:
    """The network names a document without its source: its own wins over another source's of the same name."""
    meant = documents([document.remote_id])
    return naming(document.remote_id) if meant and meant[-1].id == document.id else []


def _said(document: Thing, kind: str, said: dict[str, Any], who: dict[str, Any]) -> Iterable[Statement]:
    title = said.get("written_as") or name(kind, said)
    for trace in traces_in(said):
        if trace.get("document_id") == document.remote_id:
            yield Statement(f"network/{kind}", title, network_url(kind, said["id"]), who, trace)


def network_url(kind: str, thing_id: str) -> str:
    """Return the page of a thing of the network: its own for a retour, else where it comes from."""
    if kind == "experience":
        return url_for("retours.retour", thing_id=thing_id)
    return url_for("provenance.network", kind=kind, thing_id=thing_id)


def _place(trace: Mapping[str, Any]) -> tuple[int, int, str]:
    first, _, last = str(trace.get("lines", "0")).partition("-")
    return int(first), int(last or first), str(trace.get("quote", ""))


def by_kind(found: Iterable[Statement]) -> list[dict[str, Any]]:
    """Return, by kind, how many things rest on a document and how many statements."""
    kinds: dict[str, list[Statement]] = {}
    for each in found:
        kinds.setdefault(each.kind, []).append(each)
    return [
        {
            "kind": kind,
            "label": kind_label(kind),
            "things": len({each.identity["id"] for each in every}),
            "all": len(every),
        }
        for kind, every in sorted(kinds.items(), key=lambda item: kind_label(item[0]))
    ]


def by_quote(found: Iterable[Statement]) -> list[dict[str, Any]]:
    """Return statements under the words they rest on; those read alike from the same words stand on one line."""
    quotes: list[dict[str, Any]] = []
    for place, same in groupby(found, key=lambda each: _place(each.trace)):
        alike: dict[tuple[str, ...], list[Statement]] = {}
        for each in same:
            sure = [str(each.trace.get(key)) for key in ("certainty", "basis_of_inference", "readings")]
            alike.setdefault((each.kind, each.about, *sure), []).append(each)
        every = list(alike.values())
        readings = [{"first": group[0], "label": kind_label(group[0].kind), "all": group} for group in every]
        quotes.append({"lines": every[0][0].trace.get("lines"), "quote": place[2], "readings": readings})
    return quotes


def extracted(document: Thing, each: Statement) -> dict[str, Any]:
    """Return a statement as a row of the extraction."""
    return {**each.trace, **each.identity, "document_id": document.remote_id, "kind": each.kind, "title": each.title}


def attachments(document: Thing) -> list[dict[str, Any]]:
    """Return what leads to a document otherwise than by its words, each with how it does and its démarche."""
    found = [
        _attached(document, each)
        for kind in KINDS
        for each in read(citing(document, kind).order_by(Facet.sort_key, Facet.hub_id))
    ]
    processes = {each.remote_id: each for each in read(named(document.source, "process", {one["of"] for one in found}))}
    return [one | {"process": processes.get(one["of"])} for one in found if one["how"]] + _attached_by_network(document)


def _attached(document: Thing, each: Thing) -> dict[str, Any]:
    target = ("document", document.remote_id)
    fields = {field for field, *to in links(each.kind, each.data) if tuple(to) == target}
    how = ", ".join(words for field, words in ATTACHED.items() if field in fields)
    label = kind_label(each.kind)
    return {
        "title": each.title,
        "url": thing_url(each),
        "label": label,
        "how": how,
        "of": each.data.get("process_id", ""),
    }


def _attached_by_network(document: Thing) -> list[dict[str, Any]]:
    return [
        {
            "title": name(kind, said),
            "url": network_url(kind, said["id"]),
            "label": kind_label(f"network/{kind}"),
            "how": how,
        }
        for kind, said in _named_by_network(document)
        if (how := _how(said, document.remote_id))
    ]


def _how(said: Mapping[str, Any], document_id: str) -> str:
    if document_id in said.get("document_ids", ()):
        return ATTACHED["document_ids"]
    return (
        "travail lié" if any(each.get("document_id") == document_id for each in said.get("related_works", ())) else ""
    )


def subject_of(thing: Thing) -> dict[str, str] | None:
    """Return what a document speaks of, with its page; None when nothing says it."""
    subject = thing.data.get("subject")
    if not subject:
        return None
    kind, target = subject["kind"], subject["remote_id"]
    if kind == "reseau":
        return {"label": "le réseau", "url": url_for("network.network")}
    if kind == "plateforme":
        return {"label": f"la plateforme « {target} »", "url": url_for("sources.source", slug=target)}
    if kind == "metropole":
        one = db.session.scalar(metropole_called(target))
        url = url_for("metropoles.metropole", slug=one.slug) if one else ""
        return {"label": one.name if one else f"SIREN {target}", "url": url}
    found = read(named(thing.source, kind, [target]))
    return {"label": found[0].title, "url": thing_url(found[0])} if found else {"label": target, "url": ""}
