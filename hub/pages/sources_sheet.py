"""The pages of sources and runs as data: their columns, their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from hub.models import Facet, FacetVersion, Issue, Metropole, Run, Source
from hub.models.hidden import hidden_in
from hub.models.thing import RESEAU
from hub.pages.readings import declared_words
from hub.pages.runs_words import COUNTS
from hub.pages.sources_cards import Card
from hub.pages.sources_days import MISSED, REACHED, UNKNOWN
from hub.pages.words import name
from schemas.labels import label
from schemas.registry import KINDS

WHOSE = ("siren", "metropole", "source")
COUNTED = tuple(key for count in COUNTS for key in (count, f"{count}_state"))
PLAIN = ("state", "trigger", "writer", "mode", "walk", "cause", "queued_at", "started_at", "closed_at", "filename",
         "raw_sha256", "connector", "connector_version", "schema_version", "message")  # fmt: skip
RUN = ("run", *PLAIN, *COUNTED, "requests", "not_modified")
ISSUE = ("rule", "severity", "issue_state", "kind", "remote_id", "id", "place", "pointer", "value", "expected",
         "problem", "how")  # fmt: skip
KINDS_COUNTED = tuple(key for kind in KINDS for key in (kind, f"{kind}_state"))
WORD = ("field", "word", "code")
WORDS = ("kind", *WORD)
RUNS = (*WHOSE, "part", *RUN, *ISSUE, *WORD)
"""The columns of a source: `part` is `run`, `issue` or `correspondence`."""
BROUGHT = (*WHOSE, "part", *RUN, *ISSUE, "title", "version_sha256", "in_force")
"""The columns of a run: `part` is `run`, `issue` or `version`."""
LISTED = (*WHOSE, "name", "connector", "state", "licence", "url", "frequency", "next_due", "last_run", "last_outcome",
          "last_closed_at", "last_success_at", "last_change_at", "data_as_of", "cause", "late", "held_run",
          "held_since", "days_reached", "days_not_reached", "days_not_measured", *KINDS_COUNTED,
          "open_issues", "open_issues_state", "open_errors", "open_errors_state")  # fmt: skip
"""The columns of the list of sources."""


def whose(source: Source, metropole: Metropole | None) -> dict[str, Any]:
    """Return the identity columns of a source."""
    owner = {"siren": metropole.siren, "metropole": metropole.slug} if metropole else {"metropole": RESEAU}
    return {**owner, "source": source.slug}


def listed(card: Card) -> dict[str, Any]:
    """Return the row of a source; a kind it never gave is not transmitted, and that is no zero."""
    source, run = card.source, card.run
    row = whose(source, card.metropole) | {"name": source.name, "connector": source.connector, "state": source.state}
    row |= known(licence=source.licence, url=source.url, frequency=source.frequency, next_due=source.next_due)
    row |= _days(card)
    if run is not None:
        row |= {"last_run": run.ref, "last_outcome": run.state, "last_closed_at": run.closed_at, "late": card.late}
    row |= known(
        last_success_at=card.success and card.success.closed_at,
        last_change_at=card.changed and card.changed.closed_at,
        data_as_of=card.applied and card.applied.closed_at,
        cause=card.cause,
        held_run=card.held and card.held.ref,
        held_since=card.held and card.held.closed_at,
    )
    row |= {f"{name}_state": "non_transmis" for name in (*KINDS, "open_issues", "open_errors")}
    if card.applied is None:
        return row
    figures = {kind: card.counts[kind] for kind in KINDS if card.counts.get(kind)}
    figures |= {"open_issues": sum(card.issues.values()), "open_errors": card.issues.get("error", 0)}
    for key, figure in figures.items():
        row |= {key: figure, f"{key}_state": "observe"}
    return row


def _days(card: Card) -> dict[str, int]:
    """The days of a platform; nothing of a place that no reading asks."""
    if card.source.url is None:
        return {}
    names = {"days_reached": REACHED, "days_not_reached": MISSED, "days_not_measured": UNKNOWN}
    return {column: card.days.number(state) for column, state in names.items()}


def run_row(run: Run) -> dict[str, Any]:
    """Return the row of a run; an open run has counted nothing that may be read yet."""
    row = {"run": run.ref} | known(**{name: getattr(run, name) for name in PLAIN})
    if run.closed_at is None:
        return row | {f"{name}_state": "non_transmis" for name in COUNTS}
    for count in COUNTS:
        row |= {count: run.counts.get(count, 0), f"{count}_state": "observe"}
    return row | known(requests=run.counts.get("requests"), not_modified=run.counts.get("not_modified"))


def issue_row(issue: Issue, facet: Facet | None) -> dict[str, Any]:
    """Return the row of an issue; `id` leads to the record, when there is one to be read."""
    row = {"rule": issue.rule, "severity": issue.severity, "issue_state": issue.state, "place": issue.place}
    row |= {"pointer": issue.pointer, "problem": issue.message, "how": issue.how}
    row |= known(value=issue.value, expected=issue.expected)
    return row | known(kind=issue.kind, remote_id=issue.remote_id, id=facet.hub_id if facet else None)


def version_row(facet: Facet, version: FacetVersion, *, hides: bool) -> dict[str, Any]:
    """Return the row of a version that a run brought; its sha256 would tell the count that it `hides`."""
    row: dict[str, Any] = {"kind": version.kind, "remote_id": version.remote_id, "id": facet.hub_id}
    row |= {"title": title_of(version), "in_force": facet.version_id == version.id}
    return row | known(pointer=version.raw_pointer, version_sha256=None if hides else version.sha256)


def title_of(version: FacetVersion) -> str:
    """Return what a version calls its thing, a figure by its measure; a correction holds only what it corrects."""
    data = orjson.loads(version.data)
    try:
        if version.kind == "observation":
            return label("metrique", data["metric"])
        return name(version.kind, data) or version.remote_id
    except KeyError:
        return version.remote_id


def source_rows(
    card: Card, runs: Iterable[Run], issues: Iterable[Issue], records: Mapping[str, Facet]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a source: its runs, its open issues."""
    owner = whose(card.source, card.metropole)
    for run in runs:
        yield {**owner, "part": "run", **run_row(run)}
    for issue in issues:
        yield {**owner, "part": "issue", **issue_row(issue, records.get(issue.key or ""))}


def word_rows(card: Card) -> Iterator[dict[str, Any]]:
    """Yield the correspondences declared for a source: which word of its platform means which code."""
    for row in declared_words(card.source):
        yield {**whose(card.source, card.metropole), "part": "correspondence", **dict(zip(WORDS, row, strict=True))}


def run_rows(
    card: Card,
    run: Run,
    issues: Iterable[Issue],
    records: Mapping[str, Facet],
    versions: Iterable[tuple[Facet, FacetVersion]],
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a run: itself, its issues, the versions it brought."""
    owner = whose(card.source, card.metropole)
    yield from source_rows(card, [run], issues, records)
    brought = list(versions)
    secret = hidden_in(facet.hub_id for facet, _ in brought)
    for facet, version in brought:
        row = version_row(facet, version, hides=facet.hub_id in secret)
        yield {**owner, "part": "version", "run": run.ref, **row}


def known(**values: Any) -> dict[str, Any]:
    """Return the values that are known."""
    return {name: value for name, value in values.items() if value is not None}
