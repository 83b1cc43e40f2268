"""The words of a platform and the codes of the network: declared by a person, source by source (`schema.md` §2)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

import schemas
from hub.db import db
from hub.errors import BadQuery
from hub.harvest import upload
from hub.harvest.correspondences import coded, coded_fields, declared, folded
from hub.harvest.registry import edit
from hub.harvest.replay import divergences, replay
from hub.models import Decision, Source
from hub.models.thing import read, things_of
from tests.harvesting import again, harvest, plain_source
from tests.make import ndjson
from tests.platforms.plain import Plain

WORDS = {"commitment": {"status": {"Réalisé": "realise", "En cours d'étude": "a_ouvrir"}}}


@pytest.fixture
def source(reader: Flask, platform: Plain) -> Source:
    for name, word in (("1", "réalisé"), ("2", "En cours d’étude"), ("3", "Mystère")):
        platform.put(name, kind="commitment", status_raw=word)
    found = plain_source(platform)
    harvest(found, full=True)
    return again(found)


def declare(source: Source, words: Any) -> Source:
    return edit(again(source), {"options": {**source.options, "correspondences": words}}, "coordination")


def statuses() -> dict[str, tuple[str, str]]:
    db.session.rollback()
    return {each.remote_id: (each.data["status"], each.data["status_raw"]) for each in read(things_of("commitment"))}


def test_replay_gives_the_codes_declared_since_and_leaves_the_words_as_they_are(source: Source) -> None:
    assert {code for code, _ in statuses().values()} == {"inconnu"}
    found = declare(source, json.dumps(WORDS))
    assert [(one.remote_id, one.field, one.after) for one in divergences(found)] == [
        ("1", "status", "realise"),
        ("2", "status", "a_ouvrir"),
    ]
    replay(found)
    assert statuses() == {
        "1": ("realise", "réalisé"),
        "2": ("a_ouvrir", "En cours d’étude"),
        "3": ("inconnu", "Mystère"),
    }
    replay(declare(again(source), {}))
    assert {code for code, _ in statuses().values()} == {"inconnu"}


def test_the_next_harvest_says_the_same_as_replay(source: Source) -> None:
    declare(source, WORDS)
    harvest(source, full=True)
    assert statuses()["1"] == ("realise", "réalisé")
    assert not list(divergences(again(source)))


def test_declaring_words_asks_for_no_new_acceptance_and_is_kept_with_who_and_what(source: Source) -> None:
    found = declare(source, WORDS)
    assert (found.state, found.cursor, found.full_at) == ("accepted", source.cursor, source.full_at)
    assert found.options["correspondences"] == WORDS
    decision = db.session.scalars(select(Decision).order_by(Decision.id.desc())).first()
    assert decision is not None
    assert (decision.actor, decision.details["correspondences"]) == ("coordination", WORDS)
    assert edit(found, {"options": {**found.options, "prefix": "x"}}, "coordination").state == "pending"


def test_a_deposit_speaks_the_codes_of_the_network_already(source: Source, tmp_path: Path) -> None:
    found = declare(source, WORDS)
    row = {
        "kind": "commitment",
        "remote_id": "9",
        "data": {"title": "T", "status": "en_cours", "status_raw": "Réalisé"},
    }
    upload(found, ndjson(tmp_path / "depot.ndjson", [row]))
    assert statuses()["9"] == ("en_cours", "Réalisé")


def test_the_page_of_the_source_lists_what_was_declared(source: Source, reader: Flask) -> None:
    declare(source, WORDS)
    client = reader.test_client()
    page = client.get(f"/sources/{source.slug}").get_data(as_text=True)
    assert "Les mots de la plateforme et les codes du réseau" in page
    assert "À ouvrir" in page
    rows = [row for row in client.get(f"/sources/{source.slug}.json").get_json()["items"] if row["part"] != "run"]
    assert [(row["kind"], row["field"], row["word"], row["code"]) for row in rows] == [
        ("commitment", "status", "Réalisé", "realise"),
        ("commitment", "status", "En cours d'étude", "a_ouvrir"),
    ]


@pytest.mark.postgresql_once
@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("{", "ce n'est pas du JSON lisible"),
        ([], "un objet est attendu (genre → champ → mot → code)"),
        ({"commitment": "x"}, "un objet est attendu (« commitment » : champ → mot → code)"),
        ({"commitment": {"title": {}}}, "« commitment.title » ne se code pas d'après un mot de la source. Champs : "),
        ({"engagement": {"status": {}}}, "« engagement.status » ne se code pas"),
        (
            {"commitment": {"status": {"Fait": "fait"}}},
            "« fait » n'est pas un code de commitment.status. Codes : a_ouvrir",
        ),
        ({"commitment": {"status": {"Fait": ["realise"]}}}, "n'est pas un code de commitment.status"),
        ({"stage": {"stage": {"Vote": "decision", "VOTE ": "close"}}}, "a deux codes"),
    ],
)
def test_a_wrong_declaration_is_refused_in_french(source: Source, option: Any, sentence: str) -> None:
    with pytest.raises(BadQuery) as told:
        declare(source, option)
    assert str(told.value).startswith("Correspondances (correspondences) à corriger : ")
    assert sentence in str(told.value)


def test_the_fields_that_can_be_coded_are_those_whose_own_word_the_schema_keeps() -> None:
    assert coded_fields() == {
        ("process", "type"): "type_demarche",
        ("process", "themes"): "theme",
        ("stage", "stage"): "etape",
        ("contribution", "themes"): "theme",
        ("contribution", "status"): "statut_proposition",
        ("commitment", "status"): "statut_engagement",
    }


@given(
    words=st.dictionaries(st.text(max_size=8), st.sampled_from(schemas.codes("theme")), max_size=6),
    raw=st.lists(st.text(max_size=8), max_size=6),
    themes=st.lists(st.sampled_from(schemas.codes("theme")), max_size=3, unique=True),
)
def test_codes_are_added_in_order_without_repeat_and_words_stay(
    words: dict[str, str], raw: list[str], themes: list[str]
) -> None:
    option = {"process": {"themes": words}}
    try:
        declared(option)
    except BadQuery:
        return  # two words that read alike with different codes
    data = {"title": "T", "themes": themes, "themes_raw": raw}
    said = coded(data, folded(option)["process"])
    assert said["themes_raw"] == raw
    assert said["themes"][: len(themes)] == themes
    assert len(set(said["themes"])) == len(said["themes"])
    assert all(words[word] in said["themes"] for word in raw if word in words)
    assert coded(said, folded(option)["process"]) == said
