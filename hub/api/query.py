"""Reading the parameters of an API address: unknown ones are refused, so that a typing error never widens an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from flask import current_app, request
from werkzeug.datastructures import MultiDict

from hub.db import db
from hub.errors import BadQuery
from hub.models.listing import Asked
from hub.models.metropole import metropole_called
from hub.models.source import source_called
from hub.models.thing import RESEAU
from schemas import codes

PLURALS = {
    "processes": "process",
    "stages": "stage",
    "contributions": "contribution",
    "meetings": "meeting",
    "observations": "observation",
    "commitments": "commitment",
    "deliberations": "deliberation",
    "documents": "document",
}
STATES = {
    "process": codes("etat_demarche"),
    "stage": codes("etat_demarche"),
    "contribution": codes("statut_proposition"),
    "observation": codes("metrique"),
    "commitment": codes("statut_engagement"),
    "deliberation": codes("type_deliberation"),
    "document": codes("type_document"),
}
"""The values of `state`, by kind: its own state or status, a figure's metric, a document's or deliberation's type."""
PRESENCES = ("present", "not_seen", "gone")
NARROWING = ("metropole", "source", "state", "year", "presence")
PARAMETERS = (*NARROWING, "after", "limit")


def accept(args: MultiDict[str, str], parameters: Iterable[str] = ()) -> None:
    """Raise BadQuery on a parameter that is unknown or given twice: a typing error never widens an answer."""
    known = tuple(parameters)
    for name in args:
        if name not in known:
            accepted = f"Acceptés : {', '.join(known)}." if known else "Cette adresse n'en accepte aucun."
            raise BadQuery(f"Paramètre inconnu : « {name[:50]} ». {accepted}")
        if len(args.getlist(name)) > 1:
            raise BadQuery(f"Le paramètre « {name} » est donné plusieurs fois.")


def narrowed(kind: str, args: MultiDict[str, str]) -> Asked:
    """Return what an address asks for. Raises BadQuery, whose sentence says what is accepted."""
    accept(args, PARAMETERS)
    asked: dict[str, str | int] = {name: args[name] for name in NARROWING if name in args}
    for name, accepted in (("presence", PRESENCES), ("state", STATES.get(kind, ()))):
        if name in asked and asked[name] not in accepted:
            told = ", ".join(accepted) or "aucun"
            raise BadQuery(f"{name} : « {args[name][:50]} » n'est pas accepté. Acceptés : {told}.")
    if "year" in asked:
        asked["year"] = _year(args["year"])
    if asked.get("metropole") == RESEAU:
        asked[RESEAU] = asked.pop("metropole")
    return asked


def must_exist(asked: Asked) -> None:
    """A name that designates nothing is a mistake to be told, not an empty answer. Raises BadQuery."""
    for name, called in (("metropole", metropole_called), ("source", source_called)):
        value = str(asked.get(name, ""))
        if name in asked and db.session.execute(called(value)).first() is None:
            raise BadQuery(f"{name} : « {value[:50]} » n'est pas connu (voir /api/v1/metropoles et /sources).")


def wanted(args: Mapping[str, str]) -> int:
    """Return how many items are asked for. Raises BadQuery."""
    config = current_app.config
    text = args.get("limit", str(config["API_PAGE_SIZE"]))
    if not re.fullmatch("[1-9][0-9]{0,8}", text) or int(text) > config["API_PAGE_MAX"]:
        raise BadQuery(f"limit : un entier de 1 à {config['API_PAGE_MAX']} est attendu, trouvé « {text[:50]} ».")
    return int(text)


def cursor_of(args: Mapping[str, str], name: str = "after") -> int:
    """Return the rank from behind which the page begins, 0 for the first page. Raises BadQuery."""
    text = args.get(name) or "0"
    if not re.fullmatch("[0-9]{1,18}", text):
        raise BadQuery(f"{name} : reprenez tel quel le « next » de la réponse précédente.")
    return int(text)


def next_page(after: str) -> str:
    """Return the address of the next page: the same question, further on."""
    asked = [(name, value) for name, value in request.args.items() if name != "after"]
    return f"{request.path}?{urlencode([*asked, ('after', after)])}"


def _year(text: str) -> int:
    if not re.fullmatch("[12][0-9]{3}", text):
        raise BadQuery(f"year : une année de quatre chiffres est attendue, trouvé « {text[:50]} ».")
    return int(text)
