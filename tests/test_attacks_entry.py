"""Somebody tries to enter without being let in: guessing, stuffing, forging forms, fixing sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import MetaData, func, insert, select, update

from hub.access import links, sessions
from hub.access.reader import MAIL_LINK
from hub.access.rights import ADMINISTRATION, AGENT, COORDINATION
from hub.clock import iso, now, ulid
from hub.db import db, writing
from hub.harvest.founding import load_metropoles
from hub.models import Invitation, Passkey, Role, Session
from tests.conftest import ready
from tests.people import NANTES, RENNES, as_person, entered, invited, person, token
from tests.routes import addresses, forms

TRIES = 20
ELSEWHERE = (
    "//mal.example", "///mal.example", "/\\mal.example", "\\\\mal.example", "https:mal.example", "https://mal.example",
    "/%2F/mal.example/..//mal.example", "javascript:alert(1)", "data:text/html,x", "http:/\\mal.example", "mal.example",
    "/\tmal.example", "/\n/mal.example", " //mal.example", "https://localhost@mal.example", "/\u2028/mal.example",
)  # fmt: skip


@pytest.fixture
def hub(sqlite_app: Flask) -> Flask:
    """The hub with its metropoles, and the rates it has in service."""
    load_metropoles()
    sqlite_app.config.update(RATE_ENTRY="20/hour", RATE_LINKS="5/hour", RATE_FORMS="60/minute")
    return sqlite_app


def rows() -> dict[str, int]:
    """How many rows each table holds, those of rates and of sessions set apart."""
    meta = MetaData()
    meta.reflect(db.engine)
    with db.engine.connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in meta.tables.items()
            if name not in ("rate", "session")
        }


def link_of(person_id: int, code: str = "482913") -> str:
    """The secret of a link asked for in another browser, whose code is known."""
    with writing() as connection:
        secret = sessions.new_secret()
        row = {"way": MAIL_LINK, "person_id": person_id, "browser": sessions.digest("autre navigateur")}
        links._write(connection, secret, {**row, "code": links._code(secret, code)})
    return secret


def given(person_id: int) -> str:
    """The secret of a link given by the machine."""
    with writing() as connection:
        return links.give(connection, person_id)


def is_in(client: FlaskClient) -> bool:
    """Whether the browser is that of somebody."""
    return client.get("/compte").status_code == 200


def test_the_code_of_a_link_is_guessed_by_nobody(hub: Flask) -> None:
    hub.config["RATE_ENTRY"] = "1000000/day"
    secret, client = link_of(person(AGENT)), hub.test_client()
    proof = token(client)
    tried = [
        client.post(f"/connexion/lien/{secret}", data={"csrf_token": proof, "code": f"{code:06d}"}).status_code
        for code in range(links.WRONG_CODES)
    ]
    assert set(tried) == {404}
    told = client.post(f"/connexion/lien/{secret}", data={"csrf_token": proof, "code": "482913"})
    assert told.status_code == 404
    assert not is_in(client)


@pytest.mark.parametrize(
    "path",
    ["/connexion/courriel", "/connexion/lien/x", "/invitation/x", "/connexion/cle", "/connexion/cle/defi"],
)
def test_every_way_in_tires_of_one_who_tries_and_says_when_to_come_back(hub: Flask, path: str) -> None:
    client = hub.test_client()
    proof = token(client)
    tried = [
        client.post(path, data={"csrf_token": proof, "email": f"agent{rank}@essais.fr", "code": str(rank)})
        for rank in range(TRIES + 5)
    ]
    assert [answer.status_code for answer in tried[TRIES:]] == [429] * 5
    assert 429 not in [answer.status_code for answer in tried[:TRIES]]
    assert all(0 < int(answer.headers["Retry-After"]) <= 3600 for answer in tried[TRIES:])
    assert "Trop de demandes" in tried[-1].text
    assert not is_in(client)


def test_who_is_tried_by_others_is_not_locked_out(hub: Flask) -> None:
    person_id = person(AGENT, name="visee")
    stranger = hub.test_client()
    proof = token(stranger)
    for rank in range(40):
        data = {"csrf_token": proof, "email": "visee-244400404@essais.fr", "code": f"{rank:06d}"}
        stranger.post("/connexion/courriel", data=data)
        stranger.post(f"/connexion/lien/{rank}", data=data)
    own = hub.test_client()
    here = {"REMOTE_ADDR": "192.0.2.7"}
    secret = given(person_id)
    g.pop("csrf_token", None)
    page = own.get(f"/connexion/lien/{secret}", environ_overrides=here)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found
    sent = own.post(f"/connexion/lien/{secret}", data={"csrf_token": found[1]}, environ_overrides=here)
    assert sent.status_code == 303
    assert is_in(own)


def test_a_list_of_stolen_addresses_and_words_lets_nobody_in_and_tells_nothing(hub: Flask) -> None:
    """There is no password: each pair of the list meets the same answers, whether the address is known or not."""
    hub.config["RATE_ENTRY"] = "1000000/day"
    person(AGENT, name="connue")
    client = hub.test_client()
    proof = token(client)
    told = set()
    for email in ("connue-244400404@essais.fr", "inconnue-244400404@essais.fr"):
        data = {"csrf_token": proof, "email": email, "password": "azerty", "code": "123456", "login": email}
        sent = client.post("/connexion/courriel", data=data)
        shown = re.sub(r'name="csrf_token" value="[^"]+"|\d{3}.?\d{3}', "", sent.text.replace(email, ""))
        told.add((sent.status_code, shown))
    assert len(told) == 1
    assert not is_in(client)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A hub that forms are sent to."""
    for app in ready(tmp_path_factory.mktemp("formulaires") / "instance", ""):
        load_metropoles()
        yield app


FORGED: dict[str, Any] = {
    "without token": {},
    "with an empty token": {"data": {"csrf_token": ""}},
    "with a made-up token": {"data": {"csrf_token": "IjEyMzQ1Njc4OTAi.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"}},
    "as JSON": {"json": {"answer": {}}},
    "as plain text": {"data": "csrf_token=x", "content_type": "text/plain"},
}


@pytest.mark.parametrize("how", FORGED)
def test_every_form_refuses_what_another_site_sends(house: Flask, how: str) -> None:
    client, before = entered(house, ADMINISTRATION, name=f"forge {how}"), None
    for path in forms(house):
        before = before or rows()
        answer = client.post(path, **FORGED[how])
        assert (answer.status_code, "Votre page a expiré" in answer.text) == (400, True), path
    assert rows() == before
    assert is_in(client)


def test_every_form_refuses_the_token_of_another_session(house: Flask) -> None:
    client, other = entered(house, ADMINISTRATION, name="une"), entered(house, ADMINISTRATION, name="autre")
    stolen, before = token(other, "/compte"), rows()
    assert {client.post(path, data={"csrf_token": stolen}).status_code for path in forms(house)} == {400}
    assert rows() == before


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nimporte"])
def test_every_form_refuses_what_a_browser_says_comes_from_elsewhere(house: Flask, site: str) -> None:
    client = entered(house, ADMINISTRATION, name=f"ailleurs {site}")
    own, before = token(client, "/compte"), rows()
    for path in forms(house):
        answer = client.post(path, data={"csrf_token": own}, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 400, path
    assert rows() == before


def test_what_programs_send_does_nothing_in_the_name_of_who_has_entered(house: Flask) -> None:
    """These addresses take no form: another site that sends there borrows nobody's cookie."""
    client, visitor = entered(house, ADMINISTRATION, name="prêtée"), house.test_client(use_cookies=False)
    before, paths = rows(), forms(house, machines=True)
    assert "/oauth/token" in paths
    for path in paths:
        borrowed, alone = (each.post(path, data={"grant_type": "client_credentials"}) for each in (client, visitor))
        assert (borrowed.status_code, borrowed.data) == (alone.status_code, alone.data), path
        assert borrowed.status_code in (400, 401, 404, 405, 415), path
        assert "Set-Cookie" not in borrowed.headers
    assert rows() == before


def test_no_address_changes_anything_by_being_read(house: Flask) -> None:
    client = entered(house, ADMINISTRATION, name="lectrice")
    before = rows()
    for path in [*addresses(house), *forms(house)]:
        client.get(path).close()
    assert {name: number for name, number in rows().items() if number != before[name]} == {}


def test_a_session_fixed_beforehand_is_nobodys_after_entering(hub: Flask) -> None:
    """Somebody plants a cookie, made up or begun by them, in the browser of who enters."""
    attacker = hub.test_client()
    token(attacker)
    planted = attacker.get_cookie("hub")
    assert planted
    for value in (planted.value, "cookie-inventé-par-quelqu-un", "0" * 43):
        victim = hub.test_client()
        victim.set_cookie("hub", value)
        secret = given(person(AGENT, name=f"victime {value[:4]}"))
        proof = token(victim, f"/connexion/lien/{secret}")
        victim.post(f"/connexion/lien/{secret}", data={"csrf_token": proof})
        assert is_in(victim)
        now_held = victim.get_cookie("hub")
        assert now_held
        assert now_held.value != value
        other = hub.test_client()
        other.set_cookie("hub", value)
        assert not is_in(other)


def test_a_stolen_database_opens_no_session_link_or_invitation(hub: Flask) -> None:
    as_person(hub.test_client(), person(AGENT))
    invited(AGENT)
    link_of(person(AGENT, name="autre"))
    meta = MetaData()
    meta.reflect(db.engine)
    with db.engine.connect() as connection:
        texts = {
            str(value)
            for name in ("session", "invitation", "entry_link")
            for row in connection.execute(select(meta.tables[name]))
            for value in row
        }
    hub.config["RATE_ENTRY"] = "1000000/day"
    for text in filter(None, texts):
        client = hub.test_client()
        client.set_cookie("hub", text.replace(";", ""))
        assert not is_in(client)
        assert client.get(f"/invitation/{text}").status_code == 404
        assert client.get(f"/connexion/lien/{text}").status_code == 404


def belongings(siren: str, name: str) -> dict[str, str]:
    """What somebody of a metropole has, by the address that would take it from them."""
    person_id = person(AGENT, siren, name)
    with writing() as connection:
        session_id, _ = sessions.open_session(connection, {})
        sessions.enter(connection, session_id, person_id, "console")
        key = {"ref": ulid(now()), "person_id": person_id, "credential": name, "public_key": "", "sign_count": 0}
        connection.execute(insert(Passkey).values(**key, name="Clé", created_at=iso(now())))
        connection.execute(update(Role).where(Role.person_id == person_id).values(pending_siret="24440040400129"))
    invited(AGENT, siren, f"{name}@invitation.fr")
    refs = {
        "session": select(Session.ref).where(Session.person_id == person_id),
        "role": select(Role.ref).where(Role.person_id == person_id),
        "key": select(Passkey.ref).where(Passkey.person_id == person_id),
        "invitation": select(Invitation.ref).where(Invitation.email == f"{name}@invitation.fr"),
    }
    return {kind: str(db.session.scalars(query).one()) for kind, query in refs.items()}


@pytest.mark.parametrize("role", [AGENT, ADMINISTRATION])
def test_nothing_of_another_metropole_or_person_is_reached_by_its_identifier(hub: Flask, role: str) -> None:
    theirs = belongings(NANTES, f"nantaise{role}")
    client = entered(hub, role, RENNES, name=f"rennaise{role}")
    proof, before = token(client, "/compte"), state()
    for path, data in (
        (f"/compte/cles/{theirs['key']}/retirer", {}),
        ("/compte/sessions/fermer", {"ref": theirs["session"]}),
        ("/compte/agir-pour", {"siren": NANTES}),
        (f"/personnes/invitations/{theirs['invitation']}/retirer", {}),
        (f"/personnes/roles/{theirs['role']}/retirer", {"motive": "x"}),
        (f"/personnes/roles/{theirs['role']}/confirmer", {}),
        ("/personnes/inviter", {"role": AGENT, "metropole": "nantes", "email": "x@essais.fr"}),
        ("/personnes/inviter", {"role": ADMINISTRATION, "metropole": "rennes", "email": "x@essais.fr"}),
        ("/personnes/inviter", {"role": COORDINATION, "email": "x@essais.fr"}),
        ("/personnes/inviter", {"role": "exploitation", "email": "x@essais.fr"}),
    ):
        answer = client.post(path, data={"csrf_token": proof, **data})
        expected = (303,) if path == "/compte/sessions/fermer" else (400, 403, 404)
        assert answer.status_code in expected, (path, answer.status_code)
    assert state() == before
    for text in ("nantaise", theirs["role"], theirs["invitation"]):
        assert text not in client.get("/personnes").text
        assert text not in client.get("/journal-des-actes").text


def state() -> dict[str, list[Any]]:
    """The rows of what people have, as they are."""
    with db.engine.connect() as connection:
        return {
            table.__tablename__: [
                tuple(row) for row in connection.execute(select(table.__table__).order_by(table.__table__.c.id))
            ]
            for table in (Role, Passkey, Invitation)
        } | {"session": [tuple(row) for row in connection.execute(select(Session.ref).order_by(Session.id))]}


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_entering_leads_to_no_other_site(hub: Flask, wanted: str) -> None:
    client = hub.test_client()
    client.get("/connexion", query_string={"next": wanted})
    secret = given(person(AGENT))
    proof = token(client, f"/connexion/lien/{secret}")
    went = client.post(f"/connexion/lien/{secret}", data={"csrf_token": proof}).headers["Location"]
    assert re.fullmatch(r"/(?![/\\])[!-~]*", went), went
    again = client.get("/connexion", query_string={"next": wanted}).headers["Location"]
    assert re.fullmatch(r"/(?![/\\])[!-~]*", again), again


@pytest.mark.parametrize(
    "path",
    ["//mal.example/", "/\\mal.example/", "/%5Cmal.example/", "/%2F%2Fmal.example/", "/%09/mal.example/"],
)
def test_an_address_that_ends_in_a_slash_leads_to_no_other_site(hub: Flask, path: str) -> None:
    answer = hub.test_client().get(path, base_url="http://localhost")
    went = answer.headers.get("Location", "/")
    assert re.fullmatch(r"(http://localhost)?/(?![/\\])[!-~]*", went), went


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-URL", "X-Rewrite-URL"])
def test_no_header_makes_the_hub_speak_of_another_host(hub: Flask, name: str) -> None:
    for path in ("/", "/robot", "/connexion", "/demarches/", "/.well-known/security.txt", "/api/v1/changes"):
        answer = hub.test_client().get(path, headers={name: "mal.example"})
        assert "mal.example" not in answer.text + str(answer.headers), path
        assert answer.status_code == 400 or name != "Host"
