"""`/journal`: what the measures said before and say now, why, by which run; as a page, files and a feed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request, url_for
from sqlalchemy import func, select

from hub.access.declared import all_need
from hub.db import db
from hub.pages import atom
from hub.pages.choices import page_asked, page_url
from hub.pages.journal_view import COLUMNS, Changed, asked, changed, chips, groups, rows
from hub.pages.menu import FOOTER, Entry
from hub.pages.respond import Sheet, View, data_page

bp = Blueprint("journal", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry(FOOTER, "Journal des révisions", "journal.listing"),)
TITLE = "Journal des révisions"
FED = 50
"""How many changes the feed tells: the newest ones."""


@data_page(bp, "/journal")
def listing() -> View:
    """The changes of measures that the reader may read, the newest first."""
    chosen, args = asked(), _args()
    query = chosen.query()
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    page, pages = page_asked(total)
    size = current_app.config["PAGE_SIZE"]

    def shown() -> dict[str, Any]:
        found = changed(db.session.scalars(query.limit(size).offset((page - 1) * size)).all(), chosen)
        paging = {"page": page, "pages": pages, "total": total, "size": size, "page_url": page_url}
        feed_url = url_for(".feed", **args)
        return paging | {"rows": found, "groups": groups(chosen), "chips": chips(chosen), "feed_url": feed_url}

    return View("journal.html", Sheet(COLUMNS, rows(chosen)), shown)


@bp.get("/journal.atom")
def feed() -> Response:
    """The newest changes, for the same choices, as an Atom feed."""
    chosen = asked(paged=False)
    found = changed(db.session.scalars(chosen.query().limit(FED)).all(), chosen)
    page = url_for(".listing", _external=True, **_args())
    return atom.feed(TITLE, page, map(_entry, found))


def _args() -> dict[str, Any]:
    """The choices of the address, as they are given."""
    return {name: values for name, values in request.args.lists() if name != "page"}


def _entry(one: Changed) -> atom.Entry:
    revision = one.revision
    narrowed = {"metropole": one.place.slug, "indicateur": revision.indicator, "annee": revision.period}
    url = url_for(".listing", _external=True, **narrowed)
    title = f"{one.place.short_name}, {one.label}, {revision.period} : {one.type.lower()}"
    text = f"{one.before} → {one.after}. {revision.reason or ''}".strip()
    return atom.Entry(f"revision:{revision.id}", title, revision.at, url, text, one.author)
