"""`/contacts`: whom to call, for members; one's own consent; the operators' rescue access, told to who is concerned."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.access import contacts
from hub.access.declared import all_need, needs
from hub.access.rights import ADMINISTRATION
from hub.db import db, writing
from hub.errors import UnknownThing
from hub.letters import filled, letter, send_soon
from hub.models.metropole import metropoles
from hub.models.person import contacts_read, holders_of
from hub.pages.admission import reader
from hub.pages.choices import accept
from hub.pages.menu import Entry

bp = Blueprint("contacts", __name__)
MENU: tuple[Entry, ...] = ()
all_need(bp, "account")
SUBJECT = "Accès de secours aux données non publiées de votre métropole"
LETTER = """Bonjour,

L'exploitation du hub a ouvert pour une heure un accès aux données non publiées de votre métropole.

Motif : {motive}

Cet accès figure dans le journal des actes.
"""


@bp.get("/contacts")
@needs("read_peers")
def listing() -> str:
    """Who may be called, by metropole: each by a consent of less than 12 months."""
    accept(paged=False)
    territory = db.session.scalars(metropoles()).all()
    return render_template(
        "account/contacts.html",
        contacts=db.session.execute(contacts_read()).all(),
        metropoles={each.siren: each for each in territory},
        coordination=current_app.config["COORDINATION_MAIL"],
    )


@bp.post("/compte/contact")
def consent() -> ResponseReturnValue:
    """Consent to be called."""
    form = request.form
    with writing() as connection:
        contacts.consent(
            connection, reader(), form.get("function", ""), form.get("diffusion", ""), named=bool(form.get("named"))
        )
    flash("Consentement enregistré pour 12 mois ; vous pouvez le retirer à tout moment.", "success")
    return redirect(url_for("account.account") + "#contact", 303)


@bp.post("/compte/contact/<ref>/retirer")
def withdraw(ref: str) -> ResponseReturnValue:
    """Withdraw one's consent."""
    with writing() as connection:
        if not contacts.withdraw(connection, reader(), ref):
            raise UnknownThing("Aucun de vos consentements ne porte cet identifiant.")
    flash("Consentement retiré : vous n'apparaissez plus.", "success")
    return redirect(url_for("account.account") + "#contact", 303)


@bp.post("/compte/secours")
@needs("rescue")
def rescue() -> ResponseReturnValue:
    """Open a rescue access, and tell the administration of the metropole."""
    siren, motive = request.form.get("siren", ""), request.form.get("motive", "")
    with writing() as connection:
        contacts.open_rescue(connection, reader(), siren, motive)
    for person in db.session.scalars(holders_of(ADMINISTRATION, siren)):
        if person.email and current_app.config["MAIL_SERVER"]:
            send_soon(letter(person.email, SUBJECT, filled(LETTER, motive=motive)))
    flash("Accès de secours ouvert pour une heure ; l'administration de la métropole est prévenue.", "success")
    return redirect(url_for("account.account") + "#secours", 303)
