"""`/api/v1/push/snapshots`: « voici tout » for one kind — opened, sent in parts, committed or abandoned (§7)."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, request, url_for

from hub.api.bearer import asks, caller, must_bear
from hub.api.push import counted, location, reported
from hub.api.push_calls import asked, body, media_type, once, sender_of
from hub.api.query import accept
from hub.api.read import answer, bp
from hub.db import db
from hub.errors import Refused
from hub.models import PushSnapshot
from hub.push.batch import Last
from hub.push.bodies import sendings
from hub.push.calls import Claim
from hub.push.commitment import commit
from hub.push.report import Report
from hub.push.snapshots import abandon, add, find, must_narrow, open_snapshot, received
from schemas import KINDS

SCOPE = "push:snapshot"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@bp.post("/push/snapshots")
@asks(SCOPE)
def open_one() -> Response:
    """Open a snapshot: `{"kind", "year"?, "theme"?}`."""
    accept(request.args)
    said = asked(body(), ("kind", "year", "theme"))
    kind, year, theme = said.get("kind"), said.get("year"), said.get("theme")
    if kind not in KINDS:
        raise Refused(400, "genre_inconnu", value=str(kind)[:50], pointer="/kind")
    must_narrow(kind, year, theme)
    found = open_snapshot(sender_of(caller()), kind, year, theme)
    response = answer(_told(found))
    response.status_code = 201
    response.headers["Location"] = url_for("api.read_snapshot", ref=found.ref)
    return response


@bp.get("/push/snapshots/<ref>")
@asks(SCOPE)
def read_snapshot(ref: str) -> Response:
    """A snapshot, and what the hub holds of it: its count and hash, to be compared before the commit."""
    accept(request.args)
    return answer(_told(find(sender_of(caller()), ref)))


@bp.post("/push/snapshots/<ref>/records")
@asks(SCOPE)
def add_records(ref: str) -> Response:
    """One part: in any order, and as often as needed."""
    accept(request.args, ("kind",))
    form, sender, came = media_type(), sender_of(caller()), body()
    snapshot = find(sender, ref)
    must_bear(snapshot.kind)
    return reported(add(sender, snapshot, counted(sendings(came, form, sender.siren, snapshot.kind))))


@bp.post("/push/snapshots/<ref>/commit")
@asks(SCOPE)
def commit_one(ref: str) -> Response:
    """Apply a snapshot whole: `{"count", "sha256"}` must be those of what the hub received."""
    accept(request.args)
    came, sender = body(), sender_of(caller())
    said = asked(came, ("count", "sha256"))
    count, sha256 = said.get("count"), said.get("sha256")
    if type(count) is not int or count < 0:
        raise Refused(400, "type_invalide", pointer="/count", expected="le nombre de fiches envoyées")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise Refused(400, "empreinte_invalide", pointer="/sha256")

    def do(claim: Claim, last: Last) -> Report:
        claim()
        return commit(sender, ref, count, sha256, last)

    return once(came.sha256, do, location)


@bp.delete("/push/snapshots/<ref>")
@asks(SCOPE)
def abandon_one(ref: str) -> Response:
    """Abandon a snapshot: nothing of it is applied."""
    accept(request.args)
    abandon(sender_of(caller()), ref)
    return Response(status=204)


def _told(snapshot: PushSnapshot) -> dict[str, Any]:
    said = {"snapshot": snapshot.ref, "kind": snapshot.kind, "year": snapshot.year, "theme": snapshot.theme}
    said |= {"state": snapshot.state, "opened_at": snapshot.opened_at, "expires_at": snapshot.expires_at}
    with db.engine.connect() as connection:
        said["count"], said["sha256"] = received(connection, snapshot.id)
    return said
