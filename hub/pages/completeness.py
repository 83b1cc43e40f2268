"""`/metropoles/<slug>/donnees`: what the hub holds of a metropole, what is missing, what is wrong, what would help."""

from __future__ import annotations

from flask import Blueprint

from hub.access.declared import all_need
from hub.benchmark.completeness import records_for
from hub.benchmark.needs import CALLED
from hub.errors import UnknownThing
from hub.pages import completeness_words as words
from hub.pages import runs_words, sources_words
from hub.pages.choices import accept, page_url
from hub.pages.completeness_sheet import COLUMNS, RECORDS, record_rows, rows
from hub.pages.completeness_view import known, shown
from hub.pages.menu import Entry
from hub.pages.metropoles import called
from hub.pages.respond import Sheet, View, data_page
from hub.pages.sources import paged
from hub.pages.words import capital

bp = Blueprint("completeness", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = ()
SAID = {"words": words, "view": sources_words, "runs_view": runs_words, "page_url": page_url, "capital": capital}
"""What the templates say things with."""


@data_page(bp, "/metropoles/<slug>/donnees")
def data(slug: str) -> View:
    """What is there, what is missing, what is wrong, what would make it comparable, last arrivals, keys."""
    accept(paged=False)
    found = known(called(slug))
    return View("completeness/data.html", Sheet(COLUMNS, rows(found)), lambda: SAID | shown(found))


@data_page(bp, "/metropoles/<slug>/donnees/<need>")
def field(slug: str, need: str) -> View:
    """The records that a count of filled fields is made of: first those that lack it."""
    accept()
    metropole, asked = called(slug), CALLED.get(need)
    if asked is None:
        raise UnknownThing(f"Aucun champ suivi ne s'appelle « {need} » : la page des données les liste.")
    records = records_for(metropole.siren, asked)
    page, cut = paged(len(records))
    lacking = sum(not filled for _, _, filled in records)
    context = {"metropole": metropole, "need": asked, "records": records[cut], "lacking": lacking, **page}
    return View("completeness/field.html", Sheet(RECORDS, record_rows(metropole, asked, records)), SAID | context)
