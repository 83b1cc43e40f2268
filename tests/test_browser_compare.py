"""The comparison in a real browser: every view accessible at two widths, two metropoles compared by keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from hub.app import create_app
from hub.cli.database import prepare_database
from hub.db import db
from hub.harvest.founding import load_metropoles
from hub.pages.format import NBSP
from tests.browsing import launched, needs_chromium, opened, resize, scrolls_sideways, served, violations
from tests.comparing import CONTROLLED, UNKNOWN, five, share, siren
from tests.conftest import FIXED
from tests.make import measure

pytestmark = needs_chromium
SIX = "i=reponse_part&" + "&".join(f"m={slug}" for slug in ("nantes", "rennes", "metz", "brest", "dijon", "lille"))
PATHS = (
    "/comparer",
    f"/comparer?{SIX}&i=demarches",
    f"/comparer?{SIX}&v=tableau&tri=valeur",
    f"/comparer?{SIX}&v=matrice",
    f"/comparer?{SIX}&v=evolution",
    "/comparer?i=comptes&n=hab&m=grand-paris&g=proches",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with measures of two years."""
    instance = tmp_path_factory.mktemp("comparing") / "instance"
    app = create_app({**FIXED, "DATABASE_URL": "", "TESTING": True}, instance)
    with app.app_context():
        prepare_database()
        load_metropoles()
        for year in ("2023", "2025"):
            five(period=year)
        share("metz", 20, 20, grade="C", checks=UNKNOWN)
        share("brest", 20, 20, qualifier="au_moins", grade="B", checks=CONTROLLED)
        measure("reponse_part", siren("dijon"), "2025", None, state="sans_objet")
        measure("demarches", siren("nantes"), "2025", 22, low=13.7825, high=33.3098)
        db.session.remove()
        db.engine.dispose()
    with served(instance) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


def test_every_view_is_accessible_and_never_scrolls_sideways(site: str, browser: Browser) -> None:
    wrong, wide = {}, []
    page = opened(browser, site)
    for path in PATHS:
        page.goto(site + path)
        page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
        if found := violations(page):
            wrong[path] = found
        if scrolls_sideways(page):
            wide.append(path)
        resize(page, 1280)
    page.context.close()
    assert (wrong, wide) == ({}, [])


def reach(page: Page, name: str, value: str) -> None:
    """Press Tab until the control of that name and value has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        focused = page.locator("*:focus")
        if (focused.get_attribute("name"), focused.get_attribute("value")) == (name, value):
            return
    pytest.fail(f"no key leads to {name}={value}")


def test_two_metropoles_are_compared_with_the_keyboard_alone_and_without_script(site: str, browser: Browser) -> None:
    page = opened(browser, f"{site}/comparer", java_script_enabled=False)
    for name, value in (("m", "nantes"), ("m", "rennes"), ("i", "reponse_part")):
        reach(page, name, value)
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/comparer?m=nantes&m=rennes&i=reponse_part*")
    drawn = page.locator("svg.plot").first
    assert drawn.locator("text.label").all_text_contents()[::2] == ["Nantes", "Rennes"]
    assert page.get_by_role("link", name="Retirer le choix Nantes").count() == 1
    page.get_by_role("link", name="Tableau").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**v=tableau**")
    assert page.get_by_role("row").filter(has_text="Nantes").get_by_role("cell").nth(1).inner_text() == f"90{NBSP}%"
    page.context.close()
