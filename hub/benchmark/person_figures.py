"""Counts of persons that records state: which cell of which table each is, whether it may be hidden (§3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from schemas.labels import codelist

METRICS = {each["code"]: each for each in codelist("metrique")["codes"]}
PERSONS = frozenset(code for code, each in METRICS.items() if each["personnes"])
PERSONAL = frozenset(each["code"] for each in codelist("dimension")["codes"] if each["personnel"])
SUPPORTS = frozenset({"votes", "soutiens", "signatures"})
"""Votes and supports that a platform shows of a démarche or a proposal stay, unless crossed with an attribute."""
WHOLES = ("metropole", "plateforme", "reseau")
"""Subjects whose totals stay, unless crossed with an attribute."""
MEETING = {"attendees": "participations", "registrations": "inscriptions"}

Subject = tuple[str, str]


class Cell(NamedTuple):
    """One place of a table: whose figure, which measure, by which channel, where, when, and of which sub-group."""

    subject: Subject
    metric: str
    channel: str = ""
    where: str = ""
    period: tuple[str, str] = ("", "")
    dims: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Stated:
    """A version of a record as it was published. `source` and `siren` say whose it is."""

    hub_id: str
    kind: str
    remote_id: str
    source: str
    siren: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """One count of persons, or a share of them, stated in a field of a record.

    `value` is null for a share whose whole is not known beside it. `exact`: it may stand in an equation. `stays`: it
    is shown whatever its size. `whole` is what a share is a share of.
    """

    hub_id: str
    field: str
    cell: Cell
    value: float | None
    exact: bool
    stays: bool
    rate: float | None = None
    whole: float | None = None


def figures(records: Iterable[Stated]) -> Iterator[Figure]:
    """Yield the counts of persons of these records, versions of one thing in the order they came."""
    for record in records:
        if record.kind == "meeting":
            yield from _of_meeting(record)
        elif record.data.get("metric") in PERSONS and record.data.get("basis") != "objectif":
            yield from _of_observation(record)


def fields_in(kind: str, data: Mapping[str, Any]) -> set[str]:
    """Return the fields of a record that hold counts of persons which may have to be hidden."""
    return {each.field for each in figures([Stated("", kind, "", "", None, data)] if data else []) if not each.stays}


def subject_of(record: Stated) -> Subject:
    """Return the subject a figure of this record would name."""
    return (record.kind, f"{record.source}/{record.remote_id}")


def _of_meeting(record: Stated) -> Iterator[Figure]:
    day = str(record.data.get("starts_at", ""))[:10]
    for field, metric in MEETING.items():
        if (value := record.data.get(field)) is not None:
            cell = Cell(subject_of(record), metric, period=(day, day))
            yield Figure(record.hub_id, field, cell, value, exact=True, stays=_is_quoted(record.data))


def _of_observation(record: Stated) -> Iterator[Figure]:
    data, quantity = record.data, record.data.get("quantity")
    if not quantity or "subject" not in data:
        return
    cell = _cell(record)
    value = quantity.get("value", quantity.get("high"))
    exact = quantity.get("qualifier", "exact") == "exact"
    stays = _is_quoted(data) or not _is_in_scope(cell)
    if data["basis"] == "part":
        whole = (data.get("denominator") or {}).get("value")
        count = round(value * whole) if whole else None
        yield Figure(record.hub_id, "quantity", cell, count, exact, stays, value, whole)
    else:
        yield Figure(record.hub_id, "quantity", cell, value, exact, stays)


def _cell(record: Stated) -> Cell:
    data, named = record.data, record.data["subject"]
    own = named["remote_id"] if named["kind"] in WHOLES else f"{record.source}/{named['remote_id']}"
    period = data["period"]
    start, end = str(period.get("from", "")), str(period.get("to", ""))
    where = " ".join([data.get("perimeter", ""), *data.get("communes", ())]).strip()
    dims = tuple(sorted((each["dimension"], each["value"]) for each in data.get("breakdown", ())))
    when = (start, end) if start or end else (str(period.get("as_written", "")), "")
    return Cell((named["kind"], own), data["metric"], data.get("channel", ""), where, when, dims)


def _is_quoted(data: Mapping[str, Any]) -> bool:
    """Tell whether a record quotes a document: what that document publishes stays."""
    return any(trace.get("document_id") for trace in data.get("trace", ()))


def _is_in_scope(cell: Cell) -> bool:
    if any(dimension in PERSONAL for dimension, _ in cell.dims):
        return True
    return cell.subject[0] not in WHOLES and cell.metric not in SUPPORTS
