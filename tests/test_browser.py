"""Real pages in a real browser: accessible, readable on a phone, without script, from one host only."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browsing import (
    HUB,
    launched,
    needs_chromium,
    opened,
    resize,
    scrolls_sideways,
    served,
    wrong_at,
)

pytestmark = needs_chromium

PAGES = (
    "/",
    "/reseau",
    "/metropoles",
    "/metropoles/nantes",
    "/metropoles/brest",
    "/metropoles/nantes/donnees",
    "/metropoles/nantes/donnees/process.budget",
    "/metropoles/brest/donnees",
    "/metropoles/nantes/proches",
    "/metropoles/grand-paris/proches",
    "/methodes",
    "/methodes/etats",
    "/methodes/comparabilite",
    "/methodes/rangs",
    "/comparer",
    "/indicateurs",
    "/indicateurs/engagements_realises",
    "/indicateurs/engagements_realises/nantes/2022",
    "/comparer?v=enonces",
    "/demarches",
    "/demarches?metropole=reseau",
    "/engagements",
    "/engagements/delais?m=nantes&au=2022-06-30",
    "/retours",
    "/documents",
    "/sources",
    "/sources/nantes-documents",
    "/glossaire",
    "/schemas",
    "/plan-du-site",
    "/donnees-personnelles",
    "/accessibilite",
    "/page-qui-n-existe-pas",
    "/demarches?annee=demain",
)
FIRST_OF = ("processes", "commitments", "deliberations", "documents", "observations")
DETAIL = {
    "processes": "demarches",
    "commitments": "engagements",
    "deliberations": "deliberations",
    "documents": "documents",
    "observations": "provenance",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the founding data."""
    instance = tmp_path_factory.mktemp("site")
    subprocess.run([str(HUB), "--instance", str(instance), "load-founding"], check=True, capture_output=True)
    with served(instance) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


def details(site: str) -> list[str]:
    """The page of the first thing of each kind."""
    found = []
    for kind in FIRST_OF:
        page = json_of(f"{site}/api/v1/{kind}?limit=1")
        found.append(f"/{DETAIL[kind]}/{page['items'][0]['id']}")
    return found


def json_of(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)


def test_every_page_is_accessible_fits_a_phone_asks_one_host_reports_nothing_and_sets_no_cookie(
    site: str, browser: Browser
) -> None:
    """Each page is loaded once, by one visitor: at two widths axe finds no violation, at 320 pixels nothing scrolls."""
    wrong, wide, cookies = {}, [], {}
    hosts, console = set(), []
    page = browser.new_context(locale="fr-FR").new_page()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.on("console", lambda message: console.append(message.text))
    for path in (*PAGES, *details(site)):
        resize(page, 1280)
        page.goto(site + path)
        if held := page.context.cookies():
            cookies[path] = held
        if found := wrong_at(page, 1280, 390):
            wrong[path] = found
        if scrolls_sideways(page):
            wide.append(path)
    page.context.close()
    assert (wrong, wide, cookies) == ({}, [], {})
    assert hosts == {site.removeprefix("http://")}
    assert [text for text in console if "404" not in text and "400" not in text] == []


def test_the_first_tab_key_leads_to_the_content(site: str, browser: Browser) -> None:
    page = opened(browser, f"{site}/engagements")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    assert page.url.endswith("#contenu")
    page.context.close()


def test_a_figure_leads_to_its_quotation_with_the_keyboard_alone_and_without_script(
    site: str, browser: Browser
) -> None:
    page = opened(browser, f"{site}/comparer?v=enonces", java_script_enabled=False)
    link = page.get_by_role("link", name="D'où vient ce chiffre").first
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/provenance/*")
    assert page.locator("blockquote").count() >= 1
    assert "rencontre-elus" in page.content() or "Rencontre" in page.content()
    page.context.close()


def test_facets_narrow_and_chips_widen_without_script(site: str, browser: Browser) -> None:
    page = opened(browser, f"{site}/demarches", java_script_enabled=False)
    page.get_by_text("Réponse", exact=True).first.click()
    page.get_by_label("Réponse publiée").check()
    page.get_by_role("button", name="Appliquer").click()
    assert "reponse=reponse_publiee" in page.url
    assert page.get_by_role("link", name="Convention citoyenne de Nantes").count() == 1
    page.get_by_role("link", name="Retirer le filtre").first.click()
    assert "reponse=" not in page.url
    page.context.close()


@pytest.mark.parametrize("path", ["/comparer?v=enonces", "/engagements", "/reseau"])
def test_a_page_prints_as_pdf_with_its_address(site: str, browser: Browser, path: str, tmp_path: Path) -> None:
    page = opened(browser, site + path)
    page.emulate_media(media="print")
    assert page.locator("nav.menu").is_hidden()
    assert page.locator(".print-foot").inner_text().startswith(site + path)
    assert page.pdf(path=tmp_path / "page.pdf").startswith(b"%PDF")
    page.context.close()
