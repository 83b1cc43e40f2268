"""The forms that a démarche takes: its steps, what it collects, whether it is voted, what it promises."""

from __future__ import annotations

from typing import NamedTuple

INFORM = ("inform", "Information")
ANSWER = ("answer", "Réponse argumentée de la métropole")
FOLLOW = ("follow", "Mise en œuvre et droit de suite")


class Form(NamedTuple):
    """A form of démarche. `often`: its weight among the others; `opening`: how its title begins."""

    name: str
    often: int
    opening: str
    kind: str
    steps: tuple[tuple[str, str], ...]
    promises: bool = False


BUDGET = Form(
    "Budget participatif", 14, "Budget participatif", "projets",
    (("collect", "Dépôt des idées"), ("inform", "Étude par les services"), ("vote", "Vote"), FOLLOW), promises=True,
)  # fmt: skip
CONSULTATION = Form(
    "Consultation en ligne", 20, "Consultation sur", "propositions", (("collect", "Contributions"), ANSWER)
)
FORMS = (
    BUDGET,
    CONSULTATION,
    Form("Concertation préalable", 26, "Concertation sur", "propositions", (INFORM, ("collect", "Avis"), ANSWER)),
    Form(
        "Convention citoyenne", 8, "Convention citoyenne :", "propositions",
        (INFORM, ("collect", "Travaux et avis citoyen"), ANSWER, FOLLOW), promises=True,
    ),
    Form("Appel à idées", 10, "Appel à idées :", "propositions", (("collect", "Dépôt"), ("vote", "Vote indicatif"))),
    Form("Débat métropolitain", 7, "Débat sur", "debats", (("collect", "Débat"), ANSWER)),
    Form("Atelier de co-conception", 9, "Ateliers de co-conception :", "", (INFORM, ANSWER, FOLLOW), promises=True),
    Form("Réunion publique", 6, "Réunions publiques sur", "", (INFORM,)),
)  # fmt: skip
