"""A simulated CONSUL Democracy site: it executes GraphQL for real, with the platform's own limits and bad habits."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.platforms.server import Loopback, Quiet

ARGS = "(after: String, before: String, first: Int, last: Int)"
NODES = ["Budget", "BudgetInvestment", "Milestone", "Proposal", "Debate", "Tag", "User", "Vote"]
SDL = """
scalar ISO8601Date
scalar ISO8601DateTime
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type Query {
  budgets: BudgetConnection!
  budget(id: ID!): Budget!
  debates: DebateConnection!
  proposals: ProposalConnection!
  users: UserConnection!
  votes: VoteConnection!
}
type Budget { id: ID! name: String phase: String
  investments: BudgetInvestmentConnection! investment(id: ID!): BudgetInvestment! }
type BudgetInvestment { id: ID! title: String description: String price: Int feasibility: String location: String
  public_author: User comments_count: Int milestones: MilestoneConnection }
type Milestone { id: ID! title: String description: String publication_date: ISO8601Date }
type Proposal { id: ID! title: String summary: String description: String cached_votes_up: Int comments_count: Int
  geozone: Geozone public_author: User public_created_at: String retired_at: ISO8601DateTime tags: TagConnection }
type Debate { id: ID! title: String description: String public_author: User public_created_at: String
  cached_votes_up: Int cached_votes_down: Int cached_votes_total: Int comments_count: Int tags: TagConnection }
type Geozone { id: ID! name: String }
type Tag { id: ID! name: String kind: String }
type User { id: ID! username: String }
type Vote { id: ID! votable_id: Int }
""" + "\n".join(
    f"type {name}Connection {{ pageInfo: PageInfo! edges: [{name}Edge] nodes: [{name}] }}\n"
    f"type {name}Edge {{ cursor: String! node: {name} }}"
    for name in NODES
)
CANARY = {"id": "7", "username": "Zélie Canari <zelie.canari@exemple.fr> 06 12 34 56 78"}
"""A person whose name stands everywhere on the site, and must stand nowhere in the hub."""

Row = dict[str, Any]


def proposal(number: int, **changes: Any) -> Row:
    """A proposal as the site holds it."""
    row = {
        "id": str(number),
        "title": f"Proposition {number}",
        "summary": "<p>En bref</p>",
        "description": "<p>Un texte</p>",
        "cached_votes_up": 3,
        "comments_count": 0,
        "geozone": None,
        "public_author": CANARY,
        "public_created_at": "2024-03-01 10:00:00 +0100",
        "retired_at": None,
        "tags": [],
    }
    return row | changes


def debate(number: int, **changes: Any) -> Row:
    """A debate as the site holds it."""
    row = proposal(number, title=f"Débat {number}", cached_votes_down=1, cached_votes_total=4)
    return {key: row[key] for key in row if key not in ("summary", "geozone", "retired_at")} | changes


def investment(number: int, **changes: Any) -> Row:
    """A project of a participatory budget as the site holds it."""
    row = {
        "id": str(number),
        "title": f"Projet {number}",
        "description": "<p>Un texte</p>",
        "price": 1000,
        "feasibility": "feasible",
        "location": None,
        "comments_count": 2,
        "public_author": CANARY,
        "milestones": [],
        "budget": "1",
    }
    return row | changes


def milestone(number: int, **changes: Any) -> Row:
    """A milestone of a project."""
    row = {"id": str(number), "title": f"Jalon {number}", "description": None, "publication_date": "2024-05-02"}
    return row | changes


class Consul(Loopback):
    """One site: its contents, the size of its pages, and the misbehaviours switched on.

    `faults` maps the rank of a request (1 is the first; 0 is all) to the name of what goes wrong with it.
    `before` is called before each request with its rank: contents may change while they are read. `scripted` is
    answered to everything instead of the contents.
    """

    def __init__(self, page: int = 25, without: tuple[str, ...] = (), scoped: bool = False) -> None:
        self.lists: dict[str, list[Row]] = {name: [] for name in ("budgets", "investments", "proposals", "debates")}
        self.lists["users"] = [CANARY]
        self.page, self.scoped = page, scoped
        self.faults: dict[int, str] = {}
        self.browsers_only = False
        self.before: Callable[[int], None] = lambda _: None
        self.scripted: Row | None = None
        self.requests: list[dict[str, Any]] = []
        self.schema = self._schema(without)
        self.serve(self._handler())

    def put(self, name: str, *rows: Row) -> None:
        """Publish rows; one of the same id is replaced."""
        ids = {row["id"] for row in rows}
        self.lists[name] = [row for row in self.lists[name] if row["id"] not in ids] + list(rows)

    def remove(self, name: str, number: str) -> None:
        """Withdraw a row: the platform leaves no trace of it."""
        self.lists[name] = [row for row in self.lists[name] if row["id"] != number]

    def _schema(self, without: tuple[str, ...]) -> GraphQLSchema:
        text = re.sub(r"(\w+): (\w+Connection)", rf"\1{ARGS}: \2", SDL)
        for gone in without:
            kind, field = gone.split(".")
            text = re.sub(rf"(type {kind} {{[^}}]*?)\b{field}(\([^)]*\))?: \w+!?", r"\1", text, count=1)
        schema = build_schema(text)
        for kind in schema.type_map.values():
            for name, field in kind.fields.items() if isinstance(kind, GraphQLObjectType) else ():
                if str(field.type).rstrip("!").endswith("Connection"):
                    field.resolve = self._connection(name)
        schema.type_map["Query"].fields["budget"].resolve = lambda _, __, id: self._one("budgets", id)
        schema.type_map["Budget"].fields["investment"].resolve = lambda _, __, id: self._one("investments", id)
        return schema

    def _one(self, name: str, number: str) -> Row:
        return next(row for row in self.lists[name] if row["id"] == number)

    def _connection(self, name: str) -> Callable[..., Row | None]:
        def resolve(source: Row | None, info: Any, after: str | None = None, first: int | None = None, **_: Any) -> Any:
            rows = self.lists[name] if name in self.lists else (source or {})[name]
            if name == "investments" and self.scoped:
                rows = [row for row in rows if row["budget"] == (source or {})["id"]]
            if rows is None:
                return None
            start = int(base64.b64decode(after)) if after else 0
            start = 0 if start > 1000 else start
            size = min(first or self.page, self.page)
            chosen = list(enumerate(rows[start : start + size], start=start + 1))
            edges = [{"cursor": _cursor(rank), "node": row} for rank, row in chosen]
            info_ = {
                "hasNextPage": start + size < len(rows),
                "hasPreviousPage": start > 0,
                "startCursor": edges[0]["cursor"] if edges else None,
                "endCursor": edges[-1]["cursor"] if edges else None,
            }
            return {"pageInfo": info_, "edges": edges, "nodes": [row for _, row in chosen]}

        return resolve

    def answer(self, query: str, variables: Row) -> Row:
        """Return what the platform answers, its refusals included."""
        if self.scripted is not None:
            return self.scripted
        document = parse(query)
        operation = document.definitions[0]
        depth, cost = _depth(operation.selection_set), _cost(operation.selection_set)
        refused = [f"Query has depth of {depth}, which exceeds max depth of 8"] * (depth > 8)
        refused += [f"Query has complexity of {cost}, which exceeds max complexity of 2500"] * (cost > 2500)
        if refused:
            return {"errors": [{"message": message} for message in refused for _ in range(3)]}
        if errors := validate(self.schema, document):
            return {"errors": [{"message": _ruby(error.message)} for error in errors]}
        result = execute_sync(self.schema, document, variable_values=variables)
        assert isinstance(result, ExecutionResult)
        assert not result.errors, result.errors
        return {"data": result.data}

    def _handler(site: Consul) -> type[Quiet]:
        class Handler(Quiet):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = json.loads(body)
                site.requests.append(asked)
                rank = len(site.requests)
                site.before(rank)
                status, content = 404, b"<!DOCTYPE html>"
                if site.browsers_only and "Mozilla" not in self.headers["User-Agent"]:
                    status = 403
                elif self.path == "/graphql":
                    answer = site.answer(asked["query"], asked["variables"])
                    status, content = spoil(site.faults.get(rank) or site.faults.get(0, ""), answer, rank)
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if content[:1] == b"<" else "application/json")
                self.send_header("Content-Length", str(len(content)))
                if status == 301:
                    self.send_header("Location", "https://www.exemple.fr/users/sign_in")
                self.end_headers()
                self.wfile.write(content)

        return Handler


def spoil(fault: str, answer: Row, rank: int) -> tuple[int, bytes]:
    """Return the status and the body of an answer, gone wrong in the way that `fault` names."""
    if fault in ("empty_204", "html_200", "redirect", "error_500"):
        status = {"empty_204": 204, "redirect": 301, "error_500": 500}.get(fault, 200)
        return status, b"<!DOCTYPE html><title>Connexion</title>" if fault == "html_200" else b""
    errors = [{"message": f"Timeout {CANARY['username']}"}]
    if fault.startswith("errors_only"):
        answer = {"errors": errors} | {"errors_only_null": {"data": None}, "errors_only_void": {"data": {}}}.get(
            fault, {}
        )
    elif fault == "partial_errors":
        answer = answer | {"errors": errors}
    elif fault == "no_data":
        answer = {}
    for page in pages_in(answer):
        _spoil_page(fault, page, rank)
    return 200, json.dumps(answer).encode()


def _spoil_page(fault: str, page: Row, rank: int) -> None:
    if fault == "silent_zero":
        page["edges"] = []
        page["pageInfo"] = {"hasNextPage": False, "endCursor": None}
    elif fault == "null_edges":
        page["edges"] = None
    elif fault == "null_items":
        page["edges"] = [None, {"node": None}, {"node": page["edges"][0]["node"] | {"id": ""}}, *page["edges"][1:]]
    elif fault == "cursor_loop":
        page["pageInfo"] = {"hasNextPage": True, "endCursor": _cursor(1)}
    elif fault == "endless":
        page["pageInfo"] = {"hasNextPage": True, "endCursor": _cursor(1000 + rank)}
    elif fault == "cursor_null":
        page["pageInfo"] = {"hasNextPage": True, "endCursor": None}
    elif fault == "no_page_info":
        del page["pageInfo"]
    elif fault.startswith("drop_"):
        for edge in page["edges"]:
            edge["node"].pop(fault.removeprefix("drop_"))


def pages_in(answer: Row) -> Iterator[Row]:
    """Yield the lists that stand at the top of an answer, or under its budget; not those inside rows."""
    data = answer.get("data") or {}
    for value in [*data.values(), *(data.get("budget") or {}).values()]:
        if isinstance(value, dict) and "edges" in value:
            yield value


def _cursor(rank: int) -> str:
    return base64.b64encode(str(rank).encode()).decode()


def _ruby(message: str) -> str:
    """Say an unknown field as the platform's own library does."""
    return re.sub(r"Cannot query field '(\w+)' on type '(\w+)'.*", r"Field '\1' doesn't exist on type '\2'", message)


def _fields(selection: SelectionSetNode | None) -> list[FieldNode]:
    return [each for each in selection.selections if isinstance(each, FieldNode)] if selection else []


def _depth(selection: SelectionSetNode | None) -> int:
    return max((1 + _depth(field.selection_set) for field in _fields(selection)), default=0)


def _cost(selection: SelectionSetNode | None) -> int:
    total = 0
    for field in _fields(selection):
        first = next(
            (int(argument.value.value) for argument in field.arguments or () if argument.name.value == "first"), 1
        )
        total += 1 + first * _cost(field.selection_set)
    return total
