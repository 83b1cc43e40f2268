"""Calls that are repeated: the same key and the same body are answered as they were the first time (§6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from hub.clock import iso, now
from hub.db import db, insertion_of, writing
from hub.errors import Refused
from hub.models import PushCall

KEPT = timedelta(hours=24)
AT_WORK = timedelta(minutes=2)
"""How long a call whose process may have died is waited for."""
PAUSE = 2
"""Seconds after which a caller may ask again for what is at work."""
Claim = Callable[[], None]


@dataclass(frozen=True)
class Answered:
    """What a call was answered: given again, byte for byte, to whoever repeats it."""

    status: int
    body: str
    location: str | None = None


@dataclass(frozen=True)
class Call:
    """One call that writes: who, its key, and the digest of method, path, query and body."""

    client_id: int
    key: str
    digest: str

    def keep(self, connection: Connection, answered: Answered) -> None:
        """Keep the answer, in the transaction of what the call did: both stand or fall together."""
        values = {"status": answered.status, "body": answered.body, "location": answered.location}
        connection.execute(update(PushCall).where(_same(self)).values(**values))


class Repeated(Exception):
    """A call whose answer another one, under the same key, was given in the meantime."""

    def __init__(self, answered: Answered) -> None:
        super().__init__()
        self.answered = answered


def answer_to(call: Call) -> Answered | None:
    """Return the answer already given to this call, None where there is none yet. Nothing is written, nor waited for.

    Raises Refused: another body under this key (422), the same call at work (409).
    """
    db.session.rollback()  # no connection is held while another is asked for
    with db.engine.connect() as connection:
        known = connection.execute(select(PushCall.__table__).where(_same(call), ~_is_over())).one_or_none()
    return None if known is None else _answered(call, known)


@contextmanager
def at_work(call: Call) -> Iterator[Claim]:
    """Give what claims a call: to be called once all is looked into, before anything is written.

    To claim is to write, hence to wait for the sending that is being written. What ends without an answer leaves
    nothing: it may be tried again.
    """
    claimed = []

    def claim() -> None:
        _claim(call)
        claimed.append(call)

    try:
        yield claim
    finally:
        if claimed:
            _forget_unanswered(call)


def _forget_unanswered(call: Call) -> None:
    """Forget a call that ended without an answer. Most have one: for them, no writer is waited for."""
    db.session.rollback()
    left = (_same(call), PushCall.status.is_(None))
    if db.session.execute(select(PushCall.key).where(*left)).first():
        with writing() as connection:
            connection.execute(delete(PushCall).where(*left))


def _claim(call: Call) -> None:
    """Say that a call is at work. Raises Repeated, Refused as `answer_to`, and for too many calls at once (429)."""
    with writing() as connection:
        instant = iso(now())
        at_once = current_app.config["PUSH_AT_ONCE"]
        working = (PushCall.client_id == call.client_id, PushCall.status.is_(None), PushCall.until > instant)
        row = {"client_id": call.client_id, "key": call.key, "digest": call.digest, "created_at": instant}
        row["until"] = iso(now() + AT_WORK)
        insertion = insertion_of(connection, PushCall).values(**row)
        fresh = {name: insertion.excluded[name] for name in ("digest", "created_at", "until")}
        fresh |= {"status": None, "body": None, "location": None}
        names = [PushCall.client_id, PushCall.key]
        claim = insertion.on_conflict_do_update(index_elements=names, set_=fresh, where=_is_over())
        if connection.execute(claim.returning(PushCall.key)).one_or_none():
            if (connection.scalar(select(func.count()).select_from(PushCall).where(*working)) or 0) > at_once:
                raise Refused(429, "trop_a_la_fois", limit=str(at_once)).after(PAUSE)
            return
        known = connection.execute(select(PushCall.__table__).where(_same(call))).one()
    raise Repeated(_answered(call, known))


def _answered(call: Call, known: Any) -> Answered:
    if known.digest != call.digest:
        raise Refused(422, "cle_repetition_reprise", value=call.key)
    if known.status is None:
        raise Refused(409, "appel_en_cours").after(PAUSE)
    return Answered(known.status, known.body, known.location)


def sweep(connection: Connection) -> None:
    """Forget the calls whose time is over."""
    connection.execute(delete(PushCall).where(PushCall.created_at <= iso(now() - KEPT)))


def _is_over() -> ColumnElement[bool]:
    """Tell whether a call is too old to be answered again, or was left by a process that died."""
    left = and_(PushCall.status.is_(None), PushCall.until <= iso(now()))
    return or_(PushCall.created_at <= iso(now() - KEPT), left)


def _same(call: Call) -> ColumnElement[bool]:
    return and_(PushCall.client_id == call.client_id, PushCall.key == call.key)
