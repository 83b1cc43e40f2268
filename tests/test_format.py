"""Numbers, dates, lists and states are written as a French reader expects them (G6–G8)."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.pages import format as fr
from schemas.labels import codes

N, T, M = fr.NBSP, fr.THIN, fr.MINUS
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
FRENCH = st.text(alphabet="abcéÉèœçZ 019:;!?«»%€.,'-/\n" + N + T, max_size=60)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (12000, "", f"12{T}000"),
        (1234567, "", f"1{T}234{T}567"),
        (0.2843, "%", f"28,4{N}%"),
        (0, "", "0"),
        (0, "%", f"0{N}%"),
        (0.04, "", "< 0,1"),
        (0.0004, "%", f"< 0,1{N}%"),
        (-0.04, "", f"> {M}0,1"),
        (0.05, "", "0,1"),
        (-1234.56, "", f"{M}1{T}234,6"),
        (0.85, "%", f"85{N}%"),
        (Fraction(1, 3), "%", f"33,3{N}%"),
        (Decimal("2.50"), "", "2,5"),
        (12000, "€", f"12{T}000{N}€"),
        (15.2, "€ par habitant", f"15,2{N}€ par habitant"),
        (1, "personnes par réunion", "1 personne par réunion"),
        (1.5, "projets lauréats", "1,5 projet lauréat"),
        (2, "projets lauréats", "2 projets lauréats"),
        (1, "avis", "1 avis"),
        (0, "démarches", "0 démarche"),
    ],
)
def test_a_number_is_written_in_french(value: float, unit: str, words: str) -> None:
    assert fr.number(value, unit) == words


@pytest.mark.parametrize(
    ("state", "sign", "words"),
    [
        ("non_collecte", "n.d.", "n.d. — non collecté"),
        ("non_transmis", "n.d.", "n.d. — non transmis"),
        ("non_communique", "n.c.", "n.c. — non communiqué"),
        ("sans_objet", "///", "/// — sans objet"),
        ("effectif_insuffisant", "n.s.", "n.s. — effectif insuffisant"),
        ("masque", "s", "s — masqué, petits effectifs"),
    ],
)
def test_an_absent_value_prints_its_sign_and_its_words_never_zero(state: str, sign: str, words: str) -> None:
    assert fr.state_sign(state) == sign
    assert fr.number(None, state=state) == fr.quantity(None, state=state) == fr.absent(state) == words


def test_every_value_state_of_the_code_list_has_words() -> None:
    assert [fr.state_sign(code) for code in ("definitif", "provisoire", "estime", "observe")] == ["", "p", "e", ""]
    assert all(fr.state_label(code) for code in codes("etat_valeur"))


@pytest.mark.parametrize(
    ("numerator", "denominator", "words"),
    [
        (88, 102, f"86,3{N}% (88 sur 102)"),
        (29, 102, f"28,4{N}% (29 sur 102)"),
        (60, 120, f"50,0{N}% (60 sur 120)"),
        (12, 27, f"44{N}% (12 sur 27)"),
        (7, 9, f"7 sur 9 (78{N}%)"),
        (2, 10, f"2 sur 10 (20{N}%)"),
        (10, 20, f"50{N}% (10 sur 20)"),
        (0, 12, f"0 sur 12 (0{N}%)"),
        (0, 0, "0 sur 0"),
        (1, 3000, f"< 0,1{N}% (1 sur 3{T}000)"),
        (9999, 10000, f"> 99,9{N}% (9{T}999 sur 10{T}000)"),
        (150, 150, f"100{N}% (150 sur 150)"),
        (1, 99, f"1{N}% (1 sur 99)"),
    ],
)
def test_a_share_comes_with_its_cases(numerator: int, denominator: int, words: str) -> None:
    assert fr.share(numerator, denominator) == words


@given(st.integers(1, 10**6), st.data())
def test_a_share_says_nothing_or_everything_only_when_true(denominator: int, data: st.DataObject) -> None:
    numerator = data.draw(st.integers(0, denominator))
    percent = fr.percentage(numerator, denominator)
    assert (percent == f"0{N}%") == (numerator == 0)
    assert (percent == f"100{N}%") == (numerator == denominator)
    said = float(percent.strip("<> %\u00a0").replace(",", "."))
    assert abs(said - 100 * numerator / denominator) <= 1


@pytest.mark.parametrize(
    ("value", "digits"),
    [(3.2165, "3,2"), (0.8, "0,80"), (14.77, "15"), (9.96, "10"), (0.0218, "0,022"), (1754, f"1{T}800"), (0, "0")],
)
def test_a_rate_has_two_significant_digits(value: float, digits: str) -> None:
    assert fr.rate(value) == f"{digits} pour 100{T}000 habitants"


@given(st.integers(-(10**15), 10**15))
def test_a_whole_number_is_grouped_by_three_and_can_be_read_back(value: int) -> None:
    text = fr.number(value)
    assert re.fullmatch(rf"{M}?\d{{1,3}}({T}\d{{3}})*", text)
    assert int(text.replace(T, "").replace(M, "-")) == value


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_a_number_is_never_further_than_half_a_unit_of_its_last_digit(value: Decimal) -> None:
    text = fr.number(value)
    if text[0] in "<>":
        assert 0 < abs(value) < Decimal("0.05")
    else:
        said = Decimal(text.replace(T, "").replace(M, "-").replace(",", "."))
        assert abs(said - value) <= Decimal("0.05")


@pytest.mark.parametrize(
    ("quantity", "unit", "words"),
    [
        ({"value": 1800, "qualifier": "pres_de", "unit": "membres"}, None, f"près de 1{T}800 membres"),
        ({"value": 40, "qualifier": "environ"}, None, "environ 40"),
        ({"value": 20, "qualifier": "plus_de"}, None, "plus de 20"),
        ({"value": 12, "qualifier": "au_moins"}, None, "au moins 12"),
        ({"value": 5, "qualifier": "au_plus"}, None, "au plus 5"),
        ({"value": 11, "qualifier": "moins_de"}, None, "moins de 11"),
        ({"value": 102}, "engagements", "102 engagements"),
        ({"low": 700, "high": 800, "qualifier": "fourchette"}, None, "entre 700 et 800"),
        ({"low": 0.7, "high": 0.8, "qualifier": "fourchette"}, "%", f"entre 70 et 80{N}%"),
        ({"value": 0.85, "qualifier": "plus_de"}, "%", f"plus de 85{N}%"),
    ],
)
def test_a_quantity_prints_its_qualifier_before_the_number(quantity: Any, unit: str | None, words: str) -> None:
    assert fr.quantity(quantity, unit) == words


def test_lengths_gaps_weights_and_plurals() -> None:
    assert [fr.days(257.4), fr.days(1), fr.days(0)] == ["257 jours", "1 jour", "0 jour"]
    assert [fr.gap(0.85, 88 / 102), fr.gap(0.5, 0.48), fr.gap(0.1, 0.1)] == ["1,3 point", "2 points", "aucun écart"]
    assert [fr.weight(640), fr.weight(12345), fr.weight(999700), fr.weight(1400000)] == [
        "640 octets", f"12{N}ko", f"1{N}Mo", f"1,4{N}Mo"]  # fmt: skip
    assert [fr.plural(n, "démarche") for n in (0, 1, 1.9, 2)] == ["démarche"] * 3 + ["démarches"]
    assert fr.plural(2, "bilan local", "bilans locaux") == "bilans locaux"


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ("2021", "2021"),
        ("2021-03", "mars 2021"),
        ("2026-03-16", "16 mars 2026"),
        ("2026-03-01", "1er mars 2026"),
        (date(2026, 8, 9), "9 août 2026"),
        ("2022/2023", "2022/2023"),
        ("2021-13", "2021-13"),
    ],
)
def test_a_day_is_as_precise_as_it_is_known(stored: str | date, words: str) -> None:
    assert fr.day(stored) == words


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"from": "2019", "precision": "plage"}, "depuis 2019"),
        ({"from": "2022-06-01"}, "depuis le 1er juin 2022"),
        ({"to": "2022-06-30"}, "jusqu'au 30 juin 2022"),
        ({"to": "2022"}, "jusqu'en 2022"),
        ({"from": "2020-11", "to": "2021-02"}, "de novembre 2020 à février 2021"),
        ({"from": "2021-04", "to": "2021-06"}, "d'avril à juin 2021"),
        ({"from": "2021", "to": "2022"}, "de 2021 à 2022"),
        ({"from": "2022-05-16", "to": "2022-05-19"}, "du 16 au 19 mai 2022"),
        ({"from": "2021-03-03", "to": "2021-04-01"}, "du 3 mars au 1er avril 2021"),
        ({"from": "2021-12-28", "to": "2022-01-03"}, "du 28 décembre 2021 au 3 janvier 2022"),
        ({"from": "2020-11", "to": "2021-02-03"}, "de novembre 2020 au 3 février 2021"),
        ({"from": "2022", "to": "2022", "precision": "annee"}, "2022"),
        ({"precision": "inconnue", "as_written": "Au printemps"}, "Au printemps"),
        ({"precision": "annee", "as_written": "/an"}, "par an"),
        ({"precision": "trimestre", "from": "2022-10", "to": "2022-12", "as_written": "fin 2022"}, "fin 2022"),
        (
            {"precision": "saison", "from": "2022-03", "to": "2022-05", "as_written": "au printemps"},
            "de mars à mai 2022",
        ),
        ({}, "date inconnue"),
    ],
)
def test_a_date_says_its_bounds_or_the_words_of_the_document(stored: dict[str, str], words: str) -> None:
    assert fr.date_object(stored) == words


@given(st.dates(date(1900, 1, 1)), st.dates(date(1900, 1, 1)))
def test_a_range_of_days_always_ends_with_its_last_day(start: date, end: date) -> None:
    text = fr.date_object({"from": start.isoformat(), "to": end.isoformat()})
    assert text.endswith(fr.day(end))
    assert text.startswith("du ") or start == end


def test_an_instant_is_read_in_paris_in_winter_and_in_summer() -> None:
    assert fr.moment("2026-03-16T13:05:00Z") == f"16 mars 2026 à 14{N}h{N}05"
    assert fr.moment("2026-07-31T22:30:00Z") == f"1er août 2026 à 0{N}h{N}30"
    assert fr.moment("2026-03") == "mars 2026"


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ("2026-11-08", "il y a 12 jours, le 8 novembre"),
        ("2026-11-20", "aujourd'hui, le 20 novembre"),
        ("2026-11-18T23:30:00Z", "hier, le 19 novembre"),
        ("2026-11-21", "demain, le 21 novembre"),
        ("2026-05-08", "il y a 6 mois, le 8 mai"),
        ("2024-01-08", "il y a 2 ans, le 8 janvier 2024"),
        ("2027-01-01", "dans 42 jours, le 1er janvier 2027"),
        ("2026-03", "mars 2026"),
    ],
)
def test_an_age_always_comes_with_its_date(stored: str, words: str) -> None:
    assert fr.age(stored, NOW) == words


def test_a_time_element_holds_the_machine_form() -> None:
    assert fr.time_tag("2026-03-01") == '<time datetime="2026-03-01">1er mars 2026</time>'
    assert fr.time_tag(date(2026, 3, 2)) == '<time datetime="2026-03-02">2 mars 2026</time>'
    assert fr.machine("2026-03-16T13:05:00Z") == "2026-03-16T14:05+01:00"
    assert fr.machine("2021-03") == "2021-03"


def test_words_without_a_date_form_stay_plain_text_in_a_time_tag() -> None:
    assert fr.time_tag("fin <2022>") == "fin &lt;2022&gt;"
    assert fr.time_tag({"precision": "inconnue", "as_written": "été <b>"}) == "été &lt;b&gt;"
    assert fr.time_tag({"from": "2021-03", "to": "2021-03"}) == '<time datetime="2021-03">mars 2021</time>'


def test_a_list_is_joined_as_in_speech() -> None:
    assert [fr.listing(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a et b", "a, b et c"]
    assert fr.listing(["a", "b"], "ou") == "a ou b"


def test_french_collation_files_metropoles_under_their_own_name() -> None:
    names = ["Métropole du Grand Nancy", "Saint-Étienne Métropole", "Métropole de Lyon", "Métropole Nice Côte d'Azur",
             "Eurométropole de Strasbourg", "Métropole d'Aix-Marseille-Provence", "Évry", "Etréchy", "Plaine Commune",
             "Métropole Européenne de Lille", "Œuilly", "Odos", "Orléans Métropole", "Saint Denis"]  # fmt: skip
    assert sorted(names, key=fr.collation) == [
        "Métropole d'Aix-Marseille-Provence", "Etréchy", "Évry", "Métropole du Grand Nancy",
        "Métropole Européenne de Lille", "Métropole de Lyon", "Métropole Nice Côte d'Azur", "Odos", "Œuilly",
        "Orléans Métropole", "Plaine Commune", "Saint Denis", "Saint-Étienne Métropole",
        "Eurométropole de Strasbourg"]  # fmt: skip


@given(FRENCH)
def test_collation_sees_neither_accent_form_nor_case(text: str) -> None:
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    assert fr.collation(unicodedata.normalize("NFD", text)) == fr.collation(unicodedata.normalize("NFC", text))
    assert fr.collation(text)[0] == fr.collation(plain.upper())[0]


@pytest.mark.parametrize(
    ("text", "spaced"),
    [
        ("Pourquoi ?", f"Pourquoi{T}?"),
        ("Oui!", f"Oui{T}!"),
        ("« Non » : rien ; tout", f"«{N}Non{N}»{N}: rien{N}; tout"),
        ("«oui»", f"«{N}oui{N}»"),
        ("12 % et 3€", f"12{N}% et 3{N}€"),
        ("à 10:30, https://a.fr/?x=1 : voir", f"à 10:30, https://a.fr/?x=1{N}: voir"),
        ("https://a.fr/a;b?c!d ou a@b.fr ?", f"https://a.fr/a;b?c!d ou a@b.fr{T}?"),
        ("/comparer?m=nantes", "/comparer?m=nantes"),
    ],
)
def test_no_break_spaces_go_where_french_asks_and_never_into_addresses(text: str, spaced: str) -> None:
    assert fr.nbsp(text) == spaced


@given(FRENCH)
def test_no_break_spaces_change_only_spaces_and_only_once(text: str) -> None:
    once = fr.nbsp(text)
    spaces = str.maketrans("", "", f" {N}{T}")
    assert once.translate(spaces) == text.translate(spaces)
    assert fr.nbsp(once) == once
