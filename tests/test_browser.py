"""Real pages in a real browser: accessible, readable on a phone, without script, from one host only."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

HUB = Path(sys.executable).with_name("hub")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
REQUIRED = "chromium" in os.environ.get("HUB_TEST_REQUIRE", "")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not REQUIRED, reason="chromium n'est pas installé sur cette machine"
)

PAGES = (
    "/",
    "/reseau",
    "/metropoles",
    "/metropoles/nantes",
    "/metropoles/brest",
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
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [str(HUB), "--instance", str(instance), "serve", "--port", str(port), "--workers", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{address}/plan-du-site", timeout=5).close()
            break
        except OSError:
            time.sleep(0.05)
    yield address
    server.terminate()
    server.wait(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        launched = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield launched
        launched.close()


def opened(browser: Browser, address: str, width: int = 1280, **options: Any) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}, locale="fr-FR", **options).new_page()
    page.goto(address)
    return page


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


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_violation_on_any_page(site: str, browser: Browser, width: int) -> None:
    found = {}
    for path in (*PAGES, *details(site)):
        page = opened(browser, site + path, width)
        page.evaluate(AXE)
        result = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
        if result["violations"]:
            found[path] = [(each["id"], each["nodes"][0]["html"][:200]) for each in result["violations"]]
        page.context.close()
    assert found == {}


def test_no_page_scrolls_sideways_at_320_pixels(site: str, browser: Browser) -> None:
    wide = []
    for path in (*PAGES, *details(site)):
        page = opened(browser, site + path, 320)
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(path)
        page.context.close()
    assert wide == []


def test_every_page_asks_one_host_only_reports_no_csp_violation_and_sets_no_cookie(site: str, browser: Browser) -> None:
    hosts, console = set(), []
    for path in (*PAGES, *details(site)):
        context = browser.new_context()
        page = context.new_page()
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        page.on("console", lambda message: console.append(message.text))
        page.goto(site + path)
        assert context.cookies() == []
        context.close()
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
