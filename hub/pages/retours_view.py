"""What the pages of the retours d'expérience show: their year, how sure it is, their story, what is left to write."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hub.models import Facet
from hub.models.metropole import Metropole
from hub.models.network import network_thing
from hub.models.thing import Filter, Thing, read, things_of
from hub.pages.acronyms import spelled
from hub.pages.choices import METROPOLE, year
from hub.pages.sieve import Sort
from hub.pages.traces import IDENTITY, PROOF, documents, library, network_identity, proof, proofs, traces_of, weakest
from hub.pages.words import field_label, tell
from schemas.labels import label

KIND = "network/experience"
STATES = {
    "ebauche": ("Ébauche", "le thème et les métropoles sont connus, le récit reste à écrire"),
    "complet": ("Complet", "les métropoles contributrices l'ont écrit"),
    "relu": ("Relu", "une autre métropole l'a relu"),
    "archive": ("Archivé", "gardé pour mémoire"),
}
"""The states of a retour: their word, and what it means."""
STORY = (
    "context", "done", "actors", "organisation", "spaces", "topics", "means", "results", "did_not_work", "conditions",
    "otherwise", "participants", "contact_role",
)  # fmt: skip
FACTS = (
    "title", "theme", "themes", "year", "contributors", "encounter_id", "questionnaire_id", "process_ids",
    "document_ids", *STORY, "text_raw", "state",
)  # fmt: skip
LISTED = (
    *IDENTITY, "title", "theme", "themes", "year", "year_certainty", "year_readings", "state", "encounter_id",
    "questionnaire_id", *PROOF,
)  # fmt: skip
Retour = dict[str, Any]


def sorts(register: Mapping[str, Metropole]) -> list[Sort[Retour]]:
    """Return the facets of the list; `register` is the metropoles by SIREN."""
    names = {each.slug: each.short_name for each in register.values()}

    def slugs(one: Retour) -> list[str]:
        return [register[siren].slug for siren in one["contributors"]]

    return [
        Sort(METROPOLE, "Métropole", slugs, names.__getitem__),
        Sort("annee", "Année de présentation", lambda one: [one["year"]] if "year" in one else [], year),
        Sort("theme", "Thème", lambda one: one.get("themes", ()), lambda code: label("theme", code)),
    ]


def dated(retour: Retour) -> Retour:
    """Return a retour with how sure its year is, in `year_certainty` and `year_readings`."""
    trace = weakest(traces_of(retour, "year"))
    names = {"certainty": "year_certainty", "readings": "year_readings"}
    return retour | {name: trace[key] for key, name in names.items() if key in trace and "year" in retour}


def row(retour: Retour, slugs: Mapping[str, str]) -> dict[str, Any]:
    """Return a retour as a row of the list."""
    return {**retour, **network_identity(retour, slugs), **proof(retour)}


def themed(themes: Collection[str]) -> list[Thing]:
    """Return a few démarches of these themes, which could become retours; none when no theme is asked."""
    if not themes:
        return []
    narrowed = Filter(terms=(("themes", tuple(themes)),))
    return read(things_of("process", narrowed).order_by(Facet.sort_key).limit(5))


def story(retour: Retour, register: Mapping[str, Metropole]) -> list[dict[str, Any]]:
    """Return each part of the story under its label; a part nobody wrote has no value."""
    names = {siren: each.name for siren, each in register.items()}
    return [
        {"label": field_label(KIND, field), "value": tell(KIND, field, retour, names) if field in retour else []}
        for field in STORY
    ]


def shown(retour: Retour, register: Mapping[str, Metropole]) -> dict[str, Any]:
    """Return what the page of a retour shows."""
    return {
        "retour": dated(retour),
        "state": STATES[retour["state"]],
        "spelled": spelled(retour["title"], retour["theme"]),
        "contributors": [register[siren] for siren in retour["contributors"]],
        "story": story(retour, register),
        "processes": read(
            things_of("process")
            .where(Facet.remote_id.in_(retour.get("process_ids", [])))
            .order_by(Facet.sort_key, Facet.hub_id)
        ),
        "documents": documents(retour.get("document_ids", [])),
        "encounter": network_thing("encounter", retour.get("encounter_id", "")),
        "questionnaire": network_thing("questionnaire", retour.get("questionnaire_id", "")),
        "proofs": proofs(KIND, retour["trace"], library([retour])),
    }
