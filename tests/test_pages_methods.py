"""`/methodes`: each method is explained, its examples are worked out by the functions themselves (B44, §5–§10)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hub.benchmark.intervals import Estimate, wilson
from hub.pages.cautions import CAUTIONS
from hub.pages.methods_view import KEYS
from hub.pages.ranks_words import change, places
from tests.conftest import ready
from tests.pages import hrefs, html_of, items, sheet, spaced, words


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application without any data: these pages need none."""
    yield from ready(tmp_path_factory.mktemp("methods") / "instance", "")


@pytest.fixture
def visitor(empty: Flask) -> FlaskClient:
    return empty.test_client()


def value(visitor: FlaskClient, key: str, given: str, result: str) -> object:
    """One result of an example, as the file of its page gives it."""
    found = [
        row
        for row in items(visitor, f"/methodes/{key}.json")
        if spaced(row["given"]) == given and row["result"] == result
    ]
    assert len(found) == 1, [row["given"] for row in items(visitor, f"/methodes/{key}.json")]
    return found[0].get("value")


def test_every_page_has_the_methods_at_its_foot_and_the_list_leads_to_each(visitor: FlaskClient) -> None:
    assert "/methodes" in hrefs(visitor, "/")
    assert {f"/methodes/{key}" for key in KEYS} <= hrefs(visitor, "/methodes")
    assert [row["method"] for row in items(visitor, "/methodes.json")] == list(KEYS)
    assert [row["method"] for row in sheet(visitor, "/methodes.csv")] == list(KEYS)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_method_has_its_question_its_sources_and_the_same_results_in_its_files(
    visitor: FlaskClient, key: str
) -> None:
    told = words(visitor, f"/methodes/{key}")
    for words_ in (KEYS[key].title, KEYS[key].question, *KEYS[key].sources, *KEYS[key].examples):
        assert spaced(words_) in told
    found = items(visitor, f"/methodes/{key}.json")
    for row in found:
        assert spaced(row["given"]) in told
        assert spaced(row["text"]) in told
    table = sheet(visitor, f"/methodes/{key}.csv")
    assert [row["text"] for row in table] == [row["text"] for row in found]


def test_the_examples_are_those_of_the_functions(visitor: FlaskClient) -> None:
    assert value(visitor, "intervalles", "0 sur 12 (0 %)", "au plus") == wilson(0, 12)[1]
    assert value(visitor, "delais", "délai médian", "résultat") == 700
    assert value(visitor, "rangs", "C : 50 % (30 sur 60)", "places") == "2-4"
    assert value(visitor, "evolutions", "30 % (12 sur 40), puis 36 % (16 sur 44)", "lecture") == "sans changement net"
    low = value(visitor, "population", "22 démarches pour 683 981 habitants", "au moins")
    assert low == pytest.approx(2.0150, abs=0.00005)
    assert value(visitor, "etats", "aucune démarche reçue, rien n'est déclaré", "ce qui s'affiche") is None
    assert value(visitor, "etats", "aucune démarche reçue, année déclarée complète", "ce qui s'affiche") == 0


def test_b26_the_delays_of_silent_avis_are_said_and_never_the_mean_of_the_quick_ones(visitor: FlaskClient) -> None:
    told = words(visitor, "/methodes/delais")
    assert "2 sur 10 (20 %)" in told
    assert "plus de 700 jours" in told
    assert "50 jours" not in told


def test_small_counts_follow_the_threshold_of_the_hub(visitor: FlaskClient, empty: Flask) -> None:
    parts = "18-24 ans", "25-64 ans", "65 ans et plus"
    assert [value(visitor, "petits-effectifs", part, "ce que lit le public") for part in parts] == [None, 27, None]
    empty.config["SMALL_COUNT_PUBLIC"] = 3
    assert [value(visitor, "petits-effectifs", part, "ce que lit le public") for part in parts] == [3, 27, 20]
    empty.config["SMALL_COUNT_PUBLIC"] = 11


def test_b44_what_every_comparison_recalls_stands_on_its_method(visitor: FlaskClient) -> None:
    told = words(visitor, "/methodes/lire")
    assert set(CAUTIONS) == {"plateformes", "absence", "comptes", "calendrier", "date", "validation"}
    assert all(spaced(sentence) in told for sentence in CAUTIONS.values())


def test_b44_the_macro_says_the_date_and_who_validated(empty: Flask) -> None:
    template = empty.jinja_env.from_string(
        "{% from '_cautions.html' import cautions with context %}{{ cautions('2026-10-31', validated) }}"
    )
    with empty.test_request_context():
        said = spaced(template.render(validated=["Nantes Métropole", "Rennes Métropole"]))
        nobody = spaced(template.render(validated=[]))
    assert '<time datetime="2026-10-31">' in said
    assert "validé par Nantes Métropole et Rennes Métropole" in said
    assert "personne n'a encore validé" in nobody


def test_b17_places_are_said_with_what_cannot_be_told_apart() -> None:
    assert places(2, 4, 5) == "entre la 2e et la 4e place sur 5 : l'écart avec 2 autres n'est pas net"
    assert places(1, 2, 5) == "entre la 1re et la 2e place sur 5 : l'écart avec 1 autre n'est pas net"
    assert places(1, 1, 5) == "1re place sur 5"


@pytest.mark.parametrize(
    ("polarity", "value", "low", "high", "said"),
    [
        ("plus", 0.2, 0.1, 0.3, "s'améliore"),
        ("plus", -0.2, -0.3, -0.1, "se dégrade"),
        ("moins", 5, 1, 9, "se dégrade"),
        ("moins", -5, -9, -1, "s'améliore"),
        ("aucune", 5, 1, 9, "hausse"),
        ("aucune", -5, -9, -1, "baisse"),
        ("plus", 0.2, 0, 0.3, "sans changement net"),
    ],
)
def test_a_change_is_said_by_its_polarity_and_only_when_it_is_clear(
    polarity: str, value: float, low: float, high: float, said: str
) -> None:
    assert change(Estimate(value, low, high), polarity) == said


def test_an_unknown_method_and_an_unknown_parameter_are_said(visitor: FlaskClient) -> None:
    missing = html_of(visitor, "/methodes/astrologie", 404)
    assert "la liste est à /methodes" in missing
    assert visitor.get("/methodes/rangs?z=3").status_code == 400
