"""Lines sent again byte for byte: known by their digest, they are not looked into, nor even read.

The digest is of the line and of the door: what that door accepted of that line once, it would accept again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from connectors.records import glanced
from hub.harvest.door import FREE_TEXT, PLAIN, Checked
from hub.models.said import Name
from hub.push.taken import Taken, Unread
from schemas import KINDS

_ENVELOPE = {"kind", "remote_id", "data"}
_HEAD = re.compile(rb'\{"kind": ?"([a-z]{1,20})", ?"remote_id": ?"(%b)", ?"data": ?\{' % PLAIN.pattern.encode())
"""How most lines begin. What stands there is no proof; the digest is, kept under that very name."""
_FIGURES = 32
"""The figures of a digest that are kept: 128 bits."""


class Glance(NamedTuple):
    """What a line seems to say: the name of its record, the digest by which it would be known; its value once read."""

    name: Name
    digest: str
    value: Any = None


class InForce(NamedTuple):
    """What a writer says of a thing: its key, its content, the line that said it, the version that holds it."""

    key: str
    sha256: str
    line: str | None
    version_id: int


NOTHING = InForce("", "", None, 0)


def glance(block: Sequence[Unread], door: str) -> list[Glance | None]:
    """Return a glance at each line, read only where its beginning does not name it; None at one that is no record."""
    seal = door.encode()
    return [_at(each.text, seal) for each in block]


def _at(text: bytes, seal: bytes) -> Glance | None:
    digest = hashlib.sha256(seal + text).hexdigest()[:_FIGURES]
    if head := _HEAD.match(text):
        return Glance((head[1].decode(), head[2].decode()), digest)
    (value,) = glanced([text])
    return Glance((value["kind"], value["remote_id"]), digest, value) if _is_plain(value) else None


def values_of(seen: Sequence[tuple[Unread, Glance | None]]) -> list[Any]:
    """Return the values of lines as the fast reader sees them, yet to be proven: those that no glance gave are read."""
    unseen = iter(glanced([each.text for each, at in seen if not (at and at.value)]))
    return [at.value if at and at.value else next(unseen) for _, at in seen]


def digest_of(value: Any, seen: Glance | None) -> str | None:
    """Return the digest by which a line is known from now on; None for one that is more than a plain record."""
    return seen.digest if seen and _is_plain(value) else None


def _is_plain(value: Any) -> bool:
    """Tell whether a value is a record and nothing beside, of a plain name, without the text that a door may refuse."""
    if type(value) is not dict or value.keys() != _ENVELOPE or type(value["data"]) is not dict:
        return False
    kind, remote_id = value["kind"], value["remote_id"]
    named = kind in KINDS and type(remote_id) is str and PLAIN.fullmatch(remote_id)
    return bool(named) and FREE_TEXT not in value["data"]


def known_again(in_force: Mapping[Name, InForce], unread: Unread, seen: Glance | None) -> Taken | None:
    """Return the record of a line that says what is in force; None for any other."""
    known = in_force.get(seen.name, NOTHING) if seen else NOTHING
    if seen is None or known.line != seen.digest:
        return None
    kind, remote_id = seen.name
    found = Checked(known.key, kind, remote_id, f"L{unread.line}", (), sha256=known.sha256, line=known.line)
    return Taken(unread.index, unread.line, found, text=unread.text)
