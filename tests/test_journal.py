"""The journal of revisions (B41): what a value said, what it says, why; as a page, two files and a feed."""

from __future__ import annotations

from xml.etree import ElementTree as xml

import pytest
from flask import Flask

from hub.access.rights import AGENT
from hub.harvest.founding import load_metropoles
from tests.make import NANTES, RENNES, make_source, process, revision, run
from tests.pages import content, html_of, items, links, sheet, words
from tests.people import entered

ATOM = "{http://www.w3.org/2005/Atom}"


def written() -> None:
    done = run(make_source(), [process("1")])
    revision("demarches", NANTES, "2024", 12, 14, run_id=done.id, reason="Deux démarches retrouvées")
    revision("demarches", NANTES, "2025", None, 3, at="2026-01-31T08:00:00Z")
    wrong = {"type": "correction", "author": "correction", "reason": "<b>Faute</b>"}
    revision("part_hybride", RENNES, "2024", 0.5, 0.25, **wrong)
    revision("demarches", RENNES, "2024", 1, 2, audience="pairs", reason="Chiffre des membres")


def test_each_change_is_told_in_words_with_its_reason_its_author_and_its_run(app: Flask) -> None:
    written()
    client = app.test_client()
    told = words(client, "/journal")
    assert "Démarches ouvertes , Nantes, 2024 30 janvier 2026 à 9 h 00 12 démarches (p) 14 démarches (p)" in told
    assert "Révision prévue : Deux démarches retrouvées le hub" in told
    assert "n.d. — pas de donnée transmise 3 démarches (p)" in told
    assert "50 % (p) 25 % (p) Correction d'une erreur : <b>Faute</b> correction par une personne" in told
    assert "<b>Faute" not in html_of(client, "/journal")
    assert sum(link.startswith("/moissons/") for link in links(content(client, "/journal"))) == 1
    found = items(client, "/journal.json")
    assert [row["id"] for row in found] == sorted((row["id"] for row in found), reverse=True)
    assert (found[1].get("before"), found[1]["before_state"], found[1]["after"]) == (None, "non_transmis", 3)
    assert [row["before"] for row in sheet(client, "/journal.csv")] == ["0.5", "", "12"]


def test_what_members_alone_read_stays_out_of_every_form_for_the_public(app: Flask) -> None:
    written()
    visitor, agent = app.test_client(), entered(app, AGENT)
    for form in ("", ".json", ".csv", ".atom"):
        assert "Chiffre des membres" not in visitor.get(f"/journal{form}").text
        assert "Chiffre des membres" in agent.get(f"/journal{form}").text
    assert visitor.get("/journal.json").get_json()["total"] == 3


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("metropole=nantes", 2),
        ("indicateur=part_hybride", 1),
        ("type=correction", 1),
        ("annee=2024", 2),
        ("annee=2024&annee=2025&metropole=nantes&type=revision", 2),
        ("type=definition", 0),
        ("annee=1999", 0),
    ],
)
def test_the_address_narrows_the_journal(sqlite_app: Flask, query: str, number: int) -> None:
    written()
    client = sqlite_app.test_client()
    assert client.get(f"/journal.json?{query}").get_json()["total"] == number
    assert len(xml.fromstring(client.get(f"/journal.atom?{query}").data).findall(f"{ATOM}entry")) == number
    assert ("Aucune révision ne répond à ces choix" in words(client, f"/journal?{query}")) == (number == 0)


@pytest.mark.parametrize("query", ["metropole=atlantide", "indicateur=x", "type=faute", "annee=24", "page=2", "tri=1"])
def test_an_address_that_means_nothing_is_refused(sqlite_app: Flask, query: str) -> None:
    written()
    for form in ("", ".atom"):
        assert sqlite_app.test_client().get(f"/journal{form}?{query}").status_code == 400


def test_the_feed_is_atom_with_names_that_last_and_texts_that_stay_texts(sqlite_app: Flask) -> None:
    written()
    revision("demarches", NANTES, "2023", 1, 2, reason="a\x0bb & <c>", at="2026-02-01T00:00:00Z")
    client = sqlite_app.test_client()
    answer = client.get("/journal.atom")
    assert answer.mimetype == "application/atom+xml"
    root = xml.fromstring(answer.data)
    assert root.tag == f"{ATOM}feed"
    for required in ("id", "title", "updated"):
        assert [len(each.findall(f"{ATOM}{required}")) for each in (root, *root.findall(f"{ATOM}entry"))] == [1] * 5
    assert root.findtext(f"{ATOM}updated") == "2026-02-01T00:00:00Z"
    first = root.find(f"{ATOM}entry")
    assert first is not None
    assert first.findtext(f"{ATOM}summary") == "1 démarche (p) → 2 démarches (p). ab & <c>"
    assert first.findtext(f"{ATOM}author/{ATOM}name") == "le hub"
    names = [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]
    assert len(set(names)) == 4
    assert all(str(name).startswith("tag:localhost,2026:revision:") for name in names)
    sqlite_app.config["CLOCK"] = "2026-05-01T00:00:00Z"
    again = xml.fromstring(client.get("/journal.atom").data)
    assert [entry.findtext(f"{ATOM}id") for entry in again.findall(f"{ATOM}entry")] == names
    link = first.find(f"{ATOM}link")
    assert link is not None
    address = link.attrib["href"].removeprefix("http://localhost")
    assert client.get(address).status_code == 200
    assert 'type="application/atom+xml"' in html_of(client, "/journal?metropole=nantes")


def test_an_empty_journal_says_so_and_its_feed_stays_valid(sqlite_app: Flask) -> None:
    load_metropoles()
    client = sqlite_app.test_client()
    assert "Aucune révision." in words(client, "/journal")
    root = xml.fromstring(client.get("/journal.atom").data)
    assert root.findtext(f"{ATOM}updated") == "2026-01-31T12:00:00Z"


def test_a_long_journal_is_read_page_by_page(sqlite_app: Flask) -> None:
    load_metropoles()
    for rank in range(51):
        revision("demarches", NANTES, "2024", rank, rank + 1)
    client = sqlite_app.test_client()
    assert "51 à 51 sur 51 changements" in words(client, "/journal?page=2")
    assert len(items(client, "/journal.json?page=2")) == 51
