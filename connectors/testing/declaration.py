"""Group A: what a connector declares of itself, and whether it does as it declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import ModuleType
from typing import Any

import schemas
from connectors.base import Endpoint, Option, Record, RecordRefused
from connectors.testing.bench import Bench, fetching, walked
from connectors.testing.finding import Finding

KINDS = ("text", "integer", "boolean", "list", "secret")
_SECRET = re.compile(r"key|token|password|.*_(?:key|token|secret|password)")
_DECLARED: Mapping[str, Any] = {
    "NAME": str, "LABEL": str, "VERSION": str, "CONTRACT": int, "OPTIONS": tuple, "VERSIONS": tuple,
    "PAUSE": float, "READ_TIMEOUT": float, "PERSONAL": tuple, "FIELDS": Mapping,
}  # fmt: skip


def declaration(bench: Bench) -> Iterator[Finding]:
    """Yield what is missing or wrong in the declaration, and what the records show that it does not say."""
    module = bench.module
    for name, kind in _DECLARED.items():
        if not isinstance(getattr(module, name, None), kind):
            yield Finding("A", "declaration", f"La constante {name} manque, ou n'est pas de la sorte attendue.")
            return
    if module.CONTRACT != 1 or not re.fullmatch(r"[a-z][a-z0-9_]*", module.NAME) or not module.LABEL.strip():
        yield Finding("A", "declaration", "NAME est un mot en minuscules, LABEL un nom français, CONTRACT vaut 1.")
    if not module.VERSIONS or module.PAUSE < 1 or not 0 < module.READ_TIMEOUT <= 90:
        yield Finding("A", "declaration", "VERSIONS cite ce qui est lu ; PAUSE ≥ 1 s ; READ_TIMEOUT ≤ 90 s.")
    for option in module.OPTIONS:
        yield from _option(option)
    yield from _fields(bench)
    yield from _bypass(module)
    yield from _bad_options(bench)


def _option(option: object) -> Iterator[Finding]:
    if not isinstance(option, Option) or option.kind not in KINDS or not option.label.strip():
        yield Finding("A", "option", f"L'option « {option} » n'a pas de libellé français ou de sorte connue.")
    elif _SECRET.fullmatch(option.name) and option.kind == "text":
        yield Finding("A", "secret", f"L'option « {option.label} » est un secret et doit être déclarée telle.")


def _fields(bench: Bench) -> Iterator[Finding]:
    """Each field is one of the schema; each record is valid and says nothing outside `FIELDS`."""
    declared = set(bench.module.FIELDS)
    for name in declared - {"*"}:
        kind, _, field = name.partition(".")
        if kind not in schemas.KINDS or field not in schemas.schema(kind)["properties"]:
            yield Finding("A", "champ_inconnu", f"FIELDS cite « {name} », qui n'est pas dans le schéma.")
    for item in bench.clean.reads:
        if isinstance(item, RecordRefused):
            if item.rule not in schemas.rules():
                yield Finding("A", "regle_inconnue", f"Le refus « {item.rule} » n'est pas une règle connue.")
            continue
        yield from _record(item, declared)


def _record(record: Record, declared: set[str]) -> Iterator[Finding]:
    outside = {f"{record.kind}.{name}" for name in record.data} - declared
    if outside and "*" not in declared:
        yield Finding("A", "champ_non_declare", f"Le champ « {min(outside)} » est donné et n'est pas dans FIELDS.")
    elif not record.deleted:
        for problem in schemas.check(record.kind, schemas.complete(record.kind, record.data)):
            yield Finding("A", "fiche_invalide", f"{record.kind} {record.remote_id} : {problem.message}")


def _bypass(module: ModuleType) -> Iterator[Finding]:
    for group, words in getattr(module, "BYPASS", {}).items():
        if not is_signed(words):
            yield Finding("A", "contournement", f"Le contournement du groupe {group} doit dire : motif, date, nom.")


def is_signed(words: Sequence[str]) -> bool:
    """Tell whether a bypass says why, since when and who."""
    try:
        why, day, who = words
        return bool(why.strip() and who.strip() and date.fromisoformat(day))
    except (ValueError, AttributeError):
        return False


def _bad_options(bench: Bench) -> Iterator[Finding]:
    """A required option that is missing is named in French, before anything is asked."""
    given = Endpoint(bench.site.url, bench.site.options)
    for option in bench.module.OPTIONS:
        if option.required:
            rest = {name: value for name, value in given.options.items() if name != option.name}
            walk = walked(bench.module, replace(given, options=rest), fetching())
            if walk.end not in ("access", "contract") or option.label not in str(walk.error) or walk.counted:
                message = (
                    f"Sans l'option « {option.label} », le message doit la nommer, avant toute requête : {walk.error}."
                )
                yield Finding("A", "option_manquante", message)
