"""Initials as the documents print them, and what they stand for: none is left unexplained on a page."""

from __future__ import annotations

import re

MEANING = {
    "CCSPL": "commission consultative des services publics locaux",
    "ICPC": "Institut de la concertation et de la participation citoyenne",
    "PCAET": "plan climat-air-énergie territorial",
    "PDU": "plan de déplacements urbains",
    "PLH": "programme local de l'habitat",
    "PLUM": "plan local d'urbanisme métropolitain",
    "SCOT": "schéma de cohérence territoriale",
    "ZFE": "zone à faibles émissions",
}


def spelled(*texts: str) -> list[str]:
    """Return « CCSPL : commission consultative… » for each initials found in the texts, in alphabetical order."""
    found = {word for text in texts for word in re.findall(r"\b[A-Z]{3,5}\b", text)}
    return [f"{word} : {MEANING[word]}" for word in sorted(found & MEANING.keys())]
