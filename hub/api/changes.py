"""The change feed: what was created, updated, gone or restored, in the order it came in (`push-api.md` §11)."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from sqlalchemy import Select, or_, select

from hub.api.bearer import bearer_of
from hub.api.query import PLURALS, accept, cursor_of, wanted
from hub.api.read import answer, bp, published
from hub.db import db
from hub.errors import BadQuery
from hub.models import Change, Facet, FacetVersion, Run, Source
from hub.models.audience import Audience, read_for
from hub.models.client import PRODUCTION
from hub.models.facet import moved_from
from hub.models.hidden import Fields, hidden_in, text_without
from hub.models.thing import visible

PARAMETERS = ("after", "limit", "kind", "siren")


@bp.get("/changes")
def changes() -> Response:
    """The changes after a cursor: `{changes, next, more}`; `next` is where a reader goes on, whatever it was given.

    Each change carries what the hub says of the thing now; where the thing went, it carries nothing.
    """
    accept(request.args, PARAMETERS)
    _listen()
    limit, after = wanted(request.args), cursor_of(request.args)
    rows = db.session.execute(_asked(after).limit(limit + 1)).all()
    secret = hidden_in(row[1].hub_id for row in rows)
    shown = [_change(*row, secret.get(row[1].hub_id)) for row in rows[:limit]]
    told = answer({"changes": shown, "next": str(shown[-1]["seq"] if shown else after), "more": len(rows) > limit})
    told.vary.add("Authorization")
    if "Authorization" in request.headers:
        told.headers["Cache-Control"] = "no-store"
    return told


def _listen() -> None:
    """Read for the members too, where a token of theirs says so (`feed:read`); tries are told what the public is."""
    if "Authorization" in request.headers:
        client = bearer_of(frozenset({"feed:read"}))
        read_for(Audience(peers=client.environment == PRODUCTION))


def _asked(after: int) -> Select[Change, Facet, FacetVersion, Source, Run]:
    query = (
        select(Change, Facet, FacetVersion, Source, Run)
        .join(Facet, Facet.lead & or_(Facet.hub_id == Change.hub_id, moved_from(Change.hub_id)))
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
