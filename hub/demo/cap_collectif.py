"""A simulated Cap Collectif site: it knows the operations that the connector sends, and answers what they ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from hub.demo import words
from hub.demo.exchange import NOT_FOUND, Reply, Request, json_reply
from hub.demo.plan import Site
from hub.demo.things import Demarche, Idea, Meeting, Step, Territory

_OPERATION = re.compile(r"query (\w+)")
_STATUS = {"accepted": "Retenue", "rejected": "Non retenue", "evaluating": "À l'étude"}
_TYPES = {"inform": "PresentationStep", "collect": "CollectStep", "answer": "OtherStep"}
_PERSON = {"username": words.CANARY}


class CapCollectif:
    """One site. Closed, its interface answers 404 to everything; hidden, it keeps its votes to itself."""

    def __init__(self, territory: Territory, site: Site) -> None:
        self.territory, self.fault = territory, site.fault
        self.address = f"https://{territory.slug}.demonstration.invalid"
        self.demarches = {f"projet-{one.id}": one for one in territory.demarches}
        self.steps = {f"etape-{step.id}": (one, step) for one in territory.demarches for step in one.steps}
        self.events = [(one, meeting) for one in territory.demarches for meeting in one.meetings]
        self.answers: Mapping[str, Callable[[Any], Any]] = {
            "HubProjects": self._projects,
            "HubProject": lambda asked: {"node": self._project(asked["id"])},
            "HubProjectSteps": self._project_steps,
            "HubProposals": self._proposals,
            "HubStepCounts": self._counts,
            "HubEvents": self._events,
        }

    def reply(self, request: Request) -> Reply:
        """Answer POST /graphql."""
        if self.fault == "closed" or request.path != "/graphql":
            return NOT_FOUND
        asked = orjson.loads(request.body)
        operation = _OPERATION.search(asked["query"])
        if operation is None or operation[1] not in self.answers:
            return json_reply({"errors": [{"message": "Opération inconnue."}]})
        return json_reply({"data": self.answers[operation[1]](asked["variables"])})

    def commitment_steps(self) -> list[str]:
        """Return the steps of selection that make a promise, which whoever accepts the source declares."""
        return [name for name, (_, step) in self.steps.items() if step.role == "follow"]

    def _projects(self, asked: Any) -> Any:
        return {"projects": connection([{"id": name} for name in self.demarches], asked)}

    def _project(self, name: str) -> Any:
        one = self.demarches[name]
        votes = sum(idea.votes or 0 for idea in one.ideas)
        return {
            "__typename": "Project",
            "id": name,
            "title": one.title,
            "url": f"{self.address}/project/{one.id}",
            "publishedAt": _moment(min(one.starts, self.territory.today)),
            "metaDescription": one.summary,
            "type": {"title": one.form},
            "cover": None,
            "themes": [{"id": one.theme, "title": one.theme}],
            "districts": {"edges": [{"node": {"id": one.district, "name": one.district}}]},
            "authors": [_PERSON],
            "contributors": {"totalCount": one.participants},
            "contributions": {"totalCount": len(one.ideas)},
            "votes": {"totalCount": None if self.fault == "hidden" else votes},
        }

    def _project_steps(self, asked: Any) -> Any:
        one = self.demarches[asked["id"]]
        return {"node": {"id": asked["id"], "steps": [self._step(one, step) for step in one.steps]}}

    def _step(self, one: Demarche, step: Step) -> Any:
        today = self.territory.today
        starts, ends = step.starts or one.starts, step.ends or one.ends or today
        return {
            "__typename": _type(one, step),
            "id": f"etape-{step.id}",
            "title": step.title,
            "url": f"{self.address}/project/{one.id}/step/{step.id}",
            "state": "FUTURE" if starts > today else "CLOSED" if ends < today else "OPENED",
            "timeRange": {"startAt": _moment(step.starts), "endAt": _moment(step.ends)},
        }

    def _counts(self, asked: Any) -> Any:
        one, _ = self.steps[asked["id"]]
        replies = None if one.participants is None else one.participants * 2 // 3
        counted = {"totalCount": one.participants}
        return {"node": {"contributors": counted, "questionnaire": {"id": "q", "replies": {"totalCount": replies}}}}

    def _proposals(self, asked: Any) -> Any:
        one, step = self.steps[asked["id"]]
        rows = one.ideas if step.role == "collect" else ()
        listed = connection(rows, asked, lambda idea: self._proposal(one, idea, asked["bodies"]))
        return {"node": {"__typename": _type(one, step), "id": asked["id"], "proposals": listed}}

    def _proposal(self, one: Demarche, idea: Idea, bodies: bool) -> Any:
        written = _moment(idea.published)
        spot = idea.spot
        row = {
            "id": f"proposition-{idea.id}",
            "reference": f"{one.id}-{idea.id}",
            "title": idea.title,
            "url": f"{self.address}/proposals/{idea.id}",
            "createdAt": written,
            "publishedAt": written,
            "updatedAt": None,
            "published": True,
            "draft": False,
            "trashed": False,
            "theme": {"id": one.theme, "title": one.theme},
            "category": None,
            "address": {"formatted": spot.label, "lat": spot.lat, "lng": spot.lon} if spot else None,
            "author": _PERSON,
            "votes": {"totalCount": None if self.fault == "hidden" else idea.votes},
            "selections": list(_selections(one, idea)),
        }
        if bodies:
            row |= {"summary": None, "bodyText": f"<p>{idea.title}.</p><p>{words.NOTICE}</p>"}
        return row

    def _events(self, asked: Any) -> Any:
        wanted = asked.get("project")
        found = [pair for pair in self.events if not wanted or f"projet-{pair[0].id}" == wanted]
        return {"events": connection(found, asked, lambda pair: self._event(pair[1]))}

    def _event(self, meeting: Meeting) -> Any:
        spot = meeting.spot
        return {
            "id": f"evenement-{meeting.id}",
            "title": meeting.title,
            "url": f"{self.address}/events/{meeting.id}",
            "body": f"<p>{words.NOTICE}</p>",
            "enabled": not meeting.cancelled,
            "createdAt": _moment(min(meeting.starts.date(), self.territory.today)),
            "updatedAt": None,
            "timeRange": {"startAt": _moment(meeting.starts), "endAt": None},
            "googleMapsAddress": {"formatted": spot.label, "lat": spot.lat, "lng": spot.lon},
            "author": _PERSON,
        }


def connection(rows: Sequence[Any], asked: Any, write: Callable[[Any], Any] = lambda row: row) -> Any:
    """Return one page of a list, its cursor being the rank of the last row."""
    first, after = asked["first"], int(asked.get("after") or 0)
    page = rows[after : after + first]
    end = after + len(page)
    return {
        "totalCount": len(rows),
        "pageInfo": {"hasNextPage": end < len(rows), "endCursor": str(end) if page else None},
        "edges": [{"cursor": str(rank), "node": write(row)} for rank, row in enumerate(page, after + 1)],
    }


def _type(one: Demarche, step: Step) -> str:
    """The type of a step; what is not written down is asked in a questionnaire, one time in three."""
    if step.role == "inform" and not one.kind and one.id % 3 == 0:
        return "QuestionnaireStep"
    return _TYPES.get(step.role, "SelectionStep")


def _selections(one: Demarche, idea: Idea) -> Any:
    status = {"id": idea.status, "name": _STATUS[idea.status]} if idea.status else None
    for step in one.steps:
        if (step.role == "vote" and idea.status) or (step.role == "follow" and idea.status == "accepted"):
            yield {"step": {"id": f"etape-{step.id}"}, "status": status}


def _moment(value: date | datetime | None) -> str | None:
    """A time as the platform writes it, without zone."""
    if value is None:
        return None
    return f"{value:%Y-%m-%d %H:%M:%S}"
