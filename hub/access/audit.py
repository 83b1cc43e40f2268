"""Writing the audit log, in the transaction of the act; verifying its chain; forgetting what is old (§9)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from typing import Any

from flask import current_app
from sqlalchemy import Connection, delete, insert, select, update

from hub.access.reader import Reader
from hub.access.rights import OPERATION
from hub.clock import iso, months_ago, now
from hub.models.audit import AuditAddress, AuditHead, AuditLine
from schemas.canonical import canonical

START = "0" * 64
LASTING = ("decide_run", "publish", "correct", "accept_sources")
"""The verbs whose lines are decisions."""


def write(
    connection: Connection,
    reader: Reader,
    verb: str,
    thing: str,
    *,
    siren: str | None = None,
    before: Any = None,
    after: Any = None,
    motive: str = "",
    refused: bool = False,
) -> None:
    """Add one line: who did (or was refused) `verb` on `thing`, with digests of its states before and after.

    Names no content: `thing` is an identifier, `before` and `after` are stored as sha256 only.
    """
    content = {**_said_by(reader), "verb": verb, "object": thing, "motive": motive or None, "refused": refused}
    content |= {"before": _hash(before), "after": _hash(after), "salt": secrets.token_hex(16)}
    at = iso(now())
    head = _head(connection)
    content_digest = digest_of(content)
    digest = link(head.digest, at, content_digest)
    row = {"at": at, "lasting": verb in LASTING, "siren": siren or reader.acting_for, "content": content}
    row |= {"by_operator": any(each.role == OPERATION for each in reader.held), "content_digest": content_digest}
    line = insert(AuditLine).values(**row, previous=head.digest, digest=digest).returning(AuditLine.id)
    line_id = connection.execute(line).scalar_one()
    connection.execute(update(AuditHead).values(lines=head.lines + 1, digest=digest))
    if reader.address:
        connection.execute(insert(AuditAddress).values(line_id=line_id, at=at, address=reader.address))


def digest_of(content: dict[str, Any]) -> str:
    """Return the sha256 of what a line says; its salt keeps it from being guessed once the content is gone."""
    return hashlib.sha256(canonical(content)).hexdigest()


def link(previous: str, at: str, content_digest: str) -> str:
    """Return the digest of a line: of the one before it, of its instant, of its content."""
    return hashlib.sha256(f"{previous}\n{at}\n{content_digest}".encode()).hexdigest()


def faults(connection: Connection) -> Iterator[str]:
    """Yield a French sentence for each place where the chain does not hold; nothing when it is whole."""
    previous, lines = START, 0
    for line in connection.execute(select(AuditLine.__table__).order_by(AuditLine.id)):
        lines += 1
        if line.previous != previous or line.digest != link(line.previous, line.at, line.content_digest):
            yield f"Ligne {line.id} : elle ne suit pas celle qui la précède (ligne retirée, ajoutée ou modifiée)."
        if line.content is not None and digest_of(line.content) != line.content_digest:
            yield f"Ligne {line.id} : son contenu a été modifié."
        previous = line.digest
    head = connection.execute(select(AuditHead.lines, AuditHead.digest)).one_or_none() or (0, START)
    if (lines, previous) != tuple(head):
        yield f"Fin du journal : {head[0]} lignes sont attendues, {lines} trouvées, ou la dernière n'est pas la bonne."


def forget(connection: Connection) -> int:
    """Take away what is too old: addresses, then contents of lines. Return how many lines lost theirs."""
    kept = current_app.config
    addresses = delete(AuditAddress).where(AuditAddress.at < months_ago(kept["KEEP_ADDRESSES_MONTHS"]))
    connection.execute(addresses)
    old = (AuditLine.lasting.is_(False) & (AuditLine.at < months_ago(kept["KEEP_AUDIT_MONTHS"]))) | (
        AuditLine.at < months_ago(kept["KEEP_DECISIONS_MONTHS"])
    )
    gone = update(AuditLine).where(AuditLine.content.is_not(None), old).values(content=None)
    return connection.execute(gone).rowcount


def head_of(connection: Connection) -> tuple[int, str]:
    """Return the number of lines and the digest of the last one: what the metrics print each day."""
    row = connection.execute(select(AuditHead.lines, AuditHead.digest)).one_or_none()
    return (row.lines, row.digest) if row else (0, START)


def _said_by(reader: Reader) -> dict[str, Any]:
    return {
        "person": reader.ref or None,
        "function": reader.name if not reader.entered else None,
        "way": reader.way,
        "acr": reader.acr,
        "acting_for": reader.acting_for,
        "request": reader.request_id or None,
    }


def _head(connection: Connection) -> Any:
    """Return the head of the chain, which nobody else can move before this transaction ends."""
    found = connection.execute(select(AuditHead.lines, AuditHead.digest).with_for_update()).one_or_none()
    if found is None:
        connection.execute(insert(AuditHead).values(id=1, lines=0, digest=START))
        found = connection.execute(select(AuditHead.lines, AuditHead.digest).with_for_update()).one()
    return found


def _hash(value: Any) -> str | None:
    return None if value is None else hashlib.sha256(canonical(value)).hexdigest()
