"""The change feed: what was created, updated, gone or restored, in the order it came in (`push-api.md` §11)."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request
from sqlalchemy import Select, or_, select

from hub.api.bearer import bearer_of
from hub.api.query import PLURALS, accept, cursor_of, wanted
from hub.api.read import answer, bp, published
from hub.db import db
from hub.errors import BadQuery, Refused
from hub.harvest.feed_ends import purged
from hub.models import Change, Facet, FacetVersion, Run, Source
from hub.models.audience import Audience, read_for
from hub.models.client import PRODUCTION
from hub.models.facet import moved_from
from hub.models.hidden import Fields, hidden_in, text_without
from hub.models.thing import visible

NARROWING = ("kind", "siren")
PARAMETERS = ("after", "limit", *NARROWING)
SAME = Facet.lead & or_(Facet.hub_id == Change.hub_id, moved_from(Change.hub_id))
"""The thing that a change tells of."""


@bp.get("/changes")
def changes() -> Response:
    """The changes after a cursor: `{changes, next, more}`; `next` is where a reader goes on, whatever it was given.

    Each change carries what the hub says of the thing now; where the thing went, it carries nothing. Raises Refused
    (`flux_purge`) where what follows the cursor is no longer whole, the start of a feed that was purged included:
    a copy replayed from there would lack what has not changed since, and nothing would say so.
    """
    accept(request.args, PARAMETERS)
    _listen()
    limit, after = wanted(request.args), cursor_of(request.args)
    asked, end = _asked(after), _end(after)
    rows = db.session.execute(asked.limit(limit + 1)).all()
    _must_reach(after)
    secret = hidden_in(row[1].hub_id for row in rows)
    shown = [_change(*row, secret.get(row[1].hub_id)) for row in rows[:limit]]
    last, more = shown[-1]["seq"] if shown else after, len(rows) > limit
    told = answer({"changes": shown, "next": str(last if more else max(last, end)), "more": more})
    told.vary.add("Authorization")
    if "Authorization" in request.headers:
        told.headers["Cache-Control"] = "no-store"
    return told


def _listen() -> None:
    """Read for the members too, where a token of theirs says so (`feed:read`); tries are told what the public is."""
    if "Authorization" in request.headers:
        client = bearer_of(frozenset({"feed:read"}))
        read_for(Audience(peers=client.environment == PRODUCTION))


def _must_reach(after: int) -> None:
    """Raise Refused where the feed no longer goes back to a cursor. Asked once it is read: it may shrink meanwhile."""
    if after < (last := purged(db.session.connection())):
        words = {"limit": str(current_app.config["KEEP_CHANGES_MONTHS"]), "position": str(last)}
        lists = ", ".join(f"/api/v1/{plural}" for plural in PLURALS)
        raise Refused(410, "flux_purge", value=str(after), other=lists, **words)


def _end(after: int) -> int:
    """Return the last change that a reader who narrows the feed may pass over, so that its cursor does not grow old.

    Asked before the feed is read: what is written in between is not passed over.
    """
    if not any(request.args.get(name) for name in NARROWING):
        return after
    seen = select(Change.id).join(Facet, SAME).where(Change.id > after, visible())
    return db.session.scalar(seen.order_by(Change.id.desc()).limit(1)) or after


def _asked(after: int) -> Select[Change, Facet, FacetVersion, Source, Run]:
    query = (
        select(Change, Facet, FacetVersion, Source, Run)
        .join(Facet, SAME)
        .join(FacetVersion, FacetVersion.id == Facet.reading_id)
        .join(Source, Source.id == Facet.source_id)
        .join(Run, Run.id == Change.run_id)
        .where(Change.id > after, visible())
        .order_by(Change.id)
    )
    if kind := request.args.get("kind"):
        if kind not in PLURALS.values():
            raise BadQuery(f"kind : « {kind[:50]} » n'est pas accepté. Acceptés : {', '.join(PLURALS.values())}.")
        query = query.where(Change.kind == kind)
    if siren := request.args.get("siren"):
        query = query.where(Change.siren == siren)
    return query


def _change(
    change: Change, facet: Facet, version: FacetVersion, source: Source, run: Run, fields: Fields | None
) -> dict[str, Any]:
    gone = change.event == "gone"
    text, sha256 = text_without(version.data, fields)
    return {
        "seq": change.id,
        "at": run.closed_at,
        "op": change.event,
        "hub_id": change.hub_id,
        "kind": facet.kind,
        "siren": facet.siren,
        "layer": run.writer,
        "revision": sha256 or version.sha256,
        "origin": {"hub": request.host_url.rstrip("/"), "source": source.slug},
        "data": None if gone else published(facet.kind, text),
    }
