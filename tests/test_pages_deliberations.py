"""The page of a vote: what is printed of it, what it answers, what it cannot say."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connectors.base import Record
from hub.benchmark.precedence import precedes
from hub.pages.deliberations import precision, relation
from tests.make import make_source, run, thing
from tests.pages import closed, hrefs, same_rows, words


def page_of(remote_id: str) -> str:
    return f"/deliberations/{thing('deliberation', remote_id).id}"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2021-06", "2021-07", True),
        ("2020-02-20", "2021-07", True),
        ("2021-10-08", "2021-07", False),
        ("2022", "2021-07", False),
        ("2021", "2021-07", None),
        ("2021-07-05", "2021-07", None),
        ("2021-07", "2021-07", False),
    ],
)
def test_a_date_precedes_another_only_when_the_coarser_one_can_tell(
    first: str, second: str, expected: bool | None
) -> None:
    assert precedes(first, second) is expected


def test_a_vote_before_the_promise_is_attached_and_not_counted_as_an_answer(visitor: FlaskClient) -> None:
    page = words(visitor, page_of("deliberation-2020-02-20-cours-d-eau"))
    assert "20 février 2020" in page
    assert "Délibération antérieure à la promesse : rattachée, non comptée comme réponse" in page
    assert "promis en juillet 2021" in page
    assert thing("commitment", "chantier-12").title in page


def test_the_date_is_as_precise_as_printed(visitor: FlaskClient) -> None:
    month = words(visitor, page_of("deliberation-2021-12-charte-publicite"))
    assert "décembre 2021 (le passage cité ne donne que le mois)" in month
    assert "1er décembre" not in month
    year = words(visitor, page_of("vote-2021-citadelles"))
    assert "2021 (« Fin 2021 », dit le document)" in year
    assert "ne donne que l'année" not in year
    assert "daté de « Fin 2021 » dans le document, dont le hub ne retient que l'année" in year


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("Fin 2021, la Métropole a voté", "« Fin 2021 », dit le document"),
        ("votée à l'automne 2021", "« automne 2021 », dit le document"),
        ("au premier semestre de 2021", "« premier semestre de 2021 », dit le document"),
        ("la fin de l'année 2021", "« fin de l'année 2021 », dit le document"),
        ("Fin 2020, puis en 2021", "le passage cité ne donne que l'année"),
        ("Délibération 2021", "le passage cité ne donne que l'année"),
    ],
)
def test_words_that_say_more_than_the_year_are_printed_as_written(quote: str, expected: str) -> None:
    assert precision({"decided_on": "2021", "trace": [{"quote": quote, "certainty": "affirme"}]}) == expected


def test_an_ambiguous_adoption_keeps_every_reading(visitor: FlaskClient) -> None:
    page = words(visitor, page_of("deliberation-2022-06-foncier"))
    assert "La délibération avait été adoptée à la date du document (27 juin 2022)." in page
    assert "n’est peut-être pas encore adoptée" in page
    assert "postérieure à la promesse, sous réserve des lectures ci-dessus" in page
    assert "Plusieurs lectures possibles" not in words(visitor, page_of("deliberation-2021-12-10-bati-public"))


def test_a_voeu_is_not_a_deliberation(visitor: FlaskClient) -> None:
    page = words(visitor, page_of("voeu-2021-12-10-metier-du-lien"))
    assert "il n'est pas compté parmi les délibérations" in page
    assert "Vœu postérieur à la promesse ; ce n'est pas une délibération : non compté parmi elles" in page
    assert "Conseil métropolitain" in page


def test_one_vote_cited_by_two_commitments_names_both(visitor: FlaskClient) -> None:
    links = hrefs(visitor, page_of("deliberation-2021-10-08-pacte-de-citoyennete"))
    for promise in ("chantier-25", "o3-participation-pacte-citoyennete"):
        assert f"/engagements/{thing('commitment', promise).id}" in links


def test_what_no_document_prints_is_said_absent_never_zero(visitor: FlaskClient) -> None:
    address = page_of("deliberation-2020-02-20-cours-d-eau")
    page = words(visitor, address)
    assert "Assemblée Non transmis" in page
    assert "Votes pour n.d. non transmis" in page
    facts = {row["field"]: row for row in same_rows(visitor, address)}
    assert facts["votes_for"] == facts["votes_for"] | {"value_state": "non_transmis"}
    assert "value" not in facts["votes_for"]
    assert facts["decided_on"]["value"] == "2020-02-20"
    assert (facts["decided_on"]["lines"], facts["decided_on"]["quote"]) == ("344", "Délibération 20 fév. 2020")


def test_the_quotation_leads_to_its_document(visitor: FlaskClient) -> None:
    address = page_of("deliberation-2020-02-20-cours-d-eau")
    page = closed(words(visitor, address))
    assert "Délibération 20 fév. 2020 1 an après la Convention citoyenne de Nantes, ligne 344" in page
    assert f"/documents/{thing('document', 'bilan-convention-citoyenne-nantes').id}" in hrefs(visitor, address)


def test_an_unknown_vote_and_an_unknown_parameter_are_refused_in_words(visitor: FlaskClient) -> None:
    assert "Aucune délibération ne porte l'identifiant « rien »" in words(visitor, "/deliberations/rien", 404)
    assert "Paramètre inconnu" in words(visitor, f"{page_of('vote-2021-citadelles')}?tri=date", 400)


def test_votes_transmitted_by_a_source_show_with_their_zero(sqlite_app: Flask) -> None:
    vote = Record(
        "deliberation",
        "2026-1",
        {"title": "Charte", "votes_for": 90, "votes_for_state": "observe", "votes_against": 0,
         "votes_against_state": "observe"},
    )  # fmt: skip
    run(make_source(), [vote])
    page = words(sqlite_app.test_client(), page_of("2026-1"))
    assert "Votes pour 90" in page
    assert "Votes contre 0" in page
    assert "Abstentions n.d. non transmis" in page
    assert "Aucun engagement ne cite ce vote." in page
    assert "Date Non transmis" in page


def test_a_promise_without_a_date_has_no_known_relation_to_the_vote() -> None:
    assert relation({"decided_on": "2021"}, {}) == "date de la promesse non transmise : rapport inconnu"
    same = relation({"decided_on": "2021-07"}, {"promised_on": "2021-07"})
    assert same == "de même date que la promesse, telle qu'imprimée"
