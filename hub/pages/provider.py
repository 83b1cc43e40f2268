"""`/connexion/fournisseur/…`: entering by ProConnect or another OpenID provider, linking one to an account (§2, §4)."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from hub.access import audit, identities, invitations
from hub.access.declared import all_need, needs
from hub.access.identities import Claims
from hub.access.reader import PROVIDER
from hub.access.rights import ADMINISTRATION
from hub.db import db, writing
from hub.errors import UnknownThing
from hub.letters import filled, letter, send_soon
from hub.models import Metropole, Person
from hub.models.person import holders_of
from hub.pages import entry, limits, oidc
from hub.pages.admission import here, local, reader
from hub.pages.menu import Entry

bp = Blueprint("provider", __name__)
MENU: tuple[Entry, ...] = ()
all_need(bp, "enter")

NOT_LINKED = "Cette identité n'est pas rattachée à votre compte : reliez-la d'abord, sous « Mon compte »."
SUBJECT = "Un établissement à confirmer"
LETTER = """Bonjour,

{name} a accepté une invitation à travailler dans le hub pour {metropole}. Son établissement (SIRET {siret}) n'est pas
encore rattaché à {metropole} : son rôle attend que vous le confirmiez, une fois pour toutes les personnes de cet
établissement.

{url}
"""
STALE = "Le fournisseur d'identité n'a pas redemandé qui vous êtes : pour un acte sensible, prouvez-le autrement."


@bp.post("/connexion/fournisseur/<name>")
def begin(name: str) -> ResponseReturnValue:
    """Lead to a provider, to enter."""
    limits.hit_entry()
    return _departed(name)


@bp.post("/compte/fournisseurs/<name>")
@needs("account_proof")
def link(name: str) -> ResponseReturnValue:
    """Lead to a provider, to attach what it calls the person to their account."""
    entry.demand_no_better_way()
    return _departed(name, linking=True)


@bp.get("/connexion/fournisseur/<name>/retour")
def back(name: str) -> ResponseReturnValue:
    """Come back from a provider."""
    try:
        answer = _called(name).come_back()
    except oidc.NobodySignedIn:
        return redirect(local(here().get("next")), 303)
    except oidc.ProviderError as error:
        return _failed(name, error)
    return _linked(answer) if answer.linking else _entered(answer)


@bp.after_request
def _kept_by_nobody(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _departed(name: str, *, linking: bool = False) -> ResponseReturnValue:
    callback = url_for(".back", name=name, _external=True)
    try:
        return entry.onward(_called(name).departure(callback, linking=linking, again=reader().entered))
    except oidc.ProviderDown as error:
        return _failed(name, error)


def _called(name: str) -> oidc.Provider:
    found = oidc.called(name)
    if found is None:
        raise UnknownThing("Ce hub n'a pas de fournisseur d'identité de ce nom.")
    return found


def _entered(answer: oidc.Answer) -> ResponseReturnValue:
    """Let in who is known or invited; tell the others what to do."""
    claims = answer.claims
    invitation = None if reader().entered else here().pop("invitation", None)
    with writing() as connection:
        person_id = identities.known(connection, claims)
        if person_id is not None:
            if invitation:
                here()["next"] = url_for("entry.invitation", secret=invitation)
            return _opened(connection, person_id, answer)
        if invitation:
            person_id = invitations.accept(connection, reader(), invitation, claims.name, claims.email, claims)
            _ask_confirmation(connection, person_id, claims.name)
            return _opened(connection, person_id, answer)
        moved = None if reader().entered else identities.mover(connection, claims)
    if reader().entered:
        return _failed(claims.provider, oidc.ProviderError(NOT_LINKED))
    if moved and entry.offered()["mail"]:
        return entry.send_link(moved, claims.as_row())
    return _unattached(claims)


def _opened(connection: Connection, person_id: int, answer: oidc.Answer) -> ResponseReturnValue:
    """Open the session of a person; it keeps the word of the provider, which is asked for at the way out."""
    asked_again = reader().entered
    went = entry.enter(connection, person_id, PROVIDER, answer.claims.acr, proved=answer.proved)
    here()["provider"] = [answer.claims.provider, answer.id_token]
    for siret, _, metropole in identities.unconfirmed(connection, person_id):
        flash(f"Votre établissement (SIRET {siret}) n'est pas encore rattaché à {metropole}.", "warning")
    if asked_again and not answer.proved:
        flash(STALE, "warning")
    return went


def _ask_confirmation(connection: Connection, person_id: int, name: str) -> None:
    """Write to the administration of the metropole whose establishment is not known to be one of its own."""
    for siret, siren, metropole in identities.unconfirmed(connection, person_id):
        body = filled(
            LETTER, name=name, metropole=metropole, siret=siret, url=url_for("people.listing", _external=True)
        )
        for row in connection.execute(holders_of(ADMINISTRATION, siren).with_only_columns(Person.email)):
            send_soon(letter(row.email, SUBJECT, body))


def _linked(answer: oidc.Answer) -> ResponseReturnValue:
    """Attach an identity to the account of the person who asked for it, in this same session."""
    claims = answer.claims
    if not reader().entered:
        return _failed(claims.provider, oidc.ProviderError(oidc.NOT_BEGUN))
    with writing() as connection:
        identities.attach(connection, reader().person_id or 0, claims)
        audit.write(connection, reader(), "account_proof", f"identity:{claims.provider}", after="attached")
    flash("Moyen d'entrer relié à votre compte.", "success")
    return redirect(url_for("account.account"), 303)


def _failed(name: str, error: oidc.ProviderError) -> ResponseReturnValue:
    """Say why nobody came in, and offer to try again or to come another way."""
    if request.method == "GET":
        limits.hit_entry()
    with writing() as connection:
        audit.write(connection, reader(), "enter", f"provider:{name}", refused=True)
    others = {**entry.offered(), name: ""}
    return render_template("entry/failed.html", name=name, sentence=str(error), **others), error.status


def _unattached(claims: Claims) -> ResponseReturnValue:
    """Say whom to ask: the administration of the metropole whose establishment it is, or the coordination."""
    with writing() as connection:
        audit.write(connection, reader(), "enter", f"provider:{claims.provider}", refused=True)
        siren = identities.metropole_of(connection, claims.siret)
    people = db.session.scalars(holders_of(ADMINISTRATION, siren)).all() if siren else []
    addresses = [each.email for each in people if each.email]
    return render_template(
        "entry/unattached.html",
        label=oidc.labels(current_app.config)[claims.provider],
        metropole=db.session.get(Metropole, siren) if addresses else None,
        addresses=addresses or list(filter(None, [current_app.config["COORDINATION_MAIL"]])),
        mail=entry.offered()["mail"],
    ), 403
