"""A hub with ProConnect and another provider, both on this machine, and the way of a browser between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.access import sessions
from hub.access.reader import Held
from hub.access.rights import AGENT
from hub.db import db
from hub.harvest.founding import load_metropoles
from hub.models import AuditLine
from hub.models.person import person_of_email
from hub.pages import oidc
from tests.conftest import ready
from tests.people import NANTES, invited, token
from tests.platforms.proconnect import ProConnect

CALLBACK, FAREWELL = "http://localhost/connexion/fournisseur/{}/retour", "http://localhost/deconnexion"
PATIENCE = 10


@dataclass
class House:
    """The hub and its two providers."""

    app: Flask
    proconnect: ProConnect
    association: ProConnect


def house_at(instance: Path, url: str, **settings: object) -> Iterator[House]:
    """Yield a hub that knows the metropoles and nobody, with its two providers; close all of it afterwards."""
    proconnect = ProConnect(CALLBACK.format("proconnect"), FAREWELL)
    association = ProConnect(CALLBACK.format("oidc"), FAREWELL, plain=True)
    known = {**proconnect.settings("PROCONNECT"), **association.settings("OIDC"), **settings}
    for app in ready(instance, url, **known):
        load_metropoles()
        yield House(app, proconnect, association)
    proconnect.close()
    association.close()


def departure(client: FlaskClient, name: str = "proconnect", path: str = "", start: str = "/connexion") -> str:
    """Press the button of a provider on the page `start`; return the address to which the hub leads."""
    form = {"csrf_token": token(client, start)}
    return onward(client.post(path or f"/connexion/fournisseur/{name}", data=form))


def text_of(page: TestResponse) -> str:
    """Return a page with its spaces and apostrophes as they are typed."""
    return re.sub("[\u202f\xa0]", " ", unescape(page.get_data(as_text=True)))


def onward(page: TestResponse) -> str:
    """Return where a page leads by itself."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.get_data(as_text=True))
    assert found, text_of(page)
    return unescape(found[1])


def way_back(address: str) -> str | None:
    """Go to a provider; return where it leads back, None when it keeps the browser on a page of refusal."""
    answer = requests.get(address, allow_redirects=False, timeout=PATIENCE)
    return answer.headers.get("Location")


def come_in(client: FlaskClient, name: str = "proconnect", path: str = "", start: str = "/connexion") -> TestResponse:
    """Go to a provider and come back; return what the hub answers then."""
    back = way_back(departure(client, name, path, start))
    assert back is not None
    return client.get(back.removeprefix("http://localhost"))


def accept(client: FlaskClient, role: str = AGENT, siren: str = NANTES, name: str = "proconnect") -> TestResponse:
    """Open an invitation and accept it by a provider."""
    client.get(f"/invitation/{invited(role, siren)}")
    return come_in(client, name)


def is_in(client: FlaskClient) -> bool:
    """Tell whether somebody has entered by this browser."""
    return client.get("/compte").status_code == 200


def held(email: str = "invitee@essais.fr") -> tuple[Held, ...]:
    """Return the roles in force of the person known under an address."""
    with db.engine.connect() as connection:
        person = connection.execute(person_of_email(email)).one()
        return sessions.held_by(connection, person.id)


def siret(siren: str, establishment: int = 1) -> str:
    """Return a SIRET of this SIREN that passes Luhn's key."""
    stem = f"{siren}{establishment:04d}"
    doubled = [int(figure) * (2 if place % 2 == 0 else 1) for place, figure in enumerate(stem)]
    return f"{stem}{-sum(number // 10 + number % 10 for number in doubled) % 10}"


def lines(verb: str, *, refused: bool) -> int:
    """How many lines of the audit log say this."""
    written = db.session.scalars(select(AuditLine.content)).all()
    db.session.rollback()
    return sum(line is not None and line["verb"] == verb and line["refused"] is refused for line in written)


def rows_with(*words: str) -> list[tuple[str, str]]:
    """Return (table, word) for each word that stands in a table, the audit log aside."""
    found = []
    with db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            if not table.name.startswith("audit"):
                text = "\n".join(str(tuple(row)) for row in connection.execute(select(table)))
                found += [(table.name, word) for word in words if word in text]
    return found


def spoken_by(house: House, client: type[oidc.Provider]) -> None:
    """Let the hub speak to its providers by another client."""
    oidc.register(house.app, client)
