"""A simulated Go Vocal site: the public API v2 with a key, and the web API that its own pages read."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import orjson

from hub.demo import go_vocal_rows as rows
from hub.demo.exchange import NOT_FOUND, Reply, Request, json_reply
from hub.demo.plan import Site
from hub.demo.things import Territory

KEY = {"client_id": "demonstration", "client_secret": "cle-de-demonstration"}
_TOKEN = "jeton-de-demonstration"
_WEB, _PUBLIC = "/web_api/v1/", "/api/v2/"


class GoVocal:
    """One site. Its key is `KEY`; without it, contributions cannot be read."""

    def __init__(self, territory: Territory, _site: Site) -> None:
        self.territory = territory
        self.site = rows.Words(f"https://{territory.slug}.demonstration.invalid", territory.today)
        self.demarches = {f"projet-{one.id}": one for one in territory.demarches}
        self.events = [rows.event(one, meeting, self.site) for one in territory.demarches for meeting in one.meetings]

    def reply(self, request: Request) -> Reply:
        """Answer either API."""
        path = request.path
        if path == f"{_WEB}app_configuration":
            return json_reply(rows.configuration(f"{self.territory.slug}.demonstration.invalid"))
        if path == f"{_PUBLIC}authenticate":
            good = orjson.loads(request.body) == {"auth": KEY}
            return json_reply({"jwt": _TOKEN}, 201) if good else NOT_FOUND
        if path.startswith(_WEB):
            return self._web(path.removeprefix(_WEB), request)
        if request.headers.get("authorization") != f"Bearer {_TOKEN}":
            return Reply(401, b"")
        return self._public(path.removeprefix(_PUBLIC), request)

    def _public(self, path: str, request: Request) -> Reply:
        found = self._rows(path, request)
        if found is None:
            return NOT_FOUND
        number, size = int(request.query["page_number"]), int(request.query["page_size"])
        page = found[(number - 1) * size : number * size]
        meta = {"current_page": number, "total_pages": ceil(len(found) / size)}
        return json_reply({path.rsplit("/", 1)[-1]: [row() if callable(row) else row for row in page], "meta": meta})

    def _rows(self, path: str, request: Request) -> Sequence[Any] | None:
        asked = request.query
        if path == "ideas":
            one = self.demarches[asked["project_id"]]
            wanted = (
                one.ideas if asked["type"] == "idea" and asked.get("updated_at", "") < str(self.territory.today) else []
            )
            return [lambda idea=idea: rows.idea(one, idea, self.site) for idea in wanted]
        if path == "idea_phases":
            return rows.places(self.demarches.values(), asked["phase_id"])
        if path.endswith("/phases"):
            return rows.phases(self.demarches[path.split("/")[1]], self.site)
        return {
            "projects": self._projects(asked["publication_status"]) if path == "projects" else [],
            "events": self.events,
            "global_topics": [{"id": name, "title": name} for name in rows.THEMES],
            "project_global_topics": [
                {"project_id": name, "global_topic_id": one.theme} for name, one in self.demarches.items()
            ],
        }.get(path)

    def _projects(self, status: str) -> list[Any]:
        every = [rows.project(one, self.site) for one in self.demarches.values()]
        return [row for row in every if row["publication_status"] == status]

    def _web(self, path: str, request: Request) -> Reply:
        asked = request.query
        if path.endswith("/phases"):
            found = [rows.web("phase", row) for row in rows.phases(self.demarches[path.split("/")[1]], self.site)]
        elif path == "projects":
            found = [rows.web("project", row) for row in self._projects(asked["publication_statuses[]"])]
        elif path == "events":
            found = [rows.web("event", row) for row in self.events]
        elif path in ("topics", "areas"):
            names = rows.THEMES if path == "topics" else rows.AREAS
            found = [rows.web(path[:-1], {"id": name, "title": name}) for name in names]
        else:
            return NOT_FOUND
        number, size = int(asked["page[number]"]), int(asked["page[size]"])
        following = f"{_WEB}{path}?page[number]={number + 1}" if number * size < len(found) else None
        page = found[(number - 1) * size : number * size]
        return json_reply({"data": page, "links": {"next": following}, "included": [rows.PERSON]})
