"""`/sante`, `/metrics`, `/robot`: is the hub well, what does it measure, who visits platforms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, update

from hub.app import create_app
from hub.db import writing
from hub.harvest.raw_check import keep_share
from hub.harvest.tick import tick
from hub.models import Pulse, Run
from tests.conftest import FIXED
from tests.harvested import at, past
from tests.make import die_reading, make_source, process, run
from tests.pages import words

PLATFORM = {"url": "https://participation.exemple.fr", "frequency": "daily"}


def test_a_hub_whose_worker_ticks_is_well_in_text_and_in_json(app: Flask) -> None:
    tick()
    client = app.test_client()
    text, json = client.get("/sante"), client.get("/sante.json")
    assert (text.status_code, text.mimetype) == (200, "text/plain")
    assert text.text == "Tout va bien : la base répond ; les lectures prévues partent à l'heure.\n"
    assert json.get_json() == {"well": True, "database": True, "clock": True, "message": text.text.strip()}
    assert client.get("/sante", headers={"Accept": "application/json"}).get_json()["well"] is True
    assert text.headers["Cache-Control"] == "no-store"


def test_a_clock_silent_for_three_ticks_makes_the_hub_ill(sqlite_app: Flask) -> None:
    tick()
    client = sqlite_app.test_client()
    at(sqlite_app, "2026-01-31T12:01:30Z")
    assert client.get("/sante").status_code == 200
    at(sqlite_app, "2026-01-31T12:01:31Z")
    answer = client.get("/sante")
    assert answer.status_code == 503
    assert "plus rien ne fait partir les lectures prévues" in answer.text


def test_without_any_worker_the_hub_is_well_until_a_source_waits_for_one(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    make_source()
    assert client.get("/sante.json").get_json()["clock"] is None
    assert client.get("/sante").status_code == 200
    make_source("plateforme", **PLATFORM)
    assert client.get("/sante").status_code == 503


@pytest.mark.parametrize("form", ["", ".json"])
def test_a_database_that_is_away_makes_the_hub_ill_without_a_word_of_it(tmp_path: Path, form: str) -> None:
    settings = {**FIXED, "DATABASE_URL": f"sqlite:///{tmp_path}/absent/hub.sqlite"}
    answer = create_app(settings, tmp_path / "instance").test_client().get(f"/sante{form}")
    assert answer.status_code == 503
    assert "la base ne répond pas" in answer.text
    assert str(tmp_path) not in answer.text


def values(text: str) -> dict[str, float]:
    """The points of a page of measures, after checking that each line is one Prometheus reads."""
    point = re.compile(r'([a-z_]+(?:\{[a-z]+="(?:[^"\\]|\\.)*"(?:,[a-z]+="(?:[^"\\]|\\.)*")*\})?) (-?\d+(?:\.\d+)?)')
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            match = point.fullmatch(line)
            assert match, line
            found[match[1]] = float(match[2])
    return found


def test_the_measures_are_taken_from_the_database_at_each_asking(app: Flask) -> None:
    source = make_source("plateforme", **PLATFORM)
    past(source, [(20, "complete", None), (2, "failed", "transient"), (1, "complete", None)])
    run(source, [process("1"), process("2", ends_on="2026-02-31")])
    tick()
    answer = app.test_client().get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    found = values(answer.text)
    assert found['hub_runs{state="complete"}'] == 3
    assert found['hub_runs{state="failed"}'] == 1
    assert found['hub_runs{state="held"}'] == 0
    assert found['hub_issues_open{rule="date_invalide"}'] == 1
    assert found['hub_source_last_good_run_age_seconds{source="plateforme"}'] == 0
    assert found['hub_source_late{source="plateforme"}'] == 0
    assert found["hub_unchanged_ratio"] == pytest.approx(4 / 6)
    assert found["hub_requests_per_run"] == 3
    assert found["hub_tick_age_seconds"] == 0
    assert found['hub_things{presence="present"}'] == 1


def test_late_and_held_sources_are_measured(sqlite_app: Flask) -> None:
    source = make_source("plateforme", **PLATFORM)
    past(source, [(5, "complete", None), (3, "held", None)])
    found = values(sqlite_app.test_client().get("/metrics").text)
    assert found['hub_source_late{source="plateforme"}'] == 1
    assert found['hub_source_held_age_seconds{source="plateforme"}'] == 3 * 86400 + 34200


def test_what_has_no_value_has_no_point_and_is_no_zero(sqlite_app: Flask) -> None:
    text = sqlite_app.test_client().get("/metrics").text
    found = values(text)
    for name in ("hub_unchanged_ratio", "hub_requests_per_run", "hub_tick_age_seconds"):
        assert f"# TYPE {name} gauge" in text
        assert name not in found


def test_every_family_of_measures_is_described_once(sqlite_app: Flask) -> None:
    text = sqlite_app.test_client().get("/metrics").text
    named = re.findall(r"# HELP (\S+) ", text)
    assert len(named) == len(set(named)) == text.count("# TYPE ")


def test_a_run_taken_up_again_is_counted_and_no_measure_names_a_person(sqlite_app: Flask) -> None:
    source = make_source()
    die_reading(source, process("1", title="Camille Canari"))
    with writing() as connection:
        connection.execute(update(Run).values(attempt=3))
        connection.execute(insert(Pulse).values(name="tick", at="2026-01-31T11:59:00Z"))
    text = sqlite_app.test_client().get("/metrics").text
    assert values(text)["hub_run_resumptions"] == 2
    assert values(text)["hub_tick_age_seconds"] == 60
    assert "Canari" not in text


def test_the_robot_says_who_it_is_how_it_behaves_and_how_to_refuse_it(sqlite_app: Flask) -> None:
    sqlite_app.config["OPERATOR_MAIL"] = "exploitation@exemple.fr"
    client = sqlite_app.test_client()
    told = words(client, "/robot")
    assert sqlite_app.config["USER_AGENT"] in told
    assert "entre 1 h 00 et 5 h 00" in told
    assert "Le joindre, le refuser" in told
    assert 'href="mailto:exploitation@exemple.fr"' in client.get("/robot").text
    assert 'href="/robot"' in client.get("/").text


def test_the_share_derived_again_and_the_false_deletions_are_measured_once_known(app: Flask) -> None:
    first, second = make_source("une"), make_source("autre")
    make_source("jamais-verifiee")
    text = app.test_client().get("/metrics").text
    assert "# TYPE hub_rederivable_ratio gauge" in text
    assert "hub_rederivable_ratio" not in values(text)
    assert values(text)["hub_false_deletions"] == 0
    keep_share(first, 9, 9)
    keep_share(second, 2, 11)
    for source, mistaken in ((first, 2), (second, 1)):
        run_id = run(source, [process("1")]).id
        with writing() as connection:
            connection.execute(update(Run).where(Run.id == run_id).values(counts={"false_deletions": mistaken}))
    found = values(app.test_client().get("/metrics").text)
    assert found["hub_rederivable_ratio"] == pytest.approx(11 / 20)
    assert found["hub_false_deletions"] == 3
