"""The problems of a source or of a run, grouped by rule, then by the value found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import url_for

from hub.db import db
from hub.models import Facet, Issue
from hub.models.layer import leads_under
from hub.models.run import SEVERITY_LABELS
from schemas.problems import rules

Told = tuple[str, str, str]


def records_of(issues: Iterable[Issue]) -> dict[str, Facet]:
    """Return the public records that issues speak of, by key."""
    keys = {issue.key for issue in issues if issue.key is not None}
    return {facet.key: facet for facet in db.session.scalars(leads_under(keys))} if keys else {}


def by_rule(issues: Sequence[Issue], records: Mapping[str, Facet]) -> list[dict[str, Any]]:
    """Return issues by rule, the gravest then the most frequent first; each value once, with its records."""
    groups: dict[tuple[str, str], dict[Told, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for issue in issues:
        row = {"issue": issue, "url": record_url(records.get(issue.key or ""))}
        groups[issue.severity, issue.rule][issue.value or "", issue.message, issue.how].append(row)
    found = [
        {
            "rule": rule,
            "severity": SEVERITY_LABELS[severity],
            "title": rules()[rule]["title"] if rule in rules() else rule,
            "number": sum(map(len, told.values())),
            "values": [_value(said, rows) for said, rows in sorted(told.items(), key=lambda one: -len(one[1]))],
        }
        for (severity, rule), told in groups.items()
    ]
    order = list(SEVERITY_LABELS.values())
    return sorted(found, key=lambda group: (order.index(group["severity"]), -group["number"], group["rule"]))


def _value(said: Told, rows: list[dict[str, Any]]) -> dict[str, Any]:
    expected = next((row["issue"].expected for row in rows if row["issue"].expected), "")
    return {"value": said[0], "message": said[1], "how": said[2], "expected": expected, "rows": rows}


def record_url(facet: Facet | None) -> str | None:
    """Return the address of a record's provenance; none when no one may read it."""
    return url_for("provenance.provenance", hub_id=facet.hub_id) if facet else None
