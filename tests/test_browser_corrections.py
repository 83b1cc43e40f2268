"""An administrator corrects a value and declares a coverage in a real browser, with and without script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from hub.access.rights import AGENT
from hub.db import db
from hub.harvest.founding import load_metropoles
from tests.browsing import Site, administrator, is_accessible, launched, member, needs_chromium, served
from tests.conftest import ready
from tests.make import make_source, process, run, thing

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    instance = tmp_path_factory.mktemp("corrections") / "instance"
    for app in ready(instance, "", CLOCK=""):
        load_metropoles()
        run(make_source(), [process("1", title="Faux titre", starts_on="2025", themes=["sante"])])
        with served(instance) as address:
            yield Site(app, address)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


def test_a_value_is_corrected_after_a_look_at_before_and_after_and_given_back(site: Site, browser: Browser) -> None:
    page = administrator(browser, site, "Ana")
    page.goto(f"{site.address}/demarches/{thing('process', '1').id}")
    page.get_by_role("link", name="Corriger une valeur").click()
    is_accessible(page)
    page.get_by_role("link", name="Corriger : Thèmes").click()
    is_accessible(page)
    page.go_back()
    page.get_by_role("link", name="Corriger : Titre").click()
    is_accessible(page)
    page.get_by_label("Titre").fill("Bon titre")
    page.get_by_label("Motif").fill("Vu avec ana@essais.fr")
    page.get_by_role("button", name="Voir avant d'appliquer").click()
    assert page.get_by_role("alert").get_by_role("link").inner_text().startswith("Le motif contient")
    is_accessible(page)
    page.get_by_label("Motif").fill("Erreur de saisie")
    page.get_by_role("button", name="Voir avant d'appliquer").click()
    assert "Faux titre" in page.inner_text("main dl")
    is_accessible(page)
    page.get_by_role("button", name="Appliquer la correction").click()
    page.get_by_text("Correction appliquée").wait_for()
    assert "Administration de Nantes Métropole" in page.inner_text("main")
    is_accessible(page)
    page.get_by_role("link", name="Corriger une valeur").click()
    page.get_by_role("link", name="Revoir : Titre").click()
    is_accessible(page)
    page.get_by_label("Motif pour garder ou abandonner").fill("Toujours faux à la source")
    page.get_by_role("button", name="Garder la correction").click()
    page.get_by_text("Correction gardée pour douze mois").wait_for()
    page.get_by_label("Motif pour garder ou abandonner").fill("La source a raison")
    page.get_by_role("button", name="Abandonner la correction").click()
    page.get_by_text("Correction retirée").wait_for()
    db.session.rollback()
    assert thing("process", "1").title == "Faux titre"
    page.context.close()


def test_a_correction_is_proposed_then_accepted_without_script(site: Site, browser: Browser) -> None:
    fiche = f"{site.address}/corriger/{thing('process', '1').id}"
    page = member(browser, site, AGENT, "Dora", java_script_enabled=False)
    page.goto(f"{fiche}?champ=summary")
    page.get_by_label("Résumé").fill("Une rue pour tous")
    page.get_by_label("Motif").fill("Il manquait")
    page.get_by_role("button", name="Voir avant de proposer").click()
    page.get_by_role("button", name="Proposer la correction").click()
    page.get_by_text("Correction proposée :").wait_for()
    page.context.close()
    page = administrator(browser, site, "Emma")
    page.goto(f"{site.address}/metropoles/nantes/donnees")
    is_accessible(page)
    page.locator("a[href*='#propositions']").click()
    is_accessible(page)
    page.get_by_label("Votre motif").fill("Vérifié")
    page.get_by_role("button", name="Accepter : Résumé").click()
    page.get_by_text("Proposition acceptée").wait_for()
    is_accessible(page)
    db.session.rollback()
    assert thing("process", "1").data["summary"] == "Une rue pour tous"
    page.context.close()


def test_without_script_a_coverage_is_declared_and_nothing_reads_zero(site: Site, browser: Browser) -> None:
    page = administrator(browser, site, "Bertille")
    page.goto(f"{site.address}/metropoles/nantes/donnees")
    page.get_by_role("link", name="Déclarer la couverture d'une année").click()
    is_accessible(page)
    page.context.close()
    page = administrator(browser, site, "Chloé", java_script_enabled=False)
    page.goto(f"{site.address}/metropoles/nantes/donnees/declarer?genre=meeting&annee=2025")
    page.get_by_label("Complète").check()
    page.get_by_role("button", name="Déclarer").click()
    page.get_by_text("Déclaration enregistrée").wait_for()
    assert page.get_by_role("link", name="0 : couverture déclarée complète").count() == 1
    page.context.close()
