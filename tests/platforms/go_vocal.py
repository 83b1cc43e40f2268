"""A Go Vocal site on a loopback port: public API v2 with its tokens, and the web API. All names in it are made up."""

from __future__ import annotations

import json
from math import ceil
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.platforms.server import Loopback, Quiet

Row = dict[str, Any]
CANARIES = ("Camille Canari", "canari@exemple.fr", "0612345678", "AvatarCanari", "reponse-secrete")
WEB = "/web_api/v1/"
V2 = "/api/v2/"
NEVER = (
    "users", "reactions", "baskets", "event_attendances", "volunteering_volunteers", "email_campaigns",
    "email_campaign_deliveries", "internal_comments", "comments",
)  # fmt: skip


def project(id_: str, **more: Any) -> Row:
    """A project as the public API v2 states it."""
    return {
        "id": id_, "title": f"Projet {id_}", "description_html": "<p>Une place &amp; des arbres</p>",
        "description_preview": "Une place", "slug": f"projet-{id_}", "folder_id": None,
        "href": f"https://participer.exemple.fr/fr-FR/projects/projet-{id_}", "visible_to": "public", "images": [],
        "created_at": "2026-01-02T09:00:00.123+01:00", "updated_at": "2026-02-01T10:00:00.000Z", "comments_count": 7,
        "map_center_geojson": None, "publication_status": "published", **more,
    }  # fmt: skip


def phase(id_: str, project_id: str, method: str = "ideation", **more: Any) -> Row:
    """A phase as the public API v2 states it."""
    return {
        "id": id_, "title": f"Phase {id_}", "description": "", "participation_method": method,
        "project_id": project_id, "project_title": "", "start_at": "2026-01-05", "end_at": "2026-02-05",
        "created_at": "2026-01-02T08:00:00.000Z", "updated_at": "2026-01-03T08:00:00.000Z", "ideas_count": 3,
        "baskets_count": 0, "votes_count": 0, **more,
    }  # fmt: skip


def idea(id_: str, project_id: str, **more: Any) -> Row:
    """An idea as the public API v2 states it, with all it says of persons."""
    return {
        "id": id_, "title": f"Idée {id_}", "body": "<p>Planter des arbres</p>", "author_id": "AvatarCanari",
        "author_name": "Camille Canari", "likes_count": 4, "dislikes_count": 1, "comments_count": 0,
        "published_at": "2026-01-10T12:00:00.000Z", "publication_status": "published", "project_id": project_id,
        "created_at": "2026-01-10T12:00:00.000Z", "updated_at": "2026-01-11T12:00:00.000Z",
        "location_point": {"type": "Point", "coordinates": [-1.55, 47.21]}, "location_description": "Place du Port",
        "budget": None, "votes_count": 0, "baskets_count": 0, "assignee_id": "AvatarCanari", "proposed_budget": None,
        "creation_phase_id": None, "status": "À l'étude", "type": "idea",
        "href": f"https://participer.exemple.fr/fr-FR/ideas/{id_}",
        "custom_field_values": {"tel": "0612345678", "mail": "canari@exemple.fr", "q": "reponse-secrete"}, **more,
    }  # fmt: skip


def event(id_: str, project_id: str, **more: Any) -> Row:
    """An event as the public API v2 states it."""
    return {
        "id": id_, "project_id": project_id, "title": f"Réunion {id_}", "description": "<p>Venez</p>",
        "location": "Salle des fêtes", "location_point": None, "attendees_count": 12, "maximum_attendees": None,
        "start_at": "2026-03-01T18:30:00.000+01:00", "end_at": "2026-03-01T20:00:00.000+01:00",
        "created_at": "2026-02-01T10:00:00.000Z", "updated_at": "2026-02-01T10:00:00.000Z", **more,
    }  # fmt: skip


class GoVocal(Loopback):
    """The site. `faults`: names of misbehaviours; `requests`: what was asked, with its parameters."""

    def __init__(self) -> None:
        self.projects, self.phases, self.ideas, self.events = _projects(), _phases(), _ideas(), [event("e1", "p1")]
        self.idea_phases = [("i1", "ph1"), ("i1", "ph2"), ("i2", "ph1"), ("i2", "ph2")]
        self.deleted: dict[str, list[Row]] = {}
        self.faults: set[str] = set()
        self.cap, self.expire_after, self.date = 100, 0, "Mon, 02 Feb 2026 03:00:00 GMT"
        self.legacy = False
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.tokens = 0
        self.valid = ""
        self.serve(_handler(self))

    def answer(self, method: str, target: str, headers: dict[str, str], sent: bytes) -> tuple[int, Any]:
        """Return a status and a body: a value for JSON, bytes as they are."""
        parts = urlsplit(target)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.requests.append((parts.path, params))
        if parts.path.endswith("/app_configuration"):
            return 200, _configuration("no_locales" in self.faults)
        if parts.path == f"{V2}authenticate":
            return self._sign_in(json.loads(sent)) if method == "POST" else (404, b"")
        if parts.path.startswith(V2):
            if headers.get("authorization") != f"Bearer {self.valid}":
                return 401, b""
            if self.expire_after and len(self.requests) >= self.expire_after:
                self.valid, self.expire_after = "", 0
        if self.faults & {"html_200", "errors_only"} and "projects" in parts.path:
            return 200, b"<!doctype html><html>" if "html_200" in self.faults else {
                "errors": {"base": [{"error": "x"}]}
            }
        if parts.path.startswith(V2):
            return self._public(parts.path.removeprefix(V2), params)
        return self._web(parts.path.removeprefix(WEB), params)

    def _sign_in(self, body: Any) -> tuple[int, Any]:
        if body != {"auth": {"client_id": "id-1", "client_secret": "secret-1"}}:
            return 404, b""
        self.tokens += 1
        self.valid = "" if "dead_tokens" in self.faults else f"jeton-{self.tokens}"
        return 201, {"jwt": f"jeton-{self.tokens}"}

    def _public(self, path: str, params: dict[str, str]) -> tuple[int, Any]:
        for name in ("created_at", "updated_at", "deleted_at"):
            if name in params and not params[name].removesuffix(",").endswith("Z"):
                return 500, b""
        rows, root = self._rows(path, params), path.rsplit("/", 1)[-1]
        if rows is None:
            return 404, b""
        root = "deleted_items" if root == "deleted" else root
        if "silent_zero" in self.faults:
            rows = []
        number, size = int(params["page_number"]), min(int(params["page_size"]), self.cap)
        total = ceil(len(rows) / size)
        page = rows[(number - 1) * size : number * size]
        if "page_shift" in self.faults and root == "projects" and number == 1:
            self.projects.insert(0, project("nouveau"))
        if "cursor_loop" in self.faults and root == "projects":
            page, total = rows[:size], 99
        if "empty_page" in self.faults and root == "projects" and number > 1:
            page, total = [], 99
        meta = {"current_page": number, "total_pages": None if total == 0 else total}
        body = {root: _faulty(page, self.faults), "meta": meta}
        return 200, {} if "no_list" in self.faults else body

    def _rows(self, path: str, params: dict[str, str]) -> list[Row] | None:
        if path.endswith("/deleted"):
            return self.deleted.get(path.split("/")[0], [])
        if path.startswith("projects/"):
            id_ = path.split("/")[1]
            known = any(each["id"] == id_ for each in self.projects) and "gone_project" not in self.faults
            return [each for each in self.phases if each["project_id"] == id_] if known else None
        if path == "idea_phases":
            return [{"idea_id": i, "phase_id": p} for i, p in self.idea_phases if p == params.get("phase_id", p)]
        if path == "ideas":
            return self._ideas(params)
        topic = "topic" if self.legacy else "global_topic"
        links = [{"project_id": "p1", f"{topic}_id": "t1"}, {"project_id": "p1", f"{topic}_id": "t2"}]
        return {
            "projects": self._projects(params),
            "events": self.events,
            f"{topic}s": [{"id": "t1", "title": "Nature"}, {"id": "t2", "title": "Mobilités"}],
            f"project_{topic}s": links,
            "areas": [{"id": "a1", "title": "Quartier nord"}],
        }.get(path)

    def _projects(self, params: dict[str, str]) -> list[Row]:
        found = [each for each in self.projects if each["publication_status"] == params.get("publication_status")]
        return [each for each in found if each["id"] == "p1"] if "area_ids[]" in params else found

    def _ideas(self, params: dict[str, str]) -> list[Row]:
        if self.legacy:
            return self.ideas
        since = params.get("updated_at", "").removesuffix(",")
        return [
            each
            for each in self.ideas
            if each["project_id"] == params["project_id"]
            and each["type"] == params["type"]
            and each["updated_at"] >= since
        ]

    def _web(self, path: str, params: dict[str, str]) -> tuple[int, Any]:
        number, size = int(params["page[number]"]), min(int(params["page[size]"]), self.cap)
        if path.startswith("projects/"):
            rows = [_json_api("phase", each) for each in self.phases if each["project_id"] == path.split("/")[1]]
        elif path == "projects":
            wanted = params.get("publication_statuses[]")
            rows = [_json_api("project", each) for each in self.projects if each["publication_status"] == wanted]
        elif path == "events":
            rows = [_json_api("event", each) for each in self.events]
        elif path in ("topics", "areas"):
            rows = [_json_api(path[:-1], {"id": f"{path[0]}1", "title": {"topics": "Nature", "areas": "Nord"}[path]})]
        else:
            return 404, b""
        more = number < ceil(len(rows) / size)
        following = f"{self.url}{WEB}{path}?page[number]={number + (0 if 'cursor_loop' in self.faults else 1)}"
        page = [] if "silent_zero" in self.faults else rows[(number - 1) * size : number * size]
        links = {"self": "", "next": following if more or "cursor_loop" in self.faults else None}
        return 200, {"data": _faulty(page, self.faults), "links": links, "included": [_person()]}


def _faulty(page: list[Any], faults: set[str]) -> Any:
    if "null_list" in faults:
        return None
    page = [None, *page] if "null_items" in faults else page
    lost = next((fault.removeprefix("lost_") for fault in faults if fault.startswith("lost_")), None)
    return [each if each is None else {name: one for name, one in each.items() if name != lost} for each in page]


def _json_api(type_: str, row: Row) -> Row:
    """The same thing as the web API states it: texts in several languages, links apart."""
    texts = ("title", "description_html", "description_preview", "description", "location")
    attributes = {name: each for name, each in row.items() if name not in ("id", "href", "project_id", *texts)}
    for name in (name for name in texts if name in row):
        attributes[f"{name.removesuffix('_html')}_multiloc"] = (
            row[name] if isinstance(row[name], dict) else {"fr-FR": row[name]}
        )
    attributes |= {"author_name": "Camille Canari", "author_hash": "AvatarCanari"}
    if type_ == "project":
        attributes.setdefault("participants_count", 41)
    links: Row = {"avatars": {"data": [{"id": "AvatarCanari", "type": "avatar"}]}}
    links |= {"topics": {"data": [{"id": "t1", "type": "topic"}]}, "areas": {"data": [{"id": "a1", "type": "area"}]}}
    links |= {"current_phase": {"data": {"id": "ph1", "type": "phase"} if row["id"] == "p1" else None}}
    links |= {"project": {"data": {"id": row.get("project_id"), "type": "project"}}}
    return {"id": row["id"], "type": type_, "attributes": attributes, "relationships": links}


def _person() -> Row:
    return {"id": "u1", "type": "user", "attributes": {"first_name": "Camille Canari", "email": "canari@exemple.fr"}}


def _configuration(broken: bool) -> Row:
    core = {"timezone": "Paris", "currency": "EUR", **({} if broken else {"locales": ["en", "fr-FR"]})}
    attributes = {"name": "Participer", "host": "participer.exemple.fr", "settings": {"core": core}}
    return {"data": {"id": "c", "type": "app_configuration", "attributes": attributes}}


def _projects() -> list[Row]:
    return [
        project("p1"),
        project("p2", publication_status="archived", comments_count=None),
        project("brouillon", publication_status="draft", title="Brouillon interdit"),
        project("groupe", visible_to="groups", title="Projet interdit"),
    ]


def _phases() -> list[Row]:
    return [
        phase("ph2", "p1", "voting", start_at="2026-02-06", end_at=None, baskets_count=25, votes_count=60),
        phase("ph1", "p1", "ideation"),
        phase("ph3", "p2", "native_survey", ideas_count=18),
        phase("ph4", "p2", "proposals", start_at="2026-03-01", end_at="2026-04-01", ideas_count=0),
    ]


def _ideas() -> list[Row]:
    return [
        idea("i1", "p1", budget=15000, votes_count=30),
        idea("i2", "p1", location_point=None, location_description=None, likes_count=None),
        idea("i3", "p1", publication_status="draft", title="Idée interdite"),
        idea("s1", "p2", type="survey", creation_phase_id="ph3", title="Réponse interdite"),
        idea("pr1", "p2", type="proposal", creation_phase_id="ph4"),
        idea("x1", "groupe", title="Idée interdite"),
    ]


def _handler(site: GoVocal) -> type[Quiet]:
    class Handler(Quiet):
        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = site.answer(self.command, self.path, headers, sent)
            if "redirect" in site.faults and "projects" in self.path:
                status, body = 302, b""
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "https://connexion.exemple.fr/sign-in")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def date_time_string(self, _timestamp: float | None = None) -> str:
            return site.date

    return Handler
