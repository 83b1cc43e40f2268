"""The table of rights (`identity.md` §6): verbs, held by roles, each within a scope. Nothing else decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VISITOR, AGENT, ADMINISTRATION, COORDINATION, OPERATION = (
    "visiteur",
    "agent",
    "administration",
    "coordination",
    "exploitation",
)
CLIENT = "client"
"""Who holds the rights of programs: no person does, whatever their roles (`hub/api/bearer.py`)."""
ROLE_LABELS = {
    VISITOR: "Visite",
    AGENT: "Agent·e d'une métropole",
    ADMINISTRATION: "Administration d'une métropole",
    COORDINATION: "Coordination du réseau (ICPC)",
    OPERATION: "Exploitation du hub",
}
HOLDER_LABELS = {**ROLE_LABELS, CLIENT: "Client de l'API"}
FUNCTIONS = {
    AGENT: "agent·e de la métropole",
    ADMINISTRATION: "administration de la métropole",
    COORDINATION: "coordination du réseau",
    OPERATION: "exploitation du hub",
}
"""How a role is named in public, where no person is."""
OF_A_METROPOLE = (AGENT, ADMINISTRATION)
"""The roles held for one metropole; the two others are held for the network."""

ALL, OWN, PROPOSE = "tout", "sa métropole", "proposer"
"""Scopes: everything, what is of the metropole acted for, a proposal that somebody else confirms."""
EVERYONE = {VISITOR: ALL, AGENT: ALL, ADMINISTRATION: ALL, COORDINATION: ALL, OPERATION: ALL}
MEMBERS = {AGENT: ALL, ADMINISTRATION: ALL, COORDINATION: ALL, OPERATION: ALL}


@dataclass(frozen=True)
class Right:
    """One line of the table. `fresh`: asks a proof of identity at most 15 minutes old; `two`: asks two people."""

    verb: str
    label: str
    holders: Mapping[str, str]
    fresh: bool = False
    two: bool = False


RIGHTS = {
    right.verb: right
    for right in (
        Right("read", "Lire les pages, fichiers et données publiques", EVERYONE),
        Right("enter", "Entrer, sortir", EVERYONE),
        Right("account", "Gérer son compte et ses données", MEMBERS),
        Right("account_proof", "Changer ses moyens d'entrer, effacer son compte", MEMBERS, fresh=True),
        Right(
            "read_peers", "Lire ce qui est réservé aux membres", {AGENT: ALL, ADMINISTRATION: ALL, COORDINATION: ALL}
        ),
        Right(
            "write",
            "Écrire retours d'expérience, commentaires, amendements, réponses",
            {AGENT: OWN, ADMINISTRATION: OWN, COORDINATION: ALL},
        ),
        Right("correct", "Corriger une valeur", {AGENT: PROPOSE, ADMINISTRATION: OWN, COORDINATION: PROPOSE}),
        Right(
            "deposit",
            "Déposer des fichiers, essayer à blanc, compléter un engagement",
            {AGENT: OWN, ADMINISTRATION: OWN},
        ),
        Right("manage_sources", "Proposer une source, tenir les contacts", {ADMINISTRATION: OWN}),
        Right("manage_clients", "Gérer les clients de l'API et leurs secrets", {ADMINISTRATION: OWN}, fresh=True),
        Right("push", "Envoyer et relire des données par l'API, avec un jeton", {CLIENT: OWN}),
        Right("decide_run", "Décider d'une moisson en attente", {ADMINISTRATION: OWN, COORDINATION: ALL}, fresh=True),
        Right("accept_sources", "Accepter ou refuser une source", {COORDINATION: ALL}),
        Right("govern", "Tenir les adhésions et les chiffres validés du réseau", {COORDINATION: ALL}),
        Right("read_people", "Voir qui tient quel rôle", {ADMINISTRATION: OWN, COORDINATION: ALL}),
        Right("invite_agents", "Inviter et retirer les agent·es de sa métropole", {ADMINISTRATION: OWN}, fresh=True),
        Right("invite_administrators", "Inviter et retirer les administrations", {COORDINATION: ALL}, fresh=True),
        Right("confirm_siret", "Confirmer l'établissement d'un·e agent·e", {ADMINISTRATION: OWN, COORDINATION: ALL}),
        Right("validate", "Valider chiffres et phrases, déclarer la complétude", {ADMINISTRATION: OWN}),
        Right("reopen", "Rouvrir une année validée", {ADMINISTRATION: OWN, COORDINATION: ALL}),
        Right("freeze", "Figer une vue à une adresse permanente", MEMBERS),
        Right("publish", "Publier une synthèse (à deux)", {COORDINATION: ALL}, fresh=True, two=True),
        Right("voice", "Porter la voix de sa métropole sur le manifeste", {ADMINISTRATION: OWN}),
        Right("operate", "Lancer, relancer, rejouer, voir traces et mesures", {OPERATION: ALL}),
        Right("rescue", "Ouvrir un accès de secours d'une heure, motivé et signalé", {OPERATION: ALL}, fresh=True),
        Right("read_audit", "Lire le journal des actes", {ADMINISTRATION: OWN, COORDINATION: ALL, OPERATION: ALL}),
    )
}
"""The whole table, by verb, in the order in which `/compte` shows it."""

WEAKENED = {ADMINISTRATION: AGENT}
"""What a role counts as in a session opened by an e-mail link alone; the network's roles count for nothing there."""
