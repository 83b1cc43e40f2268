"""What Go Vocal's rows say in the shared schema; both its APIs come here under the names of the public API v2."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from connectors.base import Record, RecordRefused, SourceChanged
from connectors.text import plain
from schemas import cell_state

Row = Mapping[str, Any]
SURVEYS = frozenset({"native_survey", "community_monitor_survey"})
VOTES = frozenset({"voting", "budgeting"})
_COUNTED = {"ideation": "propositions", "proposals": "propositions", **dict.fromkeys(SURVEYS, "reponses")}
"""What `ideas_count` counts in a phase: a vote lists the ideas of earlier phases, they are not counted again."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Choice:
    """What is kept of an idea: its text if asked for, its amount in euros, its votes where a phase is a vote."""

    bodies: bool
    euros: bool
    voted: bool


class Unreadable(Exception):
    """One value that cannot become the field at `pointer`."""

    def __init__(self, rule: str, pointer: str, value: object = None) -> None:
        super().__init__(rule)
        self.rule, self.pointer, self.value = rule, pointer, value


def record(kind: str, pointer: str, row: Row, data: Callable[[], dict[str, Any]]) -> Record | RecordRefused:
    """Return the record that a row states, or why it states none; what is null is left out."""
    try:
        stated = {name: value for name, value in data().items() if value is not None}
    except Unreadable as error:
        found = {} if error.value is None else {"value": str(error.value)}
        return RecordRefused(error.rule, pointer, {"pointer": error.pointer, **found}, kind, row["id"])
    return Record(kind, row["id"], stated, pointer)


def need(row: Row, *names: str) -> None:
    """Raise SourceChanged when the platform no longer gives a field."""
    for name in names:
        if name not in row:
            raise SourceChanged(f"La plateforme ne donne plus le champ « {name} ».")


def process(row: Row, phases: Sequence[tuple[str, Row]], themes: Sequence[str], areas: Sequence[str]) -> dict[str, Any]:
    """Return a project; its dates are those of its phases: one without end leaves it open."""
    spans = [_span(phase["start_at"], phase["end_at"]) for _, phase in phases]
    known = [span for span in spans if span]
    starts, ends = zip(*known, strict=True) if known and len(known) == len(spans) else ((), ())
    return {
        "title": title(row["title"], 300),
        "summary": text(row["description_preview"], "/summary", 1000),
        "description": text(row["description_html"], "/description"),
        "state": "terminee" if row["publication_status"] == "archived" else _going(row),
        "themes_raw": list(themes) or None,
        "territory_raw": list(areas) or None,
        "starts_on": min(starts, default=None),
        "ends_on": max(ends) if ends and all(ends) else None,
        **_stamps(row, "created_at"),
    }


def _going(row: Row) -> str | None:
    """Only the web API names the phase that is open."""
    return "en_cours" if row.get("current_phase") else None


def _span(start: object, end: object) -> tuple[str, str | None] | None:
    """The two days of a phase, or None when they cannot be trusted."""
    try:
        first = day(start, "/start_at")
        return (first, day(end, "/end_at")) if first else None
    except Unreadable:
        return None


def stage(row: Row, project: Row, position: int) -> dict[str, Any]:
    """Return a phase; its end is inclusive, and null while it is open."""
    return {
        "process_id": project["id"],
        "title": title(row["title"], 300),
        "position": position,
        "stage_raw": row["participation_method"] or None,
        "state": "en_cours" if row["id"] == project.get("current_phase") else None,
        "starts_at": day(row["start_at"], "/starts_at"),
        "ends_at": day(row["end_at"], "/ends_at"),
        "updated_at": moment(row.get("updated_at"), "/updated_at"),
    }


def contribution(row: Row, type_: str, stages: Sequence[str], choice: Choice) -> dict[str, Any]:
    """Return an idea or a proposal."""
    amount = row.get("budget") if row.get("budget") is not None else row.get("proposed_budget")
    return {
        "process_id": row["project_id"],
        "stage_ids": sorted(stages) or None,
        "type": type_,
        "title": title(row["title"], 200),
        "body": text(row.get("body", row.get("body_html")), "/body") if choice.bodies else None,
        "location": place(row.get("location_description"), row.get("location_point")),
        "status_raw": text(row.get("status"), "/status_raw", 200),
        **(figure("votes", row.get("votes_count")) if choice.voted else {}),
        **figure("supports", row.get("likes_count", row.get("upvotes_count"))),
        **figure("comments", row.get("comments_count")),
        **(figure("amount", amount) if choice.euros else {}),
        **_stamps(row, "published_at"),
    }


def meeting(row: Row) -> dict[str, Any]:
    """Return an event: who registered is not who came."""
    starts = moment(row["start_at"], "/starts_at")
    if starts is None:
        raise Unreadable("date_invalide", "/starts_at")
    return {
        "process_ids": [row["project_id"]],
        "title": title(row["title"], 300),
        "description": text(row.get("description"), "/description"),
        "starts_at": starts,
        "ends_at": moment(row.get("end_at"), "/ends_at"),
        "location": place(row.get("location"), row.get("location_point")),
        **figure("registrations", row.get("attendees_count")),
        **figure("capacity", row.get("maximum_attendees")),
        "updated_at": moment(row.get("updated_at"), "/updated_at"),
    }


def figures(kind: str, row: Row, pointer: str) -> list[Record | RecordRefused]:
    """Return the observations that a project or a phase states; a figure it does not give is not one."""
    if kind == "process":
        named = [("commentaires", "comments_count"), ("participants", "participants_count")]
        span = _span(str(row["created_at"])[:10], None)
    else:
        method = row["participation_method"]
        named = [(_COUNTED[method], "ideas_count")] if method in _COUNTED else []
        named += [("votants", "baskets_count"), ("votes", "votes_count")] if method in VOTES else []
        span = _span(row["start_at"], row["end_at"])
    return [
        _figure((kind, row["id"]), metric, (name, row[name]), span, pointer)
        for metric, name in named
        if span and row.get(name) not in (None, "")
    ]


def _figure(
    subject: tuple[str, str], metric: str, stated: tuple[str, Any], span: tuple[str, str | None], pointer: str
) -> Record | RecordRefused:
    start, end = span
    named, value = stated
    remote_id = f"{':'.join(subject)}:{metric}:{start}..{end or ''}:en_ligne:"

    def data() -> dict[str, Any]:
        count = figure("quantity", value)
        return {
            "subject": {"kind": subject[0], "remote_id": subject[1]},
            "metric": metric,
            "period": {"from": start, "precision": "plage", **({"to": end} if end else {})},
            "basis": "flux" if end else "cumul",
            "channel": "en_ligne",
            "indicative": True if metric == "votes" else None,
            "method_raw": f"go_vocal:{named.removesuffix('_count')}",
            **count,
            **({"quantity": {"value": count["quantity"]}} if "quantity" in count else {}),
        }

    return record("observation", f"{pointer}/{named}", {"id": remote_id}, data)


def title(value: object, limit: int) -> str:
    """Return a title. Raises Unreadable when there is none."""
    found = text(value, "/title", limit)
    if found is None:
        raise Unreadable("texte_vide", "/title")
    return found


def text(value: object, pointer: str, limit: int = 20_000) -> str | None:
    """Return the plain text of a value. Raises Unreadable when it is not a text."""
    if value is not None and not isinstance(value, str):
        raise Unreadable("type_invalide", pointer, value)
    return plain(value, limit)


def day(value: object, pointer: str) -> str | None:
    """Return a date without an hour, in the site's zone as it came. Raises Unreadable for anything else."""
    try:
        if value is None or (isinstance(value, str) and _DAY.fullmatch(value) and date.fromisoformat(value)):
            return value
    except ValueError:
        pass
    raise Unreadable("date_invalide", pointer, value)


def moment(value: object, pointer: str) -> str | None:
    """Return an instant in UTC, to the second. Raises Unreadable when no zone is given."""
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Unreadable("date_invalide", pointer, value) from error
    if instant.tzinfo is None:
        raise Unreadable("date_invalide", pointer, value)
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def figure(name: str, value: object) -> dict[str, Any]:
    """Return a number, or why there is none: nothing when nothing is said (`schema.md` §3), never a zero."""
    if isinstance(value, str):
        try:
            value, state = cell_state(value)
        except ValueError as error:
            raise Unreadable("nombre_invalide", f"/{name}", value) from error
        if value is None and state:
            return {f"{name}_state": state}
    if value is None:
        return {}
    if isinstance(value, bool) or not isinstance(value, int | float) or (name != "amount" and value != int(value)):
        raise Unreadable("nombre_invalide", f"/{name}", value)
    return {name: value}


def place(label: object, point: object) -> dict[str, Any] | None:
    """Return a place: its label, and the coordinates of a GeoJSON point."""
    named = text(label, "/location", 300)
    found: dict[str, Any] = {"label": named} if named else {}
    match point:
        case {"type": "Point", "coordinates": [int() | float() as lon, int() | float() as lat, *_]}:
            found |= {"lat": lat, "lon": lon}
    return found or None


def _stamps(row: Row, published: str) -> dict[str, Any]:
    href = row.get("href")
    return {
        "url": href if isinstance(href, str) and href.startswith("https://") else None,
        "published_at": moment(row[published], "/published_at"),
        "updated_at": moment(row.get("updated_at"), "/updated_at"),
    }
