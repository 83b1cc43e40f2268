"""The registry of sources: proposed, accepted or refused by people, each step kept with who, when and why (§2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import Connection, func, insert, select, update

from connectors.guard import RefusedAddress, check_url
from hub.access import audit
from hub.access.reader import Reader, console
from hub.clock import iso, now
from hub.db import db, writing
from hub.errors import BadQuery
from hub.harvest.correspondences import OPTION, declared
from hub.harvest.options import connector_called, typed
from hub.harvest.schedule import SHORT, due_after, is_late, slot_for
from hub.models import Decision, Facet, Run, Source
from hub.models.run import APPLIED_STATES
from hub.models.source import FREQUENCY_LABELS, STATE_LABELS, source_called

STEPS = {
    "submit": (("draft",), "pending"),
    "accept": (("pending", "paused", "refused", "stopped"), "accepted"),
    "refuse": (("pending",), "refused"),
    "pause": (("accepted",), "paused"),
    "stop": (("draft", "pending", "accepted", "paused", "refused"), "stopped"),
}
"""Each step of a source: from which states, to which one (`harvest.md` §2)."""
STEP_LABELS = {
    "propose": "Proposée",
    "submit": "Soumise",
    "accept": "Acceptée",
    "refuse": "Refusée",
    "pause": "Mise en pause",
    "stop": "Arrêtée",
    "edit": "Modifiée",
    "attach": "Fiches rattachées",
    "detach": "Fiches détachées",
    "preview": "Aperçu",
    "approve": "Moisson approuvée",
    "reject": "Moisson rejetée",
    "allow_once": "Autorisée une fois",
    "cancel": "Moisson annulée",
    "clear": "Alerte levée",
}
VERBS = {
    **dict.fromkeys(("approve", "reject", "allow_once"), "decide_run"),
    **dict.fromkeys(("accept", "refuse", "pause", "stop"), "accept_sources"),
    **dict.fromkeys(("cancel", "preview"), "operate"),
}
"""The right that a step asks for; the others belong to who keeps the source."""
Actor = str | Reader
"""Who acts: a person, or a function from the machine's command line."""
NEEDS_MOTIVE = ("refuse", "approve", "reject", "allow_once")
PLACE = ("connector", "url", "options")
"""What a source reads: changing it calls for a new acceptance."""


def propose(row: Mapping[str, Any], actor: Actor, state: str = "pending", motive: str = "") -> Source:
    """Write a new source after checking its address and options; return it. Raises BadQuery."""
    values = {"state": state, "options": {}, "diffusion": "public", **row}
    values["options"] = _with_words(values["options"])
    check_place(values)
    with writing() as connection:
        if connection.scalar(select(Source.id).where(Source.slug == values["slug"])):
            raise BadQuery(f"Une source s'appelle déjà « {values['slug']} ».")
        _must_be_alone(connection, values)
        source_id = connection.execute(insert(Source).values(**values).returning(Source.id)).scalar_one()
        note(connection, source_id, actor, "propose", motive)
    return named(values["slug"])


def step(source: Source, action: str, actor: Actor, motive: str = "", frequency: str | None = None) -> Source:
    """Take a source one step further; return it. Raises BadQuery, in French, when the step is not possible."""
    origins, state = STEPS[action]
    if action in NEEDS_MOTIVE and not motive.strip():
        raise BadQuery("Indiquez le motif du refus.")
    if source.state not in origins:
        was, next_ = STATE_LABELS[source.state], STATE_LABELS[state]
        raise BadQuery(f"La source « {source.slug} » ne peut pas passer de « {was} » à « {next_} ».")
    values: dict[str, Any] = {"state": state, "next_due": None}
    if action == "accept":
        _must_not_be_replaced(source)
        check_place({"connector": source.connector, "url": source.url, "options": source.options})
        values |= _timetable(source, frequency or source.frequency) | {"cause": None}
    with writing() as connection:
        if action == "accept":
            _must_be_alone(connection, _as_row(source))
        connection.execute(update(Source).where(Source.id == source.id).values(**values))
        note(connection, source.id, actor, action, motive)
    return named(source.slug)


def edit(source: Source, changes: Mapping[str, Any], actor: Actor) -> Source:
    """Change a source; a new address or connector sends an accepted one back to « proposée ». Raises BadQuery."""
    values = dict(changes)
    if "options" in values:
        values["options"] = _with_words(values["options"])
    if "replaces_id" in values and _leads_others(source):
        raise BadQuery(f"Des fiches de « {source.slug} » sont rattachées : détachez-les d'abord (hub source detach).")
    place = {name: values.get(name, getattr(source, name)) for name in PLACE}
    moved = any(_asked(name, place[name]) != _asked(name, getattr(source, name)) for name in PLACE)
    if moved:
        check_place(place)
        values |= {"cursor": None, "full_at": None}
        if source.state in ("accepted", "paused"):
            values |= {"state": "pending", "next_due": None}
    elif "frequency" in values and source.state == "accepted":
        values |= _timetable(source, values["frequency"])
    with writing() as connection:
        if moved:
            _must_be_alone(connection, _as_row(source) | place)
        connection.execute(update(Source).where(Source.id == source.id).values(**values))
        note(connection, source.id, actor, "edit", details={"fields": sorted(changes), **_said(values)})
    return named(source.slug)


def check_place(place: Mapping[str, Any]) -> None:
    """Raise BadQuery when a connector, its address or its options cannot be read."""
    module = connector_called(place["connector"])
    secrets = [option.name for option in module.OPTIONS if option.kind == "secret"]
    for name in place["options"]:
        if name in secrets:
            raise BadQuery(f"« {name} » est un secret : il se donne par l'environnement, jamais avec la source.")
    typed(module, {**dict.fromkeys(secrets, ""), **place["options"]})
    try:
        check_url(place["url"] or "", private=current_app.config["ALLOW_PRIVATE_NETWORKS"])
    except RefusedAddress as error:
        raise BadQuery(str(error)) from error


def named(slug: str) -> Source:
    """Return the source of this slug. Raises BadQuery."""
    db.session.rollback()
    source = db.session.scalar(source_called(slug))
    if source is None:
        raise BadQuery(f"Aucune source ne s'appelle « {slug} » (voir « hub source list »).")
    return source


def replaceable(slug: str, siren: str | None, other: str) -> int:
    """Return the id of the source that `slug` replaces: another one of the same metropole. Raises BadQuery."""
    found = named(other)
    if found.slug == slug or found.siren != siren:
        raise BadQuery(f"« {slug} » ne peut remplacer « {other} » : il faut une autre source de la même métropole.")
    return found.id


def late() -> list[Source]:
    """Return the accepted sources that have had no good run for two of their periods (H16)."""
    last = select(func.max(Run.closed_at)).where(Run.source_id == Source.id, Run.state.in_(APPLIED_STATES))
    found = db.session.execute(select(Source, last.scalar_subquery().label("closed_at")).order_by(Source.slug))
    return [row.Source for row in found if is_late(row.Source, row.closed_at, now())]


def note(
    connection: Connection,
    source_id: int,
    actor: Actor,
    action: str,
    motive: str = "",
    run_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Keep who decided what, when and why: in public the function, in the audit log the person."""
    by = console(actor) if isinstance(actor, str) else actor
    verb = VERBS.get(action, "manage_sources")
    source = connection.execute(select(Source.slug, Source.siren).where(Source.id == source_id)).one()
    row = {"at": iso(now()), "actor": by.function(verb, source.siren), "action": action, "source_id": source_id}
    row |= {"run_id": run_id, "motive": motive.strip() or None, "details": dict(details or {})}
    connection.execute(insert(Decision).values(**row))
    audit.write(connection, by, verb, f"source:{source.slug}", siren=source.siren, after=action, motive=motive.strip())


def _must_be_light(connector: str, frequency: str) -> None:
    """Several times a day is for what weighs nothing on a platform: feeds, files with validators (`harvest.md` §5)."""
    module = connector_called(connector)
    if frequency in SHORT and not getattr(module, "LIGHT", False):
        words = FREQUENCY_LABELS[frequency].lower()
        raise BadQuery(f"« {module.LABEL} » ne se lit pas {words} : au plus chaque nuit (--frequency daily).")


def _with_words(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with their correspondences as an object, checked; an empty one is none. Raises BadQuery."""
    words = declared(options.get(OPTION, {}))
    rest = {name: value for name, value in options.items() if name != OPTION}
    return rest | ({OPTION: words} if words else {})


def _asked(name: str, value: Any) -> Any:
    """What of a place the platform is asked with: what its words mean is the hub's affair."""
    return {key: given for key, given in value.items() if key != OPTION} if name == "options" else value


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    """The correspondences of a change, kept with it: what was declared before stays readable."""
    return {OPTION: values["options"].get(OPTION, {})} if "options" in values else {}


def _timetable(source: Source, frequency: str) -> dict[str, Any]:
    _must_be_light(source.connector, frequency)
    taken = set(db.session.scalars(select(Source.slot).where(Source.slot.is_not(None), Source.id != source.id)))
    source.frequency, source.slot = frequency, slot_for(source.slug, {slot for slot in taken if slot is not None})
    values = {"frequency": frequency, "slot": source.slot, "next_due": due_after(source, now())}
    db.session.rollback()
    return values


def _must_be_alone(connection: Connection, row: Mapping[str, Any]) -> None:
    """Refuse a second source of one metropole at the same place (H6)."""
    siren = row.get("siren")
    others = select(Source.slug, Source.connector, Source.url, Source.options)
    others = others.where(Source.siren == siren if siren else Source.siren.is_(None), Source.slug != row["slug"])
    for other in connection.execute(others.where(Source.state != "stopped")):
        if other.url and _place(other.connector, other.url, other.options) == _place(
            row["connector"], row["url"], row["options"]
        ):
            raise BadQuery(f"La source « {other.slug} » de cette métropole lit déjà cette adresse.")


def _must_not_be_replaced(source: Source) -> None:
    """What was joined to the things of a source that replaces it would be said twice, by two platforms."""
    for other in db.session.scalars(select(Source).where(Source.replaces_id == source.id)):
        if _leads_others(other):
            raise BadQuery(
                f"« {source.slug} » est remplacée par « {other.slug} », qui porte ses fiches : détachez-les d'abord."
            )


def _leads_others(source: Source) -> bool:
    """Tell whether records of a source were joined to the things of another."""
    joined = select(Facet.id).where(Facet.source_id == source.id, Facet.hub_id != Facet.key)
    return db.session.scalar(joined.limit(1)) is not None


def _as_row(source: Source) -> dict[str, Any]:
    return {name: getattr(source, name) for name in ("slug", "siren", *PLACE)}


def _place(connector: str, url: str, options: Mapping[str, Any]) -> tuple[object, ...]:
    """What makes two addresses the same: neither http or https, nor the case of the host, nor a last slash."""
    parts = urlsplit(url)
    required = [option.name for option in connector_called(connector).OPTIONS if option.required]
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    return (
        connector,
        f"{parts.hostname}{port}{parts.path.rstrip('/')}?{parts.query}",
        *(str(options.get(name)) for name in required),
    )
