"""« Voici tout » for one kind: opened, sent in parts, then committed; only then may absence mean something (§7)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from connectors.base import Record, RecordRefused
from hub.clock import iso, now, ulid
from hub.db import among, insertion_of, listed, writing
from hub.errors import Refused
from hub.models import PushPart, PushSnapshot, Source
from hub.models.push import SNAPSHOT_LABELS
from hub.push.ahead import BLOCK, checked, content_hash
from hub.push.batch import listed_of
from hub.push.order import REPEATED, settled
from hub.push.report import Report
from hub.push.senders import Sender, door_of, sure_source
from hub.push.taken import Sent, Taken
from schemas import codes, problem, schema

LASTS = timedelta(hours=24)


def must_narrow(kind: str, year: int | None, theme: str | None) -> None:
    """Raise Refused for a year or a theme that cannot narrow a kind."""
    if year is not None and (type(year) is not int or not 1900 <= year <= 2100):
        raise Refused(400, "type_invalide", value=str(year)[:50], pointer="/year", expected="une année")
    if theme is not None and (theme not in codes("theme") or "themes" not in schema(kind)["properties"]):
        raise Refused(400, "code_inconnu", value=str(theme)[:50], pointer="/theme", expected="un thème de la liste")


def open_snapshot(sender: Sender, kind: str, year: int | None = None, theme: str | None = None) -> PushSnapshot:
    """Open a snapshot of one kind, narrowed to a year or a theme. Raises Refused while another of the kind is open."""
    if kind not in sender.kinds:
        raise Refused(403, "genre_non_ouvert", value=kind[:50], expected=", ".join(sorted(sender.kinds)))
    assert sender.slug  # looked up before the transaction
    with writing() as connection:
        source = sure_source(connection, sender)
        expire(connection)
        ref = ulid(now())
        row: dict[str, Any] = {
            "ref": ref,
            "source_id": source.id,
            "client_id": sender.client_id,
            "kind": kind,
            "year": year,
        }
        row |= {"theme": theme, "state": "open", "opened_at": iso(now()), "expires_at": iso(now() + LASTS)}
        mine = (PushSnapshot.source_id == source.id, PushSnapshot.kind == kind, PushSnapshot.state == "open")
        if known := connection.scalar(select(PushSnapshot.ref).where(*mine)):
            raise Refused(409, "depot_deja_ouvert", value=known)
        try:
            connection.execute(insert(PushSnapshot).values(**row))
        except IntegrityError as error:  # another process opened one at the same instant
            raise Refused(409, "depot_deja_ouvert", value=kind) from error
        return found_of(connection, sender, ref)


def find(sender: Sender, ref: str) -> PushSnapshot:
    """Return one's own snapshot. Raises Refused (404) for another's as for none."""
    assert sender.slug  # looked up before the transaction
    with writing() as connection:
        expire(connection)
        return found_of(connection, sender, ref)


def add(sender: Sender, snapshot: PushSnapshot, sendings: Iterable[Sent]) -> Report:
    """Keep the records of one part; return what became of each. Sent again, a record replaces itself.

    Raises Refused: too many records, a closed snapshot, another metropole.
    """
    door, sent = door_of(sender), {}
    taken = []
    for each in sendings:
        if isinstance(each.item, Record) and each.item.remote_id not in sent:
            sent[each.item.remote_id.strip()] = content_hash(each.item.data)
        taken.append(of_kind(checked(sender, each, door), snapshot.kind))
    if not taken:
        raise Refused(400, "envoi_vide")
    settled(taken)
    report = Report(sender.siren, state="open")
    rows = {
        row["remote_id"]: row for each in taken if (row := _part(snapshot.id, snapshot.kind, each, sent)) is not None
    }
    with writing() as connection:
        must_be_open(connection, snapshot.id)
        known = _known(connection, snapshot.id, list(rows))
        _keep(connection, list(rows.values()))
        most, number = current_app.config["PUSH_SNAPSHOT"], _number(connection, snapshot.id)
        if number > most:
            raise Refused(409, "depot_trop_grand", limit=str(most))
    for one in taken:
        one.status = one.status or _status(one, known)
        report.counts["received"] += 1
        report.counts["problems" if one.status == "quarantined" else one.status] += 1
    report.results = [one.result() for one in listed_of(taken)]
    return report


def abandon(sender: Sender, ref: str) -> None:
    """Forget a snapshot: nothing of it is applied. Raises Refused when it is no longer open."""
    assert sender.slug  # looked up before the transaction
    with writing() as connection:
        snapshot = found_of(connection, sender, ref)
        must_be_open(connection, snapshot.id)
        _end(connection, [snapshot.id], "abandoned")


def expire(connection: Connection) -> None:
    """Forget the snapshots whose day is over: nothing of them is applied."""
    over = (PushSnapshot.state == "open", PushSnapshot.expires_at <= iso(now()))
    _end(connection, list(connection.scalars(select(PushSnapshot.id).where(*over))), "expired")


def received(connection: Connection, snapshot_id: int) -> tuple[int, str]:
    """Return how many records a snapshot holds, and the sha256 of its sorted lines `remote_id⇥content_sha256`."""
    digest, number = hashlib.sha256(), 0
    lines = select(PushPart.remote_id, PushPart.sent_sha256).where(PushPart.snapshot_id == snapshot_id)
    for remote_id, sent in connection.execute(lines.order_by(PushPart.remote_id)):
        digest.update(f"{remote_id}\t{sent}\n".encode())
        number += 1
    return number, digest.hexdigest()


def found_of(connection: Connection, sender: Sender, ref: str) -> PushSnapshot:
    """Return one's own snapshot. Raises Refused (404)."""
    query = select(PushSnapshot.__table__).join(Source, Source.id == PushSnapshot.source_id)
    row = connection.execute(query.where(PushSnapshot.ref == ref, Source.slug == sender.slug)).one_or_none()
    if row is None:
        raise Refused(404, "depot_inconnu", value=ref[:50])
    return PushSnapshot(**row._mapping)


def must_be_open(connection: Connection, snapshot_id: int) -> None:
    """Take the snapshot for this transaction. Raises Refused when it is closed."""
    mine = (PushSnapshot.id == snapshot_id, PushSnapshot.state == "open", PushSnapshot.expires_at > iso(now()))
    if connection.execute(update(PushSnapshot).where(*mine).values(state="open")).rowcount != 1:
        state = connection.scalar(select(PushSnapshot.state).where(PushSnapshot.id == snapshot_id)) or ""
        raise Refused(409, "depot_clos", value=SNAPSHOT_LABELS["expired" if state == "open" else state].lower())


def of_kind(each: Taken, kind: str) -> Taken:
    """Return a record, refused when it is of those that a snapshot of this kind cannot hold."""
    if each.enters and each.checked.kind != kind:
        each.refuse(problem("depot_autre_genre", "/kind", each.checked.kind, expected=kind))
    elif each.enters and each.checked.deleted:
        each.refuse(problem("suppression_dans_un_depot", "/deleted"))
    return each


def _part(snapshot_id: int, kind: str, each: Taken, sent: dict[str, str]) -> dict[str, Any] | None:
    """Return the row of a record; None for one without identity, said twice, or that no snapshot of the kind holds."""
    remote_id, item = each.checked.remote_id, each.item
    if remote_id is None or each.status == REPEATED or each.checked.kind != kind or _is_deletion(item):
        return None
    refused = bool(each.checked.problems)
    return {
        "snapshot_id": snapshot_id,
        "remote_id": remote_id,
        "sent_sha256": sent.get(remote_id, ""),
        "refused": refused,
        "data": None if refused else each.checked.data,
        "problems": [asdict(found) for found in each.problems] or None,
        "diffusion": each.checked.diffusion,
        "public_on": each.checked.public_on,
    }


def _status(each: Taken, known: dict[str, str | None]) -> str:
    if each.checked.problems:
        return "quarantined"
    if each.checked.remote_id not in known:
        return "created"
    return "unchanged" if known[each.checked.remote_id] == each.checked.data else "updated"


def _is_deletion(item: Record | RecordRefused | None) -> bool:
    return isinstance(item, Record) and item.deleted


def _known(connection: Connection, snapshot_id: int, remote_ids: list[str]) -> dict[str, str | None]:
    """Return what the snapshot already holds under these names."""
    found: dict[str, str | None] = {}
    query = select(PushPart.remote_id, PushPart.data).where(PushPart.snapshot_id == snapshot_id)
    query = query.where(among(connection.dialect.name, PushPart.remote_id))
    for at in range(0, len(remote_ids), BLOCK):
        asked = {"keys": listed(connection, remote_ids[at : at + BLOCK])}
        found.update((name, data) for name, data in connection.execute(query, asked))
    return found


def _keep(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    insertion = insertion_of(connection, PushPart)
    names = [PushPart.snapshot_id, PushPart.remote_id]
    fresh = {name: insertion.excluded[name] for name in rows[0] if name not in ("snapshot_id", "remote_id")}
    connection.execute(insertion.on_conflict_do_update(index_elements=names, set_=fresh), rows)


def _number(connection: Connection, snapshot_id: int) -> int:
    held = select(func.count()).select_from(PushPart).where(PushPart.snapshot_id == snapshot_id)
    return connection.execute(held).scalar_one()


def _end(connection: Connection, ids: list[int], state: str) -> None:
    if ids:
        connection.execute(delete(PushPart).where(PushPart.snapshot_id.in_(ids)))
        connection.execute(update(PushSnapshot).where(PushSnapshot.id.in_(ids)).values(state=state))
