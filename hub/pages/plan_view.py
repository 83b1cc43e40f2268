"""The plan of the site: the menu as the blueprints declare it, then the pages reached from another one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import url_for

from hub.pages.menu import FOOTER, SECTIONS, Entry

SENTENCES = {
    "network.network": "Qui est dans le groupe, depuis quand ?",
    "metropoles.listing": "Quelles métropoles, quelles données ?",
    "compare.compare": "Où sommes-nous, par rapport à qui ?",
    "indicators.catalogue": "Que mesure-t-on, comment, et que vaut chaque mesure ?",
    "demarches.listing": "Qui consulte sur quoi, avec quelles suites ?",
    "engagements.listing": "Les promesses sont-elles suivies ?",
    "delays.delays": "Combien de temps attend-on une réponse, puis ce qui a été promis ?",
    "documents.listing": "Où est la pièce ?",
    "retours.listing": "Qu'a-t-on appris ?",
    "sources.listing": "D'où vient la donnée, que s'est-il passé à la dernière lecture ?",
    "journal.listing": "Quelles valeurs ont changé, pourquoi ?",
    "methods.listing": "Comment calcule-t-on ?",
    "reference.glossary": "Que veut dire ce mot ?",
    "reference.schemas": "Comment une fiche s'écrit-elle ?",
    "reference.problems": "Que contrôle le hub, comment corriger ?",
    "manual.api": "Comment un programme lit-il le hub, comment lui envoie-t-il des données ?",
    "health.robot": "Qui lit les plateformes, comment le joindre, comment le refuser ?",
    "legal.privacy": "Quelles données de personnes, pourquoi, combien de temps, avec qui ?",
    "legal.accessibility": "Qui peut lire ces pages, à qui dire ce qui gêne ?",
    "reference.site_plan": "Toutes les pages.",
}
"""The question each page of the menu answers."""


@dataclass(frozen=True)
class Family:
    """Pages that are not in the menu: the form of their address, what they say, the page they are reached from."""

    endpoints: tuple[str, ...]
    address: str
    sentence: str
    reached_from: str


FAMILIES = (
    Family(("home.home",), "/", "L'accueil : quoi de neuf, où en est le réseau ?", "home.home"),
    Family(("metropoles.metropole",), "/metropoles/…", "Que fait cette métropole ?", "metropoles.listing"),
    Family(
        ("completeness.data", "completeness.field"),
        "/metropoles/…/donnees",
        "Ce que le hub a d'une métropole, ce qui manque, ce qui est à corriger.",
        "metropoles.listing",
    ),
    Family(("neighbours.near",), "/metropoles/…/proches", "À qui se comparer ?", "metropoles.listing"),
    Family(
        ("validations.form",),
        "/metropoles/…/donnees/rouvrir",
        "Rouvrir une année validée, pour l'administration de la métropole et la coordination.",
        "metropoles.listing",
    ),
    Family(
        ("frozen.snapshot", "frozen.body", "frozen.table"),
        "/i/…",
        "Une vue figée : ce qu'elle montrait un jour, ce qui fut révisé depuis, comment la citer.",
        "compare.compare",
    ),
    Family(("journal.feed",), "/journal.atom", "Le journal des révisions, pour un lecteur de flux.", "journal.listing"),
    Family(
        ("coverage.form",),
        "/metropoles/…/donnees/declarer",
        "Déclarer ce que couvrent les données de sa métropole, pour son administration.",
        "metropoles.listing",
    ),
    Family(
        ("corrections.choose",),
        "/corriger/…",
        "Corriger une valeur, avec un motif, pour l'administration de la métropole.",
        "demarches.listing",
    ),
    Family(
        ("indicators.indicator", "indicators.indicator_file", "indicators.indicator_metadata"),
        "/indicateurs/…",
        "Un indicateur : sa définition, la valeur de chaque métropole, ses fichiers.",
        "indicators.catalogue",
    ),
    Family(
        ("indicators.cell",),
        "/indicateurs/…/…/…",
        "Une valeur : sa formule, ses contrôles, les fiches dont elle est faite.",
        "indicators.catalogue",
    ),
    Family(
        ("indicators.catalogue_file", "indicators.catalogue_metadata"),
        "/indicateurs.xlsx",
        "Toutes les mesures, en fichiers.",
        "indicators.catalogue",
    ),
    Family(("compare.compare_file",), "/comparer.pdf", "Une comparaison à imprimer.", "compare.compare"),
    Family(("demarches.process",), "/demarches/…", "Une démarche, de son mandat à ses suites.", "demarches.listing"),
    Family(("engagements.commitment",), "/engagements/…", "L'histoire d'un engagement.", "engagements.listing"),
    Family(("deliberations.deliberation",), "/deliberations/…", "Un vote, ce qui le cite.", "engagements.listing"),
    Family(("documents.document",), "/documents/…", "Une pièce, ce qui la cite.", "documents.listing"),
    Family(
        ("documents.extraction",),
        "/documents/…/extraction",
        "Tout ce que le hub a lu dans une pièce, ligne par ligne.",
        "documents.listing",
    ),
    Family(("retours.retour",), "/retours/…", "Un retour d'expérience.", "retours.listing"),
    Family(
        ("provenance.provenance", "provenance.network"),
        "/provenance/…",
        "« D'où vient ce chiffre ? », depuis chaque chiffre et chaque fiche.",
        "sources.listing",
    ),
    Family(("sources.source",), "/sources/…", "Une source : ses moissons, ses problèmes.", "sources.listing"),
    Family(("sources.run",), "/moissons/…", "Une lecture d'une source : ce qu'elle a apporté.", "sources.listing"),
    Family(
        ("methods.method",), "/methodes/…", "Une méthode de calcul, avec un exemple et ses sources.", "methods.listing"
    ),
    Family(
        ("reference.problem",), "/problems/…", "Une règle : ce qu'elle dit, comment corriger.", "reference.problems"
    ),
    Family(
        ("health.health", "health.metrics", "health.security", "oauth.metadata", "keys.jwks"),
        "/sante",
        "L'état du hub, pour les programmes.",
        "health.robot",
    ),
    Family(
        ("entry.ways", "entry.proof", "entry.open_link", "entry.invitation", "entry.left", "provider.back"),
        "/connexion",
        "Par où entre-t-on ?",
        "home.home",
    ),
    Family(
        (
            "account.account",
            "account.data",
            "contacts.listing",
            "people.listing",
            "audit.log",
            "clients.listing",
            "clients.client",
            "clients.new",
        ),
        "/compte",
        "Mes rôles, mes droits, mes données ; les personnes et le journal des actes.",
        "entry.ways",
    ),
    Family(
        ("deposits.form", "deposits.template_book", "deposits.own_book"),
        "/mes-donnees/deposer",
        "Déposer des fiches par fichier : modèles, aperçu, enregistrement.",
        "account.account",
    ),
    Family(("reference.schema",), "/schemas/….json", "Un schéma ou une liste de codes, tel quel.", "reference.schemas"),
)


def sections(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return the menu by section, each page with its address and the question it answers."""
    known = list(entries)
    return [
        {"name": name, "pages": [_page(entry) for entry in known if entry.section == name]}
        for name in (*SECTIONS, FOOTER)
        if any(entry.section == name for entry in known)
    ]


def _page(entry: Entry) -> dict[str, str]:
    return {"label": entry.label, "url": url_for(entry.endpoint), "sentence": SENTENCES.get(entry.endpoint, "")}


def planned(entries: Iterable[Entry]) -> set[str]:
    """Return the endpoints that the plan names."""
    return {entry.endpoint for entry in entries} | {name for family in FAMILIES for name in family.endpoints}
