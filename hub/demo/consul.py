"""A simulated CONSUL Democracy site: its budgets and their projects, its proposals, pages of 25."""

from __future__ import annotations

import re
from typing import Any

import orjson

from hub.demo import words
from hub.demo.cap_collectif import connection
from hub.demo.exchange import NOT_FOUND, Reply, Request, json_reply
from hub.demo.plan import Site
from hub.demo.things import Demarche, Idea, Promise, Territory

_OPERATION = re.compile(r"query (\w+)")
_SLOWNESS = 0.12
"""Seconds before each answer of a site that is slow."""
_FEASIBILITY = {"accepted": "feasible", "rejected": "unfeasible"}
_PERSON = {"username": words.CANARY}


class Consul:
    """One site: one budget, and the proposals of everyone."""

    def __init__(self, territory: Territory, site: Site) -> None:
        self.delay = _SLOWNESS if site.fault == "slow" else 0
        self.budgets = [one for one in territory.demarches if one.kind == "projets"]
        self.open = [one for one in territory.demarches if one.kind != "projets"]
        self.today = territory.today

    def reply(self, request: Request) -> Reply:
        """Answer POST /graphql."""
        if request.path != "/graphql":
            return NOT_FOUND
        asked = orjson.loads(request.body)
        operation = _OPERATION.search(asked["query"])
        data = self._data(operation[1] if operation else "", {**asked["variables"], "first": 25})
        return json_reply({"data": data} if data else {"errors": [{"message": "Unknown"}]}, delay=self.delay)

    def _data(self, operation: str, asked: Any) -> Any:
        if operation == "HubBudgets":
            return {"budgets": connection(self.budgets, asked, self._budget)}
        if operation in ("HubInvestments", "HubScope"):
            return {"budget": {"investments": self._investments(asked)}}
        if operation == "HubProposals":
            rows = [(one, idea) for one in self.open for idea in one.ideas]
            return {"proposals": connection(rows, asked, _proposal)}
        return {"debates": connection([], asked)} if operation == "HubDebates" else None

    def _budget(self, one: Demarche) -> Any:
        over = one.ends is not None and one.ends < self.today
        return {"id": str(one.id), "name": one.title, "phase": "finished" if over else "selecting"}

    def _investments(self, asked: Any) -> Any:
        one = next(budget for budget in self.budgets if str(budget.id) == asked["budget"])
        promised = {number: promise for promise in one.promises for number in promise.idea_ids}
        return connection(one.ideas, asked, lambda idea: _investment(idea, promised.get(idea.id)))


def _investment(idea: Idea, promise: Promise | None) -> Any:
    milestones = [
        {"id": f"{promise.id}-{rank}", "title": label, "description": words.NOTICE, "publication_date": str(day)}
        for rank, (day, label) in enumerate(promise.entries)
    ] if promise else []  # fmt: skip
    return {
        "id": str(idea.id),
        "title": idea.title,
        "price": idea.amount,
        "feasibility": _FEASIBILITY.get(idea.status, "undecided"),
        "location": idea.spot.label if idea.spot else None,
        "comments_count": idea.comments,
        "description": f"<p>{idea.title}.</p>",
        "summary": None,
        "milestones": connection(milestones, {"first": 5}),
        "public_author": _PERSON,
    }


def _proposal(pair: tuple[Demarche, Idea]) -> Any:
    one, idea = pair
    return {
        "id": str(idea.id),
        "title": idea.title,
        "summary": f"{idea.title}.",
        "description": f"<p>{idea.title}.</p><p>{words.NOTICE}</p>",
        "public_created_at": f"{idea.published:%Y-%m-%d %H}:00:00 UTC",
        "cached_votes_up": idea.supports,
        "comments_count": idea.comments,
        "retired_at": f"{idea.published:%Y-%m-%d}T00:00:00Z" if idea.withdrawn else None,
        "geozone": {"name": one.district},
        "tags": {"edges": [{"node": {"name": one.theme}}]},
        "public_author": _PERSON,
    }
