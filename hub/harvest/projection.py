"""What lists need of a record without reading it: its sort key, state, process and years."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

DATES = {
    "process": ("starts_on", "ends_on"),
    "stage": ("starts_at", "ends_at", "delivered_on"),
    "contribution": ("published_at", "answered_at"),
    "meeting": ("starts_at", "ends_at"),
    "observation": ("as_of",),
    "commitment": ("promised_on", "starts_on", "due_on", "proof_on"),
    "deliberation": ("decided_on",),
    "document": ("published_at",),
}
STATES = {
    "process": "state",
    "stage": "state",
    "contribution": "status",
    "commitment": "status",
    "deliberation": "type",
    "document": "type",
    "observation": "metric",
}
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
"""The combining marks: accents, once letters are taken apart."""
_LIGATURES = (("œ", "oe"), ("æ", "ae"), ("’", "'"), ("«", ""), ("»", ""))


class Projection(NamedTuple):
    """The columns of a list; years are the first and the last that the record's dates touch."""

    sort_key: str
    state: str | None
    process_id: str | None
    year_from: int | None
    year_to: int | None


def project(kind: str, data: Mapping[str, Any]) -> Projection:
    """Return the list columns of a valid record."""
    dates = [value for field in DATES[kind] if (value := data.get(field))]
    if period := data.get("period"):
        dates += [period[bound] for bound in ("from", "to") if bound in period]
    if kind == "commitment":
        dates += [event["on"] for event in data.get("history", ()) if "on" in event]
    years = sorted(int(text[:4]) for text in dates)
    process = data.get("process_id")
    if process is None and (subject := data.get("subject")) and subject["kind"] == "process":
        process = subject["remote_id"]
    return Projection(
        fold(data.get("title") or data.get("metric") or "")[:200],
        data.get(STATES.get(kind, "")),
        process,
        years[0] if years else None,
        years[-1] if years else None,
    )


def fold(text: str) -> str:
    """Return `text` in lower case without accents: « Évaluation » stands with « evaluation » in a sorted list."""
    text = text.lower()
    if text.isascii():
        return text.strip()
    for sign, written in _LIGATURES:
        text = text.replace(sign, written)
    return _MARKS.sub("", unicodedata.normalize("NFD", text)).strip()
