"""The commitments: what was promised, what is said of it since; and the story of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, url_for

from hub.access.declared import all_need
from hub.benchmark.stated import gaps
from hub.clock import today
from hub.errors import UnknownThing
from hub.models import Facet
from hub.models.thing import Thing, called, read, things_of
from hub.pages.choices import Choices, accept, choices, page_url
from hub.pages.engagement_facts import corrections, figures, sheet, standing
from hub.pages.engagement_story import around, story
from hub.pages.engagements_list import COLUMNS, chapters, groups, in_order, on_page, overview, place, rows
from hub.pages.engagements_stated import METRICS, stated_beside, totals
from hub.pages.menu import Entry
from hub.pages.respond import Sheet, View, data_page
from hub.pages.tally import OWN_LEVEL
from hub.pages.traces import library, proofs

bp = Blueprint("engagements", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry("Engagements", "Engagements", "engagements.listing"),)


@data_page(bp, "/engagements")
def listing() -> View:
    """The list of commitments, how many are in each state, and what documents state of them."""
    chosen = choices("commitment", groups())
    found = in_order(read(things_of("commitment", chosen.narrowed).order_by(Facet.id)))
    return View("engagements/listing.html", Sheet(COLUMNS, rows(found, today())), lambda: listed(chosen, found))


def listed(chosen: Choices, found: Sequence[Thing]) -> dict[str, Any]:
    """Return what the page of the list shows of the commitments found."""
    compared = gaps(chosen.narrowed.metropoles, METRICS)
    return {
        **overview(found),
        "compared": stated_beside(compared, chosen.offered, chosen.narrowed),
        "chosen": chosen,
        "chapters": chapters(on_page(found, chosen.page), compared),
        "turn": page_url,
        "action": url_for(".listing"),
    }


@data_page(bp, "/engagements/<hub_id>")
def commitment(hub_id: str) -> View:
    """One commitment: its three statuses, its story in time order, its figures, where it is written."""
    found = read(called("commitment", hub_id))
    if not found:
        raise UnknownThing(f"Aucun engagement ne porte l'identifiant « {hub_id} ».")
    accept(paged=False)
    return View("engagements/commitment.html", sheet(found[0], today()), lambda: _shown(found[0]))


def _shown(thing: Thing) -> dict[str, Any]:
    """What the template of one commitment needs."""
    counted = totals(gaps(metrics=METRICS)) if thing.data.get("level", OWN_LEVEL) != OWN_LEVEL else {}
    near, books = around(thing), library([thing.data], thing.source)
    return {
        "thing": thing,
        "near": near,
        "place": place(thing, counted),
        "standing": standing(thing, today()),
        "story": story(thing, near, books),
        "figures": figures(thing.data),
        "corrections": corrections(thing),
        "proofs": proofs("commitment", thing.data.get("trace", []), books),
    }
