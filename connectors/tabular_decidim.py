"""The open-data files of a Decidim site, from 0.26 to 0.31 (`platforms/files.md` §6): same ids as by its API."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from connectors.base import Read, Record, RecordRefused, SourceChanged
from connectors.casts import Unreadable
from connectors.mapping import observation_id
from connectors.tabular_cells import Cells
from connectors.tabular_decidim_words import names, numbers, say

_SPACES = {"processes": "process", "assemblies": "assembly", "initiatives": "initiative"}
_METRICS = {"participants": "participants", "users": "comptes", "proposals": "propositions", "comments": "commentaires",
            "votes": "votes", "survey_answers": "reponses"}  # fmt: skip
_RUBY = re.compile(r"([12][0-9]{3}-[0-9]{2}-[0-9]{2})[ T]([0-9:]{5,8})(?:\.[0-9]+)? ?(UTC|Z|[+-][0-9]{2}:?[0-9]{2})?")


class Entity:
    """How the rows of one file are read. `dated` is the day of the archive: the only clock there is."""

    def __init__(self, name: str, options: Mapping[str, Any], dated: date | None) -> None:
        self.name, self.options, self.dated = name, options, dated
        self.prefix, self.kind, self.build = _ENTITIES[name]
        self.zeros = 0
        self.unknown: list[str] = []
        self.siren = str(options.get("siren") or "")
        if name == "metrics" and not self.siren:
            raise SourceChanged("Indiquez l'option « SIREN » : les chiffres de ce fichier sont ceux de tout le site.")

    def read(self, line: Cells) -> Iterator[Read]:
        """Yield the record of a row, if it is published."""
        cells = self._named(line)
        if str(cells.find("published")).casefold() in ("false", "non", "0"):
            return
        if self.name == "metrics" and cells.find("metric_type") not in _METRICS:
            return
        item = cells.record(self.kind, partial(self._identifier, cells), partial(self.build, self, cells))
        if self.name == "metrics" and isinstance(item, Record):
            item = Record(item.kind, observation_id(item.data), item.data, item.pointer)
        yield item
        if self.name == "initiatives" and isinstance(item, Record):
            yield from _signatures(item, cells)

    def identity(self, line: Cells) -> str:
        """Return the id of the record that a row states. Raises Unreadable."""
        if self.name == "metrics":
            return next((item.remote_id or "" for item in self.read(line)), "")
        return self._identifier(self._named(line))

    def _named(self, line: Cells) -> Cells:
        return Cells(line.line, {name.casefold(): value for name, value in line.row.items()}, line.start)

    def end(self) -> Iterator[RecordRefused]:
        """Tell of the zeros that may mean that nobody counted."""
        if self.zeros:
            yield RecordRefused("zeros_douteux", "L1", {"value": str(self.zeros)})

    def _identifier(self, cells: Cells) -> str:
        if self.name == "metrics":
            return self.prefix
        number = cells.key("id") if self.name != "initiatives" else (numbers(cells.find("url")) or [""])[-1]
        return f"{self.prefix}-{number}" if number else ""

    def space(self, cells: Cells) -> str | None:
        """Return the id of the space that a row stands in, else the one that a person declared."""
        number = cells.key("participatory_space/id")
        path = str(cells.find("participatory_space/url", "url") or "")
        kind = next((kind for part, kind in _SPACES.items() if f"/{part}/" in path), None)
        return f"{kind}-{number}" if number and kind else self.options.get("process") or None

    def facets(self, cells: Cells) -> dict[str, Any]:
        """Return what all things share: title, address, dates, reference, themes, territory."""
        return {
            "title": say(cells, "title", 200 if self.kind == "contribution" else 300),
            "url": cells.url("url"),
            "published_at": moment(cells, "published_at"),
            "updated_at": moment(cells, "updated_at"),
        }

    def topics(self, cells: Cells) -> dict[str, Any]:
        """Return the themes and the territory of a thing, in the words of the site."""
        return {
            "themes_raw": [*names(cells, "category/name"), *names(cells, "taxonomies/name")],
            "territory_raw": names(cells, "scope/name"),
        }

    def contribution(self, cells: Cells, type_: str, body: str) -> dict[str, Any]:
        """Return what proposals, projects and debates share."""
        return {
            **self.facets(cells),
            **self.topics(cells),
            "process_id": self.space(cells),
            "type": type_,
            "reference": cells.text("reference"),
            "body": say(cells, body) if self.options.get("bodies") else None,
            "location": cells.place_of(cells.line_of_text("address", limit=300), "latitude", "longitude"),
            **cells.counted("comments", "comments", "comments_count"),
        }

    def uncertain(self, cells: Cells, name: str) -> dict[str, Any]:
        """Return a count of a meeting: 0 is unknown until it has taken place, and doubtful after."""
        figure = cells.counted(name, name)
        starts = str(moment(cells, "start_time") or "9999")
        if figure.get(name) != 0:
            return figure
        if self.dated is None or starts[:10] >= self.dated.isoformat():
            return {}
        self.zeros += 1
        return figure


def _proposal(entity: Entity, cells: Cells) -> dict[str, Any]:
    state = cells.text("state")
    return {
        **entity.contribution(cells, "proposition", "body"),
        "status_raw": state,
        "answer": say(cells, "answer"),
        "answered_at": moment(cells, "answered_at"),
        "withdrawn": True if state == "withdrawn" else cells.say("boolean", "withdrawn"),
        "is_amendment": cells.say("boolean", "is_amend") or None,
        **cells.counted("votes", "votes", "supports"),
        **cells.counted("supports", "endorsements/total_count"),
        **cells.counted("amount", "cost", reading="decimal"),
    }


def _project(entity: Entity, cells: Cells) -> dict[str, Any]:
    return {
        **entity.contribution(cells, "projet", "description"),
        "published_at": moment(cells, "created_at"),
        "status_raw": "selected" if cells.find("selected_at") else None,
        **cells.counted("votes", "confirmed_votes"),
        **cells.counted("amount", "budget_amount", reading="decimal"),
    }


def _debate(entity: Entity, cells: Cells) -> dict[str, Any]:
    return {**entity.contribution(cells, "debat", "description"), "answer": say(cells, "conclusions")}


def _meeting(entity: Entity, cells: Cells) -> dict[str, Any]:
    where = ", ".join(text for text in (say(cells, "location"), cells.text("address")) if text)
    space = entity.space(cells)
    return {
        **entity.facets(cells),
        "process_ids": [space] if space else None,
        "description": say(cells, "description"),
        "starts_at": moment(cells, "start_time"),
        "ends_at": moment(cells, "end_time"),
        "location": cells.place_of(where[:300] or None, "latitude", "longitude"),
        "cancelled": cells.say("boolean", "withdrawn"),
        **entity.uncertain(cells, "attendees"),
        **entity.uncertain(cells, "contributions"),
    }


def _result(entity: Entity, cells: Cells) -> dict[str, Any]:
    done, parent = cells.say("decimal", "progress"), cells.key("parent/id")
    return {
        **entity.facets(cells),
        "process_id": entity.space(cells),
        "description": say(cells, "description"),
        "status": "inconnu",
        "status_raw": say(cells, "status/name") or cells.text("status/key"),
        "progress": None if done is None else round(min(done / 100, 1), 6),
        "starts_on": day(cells, "start_date"),
        "due_on": day(cells, "end_date"),
        "parent_id": f"result-{parent}" if parent else None,
        "from_contribution_ids": [f"proposal-{number}" for number in numbers(cells.find("proposal_urls"))],
    }


def _process(entity: Entity, cells: Cells) -> dict[str, Any]:
    kind = {"assemblies": "assembly"}.get(entity.name) or say(cells, "participatory_process_group/title")
    return {
        **entity.facets(cells),
        "summary": say(cells, "short_description", 1_000),
        "description": say(cells, "description"),
        "type_raw": kind or say(cells, "type/title"),
        "territory_raw": [*names(cells, "scope/name"), *names(cells, "local_area")],
        "starts_on": day(cells, "start_date", "creation_date", "included_at", "signature_start_date"),
        "ends_on": day(cells, "end_date", "closing_date", "signature_end_date"),
    }


def _signatures(item: Record, cells: Cells) -> Iterator[Read]:
    """Yield the signatures of an initiative by channel, under the ids that its API gives them."""
    known = {"from": item.data.get("starts_on"), "to": item.data.get("ends_on")}
    days = {name: found for name, found in known.items() if found}
    for column, channel in (("online_votes", "en_ligne"), ("offline_votes", "presentiel")):
        data = {
            "subject": {"kind": "process", "remote_id": item.remote_id},
            "metric": "signatures",
            "period": {**days, "precision": "plage" if len(days) == 2 else "inconnue"},
            "basis": "flux",
            "channel": channel,
            "method_raw": f"decidim:{column}",
        }
        span = f"{days.get('from', '')}/{days.get('to', '')}"
        if cells.find(column) is not None:
            yield cells.record(
                "observation",
                partial(str, f"process:{item.remote_id}:signatures:{span}:{channel}:"),
                partial(cells.quantity, column, data),
            )


def _metric(entity: Entity, cells: Cells) -> dict[str, Any]:
    on, value = day(cells, "day"), cells.say("integer", "cumulative")
    return {
        "subject": {"kind": "metropole", "remote_id": entity.siren},
        "metric": _METRICS[cells.find("metric_type")],
        "period": {"from": on, "to": on, "precision": "jour"},
        "basis": "cumul",
        "quantity": None if value is None else {"value": value},
        "indicative": cells.find("metric_type") == "votes" or None,
        "method_raw": "decidim:metrics",
    } | ({"quantity_state": "non_collecte"} if value is None else {})


def moment(cells: Cells, *names: str) -> str | None:
    """Return an instant in UTC: Ruby's text form, UTC when it has no offset. Raises Unreadable."""
    value = cells.find(*names)
    if value is None or not isinstance(value, str) or not (found := _RUBY.fullmatch(value)):
        otherwise: str | None = cells.say("datetime", *names)
        return otherwise
    on, hour, zone = found.groups()
    offset = "+00:00" if zone in (None, "UTC", "Z") else zone
    try:
        instant = datetime.fromisoformat(f"{on}T{hour}{offset}").astimezone(UTC)
    except ValueError as error:
        raise Unreadable("date_invalide", value) from error
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def day(cells: Cells, *names: str) -> str | None:
    """Return the day of a date, as it is written. Raises Unreadable."""
    value = cells.find(*names)
    if isinstance(value, str) and (found := _RUBY.fullmatch(value)):
        return found[1]
    otherwise: str | None = cells.say("date", *names)
    return otherwise


_ENTITIES: Mapping[str, tuple[str, str, Callable[[Entity, Cells], dict[str, Any]]]] = {
    "proposals": ("proposal", "contribution", _proposal),
    "projects": ("project", "contribution", _project),
    "debates": ("debate", "contribution", _debate),
    "meetings": ("meeting", "meeting", _meeting),
    "results": ("result", "commitment", _result),
    "participatory_processes": ("process", "process", _process),
    "assemblies": ("assembly", "process", _process),
    "initiatives": ("initiative", "process", _process),
    "metrics": ("metric", "observation", _metric),
}
"""File of the archive → what its ids begin with, the kind of its records, the function that writes them."""
