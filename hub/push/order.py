"""What a batch says twice of one thing, and what the sender's revisions say is out of date (`push-api.md` §6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select

from hub.db import among, insertion_of, listed
from hub.models import PushRevision
from hub.push.taken import Taken
from schemas import problem

REPEATED, SKIPPED = "repeated", "skipped"
Revision = int | str
_BLOCK = 1_000


def settled(taken: Sequence[Taken]) -> Sequence[Taken]:
    """Decide what a batch says several times of one thing: its newest revision; else all must say the same.

    The others get the status `skipped` or `repeated`; those that contradict each other are all refused.
    """
    by_key: dict[str, list[Taken]] = {}
    for each in taken:
        if each.enters:
            by_key.setdefault(each.key, []).append(each)
    if len(by_key) == sum(map(len, by_key.values())):
        return taken
    for same in by_key.values():
        if len(same) > 1:
            _settle(same)
    return taken


def _settle(same: list[Taken]) -> None:
    newest = same[0]
    for each in same[1:]:
        if each.revision is not None and newest.revision is not None and order(each.revision, newest.revision) > 0:
            newest = each
    rivals: list[Taken] = []
    for each in same:
        if _is_older(each, newest):
            each.status = SKIPPED  # even where the newest contradict each other: what they replace is not the truth
        else:
            rivals.append(each)
    if any(
        (each.checked.sha256, each.checked.deleted) != (newest.checked.sha256, newest.checked.deleted)
        for each in rivals
    ):
        for each in rivals:
            each.refuse(problem("identifiant_en_double", "/remote_id", each.checked.remote_id))
        return
    for each in rivals[1:]:
        each.status = REPEATED


def _is_older(each: Taken, newest: Taken) -> bool:
    known = each.revision is not None and newest.revision is not None
    return known and order(each.revision, newest.revision) < 0  # type: ignore[arg-type]  # both are there


def remember(connection: Connection, source_id: int, taken: Iterable[Taken]) -> bool:
    """Skip what is older than the revision said last of the same thing, and keep the newer ones.

    Tell whether something was skipped.
    """
    numbered, skipped = [each for each in taken if each.enters and each.revision is not None], False
    for start in range(0, len(numbered), _BLOCK):
        block = numbered[start : start + _BLOCK]
        said = _said(connection, source_id, [each.key for each in block])
        rows = []
        for each in block:
            last = said.get(each.key)
            if last is not None and order(each.revision, last) < 0:  # type: ignore[arg-type]  # numbered
                each.status, skipped = SKIPPED, True
                each.problems = [problem("revision_depassee", "/revision", str(each.revision))]
            else:
                rows.append({"source_id": source_id, "key": each.key, "revision": orjson.dumps(each.revision).decode()})
        _keep(connection, rows)
    return skipped


def order(first: Revision, second: Revision) -> int:
    """Return -1, 0 or 1 as a revision is older than another, as old, newer; numbers come before instants."""
    a, b = _rank(first), _rank(second)
    return (a > b) - (a < b)


def _rank(revision: Revision) -> tuple[int, Any]:
    if not isinstance(revision, str):  # 1.0 is an integer too, for JSON Schema
        return 0, revision
    padded = revision + "0000-01-01"[len(revision) :] if len(revision) < len("0000-01-01") else revision
    instant = datetime.fromisoformat(padded)
    return 1, instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _said(connection: Connection, source_id: int, keys: list[str]) -> dict[str, Revision]:
    query = select(PushRevision.key, PushRevision.revision).where(PushRevision.source_id == source_id)
    query = query.where(among(connection.dialect.name, PushRevision.key))
    rows = connection.execute(query, {"keys": listed(connection, keys)})
    return {key: orjson.loads(revision) for key, revision in rows}


def _keep(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    insertion = insertion_of(connection, PushRevision)
    names = [PushRevision.source_id, PushRevision.key]
    connection.execute(
        insertion.on_conflict_do_update(index_elements=names, set_={"revision": insertion.excluded.revision}), rows
    )
