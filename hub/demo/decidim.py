"""A simulated Decidim site, 0.26 to 0.31: each row holds what every version says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from hub.demo import decidim_rows as rows
from hub.demo.exchange import NOT_FOUND, Reply, Request, json_reply
from hub.demo.plan import Site
from hub.demo.things import Demarche, Territory

_ROOT = re.compile(r"\{ (\w+)")
_LISTS = {
    "Proposals": "proposals",
    "Budgets": "budgets",
    "Debates": "debates",
    "Meetings": "meetings",
    "Accountability": "results",
    "Blogs": "posts",
}
_KINDS = {"propositions": "Proposals", "projets": "Budgets", "debats": "Debates"}


_WRITERS: dict[str, Callable[[Demarche, Any, str], Any]] = {
    "Proposals": rows.proposal,
    "Budgets": rows.budget,
    "Debates": rows.debate,
    "Meetings": rows.meeting,
    "Accountability": rows.result,
    "Blogs": rows.post,
}


class Decidim:
    """One site of a minor version. Empty, it lists no space; hidden, it keeps its votes to itself."""

    def __init__(self, territory: Territory, site: Site) -> None:
        self.version, self.hidden = site.version, site.fault == "hidden"
        self.demarches = {str(one.id): one for one in territory.demarches}
        self.stamp = f"{territory.today}T00:00:00Z"
        self.answers: Mapping[str, Callable[[Any], Any]] = {
            "decidim": lambda _asked: {"version": f"0.{self.version}.1"},
            "participatoryProcesses": lambda _asked: [rows.space(one, self.stamp) for one in self.demarches.values()],
            "participatoryProcess": self._components,
            "component": self._component,
            "metrics": lambda asked: [
                {"name": "participants", "count": self.demarches[str(asked["pid"])].participants}
            ],
        }

    def reply(self, request: Request) -> Reply:
        """Answer POST /api."""
        if request.path != "/api":
            return NOT_FOUND
        asked = orjson.loads(request.body)
        root = _ROOT.search(asked["query"])
        if root is None or root[1] not in self.answers:
            return json_reply({"errors": [{"message": "Requête inconnue."}]})
        return json_reply({"data": {root[1]: self.answers[root[1]](asked["variables"])}})

    def _metrics(self, asked: Any) -> Any:
        return [{"name": "participants", "count": self.demarches[str(asked["pid"])].participants}]

    def _components(self, asked: Any) -> Any:
        """The components of a process; those of meetings and results only where there are some."""
        one = self.demarches[asked["id"]]
        held = [
            *([_KINDS[one.kind]] if one.kind else []),
            *(["Meetings"] if one.meetings else []),
            *(["Accountability"] if one.promises else []),
            "Blogs",
        ]
        return {"id": asked["id"], "components": [{"__typename": kind, "id": f"{one.id}-{kind}"} for kind in held]}

    def _component(self, asked: Any) -> Any:
        """One page of the list of a component."""
        number, kind = asked["id"].split("-")
        one = self.demarches[number]
        found = _held(one, kind)
        after = int(asked.get("after") or 0)
        end = min(after + asked["first"], len(found))
        info = {"hasNextPage": end < len(found), "endCursor": str(end) if end > after else None}
        nodes = [self._hiding(_WRITERS[kind](one, thing, self.stamp)) for thing in found[after:end]]
        return {"id": asked["id"], "__typename": kind, _LISTS[kind]: {"pageInfo": info, "nodes": nodes}}

    def _hiding(self, row: Any) -> Any:
        return {**row, "voteCount": None} if self.hidden else row


def _held(one: Demarche, kind: str) -> Sequence[Any]:
    if kind in ("Budgets", "Blogs"):
        return [one]
    held: Mapping[str, Sequence[Any]] = {"Meetings": one.meetings, "Accountability": one.promises}
    return held.get(kind, one.ideas)
