"""The read API: things by kind, with a keyset cursor; each item says where it comes from (`schema.md` §1)."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request

from hub.access.declared import all_need
from hub.api.query import PLURALS, accept, cursor_of, must_exist, narrowed, next_page, wanted
from hub.config import FICTITIOUS
from hub.db import db
from hub.errors import UnknownThing
from hub.models.listing import Listed, one, page_of
from hub.models.metropole import Metropole, metropole_called, metropoles

bp = Blueprint("api", __name__, url_prefix="/api/v1")
all_need(bp, "read")
TOLD = {"openapi": "/api/v1/openapi.json", "documentation": "/api"}
"""Where the API is told, to programs and to people."""


@bp.get("")
def index() -> Response:
    """The addresses of the API."""
    accept(request.args)
    names = [*PLURALS, "metropoles", "indicators", "measures"]
    return answer(
        {"version": "v1", "lists": {name: f"/api/v1/{name}" for name in names}, "schemas": "/schemas", **TOLD}
    )


@bp.get("/<any({}):plural>".format(", ".join(PLURALS)))
def things(plural: str) -> Response:
    """A page of things of one kind, in the order in which they came: `{items, next, total}`."""
    kind, chosen, limit = PLURALS[plural], narrowed(PLURALS[plural], request.args), wanted(request.args)
    found, total = page_of(kind, chosen, limit + 1, cursor_of(request.args))
    if not total:
        must_exist(chosen)
    return answer(
        {
            "items": [item(thing) for thing in found[:limit]],
            "next": next_page(str(found[limit - 1].rank)) if len(found) > limit else None,
            "total": total,
        }
    )


@bp.get("/<any({}):plural>/<hub_id>".format(", ".join(PLURALS)))
def thing(plural: str, hub_id: str) -> Response:
    """One thing, gone or not."""
    accept(request.args)
    found = one(PLURALS[plural], hub_id)
    if found is None:
        raise UnknownThing(f"Aucune fiche ne porte l'identifiant « {hub_id} » parmi {plural}.")
    return answer(item(found))


@bp.get("/metropoles")
def list_metropoles() -> Response:
    """The register of metropoles, in one page."""
    accept(request.args)
    found = db.session.scalars(metropoles()).all()
    return answer({"items": [territory(each) for each in found], "next": None, "total": len(found)})


@bp.get("/metropoles/<name>")
def metropole(name: str) -> Response:
    """One metropole, by slug or SIREN."""
    accept(request.args)
    found = db.session.scalar(metropole_called(name))
    if found is None:
        raise UnknownThing(f"Aucune métropole ne s'appelle « {name} » : donnez son SIREN ou son nom court.")
    return answer(territory(found))


def answer(content: dict[str, Any]) -> Response:
    """Return a JSON response; the same content gives the same bytes. A demonstration says that it is one."""
    if current_app.config["DEMO"]:
        content = {"notice": FICTITIOUS, **content}
    body = orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
    return current_app.response_class(body, mimetype="application/json")


def item(thing: Listed) -> dict[str, Any]:
    """Return the API's form of a thing."""
    return {
        "id": thing.id,
        "kind": thing.kind,
        "metropole": thing.siren and {"siren": thing.siren, "slug": thing.slug, "name": thing.name},
        "source": thing.source,
        "remote_id": thing.remote_id,
        "data": published(thing.kind, thing.text),
        "presence": thing.presence,
        **_absence(thing),
        "provenance": {
            "run": thing.run,
            "writer": thing.writer,
            "url": thing.url,
            "read_at": thing.read_at,
            "raw": thing.raw,
            "pointer": thing.pointer,
            "connector": thing.connector,
            "version": thing.version,
        },
    }


def _absence(thing: Listed) -> dict[str, str]:
    """Since when, and why, the source no longer shows a thing; nothing of what it shows."""
    if thing.not_seen_since is thing.gone_on is thing.gone_reason is None:
        return {}  # nearly always
    said = {"not_seen_since": thing.not_seen_since, "gone_on": thing.gone_on, "gone_reason": thing.gone_reason}
    return {name: value for name, value in said.items() if value is not None}


def published(kind: str, text: str) -> orjson.Fragment | dict[str, Any]:
    """Return the data of a thing; the free text of a contribution is never exported (`schema.md` §4)."""
    if kind == "contribution" and "body" in (data := orjson.loads(text)):
        return {name: value for name, value in data.items() if name != "body"}
    return orjson.Fragment(text)


def territory(metropole: Metropole) -> dict[str, Any]:
    """Return the API's form of a metropole; its population travels with its year and source."""
    return {
        "siren": metropole.siren,
        "slug": metropole.slug,
        "name": metropole.name,
        "short_name": metropole.short_name,
        "nature": metropole.nature,
        "population": metropole.population,
        "population_year": metropole.population_year,
        "population_source": metropole.population_source,
        "communes": metropole.communes,
        "lat": metropole.lat,
        "lon": metropole.lon,
        "within": metropole.within,
    }
