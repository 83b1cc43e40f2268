"""The counted side of a comparison: how many records say it, or what the stated figures themselves add up to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from hub.benchmark.precedence import precedes
from hub.benchmark.statements import Statement
from hub.db import db
from hub.models.network import things
from hub.models.thing import Filter, Thing, counts_by_state, named, read, things_of
from schemas.labels import label


@dataclass(frozen=True, slots=True)
class Count:
    """What the hub counts. `value` is None when there is nothing to count: absent, never 0.

    `more` is how many it cannot decide (unknown statuses), infinite for a list known to be partial. The list that
    makes the count is `chosen` (fields of commitments and their values), or the things `made_of`.
    """

    value: float | None
    text: str
    numerator: int | None = None
    denominator: int | None = None
    more: float = 0
    why_more: str = ""
    chosen: Mapping[str, tuple[str, ...]] | None = None
    made_of: tuple[Thing, ...] = ()


Counter = Callable[[Statement, Sequence[Statement], Sequence[str]], Count | None]
"""Counts beside a statement, knowing the other statements and the levels of commitment that count; None: no case."""


def records(said: Statement, _others: Sequence[Statement], levels: Sequence[str]) -> Count | None:
    """Count the commitments of the statement's process that are what it is about; unknown statuses stay undecided."""
    if len(levels) > 1 and not sum(_by_status(said, levels[1:]).values()):
        return None
    found = _by_status(said, levels)
    total = sum(found.values())
    if not total:
        return Count(None, "aucune fiche transmise")
    statuses = said.about.get("status", ())
    chosen = _chosen(said, levels) | ({"status": statuses} if statuses else {})
    if not statuses:
        return Count(total, _files(total), total, chosen=chosen)
    matched, unknown = sum(found.get(status, 0) for status in statuses), found.get("inconnu", 0)
    why = f"{_files(unknown)} de statut inconnu"
    return Count(matched, f"{_files(matched)} sur {total}", matched, total, unknown, why if unknown else "", chosen)


def cited(said: Statement, _others: Sequence[Statement], _levels: Sequence[str]) -> Count | None:
    """Count the deliberations the process's commitments cite; vœux and other votes are no deliberations."""
    return _cited(said, dated=False)


def cited_since(said: Statement, _others: Sequence[Statement], _levels: Sequence[str]) -> Count | None:
    """Count those of them dated on or after the promise (Pub22)."""
    return _cited(said, dated=True)


def totals(said: Statement, others: Sequence[Statement], _levels: Sequence[str]) -> Count | None:
    """Divide the stated totals of the statement's statuses by the stated whole."""
    plain = [each for each in others if each.subject == said.subject and _is_total(each, said)]
    wanted = said.about.get("status", ())
    parts = [each for status in wanted for each in plain if each.about == {"status": (status,)}][: len(wanted)]
    whole = [each for each in plain if not each.about][:1]
    if len(parts) < len(wanted) or not whole:
        return None
    numerator, denominator = round(sum(part.value for part in parts)), round(whole[0].value)
    text = f"{percent(numerator / denominator)} ({numerator} sur {denominator})"
    made_of = tuple(each.thing for each in (*parts, *whole))
    return Count(numerator / denominator, text, numerator, denominator, made_of=made_of)


def channels(said: Statement, others: Sequence[Statement], _levels: Sequence[str]) -> Count | None:
    """Add what is stated channel by channel for the same subject and year."""
    parts = [
        each
        for each in others
        if (each.subject, each.year, each.data["metric"]) == (said.subject, said.year, said.data["metric"])
        and each.data.get("channel")
        and each.about == said.about
    ]
    if not parts:
        return None
    total = round(sum(part.value for part in parts))
    sides = [f"{round(part.value)} {label('canal', part.data['channel']).lower()}" for part in parts]
    return Count(total, f"{' + '.join(sides)} = {total}", total, made_of=tuple(part.thing for part in parts))


def elsewhere(said: Statement, others: Sequence[Statement], _levels: Sequence[str]) -> Count | None:
    """Put another, exact statement of the same set beside one that is not exact."""
    same = [each for each in others if (each.subject, each.about) == (said.subject, said.about)]
    exact = next((each for each in same if each.qualifier == "exact"), None)
    if exact is None or said.qualifier == "exact":
        return None
    text = f"« {exact.words} » dans un autre passage"
    return Count(exact.value, text, round(exact.value), made_of=(exact.thing,))


def encounters(said: Statement, _others: Sequence[Statement], _levels: Sequence[str]) -> Count | None:
    """Count the encounters of the network of this type and year."""
    held = [orjson.loads(thing.data) for thing in db.session.scalars(things("encounter"))]
    kinds = said.about["encounter"]
    number = sum(one["type"] in kinds and one.get("starts_on", "")[:4] == said.year for one in held)
    return Count(number, f"{number} décrits ici", number) if number else Count(None, "aucune rencontre transmise")


def communes(said: Statement, _others: Sequence[Statement], _levels: Sequence[str]) -> Count | None:
    """Count the communes of the metropole in the register."""
    metropole = said.thing.metropole
    if metropole is None:
        return None
    number = len(metropole.communes)
    return Count(number, f"{number} communes au registre", number)


COUNTERS: Mapping[str, Counter] = {
    each.__name__: each for each in (records, cited, cited_since, totals, channels, elsewhere, encounters, communes)
}


def percent(share: float) -> str:
    """Return a share in words: « 86,3 % »."""
    return f"{share * 100:.1f}".replace(".", ",") + "\u00a0%"


def process_filter(said: Statement, fields: Mapping[str, tuple[str, ...]]) -> Filter:
    """Return the filter of the commitments of a statement's process."""
    return Filter(process=((said.thing.source.id, said.subject[1]),), terms=tuple(fields.items()))


def _files(number: int) -> str:
    return f"{number} {'fiches' if number > 1 else 'fiche'}" if number else "aucune fiche"


def _chosen(said: Statement, levels: Sequence[str]) -> dict[str, tuple[str, ...]]:
    about = {field: values for field, values in said.about.items() if field in ("type", "level", "orientation")}
    return {"level": tuple(levels)} | about


def _by_status(said: Statement, levels: Sequence[str]) -> dict[str, int]:
    query = counts_by_state("commitment", process_filter(said, _chosen(said, levels)))
    return {row[0]: row[1] for row in db.session.execute(query) if row[0]}


def _cited(said: Statement, dated: bool) -> Count:
    citing = read(things_of("commitment", process_filter(said, {"deliberation": ("oui",)})))
    promised: dict[str, list[str | None]] = {}
    for commitment in citing:
        for name in commitment.data["deliberation_ids"]:
            promised.setdefault(name, []).append(commitment.data.get("promised_on"))
    voted = [each for each in read(named(said.thing.source, "deliberation", promised)) if _is_deliberation(each)]
    if dated:
        voted = [each for each in voted if _follows(each, promised[each.remote_id])]
    if not voted:
        return Count(None, "aucune délibération citée")
    text = f"{len(voted)} délibérations citées" + (" et datées de la promesse ou après" if dated else "")
    why = "toutes ne sont pas citées"
    return Count(len(voted), text, len(voted), None, math.inf, why, {"deliberation": ("oui",)}, tuple(voted))


def _follows(deliberation: Thing, promised: Sequence[str | None]) -> bool:
    """Whether it is dated on or after one of the promises that cite it; a date too vague to tell does not follow."""
    day = deliberation.data.get("decided_on")
    return any(day and promise and precedes(day, promise) is False for promise in promised)


def _is_deliberation(thing: Thing) -> bool:
    return bool(thing.data["type"] == "deliberation")


def _is_total(each: Statement, said: Statement) -> bool:
    return each.qualifier == "exact" and not each.share and each.data["metric"] == said.data["metric"]
