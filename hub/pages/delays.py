"""How long answers and commitments take: what still waits is counted, never left out (`benchmark.md` §10, §11)."""

from __future__ import annotations

import re
from datetime import date

from flask import Blueprint, request

from hub.access.declared import all_need
from hub.benchmark.avis import avis_of
from hub.benchmark.promises import promises_of
from hub.clock import today
from hub.db import db
from hub.errors import BadQuery
from hub.models.metropole import metropoles
from hub.pages.choices import accept, know
from hub.pages.delays_found import Asked, Found
from hub.pages.delays_sheet import COLUMNS, rows
from hub.pages.delays_view import shown
from hub.pages.menu import Entry
from hub.pages.respond import Sheet, View, data_page

bp = Blueprint("delays", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry("Engagements", "Délais", "delays.delays"),)
WHERE, ON = "m", "au"
FIRST = date(2000, 1, 1)
"""The first day that may be asked: the hub knows nothing so old, and a mistyped year is refused."""


@data_page(bp, "/engagements/delais")
def delays() -> View:
    """The delays of one metropole, or of the network, as they stood on a day."""
    accept((WHERE, ON))
    asked = ask()
    found = Found(
        asked,
        avis_of(asked.narrowed, asked.summed, asked.as_of),
        promises_of(asked.narrowed, asked.summed, asked.as_of),
    )
    return View("engagements/delays.html", Sheet(COLUMNS, rows(found)), lambda: shown(found))


def ask() -> Asked:
    """Return the metropole and the day that the address names. Raises BadQuery on what does not exist."""
    every = list(db.session.scalars(metropoles()))
    names = {one.slug: one for one in every}
    slug = request.args.get(WHERE, "")
    if slug:
        know(WHERE, slug, lambda name: names[name].slug, names.keys)
    return Asked(every, names.get(slug), day_asked())


def day_asked() -> date:
    """Return the day of observation: today when none is asked. Raises BadQuery on another text, or a day to come."""
    text = request.args.get(ON, "")
    if not text:
        return today()
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        day = None
    if day is None or not FIRST <= day <= today():
        expected = f"un jour du {FIRST} au {today()} est attendu, comme {today()}"
        raise BadQuery(f"{ON} : {expected}, trouvé « {text[:50]} ».")
    return day
