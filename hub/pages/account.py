"""`/compte`: who one is here, what one may do, by which ways one enters, and all that the hub keeps of one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select, update

from hub.access import audit, people, sessions
from hub.access.contacts import DIFFUSIONS
from hub.access.declared import all_need, needs
from hub.access.reader import WAY_LABELS
from hub.access.rights import HOLDER_LABELS, RIGHTS, ROLE_LABELS
from hub.db import db, writing
from hub.errors import UnknownThing
from hub.models import Metropole, Person, Session
from hub.models.entry import sessions_of
from hub.models.person import contacts_of, identities_of, passkeys_of, roles_of
from hub.pages import oidc
from hub.pages.admission import here, reader
from hub.pages.menu import Entry
from hub.pages.respond import mark
from schemas.canonical import canonical

bp = Blueprint("account", __name__)
MENU: tuple[Entry, ...] = ()
all_need(bp, "account")


@bp.get("/compte")
def account() -> str:
    """The person's card, roles, rights, ways in and open sessions."""
    person_id = reader().person_id or 0
    return render_template(
        "account/account.html",
        person=db.session.get_one(Person, person_id),
        roles=db.session.scalars(roles_of(person_id)).all(),
        metropoles={each.siren: each for each in db.session.scalars(select(Metropole))},
        role_labels=ROLE_LABELS,
        holder_labels=HOLDER_LABELS,
        way=WAY_LABELS[reader().way],
        rights=RIGHTS.values(),
        identities=db.session.scalars(identities_of(person_id)).all(),
        providers=oidc.labels(current_app.config),
        passkeys=db.session.scalars(passkeys_of(person_id)).all(),
        sessions=db.session.scalars(sessions_of(person_id)).all(),
        session_id=here().id,
        contacts=db.session.scalars(contacts_of(person_id)).all(),
        diffusions=DIFFUSIONS,
    )


@bp.post("/compte/nom")
def rename() -> ResponseReturnValue:
    """Correct one's name."""
    with writing() as connection:
        people.rename(connection, reader(), request.form.get("full_name", ""))
    return _done("Nom corrigé.")


@bp.post("/compte/agir-pour")
def act_for() -> ResponseReturnValue:
    """Choose the metropole for which one acts from now on."""
    siren = request.form.get("siren", "")
    if siren not in {each.siren for each in reader().held if each.siren}:
        raise UnknownThing("Vous n'avez pas de rôle pour cette métropole.")
    with writing() as connection:
        connection.execute(update(Session).where(Session.id == here().id).values(acting_for=siren))
        here().secret = sessions.renew(connection, here().id or 0)
        audit.write(connection, reader(), "account", reader().ref, siren=siren)
    return _done("Vous agissez désormais pour cette métropole.")


@bp.post("/compte/sessions/fermer")
def close_sessions() -> ResponseReturnValue:
    """End one session, or all but this one."""
    with writing() as connection:
        ended = sessions.end(connection, reader().person_id or 0, request.form.get("ref", ""), but=here().id)
        audit.write(connection, reader(), "account", reader().ref, after=ended)
    return _done("Session fermée." if ended == 1 else f"{ended} sessions fermées.")


@bp.get("/compte/donnees.json")
def data() -> Response:
    """All that the hub keeps of the person who asks (RGPD, art. 15 and 20)."""
    with db.engine.connect() as connection:
        found: dict[str, Any] = people.held_of(connection, reader().person_id or 0)
    answer = current_app.response_class(canonical({**mark(), **found}), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="mes-donnees.json"'
    return answer


@bp.post("/compte/effacer")
@needs("account_proof")
def erase() -> ResponseReturnValue:
    """Erase one's account: what one wrote stays, without one's name (RGPD, art. 17)."""
    with writing() as connection:
        people.erase(connection, reader(), reader().person_id or 0)
        here().over = True
    return redirect(url_for("home.home"), 303)


def _done(sentence: str) -> ResponseReturnValue:
    flash(sentence, "success")
    return redirect(url_for("account.account"), 303)
