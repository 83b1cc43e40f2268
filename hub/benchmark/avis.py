"""The avis that citizens handed over: their answers, what waits, what is not counted and why (`benchmark.md` §10)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from hub.benchmark.answering import ANSWER, AVIS, Pair, paired
from hub.benchmark.cases import UNCOUNTED
from hub.benchmark.delays import Clock, window_start
from hub.db import db
from hub.models.demarche import stages_of, suggestions_of
from hub.models.thing import Filter, Thing, bearers, identified, read

NO_DATE, LOST, ELSEWHERE = "avis_sans_date", "reponse_sans_avis", "autre_perimetre"
OUTSIDE, BEFORE, AFTER = "hors_total", "avant_fenetre", "apres"
"""Why an avis is not counted: the first that applies."""
Name = tuple[int, str]
"""The id of a source, and a remote_id there."""


@dataclass(frozen=True)
class Avis:
    """An avis as pages list it. `published`: it was answered, by the day asked. `apart`: why it is not counted."""

    thing: Thing
    answer: Thing | None
    process: Thing | None
    published: bool
    clock: Clock | None
    apart: str
    papers: Sequence[Thing] = ()
    suggestions: Sequence[Thing] = ()


def avis_of(narrowed: Filter, summed: Collection[str], as_of: date) -> list[Avis]:
    """Return the avis that pass a filter as they stand on that day, the newest first, the undated last.

    `summed`: the SIRENs whose avis are counted together; what is nested in one of them, or the network's, is apart.
    """
    steps: dict[Name, list[Thing]] = {}
    for step in read(stages_of((AVIS, ANSWER), narrowed)):
        steps.setdefault(_home_of(step), []).append(step)
    pairs = [(name, pair) for name, inside in steps.items() for pair in paired(inside)]
    homes = _called("process", (name for name, _ in pairs))
    found = [_avis(pair, homes.get(name), summed, as_of) for name, pair in pairs]
    return sorted(found, key=lambda one: (one.thing.data.get("delivered_on", ""), one.thing.id), reverse=True)


def with_pieces(found: Sequence[Avis]) -> list[Avis]:
    """Return avis with the documents of both steps and with what they recommend, in a fixed number of queries."""
    papers = _called("document", ((each.thing.source.id, name) for each in found for name in _cited(each)))
    said = _suggestions(found)
    return [
        replace(
            each,
            papers=[papers[key] for name in _cited(each) if (key := (each.thing.source.id, name)) in papers],
            suggestions=said.get((each.thing.source.id, each.thing.remote_id), ()),
        )
        for each in found
    ]


def _called(kind: str, names: Iterable[Name]) -> dict[Name, Thing]:
    """The things that bear these names: those of the source that names them, else, for documents, the network's."""
    wanted: dict[int, set[str]] = {}
    for source, name in names:
        wanted.setdefault(source, set()).add(name)
    rows = db.session.execute(bearers(kind, wanted)).all() if wanted else []
    things = {each.id: each for each in read(identified(*{row.hub_id for row in rows}))} if rows else {}
    shared = {row.remote_id: row.hub_id for row in rows if row.siren is None}
    own = {(row.source_id, row.remote_id): row.hub_id for row in rows}
    asked = ((source, name) for source, inside in wanted.items() for name in inside)
    found = {key: own.get(key) or shared.get(key[1], "") for key in asked}
    return {key: things[hub_id] for key, hub_id in found.items() if hub_id in things}


def _home_of(thing: Thing) -> Name:
    return thing.source.id, str(thing.data.get("process_id", ""))


def _avis(pair: Pair[Thing], home: Thing | None, summed: Collection[str], as_of: date) -> Avis:
    one = pair.avis
    siren = one.metropole.siren if one.metropole else None
    timed = pair.clock(one.id, siren)
    perimeter = (home.data.get("perimeter") if home else None) or one.source.perimeter
    reasons = {
        NO_DATE: timed is None,
        OUTSIDE: siren not in summed,
        ELSEWHERE: perimeter in UNCOUNTED,
        LOST: pair.lost and not pair.published,
        BEFORE: timed is not None and timed.since <= window_start(as_of),
        AFTER: timed is not None and timed.since > as_of,
    }
    published = timed.ended(as_of) if timed else pair.published
    return Avis(one, pair.answer, home, published, timed, next((why for why, so in reasons.items() if so), ""))


def _cited(one: Avis) -> list[str]:
    """The documents that an avis and its answer name, each once."""
    steps = [one.thing, *([one.answer] if one.answer and one.published else [])]
    return list(dict.fromkeys(name for step in steps for name in step.data.get("document_ids", ())))


def _suggestions(found: Iterable[Avis]) -> dict[Name, list[Thing]]:
    """What each avis recommends: what names it as its step; or names no step, when the démarche has no other avis."""
    inside: dict[Name, list[str]] = {}
    for each in found:
        inside.setdefault(_home_of(each.thing), []).append(each.thing.remote_id)
    said: dict[Name, list[Thing]] = {}
    for one in read(suggestions_of(tuple(inside))) if inside else ():
        avis = inside[_home_of(one)]
        for name in one.data.get("stage_ids") or (avis if len(avis) == 1 else ()):
            said.setdefault((one.source.id, name), []).append(one)
    return said
