"""A look at a platform before anything is decided: real requests, real checks, nothing written (`harvest.md` §3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from flask import current_app

from connectors import BUILT_IN
from connectors.base import Checkpoint, Endpoint, SourceChanged, SourceDown
from connectors.fetch import Fetch, Manners
from hub.errors import BadQuery
from hub.harvest.door import Checked, Context, check

MAX_REQUESTS = 10


@dataclass
class Preview:
    """What a platform says: the first records as the door checks them, the requests it took, what stopped the walk."""

    records: list[Checked] = field(default_factory=list)
    requests: int = 0
    stopped: str | None = None


def preview(connector: str, endpoint: Endpoint, context: Context, limit: int = 20) -> Preview:
    """Return the first `limit` records of a platform, checked as an ingestion would. Raises BadQuery.

    Nothing is stored; a platform that does not answer, or not as expected, is told in `stopped`.
    """
    module = connector_called(connector)
    endpoint = replace(endpoint, options=_options(module, endpoint.options))
    fetch = Fetch(manners(module, requests=MAX_REQUESTS))
    found = Preview()
    try:
        for item in module.harvest(endpoint, fetch):
            if not isinstance(item, Checkpoint):
                found.records.append(check(item, context))
            if len(found.records) >= limit:
                break
    except (SourceDown, SourceChanged) as error:
        found.stopped = str(error)
    found.requests = fetch.counts["requests"]
    return found


def connector_called(name: str) -> ModuleType:
    """Return the connector of that name. Raises BadQuery, which lists those that exist."""
    if name not in BUILT_IN:
        raise BadQuery(f"Le connecteur « {name} » n'existe pas. Connecteurs : {', '.join(sorted(BUILT_IN))}.")
    return BUILT_IN[name]


def manners(module: ModuleType, **changed: Any) -> Manners:
    """Return how a run of this connector behaves: the platform's own pace, the hub's settings."""
    private = current_app.config["ALLOW_PRIVATE_NETWORKS"]
    return Manners(pause=module.PAUSE, read=module.READ_TIMEOUT, private=private, pace=0 if private else 1, **changed)


def _options(module: ModuleType, given: Mapping[str, str]) -> dict[str, Any]:
    """The declared options with their defaults, each in its type. Raises BadQuery naming the option."""
    declared = {option.name: option for option in module.OPTIONS}
    for name in given:
        if name not in declared:
            raise BadQuery(f"L'option « {name} » n'existe pas. Options : {', '.join(declared) or 'aucune'}.")
    missing = [option.label for option in declared.values() if option.required and option.name not in given]
    if missing:
        raise BadQuery(f"Il manque : {', '.join(missing)}.")
    return {name: _typed(each.kind, each.label, given.get(name, each.default)) for name, each in declared.items()}


def _typed(kind: str, label: str, value: Any) -> Any:
    if not isinstance(value, str) or kind in ("text", "secret"):
        return value
    if kind == "list":
        return [part.strip() for part in value.split("|") if part.strip()]
    if kind == "boolean" and value.lower() in ("oui", "non", "true", "false"):
        return value.lower() in ("oui", "true")
    if kind == "integer" and value.isascii() and value.isdigit():
        return int(value)
    expected = "oui ou non" if kind == "boolean" else "un nombre entier"
    raise BadQuery(f"{label} : {expected} est attendu, trouvé « {value} ».")
