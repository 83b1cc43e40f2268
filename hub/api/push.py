"""`/api/v1/push`: what a metropole sends, a batch or one record (`push-api.md` §4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from flask import Response, current_app, request, url_for
from sqlalchemy import Connection

from connectors.base import Record
from hub.access.limits import left
from hub.access.scopes import SCOPES, in_order
from hub.api.bearer import asks, caller
from hub.api.push_calls import (
    DAILY,
    RATE,
    body,
    count_call,
    count_records,
    flag,
    media_type,
    must_be_json,
    once,
    sender_of,
)
from hub.api.query import accept
from hub.api.read import answer, bp
from hub.db import db
from hub.errors import Refused, UnknownThing
from hub.harvest.door import spelled
from hub.models.client import living_secrets
from hub.push.batch import ANY, Asked, Last, receive
from hub.push.bodies import FORMS, one, unread
from hub.push.calls import Claim
from hub.push.payload import ONE
from hub.push.receipts import write_receipt
from hub.push.report import Report
from hub.push.runs import layer_hash, layers_of, runs_of
from hub.push.sandbox import reset
from hub.push.senders import Sender
from hub.push.taken import Sent
from schemas import KINDS

WRITING = tuple(scope.name for scope in SCOPES.values() if scope.kinds)
"""The scopes that let a client write some kinds of records: which ones, the batch decides."""
ONE_RECORD = "/push/records/<any({}):kind>/<path:remote_id>".format(", ".join(KINDS))
"""Its rules merge no slashes: the name that a source gives may be an address."""


@bp.get("/push/me")
@asks(*SCOPES)
def me() -> Response:
    """Who the token speaks for, what it may do, its limits, its secrets' ends and its last run."""
    accept(request.args)
    client = caller()
    ends = [each.ends_at for each in db.session.scalars(living_secrets(client.client_id))]
    last = db.session.scalars(runs_of(sender_of(client)).limit(1)).first()
    limits = {name.lower(): current_app.config[name] for name in ("PUSH_BODY_BYTES", "PUSH_BATCH_JSON", "PUSH_BATCH")}
    for name, setting in (("calls", RATE), ("records", DAILY)):
        most, remaining, reset = left(setting, client.ref)
        limits[name] = {"limit": most, "remaining": remaining, "reset": reset}
    return answer(
        {
            "siren": client.siren,
            "client": client.ref,
            "environment": client.environment,
            "scopes": in_order(client.scopes),
            "kinds": [kind for kind in KINDS if kind in client.kinds],
            "limits": limits,
            "secrets_end": ends,
            "last_run": last and last.ref,
        }
    )


@bp.post("/push/records")
@asks(*WRITING)
def send_records() -> Response:
    """A batch: what it holds is written, what it does not hold is left untouched."""
    accept(request.args, ("dry_run", "atomic", "kind"))
    form, sender, came = media_type(), sender_of(caller()), body()
    items = unread(came, form, sender.siren, request.args.get("kind"))
    asked = Asked(dry_run=flag("dry_run"), atomic=flag("atomic"), form=FORMS[form])
    if asked.dry_run:
        return reported(receive(sender, items, replace(asked, claim=count_records)))

    def do(claim: Claim, last: Last) -> Report:
        def counted_and_claimed(number: int) -> None:
            count_call()
            count_records(number)
            claim()

        return receive(sender, items, replace(asked, claim=counted_and_claimed, last=last))

    return once(came.sha256, do, location)


@bp.put(ONE_RECORD, merge_slashes=False)
@asks(*WRITING)
def put_record(kind: str, remote_id: str) -> Response:
    """One record, whole: created, changed or left as it is. `If-Match` names the layer that it replaces."""
    accept(request.args, ("dry_run",))
    must_be_json()
    sender, came = sender_of(caller()), body()
    return _alone(sender, one(came, kind, remote_id, sender.siren), came.sha256)


@bp.delete(ONE_RECORD, merge_slashes=False)
@asks(*WRITING)
def delete_record(kind: str, remote_id: str) -> Response:
    """A tombstone: the record is gone, dated, and keeps all it said. Again, it changes nothing."""
    accept(request.args, ("dry_run",))
    sender, remote_id = sender_of(caller()), spelled(remote_id)
    if layer_hash(sender, kind, remote_id) is None:
        raise UnknownThing(f"Votre métropole n'a envoyé aucune fiche « {remote_id} » de ce genre.")
    return _alone(sender, Sent(0, Record(kind, remote_id, {}, "", deleted=True)), "")


@bp.get(ONE_RECORD, merge_slashes=False)
@asks("own:read")
def read_record(kind: str, remote_id: str) -> Response:
    """The layers of one's own record as they are stored, that of the sendings first; its hash is the ETag."""
    accept(request.args)
    sender, remote_id = sender_of(caller()), spelled(remote_id)
    found = layers_of(sender, kind, remote_id)
    if not found:
        raise UnknownThing(f"Votre métropole n'a envoyé aucune fiche « {remote_id} » de ce genre.")
    response = answer({"kind": kind, "remote_id": remote_id, "layers": found})
    response.set_etag(sha256 := found[0]["sha256"])
    return Response(status=304, headers=response.headers) if request.if_none_match.contains(sha256) else response


@bp.post("/push/sandbox/reset")
@asks(*WRITING)
def reset_sandbox() -> Response:
    """Put the sample records back, in place of all that this client's sandbox holds."""
    accept(request.args)
    sender = sender_of(caller())
    if sender.sandbox is None:
        raise Refused(403, "bac_a_sable_seul")
    return reported(reset(sender))


def location(report: Report) -> str | None:
    """Return where a person decides of what waits; None when nothing does."""
    return url_for("sources.run", ref=report.held) if report.held else None


def counted(items: Iterable[Sent]) -> Iterator[Sent]:
    """Yield records, counted against the day's limit before anything is written. Raises TooManyRequests."""
    number = 0
    for each in items:
        number += 1
        yield each
    count_records(number)


def reported(report: Report, status: int | None = None) -> Response:
    """Answer a report."""
    response = answer(report.body())
    response.status_code = status or report.status
    response.headers["Cache-Control"] = "no-store"
    return response


def _alone(sender: Sender, sent: Sent, sha256: str) -> Response:
    """Take one record: its address is enough to repeat it, no key is asked for."""
    client = caller()

    def receipt(connection: Connection, report: Report) -> None:
        write_receipt(connection, report, client.client_id, client.ref, sha256)

    dry = flag("dry_run")
    asked = Asked(dry_run=dry, form=ONE, expected=_expected(), last=None if dry else receipt)
    report = receive(sender, counted([sent]), asked)
    return reported(report, 201 if report.results[0]["status"] == "created" and not dry else None)


def _expected() -> frozenset[str] | None:
    """Return the hashes that `If-Match` names, those that a proxy marked as weak included; None without it."""
    tags = request.if_match
    if not tags:
        return None
    return ANY if tags.star_tag else frozenset(tags.as_set(include_weak=True))
