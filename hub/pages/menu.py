"""The menu: what each blueprint says of its place in it."""

from __future__ import annotations

from dataclasses import dataclass

SECTIONS = ("Réseau", "Comparer", "Démarches", "Engagements", "Apprendre", "Manifeste", "Publications")
"""The seven entries of the menu, in order; FOOTER entries stand at the foot of each page."""
FOOTER = "Pied de page"


@dataclass(frozen=True)
class Entry:
    """One page of the menu: its section, its word, its endpoint. The first entry of a section carries the section."""

    section: str
    label: str
    endpoint: str
