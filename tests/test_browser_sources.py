"""The pages of sources in a real browser: a source that fails, a run that waits, a run that works, at two widths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from hub.app import create_app
from hub.cli.database import prepare_database
from hub.db import db
from tests.browsing import (
    launched,
    needs_chromium,
    opened,
    resize,
    scrolls_sideways,
    served,
    violations,
    wrong_at,
)
from tests.conftest import FIXED
from tests.harvested import accepted, at, half_way, harvest, past, projects
from tests.platforms.opendatasoft import Portal

pytestmark = needs_chromium
MOMENT = "2026-01-31T12:00:00Z"
FOLLOWING = "meta-refresh"
"""axe's rule against pages that reload: here a reader asked for it, and stops it with one link (WCAG 2.2.1)."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a server, and the paths of its pages by what they show."""
    instance = tmp_path_factory.mktemp("sources") / "instance"
    portals = [Portal(projects(number)) for number in (43, 12, 250)]
    app = create_app({**FIXED, "DATABASE_URL": "", "ALLOW_PRIVATE_NETWORKS": True, "TESTING": True}, instance)
    with app.app_context():
        prepare_database()
        paths = scene(app, *portals)
        db.session.remove()
        db.engine.dispose()
    with served(instance, HUB_CLOCK=MOMENT) as address:
        yield address, paths
    for portal in portals:
        portal.close()


def scene(app: Flask, held: Portal, failing: Portal, working: Portal) -> dict[str, str]:
    """A run that waits, a platform that refuses, a run half-way, a source never read."""
    at(app, "2026-01-24T12:00:00Z")
    waiting = accepted(held, "nantes-projets")
    ill = accepted(failing, "nantes-budget", name="Nantes : budget participatif")
    busy = accepted(working, "nantes-idees", name="Nantes : boîte à idées")
    past(waiting, [(ago, "complete", None) for ago in range(69, 7, -1) if ago not in (21, 22)])
    past(ill, [(ago, *(("complete", None) if ago % 9 else ("failed", "transient"))) for ago in range(89, 7, -1)])
    for source in (waiting, ill, busy):
        harvest(source)
    at(app, "2026-01-31T01:00:00Z")
    failing.faults.add("private")
    harvest(ill)
    held.rows = projects(2)
    held.rows[0]["titre"] = "Un jardin pour l'île de Nantes"
    run = harvest(waiting, full=True)
    at(app, MOMENT)
    working.rows = projects(260)
    return {
        "list": "/sources",
        "waiting": "/sources/nantes-projets",
        "failing": "/sources/nantes-budget",
        "working": "/sources/nantes-idees",
        "never": "/sources/depots",
        "held": f"/moissons/{run.ref}",
        "open": f"/moissons/{half_way(busy).ref}",
        "robot": "/robot",
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


def test_every_page_is_accessible_never_scrolls_sideways_and_has_no_script_no_style_no_report_of_the_policy(
    site: tuple[str, dict[str, str]], browser: Browser, tmp_path: Path
) -> None:
    address, paths = site
    wrong, wide, console = {}, [], list[str]()
    page = browser.new_context(locale="fr-FR").new_page()
    page.on("console", lambda message: console.append(message.text))
    for name, path in paths.items():
        resize(page, 1280)
        page.goto(address + path)
        assert page.locator("script, [style]").count() == 0
        if found := wrong_at(page, 1280, 320):
            wrong[path] = found
        for width in (1280, 320):
            if scrolls_sideways(page, width):
                wide.append((path, width))
            page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=True)
    page.context.close()
    assert (wrong, wide, console) == ({}, [], [])


def test_an_open_run_is_followed_and_left_without_script(site: tuple[str, dict[str, str]], browser: Browser) -> None:
    address, paths = site
    for name in ("working", "open"):
        page = opened(browser, address + paths[name], java_script_enabled=False)
        assert page.locator("meta[http-equiv]").count() == 0
        page.get_by_role("link", name="Suivre la moisson").click()
        assert page.locator("meta[http-equiv=refresh]").get_attribute("content") == "5"
        assert "Fiches lues" in page.content()
        page.get_by_role("link", name="Arrêter de suivre").click()
        assert page.url == address + paths[name]
        page.context.close()
    page = opened(browser, f"{address}{paths['open']}?suivre=oui")
    assert [rule for rule, _ in violations(page)] == [FOLLOWING]
    page.context.close()


def test_the_days_are_drawn_by_height_and_said_in_words(site: tuple[str, dict[str, str]], browser: Browser) -> None:
    address, paths = site
    page = opened(browser, address + paths["failing"])
    boxes = {state: page.locator(f".history .{state}").bounding_box() for state in ("reached", "missed", "unknown")}
    heights = [box["height"] for box in boxes.values() if box]
    assert len(heights) == 3
    assert heights == sorted(heights, reverse=True)
    assert "non atteinte" in (page.locator(".history svg").get_attribute("aria-label") or "")
    page.context.close()
