"""The things that a held run would change: field by field, in readable French; and extracts of what was read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import orjson

from hub.benchmark.person_figures import fields_in
from hub.db import db
from hub.errors import UnknownThing
from hub.harvest import raw
from hub.harvest.holds import Difference
from hub.models import FacetVersion, Run
from hub.models.hidden import without
from hub.models.history import samples_of
from hub.pages import words
from hub.pages.statements import RESERVED
from hub.pages.words import field_label, kind_label

SAMPLES, LONGEST = 3, 600
"""How many extracts are shown, how long each may be."""


def told(each: Difference, names: words.Names) -> dict[str, Any]:
    """Return a thing with the fields that would change, before and after, in words."""
    each = replace(each, before=_bare(each, each.before), after=_bare(each, each.after))
    data = each.after or each.before
    fields = [_field(each, name, names) for name in words.fields_of(each.kind) if _differs(each, name)]
    try:
        title = words.name(each.kind, data) or each.remote_id
    except KeyError:
        title = each.remote_id
    return {"kind": kind_label(each.kind), "title": title, "fields": fields if each.change == "changed" else []}


def _bare(each: Difference, data: Mapping[str, Any]) -> dict[str, Any]:
    """What is hidden is decided when a run enters: until then no count of persons of it is shown."""
    return without_persons(each.kind, data)


def _differs(each: Difference, name: str) -> bool:
    beside = f"{name}_state"
    changed = each.before.get(name) != each.after.get(name) or each.before.get(beside) != each.after.get(beside)
    return changed and name not in words.OURS and "x-beside" not in words.fields_of(each.kind)[name]


def _field(each: Difference, name: str, names: words.Names) -> tuple[str, str, str]:
    before = _said(each.kind, name, each.before, names) or "la source n'en disait rien"
    after = _said(each.kind, name, each.after, names) or "la source n'en dit plus rien"
    return field_label(each.kind, name), before, after


def _said(kind: str, name: str, data: Mapping[str, Any], names: words.Names) -> str:
    if not {name, f"{name}_state"} & set(data):
        return ""
    return "texte réservé" if name in RESERVED else " ; ".join(words.tell(kind, name, data, names))


def samples(run: Run, hidden: Collection[tuple[str, str]], names: words.Names) -> Iterator[tuple[str, str, bool]]:
    """Yield up to three extracts of what the source gave: what it is, the extract, whether it is as it was given.

    Where the piece it came from cannot be opened, the extract is what the hub read, in words.
    """
    shown = (each for each in db.session.scalars(samples_of(run)) if (each.kind, each.remote_id) not in hidden)
    for version in islice(shown, SAMPLES):
        title = f"{kind_label(version.kind)} {version.remote_id}"
        read = orjson.loads(version.data)
        data = without_persons(version.kind, read)
        given = None if data != read or any(name in data for name in RESERVED) else _given(version)
        text = given or " ; ".join(_stated(version.kind, data, names))
        yield title, text if len(text) <= LONGEST else f"{text[:LONGEST]}…", given is not None


def without_persons(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record says, without the counts of persons that may have to be hidden."""
    return without(data, dict.fromkeys(fields_in(kind, data), False))


def _given(version: FacetVersion) -> str | None:
    if version.raw_sha256 is None or version.raw_pointer is None:
        return None
    try:
        return raw.extract(version.raw_sha256, version.raw_pointer)
    except UnknownThing:
        return None


def _stated(kind: str, data: Mapping[str, Any], names: words.Names) -> Iterator[str]:
    for name, _, _ in words.stated(kind, data):
        if name not in RESERVED:
            yield f"{field_label(kind, name)} : {', '.join(words.tell(kind, name, data, names))}"
