"""`/i/<empreinte>`: a frozen view, which never changes; `/figer`: a member freezes what a page shows."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.access.declared import all_need, needs
from hub.benchmark.freezing import Frozen, freeze, opened, revised
from hub.benchmark.measure_rows import MEASURE_COLUMNS
from hub.db import db
from hub.errors import UnknownThing
from hub.models.measure import snapshot_called
from hub.pages.admission import reader
from hub.pages.choices import accept, page_asked, page_url
from hub.pages.frozen_view import INDICATORS_SHOWN, shown
from hub.pages.menu import Entry
from hub.pages.respond import Sheet, as_csv, marked

bp = Blueprint("frozen", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = ()
FROZEN = "Vue figée : ce que montre cette adresse ne changera plus."
FOR_MEMBERS = "Vue figée. Elle contient des valeurs réservées aux membres : eux seuls peuvent l'ouvrir."


@bp.post("/figer")
@needs("freeze")
def write() -> ResponseReturnValue:
    """Freeze a view from its parameters: its cells are worked out here, none comes from the browser."""
    asked = {name: values for name, values in request.form.lists() if name not in ("csrf_token", "view")}
    digest = freeze(request.form.get("view", ""), asked, reader())
    flash(FROZEN if _frozen(digest).public else FOR_MEMBERS, "success")
    return redirect(url_for(".snapshot", digest=digest), 303)


@bp.get("/i/<digest>")
def snapshot(digest: str) -> str:
    """What was frozen, how much of it was revised since, how to cite it."""
    accept()
    found = _frozen(digest)
    page, pages = page_asked(len(found.indicators), INDICATORS_SHOWN)
    context = {"page": page, "pages": pages, "size": INDICATORS_SHOWN, "page_url": page_url}
    formats = [("CSV", url_for(".table", digest=digest)), ("JSON", url_for(".body", digest=digest))]
    return render_template("frozen.html", formats=formats, **context, **shown(found, revised(found), page))


@bp.get("/i/<digest>.json")
def body(digest: str) -> Response:
    """Answer the canonical JSON whose sha256 is the address, byte for byte."""
    accept(paged=False)
    return current_app.response_class(_frozen(digest).body.encode(), mimetype="application/json")


@bp.get("/i/<digest>.csv")
def table(digest: str) -> Response:
    """Answer the cells as CSV."""
    accept(paged=False)
    return as_csv(marked(Sheet(MEASURE_COLUMNS, _frozen(digest).rows)))


def _frozen(digest: str) -> Frozen:
    """Return a frozen view that who asks may read. Raises UnknownThing."""
    found = db.session.scalar(snapshot_called(digest))
    if found is None:
        raise UnknownThing("Aucun instantané ne porte cette empreinte, ou il est réservé aux membres.")
    return opened(found)
