"""The one validator: what is wrong with a thing of a kind, and with the envelope of a record."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

import jsonschema_rs

from schemas.crossing import disorder, elsewhere, future, is_inside, is_ordered, is_past
from schemas.defaults import complete
from schemas.diagnosis import MAX_PROBLEMS, diagnose
from schemas.hygiene import is_huge, unreadable
from schemas.plans import Plan, plan_of
from schemas.problems import Problem, found, problem
from schemas.registry import KINDS, documents, validator

_Ready = tuple[Callable[[object], bool], Plan]
_ready: dict[str, _Ready] = {}
_UNREADABLE = (ValueError, TypeError, RecursionError)
"""What the validator raises for a value that no JSON can hold: lone surrogates, keys that are not texts, a pit."""


def check(
    kind: str, data: object, *, today: date | None = None, communes: frozenset[str] | None = None
) -> list[Problem]:
    """Return every problem of `data` as a thing of that kind (100 at most); `[]` when it is valid. Never raises.

    `kind` is the name of a schema file: `process`, `network/membership`. A key that has a `default` may be absent:
    the door writes it (`complete`) before it checks and stores. With `today`, dates that tell what took place may
    not lie after it; with `communes`, the communes named must be among them. Source: `schema.md` §1–§4.
    """
    ready = _ready.get(kind) if isinstance(kind, str) else None
    if ready is None:
        ready = _prepare(kind)
        if ready is None:
            return [problem("genre_inconnu", "", found(kind))]
    is_valid, plan = ready
    try:
        problems = [] if is_valid(data) else _diagnose(kind, data)
    except _UNREADABLE:
        problems = _diagnose(kind, data)
    if not isinstance(data, dict):
        return problems
    limit = today.isoformat() if today else None
    if (
        is_ordered(plan, data)
        and (limit is None or is_past(plan, data, limit))
        and (communes is None or is_inside(data, communes))
    ):
        return problems
    return _with_crossing(problems, kind, plan, data, limit, communes)


def check_record(
    envelope: object, *, today: date | None = None, communes: frozenset[str] | None = None
) -> list[Problem]:
    """Return every problem of a record, envelope and data; `[]` when it is valid. Never raises.

    Pointers start at the envelope: `/remote_id`, `/data/title`. The data of a record that is `deleted` are not
    looked at. Source: `schema.md` §1.
    """
    problems = check("record", envelope)
    if not isinstance(envelope, dict):
        return problems
    remote_id, kind = envelope.get("remote_id"), envelope.get("kind")
    if isinstance(remote_id, str) and not unicodedata.is_normalized("NFC", remote_id):
        problems.append(problem("identifiant_non_normalise", "/remote_id", remote_id))
    if envelope.get("deleted") is True or kind not in KINDS or not isinstance(envelope.get("data"), dict):
        return problems
    inside = check(kind, envelope["data"], today=today, communes=communes)
    return problems + [replace(one, pointer=f"/data{one.pointer}") for one in inside] if inside else problems


def _prepare(kind: str) -> _Ready | None:
    """Make a kind ready for its first thing; None when no schema describes it."""
    if not isinstance(kind, str) or "type" not in documents().get(kind, {}):
        return None
    ready = _ready[kind] = (validator(kind).is_valid, plan_of(kind))
    return ready


def _diagnose(kind: str, data: object) -> list[Problem]:
    try:
        errors = _first_error(kind, data) if is_huge(data) else validator(kind).iter_errors(data)
        return diagnose(kind, errors, data)
    except _UNREADABLE:
        reasons = list(islice(unreadable(data), MAX_PROBLEMS))
        return reasons or [problem("valeur_refusee", "", found(data))]


def _first_error(kind: str, data: Any) -> list[jsonschema_rs.ValidationError]:
    """Return the first thing wrong once the defaults are written, if anything is: a flood is not told in full."""
    try:
        validator(kind).validate(complete(kind, data))
    except jsonschema_rs.ValidationError as error:
        return [error]
    return []


def _with_crossing(
    problems: list[Problem],
    kind: str,
    plan: Plan,
    data: dict[str, Any],
    limit: str | None,
    communes: frozenset[str] | None,
) -> list[Problem]:
    """Return the problems with those between fields added, where nothing is said yet."""
    across = list(disorder(kind, plan, data))
    if limit:
        across += future(kind, plan, data, limit)
    if communes is not None:
        across += elsewhere(kind, data, communes)
    told = {one.pointer for one in problems}
    return (problems + [one for one in across if one.pointer not in told])[:MAX_PROBLEMS]
