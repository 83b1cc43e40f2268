"""`/metropoles/<slug>/proches`: whom to compare with, what brings closer, what separates (B19, B20)."""

from __future__ import annotations

from flask import Blueprint, url_for

from hub.access.declared import all_need
from hub.benchmark.neighbourhood import neighbourhood
from hub.benchmark.neighbours import CLOSE, IN_FORCE
from hub.pages.choices import accept
from hub.pages.menu import Entry
from hub.pages.metropoles import called
from hub.pages.neighbours_view import COLUMNS, cards, distances, drawn, rows
from hub.pages.respond import Sheet, View, data_page
from hub.pages.situation import outline

bp = Blueprint("neighbours", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = ()


@data_page(bp, "/metropoles/<slug>/proches")
def near(slug: str) -> View:
    """The metropoles like this one, with the others and what keeps them apart."""
    accept(paged=False)
    found = neighbourhood(called(slug).slug)
    context = {
        "found": found,
        "cards": cards(found),
        "distances": distances(found),
        "points": drawn(found),
        "outline": outline(),
        "together": url_for("compare.compare", m=[found.metropole.slug, *(one.slug for one in found.nearest)]),
        "limits": IN_FORCE,
        "close": CLOSE,
    }
    return View("metropoles/near.html", Sheet(COLUMNS, rows(found)), context)
