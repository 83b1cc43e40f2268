"""What is done of a batch before its transaction, so that the other writers wait for as little as can be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import version
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import select

import schemas
from connectors.base import Record, RecordRefused
from hub.db import db
from hub.errors import Refused
from hub.harvest.commit import Counted
from hub.harvest.door import Checked, Context, Named, identify, look_into
from hub.harvest.profile import Profile, count
from hub.harvest.screening import CLEARABLE
from hub.models import Facet, Run
from hub.models.facet import VERSIONS_PER_RUN
from hub.models.said import Name, said
from hub.push.bodies import read
from hub.push.lines import NOTHING, InForce, digest_of, glance, known_again, values_of
from hub.push.payload import Payload
from hub.push.senders import Sender, source_of
from hub.push.taken import Sent, Taken, Unread, taken_of
from schemas import KINDS, Problem

LookUp = Callable[[Sequence[Name]], dict[Name, InForce]]
_IN_FORCE = (Facet.kind, Facet.remote_id, Facet.key, Facet.sha256, Facet.line, Facet.version_id)
"""A name, then the fields of an `InForce`."""
BLOCK = 1_000
"""How many records are looked up and written by one statement."""


@dataclass
class Prepared:
    """A batch after the door. `counted`: how filled those of each block are that seem new.

    `door`: the digest of the door they passed; `payload`: where it is stored already, what the run will have read.
    """

    door: str
    taken: list[Taken] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    payload: Payload | None = None

    @property
    def news(self) -> bool:
        """Tell whether some record seems new: when it is written, another sending may have said it already."""
        return any(each.keys for each in self.counted)


def prepare(sender: Sender, sendings: Iterable[Sent | Unread], door: Context) -> Prepared:
    """Return a batch after the door, read a block at a time. Raises Refused.

    A record that says what this same door let in, and is in force, is not looked into again; a line that says it byte
    for byte is not even read. Nothing is read of the base for longer than a look-up: while somebody reads, SQLite does
    not begin its write-ahead log anew, which would grow without end.
    """
    source = source_of(sender)  # before the session is left: the look-up would hold it
    look_up = partial(_known, sender, source.id if source else None)
    db.session.rollback()
    found, left = Prepared(door_digest(door)), iter(sendings)
    while block := list(islice(left, BLOCK)):
        unread = [each for each in block if isinstance(each, Unread)]
        glances = glance(unread, found.door)
        known = look_up([at.name for at in glances if at])
        again = {each.index: each for each in map(partial(known_again, known), unread, glances) if each}
        for each in again.values():
            _must_be_open(sender, each.checked.kind)
        rest = [(each, at) for each, at in zip(unread, glances, strict=True) if each.index not in again]
        values = values_of(rest)
        lines = iter(read([each for each, _ in rest], sender.siren, values))
        digests = {each.index: digest_of(value, at) for (each, at), value in zip(rest, values, strict=True)}
        sents = [next(lines) if isinstance(each, Unread) else each for each in block if each.index not in again]
        taken, counted = _looked_into(sender, sents, door, found.door, known, digests, look_up)
        by_index = again | {each.index: each for each in taken}
        found.taken += (by_index[each.index] for each in block)
        found.counted.append(counted)
    return found


def _looked_into(
    sender: Sender,
    sents: Sequence[Sent],
    door: Context,
    digest: str,
    known: dict[Name, InForce],
    digests: Mapping[int, str | None],
    look_up: LookUp,
) -> tuple[list[Taken], Counted]:
    """Return records of a block after the door, and how filled those are that seem new. Raises Refused."""
    if not sents:
        return [], Counted([], {})
    named = [_named(sender, each, door) for each in sents]
    known |= look_up([each.name for each in named if isinstance(each, Named) and each.name not in known])
    accepted = _accepted(known, digest)
    taken: list[Taken] = []
    contents: dict[str, list[Mapping[str, Any]]] = {}
    keys: list[str | None] = []
    for sent, each in zip(sents, named, strict=True):
        in_force = known.get(each.name, NOTHING)
        same = in_force.sha256 if in_force.version_id // VERSIONS_PER_RUN in accepted else ""
        record = each if isinstance(each, Checked) else look_into(each, door, accepted=same)
        record = _of_sender(sender, sent, record)
        if not record.problems and not record.deleted and record.sha256 != in_force.sha256:
            contents.setdefault(record.kind or "", []).append(record.content or {})
            keys.append(record.key)
        record.content, record.line = None, digests.get(sent.index)
        taken.append(taken_of(sent, record))
    return taken, Counted(keys, _profile(contents))


def checked(sender: Sender, sent: Sent, door: Context) -> Taken:
    """Return a sent record after the door. Raises Refused."""
    named = _named(sender, sent, door)
    found = named if isinstance(named, Checked) else look_into(named, door)
    found.content = None
    return taken_of(sent, _of_sender(sender, sent, found))


def door_digest(door: Context) -> str:
    """Return the digest of all that a door judges by, save the day: what was past is past on any later day."""
    told = [sorted(door.sirens), sorted(door.communes or ()), door.communes is None, sorted(door.cleared)]
    said = orjson.dumps([_rules(), door.slug, door.siren, door.masks, door.bodies, *told])
    return hashlib.sha256(said).hexdigest()


@cache
def _rules() -> str:
    """Return the digest of the schemas, with the release whose code checks what they cannot say."""
    documents = orjson.dumps(dict(schemas.documents()), option=orjson.OPT_SORT_KEYS)
    return f"{version('metropoles-participatives-hub')} {hashlib.sha256(documents).hexdigest()}"


def _named(sender: Sender, sent: Sent, door: Context) -> Named | Checked:
    """Return the identity of a sent record, or why it goes no further. Raises Refused."""
    _must_be_open(sender, sent.item.kind)
    return identify(sent.item, door)


def _must_be_open(sender: Sender, kind: str | None) -> None:
    """Raise Refused for a kind that is not the sender's to write."""
    if kind in KINDS and kind not in sender.kinds:
        raise Refused(403, "genre_non_ouvert", value=kind, expected=", ".join(sorted(sender.kinds)))


def _of_sender(sender: Sender, sent: Sent, found: Checked) -> Checked:
    """Return a record as this sender may write it; a refused one bears the hash of its data. Raises Refused."""
    for each in found.problems:
        if each.rule == "autre_metropole":
            raise Refused(403, each.rule, value=each.value or "", expected=sender.siren, pointer=each.pointer)
    if found.problems:
        found.sha256 = refused_hash(sent.item, found.problems)
    if sender.sandbox:
        found.diffusion = found.public_on = None
    return found


def refused_hash(item: Record | RecordRefused, problems: Sequence[Problem]) -> str:
    """Return the content hash of refused data, for their sender to find them again; none where they are a person's."""
    if not isinstance(item, Record) or any(each.rule in CLEARABLE for each in problems):
        return ""
    return content_hash(item.data)


def content_hash(data: object) -> str:
    """Return the content hash of data as they were sent; nothing for what no JSON can hold, which the door refuses."""
    try:
        return schemas.content_hash(data)
    except ValueError:
        return ""


def _known(sender: Sender, source_id: int | None, names: Sequence[Name]) -> dict[Name, InForce]:
    """Return what is in force under these names; nothing under those of which nothing was said."""
    if not names or source_id is None:
        return dict.fromkeys(names, NOTHING)
    with db.engine.connect() as connection:
        rows = said(connection, source_id, sender.writer, names, *_IN_FORCE)
        return dict.fromkeys(names, NOTHING) | {(row[0], row[1]): InForce._make(row[2:]) for row in rows}


def _accepted(known: Mapping[Name, InForce], digest: str) -> set[int]:
    """Return the runs, of those behind what is in force, whose records passed this very door."""
    runs = {each.version_id // VERSIONS_PER_RUN for each in known.values() if each.version_id}
    if not runs:
        return runs
    with db.engine.connect() as connection:
        return set(connection.scalars(select(Run.id).where(Run.id.in_(runs), Run.door == digest)))


def _profile(contents: Mapping[str, Sequence[Mapping[str, Any]]]) -> Profile:
    found: Profile = {}
    for kind, records in contents.items():
        count(found, kind, records)
    return found


def blocks(taken: Sequence[Taken]) -> Iterator[Sequence[Taken]]:
    """Yield the blocks in which a batch was prepared."""
    return (taken[at : at + BLOCK] for at in range(0, len(taken), BLOCK))
