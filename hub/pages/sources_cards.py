"""A source at a glance, read from the store: a fixed number of queries, whatever the number of sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select

from hub.clock import iso, now, paris_day, today
from hub.db import db
from hub.harvest.schedule import is_late
from hub.models import Facet, Metropole, Run, Source
from hub.models.history import last_applied, last_changing, last_closed, last_complete, last_held, last_steps
from hub.models.history import readings_since as readings
from hub.models.run import open_issues_by_source
from hub.models.thing import counts_by_source
from hub.pages.sources_days import SHOWN, Days, days_of

PUBLIC_AFTER = timedelta(days=30)
"""How long a run waits for a decision before the card says it in so many words (`harvest.md` §10)."""
STEPS = {"stopped": "stop", "paused": "pause", "refused": "refuse"}
"""The decision that put a source in a state whose date is told."""

LAST = {
    "run": last_closed,
    "success": last_complete,
    "applied": last_applied,
    "changed": last_changing,
    "held": last_held,
}
"""The last run of a source of each sort that its card tells of."""


@dataclass(frozen=True)
class Card:
    """A source at a glance: whose it is, its last runs of each sort, what the hub reads from it, its open issues.

    `since` is the date of the decision that stopped, paused or refused it; `days` what its platform answered lately.
    """

    source: Source
    metropole: Metropole | None
    last: Mapping[str, Run | None]
    counts: Mapping[str, int]
    issues: Mapping[str, int]
    days: Days
    since: str | None

    @property
    def run(self) -> Run | None:
        """Return the last closed run."""
        return self.last["run"]

    @property
    def success(self) -> Run | None:
        """Return the last run that read the source well."""
        return self.last["success"]

    @property
    def applied(self) -> Run | None:
        """Return the last run whose data entered."""
        return self.last["applied"]

    @property
    def changed(self) -> Run | None:
        """Return the last run that changed what the hub shows."""
        return self.last["changed"]

    @property
    def held(self) -> Run | None:
        """Return the run that waits for a decision."""
        return self.last["held"]

    @property
    def total(self) -> int:
        """Return how many things the hub reads from the source."""
        return sum(self.counts.values())

    @property
    def late(self) -> bool:
        """Tell whether a scheduled source has had no good run for two of its periods."""
        return is_late(self.source, self.success.closed_at if self.success else None, now())

    @property
    def cause(self) -> str | None:
        """Return why the source is not read at this time; None when it is."""
        if self.source.cause:
            return self.source.cause
        return self.run.cause if self.run and self.source.ailing_since else None

    @property
    def long_held(self) -> bool:
        """Tell whether a run has waited for a decision so long that the public must know."""
        return bool(self.held and now() - datetime.fromisoformat(str(self.held.closed_at)) >= PUBLIC_AFTER)


Counts = Mapping[int, Mapping[str, int]]
"""How many things of each kind the hub reads from each source."""


def cards(query: Select[Source, Metropole], counts: Counts | None = None) -> list[Card]:
    """Return the cards of the sources of a query, in its order; `counts` of these sources, where they are known."""
    last = {name: {run.source_id: run for run in db.session.scalars(sort())} for name, sort in LAST.items()}
    issues: dict[int, dict[str, int]] = defaultdict(dict)
    for source_id, severity, number in db.session.execute(open_issues_by_source()):
        issues[source_id][severity] = number
    held = _counts(query) if counts is None else counts
    steps = {(row[0], row[1]): row[2] for row in db.session.execute(last_steps(list(STEPS.values())))}
    asked = _asked()
    return [
        Card(
            source,
            metropole,
            {name: runs.get(source.id) for name, runs in last.items()},
            held.get(source.id, {}),
            issues[source.id],
            asked[source.id],
            steps.get((source.id, STEPS.get(source.state, ""))),
        )
        for source, metropole in db.session.execute(query)
    ]


def _counts(query: Select[Source, Metropole]) -> Counts:
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    chosen = query.order_by(None).with_only_columns(Source.id)
    for source_id, kind, number in db.session.execute(counts_by_source().where(Facet.source_id.in_(chosen))):
        counts[source_id][kind] = number
    return counts


def _asked() -> dict[int, Days]:
    """What became of each day's readings of each source."""
    found: dict[int, list[tuple[str, str | None, int]]] = defaultdict(list)
    first = iso(now() - timedelta(days=SHOWN + 1))
    for source_id, state, cause, closed_at in db.session.execute(readings(first)):
        found[source_id].append((state, cause, (today() - paris_day(str(closed_at))).days))
    return defaultdict(lambda: days_of([], today()), {id_: days_of(rows, today()) for id_, rows in found.items()})
