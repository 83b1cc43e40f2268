"""What a token of the API may do: scopes, each with the kinds of records it opens (`push-api.md` §3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """One scope: its name in OAuth, its label, the kinds of records that it lets a client write."""

    name: str
    label: str
    kinds: tuple[str, ...] = ()


SCOPES = {
    scope.name: scope
    for scope in (
        Scope(
            "push:processes",
            "Envoyer démarches, étapes, rencontres, documents et contributions",
            ("process", "stage", "meeting", "document", "contribution"),
        ),
        Scope("push:figures", "Envoyer des chiffres de participation", ("observation",)),
        Scope("push:commitments", "Envoyer engagements et délibérations", ("commitment", "deliberation")),
        Scope("push:snapshot", "Remplacer tout un ensemble : « voici tout »"),
        Scope("own:read", "Relire ses envois, ses reçus et ses problèmes"),
        Scope("feed:read", "Suivre les changements, données entre membres comprises"),
    )
}
"""The whole table, by name, in the order in which pages and answers write them."""


def kinds_of(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of records that these scopes let a client write."""
    given = set(scopes)
    return tuple(kind for scope in SCOPES.values() if scope.name in given for kind in scope.kinds)


def in_order(scopes: Iterable[str]) -> list[str]:
    """Return the known scopes among these, each once, in the order of the table."""
    given = set(scopes)
    return [name for name in SCOPES if name in given]
