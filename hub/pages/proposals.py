"""Corrections proposed by those who may not lay one: sent by the form of a correction, answered on its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from hub.access import audit
from hub.access.declared import all_need
from hub.access.rights import PROPOSE
from hub.db import db
from hub.errors import BadQuery, BusySource, UnknownThing
from hub.harvest import proposals
from hub.models import Proposal, Run
from hub.models.correction import PROPOSAL_LABELS, open_proposals, proposals_on
from hub.models.thing import Thing, identified, read
from hub.pages import corrections_form as form
from hub.pages import words
from hub.pages.admission import demand, reader
from hub.pages.menu import Entry

bp = Blueprint("proposals", __name__)
all_need(bp, "correct")
MENU: tuple[Entry, ...] = ()
SENT = "Correction proposée : l'administration de la métropole l'acceptera ou la déclinera. Rien n'a changé d'ici là."
ACCEPT, DECLINE = "accepter", "decliner"


@bp.post("/corriger/<hub_id>/proposition")
def decide(hub_id: str) -> ResponseReturnValue:
    """Accept a proposed value, which is then laid as a correction, or decline it; both with a reason."""
    thing, proposal = _asked(hub_id)
    if demand("correct", proposal.siren) == PROPOSE:
        raise reader().refusal()
    reason, decision = request.form.get("reason", "").strip(), request.form.get("decision")
    if wrong := form.reason_error(reason):
        raise BadQuery(wrong["reason"])
    if decision not in (ACCEPT, DECLINE):
        raise BadQuery("Dites si vous acceptez la proposition ou si vous la déclinez.")
    flash(_decided(thing, proposal, reason, accepted=decision == ACCEPT), "success")
    return redirect(url_for("corrections.choose", hub_id=hub_id), 303)


def send(thing: Thing, asked: form.Asked) -> ResponseReturnValue:
    """Propose what was typed; lead back to the thing's fields. Raises BadQuery when it is proposed already."""
    assert thing.metropole is not None
    siren, who = thing.metropole.siren, reader()
    row = {"hub_id": thing.id, "siren": siren, "field": asked.field, "reason": asked.reason}
    row |= {"function": who.function("correct", siren)}

    def told(connection: Connection) -> None:
        name = f"proposal:{thing.kind}:{thing.id}.{asked.field}"
        audit.write(
            connection, who, "correct", name, siren=siren, after=[*asked.texts, asked.state], motive=asked.reason
        )

    proposals.propose({**row, "fields": form.fields_typed(thing, asked)}, told)
    flash(SENT, "success")
    return redirect(url_for("corrections.choose", hub_id=thing.id), 303)


def shown(thing: Thing) -> Iterable[Mapping[str, Any]]:
    """Yield what was proposed for a thing, newest first, in words."""
    for each in db.session.scalars(proposals_on(thing.id)).all():
        proposed = replace(thing, data={**thing.data, **each.fields})
        yield {
            "proposal": each,
            "label": words.field_label(thing.kind, each.field),
            "now": form.told(thing, thing.data, each.field),
            "value": form.told(proposed, proposed.data, each.field),
            "state": PROPOSAL_LABELS[each.state],
        }


def waiting(siren: str) -> list[tuple[Thing, str, str, Proposal]]:
    """Return what waits for a metropole's administration: the thing, its name, its field in words, the proposal."""
    found = []
    for each in db.session.scalars(open_proposals(siren)).all():
        if things := read(identified(each.hub_id)):
            one = things[0]
            found.append((one, words.name(one.kind, one.data), words.field_label(one.kind, each.field), each))
    return found


def _asked(hub_id: str) -> tuple[Thing, Proposal]:
    found, id_ = read(identified(hub_id)), request.form.get("proposition", "")
    proposal = db.session.get(Proposal, int(id_)) if id_.isdecimal() and len(id_) < 18 else None
    if not found or proposal is None or proposal.hub_id != hub_id:
        raise UnknownThing("Cette proposition n'existe pas, ou n'existe plus.")
    return found[0], proposal


def _decided(thing: Thing, proposal: Proposal, reason: str, *, accepted: bool) -> str:
    """Decide with a line in the audit log; return what is said of it. Raises BadQuery, BusySource."""

    def told(connection: Connection) -> None:
        name = f"{thing.kind}:{thing.id}.{proposal.field}"
        after = proposal.fields if accepted else None
        audit.write(connection, reader(), "correct", name, siren=proposal.siren, after=after, motive=reason)

    if not accepted:
        proposals.decline(proposal, reason, told)
        return "Proposition déclinée : rien n'a changé, et votre motif se lit sur cette page."
    try:
        found = proposals.accept(proposal, reason, form.author(thing), told)
    except BusySource as error:
        raise BusySource("La source est en cours de lecture : rien n'a été écrit. Réessayez plus tard.") from error
    if not isinstance(found, Run):
        raise BadQuery(form.named(found)["value"])
    return "Proposition acceptée : la valeur est corrigée, celle de la source reste lisible dessous."
