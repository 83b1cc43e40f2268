"""Derived rows of what a run changed: the terms that lists are filtered by, the links that pages follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select

import schemas
from hub.models import Facet, FacetVersion, Link, Run, Source, Term
from hub.models.facet import stands_under, written_by

STORY = ("process", "stage", "meeting", "commitment", "deliberation", "document")
"""The kinds whose pages tell a story; the others are reached through their process alone."""

TERMS = {
    "process": ("type", "announced_level", "channel", "themes", "recruitment", "perimeter"),
    "commitment": ("orientation", "type", "level"),
    "deliberation": ("type",),
    "document": ("type", "framework", "themes"),
}
NO_PROOF = "aucune_preuve"
LINKS = {
    "process_id": "process",
    "parent_id": "",
    "follows_id": "stage",
    "stage_id": "stage",
    "replaced_by": "commitment",
    "same_as": "commitment",
    "replaces_id": "document",
    "document_ids": "document",
    "proof_document_ids": "document",
    "deliberation_ids": "deliberation",
    "from_contribution_ids": "contribution",
    "stage_ids": "stage",
    "process_ids": "process",
    "drawn_from": "observation",
}
ANSWERED, WAITING, SILENT, NO_AVIS = "reponse_publiee", "reponse_attendue", "avis_sans_reponse", "sans_avis"
ANSWER_LABELS = {
    ANSWERED: "Réponse publiée",
    WAITING: "Réponse attendue ou annoncée",
    SILENT: "Avis remis, pas de réponse connue",
    NO_AVIS: "Pas d'avis remis connu",
}


def derive(connection: Connection, run_id: int, turned: list[str]) -> None:
    """Rebuild terms and links of the things run `run_id` changed, and the terms of the processes these belong to.

    `turned` are the things that became gone or present again: what is said of their process changes too.
    """
    rows = _changed(connection, run_id, turned)
    data = {row.hub_id: orjson.loads(row.data) for row in rows}
    _replace(connection, Link, [row.hub_id for row in rows], (
        {"hub_id": row.hub_id, "source_id": row.source_id, "field": field, "target_kind": kind, "target_id": target}
        for row in rows
        for field, kind, target in set(links(row.kind, data[row.hub_id]))
    ))  # fmt: skip
    plain = [row for row in rows if row.kind in TERMS and row.kind != "process"]
    moved = _moved(connection, {row.source_id for row in plain if row.kind == "commitment"})
    _replace(connection, Term, [row.hub_id for row in plain], (
        {"hub_id": row.hub_id, "field": field, "value": value}
        for row in plain
        for field, value in {
            *terms(row.kind, data[row.hub_id]),
            *years(row.year_from, row.year_to),
            *origin(row.slug, row.kind, row.process_id, moved),
        }
    ))  # fmt: skip
    _processes(connection, {
        (row.source_id, row.remote_id if row.kind == "process" else row.process_id)
        for row in rows
        if row.kind in ("process", "stage")
    })  # fmt: skip


def tells_a_story(connection: Connection, run_id: int) -> bool:
    """Tell whether a run all of whose things are new may bring anything to derive: contributions alone seldom do."""
    profile = connection.scalar(select(Run.profile).where(Run.id == run_id)) or {}
    plain = [kind == "contribution" and not parts["fields"].get("trace") for kind, parts in profile.items()]
    return not plain or not all(plain)


def _changed(connection: Connection, run_id: int, turned: list[str]) -> list[Any]:
    """Return the things of a story that a run wrote or turned, by blocks: a whole source may turn at once."""
    told = (
        select(Facet, FacetVersion.data, Source.slug)
        .join(FacetVersion, and_(Facet.reading_id == FacetVersion.id, stands_under(FacetVersion.key)))
        .join(Source, Source.id == Facet.source_id)
        .where(Facet.lead, or_(FacetVersion.kind.in_(STORY), FacetVersion.data.contains('"trace":')))
    )
    rows = list(connection.execute(told.where(written_by(run_id))))
    for start in range(0, len(turned), 500):
        block = Facet.hub_id.in_(turned[start : start + 500])
        rows += connection.execute(told.where(block, FacetVersion.run_id != run_id))
    return rows


def terms(kind: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (field, value) for each value a thing of this kind can be filtered by."""
    for field in TERMS.get(kind, ()):
        value = data.get(field)
        if isinstance(value, list):
            yield from ((field, each) for each in value)
        elif value is not None:
            yield field, value[:200]
    if kind == "commitment":
        yield "deliberation", "oui" if data.get("deliberation_ids") else "non"
        yield "proof", data.get("proof", NO_PROOF)


def origin(source: str, kind: str, process_id: str | None, moved: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the term of the démarche a commitment comes from, by its identity in the hub (`moved`: by key)."""
    if kind == "commitment" and process_id:
        key = schemas.hub_id(source, "process", process_id)
        yield "process", moved.get(key, key)


def _moved(connection: Connection, sources: set[int]) -> dict[str, str]:
    """Return the identity of the démarches of these sources that stand for one of a source replaced, by key."""
    mine = (Facet.source_id.in_(sources), Facet.kind == "process", Facet.hub_id != Facet.key)
    return {row.key: row.hub_id for row in connection.execute(select(Facet.key, Facet.hub_id).where(*mine))}


def years(first: int | None, last: int | None) -> Iterator[tuple[str, str]]:
    """Yield the term of each year from `first` to `last`; none when nothing is dated."""
    if first is not None:
        yield from (("year", str(year)) for year in range(first, (last or first) + 1))


def links(kind: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (field, kind of the target, remote_id of the target) for each link a record states (`schema.md` §6)."""
    for field, target_kind in LINKS.items():
        value = data.get(field)
        for target in value if isinstance(value, list) else [value] if value else []:
            yield field, target_kind or kind, target
    if (subject := data.get("subject")) and subject["kind"] not in ("metropole", "plateforme", "reseau"):
        yield "subject", subject["kind"], subject["remote_id"]
    for trace in data.get("trace", ()):
        if document := trace.get("document_id"):
            yield "trace", "document", document
    for event in data.get("history", ()):
        if document := event.get("document_id"):
            yield "history", "document", document


def answer_state(stages: Iterable[Mapping[str, Any]]) -> str:
    """Return what is known of the answer to the avis of a process, never guessing a refusal from a silence."""
    stages = list(stages)
    avis = [stage for stage in stages if stage.get("stage") == "avis_citoyen"]
    answers = [stage for stage in stages if stage.get("stage") == "reponse_argumentee"]
    stated = {stage.get("answer_status") for stage in avis}
    if stated & {"publiee", "partielle", "hors_delai"} or any(stage.get("delivered_on") for stage in answers):
        return ANSWERED
    if answers or "attendue" in stated:
        return WAITING
    return SILENT if avis else NO_AVIS


def _processes(connection: Connection, processes: set[tuple[int, str]]) -> None:
    """Rebuild the terms of processes from themselves and their stages: years they touch, state of the answer."""
    for source_id in sorted({source_id for source_id, _ in processes}):
        ids = sorted(remote_id for owner, remote_id in processes if owner == source_id)
        for start in range(0, len(ids), 500):
            _block(connection, source_id, ids[start : start + 500])


def _block(connection: Connection, source_id: int, ids: list[str]) -> None:
    """Rebuild the terms of these processes of one source: three look-ups, whatever their number."""
    columns = (Facet.hub_id, Facet.source_id, Facet.process_id, Facet.year_from, Facet.year_to, FacetVersion.data)
    told = select(*columns).join(FacetVersion, Facet.reading_id == FacetVersion.id).where(Facet.lead)
    names = _names(connection, source_id, ids)
    stages: dict[str, list[Any]] = {}
    within = (Facet.kind == "stage", Facet.presence != "gone", or_(False, *_naming(names)))
    for row in connection.execute(told.where(*within)):
        stages.setdefault(names[row.source_id, row.process_id], []).append(row)
    rows: list[dict[str, Any]] = []
    found = connection.execute(told.where(Facet.kind == "process", Facet.hub_id.in_(set(names.values())))).all()
    for process in found:
        own = stages.get(process.hub_id, [])
        said = {*terms("process", orjson.loads(process.data))}
        said.add(("answer", answer_state(orjson.loads(row.data) for row in own)))
        for row in (process, *own):
            said.update(years(row.year_from, row.year_to))
        rows += ({"hub_id": process.hub_id, "field": field, "value": value} for field, value in said)
    _replace(connection, Term, [process.hub_id for process in found], rows)


def _names(connection: Connection, source_id: int, ids: list[str]) -> dict[tuple[int, str], str]:
    """Return the identity of these processes by each name they bear: a thing attached has one in each source (§8)."""
    theirs = select(Facet.hub_id).where(Facet.source_id == source_id, Facet.kind == "process", Facet.remote_id.in_(ids))
    named = select(Facet.source_id, Facet.remote_id, Facet.hub_id).where(Facet.hub_id.in_(theirs))
    return {(row.source_id, row.remote_id): row.hub_id for row in connection.execute(named)}


def _naming(names: Iterable[tuple[int, str]]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions under which a stage names one of these processes, source by source."""
    found: dict[int, list[str]] = {}
    for source_id, remote_id in names:
        found.setdefault(source_id, []).append(remote_id)
    for source_id, remote_ids in found.items():
        yield and_(Facet.source_id == source_id, Facet.process_id.in_(remote_ids))


def _replace(
    connection: Connection, table: type[Term] | type[Link], hub_ids: list[str], rows: Iterable[dict[str, Any]]
) -> None:
    """Derived rows are replaced whole, by thing: they say nothing that the versions do not."""
    for start in range(0, len(hub_ids), 500):
        connection.execute(delete(table).where(table.hub_id.in_(hub_ids[start : start + 500])))
    if listed := list(rows):
        connection.execute(insert(table), listed)
