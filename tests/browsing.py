"""A real server and a real browser, for the tests that look at pages as people do."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from hub.access import sessions
from hub.access.reader import CONSOLE
from hub.access.rights import ADMINISTRATION
from hub.db import writing
from tests.people import person

HUB = Path(sys.executable).with_name("hub")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
RUN = """tags => axe.run(document, {runOnly: tags, resultTypes: ["violations"], selectors: false})
  .then(result => result.violations)"""
"""What passes is not told, nor how to find a place again: to gather that took half of the time."""
REQUIRED = "chromium" in os.environ.get("HUB_TEST_REQUIRE", "")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and not REQUIRED, reason="chromium n'est pas installé sur cette machine"
)


@dataclass
class Site:
    """A server and the application on the same instance."""

    app: Flask
    address: str


@contextmanager
def served(instance: Path, **environment: str) -> Iterator[str]:
    """The address of a server on this instance."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [str(HUB), "--instance", str(instance), "serve", "--port", str(port), "--workers", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | environment,
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


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser without a screen."""
    with sync_playwright() as driver:
        found = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield found
        found.close()


def opened(browser: Browser, address: str, width: int = 1280, **options: Any) -> Page:
    """A page of that width."""
    page = browser.new_context(viewport={"width": width, "height": 900}, locale="fr-FR", **options).new_page()
    page.goto(address)
    return page


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe finds wrong in a page: the rule, the first place."""
    page.evaluate(AXE)
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in page.evaluate(RUN, TAGS)]


def wrong_at(page: Page, *widths: int) -> list[tuple[str, str]]:
    """What axe finds wrong in a page, at each of these widths."""
    found = []
    for width in widths:
        resize(page, width)
        found += [(f"{rule} à {width} pixels", place) for rule, place in violations(page)]
    return found


def resize(page: Page, width: int) -> None:
    """Give a page another width."""
    page.set_viewport_size({"width": width, "height": 900})


def scrolls_sideways(page: Page, width: int = 320) -> bool:
    """Tell whether a page is wider than a window of that width."""
    resize(page, width)
    return bool(page.evaluate("document.documentElement.scrollWidth") > width)


def member(browser: Browser, site: Site, role: str, name: str, **options: bool) -> Page:
    """The page of somebody of Nantes who holds this role and has just entered."""
    person_id = person(role, name=name)
    with writing() as connection:
        session_id, _ = sessions.open_session(connection, {})
        secret = sessions.enter(connection, session_id, person_id, CONSOLE)
    page = browser.new_context(locale="fr-FR", **options).new_page()
    page.context.add_cookies([{"name": "hub", "value": secret, "url": site.address}])
    return page


def administrator(browser: Browser, site: Site, name: str, **options: bool) -> Page:
    """The page of an administrator of Nantes who has just entered."""
    return member(browser, site, ADMINISTRATION, name, **options)


def is_accessible(page: Page) -> None:
    """Hold a page against axe, and against the width of a phone."""
    assert violations(page) == [], page.url
    assert not scrolls_sideways(page), f"{page.url} défile de côté"
    resize(page, 1280)
