"""`/sources`, `/sources/<slug>`, `/moissons/<ref>`: where data come from, and what happened when they were read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from flask import Blueprint, current_app, request
from sqlalchemy import func, select

from hub.access.declared import all_need
from hub.db import db
from hub.errors import BadQuery, UnknownThing
from hub.harvest.registry import STEP_LABELS, STEPS
from hub.models import Facet, FacetVersion, Run, Source
from hub.models.history import absences_of, open_run_of, pending_issues_of
from hub.models.journal import decisions_on
from hub.models.layer import number_of_versions, versions_of
from hub.models.run import closed_runs_of, issues_of, issues_of_run, run_called
from hub.models.source import published_sources
from hub.pages import held, readings, runs_words, sources_words, words
from hub.pages import sources_sheet as sheets
from hub.pages.admission import reader
from hub.pages.choices import accept, page_asked, page_url
from hub.pages.menu import FOOTER, Entry
from hub.pages.respond import Sheet, View, data_page
from hub.pages.sources_cards import Card, cards
from hub.pages.sources_days import LABELS
from hub.pages.sources_issues import by_rule, record_url, records_of

bp = Blueprint("sources", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry(FOOTER, "Sources", "sources.listing"),)
VERSIONS_SHOWN, RUNS_SHOWN = 200, 20
"""How many versions of a run, how many runs of a source one page shows."""
DECISIONS_SHOWN = 50
FOLLOWED = "suivre"
"""The parameter by which a reader asks a page to load itself again while a run is open."""
SAID = {
    "view": sources_words,
    "runs_view": runs_words,
    "words": words,
    "page_url": page_url,
    "day_states": LABELS,
    "record_url": record_url,
}
"""What the templates say things with."""


@data_page(bp, "/sources")
def listing() -> View:
    """Every source: its state, its last runs, what its platform answered lately."""
    accept()
    found = cards(published_sources())
    page, cut = paged(len(found))
    sheet = Sheet(sheets.LISTED, map(sheets.listed, found))
    return View("sources/listing.html", sheet, {**SAID, **page, "cards": found[cut]})


@data_page(bp, "/sources/<slug>")
def source(slug: str) -> View:
    """The card of a source in full: its run in progress, its runs, its issues, what is read, what was decided."""
    accept((FOLLOWED,))
    card = _card(slug)
    closed = closed_runs_of(card.source)
    number = db.session.scalar(select(func.count()).select_from(closed.order_by(None).subquery())) or 0
    page, cut = paged(number, RUNS_SHOWN)
    issues = list(db.session.scalars(issues_of(card.source)))
    records = records_of(issues)
    shown = {
        "card": card,
        "open": db.session.scalar(open_run_of(card.source)),
        "followed": _followed(),
        "runs": list(db.session.scalars(closed.offset(cut.start).limit(page["size"]))),
        "problems": by_rule(issues, records),
        "absences": db.session.execute(absences_of(card.source)).all(),
        "decisions": list(db.session.scalars(decisions_on(card.source).limit(DECISIONS_SHOWN))),
        "step_labels": STEP_LABELS,
        "steps": _steps(card.source),
        "readings": readings,
    }
    rows = sheets.source_rows(card, db.session.scalars(closed), issues, records)
    sheet = Sheet(sheets.RUNS, chain(rows, sheets.word_rows(card)))
    return View("sources/source.html", sheet, {**SAID, **page, **shown})


@data_page(bp, "/moissons/<ref>")
def run(ref: str) -> View:
    """One run: what it read, what it brought or would bring, what was wrong. Of an open one, how far it is (H1)."""
    accept((FOLLOWED,))
    found = db.session.scalar(run_called(ref))
    if found is None:
        raise UnknownThing(f"Aucune moisson ne porte l'identifiant « {ref} ».")
    card = _card(db.session.get_one(Source, found.source_id).slug)
    issues = list(db.session.scalars(issues_of_run(found))) if found.closed_at else []
    records = records_of(issues)
    page, cut = paged(db.session.scalar(number_of_versions(found)) or 0, VERSIONS_SHOWN)
    sheet = Sheet(sheets.BROUGHT, sheets.run_rows(card, found, issues, records, _brought(found)))
    shown = {"card": card, "run": found, "problems": by_rule(issues, records), "versions": list(_brought(found, cut))}
    shown |= {"followed": _followed(), "title_of": sheets.title_of, **_held(found)}
    return View("sources/run.html", sheet, {**SAID, **page, **shown})


def _steps(found: Source) -> list[tuple[str, str]]:
    """The steps that the reader may make this source take; nothing for who may not act on it."""
    if not (reader().may("accept_sources", found.siren) or reader().may("operate", found.siren)):
        return []
    return [(name, STEP_LABELS[name]) for name, (origins, _) in STEPS.items() if found.state in origins]


def _brought(found: Run, cut: slice | None = None) -> Iterator[tuple[Facet, FacetVersion]]:
    """Yield the versions of a run, or a page of them, without ever holding all."""
    query = versions_of(found).execution_options(yield_per=500)
    if cut:
        query = query.limit(cut.stop - cut.start).offset(cut.start)
    yield from ((row[0], row[1]) for row in db.session.execute(query))


def _held(found: Run) -> dict[str, Any]:
    """What the page of a run that waits for a decision shows beside the rest."""
    if found.state != "held":
        return {"held": None}
    issues = list(db.session.scalars(pending_issues_of(found)))
    return {"held": held.held_of(found), "held_view": held, "problems": by_rule(issues, records_of(issues))}


def paged(total: int, size: int = 0) -> tuple[dict[str, int], slice]:
    """Return what the pager shows, and the part of the list that this page shows."""
    size = size or current_app.config["PAGE_SIZE"]
    page, pages = page_asked(total, size)
    return {"page": page, "pages": pages, "total": total, "size": size}, slice((page - 1) * size, page * size)


def _card(slug: str) -> Card:
    found = cards(published_sources().where(Source.slug == slug))
    if not found:
        raise UnknownThing(f"Aucune source ne s'appelle « {slug} ».")
    return found[0]


def _followed() -> bool:
    """Tell whether the reader asked the page to follow a run. Raises BadQuery."""
    asked = request.args.get(FOLLOWED)
    if asked is not None and asked != "oui":
        raise BadQuery(f"{FOLLOWED} : « oui » est attendu, trouvé « {asked[:50]} ».")
    return asked == "oui"
