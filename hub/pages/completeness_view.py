"""What the page of a metropole's data is made of: read once for its three forms, then what only the page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import current_app, url_for

from hub.access.rights import OWN
from hub.benchmark.comparability import PERIOD, Failing, failing
from hub.benchmark.completeness import Holdings, holdings, indicators_of
from hub.benchmark.consistency import Violation, violations
from hub.benchmark.indicators import CATALOGUE
from hub.benchmark.validations import standing_of
from hub.db import db
from hub.models import Metropole, Run
from hub.models.audience import audience
from hub.models.holdings import (
    arrivals,
    closed_runs,
    issue_samples,
    issues_by_rule,
    reserved,
    set_aside,
    sources_of,
)
from hub.models.layer import first_versions_of
from hub.models.run import SEVERITY_LABELS, WRITER_LABELS
from hub.pages.admission import reader
from hub.pages.metropoles_list import LISTS
from hub.pages.metropoles_view import aliases
from hub.pages.proposals import waiting
from hub.pages.sources_cards import Card, cards
from hub.pages.sources_issues import by_rule, records_of
from hub.pages.sources_sheet import title_of
from hub.pages.validations_view import IMPORTANCE, Year, may, raisers, years
from schemas.registry import KINDS

RUNS_SHOWN, CHANGES_SHOWN, SAMPLES = 12, 8, 5
"""How many runs, how many things of the last change, how many issues of each rule the page shows."""
DOORS = (
    ("/mes-donnees/deposer", "Déposer un fichier", "deposit"),
    ("/mes-donnees/acces", "Accès à l'API : clients et secrets", "manage_clients"),
)
"""The pages of those who transmit, each for those who hold its right; shown where the hub has them."""


@dataclass(frozen=True)
class Broken:
    """Open issues of one severity, rule, kind and source, and their number."""

    severity: str
    rule: str
    kind: str | None
    source_id: int
    number: int


@dataclass(frozen=True)
class Known:
    """What the hub knows of the data of a metropole, as the present reader may see it."""

    metropole: Metropole
    holdings: Holdings
    cards: Sequence[Card]
    broken: Sequence[Broken]
    arrived: Mapping[tuple[int, str], Run]
    runs: Sequence[Run]
    set_aside: int
    violations: Sequence[Violation]
    years: Sequence[Year]

    @cached_property
    def by_id(self) -> dict[int, Card]:
        """Return its sources by identifier."""
        return {card.source.id: card for card in self.cards}

    @cached_property
    def failing(self) -> list[Failing]:
        """Return the checks of a comparison that fail."""
        errors = [(one.kind, one.number) for one in self.broken if one.severity == "error"]
        return failing(self.holdings, errors)

    @property
    def read(self) -> bool:
        """Tell whether data of one of its sources ever entered: else nothing was checked, and none is no zero."""
        return bool(self.arrived)


def known(metropole: Metropole) -> Known:
    """Return what the hub knows of the data of a metropole, in a fixed number of queries."""
    siren, held, wrong = metropole.siren, holdings(metropole.siren), violations(metropole.siren)
    found = cards(sources_of(siren, drafts=owns(metropole)), held.sources)
    ids = [card.source.id for card in found]
    return Known(
        metropole,
        held,
        found,
        [Broken(*row) for row in db.session.execute(issues_by_rule(siren)) if row.source_id in ids],
        {(run.source_id, run.writer): run for run in db.session.scalars(arrivals(ids))},
        db.session.scalars(closed_runs(ids, RUNS_SHOWN)).all(),
        db.session.scalar(set_aside(siren)) or 0,
        wrong,
        years(held, standing_of([siren]), wrong),
    )


def owns(metropole: Metropole) -> bool:
    """Tell whether the reader may read the drafts of a metropole."""
    return metropole.siren in audience().sirens


def shown(found: Known) -> dict[str, Any]:
    """Return what the page shows beside what its other forms hold."""
    siren, who, own = found.metropole.siren, reader(), owns(found.metropole)
    raising = raisers(found.metropole) if own else []
    missing = indicators_of(found.holdings.needs)
    return {
        "found": found,
        "metropole": found.metropole,
        "holdings": found.holdings,
        "kinds": KINDS,
        "told": told(found.holdings),
        "lists": LISTS,
        "writers": WRITER_LABELS,
        "own": own,
        "reserved": db.session.execute(reserved(siren)).all() if own else [],
        "met": [one for one in found.holdings.needs if one.total],
        "lacking": [(one.label, missing[one.key]) for one in CATALOGUE if one.key in missing],
        "problems": problems(found),
        "changed": _changed(found),
        "title_of": title_of,
        "aliases": aliases(found.metropole),
        "doors": [(label, url) for label, url, verb in _doors() if who.may(verb, siren)],
        "proposes": who.may("manage_sources", siren),
        "proposed": waiting(siren) if who.scope("correct", siren) == OWN else [],
        "declares": who.may("validate", siren),
        "years": [(year, may(who, siren, year)) for year in found.years],
        "importance": IMPORTANCE,
        "raisers": raising,
        "failing": [one for one in found.failing if one.check == PERIOD or not raising],
    }


def told(found: Holdings) -> list[str]:
    """Return the kinds of which the table of years has something to say: things, or a statement."""
    spoken = {one.kind for one in found.statements}
    return [kind for kind in KINDS if found.totals.get(kind) or kind in spoken]


def problems(found: Known) -> list[dict[str, Any]]:
    """Return the open issues by rule, with some of each; all of them stand on the pages of their sources."""
    samples = db.session.scalars(issue_samples(found.metropole.siren, SAMPLES)).all()
    groups = by_rule(samples, records_of(samples))
    for group in groups:
        mine = [one for one in found.broken if (one.rule, SEVERITY_LABELS[one.severity]) == _called(group)]
        group["shown"] = group["number"]
        group["number"] = sum(one.number for one in mine)
        group["everywhere"] = [found.by_id[each].source for each in sorted({one.source_id for one in mine})]
    return groups


def _called(group: Mapping[str, Any]) -> tuple[str, str]:
    return group["rule"], group["severity"]


def _changed(found: Known) -> dict[str, Any] | None:
    """The last run that changed what the hub shows, with some of the public things that it brought."""
    runs = [card.changed for card in found.cards if card.changed]
    last = max(runs, key=lambda run: run.id, default=None)
    if last is None:
        return None
    brought = db.session.execute(first_versions_of(last, 10 * CHANGES_SHOWN).limit(CHANGES_SHOWN)).all()
    return {"run": last, "source": found.by_id[last.source_id].source, "things": brought}


def _doors() -> list[tuple[str, str, str]]:
    """The pages of those who transmit that this hub has."""
    have = {rule.rule: rule.endpoint for rule in current_app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return [(label, url_for(have[path]), verb) for path, label, verb in DOORS if path in have]
