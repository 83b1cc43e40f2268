"""The hub's own templates of tables: one row a thing, French headers (`platforms/files.md` §4)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.text import folded

Reading = tuple[str, str, str]
"""Column, field of the record, how it is read."""


@dataclass(frozen=True, slots=True)
class Template:
    """The columns of a file: those it must have, and what each says."""

    kind: str
    required: tuple[str, ...]
    readings: tuple[Reading, ...]
    others: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Return every column that the template reads."""
        return tuple(dict.fromkeys([*self.required, *(column for column, _, _ in self.readings), *self.others]))


def _template(kind: str, required: str, readings: str, others: str = "") -> Template:
    rows = (line.split() for line in readings.strip().splitlines())
    return Template(kind, tuple(required.split()), tuple((a, b, c) for a, b, c in rows), tuple(others.split()))


_PLACE = "lieu latitude longitude"
TEMPLATES: Mapping[str, Template] = {
    "demarches": _template("process", "identifiant titre", """
        titre title line
        resume summary html
        description description html
        type type_raw text
        niveau_engagement announced_level code:niveau_engagement
        themes themes_raw list:theme
        communes communes list
        territoire territory_raw list
        date_debut starts_on date
        date_fin ends_on date
        etat state code:etat_demarche
        url url text
        date_publication published_at datetime
        date_mise_a_jour updated_at datetime
        demarche_parente parent_id key"""),
    "etapes": _template("stage", "identifiant demarche titre", """
        demarche process_id key
        titre title line
        ordre position integer
        etape stage_raw code:etape:stage
        date_debut starts_at datetime
        date_fin ends_at datetime
        etat state code:etat_demarche
        url url text"""),
    "contributions": _template("contribution", "identifiant demarche titre", """
        demarche process_id key
        etape stage_ids list
        type type code:type_contribution
        reference reference text
        titre title line
        themes themes_raw list:theme
        date_publication published_at datetime
        date_mise_a_jour updated_at datetime
        statut status_raw code:statut_proposition:status
        reponse answer html
        date_reponse answered_at datetime
        votes votes count
        soutiens supports count
        commentaires comments count
        montant amount amount
        url url text""", f"texte {_PLACE}"),
    "chiffres": _template("observation", "indicateur periode valeur", """
        indicateur metric code:metrique
        canal channel code:canal
        nature basis code:nature_chiffre
        methode method_raw text
        releve_le as_of datetime""", "demarche siren motif qualificatif"),
    "reunions": _template("meeting", "identifiant titre debut", """
        demarche process_ids list
        titre title line
        debut starts_at datetime
        fin ends_at datetime
        canal channel code:canal
        presents attendees count
        inscrits registrations count
        capacite capacity count
        compte_rendu report_url text
        annulee cancelled mark
        url url text""", _PLACE),
    "engagements": _template("commitment", "identifiant titre statut", """
        demarche process_id key
        titre title line
        description description html
        statut status_raw code:statut_engagement:status
        avancement progress percent
        date_debut starts_on date
        echeance due_on date
        montant amount amount
        contributions from_contribution_ids list
        url url text""", "date_statut"),
    "deliberations": _template(
        "deliberation", "COLL_SIRET DELIB_ID DELIB_DATE DELIB_MATIERE_CODE DELIB_MATIERE_NOM DELIB_OBJET", """
        DELIB_OBJET title line
        COLL_SIRET siret digits
        DELIB_ID number key
        DELIB_DATE decided_on date
        DELIB_MATIERE_CODE matter_code text
        DELIB_MATIERE_NOM matter_name text
        VOTE_POUR votes_for count
        VOTE_CONTRE votes_against count
        VOTE_ABSTENTION abstentions count
        DELIB_URL document_url text"""),
    "documents": _template("document", "identifiant titre url", """
        titre title line
        url url text
        type type code:type_document
        date_publication published_at datetime""", "objet"),
    "couverture": _template("", "fiches periode niveau", "", "part declaration"),
}  # fmt: skip
"""File → its template. `couverture.csv` is known, to be refused with the reason (`connectors/tabular_rows.py`)."""

_START, _END = "debut date_de_debut start_date starts_on", "fin date_de_fin end_date ends_on"
ALIASES: Mapping[str, str] = {
    "identifiant": "id code ref",
    "titre": "intitule nom_de_la_demarche libelle title name",
    "date_debut": _START,
    "date_fin": _END,
    "debut": f"horaire_debut date_debut {_START}",
    "fin": f"horaire_fin date_fin {_END}",
    "url": "lien adresse_web page",
    "themes": "thematiques thematique theme categorie",
    "territoire": "quartier secteur commune perimetre",
    "montant": "budget cout montant_ttc",
    "avancement": "etat_davancement avancement_%",
    "niveau_engagement": "niveau_d_engagement",
    "date_reponse": "date_de_reponse",
    "date_statut": "date_de_statut date_du_statut",
    "releve_le": "date_de_releve",
    "texte": "contenu",
    "date_publication": "date_de_publication publie_le creation",
    "date_mise_a_jour": "date_de_mise_a_jour mis_a_jour_le modification",
    "votes": "nb_votes nombre_de_votes",
    "commentaires": "nb_commentaires nombre_de_commentaires",
}
"""Column → the other names it is known by. `contenu`, `creation`, `modification` are those of old platform exports."""

COUNTS: Mapping[str, str] = {
    folded(name): metric
    for metric, names in {
        "participants": "nb_participants nombre_de_participants participants",
        "contributions": "nb_contributions nombre_de_contributions contributions nb_avis nombre_d_avis",
        "propositions": "nb_propositions nombre_de_propositions propositions",
        "commentaires": "nb_commentaires nombre_de_commentaires commentaires",
        "votes": "nb_votes nombre_de_votes votes",
    }.items()
    for name in re.findall(r"\S+", names)
}
"""Columns of counts in `demarches.csv` → the metric of the observation they become."""


def names_of(column: str) -> Sequence[str]:
    """Return the folded names that a column goes by, its own first."""
    return [folded(name) for name in (column, *ALIASES.get(column, "").split())]
