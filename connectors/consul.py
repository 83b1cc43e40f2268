"""CONSUL Democracy, by GraphQL: proposals, debates, participatory budgets, their projects and milestones.

No date of change, no order, no total, cursors that are offsets: each run reads everything, each row once, and a
walk during which a list moved does not end.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Checkpoint, Endpoint, Item, Option, Record, RecordRefused, SourceChanged, Walk, proven
from connectors.consul_site import (
    Node,
    Site,
    UnknownFields,
    count_of,
    get,
    next_cursor,
    rows_of,
    tags_of,
    text_of,
    words_of,
)
from connectors.fetch import Fetch

NAME = "consul"
LABEL = "CONSUL Democracy"
VERSION = "1.0"
CONTRACT = 1
PAUSE = 1.0
READ_TIMEOUT = 60.0
VERSIONS = ("récente (avec la racine budgets)", "ancienne (sans la racine budgets)")
OPTIONS = (
    Option("proposals_process", "Titre de la démarche des propositions et débats", default="Propositions citoyennes"),
    Option(
        "investments_process",
        "Titre de la démarche des projets, quand le site a plusieurs budgets",
        default="Projets des budgets participatifs",
    ),
    Option("time_zone", "Fuseau horaire du site, pour les dates sans décalage", default="Europe/Paris"),
    Option("bodies", "Moissonner le texte des contributions (accord enregistré)", "boolean", default=False),
)
_PERSONS = ("public_author", "comments", "votes_for")
PERSONAL = (
    *(
        f"/data/{root}/edges/*/node/{who}"
        for root in ("proposals", "debates", "budget/investments")
        for who in _PERSONS
    ),
    *(f"/data/budget/investment/{who}" for who in _PERSONS),
    *(f"/data/{root}" for root in ("users", "user", "votes", "vote", "comments", "comment")),
)
FIELDS = {
    "process.title": "budgets.name ; option proposals_process ou investments_process",
    "process.type": "budget_participatif, pour tout Budget",
    "process.type_raw": "« budget », pour tout Budget",
    "process.state": "budgets.phase : finished → terminee, absente → inconnu, autre → en_cours",
    "stage.process_id": "budgets.id",
    "stage.title": "budgets.phase",
    "stage.stage_raw": "budgets.phase",
    "stage.state": "budgets.phase : finished → terminee, autre → en_cours",
    "contribution.process_id": "budgets.id s'il n'y a qu'un budget ; sinon la démarche déclarée par les options",
    "contribution.type": "proposals → proposition ; debates → debat ; budget.investments → projet",
    "contribution.title": "proposals.title ; debates.title ; budget.investments.title",
    "contribution.body": "description, sinon proposals.summary (option bodies)",
    "contribution.published_at": "proposals.public_created_at ; debates.public_created_at (tronqué à l'heure)",
    "contribution.supports": "proposals.cached_votes_up ; debates.cached_votes_up",
    "contribution.comments": "comments_count",
    "contribution.withdrawn": "proposals.retired_at est renseigné",
    "contribution.location": "proposals.geozone.name ; budget.investments.location",
    "contribution.themes_raw": "proposals.tags.name ; debates.tags.name (dix au plus, triés)",
    "contribution.amount": "budget.investments.price",
    "contribution.status_raw": "budget.investments.feasibility",
    "commitment.title": "budget.investments.title, si le projet a des jalons",
    "commitment.process_id": "comme contribution.process_id",
    "commitment.from_contribution_ids": "budget.investments.id",
    "commitment.history": "milestones.publication_date, milestones.title, milestones.description",
}


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Yield budgets, their projects, then proposals and debates; each list is read to its own end.

    The cursor is ignored, and none is given: the platform has nothing to go on from. Raises SourceDown, SourceChanged.
    """
    given = {name: value for name, value in endpoint.options.items() if value is not None}
    options = {option.name: option.default for option in OPTIONS} | given
    url = endpoint.url.rstrip("/")
    try:
        zone = ZoneInfo(str(options["time_zone"]))
    except (KeyError, ValueError, OSError) as error:
        raise SourceChanged("Réglage « Fuseau horaire du site » : ce fuseau n'existe pas.", cause="access") from error
    site = Site(url if url.endswith("/graphql") else f"{url}/graphql", fetch, zone, bool(options["bodies"]))
    budgets, alone = yield from _budgets(site)
    if budgets:
        yield from _investments(site, budgets, alone, str(options["investments_process"]))
    yield from _voices(site, str(options["proposals_process"]))
    if site.whole:
        yield Checkpoint("", end=True)


def _budgets(site: Site) -> Generator[Item, None, tuple[list[str], bool]]:
    """Yield the published budgets, each with its phase; return their ids, and whether there is surely only one."""
    ids: list[str] = []
    unread = 0
    try:
        for rows in site.pages("budgets", ("budgets",), ("process", "stage")):
            for row in rows:
                if isinstance(row, RecordRefused):
                    unread += 1
                    yield row
                elif text_of(row[1], "phase") != "drafting":
                    ids.append(str(row[1]["id"]))
                    yield from proven(_budget(*row), site.fetch.proof)
            yield Checkpoint("")
    except UnknownFields as error:
        if any(field != "budgets" or not kind.startswith("Query") for field, kind in error.fields):
            raise
    if unread and not ids:
        raise SourceChanged("Aucun budget de la plateforme n'est lisible.")
    return ids, len(ids) == 1 and not unread


def _budget(pointer: str, node: Node) -> Iterator[Item]:
    process_id, phase = f"budget-{node['id']}", words_of(node, "phase", 300)
    state = None if phase is None else "terminee" if phase == "finished" else "en_cours"
    title = words_of(node, "name", 300)
    data = {"title": title, "type": "budget_participatif", "type_raw": "budget", "state": state}
    yield _record("process", process_id, data, pointer) if title else _untitled("process", process_id, pointer)
    if phase:
        data = {"process_id": process_id, "title": phase, "stage_raw": phase, "state": state}
        yield _record("stage", process_id, data, pointer)


def _investments(site: Site, budgets: list[str], alone: bool, title: str) -> Walk:
    """Yield the projects of the site, read once: the platform gives them all under any budget.

    Raises SourceChanged when another budget answers with other projects: the list would be a part only.
    """
    process_id, declared = (f"budget-{budgets[0]}", True) if alone else ("projets", False)
    path, known = ("budget", "investments"), set()
    for rows in site.pages("investments", path, ("contribution", "commitment"), budget=budgets[0]):
        proof = site.fetch.proof
        if rows and not declared:
            declared = True
            yield from proven([Record("process", process_id, {"title": title}, "/data/budget/investments")], None)
        for row in rows:
            if isinstance(row, RecordRefused):
                yield row
                continue
            known.add(str(row[1]["id"]))
            yield from proven([_contribution(site, row, "investment", "projet", process_id)], proof)
            commitment = _commitment(site, row, process_id, budgets[0])
            yield from proven(commitment, proof if _has_all_milestones(row[1]) else None)
        yield Checkpoint("")
    for budget in budgets[1:]:
        first = next(site.pages("scope", path, (), budget=budget))
        others = {str(row[1]["id"]) for row in first if not isinstance(row, RecordRefused)}
        if others and not others & known:
            raise SourceChanged("La plateforme range désormais les projets par budget : le connecteur est à revoir.")


def _voices(site: Site, title: str) -> Walk:
    """Yield proposals and debates, after the process that the Source declares for them."""
    declared = False
    for root, name, kind in (("proposals", "proposal", "proposition"), ("debates", "debate", "debat")):
        for rows in site.pages(root, (root,), ("contribution",)):
            if rows and not declared:
                declared = True
                yield from proven([Record("process", "propositions", {"title": title}, f"/data/{root}")], None)
            for row in rows:
                found = row if isinstance(row, RecordRefused) else _contribution(site, row, name, kind, "propositions")
                yield from proven([found], site.fetch.proof)
            yield Checkpoint("")


def _contribution(site: Site, row: tuple[str, Node], name: str, type_: str, process_id: str) -> Item:
    pointer, node = row
    remote_id, title = f"{name}-{node['id']}", words_of(node, "title", 200)
    if title is None:
        return _untitled("contribution", remote_id, pointer)
    project, proposal = name == "investment", name == "proposal"
    try:
        published = None if project else site.moment(text_of(node, "public_created_at"))
    except (ValueError, OverflowError):
        values = {"field": "Publié le", "pointer": "/published_at", "value": str(node["public_created_at"])}
        return RecordRefused("date_invalide", pointer, values, "contribution", remote_id)
    body = words_of(node, "description") if site.bodies else None
    if site.bodies and proposal and body is None:
        body = words_of(node, "summary")
    zone = get(node, "geozone") if proposal else None
    label = words_of(zone, "name", 300) if zone else words_of(node, "location", 300) if project else None
    data = {
        "process_id": process_id,
        "type": type_,
        "title": title,
        "body": body,
        "published_at": published,
        "supports": None if project else count_of(node, "cached_votes_up"),
        "comments": count_of(node, "comments_count"),
        "withdrawn": (proposal and text_of(node, "retired_at") is not None) or None,
        "location": {"label": label} if label else None,
        "themes_raw": None if project else tags_of(node),
        "amount": count_of(node, "price") if project else None,
        "status_raw": words_of(node, "feasibility") if project else None,
    }
    return _record("contribution", remote_id, data, pointer)


def _commitment(site: Site, row: tuple[str, Node], process_id: str, budget: str) -> Iterator[Item]:
    """Yield the project as a commitment when it has milestones; all of them, however many the platform holds."""
    pointer, node = row
    remote_id, title = f"investment-{node['id']}", words_of(node, "title", 300)
    page = get(node, "milestones")
    if page is None:
        yield RecordRefused("fiche_illisible", f"{pointer}/milestones", {}, "commitment", remote_id)
        return
    rows = list(rows_of(f"{pointer}/milestones", page, ("commitment",)))
    if next_cursor(page) is not None:
        path = ("budget", "investment", "milestones")
        pages = site.pages("milestones", path, ("commitment",), budget=budget, investment=str(node["id"]))
        rows = [each for found in pages for each in found]
    if refused := next((each for each in rows if isinstance(each, RecordRefused)), None):
        yield RecordRefused("fiche_illisible", refused.pointer, {}, "commitment", remote_id)
    elif rows and title is None:
        yield _untitled("commitment", remote_id, pointer)
    elif rows:
        events = [_event(each[1]) for each in rows if not isinstance(each, RecordRefused)]
        words = ("on", "label", "text")
        history = sorted(filter(None, events), key=lambda event: [event.get(word, "") for word in words])
        source = [remote_id]
        data = {"process_id": process_id, "title": title, "from_contribution_ids": source, "history": history or None}
        yield _record("commitment", remote_id, data, pointer)


def _has_all_milestones(node: Node) -> bool:
    """Tell whether the page of projects holds all the milestones of one: they were not asked for apart."""
    page = get(node, "milestones")
    return page is None or next_cursor(page) is None


def _event(node: Node) -> dict[str, str]:
    """Return what a milestone says, in the words of a commitment's history."""
    day = text_of(node, "publication_date")
    event = {
        "on": day[:10] if day else None,
        "label": words_of(node, "title"),
        "text": words_of(node, "description"),
    }
    return {key: value for key, value in event.items() if value}


def _record(kind: str, remote_id: str, data: dict[str, Any], pointer: str) -> Record:
    return Record(kind, remote_id, {key: value for key, value in data.items() if value is not None}, pointer)


def _untitled(kind: str, remote_id: str, pointer: str) -> RecordRefused:
    values = {"key": "title", "title": "Titre", "description": "le titre, à la source.", "pointer": "/title"}
    return RecordRefused("champ_manquant", pointer, values, kind, remote_id)
