"""What a source asks of its connector: the module, its options in their types, its manners, the host it asks."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from connectors import BUILT_IN
from connectors.base import Endpoint
from connectors.catalogue import Installed, installed
from connectors.fetch import Manners
from hub.errors import BadQuery
from hub.harvest import correspondences
from hub.models import Source

SECRET_PREFIX = "HUB_SECRET_"


def connectors_found() -> list[Installed]:
    """Return every connector of this instance, by name: the hub's, then those of other packages, usable or not."""
    return list(installed(_allowed()).values())


def module_called(name: str) -> ModuleType | None:
    """Return the connector of that name, None when there is none that this instance may use."""
    if name in BUILT_IN or name not in _allowed():
        return BUILT_IN.get(name)
    found = installed(_allowed()).get(name)
    return found.module if found else None


def connector_called(name: str) -> ModuleType:
    """Return the connector of that name. Raises BadQuery, which says why it cannot be used, or which exist."""
    if module := module_called(name):
        return module
    found = connectors_found()
    if why := next((each.broken for each in found if each.name == name), None):
        raise BadQuery(f"Le connecteur « {name} » ne peut être utilisé. {why}")
    names = ", ".join(sorted(each.name for each in found if each.module))
    raise BadQuery(f"Le connecteur « {name} » n'existe pas. Connecteurs : {names}.")


def _allowed() -> set[str]:
    return {name for name in re.split(r"[,\s]+", current_app.config["CONNECTORS_ALLOWED"]) if name}


def endpoint_of(source: Source, cursor: str | None = None) -> Endpoint:
    """Return what to read, secrets included: these come from the environment, never from the database."""
    module = connector_called(source.connector)
    secrets = {option.name: secret(source, option.name) for option in module.OPTIONS if option.kind == "secret"}
    given = {**source.options, **{name: value for name, value in secrets.items() if value}}
    return Endpoint(source.url or "", typed(module, given), cursor)


def secret(source: Source, option: str) -> str | None:
    """Return a secret of a source: the environment variable `HUB_SECRET_<SLUG>_<OPTION>`."""
    name = f"{source.slug}_{option}".upper().replace("-", "_")
    return os.environ.get(SECRET_PREFIX + name)


def secrets_of(source: Source) -> tuple[str, ...]:
    """Return the secrets of a source, which nothing written may hold."""
    names = [option.name for option in connector_called(source.connector).OPTIONS if option.kind == "secret"]
    given = (secret(source, name) or source.options.get(name) for name in names)
    return tuple(str(value) for value in given if value)


def manners(module: ModuleType, **changed: Any) -> Manners:
    """Return how a run of this connector behaves: the platform's own pace, the hub's settings."""
    config = current_app.config
    private = config["ALLOW_PRIVATE_NETWORKS"]
    agent = changed.pop("agent", None) or config["USER_AGENT"]
    bounds = {"requests": config["MAX_REQUESTS"], "longest_run": config["RUN_MINUTES"] * 60.0} | changed
    platform = {"pause": module.PAUSE, "read": module.READ_TIMEOUT, "pace": 0 if private else 1}
    return Manners(agent=agent, private=private, here=config["DEMO"], **platform, **bounds)


def host_of(url: str | None) -> str | None:
    """Return the host (and port) of an address, in lower case: what is asked by one run at a time."""
    return urlsplit(url).netloc.lower().rpartition("@")[2] or None if url else None


def typed(module: ModuleType, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declared options with their defaults, each in its type. Raises BadQuery naming the option."""
    declared = {option.name: option for option in module.OPTIONS}
    given = {name: value for name, value in given.items() if name != correspondences.OPTION}
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
