"""Entering by ProConnect or another provider: who is let in, linked, sent back (`identity.md` §2, §4, §7)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, update

from hub.access.reader import MAIL_LINK, PASSKEY, Held
from hub.access.rights import ADMINISTRATION, AGENT, COORDINATION
from hub.clock import iso, now
from hub.db import db, writing
from hub.models import Establishment, Identity, Person, Session
from tests.conftest import ready
from tests.people import NANTES, RENNES, as_person, entered, invited, person, token
from tests.platforms import proconnect
from tests.platforms.mailbox import Mailbox
from tests.providers import (
    House,
    accept,
    come_in,
    departure,
    held,
    house_at,
    is_in,
    lines,
    onward,
    rows_with,
    siret,
    text_of,
    way_back,
)

COMMUNE, ASSOCIATION = "214401093", "775672272"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server."""
    started = Mailbox()
    yield started
    started.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The hub and its two providers, on SQLite."""
    yield from house_at(tmp_path / "instance", "", COORDINATION_MAIL="coordination@essais.fr")


@pytest.fixture(params=["sqlite", "postgresql"])
def each_house(request: pytest.FixtureRequest, tmp_path: Path, mailbox: Mailbox) -> Iterator[House]:
    """The same on each database, with a mail server."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres")
    yield from house_at(tmp_path / "instance", url, MAIL_SERVER=mailbox.place)


@pytest.fixture
def browser(house: House) -> FlaskClient:
    """A browser that nobody has entered by."""
    return house.app.test_client()


def test_someone_invited_enters_by_proconnect_and_leaves_by_it(each_house: House) -> None:
    """I3: the whole journey."""
    client = each_house.app.test_client()
    answer = accept(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    page = text_of(client.get("/compte"))
    assert "Camille Martin" in page
    assert "fournisseur d'identité" in page
    assert held() == (Held(AGENT, NANTES),)
    assert db.session.scalars(select(Session.acr).where(Session.person_id.is_not(None))).all() == ["eidas1"]
    assert lines("enter", refused=False) == 1

    left = client.post("/deconnexion", data={"csrf_token": token(client, "/compte")})
    assert not is_in(client)
    assert way_back(onward(left)) is not None
    assert client.get("/deconnexion").headers["Location"] == "/"
    assert len(each_house.proconnect.ended) == 1

    come_in(client)
    assert is_in(client)
    assert each_house.proconnect.refusals == []


def test_the_word_of_the_provider_stays_on_the_server(house: House, browser: FlaskClient) -> None:
    answer = accept(browser)
    (cookie,) = [text for text in answer.headers.getlist("Set-Cookie") if text.startswith("hub=")]
    assert re.fullmatch(r"hub=[\w-]{43}; HttpOnly; Path=/; SameSite=Lax", cookie)
    kept = db.session.scalars(select(Session.data).where(Session.person_id.is_not(None))).one()
    assert kept["provider"][1].count(".") == 2


def test_leaving_ends_the_session_here_even_when_the_provider_is_out_of_order(
    house: House, browser: FlaskClient
) -> None:
    accept(browser)
    proof = token(browser, "/compte")
    house.proconnect.out_of_order = True
    assert browser.post("/deconnexion", data={"csrf_token": proof}).status_code == 200
    assert not is_in(browser)


def test_a_provider_out_of_order_leaves_the_other_ways_open(house: House, browser: FlaskClient) -> None:
    house.proconnect.out_of_order = True
    answer = browser.post("/connexion/fournisseur/proconnect", data={"csrf_token": token(browser)})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert "Réessayer" in page
    assert "/connexion/fournisseur/oidc" in page
    house.proconnect.out_of_order = False
    accept(browser)
    assert is_in(browser)


def test_the_hub_starts_and_offers_its_ways_without_any_network(tmp_path: Path) -> None:
    nowhere = {"PROCONNECT_CLIENT_ID": "hub", "PROCONNECT_DISCOVERY": "http://127.0.0.1:9/"}
    for app in ready(tmp_path, "", **nowhere):
        client = app.test_client()
        assert "S'identifier avec ProConnect" in text_of(client.get("/connexion"))
        form = {"csrf_token": token(client)}
        assert client.post("/connexion/fournisseur/proconnect", data=form).status_code == 503


def test_a_hub_without_any_provider_offers_none(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    page = client.get("/connexion").get_data(as_text=True)
    assert "ProConnect" not in page
    for name in ("proconnect", "oidc"):
        assert client.post(f"/connexion/fournisseur/{name}", data={"csrf_token": token(client)}).status_code == 404


def test_who_is_not_known_learns_whom_to_write_to(house: House, browser: FlaskClient) -> None:
    unknown = come_in(browser)
    page = text_of(unknown)
    assert unknown.status_code == 403
    assert "pas encore rattaché" in page
    assert "coordination@essais.fr" in page
    person(ADMINISTRATION, name="cheffe")
    assert "cheffe-244400404@essais.fr" in come_in(browser).get_data(as_text=True)
    assert not is_in(browser)
    assert lines("enter", refused=True) == 2
    assert rows_with("agent-nantes", "camille.martin") == []


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        (siret(NANTES, 12), True),
        (siret(COMMUNE), True),
        (siret("213500474"), False),
        (siret(RENNES), False),
        (siret(ASSOCIATION), False),
        ("24440040400128", False),
        ("2444004040012", False),
        ("deux mille", False),
    ],
    ids=["own", "listed commune", "unlisted commune", "other metropole", "association", "wrong key", "short", "words"],
)
def test_a_siret_confirms_an_invitation_or_makes_it_wait(
    house: House, browser: FlaskClient, given: str, holds: bool
) -> None:
    """I23."""
    with writing() as connection:
        connection.execute(insert(Establishment).values(code=COMMUNE, siren=NANTES, confirmed_at=iso(now())))
    house.proconnect.person["siret"] = given
    accept(browser)
    page = text_of(browser.get("/compte"))
    assert held() == ((Held(AGENT, NANTES),) if holds else ())
    assert (f"Votre établissement (SIRET {given}) n'est pas encore rattaché à Nantes Métropole" in page) is not holds


def test_the_administration_confirms_an_establishment_once_for_all_who_come_from_it(
    house: House, browser: FlaskClient
) -> None:
    house.proconnect.person["siret"] = siret(COMMUNE)
    accept(browser)
    chief = entered(house.app, ADMINISTRATION)
    page = chief.get("/personnes").get_data(as_text=True)
    (path,) = re.findall(r"/personnes/roles/\w+/confirmer", page)
    chief.post(path, data={"csrf_token": token(chief, "/personnes")})
    assert held() == (Held(AGENT, NANTES),)
    house.proconnect.person |= {"sub": "une autre", "email": "autre@essais.fr"}
    other = house.app.test_client()
    other.get(f"/invitation/{invited(AGENT, email='autre@essais.fr')}")
    come_in(other)
    assert held("autre@essais.fr") == (Held(AGENT, NANTES),)


def test_the_administration_is_written_to_when_an_establishment_waits(each_house: House, mailbox: Mailbox) -> None:
    chief = person(ADMINISTRATION, name="cheffe")
    each_house.proconnect.person["siret"] = siret(RENNES)
    accept(each_house.app.test_client())
    body = first_letter(mailbox)
    assert f"SIRET {siret(RENNES)}" in body
    assert "http://localhost/personnes" in body
    page = text_of(as_person(each_house.app.test_client(), chief).get("/personnes"))
    assert f"l'établissement (SIRET {siret(RENNES)}) n'est pas encore rattaché à Nantes Métropole" in page


def test_who_moves_keeps_nothing_of_the_former_metropole(each_house: House) -> None:
    """I24."""
    client = each_house.app.test_client()
    accept(client, ADMINISTRATION)
    assert client.get("/personnes").status_code == 200
    each_house.proconnect.person["siret"] = siret(RENNES)
    fresh = each_house.app.test_client()
    come_in(fresh)
    assert held() == ()
    for each in (client, fresh):
        assert each.get("/personnes").status_code == 403
    path = f"/invitation/{invited(AGENT, RENNES)}"
    fresh.get(path)
    fresh.post(path, data={"csrf_token": token(fresh, path)})
    assert held() == (Held(AGENT, RENNES),)


def test_the_same_address_at_two_providers_is_two_identities_until_linked(house: House, browser: FlaskClient) -> None:
    """I13."""
    house.association.person = {"sub": "asso-7", "email": "camille.martin@nantesmetropole.fr", "name": "Camille M."}
    accept(browser)
    other = house.app.test_client()
    assert come_in(other, "oidc").status_code == 403
    linked = come_in(browser, "oidc", "/compte/fournisseurs/oidc")
    assert linked.headers["Location"] == "/compte"
    assert house.association.asked[-1]["prompt"] == "login"
    assert come_in(other, "oidc").status_code == 303
    assert is_in(other)
    people = db.session.scalars(select(Identity.person_id)).all()
    assert (len(people), len(set(people))) == (2, 1)


def test_an_identity_of_somebody_is_not_linked_to_somebody_else(house: House, browser: FlaskClient) -> None:
    accept(browser)
    thief = entered(house.app, AGENT)
    assert come_in(thief, path="/compte/fournisseurs/proconnect").status_code == 400
    assert db.session.scalar(select(func.count()).select_from(Identity)) == 1


def test_linking_asks_for_a_recent_proof_and_for_more_than_a_mail_link(house: House) -> None:
    stale = entered(house.app, AGENT, name="ancienne")
    with writing() as connection:
        connection.execute(update(Session).values(proved_at="2026-01-31T11:00:00Z"))
    proof = {"csrf_token": token(stale, "/compte")}
    answer = stale.post("/compte/fournisseurs/proconnect", data=proof)
    assert answer.headers["Location"].startswith("/connexion/preuve")
    client = entered(house.app, AGENT, way=PASSKEY, name="reliee")
    come_in(client, path="/compte/fournisseurs/proconnect")
    person_id = db.session.scalars(select(Identity.person_id)).one()
    weak = as_person(house.app.test_client(), person_id, MAIL_LINK)
    refused = weak.post("/compte/fournisseurs/oidc", data={"csrf_token": token(weak, "/compte")})
    assert refused.status_code == 403


def test_an_unknown_identity_proves_nothing_for_who_has_entered(house: House) -> None:
    client = entered(house.app, AGENT)
    client.get(f"/invitation/{invited(AGENT, RENNES)}")
    answer = come_in(client)
    assert answer.status_code == 403
    assert "reliez-la" in text_of(answer)
    assert db.session.scalar(select(func.count()).select_from(Identity)) == 0


def test_a_provider_that_only_remembers_somebody_gives_no_recent_proof(house: House, browser: FlaskClient) -> None:
    accept(browser, ADMINISTRATION)
    with writing() as connection:
        connection.execute(update(Session).values(proved_at="2026-01-31T11:00:00Z"))
    house.proconnect.auth_age = 3600
    come_in(browser)
    form = {"csrf_token": token(browser, "/compte")}
    assert "preuve" in browser.post("/compte/effacer", data=form).headers["Location"]
    house.proconnect.auth_age = 0
    come_in(browser)
    assert house.proconnect.asked[-1]["prompt"] == "login"
    form = {"csrf_token": token(browser, "/compte")}
    assert browser.post("/compte/effacer", data=form).headers["Location"] == "/"


def test_who_is_known_and_invited_again_comes_back_to_the_invitation(house: House, browser: FlaskClient) -> None:
    accept(browser)
    again = house.app.test_client()
    path = f"/invitation/{invited(COORDINATION)}"
    again.get(path)
    assert come_in(again).headers["Location"] == path
    assert "en tant que Camille Martin" in again.get(path).get_data(as_text=True)


def test_a_suspended_person_is_told_whom_to_write_to(house: House, browser: FlaskClient) -> None:
    accept(browser)
    with writing() as connection:
        connection.execute(update(Person).values(suspended_at=iso(now())))
    again = house.app.test_client()
    assert come_in(again).status_code == 403
    assert not is_in(again)


def test_who_changes_provider_keeps_their_account_by_a_link_to_the_known_address(
    each_house: House, mailbox: Mailbox
) -> None:
    client = each_house.app.test_client()
    client.get(f"/invitation/{invited(AGENT, email=proconnect.AGENT['email'])}")
    come_in(client)
    each_house.proconnect.person["sub"] = "autre-fournisseur"
    fresh = each_house.app.test_client()
    assert "Consultez votre messagerie" in come_in(fresh).get_data(as_text=True)
    link = link_in(mailbox)
    fresh.post(link, data={"csrf_token": token(fresh, link)})
    assert is_in(fresh)
    assert come_in(each_house.app.test_client()).status_code == 303
    assert db.session.scalar(select(func.count(func.distinct(Identity.person_id)))) == 1


def first_letter(mailbox: Mailbox) -> str:
    """The first letter, once it has come."""
    for _ in range(200):
        if mailbox.letters:
            body = mailbox.letters[0].get_payload(decode=True)
            assert isinstance(body, bytes)
            return body.decode()
        time.sleep(0.05)
    pytest.fail("no letter came")


def link_in(mailbox: Mailbox) -> str:
    """The path of the link in the first letter."""
    found = re.search(r"http://localhost(/connexion/lien/\S+)", first_letter(mailbox))
    assert found
    return found[1]


def test_an_account_erased_leaves_nothing_but_the_audit_log_and_no_broken_page(
    each_house: House, mailbox: Mailbox
) -> None:
    """I25."""
    client = each_house.app.test_client()
    client.get(f"/invitation/{invited(AGENT, email=proconnect.AGENT['email'])}")
    come_in(client)
    each_house.proconnect.person["sub"] = "second-sub"
    come_in(each_house.app.test_client())
    link_in(mailbox)
    id_token = db.session.scalars(select(Session.data).where(Session.person_id.is_not(None))).one()["provider"][1]
    traces = (proconnect.AGENT["email"], "Camille", "Martin", "agent-nantes", "second-sub", id_token)
    assert {word for _, word in rows_with(*traces)} == set(traces)
    client.post("/compte/effacer", data={"csrf_token": token(client, "/compte")})
    assert rows_with(*traces) == []
    assert not is_in(client)
    reads = {role: entered(each_house.app, role) for role in (ADMINISTRATION, COORDINATION)}
    for role, paths in {
        ADMINISTRATION: ("/personnes",),
        COORDINATION: ("/personnes", "/journal-des-actes", "/compte"),
    }.items():
        for path in paths:
            assert reads[role].get(path).status_code == 200


def test_the_way_to_a_provider_begins_by_a_form_of_ours(house: House, browser: FlaskClient) -> None:
    assert browser.post("/connexion/fournisseur/proconnect").status_code == 400
    assert browser.get("/connexion/fournisseur/proconnect").status_code == 405
    assert departure(browser).startswith(house.proconnect.issuer)
