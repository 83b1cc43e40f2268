"""« D'où vient ce chiffre ? »: from any record back to the words of a document, and how it came into the hub."""

from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from connectors.base import Record
from hub.db import db
from hub.harvest import correct, upload
from hub.models import Facet, NetworkThing
from schemas import KINDS
from tests.make import die_reading, make_source, ndjson, process, run, thing
from tests.pages import items, part, sheet, words


def whence(kind: str, remote_id: str) -> str:
    return f"/provenance/{thing(kind, remote_id).id}"


def accounts() -> str:
    found = db.session.scalars(
        select(Facet.remote_id).where(Facet.kind == "observation", Facet.state == "comptes").order_by(Facet.remote_id)
    )
    return next(iter(found))


def test_a_figure_says_its_quantity_its_period_its_perimeter_and_the_words_it_comes_from(visitor: FlaskClient) -> None:
    told = words(visitor, whence("observation", accounts()))
    assert "12 000 comptes" in told
    assert "Depuis une date" in told
    assert "depuis 2019" in told
    assert "Ville et métropole" in told
    assert "12 000 comptes de citoyens créés sur la plateforme" in told
    assert re.search(r"rencontre-elus-nantes ?, lignes? \d+", told)
    assert "Écrit tel quel" in told


def test_a_figure_says_how_it_entered_the_hub(visitor: FlaskClient) -> None:
    told = words(visitor, whence("observation", accounts()))
    said = thing("observation", accounts())
    assert f"rencontre-elus.ndjson , ligne {(said.pointer or '')[1:]}" in told
    assert said.raw
    assert said.raw in told
    assert "31 janvier 2026 à 13 h 00 (heure de Paris)" in told
    assert "Fichier de fiches (NDJSON ou JSON), version 1.0" in told
    assert "Chiffre , version 1.0.0" in told
    assert "Licence Ouverte 2.0" in told
    assert f"/moissons/{said.run.ref}" in visitor.get(f"/provenance/{said.id}").text


def test_the_document_gives_its_title_its_page_and_the_fingerprint_of_its_file(visitor: FlaskClient) -> None:
    html = visitor.get(whence("observation", accounts())).text
    document = thing("document", "rencontre-elus-nantes")
    assert f'href="/documents/{document.id}"' in html
    assert document.data["file_sha256"] in html
    assert "<code>rencontre-elus-nantes</code>" in html


def test_every_founding_record_has_its_trail_in_three_forms_that_agree(visitor: FlaskClient) -> None:
    for kind in KINDS:
        hub_id = db.session.scalars(select(func.min(Facet.hub_id)).where(Facet.kind == kind)).one()
        assert words(visitor, f"/provenance/{hub_id}")
        found = visitor.get(f"/provenance/{hub_id}.json").get_json()
        table = sheet(visitor, f"/provenance/{hub_id}.csv")
        assert [row["part"] for row in table] == [row["part"] for row in found["items"]]
        assert [row["words"] for row in table] == [row.get("words", "") for row in found["items"]]
        assert {row["kind"] for row in found["items"]} == {kind}


def test_the_data_hold_the_raw_extract_the_statements_and_their_citations(visitor: FlaskClient) -> None:
    address = whence("observation", accounts())
    (version,) = part(visitor, address, "version")
    assert '"remote_id"' in version["raw"]
    assert "12 000 comptes de citoyens" in version["raw"]
    (stated,) = [row for row in part(visitor, address, "statement") if row["field"] == "quantity"]
    assert (stated["value"]["value"], stated["value_state"]) == (12000, "observe")
    cited = {row["citation"]: row for row in part(visitor, address, "citation")}
    assert all(cited[number]["document_id"] == "rencontre-elus-nantes" for number in stated["citations"])


def test_a_deduction_gives_its_reasoning_and_an_ambiguity_all_its_readings(visitor: FlaskClient) -> None:
    deduced = words(visitor, whence("commitment", "chantier-03"))
    assert "Statut En cours Déduit citation" in deduced
    assert "Déduit ainsi : Des actions sont dites « déjà en œuvre »" in deduced
    ambiguous = words(visitor, whence("observation", "reseau:reseau:seances:2025..2025::"))
    assert "Ambigu : plusieurs lectures" in ambiguous
    assert "comptées autrement que les « rencontres »" in ambiguous


def test_no_citation_is_credited_with_what_nobody_says(visitor: FlaskClient) -> None:
    unknown = db.session.scalars(
        select(Facet.remote_id).where(Facet.kind == "commitment", Facet.state == "inconnu").order_by(Facet.remote_id)
    ).first()
    assert unknown
    (status,) = [row for row in part(visitor, whence("commitment", unknown), "statement") if row["field"] == "status"]
    assert status["citations"] == []
    assert re.search(
        r"Statut Statut inconnu (non dit|la source ne le dit pas)", words(visitor, whence("commitment", unknown))
    )


def test_the_figures_inside_a_commitment_are_told_with_their_nature_and_their_citations(visitor: FlaskClient) -> None:
    address = whence("commitment", "chantier-01")
    told = words(visitor, address)
    assert "Professionnels libéraux de la maison de santé de Bellevue : 18 professionnels libéraux" in told
    assert "23 professionnels · Objectif, jamais un résultat" in told
    (figures,) = [row for row in part(visitor, address, "statement") if row["field"] == "figures"]
    assert len(figures["citations"]) == 2


def test_an_indicative_vote_says_so_at_first_sight(visitor: FlaskClient) -> None:
    vote = next(
        remote_id
        for remote_id in db.session.scalars(select(Facet.remote_id).where(Facet.state == "votes").order_by(Facet.id))
    )
    told = words(visitor, whence("observation", vote))
    assert "Chiffre · Réseau des métropoles participatives · Votes · à titre indicatif" in told
    assert "Périmètre : celui que la source déclare pour toutes ses fiches (réseau des métropoles)" in told


def test_a_share_keeps_the_words_of_the_document(visitor: FlaskClient) -> None:
    third = next(
        remote_id
        for remote_id in db.session.scalars(select(Facet.remote_id).where(Facet.kind == "observation"))
        if thing("observation", remote_id).data.get("quantity", {}).get("as_written") == "un tiers"
    )
    told = words(visitor, whence("observation", third))
    assert "un tiers, soit 33,3 %" in told
    assert "Dénominateur 102 engagements" in told


def test_links_lead_out_and_in_and_the_document_counts_who_quotes_it(visitor: FlaskClient) -> None:
    process_ = thing("process", "convention-citoyenne")
    assert f'href="/demarches/{process_.id}"' in visitor.get(whence("commitment", "chantier-01")).text
    address = whence("document", "bilan-convention-citoyenne-nantes")
    told = words(visitor, address)
    assert re.search(r"\d+ sur \d+ ; toutes sont sur sa page", told)
    led = [row for row in part(visitor, address, "link") if row["direction"] == "from"]
    assert address.rpartition("/")[2] not in {row.get("target_id") for row in led}


def test_a_network_thing_says_who_wrote_it_and_every_statement_of_its_parts(visitor: FlaskClient) -> None:
    told = words(visitor, "/provenance/cycle/agents-2025")
    assert "d'après les documents fondateurs" in told
    assert "Séances de travail : 5 séances, écrit « Cinq »" in told
    assert "Ambigu : plusieurs lectures" in told
    row = db.session.get_one(NetworkThing, ("cycle", "agents-2025"))
    assert row.sha256 in told
    found = items(visitor, "/provenance/cycle/agents-2025.json")
    assert {row["part"] for row in found} >= {"statement", "citation", "version"}


@pytest.mark.parametrize("address", ["/provenance/0000000000000", "/provenance/cycle/rien", "/provenance/mystere/rien"])
def test_what_does_not_exist_is_told_in_words(visitor: FlaskClient, address: str) -> None:
    answer = visitor.get(address)
    assert answer.status_code == 404
    assert "identifiant" in answer.text or "ne s'appelle" in unescape(answer.text)


def test_an_unknown_parameter_is_refused(visitor: FlaskClient) -> None:
    address = whence("document", "rencontre-elus-nantes")
    assert visitor.get(f"{address}?tri=date").status_code == 400
    assert visitor.get(f"{address}?page=2").status_code == 400


def test_a_correction_lies_over_the_source_and_every_version_stays_dated(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", title="Premier titre", starts_on="2021")])
    run(source, [process("1", title="Deuxième titre", starts_on="2021")])
    correct(thing("process", "1").id, {"title": "Bon titre"}, reason="Erreur de saisie", author="Coordination")
    told = words(app.test_client(), whence("process", "1"))
    assert "2 voix parlent de cette fiche (moisson de la source et correction par une personne)" in told
    assert "Titre Deuxième titre Bon titre (lu)" in told
    assert "Change : Titre." in told
    assert "Coordination : Erreur de saisie" in told
    versions = part(app.test_client(), whence("process", "1"), "version")
    assert [row["data"]["title"] for row in versions] == ["Premier titre", "Deuxième titre", "Bon titre"]
    assert [(row["writer"], row["in_force"]) for row in versions] == [
        ("harvest", False),
        ("harvest", True),
        ("correction", True),
    ]


def test_the_citation_of_a_source_is_never_credited_with_a_correction(sqlite_app: Flask) -> None:
    trace = [{"document_id": "bilan", "lines": "3", "quote": "La démarche est en cours", "certainty": "affirme"}]
    run(make_source(), [process("1", state="en_cours", trace=trace)])
    correct(thing("process", "1").id, {"state": "terminee"}, reason="Close en juin", author="Coordination")
    client, address = sqlite_app.test_client(), whence("process", "1")
    assert "État Terminée correction par une personne" in words(client, address)
    stated = {row["field"]: row["citations"] for row in part(client, address, "statement")}
    assert stated == {"title": [1], "state": []}


def test_a_thing_gone_from_its_source_stays_readable_with_the_date(app: Flask) -> None:
    source = make_source()
    run(source, [process("1"), process("2")])
    run(source, [process("2"), Record("process", "1", {}, "L1", deleted=True)])
    told = words(app.test_client(), whence("process", "1"))
    assert "N'apparaît plus à la source depuis le 31 janvier 2026" in told


def test_what_an_open_run_reads_changes_nothing(sqlite_app: Flask) -> None:
    source = make_source()
    run(source, [process("1", title="Avant")])
    client, address = sqlite_app.test_client(), whence("process", "1")
    before = [client.get(f"{address}{form}").data for form in ("", ".json", ".csv")]
    die_reading(source, process("1", title="Pendant"))
    assert [client.get(f"{address}{form}").data for form in ("", ".json", ".csv")] == before


def test_a_version_that_was_reserved_is_not_shown_once_the_thing_is_public(app: Flask) -> None:
    source = make_source()
    run(source, [Record("process", "1", {"title": "Titre secret", "state": "inconnu"}, "L1", diffusion="pairs")])
    client, hub_id = app.test_client(), db.session.scalars(select(Facet.hub_id)).one()
    assert client.get(f"/provenance/{hub_id}").status_code == 404
    run(source, [process("1", title="Titre public")])
    told = client.get(f"/provenance/{hub_id}").text
    assert "Titre public" in told
    assert "Titre secret" not in told
    assert "Version réservée" in told
    assert "Titre secret" not in client.get(f"/provenance/{hub_id}.json").text


def test_a_missing_raw_file_is_told_in_words(sqlite_app: Flask, tmp_path: Path) -> None:
    source = make_source()
    data = {"title": "Démarche", "state": "en_cours"}
    upload(source, ndjson(tmp_path / "envoi.ndjson", [{"kind": "process", "remote_id": "1", "data": data}]))
    client, address = sqlite_app.test_client(), whence("process", "1")
    assert '"remote_id": "1"' in unescape(client.get(address).text)
    shutil.rmtree(Path(sqlite_app.instance_path) / "raw")
    assert "La pièce brute n'est plus dans le dossier du hub" in words(client, address)


def test_the_free_text_of_a_contribution_is_shown_nowhere(sqlite_app: Flask, tmp_path: Path) -> None:
    source = make_source(options={"bodies": True})
    data = {"process_id": "1", "type": "avis", "title": "Un avis", "body": "Texte libre d'une personne"}
    upload(source, ndjson(tmp_path / "envoi.ndjson", [{"kind": "contribution", "remote_id": "c", "data": data}]))
    client, address = sqlite_app.test_client(), whence("contribution", "c")
    for form in ("", ".json", ".csv"):
        assert "Texte libre" not in client.get(f"{address}{form}").text
    assert "il contient le texte libre d'une contribution" in words(client, address)


def test_a_record_without_citation_says_so_and_gives_a_way_out(sqlite_app: Flask) -> None:
    run(make_source(), [process("1")])
    client = sqlite_app.test_client()
    assert "Aucune citation n'accompagne cette fiche." in words(client, whence("process", "1"))
    assert 'href="/sources/essai-nantes"' in client.get(whence("process", "1")).text


def test_a_link_to_a_record_the_hub_does_not_have_is_told(app: Flask) -> None:
    run(make_source(), [process("1", parent_id="absente")])
    assert "absente fiche absente du hub" in words(app.test_client(), whence("process", "1"))
