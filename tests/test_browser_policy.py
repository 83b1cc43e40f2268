"""A real browser, signed in, on a hub full of hostile texts: no violation of the policy, nothing acts (C26, C30)."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from hub.access import sessions
from hub.access.reader import CONSOLE
from hub.access.rights import ADMINISTRATION, COORDINATION
from hub.db import writing
from hub.harvest import upload
from tests.browsing import launched, needs_chromium, served
from tests.conftest import ready
from tests.hostile import SCRIPTS
from tests.make import make_source, ndjson
from tests.people import person
from tests.routes import addresses
from tests.test_attacks_texts import hostile_records

pytestmark = needs_chromium
DRAWN = (".svg", ".png", ".pdf")
FILES = (*DRAWN, ".csv", ".json", ".xlsx", ".parquet", ".atom", "/metrics", "/sante", "security.txt", "/robot")


def pages(app: Flask) -> list[str]:
    """The pages to walk: each without argument, and those of the last things of each sort."""
    found: dict[str, str] = {}
    for address in addresses(app):
        if not address.endswith(FILES) and not address.startswith(("/api/", "/static/", "/schemas/")):
            found[address.rpartition("/")[0] or address] = address
            if address.count("/") == 1:
                found[address] = address
    return list(found.values())


def test_a_member_meets_no_violation_of_the_policy_and_hostile_texts_do_nothing(tmp_path: Path) -> None:
    for app in ready(tmp_path / "instance", ""):
        source = make_source(name=SCRIPTS[0])
        upload(source, ndjson(tmp_path / "envoi.ndjson", hostile_records(SCRIPTS[:6])))
        cookies = []
        for role in (ADMINISTRATION, COORDINATION):
            person_id = person(role, name=f"{SCRIPTS[1]} {role}")
            with writing() as connection:
                session_id, _ = sessions.open_session(connection, {})
                cookies.append(sessions.enter(connection, session_id, person_id, CONSOLE))
        walked = pages(app)
    trouble: list[str] = []
    with served(tmp_path / "instance", HUB_CLOCK="2026-01-31T12:00:00Z") as site, launched() as browser:
        for cookie in cookies:
            context = browser.new_context()
            context.add_cookies([{"name": "hub", "value": cookie, "url": site}])
            page = context.new_page()
            page.on("dialog", lambda dialog: trouble.append(f"dialogue : {dialog.message}"))
            page.on("pageerror", lambda error: trouble.append(f"script : {error}"))
            page.on("console", lambda message: trouble.append(message.text))
            page.on("request", lambda request: request.url.startswith((site, "data:")) or trouble.append(request.url))
            for path in walked:
                page.goto(site + path)
            page.goto(f"{site}/compte")
            assert page.locator("h1").count() == 1
            context.close()
    assert len(walked) > 25
    assert [text for text in trouble if "404" not in text and "403" not in text] == []
