"""What is asked of Cap Collectif and how its answers are judged; nothing here knows the shared schema."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.base import Endpoint, Item, RecordRefused, SourceChanged, SourceDown
from connectors.fetch import Fetch

Node = Mapping[str, Any]
READ_TIMEOUT = 30.0
HEADERS = {"Accept": "application/vnd.cap-collectif.preview+json", "Accept-Language": "fr-FR"}
"""`Accept` is compared as a whole: anything added to it and another schema answers."""

PROJECTS = """query HubProjects($first: Int = 100, $after: String) {
  projects(first: $first, after: $after, orderBy: {field: PUBLISHED_AT, direction: DESC}) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { id } } } }"""
PROJECT = """query HubProject($id: ID!, $counts: Boolean = true) {
  node(id: $id) { __typename ... on Project {
    id title url publishedAt metaDescription type { title } cover { url } themes { id title }
    districts(first: 100) { edges { node { id name } } }
    contributors @include(if: $counts) { totalCount }
    contributions @include(if: $counts) { totalCount }
    votes @include(if: $counts) { totalCount } } } }"""
STEPS = """query HubProjectSteps($id: ID!) {
  node(id: $id) { ... on Project { id steps { __typename id title url state timeRange { startAt endAt } } } } }"""
_PROPOSALS = """proposals(first: $first, after: $after, trashedStatus: NOT_TRASHED,
      orderBy: [{field: PUBLISHED_AT, direction: ASC}]) {
      totalCount pageInfo { hasNextPage endCursor } edges { node { ...HubProposal } } }"""
PROPOSALS = f"""query HubProposals($id: ID!, $first: Int = 100, $after: String, $bodies: Boolean = false) {{
  node(id: $id) {{ __typename
    ... on CollectStep {{ id {_PROPOSALS} }}
    ... on SelectionStep {{ id {_PROPOSALS} }} }} }}
fragment HubProposal on Proposal {{
  id reference title url createdAt publishedAt updatedAt published draft trashed
  summary @include(if: $bodies) bodyText @include(if: $bodies)
  theme {{ id title }} category {{ name }} address {{ formatted lat lng }}
  votes(first: 1) {{ totalCount }} selections {{ step {{ id }} status {{ id name }} }} }}"""
COUNTS = """query HubStepCounts($id: ID!) { node(id: $id) { __typename
  ... on QuestionnaireStep { id contributors(first: 1) { totalCount }
    questionnaire { id replies(first: 1) { totalCount } } }
  ... on ConsultationStep { id contributors(first: 1) { totalCount } votes(first: 1) { totalCount } } } }"""
_EVENTS = "(first: $first, after: $after, project: $project, orderBy: {field: START_AT, direction: DESC})"
EVENTS = f"""query HubEvents($first: Int = 100, $after: String, $project: ID, $whole: Boolean = true) {{
  events{_EVENTS} {{ totalCount pageInfo {{ hasNextPage endCursor }} edges {{ node {{ id
    ... on Event @include(if: $whole) {{ title url body enabled createdAt updatedAt timeRange {{ startAt endAt }}
      googleMapsAddress {{ formatted lat lng }} }} }} }} }} }}"""
QUERIES = (PROJECTS, PROJECT, STEPS, PROPOSALS, COUNTS, EVENTS)


def need(node: Any, key: str) -> Any:
    """Return what stands under `key`. Raises SourceChanged, naming the field, when the answer has no such key."""
    if not isinstance(node, Mapping) or key not in node:
        raise SourceChanged(f"Le champ « {key} » manque dans la réponse de la plateforme.")
    return node[key]


@dataclass
class Page:
    """One page of a list: its rows not met before, each with its pointer, and where nothing could be read.

    `count`: rows of the page, empty ones included; `doubled`: one had been met; `whole`: the list is all read;
    `proof`: the payload it stands in.
    """

    total: int | None = None
    rows: list[tuple[str, Node]] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    count: int = 0
    doubled: bool = False
    whole: bool = False
    proof: str | None = None

    def refusals(self, kind: str) -> Iterator[Item]:
        """Yield what the page could not give; a field that failed names its row, which stays."""
        for pointer in self.empty:
            yield RecordRefused("fiche_illisible", pointer, kind=kind)
        for fault in self.faults:
            owner = next((str(row["id"]) for pointer, row in self.rows if fault.startswith(f"{pointer}/")), None)
            yield RecordRefused("fiche_illisible", fault, kind=kind, remote_id=owner)


class Reader:
    """One run's way to ask this platform."""

    def __init__(self, endpoint: Endpoint, fetch: Fetch) -> None:
        base = endpoint.url.rstrip("/")
        self.url = base if base.endswith("/graphql") else f"{base}/graphql"
        self.fetch = fetch
        self.options = endpoint.options

    def declared(self, option: str) -> Container[str]:
        """Return the ids that the source declares under an option."""
        return self.options.get(option) or ()

    def ask(self, document: str, **variables: Any) -> tuple[Node, list[str]]:
        """Return the data and the pointers that errors beside them name. Raises SourceDown, SourceChanged."""
        try:
            body = self.fetch.query(self.url, document, variables, headers=HEADERS, read=READ_TIMEOUT)
        except SourceChanged as error:
            raise _switched_off(error) from error
        if not isinstance(body, dict):
            raise SourceChanged("La réponse de la plateforme n'a pas la forme attendue.")
        errors, data = body.get("errors") or [], body.get("data")
        paths = [each.get("path") if isinstance(each, dict) else None for each in errors]
        if not isinstance(data, dict) or not data or not all(paths):
            raise _said(errors)
        return data, ["/data/" + "/".join(map(str, path)) for path in paths if path]

    def pages(self, document: str, path: Sequence[str], **variables: Any) -> Iterator[Page]:
        """Yield the pages of a list up to the platform's own end. A list it cannot give is one page, not whole.

        Raises SourceChanged on a cursor that turns round, SourceDown on a list that empties while it is read.
        """
        seen: set[str] = set()
        cursors: set[str | None] = {None}
        after, counted, more = None, 0, True
        while more:
            data, faults = self.ask(document, first=100, after=after, **variables)
            *above, name = path
            holder = need(data, above[0]) if above else data
            if holder is None:
                yield Page(faults=faults or ["/data/" + "/".join(above)])
                return
            connection = need(holder, name)
            info = need(connection, "pageInfo")
            page = _page(connection, "/data/" + "/".join(path), seen, faults)
            page.proof = self.fetch.proof
            if seen and not page.total and not page.rows:
                raise SourceDown("La liste s'est vidée pendant la lecture : le moteur de recherche ne répond plus.")
            seen.update(str(row["id"]) for _, row in page.rows)
            counted += page.count
            more, after = need(info, "hasNextPage"), need(info, "endCursor")
            page.whole = more is False and counted >= (page.total or 0)
            if more and (after in cursors or not (page.rows or page.empty)):
                raise SourceChanged("La plateforme renvoie la même page sans fin.")
            cursors.add(after)
            yield page


def _page(connection: Any, pointer: str, seen: set[str], faults: list[str]) -> Page:
    """The rows of a connection whose `edges`, items and nodes may each be null."""
    total, edges = need(connection, "totalCount"), need(connection, "edges")
    if total is not None and (isinstance(total, bool) or not isinstance(total, int)):
        raise SourceChanged("Le champ « totalCount » n'est plus un nombre dans la réponse de la plateforme.")
    page = Page(total=total, count=len(edges or ()), empty=[f"{pointer}/edges"] if edges is None else [])
    here: set[str] = set()
    for rank, edge in enumerate(edges or ()):
        node: Any = None if edge is None else need(edge, "node")
        identity = None if node is None else need(node, "id")
        if not isinstance(identity, str) or not identity.strip():
            page.empty.append(f"{pointer}/edges/{rank}")
        elif identity in seen or identity in here:
            page.doubled, page.count = True, page.count - 1
        else:
            here.add(identity)
            page.rows.append((f"{pointer}/edges/{rank}/node", node))
    under = tuple(f"{each}/" for each in page.empty)
    page.faults = [fault for fault in faults if not f"{fault}/".startswith(under)] if under else list(faults)
    return page


def _switched_off(error: SourceChanged) -> SourceChanged:
    """The same change, said in the words of the site's administrator when the address answers 404."""
    if "réponse 404" not in str(error):
        return error
    words = "L'interface publique de cette plateforme est désactivée (réponse 404) : son administrateur peut l'activer."
    return SourceChanged(words, cause="access")


def _said(errors: Sequence[Any]) -> SourceChanged:
    """What errors without data mean."""
    messages = [str(each.get("message", "")) for each in errors if isinstance(each, dict)]
    text = re.sub(r"(?<!\S)\S+@\S+", "…", " ".join(messages[0].split()))[:160] if messages else ""
    if missing := re.search(r'Cannot query field "(\w+)" on type "(\w+)"', text):
        words = f"La plateforme ne connaît plus le champ « {missing[1]} » de « {missing[2]} »."
        lost = " Le schéma « preview » n'est plus servi, ou l'en-tête Accept a été réécrit en chemin."
        return SourceChanged(words + lost if missing[2] == "Query" else words)
    if "Access denied" in text:
        return SourceChanged("La plateforme refuse l'accès à ces données pourtant publiques.", cause="access")
    return SourceChanged(
        f"La plateforme répond une erreur : « {text} »." if text else "La plateforme répond sans données."
    )
