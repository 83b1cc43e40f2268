"""Sources and runs: where data come from, and what happened each time they were read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from connectors.base import Checkpoint, Item, RecordRefused, SourceChanged
from hub.db import db
from hub.harvest.ingest import ingest
from hub.models import Run
from hub.models.run import STATE_LABELS
from tests.make import HARVEST, die_reading, make_source, process, run, thing
from tests.pages import items, part, sheet, words

CARD = "/sources/essai-nantes"
READ = ("nantes-documents", "reseau-documents")
PROPOSED = ("bordeaux", "lille", "lyon", "nantes", "rennes", "toulouse")


def mine(client: FlaskClient) -> dict[str, Any] | None:
    """The row of the source of these tests in the list."""
    return next((row for row in items(client, "/sources.json") if row["source"] == "essai-nantes"), None)


def last_run() -> Run:
    return db.session.scalars(select(Run).order_by(Run.id.desc())).first()  # type: ignore[return-value]


def test_the_list_says_of_each_source_its_owner_its_last_run_what_it_holds_and_its_licence(
    visitor: FlaskClient,
) -> None:
    told = words(visitor, "/sources")
    assert (
        "Nantes Métropole — documents fondateurs Nantes · Acceptée · Fichier de fiches (NDJSON ou JSON) · Licence"
        in told
    )
    assert "Dernière réussite aujourd'hui, le 31 janvier" in told
    assert "Dernier changement aujourd'hui, le 31 janvier" in told
    assert re.search(r"\d+ engagements, 16 délibérations et \d+ documents", told)
    assert "Réseau — documents fondateurs Réseau" in told
    assert told.count("Licence Ouverte 2.0") == 2


def test_the_three_forms_of_the_list_agree_and_every_figure_has_its_state(visitor: FlaskClient) -> None:
    found = items(visitor, "/sources.json")
    table = sheet(visitor, "/sources.csv")
    assert [row["source"] for row in table] == [row["source"] for row in found] == sorted((*READ, *PROPOSED))
    assert {row["state"] for row in found if row["source"] in PROPOSED} == {"pending"}
    assert all("process" not in row and "open_issues" not in row for row in found if row["source"] in PROPOSED)
    found, table = ([row for row in rows if row["source"] in READ] for rows in (found, table))
    for row, cells in zip(found, table, strict=True):
        assert (row["open_issues"], row["open_issues_state"]) == (int(cells["open_issues"]), "observe")
        assert str(row.get("commitment", "")) == cells["commitment"]
    assert found[0]["commitment_state"] == "observe"
    assert found[1]["metropole"] == "reseau"
    assert "commitment" not in found[1]
    assert found[1]["commitment_state"] == "non_transmis"
    assert "siren" not in found[1]


def test_a_proposed_platform_says_that_it_waits_for_an_agreement_and_a_draft_appears_nowhere(
    visitor: FlaskClient,
) -> None:
    assert words(visitor, "/sources").count("Proposée, en attente d'accord") == len(PROPOSED)
    assert "Proposée, en attente d'accord" in words(visitor, "/sources/rennes")
    assert "Jamais moissonnée." in words(visitor, "/sources/rennes")
    assert "Pas encore lue : Rennes Métropole — La Fabrique citoyenne (proposée, en attente d'accord)." in words(
        visitor, "/metropoles/rennes"
    )
    for page_ in ("/sources", "/metropoles", "/metropoles/montpellier", "/metropoles.json"):
        assert "Participons" not in visitor.get(page_).text
        assert '"montpellier"' not in visitor.get("/sources.json").text


def test_a_source_never_harvested_says_so_and_has_no_zero(app: Flask) -> None:
    make_source()
    client = app.test_client()
    assert "Jamais moissonnée." in words(client, "/sources")
    assert "ce qui n'est pas zéro" in words(client, CARD)
    row = mine(client)
    assert row
    assert row["process_state"] == "non_transmis"
    assert "process" not in row
    assert "open_issues" not in row


def test_without_any_source_the_list_says_so_and_gives_a_way_out(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    assert "Aucune source." in words(client, "/sources")
    assert 'href="/metropoles"' in client.get("/sources").text


def test_a_draft_is_known_to_its_metropole_only(sqlite_app: Flask) -> None:
    make_source(state="draft")
    client = sqlite_app.test_client()
    assert mine(client) is None
    assert client.get(CARD).status_code == 404


def test_the_card_gives_the_runs_newest_first_with_their_counts(visitor: FlaskClient) -> None:
    told = words(visitor, "/sources/nantes-documents")
    runs = part(visitor, "/sources/nantes-documents", "run")
    assert [row["run"] for row in runs] == sorted((row["run"] for row in runs), reverse=True)
    for row in runs:
        assert f"{row['received']} fiches reçues : {row['created']} nouvelles" in told
        assert row["filename"] in told


def test_open_issues_are_grouped_by_rule_with_how_to_fix_and_the_record(app: Flask) -> None:
    source = make_source()
    refused = [process(str(rank), ends_on="2026-02-31") for rank in range(10)]
    run(source, [*refused, process("11", parent_id="absente"), RecordRefused("json_invalide", "L12")])
    client = app.test_client()
    told = words(client, CARD)
    assert "11 erreurs et 1 information" in told
    assert "Date invalide 10 Erreur · règle date_invalide" in told
    assert "Comment corriger : Écrivez une date existante" in told
    assert "10 fiches" in told
    assert "fiche sans identifiant lisible, L12" in told
    assert told.index("Date invalide") < told.index("JSON invalide") < told.index("Lien vers une fiche absente")
    html = client.get(CARD).text
    assert f'href="/provenance/{thing("process", "11").id}"' in html
    assert 'href="/problems/date_invalide"' in html
    issues = part(client, CARD, "issue")
    assert len(issues) == 12
    assert len(sheet(client, f"{CARD}.csv")) == 13


def test_a_run_lists_what_it_brought_by_pages_of_two_hundred(sqlite_app: Flask) -> None:
    done = run(make_source(), [process(f"{rank:04}") for rank in range(250)])
    client, address = sqlite_app.test_client(), f"/moissons/{done.ref}"
    assert "250 fiches reçues : 250 nouvelles." in words(client, address)
    assert "1 à 200 sur 250 versions" in words(client, address)
    assert "201 à 250 sur 250 versions" in words(client, f"{address}?page=2")
    assert client.get(f"{address}?page=3").status_code == 400
    versions = part(client, address, "version")
    assert len(versions) == 250
    assert {row["in_force"] for row in versions} == {True}


def test_a_version_replaced_since_says_so(app: Flask) -> None:
    source = make_source()
    first = run(source, [process("1", title="Avant")])
    run(source, [process("1", title="Après")])
    assert "Remplacée depuis" in words(app.test_client(), f"/moissons/{first.ref}")


def test_a_failed_run_says_that_nothing_was_kept(sqlite_app: Flask) -> None:
    def changed() -> Iterator[Item]:
        yield process("1")
        yield Checkpoint("1")
        raise SourceChanged("La plateforme a changé d'adresse.")

    done = ingest(make_source(), changed(), HARVEST)
    told = words(sqlite_app.test_client(), f"/moissons/{done.ref}")
    assert "Échouée" in told
    assert "La plateforme a changé d'adresse." in told
    assert "Ce qu'elle a lu n'a pas été retenu" in told


def test_a_second_run_of_the_same_content_brings_nothing_and_says_why(sqlite_app: Flask) -> None:
    source = make_source()
    run(source, [process("1")])
    told = words(sqlite_app.test_client(), f"/moissons/{run(source, [process('1')]).ref}")
    assert "1 fiche reçue : 1 inchangée." in told
    assert "Tout ce qu'elle a lu était déjà connu" in told


def test_an_open_run_changes_no_page_but_its_own_progress(sqlite_app: Flask) -> None:
    source = make_source()
    run(source, [process("1")])
    client = sqlite_app.test_client()
    addresses = ["/sources", *(f"{page_}{form}" for page_ in ("/sources", CARD) for form in (".json", ".csv"))]
    before = [client.get(address).data for address in addresses]
    die_reading(source, process("2"))
    assert [client.get(address).data for address in addresses] == before
    for address in (CARD, f"/moissons/{last_run().ref}"):
        told = words(client, address)
        assert "En cours. Rien de ce qu'elle lit n'est visible avant sa fin." in told
        assert "Pages lues 1 Fiches lues 1" in told
        assert "Démarche 2" not in told
    (row,) = items(client, f"/moissons/{last_run().ref}.json")
    assert (row["state"], row["received_state"]) == ("running", "non_transmis")
    assert "received" not in row


@pytest.mark.parametrize(("state", "label"), STATE_LABELS.items())
def test_every_state_of_a_run_has_its_french_word(sqlite_app: Flask, state: str, label: str) -> None:
    done = run(make_source(), [process("1")])
    db.session.execute(update(Run).where(Run.id == done.id).values(state=state))
    db.session.commit()
    assert label in words(sqlite_app.test_client(), f"/moissons/{done.ref}")


def test_records_kept_from_the_public_appear_on_no_page_of_their_source(sqlite_app: Flask) -> None:
    source = make_source(diffusion="pairs")
    done = run(source, [process("secrete", title="Démarche réservée", parent_id="absente")])
    client = sqlite_app.test_client()
    for address in ("/sources", CARD, f"/moissons/{done.ref}"):
        for form in ("", ".json", ".csv"):
            assert "Démarche réservée" not in client.get(f"{address}{form}").text
            assert "/provenance/" not in client.get(f"{address}{form}").text
    assert "Aucune fiche publique" in words(client, CARD)


def test_what_does_not_exist_is_told_in_words_and_an_unknown_parameter_is_refused(visitor: FlaskClient) -> None:
    assert "Aucune source ne s'appelle" in unescape(visitor.get("/sources/rien").text)
    assert visitor.get("/sources/rien").status_code == 404
    assert visitor.get("/moissons/rien").status_code == 404
    for address in ("/sources?tri=nom", "/sources?page=2", "/sources/nantes-documents?page=0"):
        assert visitor.get(address).status_code == 400


def test_the_source_says_its_licence_when_it_has_one(sqlite_app: Flask) -> None:
    run(make_source(licence="Licence Ouverte 2.0", url="https://participation.exemple.fr"), [process("1")])
    client = sqlite_app.test_client()
    told = words(client, CARD)
    assert "Licence non renseignée" not in told
    assert "Licence Ouverte 2.0" in told
    row = mine(client)
    assert row
    assert (row["licence"], row["url"]) == ("Licence Ouverte 2.0", "https://participation.exemple.fr")
    assert row["url"] in told
