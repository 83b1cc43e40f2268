"""Decidim 0.26 to 0.31, by its public GraphQL API: spaces, steps, contributions, meetings, results.

Up to 0.29 the API also lists proposals and meetings that moderation has hidden, and marks them in no way: whoever
accepts a source is told. There is no « updated since » on most lists: each walk is a full one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.base import Checkpoint, Endpoint, Item, Option, RecordRefused, SourceChanged, Walk
from connectors.decidim_api import LISTS, Api
from connectors.decidim_records import MAPPERS, Place
from connectors.decidim_spaces import Space, Words, moment, participants, period_of, space_records, visible
from connectors.fetch import Fetch

NAME = "decidim"
LABEL = "Decidim"
VERSION = "1.0"
CONTRACT = 1
VERSIONS = ("0.26", "0.27", "0.28", "0.29", "0.30", "0.31")
PAUSE = 2.0
READ_TIMEOUT = 90.0
OPTIONS = (
    Option("assemblies", "Lire les assemblées", "boolean", default=True),
    Option("initiatives", "Lire les initiatives (pétitions)", "boolean", default=True),
    Option("bodies", "Reprendre le texte des contributions", "boolean", default=False),
    Option("documents", "Lire les pages et les actualités", "boolean", default=False),
    Option("metrics", "Lire le nombre de participants calculé par la plateforme", "boolean", default=False),
    Option("locale", "Langue préférée (code à deux lettres)", default="fr"),
)
_PERSONS = (
    "author", "authors", "endorsements", "likes", "followers", "members", "committeeMembers", "publicParticipants",
    "speakers", "cancelledByUser", "versions", "comments", "commentable",
)  # fmt: skip
PERSONAL = (
    *("/data/users", "/data/user", "/data/session"),
    *(f"/data/{name}/*/{who}" for name in ("participatoryProcesses", "assemblies", "initiatives") for who in _PERSONS),
    *(f"/data/component/{name}/nodes/*/{who}" for name, _, _ in LISTS.values() for who in _PERSONS),
    *(f"/data/component/budgets/nodes/*/projects/*/{who}" for who in _PERSONS),
    "/data/component/proposals/nodes/*/amendments/*/amender",
)
_COMMON = "title ← title; url ← slug, id; published_at ← publishedAt; updated_at ← updatedAt"
_COUNTED = "comments ← totalCommentsCount; themes_raw ← category.name, taxonomies.name; territory_raw ← scope.name"
_MAPPING = {
    "process": f"{_COMMON}; summary ← shortDescription; description ← description; image_url ← heroImage; type_raw ← "
    "participatoryProcessGroup.title, initiativeType.title, type d'espace; themes_raw ← categories.name, "
    "taxonomies.name; territory_raw ← scope.name, localArea; starts_on ← startDate, creationDate, includedAt, "
    "signatureStartDate; ends_on ← endDate, closingDate, signatureEndDate; state ← dates, steps.active, state; "
    "parent_id ← parent.id",
    "stage": "process_id ← id de l'espace; title ← title; stage_raw ← title; position ← position; state ← active, "
    "endDate; starts_at ← startDate; ends_at ← endDate",
    "contribution": f"{_COMMON}; {_COUNTED}; process_id ← id de l'espace; type ← type de la ligne; reference ← "
    "reference; body ← body, description; location ← address, coordinates; status_raw ← state, selected; answer ← "
    "answer, conclusions; answered_at ← answeredAt; withdrawn ← withdrawn, state; official ← official; is_amendment ← "
    "amendments.emendation.id; votes ← voteCount, confirmedVotes; votes_state ← voteCount nul : votes masqués; "
    "supports ← endorsementsCount, likesCount; amount ← budget_amount",
    "meeting": f"{_COMMON}; process_ids ← id de l'espace; description ← description; starts_at ← startTime; ends_at ← "
    "endTime; channel ← typeOfMeeting; location ← location, address, coordinates; attendees ← attendeeCount; "
    "contributions ← contributionCount; report ← closingReport; closed ← closed; cancelled ← isWithdrawn",
    "observation": "subject ← id de l'espace; metric ← total_budget, onlineVotes, offlineVotes, metrics; quantity ← "
    "total_budget, onlineVotes, offlineVotes, metrics.count; period ← dates de l'espace; basis ← nature de la donnée; "
    "channel ← onlineVotes : en ligne, offlineVotes : présentiel; method_raw ← nom du champ; updated_at ← updatedAt",
    "commitment": "title ← title; url ← slug, id; updated_at ← updatedAt; description ← description; status_raw ← "
    "status.name, status.key; progress ← progress / 100, 1 au plus; starts_on ← startDate; due_on ← endDate; history ← "
    "timelineEntries; milestones ← timelineEntries datées après leur dernière écriture; parent_id ← parent.id; "
    "process_id ← id de l'espace; from_contribution_ids ← proposals.id",
    "document": f"{_COMMON}; type ← type du composant; subject ← id de l'espace",
}
FIELDS = {
    f"{kind}.{name}": path
    for kind, rows in _MAPPING.items()
    for name, path in (row.split(" ← ", 1) for row in rows.split("; "))
}
PASSES = 3
"""How often a list without order is read before its walk counts as truncated."""
_ROOTS = {
    "participatoryProcesses": ("participatoryProcess", "ParticipatoryProcess", "process", "processes"),
    "assemblies": ("assembly", "Assembly", "assembly", "assemblies"),
    "initiatives": ("initiative", "Initiative", "initiative", "initiatives"),
}
"""Root list → the query of one space, its type, the prefix of its identifiers, its folder on the site."""


@dataclass
class Reading:
    """One walk: what it was set to read. `whole` falls as soon as something may have been missed."""

    api: Api
    site: str
    words: Words
    options: Mapping[str, Any]
    whole: bool = True


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Yield what a platform publishes: spaces with their steps, then the contents of their components.

    `endpoint.url` is the address of the site or of its API. Raises SourceDown, SourceChanged.
    """
    reading = _reading(endpoint, fetch)
    reading.api.detect()
    spaces: list[Space] = []
    for name, (_, shape, _, _) in _ROOTS.items():
        if not reading.options.get(name, True):
            continue
        rows = reading.api.listed(name, shape, '(order: {publishedAt: "asc"})')
        if rows is None and name == "participatoryProcesses":
            raise SourceChanged("La plateforme ne connaît plus « participatoryProcesses » : est-ce encore Decidim ?")
        yield from _spaces(reading, name, rows or [], spaces)
        yield Checkpoint(name)
    for space in spaces:
        yield from _components(reading, space)
    if reading.whole:
        yield Checkpoint("fin", end=True)


def _reading(endpoint: Endpoint, fetch: Fetch) -> Reading:
    options = {option.name: option.default for option in OPTIONS} | dict(endpoint.options)
    address = endpoint.url.rstrip("/")
    api = Api(fetch, address if urlsplit(address).path.endswith("/api") else f"{address}/api", READ_TIMEOUT)
    if not options["bodies"]:
        api.dropped.update({("Proposal", "body"), ("Project", "description"), ("Debate", "description")})
    return Reading(api, f"https://{urlsplit(address).netloc}", Words(str(options["locale"])), options)


def _spaces(reading: Reading, name: str, rows: list[Any], spaces: list[Space]) -> Iterator[Item]:
    """Yield the records of a root list, which comes whole; add to `spaces` those whose components are to be read."""
    root, shape, prefix, folder = _ROOTS[name]
    reading.api.verify(rows, shape, name)
    stamps = [stamp for row in rows if row and isinstance(stamp := moment(row["updatedAt"]), str)]
    reading.words.latest = max([reading.words.latest, *(stamp[:10] for stamp in stamps)])
    met: set[str] = set()
    for rank, row in enumerate(rows):
        pointer = f"/data/{name}/{rank}"
        if refused := _unreadable(row, pointer, "process"):
            yield refused
        elif row["id"] not in met and visible(name, row):
            met.add(row["id"])
            url = f"{reading.site}/{folder}/{quote(str(row['slug'] or row['id']), safe='')}"
            spaces.append(Space(root, row["id"], f"{prefix}-{row['id']}", url, period_of(row)))
            yield from space_records(name, row, spaces[-1], reading.site, reading.words, pointer)


def _components(reading: Reading, space: Space) -> Iterator[Item]:
    """Yield the contents of each component of a space, of a type that is read."""
    text = f"query Hub($id: ID!) {{ {space.root}(id: $id) {{ id components {{ @Component }} }} }}"
    data = reading.api.ask(text, {"id": space.id})
    if space.root not in data:
        raise SourceChanged(f"Le champ « {space.root} » manque dans la réponse de la plateforme.")
    found = data[space.root]
    if found is None:  # listed a moment ago, closed since: nothing can be concluded from what is not seen
        reading.whole = False
        return
    if not isinstance(found, dict) or not isinstance(found.get("components"), list):
        raise SourceChanged(f"La liste « {space.root}.components » manque dans la réponse de la plateforme.")
    reading.api.verify(found["components"], "Component", "components")
    if reading.options["metrics"] and space.root == "participatoryProcess" and space.id.isdecimal():
        yield from _metrics(reading, space)
    for component in found["components"]:
        kind = component and component["__typename"]
        if component is None:
            reading.whole = False
        elif kind in MAPPERS and (reading.options["documents"] or kind not in ("Blogs", "Pages")):
            yield from _contents(reading, space, component)


def _metrics(reading: Reading, space: Space) -> Iterator[Item]:
    """Yield the participants computed by the platform. A nightly job writes them: a 0 may mean « not yet »."""
    text = (
        'query HubMetrics($pid: Int!) { metrics(names: ["participants"], space_type: "Decidim::ParticipatoryProcess",'
        " space_id: $pid) { name count } }"
    )
    data = reading.api.probe(text, {"pid": int(space.id)})
    for row in (data or {}).get("metrics") or []:
        if row and row.get("name") == "participants" and row.get("count"):
            yield participants(space, row["count"])


def _contents(reading: Reading, space: Space, component: Any) -> Iterator[Item]:
    """Yield each row of a component once.

    Most lists have no order, so that pages may repeat a row and miss another: as many rows are served as there are,
    so a list read to its end whose distinct rows are fewer is read again, and the union kept.
    """
    kind, write = MAPPERS[component["__typename"]]
    place = Place(reading.words, space, f"{space.url}/f/{component['id']}")
    seen: set[str] = set()
    for attempt in range(PASSES):
        served, stale = 0, 0
        for page in reading.api.pages(component["id"], component["__typename"]):
            known = len(seen)
            if page.rows is None:
                reading.whole = False
                yield RecordRefused("fiche_illisible", page.pointer, kind=kind)
            for rank, row in enumerate(page.rows or []):
                pointer = f"{page.pointer}/{rank}"
                if refused := _unreadable(row, pointer, kind):
                    yield from [refused] if attempt == 0 else []
                    continue
                served += 1
                if row["id"] not in seen:
                    seen.add(row["id"])
                    yield from write(row, place, pointer)
            yield Checkpoint(page.cursor)
            stale = stale + 1 if page.rows and len(seen) == known else 0
            if attempt == 0 and stale > 1:
                raise SourceChanged("La plateforme renvoie sans fin les mêmes lignes.")
        if len(seen) >= served:
            return
    reading.whole = False


def _unreadable(row: Any, pointer: str, kind: str) -> RecordRefused | None:
    """Return why a row has no identity: not shown to visitors, or without an id."""
    if row is None:
        return RecordRefused("fiche_illisible", pointer, kind=kind)
    if not isinstance(row["id"], str) or not row["id"].strip():
        return RecordRefused("identifiant_manquant", pointer, kind=kind)
    return None
