"""One's own runs, receipts and problems, and the layers of one's own records: nobody else's are reached from here."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Select, case, or_, select

from hub.db import db
from hub.models import Facet, FacetVersion, Issue, PushReceipt, Run, Source
from hub.models.said import said
from hub.push.report import error_of
from hub.push.senders import Sender, source_of
from schemas import Problem


def runs_of(sender: Sender) -> Select[Run]:
    """The runs of what a sender's metropole sent (of its sandbox, for a sandbox), newest first."""
    mine = select(Run).join(Source, Source.id == Run.source_id).where(Source.slug == sender.slug)
    return mine.order_by(Run.id.desc())


def receipt_of(run: Run) -> PushReceipt | None:
    """Return the receipt of a run, None for what a person deposited."""
    return db.session.get(PushReceipt, run.id)


def run_told(run: Run) -> dict[str, Any]:
    """Return a run as its sender reads it."""
    receipt = receipt_of(run)
    said: dict[str, Any] = {
        "run": run.ref,
        "state": run.state,
        "trigger": run.trigger,
        "mode": run.mode,
        "message": run.message,
    }
    said |= {"started_at": run.started_at, "closed_at": run.closed_at, "counts": run.counts}
    said["receipt"] = receipt and {"jws": receipt.jws, "body_sha256": receipt.body_sha256}
    return said


def issues_of_run(run: Run) -> Select[Issue]:
    """The problems that a run met, whatever became of them since."""
    met = or_(Issue.run_id == run.id, Issue.last_run_id == run.id)
    return select(Issue).where(Issue.source_id == run.source_id, met).order_by(Issue.id)


def issue_told(issue: Issue) -> dict[str, Any]:
    """Return a problem as its sender reads it: where, what, how to put it right, whether it still stands."""
    found = Problem(
        issue.rule,
        issue.pointer,
        issue.value,
        issue.expected,
        issue.message,
        issue.how,
        f"/problems/{issue.rule}",
        issue.severity,
    )
    said = {
        "id": issue.id,
        "kind": issue.kind,
        "remote_id": issue.remote_id,
        "place": issue.place,
        "sha256": issue.sha256,
        "state": issue.state,
    }
    return said | error_of(found, issue.pointer)


def layer_hash(sender: Sender, kind: str, remote_id: str) -> str | None:
    """Return the content hash of what a sender's layer says of a record in force; None when it says nothing."""
    source = source_of(sender)
    found = said(db.session.connection(), source.id, sender.writer, [(kind, remote_id)], Facet.sha256) if source else ()
    return next((row.sha256 for row in found), None)


def layers_of(sender: Sender, kind: str, remote_id: str) -> list[dict[str, Any]]:
    """Return every layer over a record of one's own, that of the sender first, as stored."""
    first = case((Facet.writer == sender.writer, 0), else_=1)
    told = select(Facet, FacetVersion.data, Run.ref).join(FacetVersion, FacetVersion.id == Facet.version_id)
    told = told.join(Run, Run.id == FacetVersion.run_id).join(Source, Source.id == Facet.source_id)
    mine = (Source.slug == sender.slug, Facet.kind == kind, Facet.remote_id == remote_id)
    rows = db.session.execute(told.where(*mine).order_by(first, Facet.id))
    return [
        {
            "writer": facet.writer,
            "sha256": facet.sha256,
            "presence": facet.presence,
            "diffusion": facet.diffusion,
            "public_on": facet.public_on,
            "run": ref,
            "data": orjson.Fragment(data),
        }
        for facet, data, ref in rows
    ]
