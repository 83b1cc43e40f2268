"""What a record states, field by field, and the quotations that justify it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.models.thing import Thing
from hub.pages import words
from hub.pages.traces import weakest
from hub.pages.words import field_label

RESERVED = ("body",)
"""Free text of contributions: kept for the source's owner, shown and exported nowhere (`compliance.md` §2)."""
NOTHING: Mapping[str, str] = {}
UNKNOWN = ("inconnu", "non_determine", "non_precise")
"""Codes that say that nothing is known."""


@dataclass(frozen=True)
class Named:
    """A thing that a link names: by which field, its kind and name there, the thing itself when the hub has it."""

    field: str
    kind: str
    remote_id: str
    thing: Thing | None = None
    title: str = ""
    url: str = ""


@dataclass(frozen=True)
class Citation:
    """A quotation, numbered on the page: what it justifies, the document it stands in when the hub has it."""

    number: int
    trace: dict[str, Any]
    fields: tuple[str, ...]
    about: str
    document: Thing | None


@dataclass(frozen=True)
class Statement:
    """One thing a record states, in words, with the citations that justify it and the things it names."""

    field: str
    label: str
    told: list[str]
    value: Any
    state: str | None
    citations: tuple[Citation, ...] = ()
    links: tuple[Named, ...] = ()
    silent: str = ""
    """Why no citation is looked for: the value says that the source says nothing."""

    @property
    def certainty(self) -> str:
        """Return the code of the weakest certainty; empty when no citation justifies the statement."""
        return str(weakest([each.trace for each in self.citations]).get("certainty", ""))


def citations(kind: str, data: Mapping[str, Any], documents: Mapping[str, Thing]) -> list[Citation]:
    """Return the quotations of a record in its order; one said twice for two fields is one."""
    gathered: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for fields, trace in _traces(data):
        key = repr({name: value for name, value in trace.items() if name != "fields"})
        gathered.setdefault(key, (trace, []))[1].extend(fields or [""])
    return [
        Citation(
            rank,
            trace,
            tuple(dict.fromkeys(fields)),
            ", ".join(field_label(kind, name) for name in dict.fromkeys(fields) if name),
            documents.get(trace.get("document_id", "")),
        )
        for rank, (trace, fields) in enumerate(gathered.values(), start=1)
    ]


def _traces(data: Mapping[str, Any]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Yield (fields, trace); a trace inside a part justifies the field that holds the part."""
    for trace in data.get("trace", ()):
        yield trace.get("fields", []), trace
    for name, value in data.items():
        if name != "trace":
            for trace in _inside(value):
                yield [name], trace


def _inside(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from _inside(each)
    elif isinstance(value, dict):
        yield from value.get("trace", ())
        for name, each in value.items():
            if name != "trace":
                yield from _inside(each)


def statements(
    kind: str,
    data: Mapping[str, Any],
    quoted: Sequence[Citation],
    names: words.Names,
    links: Sequence[Named] = (),
    laid: Mapping[str, str] = NOTHING,
) -> list[Statement]:
    """Return what a record states, field by field, each with its citations: its own, else those of the whole record.

    The whole record never proves a silence: a default, an unknown status, an unknown date are no one's words. Nor do
    the citations of a source prove what another layer has laid over it: `laid` says whose word such a field is.
    """
    whole = tuple(each for each in quoted if "" in each.fields)
    found = []
    for name, value, state in words.stated(kind, data):
        if name in RESERVED:
            continue
        own = tuple(each for each in quoted if name in each.fields) if name not in laid else ()
        silent = laid.get(name) or ("" if own else _silence(kind, name, value))
        told = words.tell(kind, name, data, names)
        led = tuple(link for link in links if link.field == name)
        proof = own or (() if silent else whole)
        found.append(Statement(name, field_label(kind, name), told, value, state, proof, led, silent))
    return found


def _silence(kind: str, field: str, value: Any) -> str:
    """Return why a value is nobody's word; empty when somebody states it."""
    if value in UNKNOWN or (isinstance(value, dict) and set(value) == {"precision"}):
        return "la source ne le dit pas"
    default = words.fields_of(kind)[field].get("default")
    return "valeur par défaut, qu'aucune citation ne justifie" if default is not None and value == default else ""


def document_names(data: Mapping[str, Any]) -> set[str]:
    """Return the names of the documents a record quotes."""
    return {trace["document_id"] for _, trace in _traces(data) if "document_id" in trace}
