"""A deposit as an agent makes it, in a real browser: template, problems, correction, registration (P44)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page

from hub.access import sessions
from hub.access.reader import CONSOLE
from hub.access.rights import AGENT
from hub.db import db, writing
from hub.harvest.founding import load_metropoles
from hub.push.files import FileRefused, read_file
from hub.spreadsheet import MEDIA_TYPE
from tests.browsing import launched, needs_chromium, served, violations
from tests.conftest import ready
from tests.make import thing
from tests.people import person
from tests.platforms.files import workbook
from tests.test_deposits import PAGE, comments_of, text_of

pytestmark = needs_chromium
HEAD = ["Identifiant *", "Titre *", "État", "Début"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server, and the cookie of an agent of Nantes who has entered."""
    instance = tmp_path_factory.mktemp("deposits") / "instance"
    for _ in ready(instance, "", CLOCK=""):
        load_metropoles()
        person_id = person(AGENT)
        with writing() as connection:
            session_id, _ = sessions.open_session(connection, {})
            cookie = sessions.enter(connection, session_id, person_id, CONSOLE)
        with served(instance) as address:
            yield address, cookie


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


def entered(browser: Browser, site: tuple[str, str], *, script: bool = True, width: int = 1280) -> Page:
    """A page of the agent's browser, on the form."""
    address, cookie = site
    context = browser.new_context(
        java_script_enabled=script, viewport={"width": width, "height": 900}, accept_downloads=True
    )
    context.add_cookies([{"name": "hub", "value": cookie, "url": address}])
    page = context.new_page()
    page.goto(address + PAGE)
    return page


def settled_width(page: Page) -> int:
    """The width of a page once it is laid out: a busy machine may take a moment."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    return int(page.evaluate("document.documentElement.scrollWidth"))


def choose(page: Page, rows: list[list[object]]) -> None:
    """Choose a workbook of démarches and ask for its preview."""
    file: FilePayload = {
        "name": "mes démarches.xlsx",
        "mimeType": MEDIA_TYPE,
        "buffer": workbook({"Démarches": [HEAD, *rows]}),
    }
    page.get_by_label("Fichier", exact=True).set_input_files(file)
    page.get_by_role("button", name="Voir ce qui serait enregistré").click()


def test_a_deposit_with_errors_is_corrected_then_registered_without_script(
    site: tuple[str, str], browser: Browser, tmp_path: Path
) -> None:
    page = entered(browser, site, script=False)
    choose(page, [[1, "Rue", "Terminée", "12/05/2023"], [2, "Place", "Finie", "31/02/2026"]])
    assert "2 fiches lues : 1 nouvelle, 1 à corriger." in text_of(page.inner_text("main"))
    assert page.get_by_role("rowheader", name="C3").count() == 1
    with page.expect_download() as annotated:
        page.get_by_role("button", name="Télécharger le classeur annoté (XLSX)").click()
    annotated.value.save_as(tmp_path / "annote.xlsx")
    assert set(comments_of((tmp_path / "annote.xlsx").read_bytes())) == {"C3", "D3"}
    page.get_by_role("link", name="Choisir un autre fichier").click()
    choose(page, [[1, "Rue", "Terminée", "12/05/2023"], [2, "Place", "Terminée", "28/02/2026"]])
    assert "2 fiches lues : 2 nouvelles." in text_of(page.inner_text("main"))
    page.get_by_role("button", name="Enregistrer").click()
    assert "/moissons/" in page.url
    assert "2 fiches lues : 2 nouvelles." in text_of(page.inner_text("main"))
    db.session.rollback()
    assert thing("process", "2").data["starts_on"] == "2026-02-28"
    page.context.close()


def test_the_pages_are_accessible_and_hold_in_320_pixels(site: tuple[str, str], browser: Browser) -> None:
    page = entered(browser, site)
    assert violations(page) == []
    page.get_by_label("Ce fichier contient tout").check()
    choose(page, [["p1", "Rue " * 12, "Finie", "31/02/2026"], ["p2", "Place", "En cours", ""]])
    assert page.get_by_role("heading", name="Ce qui disparaîtrait").count() == 1
    assert violations(page) == []
    narrow = entered(browser, site, width=320)
    assert settled_width(narrow) <= 320
    choose(narrow, [["p1", "Rue " * 12, "Finie", "31/02/2026"], ["p2", "Place", "En cours", ""]])
    assert settled_width(narrow) <= 320
    narrow.get_by_role("link", name="Déposer des fiches").first.click()
    narrow.get_by_label("Fichier", exact=True).set_input_files(
        {"name": "x.csv", "mimeType": "text/csv", "buffer": b"a;b\n1;2\n"}
    )
    narrow.get_by_role("button", name="Voir ce qui serait enregistré").click()
    assert violations(narrow) == []
    assert narrow.locator("#champ-fichier").get_attribute("aria-invalid") == "true"
    page.context.close()
    narrow.context.close()


def test_the_template_that_a_browser_takes_is_one_that_the_hub_reads(
    site: tuple[str, str], browser: Browser, tmp_path: Path
) -> None:
    page = entered(browser, site)
    with page.expect_download() as found:
        page.get_by_role("link", name="Modèle, tous les genres (XLSX)").click()
    found.value.save_as(tmp_path / "modele.xlsx")
    with pytest.raises(FileRefused, match="aucune fiche"):
        read_file((tmp_path / "modele.xlsx").read_bytes(), "modele.xlsx")
    page.context.close()
