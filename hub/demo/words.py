"""The words démarches are made of. Places are common nouns: no street, person or company is named."""

from __future__ import annotations

from typing import NamedTuple

NOTICE = "Texte fictif, écrit pour la démonstration du hub."
CANARY = "Camille Canari"
"""Stands where a platform names a person; nothing of it may arrive in the hub."""


class Theme(NamedTuple):
    """A subject of démarches: its name, what is put to discussion, what people propose."""

    name: str
    subjects: tuple[str, ...]
    wishes: tuple[str, ...]


THEMES = (
    Theme(
        "Mobilités",
        (
            "le plan de mobilité", "la nouvelle ligne de bus à haut niveau de service", "le réseau cyclable",
            "l'apaisement de la vitesse", "le stationnement de proximité",
        ),
        (
            "Ouvrir une piste cyclable protégée", "Renforcer les bus du soir", "Sécuriser les traversées piétonnes",
            "Créer un parking à vélos couvert", "Relier les quartiers par une navette", "Ralentir les voitures",
        ),
    ),
    Theme(
        "Eau et rivières",
        (
            "le schéma directeur de l'eau", "la tarification solidaire de l'eau", "le retour de la rivière en ville",
            "la prévention des inondations",
        ),
        (
            "Installer une fontaine d'eau potable", "Récupérer l'eau de pluie", "Rouvrir le ruisseau",
            "Planter les berges", "Désimperméabiliser la cour", "Créer un jardin de pluie",
        ),
    ),
    Theme(
        "Urbanisme et habitat",
        (
            "la révision du plan local d'urbanisme métropolitain", "le programme local de l'habitat",
            "la transformation du quartier de la gare", "l'avenir de l'ancienne caserne",
        ),
        (
            "Garder un rez-de-chaussée ouvert aux associations", "Créer un habitat partagé", "Rénover les façades",
            "Transformer un bureau vide en logements", "Prévoir des jardins en pied d'immeuble",
        ),
    ),
    Theme(
        "Climat et énergie",
        (
            "le plan climat air énergie", "la stratégie de sobriété énergétique", "le réseau de chaleur",
            "l'adaptation aux canicules",
        ),
        (
            "Couvrir le toit de l'école de panneaux solaires", "Créer une île de fraîcheur", "Éteindre les enseignes",
            "Accompagner la rénovation des copropriétés", "Ouvrir des salles fraîches l'été",
        ),
    ),
    Theme(
        "Nature en ville",
        ("la charte de l'arbre", "la trame verte et bleue", "l'aménagement du grand parc", "la place de l'animal"),
        (
            "Planter un verger partagé", "Installer des nichoirs", "Végétaliser la place", "Créer une forêt urbaine",
            "Aménager un sentier de découverte", "Ouvrir un jardin partagé",
        ),
    ),
    Theme(
        "Déchets et alimentation",
        ("le plan de réduction des déchets", "le projet alimentaire territorial", "la collecte des biodéchets"),
        (
            "Poser un composteur de quartier", "Créer une recyclerie", "Servir des repas locaux à la cantine",
            "Organiser un marché de producteurs", "Prêter de la vaisselle lavable",
        ),
    ),
    Theme(
        "Solidarités et santé",
        ("le contrat local de santé", "le plan bien vieillir", "l'accueil de la petite enfance", "l'accès aux droits"),
        (
            "Ouvrir une maison de santé", "Créer un café des aidants", "Installer des bancs tous les deux cents mètres",
            "Proposer une mutuelle métropolitaine", "Aider au numérique dans les bibliothèques",
        ),
    ),
    Theme(
        "Culture, sport et jeunesse",
        ("le projet culturel métropolitain", "le schéma des piscines", "la politique de jeunesse"),
        (
            "Aménager un terrain de sport libre", "Ouvrir la médiathèque le dimanche", "Créer un parcours d'œuvres",
            "Prêter des instruments de musique", "Installer une scène ouverte", "Créer une aire de jeux inclusive",
        ),
    ),
)  # fmt: skip

PLACES = (
    "place des Marronniers", "quai des Lavoirs", "quartier des Tilleuls", "square du Belvédère", "rue de la Fontaine",
    "parvis de la Gare", "allée des Platanes", "faubourg du Moulin", "esplanade du Canal", "cité des Jardins",
    "quartier de la Halle", "boulevard des Glycines", "coteau des Vignes", "plaine des Sports", "port aux Bois",
)  # fmt: skip
DISTRICTS = (
    "Centre",
    "Quartiers nord",
    "Quartiers sud",
    "Rives et coteaux",
    "Communes de l'est",
    "Communes de l'ouest",
)
ROOMS = ("Maison de quartier", "Hôtel de métropole", "Médiathèque", "Salle polyvalente", "Gymnase", "Tiers-lieu")
GATHERINGS = ("Réunion publique", "Atelier", "Balade urbaine", "Forum ouvert", "Restitution", "Permanence")
REASONS = {
    "accepted": (
        "elle rejoint le programme déjà voté et son coût tient dans l'enveloppe",
        "l'étude technique conclut qu'elle peut être réalisée en dix-huit mois",
        "elle a été reprise dans l'avis citoyen et les services la jugent réalisable",
    ),
    "rejected": (
        "le terrain n'appartient pas à la métropole",
        "son coût dépasse l'enveloppe votée pour ce programme",
        "elle relève de la compétence des communes, à qui elle a été transmise",
        "elle fait double emploi avec un équipement qui ouvrira bientôt",
    ),
}
PROMISES = (
    "Réaliser l'aménagement retenu", "Publier un bilan annuel", "Réunir un comité de suivi citoyen",
    "Expérimenter pendant un an", "Inscrire la mesure au budget", "Lancer les études préalables",
)  # fmt: skip
MATTERS = (("8.4", "Aménagement du territoire"), ("8.7", "Transports"), ("8.8", "Environnement"), ("7.1", "Budget"))
