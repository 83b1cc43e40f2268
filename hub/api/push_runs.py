"""One's own sendings read again: runs, receipts, problems; the keys that receipts are checked with (§4, §11)."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from sqlalchemy import Select

from hub import csv_text
from hub.access.declared import all_need
from hub.api.bearer import asks, caller
from hub.api.push_calls import sender_of
from hub.api.query import accept, cursor_of, wanted
from hub.api.read import answer, bp
from hub.db import db
from hub.errors import UnknownThing
from hub.models import Issue, Run
from hub.push.receipts import public_keys
from hub.push.runs import issue_told, issues_of_run, run_told, runs_of

keys = Blueprint("keys", __name__)
all_need(keys, "read")
COLUMNS = (
    *(
        "id",
        "state",
        "kind",
        "remote_id",
        "place",
        "sha256",
        "severity",
        "rule",
        "pointer",
        "value",
        "expected",
        "message",
        "how",
    ),
)


@bp.get("/push/runs")
@asks("own:read")
def list_runs() -> Response:
    """One's runs, newest first: `{items, next}`."""
    accept(request.args, ("limit", "before"))
    limit, query = wanted(request.args), runs_of(sender_of(caller()))
    if before := cursor_of(request.args, "before"):
        query = query.where(Run.id < before)
    found = list(db.session.scalars(query.limit(limit + 1)))
    items = [run_told(each) for each in found[:limit]]
    return answer({"items": items, "next": str(found[limit - 1].id) if len(found) > limit else None})


@bp.get("/push/runs/<ref>")
@asks("own:read")
def read_run(ref: str) -> Response:
    """One run: its state, its counts, its signed receipt."""
    accept(request.args)
    return answer(run_told(_run(ref)))


@bp.get("/push/runs/<ref>/issues")
@asks("own:read")
def run_issues(ref: str) -> Response:
    """The problems that a run met: `{items, next}`."""
    accept(request.args, ("limit", "after"))
    limit, query = wanted(request.args), issues_of_run(_run(ref))
    if after := cursor_of(request.args):
        query = query.where(Issue.id > after)
    found = list(db.session.scalars(query.limit(limit + 1)))
    items = [issue_told(each) for each in found[:limit]]
    return answer({"items": items, "next": str(found[limit - 1].id) if len(found) > limit else None})


@bp.get("/push/runs/<ref>/issues.csv")
@asks("own:read")
def run_issues_sheet(ref: str) -> Response:
    """The same as a table, whole."""
    accept(request.args)
    return _sheet(issues_of_run(_run(ref)))


@keys.get("/.well-known/jwks.json")
def jwks() -> Response:
    """The public keys of receipts (RFC 7517)."""
    return answer(public_keys())


def _run(ref: str) -> Run:
    """Return one's own run. Raises UnknownThing for another's as for none (§15)."""
    found = db.session.scalars(runs_of(sender_of(caller())).where(Run.ref == ref)).first()
    if found is None:
        raise UnknownThing(f"Aucun de vos envois ne porte l'identifiant « {ref[:50]} ».")
    return found


def _sheet(query: Select[Issue]) -> Response:
    rows = (issue_told(issue) for issue in db.session.scalars(query))
    return current_app.response_class(csv_text.written(COLUMNS, rows), mimetype="text/csv")
