"""Personal data at the doors: masked in what is harvested, refused in what a person sends, cleared with a motive."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, current_app

from connectors.base import Record
from hub.db import db
from hub.errors import BadQuery
from hub.harvest.correct import correct
from hub.harvest.ingest import upload
from hub.harvest.issues import clear
from hub.models import FacetVersion, Issue, Run
from hub.models.journal import decisions_on
from tests.command import Instance
from tests.conformance.desk import Desk
from tests.harvested import change
from tests.make import issues, make_source, ndjson, process, run, thing

MAIL = "jeanne.canari@exemple.fr"
TOLD = f"Écrire à {MAIL} ou au 06 12 34 56 78."


def contribution(remote_id: str = "c1", **data: object) -> Record:
    """A valid contribution."""
    return Record("contribution", remote_id, {"process_id": "1", "type": "proposition", "title": "Idée", **data}, "L1")


def row(remote_id: str, **data: object) -> dict[str, object]:
    """A démarche as a line of a file."""
    return {"kind": "process", "remote_id": remote_id, "data": {"title": "Démarche", "state": "en_cours", **data}}


def payloads() -> Iterator[bytes]:
    """What is kept of the files that were read."""
    for path in (Path(current_app.instance_path) / "raw").rglob("*.gz"):
        yield gzip.decompress(path.read_bytes())


def test_what_is_harvested_is_masked_and_an_issue_says_where_and_what_never_the_data(app: Flask) -> None:
    closed = run(make_source(), [process("1", summary=TOLD), process("2", summary="Rien à signaler")])
    (issue,) = issues()
    assert thing("process", "1").data["summary"] == "Écrire à [adresse masquée] ou au [numéro masqué]."
    assert (issue.rule, issue.severity, issue.pointer) == ("donnee_personnelle_masquee", "warning", "/summary")
    assert (issue.remote_id, issue.value) == ("1", None)
    assert "« Résumé »" in issue.message
    assert "une adresse électronique" in issue.message
    assert (closed.state, closed.counts["created"], closed.counts.get("problems", 0)) == ("complete", 2, 0)
    assert not db.session.query(FacetVersion).filter(FacetVersion.data.contains("canari")).count()


def test_what_a_connector_masked_already_is_told_too_until_the_source_is_put_right(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", summary="Écrire à [adresse masquée].")])
    run(source, [process("1", summary="Écrire à [adresse masquée].")])
    assert [issue.rule for issue in issues()] == ["donnee_personnelle_masquee"]
    run(source, [process("1", summary="Écrire à la mairie.")])
    assert (issues(), len(issues("repaired"))) == ([], 1)


def test_an_address_that_names_a_person_leaves_and_a_long_number_stays_in_a_reference(app: Flask) -> None:
    run(make_source(), [contribution(url=f"https://ville.fr/?mail={MAIL}", reference="20240612000")])
    data = thing("contribution", "c1").data
    assert "url" not in data
    assert data["reference"] == "20240612000"
    assert [issue.pointer for issue in issues()] == ["/url"]


def test_an_identifier_that_is_an_address_is_never_stored(app: Flask) -> None:
    closed = run(make_source(), [process(MAIL), process("2")])
    (issue,) = issues()
    assert (closed.counts["problems"], issue.remote_id, issue.pointer) == (1, None, "/remote_id")
    assert MAIL not in repr(vars(issue))


@pytest.mark.parametrize("refused", [{"summary": TOLD}, {"auteur": "Jeanne Canari"}, {"title": "Prénom : Jeanne"}])
def test_a_sent_record_with_personal_data_is_set_aside_and_the_others_enter(
    app: Flask, tmp_path: Path, refused: dict[str, str]
) -> None:
    file = ndjson(tmp_path / "depot.ndjson", [row("1"), row("2", **refused), row("3")])
    closed = upload(make_source(), file)
    (issue,) = issues()
    assert (closed.state, closed.counts["created"], closed.counts["problems"]) == ("complete", 2, 1)
    assert (issue.rule, issue.severity, issue.remote_id, issue.value) == ("donnee_personnelle", "error", "2", None)
    assert not db.session.query(FacetVersion).filter(FacetVersion.remote_id == "2").count()


def test_the_kept_copy_of_a_deposit_has_no_person_and_its_lines_stay_where_they_were(
    app: Flask, tmp_path: Path
) -> None:
    file = ndjson(tmp_path / f"{MAIL}.ndjson", [row("1"), row("2", summary=TOLD), row("3")])
    closed = upload(make_source(), file)
    (kept,) = payloads()
    assert [bool(line) for line in kept.split(b"\n")] == [True, False, True, False]
    assert kept.split(b"\n")[2] == file.read_bytes().split(b"\n")[2]
    assert thing("process", "3").pointer == "L3"
    assert MAIL not in (closed.filename or "")


@pytest.mark.parametrize(
    "content",
    [
        '{{"records": [{good}, {bad}]}}',
        "[{good}, {bad}]",
        '{{"records": [{good}], "auteur": "Jeanne Canari"}}',
        '{good}\n{{"kind": "process", "auteur": "Jeanne Canari"',
    ],
)
def test_whatever_its_form_the_kept_copy_has_no_person(app: Flask, tmp_path: Path, content: str) -> None:
    good = '{"kind": "process", "remote_id": "1", "data": {"title": "Rue", "state": "en_cours"}}'
    bad = '{"kind": "process", "remote_id": "2", "data": {"title": "Jeanne Canari : 06 12 34 56 78"}}'
    file = tmp_path / "depot.json"
    file.write_text(content.format(good=good, bad=bad), "utf-8")
    upload(make_source(), file)
    assert not any(b"Canari" in kept for kept in payloads())
    assert thing("process", "1").title == "Rue"


def test_a_deposit_without_persons_is_kept_byte_for_byte(app: Flask, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "depot.ndjson", [row("1"), row("2")])
    upload(make_source(), file)
    assert list(payloads()) == [file.read_bytes()]


def test_a_person_lets_a_false_hit_in_with_a_motive_that_is_kept(app: Flask, tmp_path: Path) -> None:
    source = make_source()
    file = ndjson(tmp_path / "depot.ndjson", [row("1", summary="Dossier 30000000001")])
    upload(source, file)
    (issue,) = issues()
    clear(issue, "administration de Nantes Métropole", "numéro de dossier")
    db.session.rollback()
    assert upload(source, file).counts["created"] == 1
    assert thing("process", "1").data["summary"] == "Dossier 30000000001"
    (decision,) = db.session.scalars(decisions_on(source))
    assert (decision.action, decision.motive) == ("clear", "numéro de dossier")
    assert decision.details["pointer"] == "/summary"
    assert file.read_bytes() in list(payloads())
    upload(source, ndjson(tmp_path / "autre.ndjson", [row("1", description="Dossier 30000000001")]))
    assert [each.pointer for each in issues()] == ["/description"]


def test_only_an_open_hit_is_cleared_and_only_with_a_motive(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", summary=TOLD), process("2", state="inconnu_au_bataillon")])
    hit, other = sorted(issues(), key=lambda issue: issue.rule != "donnee_personnelle_masquee")
    for issue, motive, said in ((hit, "  ", "motif"), (other, "non", "Seule une alerte")):
        with pytest.raises(BadQuery, match=said):
            clear(issue, "coordination", motive)
    clear(hit, "coordination", "ce n'est pas une personne")
    with pytest.raises(BadQuery, match="n'est plus ouverte"):
        clear(db.session.get_one(Issue, hit.id, populate_existing=True), "coordination", "encore")


def test_the_command_line_clears_a_hit_by_its_number(tmp_path: Path) -> None:
    hub = Instance(tmp_path / "instance")
    hub("init")
    with hub.inside():
        run(make_source(), [process("1", summary=TOLD)])
    assert "n° 1 · essai-nantes" in hub("issues", code=1)
    assert "Un motif est nécessaire" in hub("clear", "1", code=2)
    assert "Alerte n° 1 levée" in hub("clear", "1", "--motive", "adresse de la mairie")
    assert "Anomalies ouvertes : 0." in hub("issues")
    assert "Aucune anomalie" in hub("clear", "7", "--motive", "essai", code=2)


def test_a_correction_may_not_bring_a_person_in(app: Flask) -> None:
    run(make_source(), [process("1")])
    problems = correct(thing("process", "1").id, {"summary": TOLD}, reason="essai", author="équipe")
    assert not isinstance(problems, Run)
    assert [problem.rule for problem in problems] == ["donnee_personnelle"]


def test_the_kept_copy_of_a_deposit_has_no_free_text_and_the_rest_of_its_line(app: Flask, tmp_path: Path) -> None:
    data = {"process_id": "1", "type": "avis", "title": "Un avis", "body": "Planter des arbres"}
    lines = [{"kind": "contribution", "remote_id": "c", "data": data}, row("1")]
    upload(make_source(), ndjson(tmp_path / "depot.ndjson", lines))
    (kept,) = payloads()
    assert b"Planter" not in kept
    assert b"Un avis" in kept
    assert [thing("contribution", "c").pointer, thing("process", "1").pointer] == ["L1", "L2"]


@pytest.mark.parametrize(("options", "kept"), [({}, False), ({"bodies": True}, True)])
def test_the_free_text_of_a_contribution_is_stored_only_where_its_source_says_so(
    app: Flask, options: dict[str, bool], kept: bool
) -> None:
    source = make_source(options=options)
    run(source, [contribution(body=f"Planter des arbres. {TOLD}")])
    assert ("body" in thing("contribution", "c1").data) == kept
    assert MAIL not in str(thing("contribution", "c1").data)


def test_the_value_that_a_problem_quotes_is_masked(app: Flask) -> None:
    run(make_source(), [process("1", starts_on=MAIL), process("2")])
    (issue,) = issues()
    assert issue.value == "[adresse masquée]"
    assert MAIL not in issue.message


@pytest.mark.parametrize(("bodies", "kept"), [(False, False), (True, True)])
def test_what_people_wrote_is_not_among_the_payloads_either(sqlite_reader: Flask, bodies: bool, kept: bool) -> None:
    desk = Desk("go_vocal-cle")
    source = desk.source()
    change(source, options={**source.options, "bodies": bodies})
    desk.read(source, full=True)
    desk.close()
    assert any(b"Planter des arbres" in content for content in payloads()) == kept
