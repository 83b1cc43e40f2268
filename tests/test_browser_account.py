"""Entering by a passkey and the members' pages, in a real browser with an authenticator of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from hub.access.rights import COORDINATION
from hub.db import db
from hub.harvest.founding import load_metropoles
from hub.models import Passkey
from tests.browsing import Site, is_accessible, launched, needs_chromium, served, violations
from tests.conftest import ready
from tests.people import invited, person

pytestmark = needs_chromium
MEMBERS_PAGES = ("/compte", "/personnes", "/journal-des-actes", "/connexion/preuve")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    instance = tmp_path_factory.mktemp("members") / "instance"
    for app in ready(instance, "", CLOCK=""):
        load_metropoles()
        with served(instance, HUB_RATE_ENTRY="1000/hour") as address:
            yield Site(app, address.replace("127.0.0.1", "localhost"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


def with_authenticator(page: Page) -> None:
    """Give the browser an authenticator that checks its user, as a laptop with a fingerprint reader does."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def accept_invitation(page: Page, site: Site, name: str) -> None:
    secret = invited(COORDINATION, email=f"{name.lower()}@icpc.fr")
    page.goto(f"{site.address}/invitation/{secret}")
    page.get_by_label("Votre nom").fill(name)
    page.get_by_role("button", name="Accepter").click()


def test_a_coordinator_comes_by_letter_adds_a_passkey_and_enters_by_it_with_all_rights(
    site: Site, browser: Browser
) -> None:
    page = browser.new_context().new_page()
    with_authenticator(page)
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text) if "Content Security Policy" in line.text else None)
    accept_invitation(page, site, "Ana")
    page.goto(f"{site.address}/compte")
    assert "un lien reçu par courriel ne permet" in page.inner_text("main")
    page.get_by_label("Nom de la clé").fill("Ordinateur du bureau")
    page.get_by_role("button", name="Ajouter une clé d'accès").click()
    page.get_by_text("Clé d'accès enregistrée").wait_for()
    page.get_by_role("button", name="Sortir").click()
    page.goto(f"{site.address}/connexion?next=/personnes")
    page.get_by_role("button", name="Entrer avec une clé d'accès").click()
    page.wait_for_url(f"{site.address}/personnes")
    assert page.locator("h1").inner_text() == "Personnes et rôles"
    db.session.rollback()
    assert db.session.query(Passkey).filter(Passkey.last_used_at.is_not(None)).count() == 1
    assert refused == []
    for path in MEMBERS_PAGES:
        page.goto(f"{site.address}{path}")
        is_accessible(page)
    page.context.close()


def test_without_script_the_passkey_is_hidden_and_a_letter_lets_in(site: Site, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site.address}/connexion")
    assert page.get_by_role("button", name="Entrer avec une clé d'accès").count() == 0
    accept_invitation(page, site, "Bertille")
    assert page.get_by_role("link", name="Mon compte").count() == 1
    page.context.close()


def test_the_ways_in_are_accessible(site: Site, browser: Browser) -> None:
    person(COORDINATION)
    page = browser.new_context().new_page()
    for path in ("/connexion", f"/invitation/{invited(COORDINATION, email='c@icpc.fr')}", "/connexion/lien/rien"):
        page.goto(f"{site.address}{path}")
        assert violations(page) == [], path
    page.context.close()


def test_a_passkey_answers_to_no_other_challenge_and_to_no_other_browser(site: Site, browser: Browser) -> None:
    """The script is given a challenge by one session and its answer is sent by another: refused (I17)."""
    first, second = browser.new_context().new_page(), browser.new_context().new_page()
    with_authenticator(first)
    accept_invitation(first, site, "Chloé")
    first.goto(f"{site.address}/compte")
    first.get_by_label("Nom de la clé").fill("Clé")
    first.get_by_role("button", name="Ajouter une clé d'accès").click()
    first.get_by_text("Clé d'accès enregistrée").wait_for()
    first.get_by_role("button", name="Sortir").click()
    sent: list[str] = []
    first.route("**/connexion/cle", lambda route: (sent.append(route.request.post_data or ""), route.abort()))
    first.goto(f"{site.address}/connexion")
    first.get_by_role("button", name="Entrer avec une clé d'accès").click()
    first.locator("[data-passkey-entry] [role=alert]").wait_for()
    second.goto(f"{site.address}/connexion")
    answer = second.evaluate(
        """async ([url, body]) => {
          const token = document.querySelector("input[name=csrf_token]").value;
          const headers = {"X-CSRFToken": token, "Content-Type": "application/json"};
          return (await fetch(url, {method: "POST", headers, body})).status;
        }""",
        [f"{site.address}/connexion/cle", sent[0]],
    )
    assert answer == 400
    first.unroute("**/connexion/cle")
    for page in (first, second):
        page.context.close()
