"""A simulated Cap Collectif: it executes GraphQL over a reduced schema, with the platform's traps as switches."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from graphql import GraphQLError, GraphQLSchema, build_schema, graphql_sync

from tests.platforms.server import Loopback, Quiet

PREVIEW = "application/vnd.cap-collectif.preview+json"
CANARIES = ("Zoé Canari", "zoe.canari@exemple.fr", "06 12 34 56 78", "zcanari")
PERSON = dict(zip(("username", "email", "phone", "slug"), CANARIES, strict=True)) | {"id": "User:1"}
UNLISTED = ("PresentationStep", "OtherStep", "RankingStep")
PUBLIC = build_schema("interface Node { id: ID! } type Query { node(id: ID!): Node nodes(ids: [ID!]!): [Node]! }")

_PAGES = "after: String, first: Int = 100"
_STEP = "id: ID! url: URI! timeRange: TimeRange! title: String! state: StepState!"


def _connection(name: str, node: str) -> str:
    return (
        f"type {name}Connection {{ totalCount: Int pageInfo: PageInfo! edges: [{name}Edge] }}"
        f" type {name}Edge {{ node: {node} cursor: String! }} "
    )


SDL = f"""
scalar DateTime scalar URI scalar HTML
enum StepState {{ FUTURE OPENED CLOSED }} enum Direction {{ ASC DESC }}
enum Trash {{ NOT_TRASHED TRASHED }} enum Order {{ PUBLISHED_AT START_AT POPULAR }}
input By {{ field: Order! direction: Direction! }}
interface Node {{ id: ID! }} interface Step {{ {_STEP} }}
type PageInfo {{ hasNextPage: Boolean! endCursor: String }} type TimeRange {{ startAt: DateTime endAt: DateTime }}
type User {{ id: ID! username: String email: String phone: String slug: String }}
type Title {{ title: String! }} type Name {{ name: String! }} type Media {{ url: URI! }}
type Theme {{ id: ID! title: String! }} type District {{ id: ID! name: String! }}
type Address {{ formatted: String lat: Float! lng: Float! }} type Status {{ id: ID! name: String! }}
type Selection {{ step: SelectionStep! status: Status }}
type Project implements Node {{
  id: ID!
  url: URI!
  title: String!
  publishedAt: DateTime!
  metaDescription: String
  type: Title
  cover: Media
  themes: [Theme!]
  authors: [User!]!
  steps: [Step!]!
  districts({_PAGES}): DistrictConnection
  votes({_PAGES}): UserConnection!
  contributors({_PAGES}): UserConnection!
  contributions({_PAGES}): UserConnection!
}}
type CollectStep implements Node & Step {{ {_STEP}
  proposals({_PAGES}, trashedStatus: Trash = NOT_TRASHED, orderBy: [By]): ProposalConnection! }}
type SelectionStep implements Node & Step {{ {_STEP}
  proposals({_PAGES}, trashedStatus: Trash = NOT_TRASHED, orderBy: [By]): ProposalConnection! }}
type QuestionnaireStep implements Node & Step {{ {_STEP} questionnaire: Questionnaire
  contributors({_PAGES}): UserConnection! }}
type ConsultationStep implements Node & Step {{ {_STEP} contributors({_PAGES}): UserConnection!
  votes({_PAGES}): UserConnection! }}
{" ".join(f"type {name} implements Step {{ {_STEP} }}" for name in UNLISTED)}
type Questionnaire {{ id: ID! replies({_PAGES}): UserConnection! }}
type Proposal implements Node {{
  id: ID! reference: String! title: String! url: URI! summary: String bodyText: String createdAt: DateTime!
  updatedAt: DateTime publishedAt: DateTime published: Boolean! draft: Boolean! trashed: Boolean! theme: Theme
  category: Name address: Address votes({_PAGES}): UserConnection! selections: [Selection!]! author: User! }}
type Event implements Node {{
  id: ID! url: URI! title: String! body: HTML! enabled: Boolean! createdAt: DateTime! updatedAt: DateTime
  timeRange: TimeRange! googleMapsAddress: Address author: User }}
{_connection("Project", "Project!")} {_connection("Proposal", "Proposal!")} {_connection("Event", "Event!")}
{_connection("District", "District")} {_connection("User", "User!")}
type Query {{
  projects({_PAGES}, orderBy: By): ProjectConnection!
  events({_PAGES}, orderBy: By, project: ID): EventConnection!
  node(id: ID!): Node
}}
"""


@cache
def preview(gone: str) -> GraphQLSchema:
    """The preview schema, without the field that is gone."""
    return build_schema(SDL.replace(gone, "") if gone else SDL)


def connection(total: int | None) -> Callable[..., dict[str, Any]]:
    """People that only a number may be asked of: another field beside it, and the number differs."""

    def answer(info: Any, **_: Any) -> dict[str, Any]:
        asked = [each.name.value for each in info.field_nodes[0].selection_set.selections]
        edges = [{"node": PERSON, "cursor": "x"}]
        other = total if asked == ["totalCount"] or total is None else total + 1000
        return {"totalCount": other, "pageInfo": {"hasNextPage": True, "endCursor": None}, "edges": edges}

    return answer


def step(
    kind: str, identity: str, state: str = "CLOSED", start: str | None = None, end: str | None = None, **more: Any
) -> dict[str, Any]:
    """A step; of an unlisted type, its id is plain."""
    return {
        "__typename": kind, "id": identity, "title": f"Étape {identity}", "state": state,
        "url": f"https://participer.exemple.fr/project/p/{identity}", "timeRange": {"startAt": start, "endAt": end},
        **more,
    }  # fmt: skip


def project(identity: str, steps: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    """A project with its counts: 5 contributors, 7 contributions, 9 votes."""
    counts = {"contributors": connection(5), "contributions": connection(7), "votes": connection(9)}
    return {
        "__typename": "Project", "id": identity, "title": f"Démarche {identity}",
        "url": f"https://participer.exemple.fr/project/{identity}", "publishedAt": "2024-01-10 09:00:00",
        "authors": [PERSON], "steps": steps or [], "events": [], **counts, **more,
    }  # fmt: skip


def proposal(identity: str, **more: Any) -> dict[str, Any]:
    """A published proposal with three votes."""
    return {
        "__typename": "Proposal", "id": identity, "reference": f"1-{identity}", "title": f"Idée {identity}",
        "url": f"https://participer.exemple.fr/proposals/{identity}", "createdAt": "2024-02-01 10:00:00",
        "publishedAt": "2024-02-01 10:00:00", "published": True, "draft": False, "trashed": False,
        "bodyText": "Planter des arbres.", "votes": connection(3), "selections": [], "author": PERSON, **more,
    }  # fmt: skip


def event(identity: str, **more: Any) -> dict[str, Any]:
    """A public meeting."""
    return {
        "__typename": "Event", "id": identity, "title": f"Réunion {identity}", "body": "<p>Venez&nbsp;!</p>",
        "url": f"https://participer.exemple.fr/events/{identity}", "enabled": True, "createdAt": "2024-01-01 00:00:00",
        "timeRange": {"startAt": "2024-03-01 18:00:00", "endAt": None}, "author": PERSON, **more,
    }  # fmt: skip


class CapCollectif(Loopback):
    """The site. `failing`: fields whose resolver breaks; `poisoned`: ids whose edge breaks; `cap`: rows of a page."""

    def __init__(self) -> None:
        self.projects: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.switches: set[str] = set()
        self.failing: set[str] = set()
        self.poisoned: set[str] = set()
        self.gone = ""
        self.cap = 100
        self.locales = ("fr-FR",)
        self.raw: tuple[int, str, bytes] | None = None
        self.headers: dict[str, str] = {}
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.between: Callable[[], None] | None = None
        platform = self

        class Handler(Quiet):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                sent = {name.lower(): value for name, value in self.headers.items()}
                self.answer(*platform.reply(sent, content))

            def do_GET(self) -> None:
                self.answer(405, "application/json", b'""')

            def answer(self, status: int, media_type: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                for name, value in {"Cache-Control": "public, s-maxage=60", **platform.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        self.serve(Handler)

    def reply(self, headers: dict[str, str], content: bytes) -> tuple[int, str, bytes]:
        """Answer one POST: status, media type, body."""
        if "public_api_off" in self.switches:
            return 404, "text/html", b"<!doctype html><h1>404</h1>"
        if self.raw:
            return self.raw
        try:
            asked = json.loads(content)
            query = asked["query"]
        except (ValueError, KeyError):
            return 400, "text/html", b"Wrong public query"
        self.asked.append((headers, asked))
        schema = preview(self.gone) if headers.get("accept") == PREVIEW else PUBLIC
        language = headers.get("accept-language", "fr-FR")
        roots = {"node": self.node, "projects": self.list_projects, "events": self.list_events}
        if language not in self.locales:
            return 200, "application/json", b'{"errors":[{"message":"the locale fr-FR is not enabled"}],"data":null}'
        result = graphql_sync(schema, query, root_value=roots, variable_values=asked.get("variables"))
        body: dict[str, Any] = {} if result.data is None and self._invalid(result.errors) else {"data": result.data}
        if result.errors:
            body["errors"] = [self.masked(error) for error in result.errors]
        return 200, "application/json", json.dumps(body).encode()

    @staticmethod
    def _invalid(errors: list[GraphQLError] | None) -> bool:
        return all(error.path is None for error in errors or [])

    @staticmethod
    def masked(error: GraphQLError) -> dict[str, Any]:
        """What is said of an error outside debug."""
        if error.path is None:
            return {"message": error.message.replace("'", '"'), "extensions": {"category": "graphql"}}
        denied = "Access denied" in error.message
        message, category = (error.message, "user") if denied else ("Internal server Error", "internal")
        return {"message": message, "extensions": {"category": category}, "path": error.path}

    def node(self, _info: Any, id: str) -> dict[str, Any] | None:
        """A thing by its global id; null when unknown or private."""
        steps = [each for one in self.projects for each in one["steps"] if each["__typename"] not in UNLISTED]
        found = next((each for each in (*self.projects, *steps) if each["id"] == id), None)
        if found is None:
            return None
        shown = {**found, **dict.fromkeys(self.failing & found.keys(), self.breaking)}
        if self.failing & {"replies"} and found.get("questionnaire"):
            shown["questionnaire"] = {"id": "q", "replies": self.breaking}
        if isinstance(found.get("proposals"), list) and "proposals" not in self.failing:
            shown["proposals"] = self.paged(found["proposals"], "proposal")
        if "strict_steps" in self.switches and any(each["__typename"] in UNLISTED for each in found.get("steps", ())):
            shown["steps"] = self.breaking
        return shown

    def breaking(self, _info: Any, **_: Any) -> Any:
        """A resolver that fails."""
        raise GraphQLError("Access denied to this field." if "denied" in self.switches else "Find contributors failed.")

    def list_projects(self, info: Any, **asked: Any) -> Any:
        """The projects by page; nothing at all, and no error, when the search engine fails."""
        if "silent_zero" in self.switches or ("silent_zero_later" in self.switches and asked.get("after")):
            return self.paged([], "projects")(info)
        if asked.get("after") and self.between:
            change, self.between = self.between, None
            change()
        return self.paged(self.projects, "projects")(info, **asked)

    def list_events(self, info: Any, project: str | None = None, **asked: Any) -> Any:
        """The events by page, all or those of a project."""
        if "events" in self.failing:
            return self.breaking(info)
        chosen = next((one["events"] for one in self.projects if one["id"] == project), []) if project else None
        return self.paged([one for one in self.events if chosen is None or one["id"] in chosen], "events")(
            info, **asked
        )

    def paged(self, rows: list[dict[str, Any]], name: str) -> Callable[..., dict[str, Any]]:
        """A connection over `rows`: at most `cap` a page, whatever is asked."""

        def answer(_info: Any, first: int = 100, after: str | None = None, **_: Any) -> dict[str, Any]:
            start = 0 if after is None else int(base64.b64decode(after).split(b":")[1]) + 1
            here = rows[start : start + min(first, self.cap)]
            edges: list[Any] | None = [{"node": self.whole(each), "cursor": self.cursor(name, start)} for each in here]
            more, end = start + len(here) < len(rows), self.cursor(name, start + len(here) - 1) if here else None
            if f"edges_null:{name}" in self.switches:
                edges = None
            if f"cursor_loop:{name}" in self.switches:
                more, end = True, self.cursor(name, self.cap - 1)
            if f"cursor_null:{name}" in self.switches:
                more, end = True, None
            total = None if f"hidden_count:{name}" in self.switches else len(rows)
            return {"totalCount": total, "pageInfo": {"hasNextPage": more, "endCursor": end}, "edges": edges}

        return answer

    def whole(self, row: dict[str, Any]) -> Any:
        """A row as it is served: one that is poisoned breaks."""
        return self.breaking if row["id"] in self.poisoned else row

    @staticmethod
    def cursor(name: str, rank: int) -> str:
        """`arrayconnection:N` for projects, another opaque form for the rest."""
        word = "arrayconnection" if name == "projects" else f'a:2;s:7;"{name}"'
        return base64.b64encode(f"{word.replace(':', '.') if name != 'projects' else word}:{rank}".encode()).decode()
