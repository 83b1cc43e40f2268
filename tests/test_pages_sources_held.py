"""« Moisson en attente »: what a held run would change, why it waits, who decides; no technical word (H36–H40)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update

from hub.db import db, writing
from hub.harvest.absence import ABSENT
from hub.harvest.guards import GUARD_LABELS
from hub.harvest.holds import approve, reject
from hub.models import Exchange, FacetVersion, Run, Source
from hub.models.run import run_called
from hub.pages.held import reason
from tests.harvested import accepted, at, harvest, projects
from tests.make import thing
from tests.pages import content, items, plain, words
from tests.platforms.opendatasoft import CANARIES, DATASET, Portal

TECHNICAL = re.compile(
    r"\b(json|hash|null|none|http|https|api|sql|sha256|uuid|payload|run|cursor|token|csv|ndjson|xml|id|true|false)\b",
    re.I,
)
"""Words that no page for a decision may ask a person to understand (H40)."""


@pytest.fixture
def portal() -> Iterator[Portal]:
    running = Portal(projects(43))
    yield running
    running.close()


@pytest.fixture
def source(sqlite_app: Flask, portal: Portal) -> Source:
    sqlite_app.config["ALLOW_PRIVATE_NETWORKS"] = True
    found = accepted(portal)
    assert harvest(found).state == "complete"
    return found


def held(app: Flask, source: Source, portal: Portal) -> str:
    """The address of a run that found two projects where there were 43, one of them with another title."""
    portal.rows = projects(2)
    portal.rows[0]["titre"] = "Un jardin pour l'île"
    run = harvest(source, full=True)
    assert run.state == "held"
    return f"/moissons/{run.ref}"


def run_at(address: str) -> Run:
    """The run whose page this is."""
    return db.session.scalars(run_called(address.rsplit("/", 1)[1])).one()


def test_one_sentence_says_before_now_and_what_would_disappear(
    sqlite_app: Flask, source: Source, portal: Portal
) -> None:
    told = words(sqlite_app.test_client(), held(sqlite_app, source, portal))
    assert "Avant : 43 contributions. Maintenant : 2. 41 disparaîtraient. 1 changerait." in told
    assert "Beaucoup de fiches ont disparu. Contributions : 43 avant, 2 maintenant." in told
    assert "Dernières données du 31 janvier 2026 conservées." in told


def test_what_would_disappear_and_change_is_named_in_french_field_by_field(
    sqlite_app: Flask, source: Source, portal: Portal
) -> None:
    told = words(sqlite_app.test_client(), held(sqlite_app, source, portal))
    assert "Ce qui disparaîtrait 41" in told
    assert "Projet 43 Contribution" in told
    assert "Ce qui changerait 1" in told
    assert re.search(r"Titre Projet 1 Un jardin pour l'île", told)
    assert "Ce qui apparaîtrait" not in told


def test_it_says_who_decides_since_when_and_what_each_decision_does(
    sqlite_app: Flask, source: Source, portal: Portal
) -> None:
    told = words(sqlite_app.test_client(), held(sqlite_app, source, portal))
    assert "Administration de la métropole ou coordination du réseau." in told
    assert "La décision est attendue depuis le 31 janvier 2026" in told
    for decision in ("Approuver", "Rejeter", "Autoriser une fois"):
        assert decision in told
    assert "hub hold" not in told


def test_the_extracts_show_what_was_read_without_any_person(sqlite_app: Flask, source: Source, portal: Portal) -> None:
    html = content(sqlite_app.test_client(), held(sqlite_app, source, portal))
    assert html.count('class="extract"') == 1
    assert "Un jardin pour l&#39;île" in html
    assert not any(canary in html for canary in CANARIES)


def test_an_extract_is_as_the_source_gave_it_where_its_piece_is_known(
    sqlite_app: Flask, source: Source, portal: Portal
) -> None:
    address = held(sqlite_app, source, portal)
    run_id = run_at(address).id
    piece = db.session.scalars(select(Exchange.sha256).where(Exchange.run_id == run_id)).one()
    with writing() as connection:
        connection.execute(update(FacetVersion).where(FacetVersion.run_id == run_id).values(raw_sha256=piece))
    html = content(sqlite_app.test_client(), address)
    assert "<code>{&#34;identifiant_projet_gagnant&#34;:&#34;P00001&#34;" in html


def test_the_page_needs_no_technical_word(sqlite_app: Flask, source: Source, portal: Portal) -> None:
    html = content(sqlite_app.test_client(), held(sqlite_app, source, portal))
    html = html[: html.index('<h2 id="faits"')]
    assert TECHNICAL.findall(plain(re.sub(r"<code>.*?</code>", "", html, flags=re.S))) == []


def test_nothing_of_a_held_run_is_read_elsewhere_and_the_source_says_that_it_waits(
    sqlite_app: Flask, source: Source, portal: Portal
) -> None:
    client = sqlite_app.test_client()
    held(sqlite_app, source, portal)
    told = words(client, "/sources/nantes-projets")
    assert "Une moisson est en attente de décision depuis le 31 janvier 2026" in told
    assert "plus de trente jours" not in told
    assert "43 contributions" in told
    assert thing("contribution", "P00001").title == "Projet 1"
    assert "Une moisson est en attente de décision" in words(client, "/sources")
    row = next(row for row in items(client, "/sources.json") if row["source"] == "nantes-projets")
    assert (row["held_since"], row["contribution"]) == ("2026-01-31T12:00:00Z", 43)


def test_after_thirty_days_the_public_card_says_since_when_the_data_are_old(
    sqlite_app: Flask, source: Source, portal: Portal
) -> None:
    held(sqlite_app, source, portal)
    at(sqlite_app, "2026-03-02T12:00:00Z")
    for address in ("/sources", "/sources/nantes-projets"):
        told = words(sqlite_app.test_client(), address)
        assert "plus de trente jours" in told
        assert "Ce que montre cette source date donc de sa dernière lecture acceptée." in told


def test_once_decided_the_page_is_that_of_an_ordinary_run_and_the_decision_is_published(
    sqlite_app: Flask, source: Source, portal: Portal
) -> None:
    client, address = sqlite_app.test_client(), held(sqlite_app, source, portal)
    run = run_at(address)
    reject(run, "administration de Nantes Métropole", "La plateforme était en travaux")
    told = words(client, address)
    assert "Rejetée" in told
    assert "Qui décide" not in told
    assert "n'ont pas été" in told or "ne l'ont pas été" in told
    decisions = words(client, "/sources/nantes-projets")
    assert "Moisson rejetée administration de Nantes Métropole La plateforme était en travaux" in decisions
    assert "en attente de décision" not in decisions


def test_an_approved_run_says_what_it_no_longer_saw(sqlite_app: Flask, source: Source, portal: Portal) -> None:
    client, address = sqlite_app.test_client(), held(sqlite_app, source, portal)
    approve(run_at(address), "coordination du réseau", "Le jeu a été refait")
    assert "41 qui n'apparaissent plus" in words(client, address)
    assert "41 fiches que la dernière lecture entière n'a pas vues" in words(client, "/sources/nantes-projets")
    gone = thing("contribution", "P00043")
    told = words(client, f"/provenance/{gone.id}")
    assert "N'apparaît plus à la source depuis le 31 janvier 2026" in told
    row = items(client, f"/provenance/{gone.id}.json")[0]
    assert (row["presence"], row["not_seen_since"]) == ("not_seen", "2026-01-31T12:00:00Z")
    said = client.get(f"/api/v1/contributions/{gone.id}").get_json()
    assert (said["presence"], said["not_seen_since"]) == ("not_seen", "2026-01-31T12:00:00Z")


def test_a_thing_gone_says_since_when_and_why_everywhere(sqlite_app: Flask, source: Source, portal: Portal) -> None:
    approve(run_at(held(sqlite_app, source, portal)), "coordination du réseau", "Le jeu a été refait")
    at(sqlite_app, "2026-02-09T12:00:00Z")
    harvest(source, full=True)
    client, gone = sqlite_app.test_client(), thing("contribution", "P00043")
    reason = "absente de plusieurs lectures entières de la source, au-delà du délai de grâce"
    told = words(client, f"/provenance/{gone.id}")
    assert "N'apparaît plus à la source depuis le 9 février 2026" in told
    assert f"Raison : {reason}" in told
    assert f"41 fiches dites retirées le 9 février 2026 : {reason}" in words(client, "/sources/nantes-projets")
    said = client.get(f"/api/v1/contributions/{gone.id}").get_json()
    assert (said["presence"], said["gone_on"]) == ("gone", "2026-02-09")
    assert said["gone_reason"] == items(client, f"/provenance/{gone.id}.json")[0]["gone_reason"] == ABSENT


def test_a_harvested_thing_gives_the_address_asked_and_the_way_of_each_field(
    sqlite_app: Flask, source: Source, portal: Portal
) -> None:
    piece = db.session.scalars(select(Exchange.sha256).where(Exchange.url.contains("offset=0"))).one()
    with writing() as connection:
        connection.execute(update(FacetVersion).values(raw_sha256=piece))
    address = f"/provenance/{thing('contribution', 'P00007').id}"
    html = content(sqlite_app.test_client(), address)
    told = plain(html)
    assert "Adresse demandée" in told
    assert f'href="{portal.url}/api/explore/v2.1/catalog/datasets/{DATASET}/records?select=' in html
    assert "élément /results/6 de la réponse" in told
    assert "Titre colonne « titre »" in told
    assert "{&#34;identifiant_projet_gagnant&#34;:&#34;P00007&#34;" in html


def test_an_empty_source_names_what_would_be_lost_and_has_no_extract(
    sqlite_app: Flask, source: Source, portal: Portal
) -> None:
    portal.rows = []
    run = harvest(source, full=True)
    assert run.state == "held"
    told = words(sqlite_app.test_client(), f"/moissons/{run.ref}")
    assert "Avant : 43 contributions. Maintenant : 0. 43 disparaîtraient." in told
    assert "La source ne donne plus rien" in told
    assert "La source n'a donné aucune fiche nouvelle ou changée" in told


def test_what_is_kept_from_the_public_is_counted_and_never_named(sqlite_app: Flask, portal: Portal) -> None:
    sqlite_app.config["ALLOW_PRIVATE_NETWORKS"] = True
    source = accepted(portal, diffusion="pairs")
    harvest(source)
    html = content(sqlite_app.test_client(), held(sqlite_app, source, portal))
    assert "43 contributions" in plain(html)
    assert "Projet 43" not in html
    assert "Un jardin" not in html


@pytest.mark.parametrize("guard", GUARD_LABELS)
def test_every_guard_is_told_in_words_with_its_numbers(sqlite_app: Flask, guard: str) -> None:
    field = {"champ_perdu": "title", "chiffres": "votes"}.get(guard)
    label, numbers = reason({"guard": guard, "kind": "contribution", "before": 43, "now": 2, "field": field})
    assert label == GUARD_LABELS[guard]
    assert "43" in numbers
    assert "2" in numbers
    assert not re.search(r"title|votes\b(?!.)|contribution\b", numbers)
