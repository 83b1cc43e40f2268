"""Links of a record that comes from another hub: there they are ids of a source, here hub ids (`open-data.md` §9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import schemas

LINKS = {
    "process_id": "process",
    "parent_id": "",
    "follows_id": "stage",
    "stage_id": "stage",
    "replaced_by": "commitment",
    "same_as": "commitment",
    "replaces_id": "document",
    "document_ids": "document",
    "proof_document_ids": "document",
    "deliberation_ids": "deliberation",
    "from_contribution_ids": "contribution",
    "stage_ids": "stage",
    "process_ids": "process",
    "drawn_from": "observation",
}
"""The kind that a field leads to; `""`: the record's own."""


def relinked(kind: str, data: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return the data with each id of a record of `source` replaced by the hub id of that record."""
    result = dict(data)
    for field, target in LINKS.items():
        if field in result:
            result[field] = _named(source, target or kind, result[field])
    subject = result.get("subject")
    if isinstance(subject, dict) and subject.get("kind") in schemas.KINDS:
        result["subject"] = {**subject, "remote_id": _named(source, subject["kind"], subject.get("remote_id"))}
    if isinstance(result.get("trace"), list):
        result["trace"] = [_traced(source, trace) for trace in result["trace"]]
    return result


def _traced(source: str, trace: Any) -> Any:
    if not isinstance(trace, dict) or "document_id" not in trace:
        return trace
    return {**trace, "document_id": _named(source, "document", trace["document_id"])}


def _named(source: str, kind: str, value: Any) -> Any:
    """Return the hub id of a record, or of each of a list; what is no text is left for the schema to judge."""
    if isinstance(value, list):
        return [_named(source, kind, each) for each in value]
    return schemas.hub_id(source, kind, value) if isinstance(value, str) else value
