"""`/reseau`: who is in the group and since when, what the network does, what it says, how to join."""

from __future__ import annotations

from flask import Blueprint

from hub.access.declared import all_need
from hub.db import db
from hub.models.metropole import metropoles
from hub.pages.choices import accept
from hub.pages.menu import Entry
from hub.pages.network_sheet import COLUMNS, statements
from hub.pages.network_view import page
from hub.pages.respond import Sheet, View, data_page

bp = Blueprint("network", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry("Réseau", "Réseau", "network.network"),)


@data_page(bp, "/reseau")
def network() -> View:
    """The network, on one page with its table of contents."""
    accept(paged=False)
    register = {each.siren: each for each in db.session.scalars(metropoles())}
    return View("network/network.html", Sheet(COLUMNS, statements(register)), lambda: page(register))
