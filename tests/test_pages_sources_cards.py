"""The card of a source tells how it fares: reached or not, late, stopped, failing, with the date of what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event, insert

from hub.db import db, writing
from hub.errors import BadQuery
from hub.harvest.queue import cancel
from hub.harvest.registry import edit, named, propose, step
from hub.models import Source
from tests.harvested import COORDINATION, accepted, at, change, half_way, harvest, past, projects
from tests.make import make_source, process, run
from tests.pages import closed, html_of, items, words
from tests.platforms.opendatasoft import Portal

CARD = "/sources/nantes-projets"


@pytest.fixture
def portal() -> Iterator[Portal]:
    running = Portal(projects(120))
    yield running
    running.close()


@pytest.fixture
def hub(sqlite_app: Flask) -> Flask:
    sqlite_app.config["ALLOW_PRIVATE_NETWORKS"] = True
    return sqlite_app


def row(app: Flask, slug: str = "nantes-projets") -> dict[str, object]:
    return next(row for row in items(app.test_client(), "/sources.json") if row["source"] == slug)


def told_everywhere(app: Flask, sentence: str) -> None:
    for address in ("/sources", CARD):
        assert sentence in closed(words(app.test_client(), address)), address


def test_a_source_read_well_says_its_connector_its_rhythm_its_last_success_and_its_next_slot(
    hub: Flask, portal: Portal
) -> None:
    harvest(accepted(portal))
    told_everywhere(hub, "Portail de données ouvertes (Opendatasoft, Huwise)")
    told_everywhere(hub, "aujourd'hui, le 31 janvier")
    told_everywhere(hub, "Chaque nuit ; prochaine lecture le 1er février 2026 à")
    told_everywhere(hub, "120 contributions")
    found = row(hub)
    assert (found["last_success_at"], found["data_as_of"], found["late"]) == ("2026-01-31T12:00:00Z",) * 2 + (False,)


@pytest.mark.parametrize(
    ("fault", "cause", "sentence"),
    [
        ("private", "access", "La plateforme refuse l'accès depuis le 31 janvier 2026."),
        ("html_200", "contract", "La plateforme a changé depuis le 31 janvier 2026."),
        ("too_many", "transient", "La plateforme ne répond pas depuis le 31 janvier 2026."),
    ],
)
def test_a_failing_source_says_why_in_words_what_comes_next_and_what_is_kept(
    hub: Flask, portal: Portal, fault: str, cause: str, sentence: str
) -> None:
    at(hub, "2026-01-30T12:00:00Z")
    source = accepted(portal)
    harvest(source)
    at(hub, "2026-01-31T02:00:00Z")
    portal.faults.add(fault)
    failed = harvest(source)
    told_everywhere(hub, sentence)
    told_everywhere(hub, "Dernières données du 30 janvier 2026 conservées.")
    told_everywhere(hub, "Prochaine lecture le" if cause == "transient" else "Le hub ne la demande plus")
    assert (row(hub)["cause"], row(hub)["contribution"]) == (cause, 120)
    told = words(hub.test_client(), f"/moissons/{failed.ref}")
    assert "Rien n'a pu être lu." in told
    assert "les fiches d'avant restent en vigueur" in told
    assert "0 fiche" not in told


def test_a_source_that_failed_and_is_read_again_warns_no_more(hub: Flask, portal: Portal) -> None:
    source = accepted(portal)
    portal.faults.add("private")
    harvest(source)
    told = words(hub.test_client(), CARD)
    assert "Aucune donnée n'a encore été lue" in told
    assert "Fiches lues Non transmis" in told
    assert "Problèmes ouverts Non transmis" in told
    assert "Rien : toutes" not in told
    assert (row(hub)["open_issues_state"], "open_issues" in row(hub)) == ("non_transmis", False)
    portal.faults.clear()
    harvest(source)
    assert "refuse l'accès" not in words(hub.test_client(), "/sources")
    assert "cause" not in row(hub)


def test_a_source_without_a_good_run_for_two_periods_is_late(hub: Flask, portal: Portal) -> None:
    harvest(accepted(portal))
    at(hub, "2026-02-02T11:00:00Z")
    assert "En retard" not in words(hub.test_client(), CARD)
    at(hub, "2026-02-02T12:00:01Z")
    told_everywhere(hub, "En retard. La dernière lecture réussie date du 31 janvier 2026")
    assert row(hub)["late"] is True


def test_a_stopped_source_keeps_its_things_and_says_since_when(hub: Flask, portal: Portal) -> None:
    source = accepted(portal)
    harvest(source)
    at(hub, "2026-02-03T09:00:00Z")
    step(source, "stop", COORDINATION, "La plateforme ferme")
    told_everywhere(hub, "Source arrêtée le 3 février 2026")
    told_everywhere(hub, "120 contributions")
    assert f"Arrêtée {COORDINATION} La plateforme ferme" in words(hub.test_client(), CARD)


def test_ninety_days_have_three_states_and_what_was_not_measured_is_never_good(hub: Flask, portal: Portal) -> None:
    source = accepted(portal)
    days = [(40, "complete", None), (39, "failed", "transient"), (38, "failed", "system"), (37, "cancelled", None)]
    past(source, [*days, (36, "held", None), (35, "failed", "access"), (35, "complete", None), (95, "complete", None)])
    told_everywhere(
        hub, "plateforme atteinte 3 jours, non atteinte 1 jour (le 23 décembre 2025) et non mesurée 86 jours"
    )
    found = row(hub)
    assert (found["days_reached"], found["days_not_reached"], found["days_not_measured"]) == (3, 1, 86)
    told = words(hub.test_client(), CARD)
    assert "Le 23 décembre 2025 Non atteinte" in told
    assert "Le 24 décembre 2025 Non mesurée" not in told
    assert "Du 24 décembre 2025 au 25 décembre 2025 Non mesurée" in told


def test_a_source_of_files_has_no_days_and_one_never_read_has_no_good_one(hub: Flask, portal: Portal) -> None:
    accepted(portal)
    assert "aucune mesure" in words(hub.test_client(), CARD)
    assert "days_reached" not in row(hub, "depots")
    assert 'class="reached"' not in html_of(hub.test_client(), CARD).split('class="history"')[1]


def test_the_page_says_what_is_read_and_what_is_never_asked(hub: Flask, portal: Portal) -> None:
    harvest(accepted(portal))
    told = words(hub.test_client(), CARD)
    assert "Titre Contribution colonne « titre »" in told
    assert "Votes Contribution colonne « votes »" in told
    assert "Titre Document metas.default.title" in told
    assert "Aucune donnée de personnes n'entre dans le hub" in told
    assert "contact_email" in told
    assert "identifiant_projet_gagnant" not in told


def test_runs_give_what_they_asked_and_the_cursor_is_never_shown(hub: Flask, portal: Portal) -> None:
    source = accepted(portal)
    harvest(source)
    change(source, cursor="curseur-secret-12")
    told = words(hub.test_client(), CARD)
    assert re.search(r"\d requêtes", told)
    assert "le hub ne demande que ce qui a changé" not in told
    assert "curseur-secret-12" not in html_of(hub.test_client(), CARD)
    change(source, connector="hub")
    assert "le hub ne demande que ce qui a changé" in words(hub.test_client(), CARD)
    assert "curseur-secret-12" not in html_of(hub.test_client(), CARD)


def test_a_run_half_way_shows_how_far_it_is_and_is_followed_on_demand_only(hub: Flask, portal: Portal) -> None:
    source = accepted(portal)
    harvest(source)
    going = half_way(source)
    client = hub.test_client()
    for address in (CARD, f"/moissons/{going.ref}"):
        told = words(client, address)
        assert "Pages lues 1" in told
        assert "Demandes à la plateforme" in told
        assert "http-equiv" not in html_of(client, address)
        assert '<meta http-equiv="refresh" content="5">' in html_of(client, f"{address}?suivre=oui")
        assert client.get(f"{address}?suivre=peut-etre").status_code == 400
    cancel(going, "l'exploitant")
    db.session.rollback()
    told = html_of(client, f"{CARD}?suivre=oui")
    assert "http-equiv" not in told
    assert "Aucune moisson n'est en cours" in told


def test_issues_of_one_rule_are_grouped_by_the_value_found(sqlite_app: Flask) -> None:
    source = make_source()
    run(source, [process(str(rank), ends_on="2026-02-31") for rank in range(3)] + [process("4", ends_on="2026-02-30")])
    told = words(sqlite_app.test_client(), "/sources/essai-nantes")
    assert "Date invalide 4" in told
    assert told.count("Trouvé : « 2026-02-31 »") == 1
    assert told.index("2026-02-31") < told.index("2026-02-30")


def test_the_pages_ask_few_queries_of_many_sources_and_runs(sqlite_app: Flask) -> None:
    make_source("depots")
    with writing() as connection:
        rows = [
            {"slug": f"source-{rank:02}", "siren": None, "name": f"Source {rank}", "connector": "decidim",
             "url": f"https://exemple{rank}.fr", "state": "accepted", "diffusion": "public", "frequency": "daily"}
            for rank in range(25)
        ]  # fmt: skip
        connection.execute(insert(Source), rows)
    found = list(db.session.scalars(db.select(Source).where(Source.slug.startswith("source-"))))
    for source in found:
        days = [(ago, *(("complete", None) if ago % 7 else ("failed", "transient"))) for ago in range(80, 0, -1)]
        past(source, days)
    fourth = found[3].id
    db.session.remove()
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    client = sqlite_app.test_client()
    for address in ("/sources", "/sources/source-03", f"/moissons/passee-{fourth}-3", "/metrics", "/sante"):
        statements.clear()
        answer = client.get(address)
        assert answer.status_code == 200 or address == "/sante"
        assert len(statements) < 40, f"{address} : {len(statements)} requêtes"
        assert len(answer.data) < 200_000


def test_the_number_of_queries_does_not_grow_with_the_sources(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    asked: list[str] = []
    make_source("un")
    db.event.listen(db.engine, "before_cursor_execute", lambda *each: asked.append(each[2]))
    client.get("/sources")
    few = len(asked)
    for rank in range(20):
        make_source(f"source-{rank}")
    asked.clear()
    client.get("/sources")
    assert len(asked) == few


def test_a_source_that_is_not_read_says_why_where_it_says_its_state(hub: Flask, portal: Portal) -> None:
    source = accepted(portal)
    assert "Motif" not in words(hub.test_client(), CARD).partition("Décisions")[0]
    step(source, "stop", COORDINATION, "La plateforme ferme")
    assert "Source arrêtée le 31 janvier 2026 Motif La plateforme ferme" in words(hub.test_client(), CARD)
    row = {"slug": "autre", "siren": source.siren, "name": "Autre", "connector": "feeds", "url": f"{portal.url}/flux"}
    proposed = propose(row, "administration", motive="Pour les actualités")
    page = "/sources/autre"
    assert "Proposée, en attente d'accord Motif Pour les actualités" in words(hub.test_client(), page)
    step(proposed, "refuse", COORDINATION, "Déjà lue ailleurs")
    assert "Refusée le 31 janvier 2026 Motif Déjà lue ailleurs" in words(hub.test_client(), page)


def test_several_times_a_day_is_for_light_connectors(hub: Flask, portal: Portal) -> None:
    source = accepted(portal)
    for frequency in ("hourly", "six_hours"):
        with pytest.raises(BadQuery, match="au plus chaque nuit"):
            edit(source, {"frequency": frequency}, COORDINATION)
    assert named(source.slug).frequency == "daily"
    row = {"slug": "flux", "siren": source.siren, "name": "Flux", "connector": "feeds", "url": f"{portal.url}/flux"}
    assert step(propose(row, "administration"), "accept", COORDINATION, frequency="hourly").frequency == "hourly"
