"""A person corrects a value with a reason, for their metropole alone; the source's own stays readable beneath."""

from __future__ import annotations

import os

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from connectors.base import Record
from hub.access.rights import ADMINISTRATION, AGENT, COORDINATION
from hub.clock import iso, now
from hub.db import db, writing
from hub.models import AuditLine, Facet, Run, Source
from tests.make import make_source, process, run, thing
from tests.people import NANTES, RENNES, entered, token

EUROS = {"value": 1000, "qualifier": "exact", "unit": "€"}


@pytest.fixture
def fiche(app: Flask) -> str:
    """The address where a démarche of Nantes is corrected."""
    source = make_source("essai-nantes", NANTES)
    make_source("essai-rennes", RENNES)
    vote = Record("deliberation", "d", {"title": "Vœu", "votes_for": 12, "votes_for_state": "observe"})
    run(source, [process("1", title="Faux titre", starts_on="2021", budget=EUROS), vote])
    return f"/corriger/{thing('process', '1').id}"


def sent(client: FlaskClient, address: str, **form: str | list[str]) -> TestResponse:
    """What the hub answers to the form of a correction."""
    return client.post(address, data={"csrf_token": token(client, "/compte"), **form})


def applied(client: FlaskClient, address: str, field: str, value: str | list[str], **more: str) -> TestResponse:
    given = {"champ": field, "value": value, "reason": "Erreur de saisie", "confirmed": "oui", **more}
    return sent(client, address, **given)


def test_an_administrator_sees_before_and_after_then_applies(app: Flask, fiche: str) -> None:
    client = entered(app, ADMINISTRATION, name="Ana")
    assert "Moisson de la source" in client.get(fiche).text
    assert 'value="Faux titre"' in client.get(f"{fiche}?champ=title").text
    preview = sent(client, fiche, champ="title", value="Bon titre", reason="Erreur de saisie")
    assert preview.status_code == 200
    assert "<dd>Faux titre</dd>" in preview.text
    assert "<dd>Bon titre</dd>" in preview.text
    assert thing("process", "1").title == "Faux titre"
    answer = applied(client, fiche, "title", "Bon titre")
    assert answer.status_code == 303
    assert thing("process", "1").title == "Bon titre"
    page = app.test_client().get(answer.location.partition("#")[0]).text
    assert "Administration de Nantes Métropole\xa0: Erreur de saisie" in page
    assert "Faux titre" in page
    assert "Ana" not in page


def test_the_log_keeps_who_corrected_and_nothing_of_the_value(app: Flask, fiche: str) -> None:
    applied(entered(app, ADMINISTRATION), fiche, "title", "Bon titre")
    line = db.session.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert line
    assert line.content
    name = f"process:{thing('process', '1').id}.title"
    assert (line.content["verb"], line.content["object"], line.lasting, line.siren) == ("correct", name, True, NANTES)
    assert "Bon titre" not in str(line.content)


@pytest.mark.postgresql_once
@pytest.mark.parametrize(("role", "siren"), [(ADMINISTRATION, RENNES), (AGENT, RENNES)])
def test_nobody_of_another_metropole_corrects_or_proposes(app: Flask, fiche: str, role: str, siren: str) -> None:
    client = entered(app, role, siren)
    assert client.get(fiche).status_code == 403
    assert applied(client, fiche, "title", "Bon titre").status_code == 403
    assert applied(client, f"{fiche}/retirer", "title", "").status_code == 403
    assert thing("process", "1").title == "Faux titre"


@pytest.mark.parametrize(("role", "siren"), [(AGENT, NANTES), (COORDINATION, None)])
def test_who_may_only_propose_applies_keeps_and_withdraws_nothing(
    app: Flask, fiche: str, role: str, siren: str | None
) -> None:
    applied(entered(app, ADMINISTRATION), fiche, "starts_on", "2020")
    client = entered(app, role, siren)
    assert applied(client, fiche, "title", "Bon titre").status_code == 303
    for act in ("retirer", "garder"):
        assert applied(client, f"{fiche}/{act}", "starts_on", "").status_code == 403
    assert (thing("process", "1").title, thing("process", "1").data["starts_on"]) == ("Faux titre", "2020")


def test_a_visitor_is_led_to_the_ways_in_and_a_form_without_token_writes_nothing(app: Flask, fiche: str) -> None:
    assert "/connexion" in app.test_client().get(fiche).location
    form = {"champ": "title", "value": "Bon titre", "reason": "Erreur", "confirmed": "oui"}
    assert entered(app, ADMINISTRATION).post(fiche, data=form).status_code == 400
    assert thing("process", "1").title == "Faux titre"


def test_the_link_stands_on_the_pages_of_the_thing_for_who_may(app: Flask, fiche: str) -> None:
    hub_id = fiche.rpartition("/")[2]
    vote = thing("deliberation", "d").id
    pages = [f"/demarches/{hub_id}", f"/provenance/{hub_id}", f"/deliberations/{vote}"]
    mine, rennes = entered(app, ADMINISTRATION), entered(app, ADMINISTRATION, RENNES)
    for page in pages:
        link = f'href="/corriger/{page.rpartition("/")[2]}"'
        assert link in mine.get(page).text, page
        assert link not in rennes.get(page).text
        assert link not in app.test_client().get(page).text


@pytest.mark.postgresql_once
@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("starts_on", "2020-03", "2020-03"),
        ("type", "jury_panel_citoyen", "jury_panel_citoyen"),
        ("themes", ["sante", "culture_sport"], ["sante", "culture_sport"]),
        ("communes", "44109\r\n44162\r\n", ["44109", "44162"]),
        ("budget", "1 234,5", {"value": 1234.5, "qualifier": "exact", "unit": "€"}),
    ],
)
def test_each_form_writes_what_the_schema_expects(
    app: Flask, fiche: str, field: str, value: str | list[str], read: object
) -> None:
    assert applied(entered(app, ADMINISTRATION), fiche, field, value).status_code == 303
    assert thing("process", "1").data[field] == read


def test_an_absent_number_comes_with_its_reason_and_is_never_zero(app: Flask, fiche: str) -> None:
    address = f"/corriger/{thing('deliberation', 'd').id}"
    client = entered(app, ADMINISTRATION)
    assert applied(client, address, "votes_for", "").status_code == 422
    assert applied(client, address, "votes_for", "", state="non_communique").status_code == 303
    read = thing("deliberation", "d").data
    assert (read["votes_for"], read["votes_for_state"]) == (None, "non_communique")


@pytest.mark.postgresql_once("ne peut pas")
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"value": ""}, "le texte est vide"),
        ({"champ": "ends_on", "value": "bientôt"}, "cette date n&#39;existe pas"),
        ({"champ": "ends_on", "value": "2019"}, "précède le début"),
        ({"champ": "budget", "value": "beaucoup"}, "nombre"),
        ({"champ": "state", "value": "peut-être"}, "ce code n&#39;est pas dans la liste"),
        ({"value": "Écrire à ana@essais.fr"}, "une adresse électronique"),
        ({"value": "Faux titre"}, "C&#39;est déjà la valeur"),
        ({"reason": ""}, "Dites pourquoi"),
        ({"reason": "vu avec ana@essais.fr"}, "il est public"),
        ({"reason": "x" * 501}, "dépasse 500 caractères"),
        ({"reason": "Erreur\0"}, "ne peut pas être enregistré"),
        ({"value": "Bon\0titre"}, "un caractère qui ne peut pas être enregistré"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_written(
    app: Flask, fiche: str, given: dict[str, str], told: str
) -> None:
    form = {"champ": "title", "value": "Bon titre", "reason": "Erreur de saisie", "confirmed": "oui"} | given
    answer = sent(entered(app, ADMINISTRATION), fiche, **form)
    assert answer.status_code == 422
    assert told in answer.text.replace("\u202f", " ").replace("\xa0", " ")
    assert 'aria-invalid="true"' in answer.text
    assert db.session.scalars(select(Run).where(Run.writer == "correction")).all() == []


def test_the_correction_of_a_draft_is_read_by_no_visitor(app: Flask, fiche: str) -> None:
    source = db.session.scalars(select(Source).where(Source.slug == "essai-nantes")).one()
    run(source, [Record("process", "b", {"title": "Brouillon faux"}, diffusion="brouillon")])
    draft = db.session.scalars(select(Facet.hub_id).where(Facet.remote_id == "b")).one()
    client = entered(app, ADMINISTRATION)
    assert applied(client, f"/corriger/{draft}", "title", "Secret gardé").status_code == 303
    assert "Secret gardé" in client.get(f"/provenance/{draft}").text
    last = db.session.scalars(select(Run.ref).order_by(Run.id.desc())).first()
    for address in (f"/moissons/{last}", f"/api/v1/runs/{last}", "/demarches", "/api/v1/changes", "/api/v1/processes"):
        answer = app.test_client().get(address)
        assert answer.status_code in (200, 404)
        assert "Secret gardé" not in answer.text, address


def test_a_text_of_several_lines_keeps_them_as_they_are_typed(app: Flask, fiche: str) -> None:
    assert applied(entered(app, ADMINISTRATION), fiche, "summary", "Un\r\nDeux").status_code == 303
    assert thing("process", "1").data["summary"] == "Un\nDeux"


def test_links_and_the_words_of_the_source_are_not_corrected_here(app: Flask, fiche: str) -> None:
    client = entered(app, ADMINISTRATION)
    for field in ("parent_id", "trace", "type_raw", "budget_state", "updated_at", "nimporte"):
        assert client.get(f"{fiche}?champ={field}").status_code == 400
        assert applied(client, fiche, field, "x").status_code == 400
    assert client.get("/corriger/0000000000000").status_code == 404


def test_a_correction_is_withdrawn_and_the_source_is_read_again(app: Flask, fiche: str) -> None:
    client = entered(app, ADMINISTRATION)
    applied(client, fiche, "title", "Bon titre")
    applied(client, fiche, "starts_on", "2020")
    assert sent(client, f"{fiche}/retirer", champ="title", reason="").status_code == 422
    assert sent(client, f"{fiche}/retirer", champ="title", reason="La source a raison").status_code == 303
    read = thing("process", "1")
    assert (read.title, read.data["starts_on"]) == ("Faux titre", "2020")
    again = sent(client, f"{fiche}/retirer", champ="title", reason="La source a raison")
    assert again.status_code == 400
    assert "il n&#39;y a rien à retirer" in again.text.replace("\xa0", " ")


def test_while_the_source_is_read_the_form_keeps_what_was_typed_and_asks_to_try_again(app: Flask, fiche: str) -> None:
    last = db.session.scalars(select(Run).order_by(Run.id.desc())).first()
    assert last
    row = {name: getattr(last, name) for name in ("source_id", "trigger", "writer", "connector", "connector_version")}
    row |= {"ref": "en-cours", "state": "running", "mode": "full", "counts": {}, "schema_version": "1.0.0"}
    lease = {"lease_owner": f"ailleurs:{os.getpid()}", "lease_until": "2999-01-01T00:00:00Z"}
    with writing() as connection:
        connection.execute(insert(Run).values(**row, **lease, started_at=iso(now()), queued_at=iso(now())))
    answer = applied(entered(app, ADMINISTRATION), fiche, "title", "Bon titre")
    assert answer.status_code == 409
    assert "Réessayez dans quelques minutes" in answer.text.replace("\xa0", " ")
    assert 'value="Bon titre"' in answer.text
    assert thing("process", "1").title == "Faux titre"


def test_a_thing_that_is_gone_stays_as_it_was_read(app: Flask, fiche: str) -> None:
    gone = Record("process", "1", {}, deleted=True)
    run(db.session.scalars(select(Source).where(Source.slug == "essai-nantes")).one(), [gone])
    client = entered(app, ADMINISTRATION)
    assert "ne se corrige plus" in applied(client, fiche, "title", "Bon titre").text.replace("\xa0", " ")
    assert "Corriger une valeur" not in client.get(f"/provenance/{fiche.rpartition('/')[2]}").text
