"""The hub's own templates: what each column says in the shared schema (`platforms/files.md` §2, §4)."""

from __future__ import annotations

from typing import Any

import pytest

import schemas
from connectors import tabular
from connectors.base import Item, Record, RecordRefused, SourceChanged
from connectors.tabular_templates import TEMPLATES
from tests.test_connector_tabular import read, records, refused


def row(columns: str, cells: str, **options: Any) -> list[Item]:
    return read(f"{columns}\n{cells}\n", **options)


def test_every_column_of_every_template_leads_to_a_field_of_its_kind() -> None:
    for template in TEMPLATES.values():
        for _, field, _ in template.readings:
            assert field in schemas.schema(template.kind)["properties"]
    assert set(tabular.FIELDS) > {"process.title", "observation.metric", "deliberation.siret"}


def test_a_process_with_its_themes_its_communes_and_its_dates() -> None:
    (record,) = records(
        row(
            "Identifiant;Intitulé;Résumé;Description;Type;Niveau d'engagement;Thématiques;Communes;Territoire;"
            "Date de début;Fin;État;Lien;Date de publication;Date de mise à jour;Démarche parente",
            "118;Rue des Alouettes;En bref;<p>Tout</p>;Concertation;Co-construction;Mobilités|Voirie;44109|44162;Nord;"
            "01/03/2024;2024-12;Terminée;https://a.exemple.fr/118;31/01/2024 10:00;2024-02-01;plan",
        )
    )
    assert (record.kind, record.remote_id) == ("process", "118")
    assert record.data == {
        "title": "Rue des Alouettes",
        "summary": "En bref",
        "description": "Tout",
        "type_raw": "Concertation",
        "announced_level": "co_construction",
        "themes": ["mobilites"],
        "themes_raw": ["Mobilités", "Voirie"],
        "communes": ["44109", "44162"],
        "territory_raw": ["Nord"],
        "starts_on": "2024-03-01",
        "ends_on": "2024-12",
        "state": "terminee",
        "url": "https://a.exemple.fr/118",
        "published_at": "2024-01-31T09:00:00Z",
        "updated_at": "2024-02-01",
        "parent_id": "plan",
    }


def test_counts_beside_a_process_become_figures_whose_channel_nobody_says() -> None:
    items = row(
        "id;titre;date_debut;date_fin;nb_participants;nb_avis;nb_votes", "118;Rue;2024-01-01;2024-06-30;1 234;NC;0"
    )
    found = records(items, "observation")
    assert [record.remote_id for record in found] == [
        "process:118:participants:2024-01-01/2024-06-30:non_precise:",
        "process:118:contributions:2024-01-01/2024-06-30:non_precise:",
        "process:118:votes:2024-01-01/2024-06-30:non_precise:",
    ]
    first, second, third = (record.data for record in found)
    assert first["quantity"] == {"value": 1234}
    assert first["channel"] == "non_precise"
    assert (second["quantity"], second["quantity_state"]) == (None, "non_communique")
    assert third["quantity"] == {"value": 0}


def test_an_empty_count_is_unknown_and_never_zero() -> None:
    assert records(row("identifiant;titre;etat;nb_participants", "118;Rue;;"), "observation") == []


def test_a_stage_keeps_the_words_of_the_source_when_no_code_is_known() -> None:
    known, other = records(
        read(
            "identifiant,demarche,ordre,titre,etape,date_debut,etat\n"
            "s1,118,1,Mandat,Mandat,2024-01-01,En cours\ns2,118,2,Bilan,Grand débat,,\n"
        )
    )
    assert known.data == {
        "process_id": "118", "position": 1, "title": "Mandat", "stage": "mandat", "starts_at": "2024-01-01",
        "state": "en_cours",
    }  # fmt: skip
    assert other.data["stage_raw"] == "Grand débat"


def test_a_contribution_with_its_place_its_figures_and_its_answer() -> None:
    header = "identifiant;demarche;etape;type;reference;titre;texte;themes;lieu;latitude;longitude;date_publication;"
    header += "statut;reponse;date_reponse;votes;soutiens;commentaires;montant;url"
    cells = (
        "c1;118;s1;Projet;R-1;Un banc;Le texte;Voirie;Place;47,218;-1.553;2024-05-02;Retenue;Oui;2024-06;1.800;NC;0;"
    )
    (record,) = records(row(header, cells + "1 234,5 €;https://a.exemple.fr/c1"))
    assert record.data == {
        "process_id": "118",
        "stage_ids": ["s1"],
        "type": "projet",
        "reference": "R-1",
        "title": "Un banc",
        "themes_raw": ["Voirie"],
        "location": {"label": "Place", "lat": 47.218, "lon": -1.553},
        "published_at": "2024-05-02",
        "status": "retenue",
        "answer": "Oui",
        "answered_at": "2024-06",
        "votes": 1800,
        "supports": None,
        "supports_state": "non_communique",
        "comments": 0,
        "amount": 1234.5,
        "url": "https://a.exemple.fr/c1",
    }
    (with_text,) = records(row(header, cells + ";", bodies=True))
    assert with_text.data["body"] == "Le texte"
    assert "amount" not in with_text.data


def test_a_contribution_of_no_stated_type_is_of_another_type_and_a_latitude_alone_is_no_place() -> None:
    (record,) = records(row("identifiant,titre,latitude,votes", "c1,Un banc,47.2,", process="118"))
    assert record.data == {"process_id": "118", "type": "autre", "title": "Un banc"}


def test_a_file_of_2015_with_its_own_names_is_read_as_contributions() -> None:
    (record,) = records(
        row("Identifiant,Titre,Lié à..,Contenu,Catégorie,Création,Modification",
            "7,Un banc,,Texte,Voirie,2015-02-01 10:00:00,", process="118")
    )  # fmt: skip
    assert (record.kind, record.data["published_at"]) == ("contribution", "2015-02-01T09:00:00Z")


PERIODS = [
    ("2025", {"from": "2025", "to": "2025", "precision": "annee"}),
    ("2025-T2", {"from": "2025-04", "to": "2025-06", "precision": "trimestre"}),
    ("2025-03", {"from": "2025-03", "to": "2025-03", "precision": "mois"}),
    ("31/01/2025", {"from": "2025-01-31", "to": "2025-01-31", "precision": "jour"}),
    ("2025-01-01/2025-06-30", {"from": "2025-01-01", "to": "2025-06-30", "precision": "plage"}),
]


@pytest.mark.parametrize(("text", "period"), PERIODS)
def test_a_figure_says_its_period(text: str, period: dict[str, str]) -> None:
    (record,) = records(row("demarche;indicateur;periode;valeur", f"118;Participants;{text};12"))
    assert record.data == {
        "subject": {"kind": "process", "remote_id": "118"},
        "metric": "participants",
        "period": period,
        "basis": "flux",
        "quantity": {"value": 12},
    }


def test_figures_of_a_metropole_their_channel_their_motive_and_their_qualifier() -> None:
    found = records(
        read(
            "siren;indicateur;periode;canal;nature;valeur;motif;qualificatif;methode;releve_le\n"
            "244400404;montant;2025;En ligne;Cumul;1 000 €;;environ;relevé;2026-01-31\n"
            "244400404;participants;2025;presentiel;;;Non collecté;;;\n"
            "244400404;participants;2024;non_precise;;NC;;;;\n"
            "244400404;participants;2023;;Part;45 %;;;;\n"
        )
    )
    money, motive, hidden, share = (record.data for record in found)
    assert money["quantity"] == {"value": 1000, "qualifier": "environ", "unit": "€"}
    assert (money["channel"], money["basis"], money["as_of"], money["method_raw"]) == (
        "en_ligne", "cumul", "2026-01-31", "relevé",
    )  # fmt: skip
    assert (motive["quantity"], motive["quantity_state"]) == (None, "non_collecte")
    assert hidden["quantity_state"] == "non_communique"
    assert share["quantity"] == {"value": 0.45}
    assert found[0].remote_id == "metropole:244400404:montant:2025:en_ligne:"


def test_a_figure_without_value_or_motive_is_stopped_at_the_door_and_one_without_subject_has_no_identity() -> None:
    items = read("demarche;indicateur;periode;valeur\n118;participants;2025;\n;participants;2025;3\n")
    (record,) = (item for item in items if isinstance(item, Record))
    assert [one.rule for one in schemas.check(record.kind, schemas.complete(record.kind, record.data))] == [
        "valeur_ou_motif"
    ]
    assert refused(items) == [("identifiant_manquant", "L3")]


def test_a_meeting_with_its_hours_and_its_counts() -> None:
    (record,) = records(
        row("identifiant;demarche;titre;debut;fin;canal;lieu;presents;inscrits;capacite;compte_rendu;annulee;url",
            "r1;118|119;Atelier;31/01/2024 18:30;31/07/2024 20:00;Hybride;Mairie;12;s;;https://a.exemple.fr/cr;X;")
    )  # fmt: skip
    assert record.data == {
        "process_ids": ["118", "119"],
        "title": "Atelier",
        "starts_at": "2024-01-31T17:30:00Z",
        "ends_at": "2024-07-31T18:00:00Z",
        "channel": "hybride",
        "location": {"label": "Mairie"},
        "attendees": 12,
        "registrations": None,
        "registrations_state": "masque",
        "report_url": "https://a.exemple.fr/cr",
        "cancelled": True,
    }


def test_an_engagement_with_its_progress_and_its_history() -> None:
    known, other = records(
        read(
            "identifiant;titre;statut;date_statut;etat_davancement;echeance;contributions;budget\n"
            "e1;Planter;En cours;02/05/2024;45;2026;c1|c2;1000\ne2;Bancs;Bientôt;;;;;\n"
        )
    )
    assert known.data == {
        "title": "Planter",
        "status": "en_cours",
        "progress": 0.45,
        "due_on": "2026",
        "from_contribution_ids": ["c1", "c2"],
        "amount": 1000,
        "history": [{"on": "2024-05-02", "status": "en_cours"}],
    }
    assert other.data == {"title": "Bancs", "status": "inconnu", "status_raw": "Bientôt"}


SCDL = "COLL_NOM,COLL_SIRET,DELIB_ID,DELIB_DATE,DELIB_MATIERE_CODE,DELIB_MATIERE_NOM,DELIB_OBJET,VOTE_POUR,DELIB_URL"


def test_deliberations_are_those_of_the_metropole_alone() -> None:
    text = f"{SCDL}\nM,24440040400129,2024-1,2024-02-01,7.10,Finances,Budget,,https://a.exemple.fr/d.pdf\n"
    text += "V,21440109300015,2024-1,2024-02-01,7.1,Finances,Autre,12,\n"
    (record,) = records(read(text, siren="244400404"))
    assert record.remote_id == "24440040400129:2024-1:2024-02-01"
    assert record.data == {
        "title": "Budget",
        "siret": "24440040400129",
        "number": "2024-1",
        "decided_on": "2024-02-01",
        "matter_code": "7.10",
        "matter_name": "Finances",
        "document_url": "https://a.exemple.fr/d.pdf",
    }
    assert len(records(read(text))) == 2


def test_a_document_says_what_it_is_about() -> None:
    found = records(
        read(
            "identifiant;titre;url;type;date_publication;objet\n"
            "d1;Bilan;https://a.exemple.fr/d1;Bilan;2024;Démarche:118\nd2;Avis;https://a.exemple.fr/d2;;;\n"
        )
    )
    assert found[0].data["subject"] == {"kind": "process", "remote_id": "118"}
    assert found[0].data["type"] == "bilan"
    assert "subject" not in found[1].data


def test_a_declaration_of_coverage_is_not_a_record_and_says_so() -> None:
    with pytest.raises(SourceChanged, match="ce n'est pas une fiche"):
        read("fiches;periode;niveau;part;declaration\nprocess;2025;complete;1;Tout\n", name="couverture.csv")


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("13/31/2024", "date_invalide"),
        ("31/13/2024", "date_invalide"),
        ("31/02/2024", "date_invalide"),
        ("45292", "date_invalide"),
    ],
)
def test_a_date_that_cannot_be_read_for_sure_refuses_its_row_and_names_its_column(cell: str, rule: str) -> None:
    items = read(f"identifiant;titre;date_debut;etat\n1;A;{cell};\n2;B;;\n")
    assert refused(items) == [(rule, "L2")]
    (problem,) = (item for item in items if isinstance(item, RecordRefused))
    assert (problem.values["pointer"], problem.remote_id) == ("/date_debut", "1")
    assert len(records(items)) == 1


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1 234,5", 1234.5),
        ("1\u202f234,5", 1234.5),
        ("1\u00a0234", 1234),
        ("1,234.5", 1234.5),
        ("1234.5", 1234.5),
        ("12 €", 12),
        ("0", 0),
    ],
)
def test_numbers_of_both_hands_are_read(cell: str, value: float) -> None:
    (record,) = records(
        row("identifiant;demarche;titre;statut;montant", f"e1;118;A;En cours;{cell}", name="engagements.csv")
    )
    assert record.data["amount"] == value


def test_a_number_that_may_be_two_refuses_its_row_outside_a_count() -> None:
    assert refused(
        row("identifiant;demarche;titre;statut;montant", "e1;118;A;En cours;1.800", name="engagements.csv")
    ) == [("nombre_invalide", "L2")]


def test_lists_accept_a_semicolon_when_it_is_not_the_delimiter() -> None:
    (record,) = records(row("identifiant,titre,etat,themes", "1,A,,Voirie;Sport"))
    assert record.data["themes_raw"] == ["Voirie", "Sport"]


def test_an_email_or_a_number_in_a_text_never_enters() -> None:
    (record,) = records(
        row("identifiant;titre;etat;resume", "1;Appelez le 06 12 34 56 78;;Écrire à jeanne.canari@exemple.fr")
    )
    assert record.data["title"] == "Appelez le [numéro masqué]"
    assert "@" not in str(record.data)
