"""The page of a metropole's data: what is there, missing, wrong, comparable; nothing missing is ever shown as zero."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from connectors.base import Record
from hub.access.rights import ADMINISTRATION, AGENT
from hub.db import db
from hub.harvest import upload
from hub.harvest.correct import correct
from hub.harvest.network import write_things
from hub.harvest.registry import step
from tests.harvested import COORDINATION, at
from tests.harvesting import harvest, later, plain_source
from tests.make import NANTES, RENNES, make_source, ndjson, process, run, thing
from tests.pages import between, closed, content, html_of, items, links, plain, sheet, words
from tests.people import entered
from tests.platforms.plain import Plain

PAGE = "/metropoles/nantes/donnees"


def block(client: FlaskClient, anchor: str, address: str = PAGE) -> str:
    """The words of one part of the page."""
    html = content(client, address)
    start = html.index(f'<h2 id="{anchor}"')
    end = html.find("<h2", start + 3)
    return plain(html[start : end if end > 0 else len(html)])


def rows(client: FlaskClient, part: str, address: str = PAGE, **where: Any) -> list[dict[str, Any]]:
    """The rows of one part, from the JSON of the page."""
    found = [row for row in items(client, f"{address}.json") if row["part"] == part]
    return [row for row in found if all(row.get(name) == value for name, value in where.items())]


def declare(level: str, year: str = "2025", kind: str = "process", **more: Any) -> None:
    """Nantes declares what its data cover."""
    name = f"nantes-{kind}-{year}-{more.get('declared_at', '2026-01-15T10:00:00Z')[:10]}-{level}".replace("_", "-")
    said = {"id": name, "siren": NANTES, "kind": kind, "level": level, "declared_at": "2026-01-15T10:00:00Z"}
    said |= {"period": {"from": year, "to": year, "precision": "annee"}}
    said |= {"trace": [{"document_id": "declaration", "quote": "Tout y est", "certainty": "affirme"}], **more}
    assert write_things("coverage", [said], "administration de la métropole").problems == {}


def test_a_metropole_of_which_nothing_is_known_says_so_everywhere_and_gives_a_way_out(app: Flask) -> None:
    make_source("essai-rennes", RENNES)
    client, empty = app.test_client(), "/metropoles/dijon/donnees"
    text = words(client, empty)
    assert "Rien de transmis à ce jour — ce n'est pas zéro." in text
    assert "Aucune source : en proposer une." in text
    assert "Rien n'a encore été lu : rien n'a pu être contrôlé." in text
    assert not re.search(r"(?<![\d-])0(?![\d.])", text)
    assert "/schemas" in links(content(client, empty))
    assert {row["count_state"] for row in rows(client, "held", empty)} == {"non_transmis"}
    assert all("count" not in row for row in items(client, f"{empty}.json") if row["part"] in ("held", "year", "field"))
    assert rows(client, "set_aside", empty)[0] == {
        "siren": "242100410", "metropole": "dijon", "part": "set_aside", "count_state": "non_transmis"
    }  # fmt: skip


def test_an_unknown_metropole_or_field_is_a_404_in_words_and_a_siren_leads_to_the_name(sqlite_app: Flask) -> None:
    make_source()
    client = sqlite_app.test_client()
    assert "Aucune métropole ne s'appelle « atlantide »" in words(client, "/metropoles/atlantide/donnees", 404)
    assert "Aucun champ suivi ne s'appelle « process.title »" in words(client, f"{PAGE}/process.title", 404)
    assert "Paramètre inconnu" in words(client, f"{PAGE}?annee=2020", 400)
    for end in ("donnees", "donnees.csv", "donnees/process.budget"):
        answer = client.get(f"/metropoles/{NANTES}/{end}")
        assert (answer.status_code, answer.location) == (301, f"/metropoles/nantes/{end}")


def test_things_count_in_each_year_they_touch_and_each_number_leads_to_what_it_counts(app: Flask) -> None:
    found = [process("1", starts_on="2024-05", ends_on="2025-02"), process("2", starts_on="2025"), process("3")]
    run(make_source(), found)
    client = app.test_client()
    years = {row["year"]: row.get("count") for row in rows(client, "year", kind="process")}
    assert {year: count for year, count in years.items() if count} == {2025: 2, 2024: 1}
    assert rows(client, "undated") == [
        {"siren": NANTES, "metropole": "nantes", "part": "undated", "kind": "process", "count": 1,
         "count_state": "estime", "total": 3, "total_state": "estime"}
    ]  # fmt: skip
    assert [row["title"] for row in items(client, f"{PAGE}/process.date.json")] == ["Démarche 3"]
    html = between(content(client, PAGE), "<tbody", "</tbody>")
    assert f"{PAGE}/process.date" in links(html)
    asked = re.findall(r'<a href="(/api[^"]+year=\d+)">(\d+)', html)
    assert len(asked) == 2
    for address, number in asked:
        assert client.get(address.replace("&amp;", "&")).get_json()["total"] == int(number)


def test_none_is_a_zero_only_where_it_was_declared_complete(app: Flask) -> None:
    run(make_source(), [process("1", starts_on="2024")])
    client = app.test_client()
    states = {
        "complete": (0, "provisoire", "0"),
        "sans_objet": (None, "sans_objet", "— sans objet"),
        "non_collecte": (None, "non_collecte", "— non collecté"),
        "partielle": (None, "non_transmis", "— non renseigné"),
        "inconnue": (None, "non_transmis", "— non renseigné"),
    }
    before = rows(client, "year", kind="process", year=2025)[0]
    assert ("count" in before, before["count_state"]) == (False, "non_transmis")
    for day, (level, (value, state, said)) in enumerate(states.items(), 10):
        declare(level, declared_at=f"2026-01-{day}T10:00:00Z")
        row = rows(client, "year", kind="process", year=2025)[0]
        assert (row.get("count"), row["count_state"], row["coverage"]) == (value, state, level)
        line = re.search(r"<tr.*?Démarches.*?</tr>", content(client, PAGE), re.S)
        cell = re.search(r'data-label="2025"[^>]*>(.*?)</td>', line[0] if line else "", re.S)
        assert plain(cell[1] if cell else "").startswith(said), level


@pytest.mark.parametrize(
    ("level", "share", "passes"),
    [("complete", None, True), ("partielle", 0.8, True), ("partielle", 0.79, False), ("partielle", None, False),
     ("inconnue", None, False), ("sans_objet", None, True)],
)  # fmt: skip
def test_the_check_of_coverage_passes_from_four_fifths_on(
    sqlite_app: Flask, level: str, share: float | None, passes: bool
) -> None:
    make_source()
    client = sqlite_app.test_client()
    assert "Couverture 2025 jamais déclarée : démarches, étapes" in block(client, "comparer")
    declare(level, **({} if share is None else {"share": share}))
    failing = {row.get("coverage", ""): row["kind"] for row in rows(client, "check", check="couverture")}
    assert "process" not in failing[""]
    assert failing.get(level) == (None if passes else ["process"])


def test_a_zero_leads_to_the_statement_that_makes_it(sqlite_app: Flask) -> None:
    make_source()
    declare("complete")
    client = sqlite_app.test_client()
    row = rows(client, "year", kind="process", year=2025)[0]
    address = f"/provenance/coverage/{row['statement']}"
    assert "— non renseigné, pour toutes les années : étapes, contributions" in block(client, "la")
    assert address in links(content(client, PAGE))
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("period", "covered"),
    [
        ({"from": "2025", "to": "2025"}, [2025]),
        ({"from": "2023-01-01", "to": "2025-12"}, [2025, 2024, 2023]),
        ({"from": "2025-03", "to": "2025-06"}, []),
        ({"from": "2024"}, [2025, 2024]),
        ({"as_written": "depuis toujours"}, []),
    ],
)
def test_a_statement_speaks_of_whole_years_and_of_none_to_come(
    sqlite_app: Flask, period: dict[str, str], covered: list[int]
) -> None:
    make_source()
    declare("complete", period={"precision": "inconnue" if "from" not in period else "annee", **period})
    found = [row["year"] for row in rows(sqlite_app.test_client(), "year", kind="process") if "coverage" in row]
    assert found == covered


def test_fields_are_counted_with_their_whole_and_lead_to_the_records_that_lack_them(app: Flask) -> None:
    euros = {"value": 1000, "qualifier": "exact", "unit": "€"}
    run(make_source(), [process(str(rank), **({"budget": euros} if rank < 12 else {})) for rank in range(40)])
    client = app.test_client()
    assert "Démarches Budget 30 % (12 sur 40) Budget participatif par habitant" in block(client, "manque")
    budget = rows(client, "field", need="process.budget")[0]
    assert (budget["count"], budget["total"], budget["count_state"]) == (12, 40, "observe")
    listed = items(client, f"{PAGE}/process.budget.json")
    assert [row["filled"] for row in listed] == [False] * 28 + [True] * 12
    told = words(client, f"{PAGE}/process.budget")
    assert "À compléter, en tête de liste : 28 démarches. Le disent déjà : 12 sur 40." in told
    assert "« Budget » manque à 70 % (28 sur 40) des démarches" in block(client, "comparer")
    assert f"{PAGE}/process.budget" in links(content(client, PAGE))


def test_a_code_that_means_unknown_fills_nothing_and_a_field_never_filled_is_said_in_words(sqlite_app: Flask) -> None:
    found = [process("1", channel="non_precise"), process("2", channel="en_ligne")]
    run(make_source(), [*found, Record("commitment", "e", {"title": "Planter", "status": "inconnu"}, "L3")])
    client = sqlite_app.test_client()
    assert rows(client, "field", need="process.channel")[0]["count"] == 1
    assert "Engagements Statut jamais renseigné, sur 1 engagement" in block(client, "manque")
    assert "aucune fiche : chiffres « Comptes créés » de la métropole" in block(client, "manque")


def test_a_figure_of_a_demarche_is_no_figure_of_the_metropole(sqlite_app: Flask) -> None:
    said = {"metric": "participants", "period": {"from": "2024", "to": "2024", "precision": "annee"}, "basis": "flux"}
    said["quantity"] = {"value": 800}
    subjects = {"a": ("process", "1"), "b": ("metropole", NANTES), "c": ("process", "1")}
    found = [
        Record("observation", name, {**said, "subject": {"kind": kind, "remote_id": of}}, f"L{name}")
        for name, (kind, of) in subjects.items()
    ]
    run(make_source(), [process("1"), *found])
    client = sqlite_app.test_client()
    assert rows(client, "records", need="observation.metric-participants")[0]["count"] == 1
    assert "1 chiffre « Participants distincts » de la métropole" in block(client, "manque")
    assert len(items(client, f"{PAGE}/observation.metric-participants.json")) == 1
    assert "800" not in words(client, f"{PAGE}/observation.metric-participants")


def test_issues_stand_by_rule_with_their_cure_their_number_and_their_documentation(app: Flask) -> None:
    wrong = [process(str(rank), ends_on="2026-02-31") for rank in range(30)]
    run(make_source(), [process("bon"), *wrong, process("lien", parent_id="absente")])
    client = app.test_client()
    text = block(client, "corriger")
    assert "30 fiches mises de côté" in text
    assert "Date invalide 30" in text
    assert "5 sur 30 ci-dessus ; tous sur la page de essai-nantes" in text
    assert "Comment corriger : " in text
    found = links(content(client, PAGE))
    assert {"/problems/date_invalide", "/sources/essai-nantes#date_invalide"} <= set(found)
    assert 'id="date_invalide"' in html_of(client, "/sources/essai-nantes")
    issue = rows(client, "issue", rule="date_invalide")[0]
    assert (issue["count"], issue["kind"], issue["source"]) == (30, "process", "essai-nantes")
    assert rows(client, "set_aside")[0]["count"] == 30
    assert "30 erreurs ouvertes : démarches." in block(client, "comparer")


def test_a_held_run_waits_in_sight_with_its_page(reader: Flask, platform: Plain) -> None:
    for rank in range(40):
        platform.put(str(rank), title=f"Démarche {rank}")
    source = plain_source(platform)
    harvest(source, full=True)
    platform.remove(*map(str, range(2, 40)))
    later(reader, days=1)
    held = harvest(source, full=True)
    assert held.state == "held"
    client = reader.test_client()
    assert "Moissons en attente de décision" in block(client, "corriger")
    assert f"/moissons/{held.ref}" in links(content(client, PAGE))
    assert "à vous d'approuver" not in words(client, PAGE)
    assert "à vous d'approuver" in words(entered(reader, ADMINISTRATION), PAGE)
    assert "En attente de décision" in block(client, "arrivees")
    assert "Moisson de la source" in block(client, "la")


def test_each_writer_has_its_line_with_its_last_arrival(app: Flask, tmp_path: Any) -> None:
    source = make_source()
    harvested = run(source, [process("1"), process("2")])
    data = {"title": "Déposée", "state": "en_cours"}
    sent = upload(source, ndjson(tmp_path / "envoi.ndjson", [{"kind": "process", "remote_id": "3", "data": data}]))
    done = correct(thing("process", "1").id, {"channel": "hybride"}, reason="faute", author="équipe")
    assert not isinstance(done, list)
    client = app.test_client()
    found = {row["writer"]: (row["count"], row["run"]) for row in rows(client, "writer")}
    assert found == {"harvest": (2, harvested.ref), "upload": (1, sent.ref), "correction": (1, done.ref)}
    assert rows(client, "held", kind="process")[0]["count"] == 3
    text = block(client, "la")
    assert all(label in text for label in ("Moisson de la source", "Dépôt de fichier", "Correction par une personne"))


def test_sources_tell_why_nothing_comes_from_them(reader: Flask, platform: Plain) -> None:
    source = plain_source(platform, "essai-rennes", siren=RENNES)
    client, rennes = reader.test_client(), "/metropoles/rennes/donnees"
    assert "acceptée. Dernière réussite : jamais moissonnée" in block(client, "manque", rennes)
    platform.put("1")
    harvest(source, full=True)
    at(reader, "2026-02-05T12:00:00Z")
    assert "En retard." in block(client, "manque", rennes)
    assert rows(client, "source", rennes)[0]["late"] is True
    step(source, "stop", COORDINATION, "La plateforme ferme")
    text = block(client, "manque", rennes)
    assert "source arrêtée le 5 février 2026" in text
    assert "Aucune de ses sources n'est acceptée" in text


def test_what_is_not_public_is_counted_for_its_metropole_alone(app: Flask, tmp_path: Any) -> None:
    source = make_source()
    sent = [
        {"kind": "process", "remote_id": name, "diffusion": diffusion,
         "data": {"title": f"Secrète {name}", "state": "en_cours", "starts_on": "2025"}}
        for name, diffusion in (("a", "brouillon"), ("b", "pairs"), ("c", "public"))
    ]  # fmt: skip
    wrong = {"kind": "process", "remote_id": "d", "diffusion": "brouillon", "data": {"title": "Secrète d", "x": 1}}
    upload(source, ndjson(tmp_path / "envoi.ndjson", [*sent, wrong]))
    make_source("essai-rennes", RENNES)
    make_source("nantes-idee", state="draft")
    seen = {}
    readers = (("visitor", app.test_client()), ("rennes", entered(app, AGENT, RENNES)), ("nantes", entered(app, AGENT)))
    for who, client in readers:
        held, cell = rows(client, "held", kind="process")[0], rows(client, "year", kind="process", year=2025)[0]
        listed = items(client, f"{PAGE}/process.starts_on.json")
        seen[who] = held["count"], cell["count"], len(listed), len(rows(client, "issue")), len(rows(client, "source"))
    assert seen == {"visitor": (1, 1, 1, 0, 2), "rennes": (2, 2, 2, 0, 2), "nantes": (3, 3, 3, 1, 3)}
    assert "1 fiche en brouillon, 1 fiche réservée aux membres" in closed(words(readers[2][1], PAGE))
    public = html_of(app.test_client(), PAGE) + html_of(app.test_client(), f"{PAGE}.json")
    assert "nantes-idee" not in public
    assert "Secrète a" not in public
    assert "Vous lisez aussi" not in public


def test_the_ways_to_transmit_are_shown_to_who_may_take_them(sqlite_app: Flask) -> None:
    make_source()
    sqlite_app.add_url_rule("/mes-donnees/acces", "essai.clients", lambda: "")
    client, agent, administration = (
        sqlite_app.test_client(), entered(sqlite_app, AGENT), entered(sqlite_app, ADMINISTRATION)
    )  # fmt: skip
    rennes = entered(sqlite_app, ADMINISTRATION, RENNES)
    shown = ["/mes-donnees/acces" in links(content(one, PAGE)) for one in (client, agent, rennes, administration)]
    assert shown == [False, False, False, True]


def test_records_that_are_needed_by_themselves_lead_to_their_list(sqlite_app: Flask) -> None:
    run(make_source(), [Record("document", "m", {"title": "Le mandat", "type": "mandat"}, "L1")])
    client = sqlite_app.test_client()
    assert "Documents « Mandat » la fiche elle-même 1 document « Mandat » Mandats publics" in block(client, "manque")
    assert len(items(client, "/documents.json?metropole=nantes&type=mandat")) == 1
    assert "/documents?metropole=nantes&type=mandat" in links(content(client, PAGE))


def test_the_page_asks_a_fixed_number_of_queries(sqlite_app: Flask) -> None:
    source, client, asked = make_source(), sqlite_app.test_client(), list[str]()
    run(source, [process("0", ends_on="2026-02-31"), process("1", starts_on="2020")])
    event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    client.get(PAGE)
    few = len(asked)
    assert few < 40
    for rank in range(4):
        run(make_source(f"autre-{rank}"), [process(str(each), starts_on=f"20{10 + each}") for each in range(15)])
    asked.clear()
    assert client.get(PAGE).status_code == 200
    assert len(asked) == few


def test_the_three_forms_hold_the_same_on_the_founding_documents(visitor: FlaskClient) -> None:
    as_json, as_csv = items(visitor, f"{PAGE}.json"), sheet(visitor, f"{PAGE}.csv")
    assert [row["part"] for row in as_json] == [row["part"] for row in as_csv]
    held = {row["kind"]: row.get("count") for row in rows(visitor, "held")}
    for kind, plural in (("process", "processes"), ("commitment", "commitments"), ("document", "documents")):
        assert held[kind] == visitor.get(f"/api/v1/{plural}?metropole=nantes").get_json()["total"]
    html = between(content(visitor, PAGE), "<tbody", "</tbody>")
    for address, number in re.findall(r'<a class="value" href="([^"]+)">([\d\u202f]+)', html):
        form = "" if address.startswith("/api") else ".json"
        path, _, query = address.replace("&amp;", "&").partition("?")
        assert visitor.get(f"{path}{form}?{query}").get_json()["total"] == int(number.replace("\u202f", "")), address
    assert PAGE in links(html_of(visitor, "/metropoles/nantes"))
    assert "Nantes" in block(visitor, "cles")
    assert "/api/v1/processes?metropole=nantes" in links(content(visitor, PAGE))
