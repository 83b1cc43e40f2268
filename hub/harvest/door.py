"""The check at the door: what the schema cannot know — the day, the territories, the metropole a source belongs to."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import schemas
from connectors.base import Record, RecordRefused
from hub.harvest import screening
from hub.harvest.correspondences import Words, coded
from hub.harvest.projection import Projection, project
from hub.models.said import Name
from schemas import Problem, personal
from schemas.closed import closed_fields
from schemas.problems import printable

FREE_TEXT = "body"
"""What a contribution says in full: not stored, unless its source may be read so (`compliance.md` §2)."""

PLAIN = re.compile(r"[A-Za-z0-9._:/-]{1,200}")
"""An identifier that the schema takes, and that is nobody's address."""


@dataclass(frozen=True)
class Context:
    """What the door knows of the place it stands at. `siren` and `communes` are None for the network's sources.

    `masks`: personal data are masked, as in what is harvested; else the record that holds them is refused.
    `cleared`: (key, pointer) of the false hits that a person let in. `bodies`: free texts of contributions may enter.
    `words`: what a person declared that the source's own words mean.
    """

    slug: str
    siren: str | None
    sirens: frozenset[str]
    communes: frozenset[str] | None
    today: date
    words: Words = field(default_factory=dict)
    masks: bool = False
    cleared: frozenset[tuple[str, str]] = frozenset()
    bodies: bool = False

    def cleared_of(self, key: str) -> list[str]:
        """Return the pointers of a record at which a person found no personal data."""
        return [pointer for cleared, pointer in self.cleared if cleared == key]


@dataclass(slots=True)
class Checked:
    """A record after the door. Refused when it has problems; `key` is None when it has no readable identity.

    `remarks` are told of a record that enters. `content`: its data, None where they are read again from their text.
    `line`: the digest by which a line that says the same is known again.
    """

    key: str | None
    kind: str | None
    remote_id: str | None
    place: str
    problems: Sequence[Problem]
    deleted: bool = False
    data: str = ""
    sha256: str = ""
    projection: Projection | None = None
    updated_at: str = ""
    raw_sha256: str | None = None
    diffusion: str | None = None
    public_on: str | None = None
    content: Mapping[str, Any] | None = None
    remarks: Sequence[Problem] = ()
    line: str | None = None

    @property
    def name(self) -> Name:
        """Return what the thing is called in its source: its kind, its remote_id."""
        return self.kind or "", self.remote_id or ""


class Named(NamedTuple):
    """A record whose envelope is sound, with its identity in the hub and at its source."""

    item: Record
    key: str
    remote_id: str

    @property
    def name(self) -> Name:
        """Return what the thing is called in its source: its kind, its remote_id."""
        return self.item.kind, self.remote_id


def check(item: Record | RecordRefused, context: Context, raw_sha256: str | None = None) -> Checked:
    """Return the record with all its problems, or its identity, its canonical text and the columns of lists.

    `raw_sha256` names the payload it was read in, unless the record itself names one.
    """
    named = identify(item, context)
    return named if isinstance(named, Checked) else look_into(named, context, raw_sha256)


def identify(item: Record | RecordRefused, context: Context) -> Named | Checked:
    """Return the identity of a record; as `check` does, one that is refused by its envelope, and a tombstone."""
    if isinstance(item, RecordRefused):
        return _refused(item, context)
    remote_id = spelled(item.remote_id)
    plain = _is_plain(item, remote_id)
    problems = [] if plain else schemas.check_record(_envelope(item, remote_id))
    if not plain and personal.has_address(remote_id) and not _is_calendar_name(item.kind, context):
        name = [schemas.problem(screening.REFUSED, "/remote_id", None, field="L'identifiant", key="une adresse")]
        return Checked(None, _shown(item.kind, 50), None, item.pointer, name)
    if problems:
        reserved = "brouillon" if item.diffusion is not None or item.public_on is not None else None
        named = _shown(item.kind, 50), _shown(remote_id, 200)
        return Checked(None, *named, item.pointer, problems, diffusion=reserved)
    key = schemas.hub_id(context.slug, item.kind, remote_id)
    if item.deleted:
        return Checked(key, item.kind, remote_id, item.pointer, [], deleted=True)
    return Named(item, key, remote_id)


def spelled(remote_id: str) -> str:
    """Return an identifier in the one spelling by which things are found: composed, without spaces around it."""
    return (remote_id if remote_id.isascii() else unicodedata.normalize("NFC", remote_id)).strip()


def look_into(named: Named, context: Context, raw_sha256: str | None = None, *, accepted: str = "") -> Checked:
    """Return the record that bears this name as `check` does.

    `accepted`: the digest of what is in force under it and entered by this same door, which masks nothing: what says
    the same is sound, and its columns of lists are there already.
    """
    item, key, remote_id = named
    data = _completed(item, context)
    found = Checked(key, item.kind, remote_id, item.pointer, (), diffusion=item.diffusion, public_on=item.public_on)
    if accepted and _hash(text := _writing_of(data)) == accepted:
        return _saying(found, data, text)
    data, remarks, problems = _screened(item.kind, data, key, context)
    if problems:
        found.problems = problems
        return found
    found.remarks, found.content, found.projection = remarks or (), data, project(item.kind, data)
    found.raw_sha256 = raw_sha256 if item.raw_sha256 is None else item.raw_sha256 or None
    return _saying(found, data, schemas.canonical(data))


def _saying(found: Checked, data: Mapping[str, Any], text: bytes) -> Checked:
    """Return a record that enters, with the one writing of its data."""
    found.data, found.sha256, found.updated_at = text.decode(), _hash(text), data.get("updated_at") or ""
    return found


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _writing_of(data: object) -> bytes:
    """Return the one writing of data not yet checked, empty where they have none."""
    try:
        return schemas.canonical(data)
    except (TypeError, ValueError):
        return b""


def _completed(item: Record, context: Context) -> dict[str, Any]:
    """Return the data with what is left out written, in the codes of the network, without what is not stored."""
    data = schemas.complete(item.kind, item.data)
    if item.kind in context.words:
        data = coded(data, context.words[item.kind])
    if item.kind == "contribution" and not context.bodies and isinstance(data, dict) and FREE_TEXT in data:
        data = {name: value for name, value in data.items() if name != FREE_TEXT}
    return data


def _screened(
    kind: str, data: dict[str, Any], key: str, context: Context
) -> tuple[dict[str, Any], list[Problem], list[Problem]]:
    """Return the data as they may enter, what is to be remarked of them, and what refuses them."""
    remarks: list[Problem] = []
    cleared = context.cleared_of(key) if context.cleared else ()
    problems = screening.of_persons(_problems(kind, data, context), kind)
    if isinstance(data, dict) and not context.masks:
        problems += screening.refused(kind, data, cleared, closed=() if problems else closed_fields(kind))
    elif not problems:
        data, remarks = screening.masked(kind, data, cleared)
        problems = _problems(kind, data, context) if remarks else []
    return data, remarks, problems or _territory(data, context)


def _problems(kind: str, data: dict[str, Any], context: Context) -> list[Problem]:
    return schemas.check(kind, data, today=context.today, communes=context.communes)


def _refused(item: RecordRefused, context: Context) -> Checked:
    """A row the connector could not read keeps its identity when it has one: seen, though set aside."""
    key, named = None, _shown(item.remote_id, 200)
    if item.kind in schemas.KINDS and named and named == item.remote_id:
        key = schemas.hub_id(context.slug, item.kind, spelled(named))
    words = dict(item.values)
    found = schemas.problem(item.rule, words.pop("pointer", ""), words.pop("value", None), **words)
    return Checked(key, _shown(item.kind, 50), named, item.pointer, [found])


def _shown(text: str | None, most: int) -> str | None:
    """Return a name that was refused as it can be stored and told: half a character, or U+0000, cannot."""
    return None if text is None else printable(text)[:most]


def _is_plain(item: Record, remote_id: str) -> bool:
    """Tell, at one glance, that an envelope has nothing wrong: most have a known kind and a plain identifier alone."""
    if item.diffusion is not None or item.public_on is not None or item.revision is not None:
        return False
    return item.kind in schemas.KINDS and PLAIN.fullmatch(remote_id) is not None


def _envelope(item: Record, remote_id: str) -> dict[str, Any]:
    """The envelope alone: `deleted` leaves the data to the check of their kind."""
    envelope: dict[str, Any] = {"kind": item.kind, "remote_id": remote_id, "deleted": True}
    if item.diffusion is not None:
        envelope["diffusion"] = item.diffusion
    if item.public_on is not None:
        envelope["public_on"] = item.public_on
    if item.revision is not None:
        envelope["revision"] = item.revision
    return envelope


def _territory(data: Mapping[str, Any], context: Context) -> list[Problem]:
    """A figure names a metropole by a SIREN of the register, and a metropole speaks only of itself (P52)."""
    subject = data.get("subject")
    if not subject or subject["kind"] != "metropole":
        return []
    pointer, siren = "/subject/remote_id", subject["remote_id"]
    if siren not in context.sirens:
        return [schemas.problem("siren_inconnu", pointer, siren)]
    if context.siren is not None and siren != context.siren:
        return [schemas.problem("autre_metropole", pointer, siren, expected=context.siren)]
    return []


def _is_calendar_name(kind: str, context: Context) -> bool:
    """Tell whether an identifier is that of a calendar's event: `unique@host` is its form, no address (RFC 5545)."""
    return context.masks and kind == "meeting"
