"""Facets in layers: a correction lies over what a source says, and neither overwrites the other."""

from __future__ import annotations

import orjson
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from hub.db import db
from hub.errors import UnknownThing
from hub.harvest import correct
from hub.harvest.reading import merge
from hub.models import Facet, FacetVersion, Run
from tests.make import make_source, process, run, thing


def corrected(remote_id: str, **fields: object) -> Run:
    done = correct(thing("process", remote_id).id, fields, reason="Erreur de saisie", author="Une agente")
    assert isinstance(done, Run)
    return done


def test_a_correction_is_read_first_and_holds_only_its_fields(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", title="Faux titre", starts_on="2021")])
    corrected("1", title="Bon titre")
    read = thing("process", "1")
    assert (read.title, read.data["starts_on"]) == ("Bon titre", "2021")
    layers = db.session.execute(
        select(Facet.writer, FacetVersion.data).join(FacetVersion, Facet.version_id == FacetVersion.id)
    ).all()
    said = {row.writer: orjson.loads(row.data) for row in layers}
    assert said["harvest"]["title"] == "Faux titre"
    assert said["correction"] == {"title": "Bon titre"}


def test_a_correction_survives_every_later_run_and_other_fields_go_on(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", title="Faux", starts_on="2021")])
    corrected("1", title="Bon")
    run(source, [process("1", title="Encore faux", starts_on="2022")])
    read = thing("process", "1")
    assert (read.title, read.data["starts_on"]) == ("Bon", "2022")


def test_a_second_correction_keeps_what_the_first_held(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", title="Faux", starts_on="2021")])
    corrected("1", title="Bon")
    corrected("1", starts_on="2020")
    read = thing("process", "1")
    assert (read.title, read.data["starts_on"]) == ("Bon", "2020")


def test_lists_are_filtered_by_what_is_read_not_by_what_was_said(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", state="en_cours", starts_on="2021")])
    corrected("1", state="terminee", starts_on="2019")
    facet = db.session.scalars(select(Facet).where(Facet.lead)).one()
    assert (facet.state, facet.year_from) == ("terminee", 2019)


def test_a_correction_that_would_make_the_thing_invalid_is_refused_with_its_problems(app: Flask) -> None:
    run(make_source(), [process("1")])
    problems = correct(thing("process", "1").id, {"ends_on": "bientôt"}, reason="essai", author="Une agente")
    assert isinstance(problems, list)
    assert [problem.pointer for problem in problems] == ["/ends_on"]


def test_correcting_nothing_known_says_so(app: Flask) -> None:
    with pytest.raises(UnknownThing):
        correct("0000000000000", {"title": "x"}, reason="essai", author="Une agente")


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "x", "x_state"]), st.integers()), max_size=4))
def test_the_first_layer_that_states_a_figure_gives_its_state_too(layers: list[dict[str, int]]) -> None:
    reading = merge(layers)
    for field, value in reading.items():
        together = {"x", "x_state"} if field in ("x", "x_state") else {field}
        first = next(layer for layer in layers if together & set(layer))
        assert first[field] == value
