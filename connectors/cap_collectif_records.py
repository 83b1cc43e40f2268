"""What Cap Collectif says, in the words of the shared schema: dates, texts, counts, one builder a kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Record, RecordRefused
from connectors.cap_collectif_graphql import Node, need
from connectors.text import plain

PARIS = ZoneInfo("Europe/Paris")
STATES = {"FUTURE": "a_venir", "OPENED": "en_cours", "CLOSED": "terminee"}
_HTTPS = re.compile(r"https://[^\s\x00-\x1f\"<>/?#]+[^\s\x00-\x1f\"<>]*")


class Unreadable(Exception):
    """A value that cannot be read: its row is set aside, the others stay."""

    def __init__(self, rule: str, field: str, value: object) -> None:
        super().__init__(rule)
        self.rule, self.values = rule, {"pointer": f"/{field}", "field": f"« {field} »", "value": str(value)[:200]}


def record(kind: str, remote_id: str, pointer: str, build: Callable[[], dict[str, Any]]) -> Record | RecordRefused:
    """Return the record that `build` states, without the fields it leaves empty, or why the row cannot be read."""
    try:
        return Record(
            kind, remote_id, {key: value for key, value in build().items() if value not in (None, [])}, pointer
        )
    except Unreadable as error:
        return RecordRefused(error.rule, pointer, error.values, kind, remote_id)


def moment(text: Any, field: str) -> str | None:
    """Return the UTC instant of a date written without zone, on the clock of Paris. Raises Unreadable."""
    local = _local(text, field)
    return f"{local.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if local else None


def day(text: Any, field: str) -> str | None:
    """Return the day, on the clock of Paris, of a date written without zone. Raises Unreadable."""
    local = _local(text, field)
    return f"{local:%Y-%m-%d}" if local else None


def count(value: Any, field: str) -> int | None:
    """Return a number that the platform states; None when it keeps it to itself. Raises Unreadable."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise Unreadable("nombre_invalide", field, value)
    return value


def span(steps: Iterable[Node] | None) -> tuple[str | None, str | None]:
    """Return the first and the last day of dated steps; no last day while one of them has no end."""
    ranges = [need(step, "timeRange") or {} for step in steps or ()]
    days = [(day(each.get("startAt"), "startAt"), day(each.get("endAt"), "endAt")) for each in ranges]
    dated = [each for each in days if any(each)]
    ends = [end for _, end in dated if end]
    return min((start for start, _ in dated if start), default=None), max(ends) if ends and len(ends) == len(
        dated
    ) else None


def process(node: Node, steps: Sequence[Node] | None) -> dict[str, Any]:
    """Return the data of a project; `steps` is None when the platform failed to tell them."""
    starts_on, ends_on = span(steps)
    states = {need(step, "state") for step in steps or ()}
    mixed = "entre_etapes" if states == {"CLOSED", "FUTURE"} else None
    return {
        "title": _title(need(node, "title"), 300),
        "url": _url(need(node, "url")),
        "summary": _text(need(node, "metaDescription"), "summary", 1000),
        "type_raw": _text((need(node, "type") or {}).get("title"), "type_raw"),
        "themes_raw": _texts((theme or {}).get("title") for theme in need(node, "themes") or ()),
        "territory_raw": _texts(_district_names(need(node, "districts"))),
        "published_at": moment(need(node, "publishedAt"), "published_at"),
        "starts_on": starts_on,
        "ends_on": ends_on,
        "state": "en_cours" if "OPENED" in states else STATES.get(*states) if len(states) == 1 else mixed,
        "image_url": _url((need(node, "cover") or {}).get("url")),
    }


def stage(step: Node, process_id: str, position: int) -> dict[str, Any]:
    """Return the data of a step, whatever its type."""
    times = need(step, "timeRange") or {}
    return {
        "process_id": process_id,
        "title": _title(need(step, "title"), 300),
        "url": _url(need(step, "url")),
        "position": position,
        "stage_raw": need(step, "__typename"),
        "starts_at": moment(times.get("startAt"), "starts_at"),
        "ends_at": moment(times.get("endAt"), "ends_at"),
        "state": STATES.get(need(step, "state")),
    }


def _selections(node: Node, order: Mapping[str, int]) -> list[tuple[str, str | None]]:
    """The selections of a proposal in the order of the project's steps: step, status in the site's words."""
    pairs = [(need(need(each, "step"), "id"), need(each, "status")) for each in need(node, "selections")]
    pairs.sort(key=lambda pair: (order.get(pair[0], len(order)), pair[0]))
    return [(step, _text((status or {}).get("name"), "status_raw")) for step, status in pairs]


def contribution(node: Node, process_id: str, collected: str | None, order: Mapping[str, int]) -> dict[str, Any]:
    """Return the data of a proposal; `collected` is the step that received it, when the platform shows it."""
    selections = _selections(node, order)
    stages = [collected] if collected else []
    votes = count(need(need(node, "votes"), "totalCount"), "votes")
    body = node.get("bodyText") or node.get("summary")
    return {
        "process_id": process_id,
        "stage_ids": list(dict.fromkeys([*stages, *(step for step, _ in selections)])),
        "type": "proposition",
        "title": _title(need(node, "title"), 200),
        "reference": _text(need(node, "reference"), "reference"),
        "url": _url(need(node, "url")),
        "body": _text(body, "body"),
        "themes_raw": _texts(((need(node, "theme") or {}).get("title"), (need(node, "category") or {}).get("name"))),
        "location": _place(need(node, "address")),
        "published_at": moment(need(node, "publishedAt") or need(node, "createdAt"), "published_at"),
        "updated_at": moment(need(node, "updatedAt"), "updated_at"),
        "status_raw": selections[-1][1] if selections else None,
    } | counted("votes", votes)


def commitment(node: Node, proposal: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a promise: a proposal selected in a step that the source declares as a follow-up."""
    same = {key: proposal[key] for key in ("title", "url", "process_id", "status_raw") if key in proposal}
    return same | {"from_contribution_ids": [need(node, "id")]}


def meeting(node: Node, process_ids: list[str]) -> dict[str, Any]:
    """Return the data of an event. Raises Unreadable when it has no start."""
    times = need(node, "timeRange") or {}
    if not times.get("startAt"):
        raise Unreadable("date_invalide", "starts_at", "")
    return {
        "process_ids": process_ids,
        "title": _title(need(node, "title"), 300),
        "url": _url(need(node, "url")),
        "description": _text(need(node, "body"), "description"),
        "starts_at": moment(times.get("startAt"), "starts_at"),
        "ends_at": moment(times.get("endAt"), "ends_at"),
        "location": _place(need(node, "googleMapsAddress")),
        "published_at": moment(need(node, "createdAt"), "published_at"),
        "updated_at": moment(need(node, "updatedAt"), "updated_at"),
    }


def counted(field: str, value: Any) -> dict[str, Any]:
    """Return a figure and, when there is none, why: the platform hides it."""
    return {field: value} if value is not None else {f"{field}_state": "non_communique"}


def figure(stated: dict[str, Any], connection: Node) -> dict[str, Any]:
    """Return the data of a figure, with the number of a connection."""
    value = count(need(connection, "totalCount"), "quantity")
    return stated | counted("quantity", None if value is None else {"value": value})


def period(days: tuple[str | None, str | None]) -> dict[str, str]:
    """Return the period that a figure covers, as far as it is known."""
    bounds = {name: bound for name, bound in zip(("from", "to"), days, strict=True) if bound}
    return bounds | {"precision": "plage" if bounds else "inconnue"}


def _local(text: Any, field: str) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=PARIS)
    except (TypeError, ValueError) as error:
        raise Unreadable("date_invalide", field, text) from error


def _text(value: Any, field: str, limit: int = 20_000) -> str | None:
    if value is not None and not isinstance(value, str):
        raise Unreadable("type_invalide", field, value)
    return plain(value, limit)


def _title(value: Any, limit: int) -> str:
    title = " ".join((_text(value, "title", limit) or "").split())
    if not title:
        raise Unreadable("texte_vide", "title", value)
    return title


def _texts(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(text for value in values if (text := _text(value, "themes_raw"))))


def _url(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= 2000 and _HTTPS.fullmatch(value) else None


def _district_names(connection: Any) -> Iterable[Any]:
    edges = need(connection, "edges") if connection else None
    return (need(edge["node"], "name") for edge in edges or () if edge and edge.get("node"))


def _place(address: Any) -> dict[str, Any] | None:
    if not address:
        return None
    label, lat, lon = _text(need(address, "formatted"), "location", 300), need(address, "lat"), need(address, "lng")
    here = {"lat": lat, "lon": lon} if lat is not None and lon is not None else {}
    return ({"label": label} if label else {}) | here or None
