"""Pages of measures, kept in memory between two changes: what the public reads at an address is the same until then."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from flask import Response, current_app, request
from sqlalchemy import String, cast, func, literal, select, union_all

from hub.clock import today
from hub.db import db
from hub.models import Change, Decision, Mark
from hub.pages.admission import reader
from hub.pages.typography import spaced

MOST = 128
"""How many pages a process keeps, each of 200 KB at most: those that nobody asks for any more leave first."""
Pages = OrderedDict[tuple[str, ...], str]


def kept(write: Callable[[], str]) -> Response:
    """Return the page that `write` writes, or the one it wrote for a visitor since measures last moved.

    Members read what visitors do not: nothing is kept for them.
    """
    if reader().entered:
        return current_app.make_response(write())
    pages: Pages = current_app.extensions.setdefault("hub-pages", OrderedDict())
    key = (request.url, today().isoformat(), *_stand())
    page = pages.get(key) or spaced(write())
    pages[key] = page
    pages.move_to_end(key)
    while len(pages) > MOST:
        pages.popitem(last=False)
    response = current_app.make_response(page)
    response.is_spaced = True  # type: ignore[attr-defined]  # read by `typography.space`
    return response


def _stand() -> tuple[str, ...]:
    """Return what changes with any measure, any record, and any source accepted, paused or refused."""
    last = (select(literal(table.__tablename__), cast(func.max(table.id), String)) for table in (Change, Decision))
    rows = db.session.execute(union_all(select(Mark.name, Mark.said), *last))
    return tuple(sorted(f"{name} {said}" for name, said in rows))
