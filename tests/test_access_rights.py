"""The table of rights is the only thing that decides: each role × each verb × each view of the hub."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from werkzeug.test import TestResponse

from hub.access import declared, people
from hub.access.reader import MAIL_LINK, NOBODY, Held
from hub.access.rights import (
    ADMINISTRATION,
    ALL,
    COORDINATION,
    OF_A_METROPOLE,
    OPERATION,
    OWN,
    RIGHTS,
    ROLE_LABELS,
    VISITOR,
)
from hub.app import create_app
from hub.db import db, writing
from hub.harvest.founding import load_metropoles
from hub.models import Role
from tests.conftest import FIXED
from tests.people import NANTES, RENNES, entered, holder, token

ROLES = tuple(ROLE_LABELS)
ENOUGH = (200, 201, 202, 204, 301, 302, 303, 304, 400, 404, 405, 409, 410, 415, 422)
"""What a view answers once the door is passed: it may dislike what it was given."""


@pytest.mark.parametrize("verb", RIGHTS)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_the_table_says_and_nothing_else(verb: str, role: str) -> None:
    scope = RIGHTS[verb].holders.get(role)
    if role == VISITOR:
        assert NOBODY.scope(verb) == scope
        return
    own = NANTES if role in OF_A_METROPOLE else None
    someone = holder(Held(role, own))
    expected = scope or (ALL if verb in ("account", "account_proof") else None)
    assert someone.scope(verb, own) == expected
    if scope == OWN:
        assert someone.scope(verb, RENNES) is None
        assert someone.scope(verb, None) is None


@pytest.mark.parametrize("role", [ADMINISTRATION, COORDINATION, OPERATION])
def test_a_link_received_by_mail_makes_nobody_an_administrator_a_coordinator_or_an_operator(role: str) -> None:
    own = NANTES if role in OF_A_METROPOLE else None
    someone = holder(Held(role, own), way=MAIL_LINK)
    for verb in ("decide_run", "invite_agents", "invite_administrators", "accept_sources", "operate", "manage_clients"):
        assert not someone.may_somewhere(verb)
    assert someone.may("account")


def test_a_view_without_a_declared_right_stops_the_start(tmp_path: Path) -> None:
    app = create_app(FIXED, tmp_path)
    bp = Blueprint("forgotten", __name__)
    bp.add_url_rule("/oublie", "page", lambda: "")
    app.register_blueprint(bp)
    with pytest.raises(RuntimeError, match=r"forgotten\.page"):
        declared.must_all_be_declared(app)


@pytest.fixture(scope="module")
def house(founded: Flask) -> Flask:
    """The hub with the founding documents."""
    return founded


def test_each_view_lets_in_each_role_as_the_table_says(house: Flask) -> None:
    """Every route × every role (I19): refused at the door when the table says so, never otherwise."""
    clients = {role: entered(house, role, name=f"matrice-{role}") for role in ROLES}
    proofs = {role: token(client, "/compte" if role != VISITOR else "/connexion") for role, client in clients.items()}
    wrong = []
    for rule in house.url_map.iter_rules():
        if rule.endpoint in ("entry.leave", "account.erase", "account.close_sessions"):
            continue  # these end the very session that tries; their right is « account » or « enter », tried elsewhere
        verb = declared.right_of(house, rule.endpoint)
        assert verb is not None
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
        path = re.sub(r"<(?:\w+:)?\w+>", "0", path)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            for role, client in clients.items():
                data = {"csrf_token": proofs[role]} if method == "POST" else None
                answer = client.open(path, method=method, data=data)
                expected = role in RIGHTS[verb].holders or (role != VISITOR and verb.startswith("account"))
                if (
                    is_let_in(answer.status_code, answer.headers.get("Location", "")) or is_unknown(answer)
                ) != expected:
                    wrong.append((method, path, role, answer.status_code))
    assert not wrong


def is_let_in(status: int, location: str) -> bool:
    """Tell whether the door let somebody through."""
    return status not in (401, 403, 429) and "/connexion" not in location.partition("?")[0]


def is_unknown(answer: TestResponse) -> bool:
    """Tell whether the door let somebody through to the authorization server, which knows only programs."""
    return answer.mimetype == "application/json" and (answer.json or {}).get("error") == "invalid_client"


def test_a_role_taken_away_ends_at_the_next_request(sqlite_app: Flask) -> None:
    load_metropoles()
    client = entered(sqlite_app, ADMINISTRATION)
    assert client.get("/personnes").status_code == 200
    role = db.session.query(Role).one()
    with writing() as connection:
        people.end_role(connection, NOBODY, role)
    assert client.get("/personnes").status_code == 303
