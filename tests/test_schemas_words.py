"""What people read of a problem: what was found, what was expected, how to put it right, in French (H44)."""

from __future__ import annotations

from typing import Any

import schemas
from schemas import Problem


def problem_at(kind: str, data: dict[str, Any], pointer: str) -> Problem:
    return next(found for found in schemas.check(kind, data) if found.pointer == pointer)


def test_a_problem_says_all_that_an_issue_needs() -> None:
    found = problem_at("process", {"title": "x", "ends_on": "31/02/2026"}, "/ends_on")
    assert found == Problem(
        rule="date_invalide",
        pointer="/ends_on",
        value="31/02/2026",
        expected="AAAA-MM-JJ, AAAA-MM ou AAAA",
        message="« Fin » : cette date n'existe pas ou n'est pas écrite dans l'ordre année-mois-jour.",
        how="Écrivez une date existante, par exemple 2026-02-28, ou seulement 2026-02 ou 2026.",
        doc="/problems/date_invalide",
        severity="error",
    )


def test_an_unknown_key_comes_with_the_nearest_known_one() -> None:
    for key, near in (("titel", "title"), ("titre", "title"), ("Résumé", "summary"), ("date_debut", "starts_on")):
        found = problem_at("process", {"title": "x", key: "y"}, f"/{key}")
        assert found.how.startswith(f"Vouliez-vous dire « {near} » ?"), key
        assert found.value == "y"
    assert not problem_at("process", {"title": "x", "zzzzzz": "y"}, "/zzzzzz").how.startswith("Vouliez")


def test_an_unknown_code_comes_with_the_codes_their_labels_and_the_nearest() -> None:
    found = problem_at("process", {"title": "x", "state": "Terminé"}, "/state")
    assert found.expected is not None
    assert found.expected.startswith("a_venir (À venir), en_cours (En cours)")
    assert found.how.startswith("Vouliez-vous dire « terminee » ?")
    found = problem_at("process", {"title": "x", "themes": ["Mobilité douce"]}, "/themes/0")
    assert found.how.startswith("Vouliez-vous dire « mobilites » ?")
    assert found.expected is not None
    assert len(found.expected) <= 400


def test_a_wrong_type_is_said_in_words() -> None:
    found = problem_at("contribution", {"process_id": "1", "type": "avis", "title": "x", "votes": "12"}, "/votes")
    assert found.expected == "un nombre entier"
    assert found.message == "« Votes » : un nombre entier est attendu, ce n'est pas le cas."
    assert found.value == "12"


def test_a_missing_key_is_named_with_its_label() -> None:
    found = problem_at("process", {}, "/title")
    assert found.message == "Le champ « title » (Titre) manque."
    assert found.how == "Ajoutez le champ « title » : Le nom de la démarche."
    assert found.value is None


def test_limits_are_told() -> None:
    found = problem_at("process", {"title": "x" * 400}, "/title")
    assert found.expected == "300 caractères au plus"
    assert found.value == "x" * 200


def test_a_moment_says_how_it_is_written() -> None:
    found = problem_at("meeting", {"title": "x", "starts_at": "12h"}, "/starts_at")
    assert found.expected == "AAAA-MM-JJThh:mm:ssZ (heure UTC), ou AAAA-MM-JJ"


def test_values_of_any_shape_are_shown_as_text() -> None:
    shown = {
        value: problem_at("process", {"title": given}, "/title").value
        for value, given in (("null", None), ("12", 12), ("true", True), ("[1]", [1]), ('{"a":1}', {"a": 1}))
    }
    assert shown == {value: value for value in shown}


def test_problems_can_be_stored_and_sent_whatever_was_found() -> None:
    for found in schemas.check("process", {"title": "\ud800", "\udfff": 1}):
        "".join(map(str, (found.value, found.pointer, found.message, found.how))).encode()


def test_words_from_outside_do_not_act_on_the_templates() -> None:
    found = schemas.problem("cle_en_double", "/x", "{0}", key="{value.__class__}")
    assert found.message == "La clé « {value.__class__} » figure deux fois dans le même objet."


def test_a_rule_may_be_less_than_an_error() -> None:
    assert schemas.problem("lien_orphelin", "/process_id", "12", field="« Démarche »").severity == "info"


def test_no_message_shows_what_is_inside_the_machine() -> None:
    for rule, row in schemas.rules().items():
        for words in (row["title"], row["message"], row["how"], row["expected"]):
            assert not any(sign in (words or "") for sign in ("Traceback", "schemas.", "SELECT", "/work", ".py")), rule
