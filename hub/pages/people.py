"""`/personnes`: who holds which role, invitations, establishments to confirm, within one's own reach."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, select

from hub.access import identities, invitations, people
from hub.access.declared import all_need, needs
from hub.access.rights import ADMINISTRATION, AGENT, COORDINATION, OF_A_METROPOLE, ROLE_LABELS
from hub.clock import iso, now
from hub.db import db, writing
from hub.errors import BadQuery, UnknownThing
from hub.letters import filled, letter, send_soon
from hub.models import Invitation, Metropole, Person, Role
from hub.models.metropole import metropole_called, metropoles
from hub.pages.admission import demand, reader
from hub.pages.menu import Entry

bp = Blueprint("people", __name__)
MENU: tuple[Entry, ...] = ()
all_need(bp, "invite_agents")

SUBJECT = "Invitation au hub du Réseau des métropoles participatives"
LETTER = """Bonjour,

Vous êtes invité·e dans le hub du Réseau des métropoles participatives : {role}.

Pour accepter, dans les 14 jours :

{url}
"""


@bp.get("/personnes")
@needs("read_people")
def listing() -> str:
    """The people, invitations and waiting establishments that the reader may act on."""
    roles = select(Role, Person).join(Person, Person.id == Role.person_id).where(Role.ended_at.is_(None))
    waiting = select(Invitation).where(
        Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > iso(now())
    )
    own = reader().sirens("read_people")
    if own is not None:
        roles, waiting = roles.where(Role.siren.in_(own)), waiting.where(Invitation.siren.in_(own))
    territory = db.session.scalars(metropoles()).all()
    return render_template(
        "account/people.html",
        held=db.session.execute(roles.order_by(Role.siren, Person.name, Role.id)).all(),
        waiting=db.session.scalars(waiting.order_by(Invitation.id.desc())).all(),
        metropoles={each.siren: each for each in territory},
        choices=[(each.slug, each.short_name) for each in territory if own is None or each.siren in own],
        roles=[(role, ROLE_LABELS[role]) for role in _invitable()],
        role_labels=ROLE_LABELS,
        verb_for=invitations.verb_for,
    )


@bp.post("/personnes/inviter")
@needs("read_people")
def invite() -> ResponseReturnValue:
    """Invite somebody to a role; the letter holds the only copy of the secret, shown here without a mail server."""
    form = request.form
    role, metropole = form.get("role", ""), _metropole(form.get("role", ""), form.get("metropole", ""))
    siren = metropole.siren if metropole else None
    if role not in _invitable():
        raise BadQuery("Rôle : choisissez-en un dans la liste.")
    demand(invitations.verb_for(role), siren)
    email = people.address(form.get("email", ""))
    with writing() as connection:
        secret = invitations.invite(connection, reader(), role, siren, email)
    url = url_for("entry.invitation", secret=secret, _external=True)
    if not current_app.config["MAIL_SERVER"]:
        return render_template("account/invited.html", url=url, email=email)
    told = ROLE_LABELS[role].lower() + (f", pour {metropole.name}" if metropole else "")
    body = filled(LETTER, role=told, url=url)
    send_soon(letter(email, SUBJECT, body))
    flash(f"Invitation envoyée à {email}.", "success")
    return redirect(url_for(".listing"), 303)


@bp.post("/personnes/invitations/<ref>/retirer")
@needs("read_people")
def withdraw(ref: str) -> ResponseReturnValue:
    """Withdraw an invitation."""
    with writing() as connection:
        found = _one(connection, Invitation, ref)
        demand(invitations.verb_for(found.role), found.siren)
        invitations.withdraw(connection, reader(), found)
    return _done("Invitation retirée.")


@bp.post("/personnes/roles/<ref>/retirer")
@needs("read_people")
def end_role(ref: str) -> ResponseReturnValue:
    """Take a role away: effective at the person's next request."""
    with writing() as connection:
        found = _one(connection, Role, ref)
        demand(invitations.verb_for(found.role), found.siren)
        people.end_role(connection, reader(), found, request.form.get("motive", "").strip())
    return _done("Rôle retiré.")


@bp.post("/personnes/roles/<ref>/retour")
@needs("invite_administrators")
def vouch(ref: str) -> ResponseReturnValue:
    """Vouch for another coordinator who has lost their ways in: for 24 hours an operator may give them a link."""
    with writing() as connection:
        found = _one(connection, Role, ref)
        if found.role != COORDINATION or found.person_id == reader().person_id:
            raise BadQuery("On ne répond que d'une autre personne de la coordination.")
        people.vouch(connection, reader(), found.person_id)
    return _done("C'est noté : l'exploitation peut lui donner un lien pendant 24 heures.")


@bp.post("/personnes/roles/<ref>/confirmer")
@needs("confirm_siret")
def confirm(ref: str) -> ResponseReturnValue:
    """Confirm that an establishment works for the metropole: once for all who come from it."""
    with writing() as connection:
        found = _one(connection, Role, ref)
        demand("confirm_siret", found.siren)
        if not found.pending_siret:
            raise BadQuery("Ce rôle n'attend pas de confirmation.")
        for role_id in identities.confirm(connection, found.pending_siret, found.siren, reader().ref):
            role = connection.execute(select(Role.__table__).where(Role.id == role_id)).one()
            people.confirm(connection, reader(), role)
    return _done("Établissement confirmé.")


def _invitable() -> list[str]:
    """The roles to which the reader may invite."""
    return [
        role for role in (AGENT, ADMINISTRATION, COORDINATION) if reader().may_somewhere(invitations.verb_for(role))
    ]


def _metropole(role: str, slug: str) -> Metropole | None:
    if role not in OF_A_METROPOLE:
        return None
    found = db.session.scalar(metropole_called(slug))
    if found is None:
        raise BadQuery("Métropole : choisissez-en une dans la liste.")
    return found


def _one(connection: Connection, table: type[Invitation] | type[Role], ref: str) -> Any:
    """Return the row of this identifier; another metropole's looks as if it did not exist."""
    found = connection.execute(select(table.__table__).where(table.ref == ref)).one_or_none()
    own = reader().sirens("read_people")
    if found is None or (own is not None and found.siren not in own):
        raise UnknownThing("Rien ne porte cet identifiant.")
    return found


def _done(sentence: str) -> ResponseReturnValue:
    flash(sentence, "success")
    return redirect(url_for(".listing"), 303)
