"""Real pages in a real browser: accessible, readable on a phone, without script, from one host only."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browsing import launched, needs_chromium, opened, served, violations
from tests.forked import command

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
    "/comparer",
    "/demarches",
    "/demarches?metropole=reseau",
    "/engagements",
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
    assert command("--instance", str(instance), "load-founding").returncode == 0
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


@dataclass
class Walk:
    """What a visitor's browser met on each page: opened once, axe being asked after the page had its say."""

    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    cookies: list[Any] = field(default_factory=list)
    wrong: dict[int, dict[str, Any]] = field(default_factory=lambda: {1280: {}, 390: {}})
    wide: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def walk(site: str, browser: Browser) -> Walk:
    """The walk over all pages, each at three widths."""
    found, asked, said = Walk(), list[str](), list[str]()
    page = browser.new_context(locale="fr-FR").new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for path in (*PAGES, *details(site)):
        for width, wrong in found.wrong.items():  # loaded anew: on a page that was resized, axe may never answer
            page.set_viewport_size({"width": width, "height": 900})
            asked.clear()
            said.clear()
            page.goto(site + path)
            found.asked += asked
            found.said += said
            found.cookies += page.context.cookies()
            if met := violations(page):
                wrong[path] = met
        page.set_viewport_size({"width": 320, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            found.wide.append(path)
    page.context.close()
    return found


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_violation_on_any_page(walk: Walk, width: int) -> None:
    assert walk.wrong[width] == {}


def test_no_page_scrolls_sideways_at_320_pixels(walk: Walk) -> None:
    assert walk.wide == []


def test_every_page_asks_one_host_only_reports_no_csp_violation_and_sets_no_cookie(site: str, walk: Walk) -> None:
    assert len(walk.asked) > len(PAGES)
    assert {address.split("/")[2] for address in walk.asked} == {site.removeprefix("http://")}
    assert [text for text in walk.said if "404" not in text and "400" not in text] == []
    assert walk.cookies == []


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
    page = opened(browser, f"{site}/comparer", java_script_enabled=False)
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


@pytest.mark.parametrize("path", ["/comparer", "/engagements", "/reseau"])
def test_a_page_prints_as_pdf_with_its_address(site: str, browser: Browser, path: str, tmp_path: Path) -> None:
    page = opened(browser, site + path)
    page.emulate_media(media="print")
    assert page.locator("nav.menu").is_hidden()
    assert page.locator(".print-foot").inner_text().startswith(site + path)
    assert page.pdf(path=tmp_path / "page.pdf").startswith(b"%PDF")
    page.context.close()
