"""The démarches: who consults on what, with what follow-up; and the story of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, url_for

from hub.access.declared import all_need
from hub.db import db
from hub.harvest.derive import ANSWER_LABELS
from hub.models.demarche import by_family, number_of_components
from hub.models.metropole import metropoles
from hub.models.thing import RESEAU, Reading, things_of
from hub.pages.choices import METROPOLE, STATE, Choices, Group, accept, choices, page_asked, page_url, year
from hub.pages.demarches_case import Case, case_of
from hub.pages.demarches_facts import facts
from hub.pages.demarches_figures import figures
from hub.pages.demarches_list import ANSWER_MARKS, COLUMNS, Line, lines, rows
from hub.pages.demarches_proposals import remarks, workshops
from hub.pages.demarches_sheet import case_sheet
from hub.pages.demarches_story import EXPECTED, Step, answer_delay, story
from hub.pages.menu import Entry
from hub.pages.respond import Sheet, View, data_page
from hub.pages.traces import library, proofs
from schemas.labels import codes, label

bp = Blueprint("demarches", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry("Démarches", "Démarches", "demarches.listing"),)


def groups() -> tuple[Group, ...]:
    """Return the facets of the list."""
    names = {one.slug: one.short_name for one in db.session.scalars(metropoles())} | {RESEAU: "Réseau"}
    return (
        Group(METROPOLE, "Métropole", names.__getitem__, order=tuple(names)),
        Group("annee", "Année", year, "year", newest_first=True),
        coded("type", "Type", "type", "type_demarche"),
        coded("theme", "Thème", "themes", "theme"),
        Group("reponse", "Réponse", ANSWER_LABELS.__getitem__, "answer", tuple(ANSWER_LABELS)),
        coded(STATE, "État", "", "etat_demarche"),
        coded("niveau", "Niveau d'engagement annoncé", "announced_level", "niveau_engagement"),
        coded("canal", "Canal", "channel", "canal"),
        coded("recrutement", "Recrutement", "recruitment", "recrutement"),
        coded("perimetre", "Périmètre", "perimeter", "perimetre"),
    )


def coded(name: str, legend: str, term: str, liste: str) -> Group:
    """Return the facet of a coded field, its values in the order of their list."""
    return Group(name, legend, lambda code: label(liste, code), term, codes(liste))


@data_page(bp, "/demarches")
def listing() -> View:
    """The list of démarches, each followed by its components."""
    chosen = choices("process", groups())
    query = by_family(things_of("process", chosen.narrowed))
    return View("demarches/listing.html", Sheet(COLUMNS, rows(query)), lambda: listed(chosen, query))


def listed(chosen: Choices, query: Reading) -> dict[str, Any]:
    """Return what the page of the list shows of the démarches of a query."""
    return {
        "chosen": chosen,
        "components": db.session.execute(number_of_components(chosen.narrowed)).scalar_one(),
        "lines": lines(chosen.paged(query)),
        "answers": ANSWER_LABELS,
        "marks": ANSWER_MARKS,
        "page_at": page_url,
        "action": url_for("demarches.listing"),
    }


@data_page(bp, "/demarches/<hub_id>")
def process(hub_id: str) -> View:
    """The story of one démarche, the facts asked of it, and what they rest on."""
    accept()
    case = case_of(hub_id)
    told = story(case)
    page, pages = page_asked(len(case.contributions))
    return View("demarches/process.html", case_sheet(case, told), lambda: context_of(case, told, page, pages))


def context_of(case: Case, told: Sequence[Step], page: int, pages: int) -> dict[str, Any]:
    """Return what the page of a démarche shows."""
    books = library([case.data], case.process.source)
    return {
        "case": case,
        "line": Line(case.process, [step.data for step in case.steps], case.parent, case.components),
        "answers": ANSWER_LABELS,
        "marks": ANSWER_MARKS,
        "told": told,
        "expected": EXPECTED,
        "delay": answer_delay(told),
        "facts": facts(case.process),
        "figures": figures(case),
        "remarks": remarks(case),
        "workshops": workshops(case, page),
        "page": page,
        "pages": pages,
        "page_at": page_url,
        "proofs": proofs("process", case.data.get("trace", ()), books),
    }
