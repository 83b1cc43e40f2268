"""An administrator makes a client in a real browser, sees its secret once, and stops it; each page is accessible."""

from __future__ import annotations

import base64
import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from hub.db import db
from hub.harvest.founding import load_metropoles
from hub.models import Client
from tests.browsing import Site, administrator, is_accessible, launched, needs_chromium, served
from tests.conftest import ready

pytestmark = needs_chromium
PAGE = "/mes-donnees/acces"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    instance = tmp_path_factory.mktemp("clients") / "instance"
    for app in ready(instance, "", CLOCK=""):
        load_metropoles()
        with served(instance) as address:
            yield Site(app, address)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


def token_status(site: Site, ref: str, secret: str) -> int:
    """What the token endpoint of the server answers to a program."""
    basic = base64.b64encode(f"{ref}:{secret}".encode()).decode()
    asked = urllib.request.Request(
        f"{site.address}/oauth/token", b"grant_type=client_credentials", {"Authorization": f"Basic {basic}"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def secret_on(page: Page) -> str:
    found = re.findall(r"rmp_prod_[\w-]{43}", page.inner_text("main"))
    assert len(found) == 1
    return str(found[0])


def fill(page: Page, name: str) -> None:
    page.get_by_label("Nom", exact=True).fill(name)
    page.get_by_label("Envoyer des chiffres de participation").check()
    page.get_by_role("button", name="Créer").click()


def test_a_client_is_made_its_secret_seen_once_turned_and_the_client_stopped(site: Site, browser: Browser) -> None:
    page = administrator(browser, site, "Ana")
    page.goto(site.address)
    page.get_by_role("link", name="Accès API").click()
    is_accessible(page)
    page.get_by_role("link", name="Créer un client").click()
    is_accessible(page)
    page.get_by_label("Plages d'adresses réseau").fill("ailleurs")
    fill(page, "SIG")
    assert page.get_by_role("alert").get_by_role("link").inner_text().startswith("Plages d'adresses")
    assert page.get_by_label("Nom", exact=True).input_value() == "SIG"
    is_accessible(page)
    page.get_by_label("Plages d'adresses réseau").fill("")
    page.get_by_role("button", name="Créer").click()
    first = secret_on(page)
    is_accessible(page)
    page.get_by_role("link", name="Voir ce client").click()
    assert first not in page.content()
    is_accessible(page)
    ref = page.url.rpartition("/")[2]
    assert token_status(site, ref, first) == 200
    page.get_by_role("button", name="Ajouter un secret").click()
    second = secret_on(page)
    page.get_by_role("link", name="Voir ce client").click()
    page.get_by_role("button", name="Mettre fin au secret 1").click()
    page.get_by_text("Secret terminé").wait_for()
    assert [token_status(site, ref, secret) for secret in (first, second)] == [401, 200]
    page.get_by_role("button", name="Suspendre").click()
    page.get_by_text("Client suspendu").wait_for()
    is_accessible(page)
    assert token_status(site, ref, second) == 401
    page.get_by_role("button", name="Rouvrir").click()
    page.get_by_text("Client rouvert").wait_for()
    page.get_by_text("Révoquer pour toujours").click()
    page.get_by_role("button", name="Révoquer ce client").click()
    page.get_by_text("Client révoqué").wait_for()
    is_accessible(page)
    page.goto(f"{site.address}{PAGE}")
    is_accessible(page)
    assert token_status(site, ref, second) == 401
    page.context.close()


def test_without_script_a_client_is_made_all_the_same(site: Site, browser: Browser) -> None:
    page = administrator(browser, site, "Bertille", java_script_enabled=False)
    page.goto(f"{site.address}{PAGE}/nouveau")
    fill(page, "Passerelle")
    secret = secret_on(page)
    db.session.rollback()
    ref = db.session.scalars(select(Client.ref).where(Client.name == "Passerelle")).one()
    assert token_status(site, ref, secret) == 200
    page.context.close()
