"""The page of delays: what waits is counted and named, nothing is a mean of the answered, few cases are listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from connectors.base import Record
from hub.benchmark.survival import curve
from hub.db import db
from hub.pages.charts_steps import steps_svg
from tests.conftest import ready
from tests.make import NANTES, RENNES, make_source, process, run
from tests.pages import between, closed, content, part, plain, same_rows, sheet, words
from tests.test_delays import DATED_SET, PROMISES

AS_OF = date(2026, 6, 30)
LYON, LILLE, PLAINE = "200046977", "200093201", "200057867"
QUICK = ((300, 40), (400, 60))
SILENT = (200, 250, 300, 350, 400, 500, 600, 700)


def stage(name: str, process_id: str, on: str | None = None, **said: Any) -> Record:
    """An avis handed over that day."""
    dated = {"delivered_on": on} if on else {}
    return Record("stage", name, {"title": "Avis", "process_id": process_id, "stage": "avis_citoyen", **dated, **said})


def answer(name: str, process_id: str, on: str | None = None, **said: Any) -> Record:
    """An answer published that day."""
    return stage(name, process_id, on, **{"title": "Réponse", "stage": "reponse_argumentee", **said})


def asked(number: int, since: str, until: str | None) -> list[Record]:
    """A démarche with its avis and its answer."""
    name = f"d{number}"
    told = [process(name), stage(f"a{number}", name, since)]
    return told + ([answer(f"r{number}", name, until)] if until else [])


def ago(days: int) -> str:
    """The day that many days before the day of observation."""
    return (AS_OF - timedelta(days=days)).isoformat()


def quick_and_silent() -> Iterator[Record]:
    """B26: two quick answers, eight silent avis."""
    for number, (since, waited) in enumerate(QUICK):
        yield from asked(number, ago(since), ago(since - waited))
    for number, since in enumerate(SILENT, len(QUICK)):
        yield from asked(number, ago(since), None)


def promises() -> Iterator[Record]:
    """The commitments of the specification, one of another, and one realised without a date."""
    for number, (since, status, on) in enumerate(PROMISES):
        history = {"history": [{"on": on, "status": status}]} if on else {}
        yield Record(
            "commitment",
            f"p{number}",
            {"title": f"Promesse {number}", "status": status, "promised_on": since, **history},
        )
    yield Record("commitment", "vague", {"title": "Tenue un jour", "status": "realise", "promised_on": "2024-07-01"})
    yield Record("commitment", "autre", {"title": "D'un autre", "status": "en_cours", "level": "interpellation"})


def few() -> Iterator[Record]:
    """Four avis: one with recommendations, and what is not counted, each for its own reason."""
    yield from asked(0, "2025-03", "2025-06")
    for number, since in enumerate(("2025-09-01", "2025-10-01", "2026-06-30"), 1):
        yield from asked(number, since, None)
    hostile = {"status": "non_retenue_motivee", "answer": "<script>alert(1)</script> trop cher"}
    said: tuple[dict[str, str], ...] = ({"status": "retenue", "answer": "Au budget"}, hostile, {})
    for number, more in enumerate(said):
        data = {"title": f"Recommandation {number}", "type": "recommandation", "process_id": "d0", "stage_ids": ["a0"]}
        yield Record("contribution", f"c{number}", {**data, **more})
    yield process("ville", perimeter="ville")
    yield stage("de-la-ville", "ville", "2025-05-01")
    yield process("deux")
    yield from (
        stage(name, "deux", on) for name, on in (("un", "2025-01-01"), ("autre", "2025-02-01"), ("vague", "2025"))
    )
    yield answer("a-qui", "deux", "2025-08-01")
    yield process("vieux")
    yield stage("vieil-avis", "vieux", "2023-06-30")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Rennes has the dated set, Lyon two quick answers, Nantes few avis, Plaine Commune one; Lille nothing."""
    clock = f"{AS_OF}T12:00:00Z"
    for application in ready(tmp_path_factory.mktemp("delais") / "instance", "", CLOCK=clock):
        dated = [record for number, each in enumerate(DATED_SET) for record in asked(number, *each)]
        run(make_source("rennes", RENNES), [*dated, *promises()])
        run(make_source("lyon", LYON), quick_and_silent())
        run(make_source("nantes", NANTES), few())
        run(make_source("plaine", PLAINE), asked(0, "2025-01-01", "2025-01-02"))
        yield application


@pytest.fixture
def reader(site: Flask) -> FlaskClient:
    """A visitor of that hub."""
    return site.test_client()


def counter(client: FlaskClient, slug: str, key: str) -> dict[str, Any]:
    """A counter of the files of a metropole."""
    rows = client.get(f"/engagements/delais.json?m={slug}").get_json()["items"]
    return next(row for row in rows if row["part"] == "compteur" and row["id"] == key)


def test_two_quick_answers_and_eight_silent_avis_are_said_as_such(reader: FlaskClient) -> None:
    """B26."""
    said = words(reader, "/engagements/delais?m=lyon")
    assert "2 sur 10 à 6 mois (20 %)" in said
    assert "médiane : plus de 700 jours" in said
    assert "50 jours" not in said.replace("250 jours", "").replace("350 jours", "")


def test_the_dated_set_gives_its_shares_its_median_and_no_mean(reader: FlaskClient) -> None:
    said = words(reader, "/engagements/delais?m=rennes")
    assert "6 sur 10 (60 %)" in said
    assert "3 sur 8 à 6 mois (38 %)" in said
    assert "5 sur 7 à 12 mois (71 %)" in said
    assert "6 avis sur 10 ont reçu une réponse ; médiane : 257 jours" in said
    assert "160" not in said
    assert counter(reader, "rennes", "reponse_6_mois")["low"] == pytest.approx(0.1368, abs=5e-5)


def test_the_curve_is_its_table_with_a_tick_for_each_avis_that_waits(reader: FlaskClient) -> None:
    html = content(reader, "/engagements/delais?m=rennes")
    drawing = html[html.index('<svg class="plot"') : html.index("</svg>", html.index('<svg class="plot"'))]
    table = html[html.index('<details class="twin"') : html.index("</table>")]
    rows = [[plain(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in table.split("<tr")[2:]]
    assert rows == [
        *(["60", "9", "1", "11,1 %"], ["86", "8", "1", "22,2 %"], ["110", "7", "1", "33,3 %"]),
        *(["173", "6", "1", "44,4 %"], ["257", "4", "1", "58,3 %"], ["274", "3", "1", "72,2 %"]),
    ]
    assert drawing.count('class="dot"') == len(rows)
    assert drawing.count('class="waits"') == 4


def test_a_curve_begins_at_zero_and_stops_at_the_last_day_followed() -> None:
    svg = str(steps_svg(curve([10, 20], [40]), [40], 40, "Essai <b>"))
    assert 'x1="0.00%" x2="25.00%" y1="226.0" y2="226.0"' in svg
    assert 'x1="50.00%" x2="100.00%"' in svg
    assert "<b>" not in svg


def test_under_five_avis_nothing_is_computed_and_each_is_listed(reader: FlaskClient) -> None:
    """B25."""
    html = content(reader, "/engagements/delais?m=nantes")
    said = plain(html[html.index('id="reponses"') : html.index('id="realisations"')])
    assert said.count("n.s. effectif insuffisant") == 4
    assert "médiane" not in said
    assert '<svg class="plot"' not in html
    assert len(re.findall(r'<li id="avis-', html[: html.index("Hors du calcul")])) == 4
    assert "value" not in counter(reader, "nantes", "reponse_delai")


def test_an_answer_leads_to_avis_and_recommendations_with_what_became_of_each(reader: FlaskClient) -> None:
    """B27."""
    html = content(reader, "/engagements/delais?m=nantes")
    said = plain(html)
    assert "Réponse publiée : juin 2025 — 92 jours après e : estimé" in said
    assert "Recommandation 0 Retenue Au budget" in said
    assert "Recommandation 1 Non retenue, avec motif <script>alert(1)</script> trop cher" in said
    assert "Recommandation 2 suite non transmise motif non transmis" in said
    assert "<script>" not in html
    assert "Sans réponse depuis 302 jours" in said


def test_what_is_not_counted_is_listed_with_its_reason(reader: FlaskClient) -> None:
    found = {row["apart"] for row in part(reader, "/engagements/delais", "avis") if "apart" in row}
    assert found == {"avis_sans_date", "reponse_sans_avis", "autre_perimetre", "avant_fenetre", "hors_total"}
    said = words(reader, "/engagements/delais?m=nantes")
    assert "Hors du calcul, 2 avis. Une réponse est publiée dans la démarche, sans dire à quel avis elle répond" in said
    assert "Hors du calcul, 1 avis. Le périmètre n'est pas celui de la métropole" in said


def test_a_nested_territory_is_never_added_to_the_network_and_has_its_own_page(reader: FlaskClient) -> None:
    assert counter(reader, "", "reponse_part")["denominator"] == 10 + 10 + 4
    assert counter(reader, "plaine-commune", "reponse_part")["denominator"] == 1


def test_a_past_day_knows_only_the_answers_that_had_come(reader: FlaskClient) -> None:
    said = words(reader, "/engagements/delais?m=rennes&au=2024-12-19")
    assert "Sans réponse depuis 172 jours" in said
    rows = reader.get("/engagements/delais.json?m=rennes&au=2024-12-19").get_json()["items"]
    assert {row["as_of"] for row in rows} == {"2024-12-19"}
    assert sum(row.get("status") == "repondu" for row in rows) == 2


def test_commitments_have_their_durations_and_those_nobody_speaks_of(reader: FlaskClient) -> None:
    said = words(reader, "/engagements/delais?m=rennes")
    assert "3 engagements réalisés sur 6 suivis ; médiane : 518 jours" in said
    assert "À part, parce que leur date n'est pas connue : 1 engagement déclaré réalisé" in said
    assert "Promesse 2 Rennes En cours 1er juillet 2024, il y a 729 jours" in closed(said)
    assert "Promesse 5" in said
    assert "D'un autre" not in said


def test_what_is_declared_kept_without_proof_is_one_link_away(reader: FlaskClient) -> None:
    """B28."""
    html = content(reader, "/engagements/delais?m=rennes")
    link = re.search(r'href="([^"]+)">Déclaré réalisé, aucune preuve versée</a>\s: ([^.]+)\.', html)
    assert link
    assert plain(link[2]) == "4 engagements"
    address = link[1].replace("&amp;", "&")
    assert len(reader.get(address.replace("?", ".json?")).get_json()["items"]) == 4
    assert "Déclaré réalisé, aucune preuve versée" in words(reader, "/engagements")


def test_the_page_and_its_two_files_hold_the_same_rows(reader: FlaskClient) -> None:
    rows = same_rows(reader, "/engagements/delais", "?m=rennes")
    assert [row["part"] for row in rows].count("avis") == 10
    html = content(reader, "/engagements/delais?m=rennes")
    assert all(f'id="avis-{row["id"]}"' in html for row in rows if row["part"] == "avis")
    drawn = [row for row in rows if row["part"] == "courbe" and row["label"] == "reponse_delai"]
    table = plain(between(html, '<details class="twin"', "</table>"))
    assert drawn
    assert all(f"{row['days']} {row['at_risk']} {row['events']} " in table for row in drawn)
    waiting = [row["days"] for row in rows if row.get("status") == "en_attente"]
    assert all(f"Sans réponse depuis {days} jours" in plain(html) for days in waiting)


@pytest.mark.parametrize(
    "query", ["?m=atlantis", "?au=2026-02-30", "?au=demain", "?au=2026-07-01", "?n=brut", "?page=2"]
)
def test_what_does_not_exist_is_refused_in_words(reader: FlaskClient, query: str) -> None:
    said = words(reader, f"/engagements/delais{query}", 400)
    assert "attendu" in said or "Accepté" in said or "n'a qu'une page" in said


def test_a_metropole_without_avis_has_no_zero(reader: FlaskClient) -> None:
    said = words(reader, "/engagements/delais?m=lille")
    assert "ce n'est pas zéro" in said
    assert {row["value_state"] for row in part(reader, "/engagements/delais", "compteur")} >= {"estime"}
    rows = sheet(reader, "/engagements/delais.csv?m=lille")
    assert {(row["value"], row["value_state"]) for row in rows} == {("", "non_transmis")}


def test_both_databases_find_the_same_avis(client: FlaskClient) -> None:
    run(make_source(), few())
    rows = client.get("/engagements/delais.json?m=nantes").get_json()["items"]
    assert sum(row["part"] == "avis" for row in rows) == 8  # the one of June is still to come there
    assert "Recommandation 0" in words(client, "/engagements/delais?m=nantes")


def test_a_network_of_many_sources_costs_no_more_queries(sqlite_app: Flask) -> None:
    client, asked = sqlite_app.test_client(), list[str]()
    run(make_source("une", NANTES), few())
    event.listen(db.engine, "before_cursor_execute", lambda _c, _k, text, *_: asked.append(text))
    assert client.get("/engagements/delais").status_code == 200
    one = len(asked)
    for name, siren in (("deux", RENNES), ("trois", LYON), ("quatre", LILLE)):
        run(make_source(name, siren), few())
    asked.clear()
    assert client.get("/engagements/delais").status_code == 200
    assert len(asked) == one
