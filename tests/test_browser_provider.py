"""A real browser goes to a provider through sites that no setting names, and back: no policy of ours stops it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browsing import launched, needs_chromium, opened, served, violations
from tests.conftest import CLOCK, ready
from tests.people import invited
from tests.platforms.proconnect import ProConnect

pytestmark = needs_chromium


@pytest.fixture
def provider() -> Iterator[ProConnect]:
    """A provider that leads through another site, there and back."""
    started = ProConnect("", "")
    started.through_another = True
    yield started
    started.close()


def test_a_browser_enters_by_a_provider_and_leaves_by_it(tmp_path: Path, provider: ProConnect) -> None:
    for _ in ready(tmp_path, "", **provider.settings("PROCONNECT")):
        secret = invited("exploitation")
    settings = {f"HUB_{name}": value for name, value in provider.settings("PROCONNECT").items()}
    with served(tmp_path, HUB_CLOCK=CLOCK, **settings) as hub, launched() as browser:
        provider.callback = f"{hub}/connexion/fournisseur/proconnect/retour"
        provider.farewell = f"{hub}/deconnexion"
        page = opened(browser, f"{hub}/invitation/{secret}")
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.click("text=S'identifier avec ProConnect")
        page.wait_for_url(f"{hub}/")
        page.goto(f"{hub}/compte")
        assert "Camille Martin" in page.inner_text("main")
        assert violations(page) == []
        page.click("text=Sortir")
        page.wait_for_url(f"{hub}/")
        assert page.is_visible("text=Entrer")
        assert provider.refusals == []
        provider.answers_error = "access_denied"
        page.goto(f"{hub}/connexion")
        page.click("text=S'identifier avec ProConnect")
        page.wait_for_selector("text=Réessayer")
        assert violations(page) == []
        provider.answers_error = ""
        page.click("text=Réessayer")
        page.wait_for_selector("text=Mon compte")
    assert [line for line in said if "Content Security Policy" in line] == []
    assert len(provider.ended) == 1
