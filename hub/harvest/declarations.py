"""Declaring coverage (`benchmark.md` §2): a dated row each time, by the page and by the push API alike."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import Connection

from hub.access import audit
from hub.access.reader import Reader
from hub.benchmark.coverage import PARTIAL
from hub.clock import iso, now, today, ulid
from hub.harvest.network import write_things
from hub.harvest.registry import Actor
from hub.harvest.screening import refused
from schemas import Problem, problem
from schemas.diagnosis import field_words

KIND = "network/coverage"
DOCUMENT = "déclaration de la métropole"
"""What a statement is written in: itself, no document of a source."""


def declare(
    siren: str, kind: str, year: int, level: str, share: float | None, statement: str | None, author: Actor
) -> list[Problem]:
    """Write what a metropole declares of a kind and a year; return the problems, `[]` when it is written.

    `share` is a fraction of 1, of a partial coverage only. A statement is never overwritten: the newest of a kind and
    a year is in force. In public the `author` is a function or a system; a person who is refused wrote no row.
    """
    by = Reader(name=author) if isinstance(author, str) else author
    at, words = now(), (statement or "").strip()
    thing: dict[str, Any] = {
        "id": f"{siren}-{ulid(at)}".lower(),
        "siren": siren,
        "kind": kind,
        "period": {"from": f"{year:04}", "to": f"{year:04}", "precision": "annee"},
        "level": level,
        "declared_by": by.function("validate", siren),
        "declared_at": iso(at),
        "trace": [{"document_id": DOCUMENT, "certainty": "affirme"}],
    }
    thing |= {name: said for name, said in (("share", share), ("statement", words)) if said not in (None, "")}
    if problems := _beyond_the_schema(thing, year):
        return problems
    told = partial(_note, by, thing)
    found = write_things("coverage", [thing], thing["declared_by"], told).problems
    return [each for problems in found.values() for each in problems]


def _beyond_the_schema(thing: dict[str, Any], year: int) -> list[Problem]:
    """What the schema does not say: no person in the text, no year to come, a share of a partial coverage only."""
    found = refused(KIND, {"statement": thing.get("statement", "")})
    if year > today().year:
        found.append(problem("date_future", "/period/from", str(year), **field_words(KIND, ("period",))))
    if "share" in thing and thing["level"] != PARTIAL:
        found.append(problem("part_sans_partielle", "/share", str(thing["share"]), **field_words(KIND, ("share",))))
    return found


def _note(by: Reader, thing: dict[str, Any], connection: Connection) -> None:
    audit.write(connection, by, "validate", f"coverage:{thing['id']}", siren=thing["siren"], after=thing)
