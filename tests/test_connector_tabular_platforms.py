"""Exports of Cap Collectif and open-data files of Decidim (`platforms/files.md` §5, §6): ids are the APIs'."""

from __future__ import annotations

import base64
import re
from datetime import date
from typing import Any

import pytest

from connectors import tabular
from connectors.base import Checkpoint, Item, Record, RecordRefused, SourceChanged
from tests.platforms.files import CANARIES, PROPOSAL, archive, full_export, proposal, rows_of, table
from tests.test_connector_tabular import read, records, refused


def simplified(*rows: dict[str, Any], columns: tuple[str, ...] = PROPOSAL, **options: Any) -> list[Item]:
    return read(table(rows_of(columns, *rows), bom=True), "contributions_p_s_simplified.csv", process="P1", **options)


def test_a_simplified_export_gives_the_ids_of_the_api() -> None:
    (record,) = records(simplified(proposal(1)), "contribution")
    assert base64.b64decode(record.remote_id) == b"Proposal:uuid-1"
    assert record.data == {
        "process_id": "P1",
        "type": "proposition",
        "title": "Projet 1",
        "reference": "1-1",
        "url": "https://cap.exemple.fr/p/1",
        "body": "En bref",
        "themes_raw": ["Mobilités", "Voirie"],
        "location": {"label": "1 rue des Alouettes", "lat": 47.218, "lon": -1.553},
        "territory_raw": ["Centre"],
        "published_at": "2017-01-31T23:02:40Z",
        "status_raw": "Retenu",
        "votes": 12,
        "amount": 1500.5,
    }
    (long,) = records(simplified(proposal(1), bodies=True, step="S1"), "contribution")
    assert (long.data["body"], long.data["stage_ids"]) == ("En long", ["S1"])


def test_the_votes_of_a_step_are_summed_by_channel_and_points_that_nobody_gives_are_not() -> None:
    found = records(simplified(proposal(1), proposal(2), step="S1"), "observation")
    assert [(record.data["channel"], record.data["quantity"]["value"]) for record in found] == [
        ("en_ligne", 20),
        ("presentiel", 4),
    ]
    assert {record.data["metric"] for record in found} == {"votes"}
    assert found[0].data["subject"] == {"kind": "stage", "remote_id": "S1"}
    assert found[0].data["indicative"] is True


def test_a_sum_in_which_one_figure_is_missing_is_not_known() -> None:
    found = records(simplified(proposal(1), proposal(2, export_proposal_votes_digital_count="")), "observation")
    assert [record.data["channel"] for record in found] == ["presentiel"]


def test_without_vote_columns_there_is_no_vote() -> None:
    columns = tuple(column for column in PROPOSAL if "votes" not in column)
    items = simplified(proposal(1), columns=columns)
    assert records(items, "observation") == []
    assert "votes" not in records(items)[0].data


def test_a_full_export_of_40_rows_is_3_proposals_of_which_one_was_trashed() -> None:
    items = read(full_export(), "contributions_projet_etape.csv", process="P1")
    found = records(items, "contribution")
    assert [base64.b64decode(record.remote_id) for record in found] == [b"Proposal:uuid-0", b"Proposal:uuid-1"]
    assert [record.data["votes"] for record in found] == [12, 12]
    assert records(items, "observation")[0].data["quantity"] == {"value": 20}
    assert refused(items) == [("colonnes_de_personnes", "L1"), ("colonnes_inconnues", "L1")]
    assert items[1].values["key"] == "« Avez-vous un budget ? »"  # a question of the site: told, never read


def test_old_keys_are_the_same_without_prefix_and_in_camel_case() -> None:
    text = (
        "contribution_type,proposal_id,proposal_title,proposal_votes_totalCount,proposal_publishedAt,proposal_summary\n"
    )
    text += "proposal,uuid-1,Projet,3,2017-02-01 00:02:40,Bref\nproposalVote,uuid-1,Projet,3,2017-02-01 00:02:40,Bref\n"
    (record,) = records(read(text, process="P1"))
    assert base64.b64decode(record.remote_id) == b"Proposal:uuid-1"
    assert (record.data["votes"], record.data["published_at"]) == (3, "2017-01-31T23:02:40Z")


def test_headers_in_the_language_of_the_site_are_read_with_the_labels_of_the_source() -> None:
    text = "Identifiant de la proposition,Intitulé de la proposition,Résumé,Nom de l'auteur\n"
    text += "uuid-1,Projet,Bref,Jeanne Canari\n"
    labels = ["Identifiant de la proposition=export_proposal_id", "Intitulé de la proposition=export_proposal_title"]
    with pytest.raises(SourceChanged, match="En-tête lu"):
        read(text, process="P1")
    (record,) = records(read(text.replace("Nom de l'auteur", "Auteur"), process="P1", labels=labels))
    assert record.data["title"] == "Projet"


def test_an_export_does_not_say_its_process_a_person_does() -> None:
    with pytest.raises(SourceChanged, match="Démarche des fiches"):
        read(table(rows_of(PROPOSAL, proposal(1))))


def test_the_replies_of_a_questionnaire_are_only_counted() -> None:
    kind = "export_contribution_type_questionnaire_reply"
    text = "export_contribution_type,export_contribution_id,export_contribution_draft,Votre âge ?\n"
    text += f"{kind},r1,Non,12\n{kind}_anonymous,r2,Non,13\n{kind},r3,Oui,14\n"
    (record,) = records(read(text, process="P1", step="S1"))
    assert (record.data["metric"], record.data["quantity"]) == ("reponses", {"value": 2})


def test_a_consultation_keeps_opinions_and_their_versions() -> None:
    head = (
        "export_contribution_type,export_contribution_id,export_contribution_title,export_contribution_section_title,"
    )
    head += "export_contribution_body_text,export_contribution_url,export_contribution_votes_count,"
    head += "export_contribution_votes_author_id,export_contribution_versions_id,export_contribution_versions_title\n"
    kind = "export_contribution_type_opinion"
    text = f"{head}{kind},o1,Article 1,Titre I,Texte,https://cap.exemple.fr/o1,4,,,\n"
    text += f"{kind}_vote,o1,Article 1,Titre I,Texte,,4,Jeanne Canari,,\n"
    text += f"{kind}_version,o1,Article 1,Titre I,Texte,,4,,v1,Article 1 bis\n"
    opinion, version = records(read(text, process="P1"))
    assert (opinion.remote_id, opinion.data["heading"], opinion.data["votes"]) == ("o1", "Titre I", 4)
    assert (version.remote_id, version.data["is_amendment"], version.data["title"]) == ("v1", True, "Article 1 bis")


def test_the_arguments_of_a_debate_have_no_id_and_are_refused() -> None:
    head = "export_contribution_argument_published_at,export_contribution_argument_author_username,"
    head += "export_contribution_argument_content,export_contribution_argument_type\n"
    with pytest.raises(SourceChanged, match="pas d'identifiant"):
        read(head + "2017-02-01 00:02:40,Jeanne Canari,Oui,for\n", process="P1")


def test_the_events_of_a_site_are_meetings_without_their_authors() -> None:
    columns = (
        "_id,id,title,body,media_url,author_id,author_email,created_at,updated_at,is_enabled,start_at,end_at,zipCode,"
        "address,city,country,lat,lng,link,registration_enabled"
    )
    text = f"{columns}\n1,e1,Atelier,<p>Venez</p>,,Jeanne Canari,jeanne.canari@exemple.fr,2024-01-01 10:00:00,,1,"
    text += "2024-02-01 18:00:00,2024-02-01 20:00:00,44000,1 rue,Nantes,FR,47.2,-1.5,,1\n"
    text += "2,e2,Masqué,,,,,,,0,2024-02-01 18:00:00,,,,,,,,,\n"
    (record,) = records(read(text, "events.csv"))
    assert base64.b64decode(record.remote_id) == b"Event:e1"
    assert record.data == {
        "title": "Atelier",
        "description": "Venez",
        "starts_at": "2024-02-01T17:00:00Z",
        "ends_at": "2024-02-01T19:00:00Z",
        "location": {"label": "1 rue, Nantes", "lat": 47.2, "lon": -1.5},
        "published_at": "2024-01-01T09:00:00Z",
    }


def decidim(entity: str, *rows: dict[str, Any], dated: date | None = date(2026, 1, 15), **options: Any) -> list[Item]:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    content = table(rows_of(columns, *rows), ";")
    items = list(tabular.records_of(content, f"site.exemple.fr-open-data-{entity}.csv", options, dated))
    assert not any(canary in str(items) for canary in CANARIES)
    return items


SPACE = {"participatory_space/id": 3, "participatory_space/url": "https://d.exemple.fr/processes/velo?locale=fr"}
PROPOSITION = {
    "title/en": "A bench",
    "id": 12,
    "author/name": "Jeanne Canari",
    "title/fr": "'=Un banc",
    "title/machine_translations/es": "Un banco",
    "body/fr": "Le texte",
    "category/name/fr": "Voirie",
    "scope/name/fr": "Nord",
    "component/id": 5,
    "state": "accepted",
    "reference": "R-12",
    "answer/fr": "<p>Oui</p>",
    "answered_at": "2024-02-01 10:00:00 UTC",
    "supports": 7,
    "endorsements/total_count": 3,
    "endorsements/user_endorsements": "Jeanne Canari",
    "comments": 0,
    "is_amend": "false",
    "published_at": "2024-01-31 10:00:00 +0100",
    "url": "https://d.exemple.fr/processes/velo/f/5/proposals/12",
    **SPACE,
}


def test_a_proposal_of_the_archive_is_the_one_of_the_api() -> None:
    (record,) = records(decidim("proposals", PROPOSITION))
    assert record.remote_id == "proposal-12"
    assert record.data == {
        "title": "=Un banc",
        "url": "https://d.exemple.fr/processes/velo/f/5/proposals/12",
        "published_at": "2024-01-31T09:00:00Z",
        "themes_raw": ["Voirie"],
        "territory_raw": ["Nord"],
        "process_id": "process-3",
        "type": "proposition",
        "reference": "R-12",
        "status_raw": "accepted",
        "answer": "Oui",
        "answered_at": "2024-02-01T10:00:00Z",
        "votes": 7,
        "supports": 3,
        "comments": 0,
    }
    (with_text,) = records(decidim("proposals", PROPOSITION, bodies=True))
    assert with_text.data["body"] == "Le texte"


def test_the_columns_of_decidim_may_stand_in_any_order_and_a_title_in_any_language() -> None:
    shuffled = dict(sorted(PROPOSITION.items(), reverse=True))
    assert records(decidim("proposals", shuffled))[0].data == records(decidim("proposals", PROPOSITION))[0].data
    (record,) = records(decidim("proposals", {**PROPOSITION, "title/fr": ""}))
    assert record.data["title"] == "A bench"


@pytest.mark.parametrize(
    ("text", "themes"),
    [
        ('{"fr"=>"Voirie", "en"=>"Roads"}, {"fr"=>"L\\"eau"}', ["Voirie", 'L"eau']),
        ('{"en" => "Roads"}', ["Roads"]),
        ('{"fr"=>nil}', ['{"fr"=>nil}']),
        ('{"fr"=>"Voirie"', ['{"fr"=>"Voirie"']),
        ("Voirie", ["Voirie"]),
    ],
)
def test_inspected_hashes_are_read_strictly_or_kept_as_they_are(text: str, themes: list[str]) -> None:
    row = {key: value for key, value in PROPOSITION.items() if not key.startswith(("category", "scope"))}
    (record,) = records(decidim("proposals", {**row, "taxonomies/name": text, "votes": "", "withdrawn": "true"}))
    assert record.data["themes_raw"] == themes
    assert record.data["withdrawn"] is True


MEETING = {
    "id": 4,
    "title/fr": "Atelier",
    "description/fr": "<p>Venez</p>",
    "start_time": "2024-02-01 18:00:00",
    "end_time": "2024-02-01 20:00:00",
    "attendees": 0,
    "contributions": 5,
    "address": "1 rue",
    "location/fr": "Mairie",
    "published": "true",
    "url": "https://d.exemple.fr/processes/velo/f/6/meetings/4",
    **SPACE,
}


def test_a_meeting_without_zone_is_in_utc_and_its_doubtful_zero_is_told() -> None:
    items = decidim("meetings", MEETING, {**MEETING, "id": 5, "published": "false"})
    (record,) = records(items)
    assert record.remote_id == "meeting-4"
    assert record.data == {
        "title": "Atelier",
        "url": "https://d.exemple.fr/processes/velo/f/6/meetings/4",
        "process_ids": ["process-3"],
        "description": "Venez",
        "starts_at": "2024-02-01T18:00:00Z",
        "ends_at": "2024-02-01T20:00:00Z",
        "location": {"label": "Mairie, 1 rue"},
        "attendees": 0,
        "contributions": 5,
    }
    assert refused(items) == [("zeros_douteux", "L1")]


@pytest.mark.parametrize("dated", [None, date(2024, 1, 15)])
def test_nobody_attended_yet_is_not_zero(dated: date | None) -> None:
    items = decidim("meetings", MEETING, dated=dated)
    assert "attendees" not in records(items)[0].data
    assert refused(items) == []


def test_a_result_knows_its_proposals_by_their_addresses() -> None:
    row = {
        "id": 8, "title/fr": "Piste", "progress": 120, "status/id": 1, "status/name/fr": "En travaux", "parent/id": 7,
        "start_date": "2024-01-01", "end_date": "2025-01-01", "component/id": 2,
        "created_at": "2024-01-01 00:00:00 UTC",
        "proposal_urls": "https://d.exemple.fr/a/proposals/12, https://d.exemple.fr/a/proposals/15?locale=fr",
    }  # fmt: skip
    (record,) = records(decidim("results", row))
    assert record.data == {
        "title": "Piste",
        "status": "inconnu",
        "status_raw": "En travaux",
        "progress": 1,
        "starts_on": "2024-01-01",
        "due_on": "2025-01-01",
        "parent_id": "result-7",
        "from_contribution_ids": ["proposal-12", "proposal-15"],
    }


def test_projects_debates_spaces_and_metrics_are_read() -> None:
    project = {
        "id": 9,
        "title/fr": "Banc",
        "budget_amount": 1500,
        "confirmed_votes": "",
        "selected_at": "2024-01-01",
        **SPACE,
    }
    (record,) = records(decidim("projects", project))
    assert (record.remote_id, record.data["type"], record.data["amount"]) == ("project-9", "projet", 1500)
    assert "votes" not in record.data
    debate = {
        "id": 2,
        "title/fr": "Débat",
        "start_time": "",
        "closed_at": "",
        "comments_enabled": "true",
        "conclusions/fr": "Fin",
    }
    (record,) = records(decidim("debates", {**debate, **SPACE}))
    assert (record.remote_id, record.data["answer"]) == ("debate-2", "Fin")
    space = {
        "id": 3,
        "title/fr": "Plan vélo",
        "slug": "velo",
        "promoted": "true",
        "start_date": "2024-01-01 00:00:00 UTC",
        "participatory_process_group/title/fr": "Groupe",
    }
    (record,) = records(decidim("participatory_processes", space))
    assert (record.remote_id, record.data["type_raw"], record.data["starts_on"]) == (
        "process-3",
        "Groupe",
        "2024-01-01",
    )
    initiative = {
        "title/fr": "Non",
        "url": "https://d.exemple.fr/initiatives/i-31",
        "state": "published",
        "signature_start_date": "2024-01-01",
        "online_votes": 3,
    }
    record, signatures = records(decidim("initiatives", initiative))
    assert record.remote_id == "initiative-31"
    assert signatures.remote_id == "process:initiative-31:signatures:2024-01-01/:en_ligne:"
    assert signatures.data["quantity"] == {"value": 3}
    days = [
        {"day": "2024-01-01", "metric_type": kind, "cumulative": 10, "quantity": 2} for kind in ("users", "followers")
    ]
    (record,) = records(decidim("metrics", *days, siren="244400404"))
    assert (record.data["metric"], record.data["basis"], record.data["quantity"]) == ("comptes", "cumul", {"value": 10})
    with pytest.raises(SourceChanged, match="SIREN"):
        decidim("metrics", *days)


def test_comments_are_never_read() -> None:
    row = {"id": 1, "body": "Jeanne Canari", "commentable_id": 3, "author/id": 2, "root_commentable_url": "https://a"}
    with pytest.raises(SourceChanged, match="commentaires"):
        decidim("comments", row)


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_a_site_with_nothing_of_a_kind_gives_an_empty_file_which_is_no_error(content: bytes) -> None:
    items = list(tabular.records_of(content, "site.exemple.fr-open-data-debates.csv", {}))
    assert [type(item) for item in items] == [Checkpoint]


def test_an_archive_is_read_table_by_table_and_its_persons_are_left_inside() -> None:
    def file(*rows: dict[str, Any]) -> bytes:
        return table(rows_of(list(rows[0]), *rows), ";")

    content = archive(
        {
            "d-open-data-proposals.csv": file(PROPOSITION),
            "dossier/d-open-data-meetings.csv": file(MEETING),
            "d-open-data-users.csv": b"id;name;nickname\n1;Jeanne Canari;canari\n",
            "d-open-data-debates.csv": b"\n",
            "README.md": b"# Jeanne Canari",
        }
    )
    items = read(content, "d-open-data.zip")
    assert [record.remote_id for record in records(items)] == ["proposal-12", "meeting-4"]
    assert any(isinstance(item, RecordRefused) and item.rule == "zeros_douteux" for item in items)
    assert isinstance(items[-1], Checkpoint)
    assert items[-1].end
    only = read(content, "d-open-data.zip", sheet="d-open-data-proposals.csv")
    assert [record.remote_id for record in records(only)] == ["proposal-12"]


def test_no_identifier_of_a_platform_is_a_title_or_an_address() -> None:
    for item in decidim("proposals", PROPOSITION) + decidim("meetings", MEETING):
        if isinstance(item, Record):
            assert re.fullmatch(r"[a-z]+-[0-9]+", item.remote_id)
