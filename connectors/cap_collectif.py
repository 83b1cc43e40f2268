"""Cap Collectif, by the preview schema of its GraphQL interface: projects, steps, proposals, events, figures."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import Any

from connectors import cap_collectif_records as read
from connectors.base import Checkpoint, Endpoint, Item, Option, Record, RecordRefused, Walk, proven
from connectors.cap_collectif_graphql import (
    COUNTS,
    EVENTS,
    PROJECT,
    PROJECTS,
    PROPOSALS,
    STEPS,
    Node,
    Reader,
    need,
)  # fmt: skip
from connectors.fetch import Fetch

NAME, LABEL, VERSION, CONTRACT = "cap_collectif", "Cap Collectif", "1.0", 1
PAUSE = 1.0
READ_TIMEOUT = 30.0
VERSIONS = ("2026-07-29 (f3e98dbd)",)
OPTIONS = (
    Option("bodies", "Moissonner le texte des propositions", "boolean", default=False),
    Option("decision_votes", "Démarches et étapes dont le vote décide (identifiants)", "list", default=()),
    Option(
        "external", "Démarches hébergées ailleurs, dont les chiffres sont saisis (identifiants)", "list", default=()
    ),
    Option("commitment_steps", "Étapes de sélection qui valent engagement (identifiants)", "list", default=()),
)
PERSONAL = (
    *("/data/viewer", "/data/users", "/data/node/authors", "/data/node/votes/edges", "/data/node/contributors/edges"),
    *("/data/projects/edges/*/node/authors", "/data/events/edges/*/node/author", "/data/node/contributions/edges"),
    *("/data/node/questionnaire/participants", "/data/node/questionnaire/replies/edges"),
    *(f"/data/node/proposals/edges/*/node/{key}" for key in ("author", "responses", "analyses", "assessment")),
    *(f"/data/node/proposals/edges/*/node/{key}" for key in ("decision", "votes/edges")),
)
_SAME = {
    "process": ("Project", "title", "url"),
    "stage": ("Step", "title", "url", "state"),
    "contribution": ("Proposal", "title", "url", "reference"),
    "commitment": ("Proposal", "title", "url"),
    "meeting": ("Event", "title", "url"),
}
FIELDS = {
    **{f"{kind}.{key}": f"{type_}.{key}" for kind, (type_, *keys) in _SAME.items() for key in keys},
    "process.summary": "Project.metaDescription",
    "process.type_raw": "Project.type.title",
    "process.themes_raw": "Project.themes[].title",
    "process.territory_raw": "Project.districts.edges[].node.name",
    "process.published_at": "Project.publishedAt",
    "process.starts_on": "Project.steps[].timeRange.startAt",
    "process.ends_on": "Project.steps[].timeRange.endAt",
    "process.state": "Project.steps[].state",
    "process.image_url": "Project.cover.url",
    **{f"{kind}.process_id": "Project.id" for kind in ("stage", "contribution", "commitment")},
    "stage.position": "Project.steps[]",
    "stage.stage_raw": "Step.__typename",
    **{f"{kind}.starts_at": f"{type_}.timeRange.startAt" for kind, type_ in (("stage", "Step"), ("meeting", "Event"))},
    **{f"{kind}.ends_at": f"{type_}.timeRange.endAt" for kind, type_ in (("stage", "Step"), ("meeting", "Event"))},
    "contribution.stage_ids": "CollectStep.id, Proposal.selections[].step.id",
    "contribution.type": "Proposal",
    "contribution.body": "Proposal.bodyText, Proposal.summary",
    "contribution.themes_raw": "Proposal.theme.title, Proposal.category.name",
    "contribution.location": "Proposal.address",
    "contribution.published_at": "Proposal.publishedAt, Proposal.createdAt",
    "contribution.updated_at": "Proposal.updatedAt",
    **{f"{kind}.status_raw": "Proposal.selections[].status.name" for kind in ("contribution", "commitment")},
    **{f"contribution.{key}": "Proposal.votes.totalCount" for key in ("votes", "votes_state")},
    "commitment.from_contribution_ids": "Proposal.id",
    "meeting.process_ids": "Query.events(project)",
    "meeting.description": "Event.body",
    "meeting.location": "Event.googleMapsAddress",
    "meeting.published_at": "Event.createdAt",
    "meeting.updated_at": "Event.updatedAt",
    **{f"observation.{key}": "Project.id, Step.id" for key in ("subject", "indicative", "method_raw")},
    **{f"observation.{key}": "totalCount" for key in ("metric", "basis", "channel", "quantity", "quantity_state")},
    "observation.period": "Project.steps[].timeRange",
}
FIGURES: dict[str, dict[str, tuple[str, ...]]] = {
    "Project": {"contributions": ("contributions",), "votes": ("votes",), "participants": ("contributors",)},
    "QuestionnaireStep": {"reponses": ("questionnaire", "replies"), "participants": ("contributors",)},
    "ConsultationStep": {"participants": ("contributors",), "votes": ("votes",)},
    "CollectStep": {"propositions": ("proposals",)},
}
"""Metric of the network ← path of the connection whose `totalCount` states it, by type."""

Part = Generator[Item, None, bool]
"""Part of a walk; returns whether the platform's own end of each list was seen."""


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Yield what the site shows to everyone. Always a full walk: the platform lists nothing by date of change.

    Ids of projects and of their events are kept while it lasts (1 000 projects at most), nothing else. Raises
    SourceDown, SourceChanged.
    """
    reader = Reader(endpoint, fetch)
    projects, refusals, whole = _projects(reader)
    yield from refusals
    for process_id in projects:
        whole &= yield from _project(reader, process_id)
        yield Checkpoint("")
    whole &= yield from _meetings(reader, projects)
    yield Checkpoint("", end=whole)


def _projects(reader: Reader) -> tuple[list[str], list[Item], bool]:
    """The ids of all projects; read a second time when the list moved under the reading, and then kept together."""
    ids: dict[str, None] = {}
    for _ in range(2):
        pages = list(reader.pages(PROJECTS, ("projects",)))
        ids |= {row["id"]: None for page in pages for _, row in page.rows}
        steady = len({page.total for page in pages}) == 1 and not any(page.doubled for page in pages)
        if steady:
            break
    refusals = [item for page in pages for item in page.refusals("process")]
    return list(ids), refusals, steady and pages[-1].whole and len(ids) < 1000


def _project(reader: Reader, process_id: str) -> Part:
    """A project, its steps, their figures and proposals. One that is not public any more yields nothing."""
    data, faults = reader.ask(PROJECT, id=process_id)
    node, uncounted = need(data, "node"), need(data, "node") is None
    if uncounted and faults:
        data, faults = reader.ask(PROJECT, id=process_id, counts=False)
        node = need(data, "node")
    if node is None and not faults and uncounted:
        return True
    steps = yield from _steps(reader, process_id)
    proof = reader.fetch.proof
    if node is not None:
        yield read.record("process", process_id, "/data/node", lambda: read.process(node, steps))
    for pointer in faults or ():
        yield RecordRefused("fiche_illisible", pointer, kind="process", remote_id=process_id)
    if steps is None:
        return True
    yield from proven(_stages(steps, process_id), proof)
    yield from _figures(reader, "Project", process_id, None if uncounted else node, steps)
    return (yield from _contents(reader, process_id, steps))


def _steps(reader: Reader, process_id: str) -> Generator[Item, None, list[Node] | None]:
    """The steps of a project, or None and a refusal of each kind that hangs on them: no absence can be concluded.

    Its figures hang on them too: their period is that of the steps.
    """
    data, faults = reader.ask(STEPS, id=process_id)
    node = need(data, "node")
    steps = need(node, "steps") if node is not None else None
    if isinstance(steps, list) and all(isinstance(step, dict) for step in steps):
        return steps
    for kind in ("stage", "observation", "contribution"):
        yield RecordRefused("fiche_illisible", (faults or ["/data/node/steps"])[0], kind=kind)
    return None


def _stages(steps: Sequence[Node], process_id: str) -> Iterator[Item]:
    for rank, step in enumerate(steps):
        pointer = f"/data/node/steps/{rank}"
        yield read.record("stage", need(step, "id"), pointer, partial(read.stage, step, process_id, rank))


def _contents(reader: Reader, process_id: str, steps: Sequence[Node]) -> Part:
    """The figures of each step whose type states some, then the proposals, read where they were received."""
    by_type = {kind: [step for step in steps if step["__typename"] == kind] for kind in (*FIGURES, "SelectionStep")}
    for kind in ("QuestionnaireStep", "ConsultationStep"):
        for step in by_type[kind]:
            data, faults = reader.ask(COUNTS, id=step["id"])
            yield from _figures(reader, kind, step["id"], need(data, "node"), [step], faults)
    order = {need(step, "id"): rank for rank, step in enumerate(steps)}
    known: set[str] = set()
    whole = True
    for step in by_type["CollectStep"] or by_type["SelectionStep"]:
        whole &= yield from _proposals(reader, process_id, step, order, known)
    return whole


def _proposals(reader: Reader, process_id: str, step: Node, order: dict[str, int], known: set[str]) -> Part:
    """The proposals of a step, each once in a project; drafts and what was withdrawn from view are left out."""
    collected = step["id"] if step["__typename"] == "CollectStep" else None
    stated, whole = False, False
    for page in reader.pages(
        PROPOSALS, ("node", "proposals"), id=step["id"], bodies=reader.options.get("bodies") is True
    ):
        if collected and not stated:
            shown = None if page.total is None else {"proposals": {"totalCount": page.total}}
            yield from _figures(reader, "CollectStep", collected, shown, [step])
        for pointer, row in page.rows:
            hidden = need(row, "draft") or need(row, "trashed") or need(row, "published") is False
            if row["id"] not in known and not hidden:
                known.add(row["id"])
                build = partial(read.contribution, row, process_id, collected, order)
                yield from proven(_proposal(reader, row, pointer, build), page.proof)
        yield from page.refusals("contribution")
        yield Checkpoint("")
        stated, whole = True, page.whole
    return whole


def _proposal(reader: Reader, row: Node, pointer: str, build: Callable[[], dict[str, Any]]) -> Iterator[Item]:
    """A proposal, and the promise it became where the source declares that a selection makes one."""
    contribution = read.record("contribution", row["id"], pointer, build)
    yield contribution
    promising = reader.declared("commitment_steps")
    if isinstance(contribution, Record) and any(need(each, "step")["id"] in promising for each in row["selections"]):
        yield read.record("commitment", row["id"], pointer, partial(read.commitment, row, contribution.data))


def _figures(
    reader: Reader, kind: str, subject: str, node: Node | None, steps: Sequence[Node], faults: Sequence[str] = ()
) -> Iterator[Item]:
    """The figures that the platform states of a project or a step; refused, not zero, when it fails to count."""
    name = "process" if kind == "Project" else "stage"
    try:
        days = read.span(steps)
    except read.Unreadable as error:
        yield RecordRefused(error.rule, "/data/node", error.values, "observation")
        return
    for metric, path in FIGURES[kind].items():
        remote_id = f"{name}:{subject}:{metric}:{'..'.join(each or '' for each in days) if any(days) else ''}:en_ligne:"
        found = node
        for key in path:
            found = None if found is None else need(found, key)
        if found is not None:
            decisive = metric != "votes" or subject in reader.declared("decision_votes")
            stated = {
                "subject": {"kind": name, "remote_id": subject},
                "metric": metric,
                "period": read.period(days),
                "basis": "flux",
                "channel": "en_ligne",
                "indicative": None if decisive else True,
                "method_raw": "Chiffre déclaré par la plateforme." if subject in reader.declared("external") else None,
            }
            yield read.record("observation", remote_id, "/data/node", partial(read.figure, stated, found))
        elif node is None or faults:
            yield RecordRefused("fiche_illisible", "/data/node", kind="observation", remote_id=remote_id)


def _meetings(reader: Reader, projects: Sequence[str]) -> Part:
    """All events once, each with the projects that the platform attaches it to."""
    attached: dict[str, list[str]] | None = None
    whole = False
    for page in reader.pages(EVENTS, ("events",)):
        if attached is None:
            attached = _attached(reader, projects) if page.rows else {}
        for pointer, row in page.rows:
            if need(row, "enabled"):
                projects_of = attached.get(row["id"], [])
                found = read.record("meeting", row["id"], pointer, partial(read.meeting, row, projects_of))
                yield from proven([found], None if projects_of else page.proof)
        yield from page.refusals("meeting")
        yield Checkpoint("")
        whole = page.whole
    return whole


def _attached(reader: Reader, projects: Sequence[str]) -> dict[str, list[str]]:
    """The projects of each event, by a walk of each project's events: an event may belong to several."""
    attached: dict[str, list[str]] = {}
    for project in projects:
        for page in reader.pages(EVENTS, ("events",), project=project, whole=False):
            for _, row in page.rows:
                attached.setdefault(row["id"], []).append(project)
    return attached
