"""People who have entered, each in a browser without a screen: what a test of rights asks for."""

from __future__ import annotations

import re

from flask import Flask, g
from flask.testing import FlaskClient

from hub.access import invitations, people, sessions
from hub.access.reader import CONSOLE, Held, Reader, console
from hub.access.rights import OF_A_METROPOLE, VISITOR
from hub.db import writing

NANTES, RENNES = "244400404", "243500139"
ESSAIS = console("essais")


def person(role: str, siren: str | None = NANTES, name: str = "") -> int:
    """Write a person who holds a role (for Nantes, where the role is a metropole's); return their id."""
    own = siren if role in OF_A_METROPOLE else None
    with writing() as connection:
        email = f"{name or role}-{own or 'reseau'}@essais.fr".lower()
        person_id = people.create(connection, name or f"Personne {role}", email)
        people.grant(connection, ESSAIS, person_id, role, own)
    return person_id


def entered(
    app: Flask, role: str = VISITOR, siren: str | None = NANTES, way: str = CONSOLE, name: str = ""
) -> FlaskClient:
    """Return the browser of somebody who holds this role and has entered; a visitor's has no cookie."""
    client = app.test_client()
    return client if role == VISITOR else as_person(client, person(role, siren, name), way)


def as_person(client: FlaskClient, person_id: int, way: str = CONSOLE) -> FlaskClient:
    """Let a person enter by a browser; return it."""
    with writing() as connection:
        session_id, _ = sessions.open_session(connection, {})
        client.set_cookie("hub", sessions.enter(connection, session_id, person_id, way))
    return client


def token(client: FlaskClient, path: str = "/connexion") -> str:
    """Return the token that the forms of a page bear, for this browser: a test in one context would keep another's."""
    g.pop("csrf_token", None)
    page = client.get(path, follow_redirects=True).get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, f"no form at {path}"
    return found[1]


def invited(role: str, siren: str | None = NANTES, email: str | None = "invitee@essais.fr") -> str:
    """Return the secret of an invitation."""
    with writing() as connection:
        return invitations.invite(connection, ESSAIS, role, siren if role in OF_A_METROPOLE else None, email)


def holder(*held: Held, way: str = CONSOLE) -> Reader:
    """Return somebody who holds roles, without a database."""
    return Reader(person_id=1, ref="p", name="Essai", held=held, way=way)
