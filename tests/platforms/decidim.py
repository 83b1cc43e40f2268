"""A simulated Decidim, 0.26 to 0.31: POST /api executes a reduced schema; switches make it misbehave as the real one.

Its data hold canaries (`CANARIES`): names and addresses that no request may bring back.
"""

from __future__ import annotations

import base64
import copy
import functools
import json
import re
from typing import Any

from graphql import FieldNode, build_schema, execute_sync, parse, validate

from tests.platforms.server import Loopback, Quiet

CANARIES = ("Camille Dupont-Canari", "camille.canari@example.org", "06 12 34 56 78", "avatar-canari.png")
_PERSON = {"name": CANARIES[0], "email": CANARIES[1], "phone": CANARIES[2], "avatarUrl": CANARIES[3]}
_LINE = re.compile(r"^(.*?)\s*# (\d*)-(\d*)$")
_UNKNOWN = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")
_CONNECTIONS = ("proposals", "meetings", "results", "budgets", "debates", "posts", "pages")

SDL = """
scalar Date
scalar DateTime
type Author { name: String! email: String phone: String avatarUrl: String }
type LocalizedString { locale: String! machineTranslated: Boolean! text: String }
type TranslatedField { translations: [LocalizedString]! }
type PageInfo { endCursor: String hasNextPage: Boolean! }
type Coordinates { latitude: Float! longitude: Float! }
type Named { id: ID! title: TranslatedField }
type Category { id: ID! name: TranslatedField! }
type Scope { id: ID! name: TranslatedField! }
type Taxonomy { id: ID! name: TranslatedField! }
type Metric { name: String! count: Int! }
type Deployment { tag: String decidimVersion: String }
type Decidim {
  version: String! # -29
  version: String # 30-
}
input Filter { publishedSince: String }
input Sort { id: String publishedAt: String }
type Query {
  decidim: Decidim
  users: [Author]
  participatoryProcesses(filter: Filter, order: Sort): [ParticipatoryProcess]
  assemblies(filter: Filter, order: Sort): [Assembly]
  initiatives(filter: Filter, order: Sort): [Initiative]
  participatoryProcess(id: ID): ParticipatoryProcess
  assembly(id: ID): Assembly
  initiative(id: ID): Initiative
  component(id: ID!): ComponentInterface
  metrics(names: [String!], space_id: Int, space_type: String): [Metric!]
  deployment: Deployment # osp
}
interface ComponentInterface { id: ID! }
type ParticipatoryProcess {
  id: ID! slug: String! title: TranslatedField! shortDescription: TranslatedField description: TranslatedField
  startDate: Date endDate: Date publishedAt: DateTime! updatedAt: DateTime! heroImage: String localArea: TranslatedField
  participatoryProcessGroup: Named steps: [ParticipatoryProcessStep]! components: [ComponentInterface]
  scope: Scope # -29
  categories: [Category]! # -29
  taxonomies: [Taxonomy!] # 30-
}
type ParticipatoryProcessStep {
  id: ID! title: TranslatedField! position: Int active: Boolean
  startDate: Date endDate: Date # -27
  startDate: DateTime endDate: DateTime # 28-
}
type Assembly {
  id: ID! slug: String! title: TranslatedField! shortDescription: TranslatedField description: TranslatedField
  creationDate: Date includedAt: Date closingDate: Date publishedAt: DateTime! updatedAt: DateTime!
  privateSpace: Boolean isTransparent: Boolean parent: Assembly members: [Author]! components: [ComponentInterface]
  taxonomies: [Taxonomy!] # 30-
}
type Initiative {
  id: ID! slug: String! state: String title: TranslatedField! signatureStartDate: Date! signatureEndDate: Date!
  onlineVotes: Int offlineVotes: Int publishedAt: DateTime! updatedAt: DateTime initiativeType: Named scope: Scope
  author: Author! components: [ComponentInterface]
}
type Amendment { id: ID! amender: Author! emendation: Amendable! }
interface Amendable { id: ID! }
type Proposal implements Amendable {
  id: ID! reference: String state: String official: Boolean title: TranslatedField body: TranslatedField author: Author
  answer: TranslatedField answeredAt: DateTime publishedAt: DateTime updatedAt: DateTime voteCount: Int
  totalCommentsCount: Int! address: String coordinates: Coordinates amendments: [Amendment]!
  category: Category scope: Scope # -29
  taxonomies: [Taxonomy!] # 30-
  withdrawn: Boolean # 29-
  endorsementsCount: Int # -30
  likesCount: Int # 31-
}
type Meeting {
  id: ID! title: TranslatedField! description: TranslatedField startTime: DateTime! endTime: DateTime! closed: Boolean!
  isWithdrawn: Boolean! typeOfMeeting: String! privateMeeting: Boolean! transparent: Boolean! attendeeCount: Int
  contributionCount: Int closingReport: TranslatedField address: String location: TranslatedField
  coordinates: Coordinates updatedAt: DateTime author: Author
  publishedAt: DateTime! # 31-
}
type Status { id: ID! key: String name: TranslatedField }
type TimelineEntry {
  id: ID! entryDate: Date description: TranslatedField updatedAt: DateTime
  title: TranslatedField # 27-
}
type Result {
  id: ID! title: TranslatedField description: TranslatedField startDate: Date endDate: Date progress: Float
  status: Status
  parent: Result timelineEntries: [TimelineEntry] updatedAt: DateTime
  proposals: [Proposal] # 31-
}
type Budget { id: ID! title: TranslatedField! total_budget: Int! projects: [Project]! updatedAt: DateTime }
type Project {
  id: ID! reference: String selected: Boolean budget_amount: Int title: TranslatedField description: TranslatedField
  updatedAt: DateTime totalCommentsCount: Int!
  category: Category scope: Scope # -29
  taxonomies: [Taxonomy!] # 30-
  confirmedVotes: Int # 31-
}
type Debate {
  id: ID! reference: String title: TranslatedField description: TranslatedField updatedAt: DateTime author: Author
  totalCommentsCount: Int!
  category: Category scope: Scope # -29
  taxonomies: [Taxonomy!] # 30-
  conclusions: TranslatedField # 31-
}
type Post {
  id: ID! title: TranslatedField updatedAt: DateTime author: Author
  publishedAt: DateTime! # 28-
}
type Page { id: ID! title: TranslatedField! updatedAt: DateTime! }
type Component implements ComponentInterface { id: ID! }
"""
_LISTS = {
    "Proposals": ("proposals", "Proposal", ", order: Sort"),
    "Meetings": ("meetings", "Meeting", ""),
    "Accountability": ("results", "Result", ""),
    "Budgets": ("budgets", "Budget", ""),
    "Debates": ("debates", "Debate", ""),
    "Blogs": ("posts", "Post", ""),
    "Pages": ("pages", "Page", ""),
}
for _kind, (_name, _row, _order) in _LISTS.items():
    SDL += f"type {_row}Connection {{ nodes: [{_row}] pageInfo: PageInfo! }}\n"
    SDL += f"type {_kind} implements ComponentInterface {{ id: ID!\n"
    SDL += f"{_name}(first: Int, after: String{_order}): {_row}Connection }}\n"


def said(text: str | None, locale: str = "fr", machine: bool = False) -> dict[str, Any]:
    """Return a TranslatedField with one text."""
    return {"translations": [{"locale": locale, "machineTranslated": machine, "text": text}]}


class Decidim(Loopback):
    """A running site. `faults` are the switches of platforms/README.md that are on; `data` is what it holds."""

    def __init__(self, version: int = 29, *faults: str) -> None:
        self.version, self.faults = version, set(faults)
        self.data = copy.deepcopy(DATA)
        self.requests: list[dict[str, Any]] = []
        self.accepted: list[str] = []
        self.largest, self.most = 50, 300 if version == 26 else 5_000
        self.gone: set[str] = set()
        self.breaks: tuple[int, str] | None = None
        self.interface = functools.cache(build_schema)
        site = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                self.send(302, b"", Location="/api/docs") if self.path == "/api" else self.send(200, b"<html></html>")

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send(*site.answer(json.loads(content)))

            def send(self, status: int, body: bytes, **headers: str) -> None:
                self.send_response(status)
                headers.setdefault("Content-Type", "text/html" if body[:1] == b"<" else "application/json")
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name.replace("_", "-"), value)
                if status == 302 and "Location" not in headers:
                    self.send_header("Location", "/users/sign_in")
                self.end_headers()
                self.wfile.write(body)

        self.serve(Handler)

    def schema_text(self) -> str:
        """Return the interface of this version."""
        lines = []
        for line in SDL.splitlines():
            if line.endswith("# osp"):
                if "osp" not in self.faults:
                    continue
                line = line.removesuffix("# osp")
            elif found := _LINE.match(line):
                if not int(found[2] or 0) <= self.version <= int(found[3] or 999):
                    continue
                line = found[1]
            lines.append(line)
        text = "\n".join(lines)
        for gone in self.gone:
            parent, name = gone.split(".")
            text = re.sub(
                rf"(type {parent} [^}}]*?)\b{name}(\([^)]*\))?: ?[\[\]\w!]+", r"\1", text, count=1, flags=re.DOTALL
            )
        return text

    def answer(self, asked: dict[str, Any]) -> tuple[int, bytes]:
        """Return the status and the body of an answer."""
        self.requests.append(asked)
        if self.breaks and len(self.requests) > self.breaks[0]:
            self.faults.add(self.breaks[1])
        for fault, (status, body) in BROKEN.items():
            if fault in self.faults:
                return status, body
        schema = self.interface(self.schema_text())
        document = parse(asked["query"])
        if refused := [self._ruby(error.message) for error in validate(schema, document, max_errors=1000)]:
            return 200, json.dumps({"errors": refused}).encode()
        cost, most = _cost(document.definitions[0], asked["variables"]), self.most
        if cost > most:
            text = f"Query has complexity of {cost}, which exceeds max complexity of {most}"
            return 200, json.dumps({"errors": [{"message": text}]}).encode()
        self.accepted.append(asked["query"])
        result = execute_sync(
            schema, document, self.data, variable_values=asked["variables"], field_resolver=self._resolve
        )
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [{"message": error.message.rstrip(".")} for error in result.errors]
        if "partial_errors" in self.faults:
            body["errors"] = [{"message": "Something went wrong"}]
        if "unauthorized" in self.faults:
            body["errors"] = [{"message": "Refused", "extensions": {"code": "UNAUTHORIZED_OBJECT_ERROR"}}]
        if "key_gone" in self.faults:
            return 200, json.dumps(_without(body, "voteCount")).encode()
        return 200, json.dumps(body).encode()

    @staticmethod
    def _ruby(message: str) -> dict[str, Any]:
        found = _UNKNOWN.search(message)
        if not found:
            return {"message": message, "extensions": {"code": "other"}}
        name, parent = found.groups()
        extensions = {"code": "undefinedField", "typeName": parent, "fieldName": name}
        return {"message": f"Field '{name}' doesn't exist on type '{parent}'", "extensions": extensions}

    def _resolve(self, source: Any, info: Any, **args: Any) -> Any:
        name = info.field_name
        if info.parent_type.name == "Query":
            return self._root(name, args)
        if info.parent_type.name in _LISTS and name in _CONNECTIONS:
            return self._page(name, source.get(name, []), args)
        return source.get(name)

    def _root(self, name: str, args: dict[str, Any]) -> Any:
        if name == "decidim":
            return {"version": None if self.version >= 30 else f"0.{self.version}.4"}
        if name == "deployment":
            return {"tag": "v3", "decidimVersion": f"0.{self.version}.5"}
        if args.get("filter"):
            return []
        if "silent_zero" in self.faults:
            return []
        if name == "metrics":
            return [{"name": "participants", "count": self.data["participants"]}]
        plural = {"participatoryProcess": "participatoryProcesses", "assembly": "assemblies"}.get(name, f"{name}s")
        if name == "component":
            spaces = [*self.data["participatoryProcesses"], *self.data["assemblies"], *self.data["initiatives"]]
            rows = [one for space in spaces if space for one in space["components"] if one]
        elif name in self.data:
            return self.data[name]
        else:
            rows = self.data[plural]
        return next((row for row in rows if row and row["id"] == args["id"] and not row.get("closed_now")), None)

    def _page(self, name: str, rows: list[Any], args: dict[str, Any]) -> Any:
        if "list_null" in self.faults:
            return None
        after = args.get("after")
        start = int(base64.b64decode(after + "==")) if after else 0
        size = min(args.get("first") or self.largest, self.largest)
        if start and name != "proposals" and self.faults & {"page_shift", "page_shift_always"}:
            rows = rows[-1:] + rows[:-1]
            self.faults.discard("page_shift")
        end = start + size
        more = end < len(rows)
        nodes: Any = rows[start:end]
        cursor = base64.b64encode(str(end).encode()).decode().rstrip("=")
        if "hidden_count" in self.faults:
            nodes = [{**row, "voteCount": None} if row else None for row in nodes]
        if "nodes_null" in self.faults:
            nodes = None
        if "cursor_loop" in self.faults:
            more, cursor = True, "Mg"
        if "same_rows" in self.faults:
            more, nodes = True, rows[:2]
        info: dict[str, Any] = {"hasNextPage": more, "endCursor": cursor}
        if "cursor_null" in self.faults:
            info = {"hasNextPage": True, "endCursor": None}
        return {"nodes": nodes, "pageInfo": info}


BROKEN = {
    "html_200": (200, b"<!DOCTYPE html><title>Connexion</title>"),
    "redirect": (302, b""),
    "errors_only": (200, b'{"errors": [{"message": "boom"}]}'),
    "errors_null": (200, b'{"data": null, "errors": [{"message": "boom"}]}'),
    "errors_empty": (200, b'{"data": {}, "errors": [{"message": "boom"}]}'),
    "empty_object": (200, b"{}"),
    "not_an_object": (200, b"[]"),
    "server_error": (500, b'{"errors": [{"message": "Internal Server error"}], "data": {}}'),
    "bad_gateway": (502, b"<html>502</html>"),
    "too_many": (429, b"Retry later\n"),
}


def _cost(node: Any, variables: dict[str, Any]) -> int:
    """Return the complexity as Decidim counts it: a connection multiplies the fields of a row by the rows asked."""
    total = 0
    for one in node.selection_set.selections if node.selection_set else ():
        inner = _cost(one, variables)
        is_rows = isinstance(one, FieldNode) and one.name.value == "nodes"
        total += (inner * variables.get("first", 50) if is_rows else inner) + isinstance(one, FieldNode)
    return total


def _without(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _without(item, name) for key, item in value.items() if key != name}
    return [_without(item, name) for item in value] if isinstance(value, list) else value


STAMP = "2024-05-13T09:00:00+02:00"
_NAMES = {"category": {"id": "1", "name": said("Mobilités")}, "scope": {"id": "2", "name": said("Rive droite")}}
_FACETS = {**_NAMES, "taxonomies": [{"id": "1", "name": said("Mobilités")}], "updatedAt": STAMP}
_SPACE = {"publishedAt": "2023-01-10T08:00:00Z", "updatedAt": STAMP, "members": [_PERSON], "author": _PERSON}


def proposal_row(number: int, **changes: Any) -> dict[str, Any]:
    """Return a proposal."""
    return {
        "__typename": "Proposal", "id": str(number), "reference": f"REF-{number}", "state": "accepted",
        "official": False, "title": said(f"Idée {number} &amp; <b>plus</b>"), "body": said("Un texte du public."),
        "author": _PERSON, "answer": said("<p>Oui.</p>"), "answeredAt": STAMP, "publishedAt": "2023-03-01T10:00:00Z",
        "voteCount": 3, "totalCommentsCount": 2, "address": "1 rue des Alouettes", "coordinates": None,
        "amendments": [], "withdrawn": False, "endorsementsCount": 5, "likesCount": 5, **_FACETS, **changes,
    }  # fmt: skip


def meeting_row(number: int, **changes: Any) -> dict[str, Any]:
    """Return a meeting."""
    return {
        "id": str(number), "title": said(f"Atelier {number}"), "description": said("Venez."), "author": _PERSON,
        "startTime": "2023-05-12T18:00:00+02:00", "endTime": "2023-05-12T20:30:00+02:00", "closed": True,
        "isWithdrawn": False, "typeOfMeeting": "in_person", "privateMeeting": False, "transparent": False,
        "attendeeCount": 40, "contributionCount": None, "closingReport": said("<p>Bien.</p>"),
        "address": "2 place Verte",
        "location": said("Maison de quartier"), "coordinates": {"latitude": 47.2, "longitude": -1.55},
        "updatedAt": STAMP, "publishedAt": STAMP, **changes,
    }  # fmt: skip


def result_row(number: int, **changes: Any) -> dict[str, Any]:
    """Return a result of accountability."""
    return {
        "id": str(number), "title": said(f"Piste cyclable {number}"), "description": said("800 m."),
        "startDate": "2023-09-01", "endDate": "2025-12-31", "progress": 40.0, "parent": None, "updatedAt": STAMP,
        "status": {"id": "1", "key": "en_travaux", "name": said("En travaux")}, "timelineEntries": [],
        "proposals": [{"__typename": "Proposal", "id": "11"}], **changes,
    }  # fmt: skip


def _step(number: int, starts: str, ends: str, active: bool) -> dict[str, Any]:
    dates = {"startDate": starts, "endDate": ends}
    return {"id": str(number), "title": said(f"Étape {number}"), "position": number - 1, "active": active, **dates}


_ENTRIES = [
    {"id": "1", "entryDate": "2024-01-15", "title": said("Marché"), "description": said("Signé."), "updatedAt": STAMP},
    {"id": "2", "entryDate": "2025-10-01", "title": said("Livraison"), "description": said(""), "updatedAt": STAMP},
]
_PROJECT = {
    "id": "51", "reference": "PRJ-51", "selected": True, "budget_amount": 25_000, "title": said("Bancs"),
    "description": said("Dix bancs."), "totalCommentsCount": 0, "confirmedVotes": 120, **_FACETS,
}  # fmt: skip
_COMPONENTS = [
    {"__typename": "Proposals", "id": "101", "proposals": [
        proposal_row(11, amendments=[{"id": "1", "amender": _PERSON, "emendation": {"__typename": "Proposal",
                                                                                  "id": "13"}}]),
        proposal_row(12, state="withdrawn", withdrawn=True, answer=None, answeredAt=None),
        proposal_row(13, state="en_cours_detude", coordinates={"latitude": 47.2, "longitude": -1.55}),
    ]},
    {"__typename": "Meetings", "id": "102", "meetings": [
        meeting_row(21),
        meeting_row(22, typeOfMeeting="online", attendeeCount=None, isWithdrawn=True, closed=False),
        meeting_row(23, privateMeeting=True),
        meeting_row(24, privateMeeting=True, transparent=True, typeOfMeeting="hybrid", attendeeCount=0),
    ]},
    {"__typename": "Accountability", "id": "103", "results": [
        result_row(31, progress=120.0),
        result_row(32, parent={"id": "31"}, timelineEntries=_ENTRIES, progress=33.3),
        result_row(33, progress=None, status=None, endDate=None),
    ]},
    {"__typename": "Budgets", "id": "104", "budgets": [
        {"id": "41", "title": said("Budget 2023"), "total_budget": 500_000, "projects": [_PROJECT], "updatedAt": STAMP},
    ]},
    {"__typename": "Debates", "id": "105", "debates": [
        {"id": "61", "reference": "DEB-61", "title": said("Quelle ville ?"), "description": said("Parlons."),
         "author": _PERSON, "totalCommentsCount": 8, "conclusions": None, **_FACETS},
    ]},
    {"__typename": "Blogs", "id": "106", "posts": [
        {"id": "71", "title": said("Le bilan est en ligne"), "updatedAt": STAMP, "publishedAt": STAMP,
         "author": _PERSON},
    ]},
    {"__typename": "Pages", "id": "107", "pages": [{"id": "81", "title": said("Mode d'emploi"), "updatedAt": STAMP}]},
    {"__typename": "Component", "id": "108"},
]  # fmt: skip
DATA: dict[str, Any] = {
    "users": [_PERSON],
    "participants": 214,
    "participatoryProcesses": [
        {
            **_SPACE, "id": "7", "slug": "rue-alouettes", "title": said("Rue des <i>Alouettes</i>"),
            "shortDescription": said("<p>Réaménager &amp; planter.</p>"), "description": said("<p>La métropole…</p>"),
            "startDate": "2023-01-15", "endDate": "2023-12-31", "heroImage": "/uploads/rue.jpg",
            "localArea": said("Quartier nord"), "participatoryProcessGroup": {"id": "3", "title": said("Voirie")},
            "steps": [
                _step(1, "2023-01-15", "2023-06-30", False), _step(2, "2023-07-01", "2023-12-31", True),
                _step(3, "2024-01-01", "2026-12-31", False),
            ],
            "scope": _NAMES["scope"], "categories": [_NAMES["category"]], "taxonomies": _FACETS["taxonomies"],
            "components": _COMPONENTS,
        },
        {
            **_SPACE, "id": "8", "slug": "plan-climat", "title": said("Pla climàtic", "ca"), "shortDescription": None,
            "description": said("Plan traduit", machine=True), "startDate": "2024-03-01", "endDate": None,
            "heroImage": None, "localArea": None, "participatoryProcessGroup": None,
            "steps": [_step(4, "2024-03-01", "2026-03-01", True)], "scope": None, "categories": [], "taxonomies": [],
            "components": [],
        },
    ],
    "assemblies": [
        {
            **_SPACE, "id": "7", "slug": "codev", "title": said("Conseil de développement"), "shortDescription": None,
            "description": None, "creationDate": "2019-02-01", "includedAt": None, "closingDate": None,
            "privateSpace": True, "isTransparent": True, "parent": None, "taxonomies": [], "components": [],
        },
        {
            **_SPACE, "id": "9", "slug": "secret", "title": said("Assemblée privée"), "shortDescription": None,
            "description": None, "creationDate": None, "includedAt": None, "closingDate": None,
            "privateSpace": True, "isTransparent": False, "parent": None, "taxonomies": [],
            "components": [{"__typename": "Meetings", "id": "901", "meetings": [meeting_row(99)]}],
        },
    ],
    "initiatives": [
        {
            **_SPACE, "id": "5", "slug": "i-5", "state": "published", "title": said("Plus d'arbres"),
            "signatureStartDate": "2024-01-01", "signatureEndDate": "2024-12-31", "onlineVotes": 812,
            "offlineVotes": None, "initiativeType": {"id": "1", "title": said("Pétition")}, "scope": None,
            "components": [],
        },
        {
            **_SPACE, "id": "6", "slug": "i-6", "state": "validating", "title": said("Brouillon"),
            "signatureStartDate": "2024-01-01", "signatureEndDate": "2024-12-31", "onlineVotes": 1,
            "offlineVotes": None, "initiativeType": None, "scope": None, "components": [],
        },
    ],
}  # fmt: skip
