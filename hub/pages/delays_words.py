"""The words of delays: shares, medians, what a curve shows, why something is not counted."""

from __future__ import annotations

from dataclasses import dataclass

from hub.benchmark import avis, promises
from hub.benchmark.delays import Delay, Share
from hub.pages.format import days, number, percentage

AVIS_APART = {
    avis.NO_DATE: "La date de remise n'est pas connue au moins au mois : aucun délai ne part de là.",
    avis.LOST: "Une réponse est publiée dans la démarche, sans dire à quel avis elle répond : ni réponse ni silence.",
    avis.ELSEWHERE: "Le périmètre n'est pas celui de la métropole (ville seule, une commune) : listé, jamais compté.",
    avis.OUTSIDE: "Territoire inclus dans une métropole, ou document du réseau : jamais ajouté au total.",
    avis.BEFORE: "Remis avant les 36 mois observés.",
    avis.AFTER: "Remis après le jour d'observation.",
}
"""Why an avis is not counted, in the order of the page."""
PROMISE_APART = {
    promises.NO_DATE: "sans date de promesse connue au moins au mois",
    promises.TWICE: "déjà comptés : un autre plan les reprend",
    promises.ELSEWHERE: "d'une source dont le périmètre n'est pas celui de la métropole",
    promises.OUTSIDE: "d'un territoire inclus dans une métropole, ou cités par le réseau seul",
    promises.AFTER: "promis après le jour d'observation",
}
"""Why commitments have no delay that counts."""


@dataclass(frozen=True, slots=True)
class CurveWords:
    """How a curve speaks of its cases, of what ends them, of the share that ended, of those that have not."""

    cases: str
    ends: str
    share: str
    left: str


ANSWERS = CurveWords("avis", "réponses", "Part répondue", "encore sans réponse")
KEPT = CurveWords("engagements", "réalisations", "Part réalisée", "non réalisés, abandonnés compris")


def why_estimated(approximate: bool) -> str:
    """Return why values are said to be estimated (§1)."""
    dates = "des dates sont connues au mois seulement, et " if approximate else ""
    return f"Estimé : {dates}personne n'a déclaré que tout avait été transmis pour ces années."


def share_words(said: Share, when: str) -> tuple[str, str]:
    """Return the number and what follows it: « 2 sur 10 », « à 6 mois (20 %) »; the percentage first from 20 on."""
    fraction = f"{number(said.numerator)} sur {number(said.denominator)}"
    percent = percentage(said.numerator, said.denominator)
    first, last = (fraction, percent) if said.denominator < 20 else (percent, fraction)
    return first, f"{when} ({last})".strip()


def median_words(waited: Delay) -> str:
    """Return the median in words: « 257 jours », « plus de 700 jours » when half never ended."""
    found, reached = waited.median
    return f"{'' if reached else 'plus de '}{days(found)}"


def curve_text(waited: Delay, words: CurveWords) -> str:
    """Return the long description of a curve: its first and last steps, its median, what still waits."""
    said = []
    if waited.steps:
        first, last = waited.steps[0], waited.steps[-1]
        said.append(f"Première des {words.ends} à {days(first.days)}, dernière à {days(last.days)}")
        said.append(f"la courbe s'arrête à {number(1 - last.share_left, '%')}")
    else:
        said.append(f"Aucune des {words.ends} à ce jour")
    half = f"la moitié est atteinte à {median_words(waited)}" if waited.median[1] else "la moitié n'est pas atteinte"
    said.append(half)
    if waited.running:
        since = _between(min(waited.running), max(waited.running))
        said.append(f"{words.cases} {words.left} : {number(len(waited.running))}, depuis {since}")
    return " ; ".join(said) + "."


def _between(least: int, most: int) -> str:
    return days(least) if least == most else f"{number(least)} à {days(most)}"
