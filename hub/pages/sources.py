"""`/sources`, `/sources/<slug>`, `/moissons/<ref>`: where data come from, and what happened when they were read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from flask import Blueprint, current_app
from sqlalchemy import Select

from hub.db import db
from hub.errors import UnknownThing
from hub.models import Facet, Issue, Metropole, Source
from hub.models.layer import leads_under, versions_of
from hub.models.run import (
    closed_runs_of,
    issues_of,
    issues_of_run,
    last_runs,
    open_issues_by_source,
    run_called,
)
from hub.models.source import STATE_LABELS, published_sources
from hub.models.thing import counts_by_source
from hub.pages import sources_view as view
from hub.pages import words
from hub.pages.choices import accept, page_asked, page_url
from hub.pages.menu import FOOTER, Entry
from hub.pages.respond import Sheet, View, data_page
from hub.pages.sources_view import Card

bp = Blueprint("sources", __name__)
MENU: tuple[Entry, ...] = (Entry(FOOTER, "Sources", "sources.listing"),)
VERSIONS_SHOWN = 200
"""How many versions of a run one page shows."""


SAID = {"view": view, "words": words, "page_url": page_url, "states": STATE_LABELS}
"""What the templates say things with."""


@data_page(bp, "/sources")
def listing() -> View:
    """Every source, with its last closed run."""
    accept()
    found = _cards(published_sources())
    page, cut = _paged(len(found))
    sheet = Sheet(view.LISTED, map(view.listed, found))
    return View("sources/listing.html", sheet, {**SAID, **page, "cards": found[cut]})


@data_page(bp, "/sources/<slug>")
def source(slug: str) -> View:
    """The card of a source: its runs, its open issues."""
    accept()
    card = _card(slug)
    runs = list(db.session.scalars(closed_runs_of(card.source)))
    issues = list(db.session.scalars(issues_of(card.source)))
    records = _records(issues)
    page, cut = _paged(len(runs))
    sheet = Sheet(view.RUNS, view.source_rows(card, runs, issues, records))
    problems = view.by_rule(issues, records)
    return View("sources/source.html", sheet, {**SAID, **page, "card": card, "runs": runs[cut], "problems": problems})


@data_page(bp, "/moissons/<ref>")
def run(ref: str) -> View:
    """One run: what it read, what it brought, what was wrong. An open run says only that it is open (H1)."""
    accept()
    found = db.session.scalar(run_called(ref))
    if found is None:
        raise UnknownThing(f"Aucune moisson ne porte l'identifiant « {ref} ».")
    card = _card(db.session.get_one(Source, found.source_id).slug)
    issues = list(db.session.scalars(issues_of_run(found))) if found.closed_at else []
    records = _records(issues)
    versions = [(row[0], row[1]) for row in db.session.execute(versions_of(found))]
    page, cut = _paged(len(versions), VERSIONS_SHOWN)
    sheet = Sheet(view.BROUGHT, view.run_rows(card, found, issues, records, versions))
    shown = {"card": card, "run": found, "problems": view.by_rule(issues, records), "versions": versions[cut]}
    return View("sources/run.html", sheet, {**SAID, **page, **shown})


def _paged(total: int, size: int = 0) -> tuple[dict[str, int], slice]:
    """Return what the pager shows, and the part of the list that this page shows."""
    size = size or current_app.config["PAGE_SIZE"]
    page, pages = page_asked(total, size)
    return {"page": page, "pages": pages, "total": total, "size": size}, slice((page - 1) * size, page * size)


def _cards(query: Select[Source, Metropole]) -> list[Card]:
    runs = {run.source_id: run for run in db.session.scalars(last_runs())}
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    issues: dict[int, dict[str, int]] = defaultdict(dict)
    for source_id, severity, number in db.session.execute(open_issues_by_source()):
        issues[source_id][severity] = number
    for source_id, kind, number in db.session.execute(counts_by_source()):
        counts[source_id][kind] = number
    return [
        Card(source, metropole, runs.get(source.id), counts[source.id], issues[source.id])
        for source, metropole in db.session.execute(query)
    ]


def _card(slug: str) -> Card:
    found = _cards(published_sources().where(Source.slug == slug))
    if not found:
        raise UnknownThing(f"Aucune source ne s'appelle « {slug} ».")
    return found[0]


def _records(issues: Iterable[Issue]) -> dict[str, Facet]:
    """Return the public records that issues speak of, by key."""
    return {facet.key: facet for facet in db.session.scalars(leads_under(view.keys_of(issues)))}
