"""Lines sent again byte for byte: known by their digest, they are not looked into, nor even proven well written.

The digest is of the line and of the door: what that door accepted of that line once, it would accept again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import schemas
from connectors.records import glanced
from hub.harvest.door import FREE_TEXT, Checked
from hub.push.taken import Taken, Unread
from schemas import KINDS

_ENVELOPE = {"kind", "remote_id", "data"}
_PLAIN = re.compile(r"[A-Za-z0-9._:/-]{1,200}")
_FIGURES = 32
"""The figures of a digest that are kept: 128 bits."""


class Glance(NamedTuple):
    """What a line seems to say: under which key a record of it would stand, the digest that would be kept beside."""

    kind: str
    remote_id: str
    key: str
    digest: str


class InForce(NamedTuple):
    """What a writer says of a thing: its content, the line that said it, the version that holds it."""

    sha256: str
    line: str | None
    version_id: int


NOTHING = InForce("", None, 0)
Glances = Sequence[Glance | None]


def glance(block: Sequence[Unread], slug: str, door: str) -> tuple[Glances, Sequence[Any]]:
    """Return a glance at each line, None at one that is no plain record, and the values that were seen."""
    values, seal = glanced([each.text for each in block]), door.encode()
    return [_at(each.text, value, slug, seal) for each, value in zip(block, values, strict=True)], values


def _at(text: bytes, value: Any, slug: str, seal: bytes) -> Glance | None:
    if type(value) is not dict or value.keys() != _ENVELOPE or type(value["data"]) is not dict:
        return None
    kind, remote_id = value["kind"], value["remote_id"]
    if kind not in KINDS or type(remote_id) is not str or not _PLAIN.fullmatch(remote_id) or FREE_TEXT in value["data"]:
        return None
    digest = hashlib.sha256(seal + text).hexdigest()[:_FIGURES]
    return Glance(kind, remote_id, schemas.hub_id(slug, kind, remote_id), digest)


def known_again(in_force: Mapping[str, InForce], unread: Unread, seen: Glance | None) -> Taken | None:
    """Return the record of a line that says what is in force; None for any other."""
    known = in_force.get(seen.key, NOTHING) if seen else NOTHING
    if seen is None or known.line != seen.digest:
        return None
    found = Checked(seen.key, seen.kind, seen.remote_id, f"L{unread.line}", (), sha256=known.sha256, line=known.line)
    return Taken(unread.index, unread.line, found, text=unread.text)
