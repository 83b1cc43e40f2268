"""Entering by a passkey, and keeping one's passkeys: JSON for the script of the page, a hidden way without script."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from hub.access import audit, passkeys
from hub.access.declared import all_need, needs
from hub.access.reader import PASSKEY
from hub.clock import iso, now
from hub.db import db, writing
from hub.errors import BadQuery, UnknownThing
from hub.models import Person
from hub.pages import entry, limits
from hub.pages.admission import here, reader
from hub.pages.menu import Entry

bp = Blueprint("passkeys", __name__)
MENU: tuple[Entry, ...] = ()
all_need(bp, "enter")
CHALLENGE_LASTS = timedelta(minutes=5)


@bp.post("/connexion/cle/defi")
def challenge() -> Response:
    """What the browser needs to prove a passkey."""
    limits.hit_entry()
    return _json(passkeys.authentication(_rp_id(), _new_challenge()))


@bp.post("/connexion/cle")
def enter() -> ResponseReturnValue:
    """Enter by a passkey; the answer says where to go."""
    limits.hit_entry()
    expected = _spent_challenge()
    try:
        with writing() as connection:
            person_id = passkeys.prove(connection, request.get_json(silent=True), _rp_id(), _origin(), expected)
            went = entry.enter(connection, person_id, PASSKEY)
    except BadQuery as error:
        with writing() as connection:
            if isinstance(error, passkeys.Copied):
                passkeys.mark_copied(connection, error.passkey_id)
            audit.write(connection, reader(), "enter", "passkey", refused=True)
        return _problem(str(error))
    return _said({"next": went.location})


@bp.post("/compte/cles/defi")
@needs("account_proof")
def new_challenge() -> Response:
    """What the browser needs to make a passkey."""
    entry.demand_no_better_way()
    person = db.session.get_one(Person, reader().person_id)
    with db.engine.connect() as connection:
        options = passkeys.registration(
            connection, person.id, person.ref, person.email or "", _rp_id(), _new_challenge()
        )
    return _json(options)


@bp.post("/compte/cles")
@needs("account_proof")
def add() -> ResponseReturnValue:
    """Keep a passkey just made."""
    entry.demand_no_better_way()
    given = request.get_json(silent=True)
    if not isinstance(given, dict) or not isinstance(given.get("answer"), dict):
        return _problem(passkeys.REFUSED)
    expected, name = _spent_challenge(), str(given.get("name", ""))
    try:
        with writing() as connection:
            passkeys.register(connection, reader(), given["answer"], name, _rp_id(), _origin(), expected)
    except BadQuery as error:
        return _problem(str(error))
    flash("Clé d'accès enregistrée : elle servira à votre prochaine entrée.", "success")
    return _said({"next": url_for("account.account")})


@bp.post("/compte/cles/<ref>/retirer")
@needs("account_proof")
def revoke(ref: str) -> ResponseReturnValue:
    """Revoke one of one's passkeys."""
    with writing() as connection:
        if not passkeys.revoke(connection, reader(), ref):
            raise UnknownThing("Aucune de vos clés d'accès ne porte cet identifiant.")
    flash("Clé d'accès retirée.", "success")
    return redirect(url_for("account.account"), 303)


def _new_challenge() -> bytes:
    drawn = secrets.token_bytes(32)
    here()["challenge"] = [bytes_to_base64url(drawn), iso(now() + CHALLENGE_LASTS)]
    return drawn


def _spent_challenge() -> bytes:
    """Return the challenge of this session, once; random bytes that nobody signed when there is none in time."""
    drawn, ends = here().pop("challenge", ["", ""])
    if not ends or datetime.fromisoformat(ends) <= now():
        return secrets.token_bytes(32)
    return base64url_to_bytes(drawn)


def _origin() -> str:
    return current_app.config["PUBLIC_URL"] or request.host_url.rstrip("/")


def _rp_id() -> str:
    return urlsplit(_origin()).hostname or ""


def _said(content: dict[str, Any]) -> Response:
    return current_app.response_class(current_app.json.dumps(content), mimetype="application/json")


def _problem(sentence: str) -> ResponseReturnValue:
    return _said({"detail": sentence}), 400


def _json(text: str) -> Response:
    return current_app.response_class(text, mimetype="application/json")
