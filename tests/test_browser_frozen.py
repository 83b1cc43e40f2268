"""A member freezes a view in a real browser, opens it once a value is revised; an administration validates a year."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from sqlalchemy import update

from hub.db import writing
from hub.models import Measure
from tests.browsing import Site, administrator, is_accessible, launched, needs_chromium, served
from tests.conftest import ready
from tests.make import NANTES, RENNES, make_source, measure, process, revision, run

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    instance = tmp_path_factory.mktemp("frozen") / "instance"
    for app in ready(instance, "", CLOCK=""):
        run(make_source(), [process("1", starts_on="2024", ends_on="2024")])
        measure("demarches", NANTES, "2024", 12, grade="C", checks={"couverture": ["C", "inconnue"]})
        measure("demarches", RENNES, "2024", 7)
        revision("demarches", NANTES, "2024", 11, 12, reason="Une démarche retrouvée")
        with served(instance) as address:
            yield Site(app, address)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


def test_a_view_is_frozen_keeps_its_number_and_tells_the_new_one(site: Site, browser: Browser) -> None:
    page = administrator(browser, site, "Ana")
    page.goto(f"{site.address}/indicateurs/demarches?p=2024")
    page.get_by_role("button", name="Figer cette vue").click()
    page.get_by_text("aucune valeur n'a été révisée depuis").wait_for()
    address = page.url
    is_accessible(page)
    with writing() as connection:
        connection.execute(update(Measure).where(Measure.siren == NANTES).values(value=14, numerator=14))
    page.goto(address)
    page.get_by_role("link", name="1 valeur a été révisée depuis").click()
    assert "12 démarches" in page.inner_text("main h2#revisees ~ div table")
    is_accessible(page)
    page.get_by_role("link", name="voir la version courante").click()
    assert page.url.endswith("/indicateurs/demarches?p=2024")
    page.goto(f"{site.address}/journal?metropole=nantes")
    is_accessible(page)
    page.context.close()


def test_without_script_a_year_is_validated_then_reopened_with_its_reason(site: Site, browser: Browser) -> None:
    page = administrator(browser, site, "Bertille")
    page.goto(f"{site.address}/metropoles/nantes/donnees")
    is_accessible(page)
    page.context.close()
    page = administrator(browser, site, "Chloé", java_script_enabled=False)
    page.goto(f"{site.address}/metropoles/nantes/donnees")
    page.get_by_role("button", name="Valider 2024").click()
    page.get_by_text("Année 2024 validée").wait_for()
    page.get_by_role("link", name="Rouvrir 2024").click()
    page.get_by_label("Motif").fill("Une démarche manque")
    page.get_by_role("button", name="Rouvrir").click()
    page.get_by_text("Année 2024 rouverte").wait_for()
    assert "Une démarche manque" in page.inner_text("main")
    page.context.close()
