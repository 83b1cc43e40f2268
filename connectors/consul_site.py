"""How a CONSUL Democracy site is asked, and how its answers are judged: pages, rows, errors, shapes, times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import RecordRefused, SourceChanged
from connectors.fetch import Fetch
from connectors.text import plain

_PAGE = "pageInfo { hasNextPage endCursor } edges"
_EDGE = "cursor node"
_TAGS = "tags(first: 10) { edges { node { name } } }"
_MILESTONE = f"{{ {_EDGE} {{ id title description publication_date }} }}"
QUERIES = {
    "budgets": f"""query HubBudgets($after: String) {{
  budgets(first: 25, after: $after) {{ {_PAGE} {{ {_EDGE} {{ id name phase }} }} }} }}""",
    "investments": f"""query HubInvestments($budget: ID!, $after: String) {{ budget(id: $budget) {{
  investments(first: 25, after: $after) {{ {_PAGE} {{ {_EDGE} {{
    id title price feasibility location comments_count BODY milestones(first: 5) {{ {_PAGE} {_MILESTONE} }}
  }} }} }} }} }}""",
    "milestones": f"""query HubMilestones($budget: ID!, $investment: ID!, $after: String) {{ budget(id: $budget) {{
  investment(id: $investment) {{ milestones(first: 25, after: $after) {{ {_PAGE} {_MILESTONE} }} }} }} }}""",
    "scope": f"""query HubScope($budget: ID!, $after: String) {{ budget(id: $budget) {{
  investments(first: 25, after: $after) {{ {_PAGE} {{ {_EDGE} {{ id }} }} }} }} }}""",
    "proposals": f"""query HubProposals($after: String) {{ proposals(first: 25, after: $after) {{ {_PAGE} {{ {_EDGE} {{
  id title BODY public_created_at cached_votes_up comments_count retired_at geozone {{ name }} {_TAGS} }} }} }} }}""",
    "debates": f"""query HubDebates($after: String) {{ debates(first: 25, after: $after) {{ {_PAGE} {{ {_EDGE} {{
  id title BODY public_created_at cached_votes_up comments_count {_TAGS} }} }} }} }}""",
}
"""What is asked of each list. BODY stands where the texts of contributions may be asked for."""
_TEXTS = {"proposals": "summary description", "debates": "description", "investments": "description"}

_UNKNOWN = re.compile(r"Field '(\w+)' doesn't exist on type '(\w+)'")
_LIMITS = re.compile(r"Query has (?:depth|complexity) of \d+")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(Z|UTC|[+-]\d\d:?\d\d)?)?")

Node = Mapping[str, Any]
Row = tuple[str, Node] | RecordRefused
"""Where a row stands and what it holds, or why it cannot be read."""


class UnknownFields(SourceChanged):
    """The platform's version lacks fields that were asked for."""

    def __init__(self, fields: set[tuple[str, str]]) -> None:
        names = ", ".join(sorted(f"{kind}.{field}" for field, kind in fields))
        super().__init__(f"La plateforme ne connaît pas ou plus ce champ : {names}.")
        self.fields = fields


@dataclass
class Site:
    """How to ask one site, and what its Source declares. `whole`: no list moved while it was read."""

    url: str
    fetch: Fetch
    zone: ZoneInfo
    bodies: bool
    whole: bool = True

    def ask(self, document: str, **variables: str | None) -> Node:
        """Return the `data` of the answer. Raises SourceChanged on any error beside them, or without them."""
        answer = self.fetch.query(self.url, document, variables)
        if isinstance(answer, dict) and answer.get("errors"):
            raise _refusal(answer["errors"])
        data = get(answer, "data")
        if not isinstance(data, dict):
            raise SourceChanged("La plateforme répond sans données.")
        return data

    def pages(self, name: str, path: tuple[str, ...], kinds: tuple[str, ...], **variables: str) -> Iterator[list[Row]]:
        """Yield the rows of each page of a list, a row met twice only once. Raises SourceChanged when it loops.

        Cursors are offsets: a page is asked from the last row of the one before, and `whole` falls when it does not
        begin with that row, for rows moved meanwhile and one may hide.
        """
        known, cursors = set[str](), set[str]()
        after = last = None
        stale = 0
        while True:
            where, page = _at(self.ask(self.document(name), after=after, **variables), path)
            self.whole &= after is None or (last is not None and _id_of(page, 0) == last)
            rows: list[Row] = []
            for row in rows_of(where, page, kinds):
                if isinstance(row, RecordRefused):
                    rows += [row] if after is None or row.pointer != f"{where}/edges/0/node" else []
                elif (key := str(row[1]["id"])) not in known:
                    known.add(key)
                    rows.append(row)
            yield rows
            if (end := next_cursor(page)) is None:
                return
            stale = 0 if rows else stale + 1
            if end in cursors or stale > 1:
                raise SourceChanged(f"La liste « {path[-1]} » de la plateforme tourne en rond.")
            cursors.add(end)
            after, last = _overlap(page) or end, _id_of(page, -1)

    def document(self, name: str) -> str:
        """Return a query, which asks for texts only when the Source may hold them."""
        return QUERIES[name].replace("BODY", _TEXTS.get(name, "") if self.bodies else "")

    def moment(self, text: str | None) -> str | None:
        """Return a time in UTC, a day as it is. Raises ValueError for what is neither."""
        if text is None:
            return None
        if not (match := _TIME.fullmatch(text.strip())):
            raise ValueError(text)
        day, hour, offset = match.groups()
        if hour is None:
            return str(datetime.fromisoformat(day).date())
        read = datetime.fromisoformat(f"{day}T{hour}{'+00:00' if offset in ('Z', 'UTC') else offset or ''}")
        utc = (read if read.tzinfo else read.replace(tzinfo=self.zone)).astimezone(UTC)
        return utc.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _refusal(errors: Any) -> SourceChanged:
    """Return what the platform's errors mean. Its own words are not repeated: they could quote anything."""
    listed = errors if isinstance(errors, list) else [errors]
    words = [str(error.get("message", "")) if isinstance(error, dict) else "" for error in listed]
    unknown = [_UNKNOWN.search(word) for word in words]
    if all(unknown):
        return UnknownFields({(match[1], match[2]) for match in unknown if match})
    if any(_LIMITS.match(word) for word in words):
        return SourceChanged("La plateforme trouve la question trop profonde ou trop coûteuse : sa limite a changé.")
    return SourceChanged("La plateforme répond par une erreur à la question posée.")


def _at(data: Node, path: tuple[str, ...]) -> tuple[str, Any]:
    """Return the list that stands at `path`, with its pointer."""
    value: Any = data
    for key in path:
        value = get(value, key)
    return "/data/" + "/".join(path), value


def rows_of(where: str, page: Any, kinds: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows of a page; an unreadable one is refused for each kind that it would have fed."""
    edges = get(page, "edges")
    if edges is None:
        yield from (RecordRefused("fiche_illisible", f"{where}/edges", kind=kind) for kind in kinds)
        return
    if not isinstance(edges, list):
        raise SourceChanged("Le champ « edges » de la plateforme a changé de forme.")
    for rank, edge in enumerate(edges):
        pointer = f"{where}/edges/{rank}/node"
        node = None if edge is None else get(edge, "node")
        if node is None:
            yield from (RecordRefused("fiche_illisible", pointer, kind=kind) for kind in kinds)
        elif not str(get(node, "id") or "").strip():
            yield from (RecordRefused("identifiant_manquant", pointer, kind=kind) for kind in kinds)
        else:
            yield pointer, node


def next_cursor(page: Any) -> str | None:
    """Return the cursor of the next page, None at the platform's own end of list. Raises SourceChanged without sign."""
    info = get(page, "pageInfo")
    more, cursor = get(info, "hasNextPage"), get(info, "endCursor")
    if more is False:
        return None
    if more is not True or not isinstance(cursor, str) or not cursor:
        raise SourceChanged("La plateforme ne dit plus où sa liste continue ou finit (« pageInfo »).")
    return cursor


def _overlap(page: Any) -> str | None:
    """Return the cursor after which a page begins with the last row of this one; None when it is not given."""
    edges = get(page, "edges") or []
    before = edges[-2] if len(edges) > 1 else None
    cursor = before.get("cursor") if isinstance(before, dict) else None
    return cursor if isinstance(cursor, str) and cursor else None


def _id_of(page: Any, rank: int) -> str | None:
    """Return the id of a row of a page; None when there is none to read."""
    edges = get(page, "edges") or [None]
    edge = edges[rank]
    node = get(edge, "node") if edge is not None else None
    return str(get(node, "id") or "").strip() or None if node is not None else None


def get(value: Any, key: str) -> Any:
    """Return what stands under an expected key. Raises SourceChanged naming it when it is not there."""
    if not isinstance(value, dict) or key not in value:
        raise SourceChanged(f"Le champ « {key} » manque dans la réponse de la plateforme.")
    return value[key]


def text_of(node: Any, key: str) -> str | None:
    """Return the text as it is. Raises SourceChanged when another shape stands there."""
    value = get(node, key)
    if value is not None and not isinstance(value, str):
        raise SourceChanged(f"Le champ « {key} » de la plateforme n'est plus un texte.")
    return value


def words_of(node: Any, key: str, limit: int = 20_000) -> str | None:
    """Return a text made plain."""
    return plain(text_of(node, key), limit)


def count_of(node: Any, key: str) -> int | None:
    """Return the number as it is; a null says nothing, and is never a zero. Raises SourceChanged for another shape."""
    value = get(node, key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise SourceChanged(f"Le champ « {key} » de la plateforme n'est plus un nombre entier.")
    return value


def tags_of(node: Node) -> list[str] | None:
    """Return the names of the tags, sorted: the platform promises no order."""
    tags = get(node, "tags")
    edges = (get(tags, "edges") if tags else None) or []
    found = [get(edge, "node") for edge in edges if edge]
    return sorted({name for tag in found if tag and (name := words_of(tag, "name"))}) or None
