"""`hub client`: what an operator does from the machine."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from hub.cli.main import hub
from hub.db import db
from hub.errors import BadQuery
from hub.harvest.founding import load_metropoles
from hub.models import AuditLine, Client
from tests.clients import made, row


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    load_metropoles()
    return app.test_cli_runner()


def run(runner: FlaskCliRunner, *words: str) -> str:
    """What `hub client …` prints. Raises what it refuses."""
    command = hub.get_command(None, "client")  # type: ignore[arg-type]  # the context is not looked at
    assert command is not None
    answer = runner.invoke(command, list(words), catch_exceptions=False)
    db.session.rollback()
    assert answer.exit_code == 0, answer.output
    return answer.output


CREATE = ("create", "SIG", "--metropole", "nantes", "--scope", "push:figures", "--scope", "own:read")


def test_a_client_is_created_and_its_secret_printed_once(app: Flask, runner: FlaskCliRunner) -> None:
    printed = run(runner, *CREATE, "--environment", "sandbox", "--contact", "SIG@nantes.fr", "--range", "192.0.2.0/24")
    client = db.session.scalars(select(Client)).one()
    found = re.findall(r"rmp_test_[\w-]{43}", printed)
    assert (len(found), client.ref in printed) == (1, True)
    assert (client.contact, client.ranges, client.created_by) == ("sig@nantes.fr", ["192.0.2.0/24"], None)
    said = {"auth": (client.ref, found[0]), "environ_base": {"REMOTE_ADDR": "192.0.2.1"}}
    given = app.test_client().post("/oauth/token", data={"grant_type": "client_credentials"}, **said)
    assert given.status_code == 200
    assert found[0] not in run(runner, "list")
    assert "sandbox" in run(runner, "list", "--metropole", "nantes")
    assert run(runner, "list", "--metropole", "rennes") == "Aucun client.\n"


def test_a_client_is_given_a_secret_suspended_resumed_and_revoked(runner: FlaskCliRunner) -> None:
    ref = made().ref
    assert len(re.findall(r"rmp_prod_[\w-]{43}", run(runner, "secret", ref))) == 1
    for words, state in (
        (("suspend", ref, "--motive", "fuite"), "suspendu"),
        (("resume", ref), "en service"),
        (("suspend", "--metropole", "nantes"), "suspendu"),
        (("revoke", ref, "--motive", "fin"), "révoqué"),
    ):
        run(runner, *words)
        assert state in run(runner, "list")
    acts = [line.content["verb"] for line in db.session.scalars(select(AuditLine)) if line.content]
    assert acts[-5:] == ["add_secret", "suspend_client", "resume_client", "suspend_client", "revoke_client"]
    assert row(ref).contact is None


@pytest.mark.postgresql_once
@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("secret", "c-rien"), "hub client list"),
        (("suspend",), "un seul des deux"),
        (("suspend", "c-rien", "--metropole", "nantes"), "un seul des deux"),
        (("create", "SIG", "--metropole", "atlantide", "--scope", "own:read"), "nom court"),
        ((*CREATE, "--range", "ici"), "192.0.2.0/24"),
        ((*CREATE, "--kind", "process"), "portée"),
        ((*CREATE, "--keys", "clés"), "JWKS"),
    ],
)
def test_what_is_asked_wrongly_is_told_with_its_cure(runner: FlaskCliRunner, words: tuple[str, ...], cure: str) -> None:
    with pytest.raises(BadQuery, match=cure):
        run(runner, *words)
    assert db.session.scalars(select(Client)).all() == []
