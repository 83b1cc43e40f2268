"""What the pages of sources and runs show, in words, and their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask import url_for

from hub.models import Facet, FacetVersion, Issue, Metropole, Run, Source
from hub.models.run import APPLIED_STATES, SEVERITY_LABELS, STATE_LABELS, TRIGGER_LABELS
from hub.models.thing import RESEAU
from hub.pages.format import listing, nbsp, number, plural
from hub.pages.words import kind_label, name
from schemas.problems import rules
from schemas.registry import KINDS

COUNTS = {
    "received": ("fiche reçue", "fiches reçues"),
    "created": ("nouvelle", "nouvelles"),
    "updated": ("modifiée", "modifiées"),
    "unchanged": ("inchangée", "inchangées"),
    "repeated": ("répétée", "répétées"),
    "deleted": ("retirée", "retirées"),
    "problems": ("mise de côté", "mises de côté"),
}
"""The counts of a run and their words, in the order they are said."""
WHOSE = ("siren", "metropole", "source")
COUNTED = tuple(key for count in COUNTS for key in (count, f"{count}_state"))
RUN = ("run", "state", "trigger", "writer", "started_at", "closed_at", *COUNTED, "filename", "raw_sha256", "connector",
       "connector_version", "schema_version", "message")  # fmt: skip
ISSUE = ("rule", "severity", "issue_state", "kind", "remote_id", "id", "place", "pointer", "problem", "how")
KINDS_COUNTED = tuple(key for kind in KINDS for key in (kind, f"{kind}_state"))
VERSION = ("title", "version_sha256", "in_force")
RUNS = (*WHOSE, "part", *RUN, *ISSUE)
"""The columns of a source: `part` is `run` or `issue`."""
BROUGHT = (*RUNS, *VERSION)
"""The columns of a run: `part` is `run`, `issue` or `version`."""
LISTED = (*WHOSE, "name", "connector", "state", "licence", "url", "last_run", "last_outcome", "last_closed_at",
          *KINDS_COUNTED, "open_issues", "open_issues_state", "open_errors", "open_errors_state")  # fmt: skip
"""The columns of the list of sources."""


def whose(source: Source, metropole: Metropole | None) -> dict[str, Any]:
    """Return the identity columns of a source."""
    owner = {"siren": metropole.siren, "metropole": metropole.slug} if metropole else {"metropole": RESEAU}
    return {**owner, "source": source.slug}


@dataclass(frozen=True)
class Card:
    """A source at a glance: whose it is, its last closed run, what the hub reads from it, its open issues."""

    source: Source
    metropole: Metropole | None
    run: Run | None
    counts: Mapping[str, int]
    issues: Mapping[str, int]

    @property
    def total(self) -> int:
        """Return how many things the hub reads from the source."""
        return sum(self.counts.values())


def listed(card: Card) -> dict[str, Any]:
    """Return the row of a source; a kind it never gave is not transmitted, and that is no zero."""
    source, run = card.source, card.run
    row = whose(source, card.metropole) | {"name": source.name, "connector": source.connector, "state": source.state}
    row |= known(licence=source.licence, url=source.url)
    if run is None:
        return row | {f"{name}_state": "non_transmis" for name in (*KINDS, "open_issues", "open_errors")}
    row |= {"last_run": run.ref, "last_outcome": run.state, "last_closed_at": run.closed_at}
    row |= {f"{kind}_state": "non_transmis" for kind in KINDS}
    figures = {kind: card.counts[kind] for kind in KINDS if card.counts.get(kind)}
    figures |= {"open_issues": sum(card.issues.values()), "open_errors": card.issues.get("error", 0)}
    for key, figure in figures.items():
        row |= {key: figure, f"{key}_state": "observe"}
    return row


def run_row(run: Run) -> dict[str, Any]:
    """Return the row of a run; an open run has counted nothing that may be read yet."""
    row = {name: getattr(run, name) for name in RUN if name not in ("run", *COUNTED) and getattr(run, name) is not None}
    row["run"] = run.ref
    if run.closed_at is None:
        return row | {f"{name}_state": "non_transmis" for name in COUNTS}
    for count in COUNTS:
        row |= {count: run.counts.get(count, 0), f"{count}_state": "observe"}
    return row


def issue_row(issue: Issue, facet: Facet | None) -> dict[str, Any]:
    """Return the row of an issue; `id` leads to the record, when there is one to be read."""
    row = {"rule": issue.rule, "severity": issue.severity, "issue_state": issue.state, "place": issue.place}
    row |= {"pointer": issue.pointer, "problem": issue.message, "how": issue.how}
    return row | known(kind=issue.kind, remote_id=issue.remote_id, id=facet.hub_id if facet else None)


def version_row(facet: Facet, version: FacetVersion) -> dict[str, Any]:
    """Return the row of a version that a run brought."""
    return {
        "kind": version.kind,
        "remote_id": version.remote_id,
        "id": facet.hub_id,
        "title": title_of(version),
        "version_sha256": version.sha256,
        "in_force": facet.version_id == version.id,
        **known(pointer=version.raw_pointer),
    }


def title_of(version: FacetVersion) -> str:
    """Return what a version calls its thing; a correction holds only the fields it corrects."""
    data = orjson.loads(version.data)
    try:
        return name(version.kind, data) or version.remote_id
    except KeyError:
        return version.remote_id


def source_rows(
    card: Card, runs: Iterable[Run], issues: Iterable[Issue], records: Mapping[str, Facet]
) -> list[dict[str, Any]]:
    """Return the rows of a source: its runs, then its open issues."""
    owner = whose(card.source, card.metropole)
    told = [{**owner, "part": "run", **run_row(run)} for run in runs]
    return told + [{**owner, "part": "issue", **issue_row(each, records.get(each.key or ""))} for each in issues]


def run_rows(
    card: Card,
    run: Run,
    issues: Iterable[Issue],
    records: Mapping[str, Facet],
    versions: Iterable[tuple[Facet, FacetVersion]],
) -> list[dict[str, Any]]:
    """Return the rows of a run: itself, its issues, the versions it brought."""
    owner = whose(card.source, card.metropole)
    told = source_rows(card, [run], issues, records)
    return told + [{**owner, "part": "version", "run": run.ref, **version_row(*each)} for each in versions]


def known(**values: Any) -> dict[str, Any]:
    """Return the values that are known."""
    return {name: value for name, value in values.items() if value is not None}


def counts_words(run: Run) -> str:
    """Return the counts of a run: « 120 fiches reçues : 104 nouvelles, 16 inchangées »; what is 0 is left out."""
    counts = run.counts
    received = counts.get("received", 0)
    parts = [
        f"{number(counts[name])} {plural(counts[name], *COUNTS[name])}"
        for name in COUNTS
        if name != "received" and counts.get(name)
    ]
    head = f"{number(received)} {plural(received, *COUNTS['received'])}"
    return nbsp(f"{head} : {listing(parts)}." if parts else f"{head}.")


def kinds_words(counts: Mapping[str, int]) -> str:
    """Return how many things of each kind there are, in words: « 104 engagements, 16 délibérations »."""
    said = [f"{number(counts[kind])} {kind_label(kind, counts[kind]).lower()}" for kind in KINDS if counts.get(kind)]
    return listing(said)


def issues_words(issues: Mapping[str, int]) -> str:
    """Return how many issues of each severity there are: « 3 erreurs et 12 informations », « aucun »."""
    said = [
        f"{number(issues[severity])} {plural(issues[severity], words.lower())}"
        for severity, words in SEVERITY_LABELS.items()
        if issues.get(severity)
    ]
    return listing(said) or "aucun"


def by_rule(issues: Sequence[Issue], records: Mapping[str, Facet]) -> list[dict[str, Any]]:
    """Return issues grouped by rule, the gravest then the most frequent first; each sentence once, with its records."""
    groups: dict[tuple[str, str], dict[tuple[str, str], list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for issue in issues:
        row = {"issue": issue, "url": record_url(records.get(issue.key or ""))}
        groups[issue.severity, issue.rule][issue.message, issue.how].append(row)
    found = [
        {
            "rule": rule,
            "severity": SEVERITY_LABELS[severity],
            "title": rules()[rule]["title"] if rule in rules() else rule,
            "number": sum(map(len, sentences.values())),
            "sentences": [{"message": said[0], "how": said[1], "rows": rows} for said, rows in sentences.items()],
        }
        for (severity, rule), sentences in groups.items()
    ]
    order = list(SEVERITY_LABELS.values())
    return sorted(found, key=lambda group: (order.index(group["severity"]), -group["number"], group["rule"]))


def record_url(facet: Facet | None) -> str | None:
    """Return the address of a record's provenance; none when no one may read it."""
    return url_for("provenance.provenance", hub_id=facet.hub_id) if facet else None


def state(run: Run) -> str:
    """Return the state of a run in French."""
    return STATE_LABELS[run.state]


def trigger(run: Run) -> str:
    """Return what started a run, in French."""
    return TRIGGER_LABELS.get(run.trigger, run.trigger)


def why_nothing(run: Run) -> str:
    """Return why a closed run brought no version."""
    if run.state not in APPLIED_STATES:
        return "Ce qu'elle a lu n'a pas été retenu : les fiches d'avant restent en vigueur."
    return "Tout ce qu'elle a lu était déjà connu, et dit la même chose."


def keys_of(issues: Iterable[Issue]) -> set[str]:
    """Return the keys of the records of issues."""
    return {issue.key for issue in issues if issue.key is not None}
