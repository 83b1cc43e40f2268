"""What the guards say, in words that anybody reads: no code, no technical word (`harvest.md` H40)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.harvest.guards import GUARD_LABELS
from schemas import schema

_SENTENCES = {
    "identifiants": "{before} fiches connues ne sont plus là, et {now} nouvelles sont apparues",
    "champ_perdu": "« {field} » était donné par {before} fiches, et ne l'est plus que par {now}",
    "chiffres": "« {field} » : le total était {before}, il est maintenant {now}",
    "reecriture": "{now} fiches sur {before} ont changé",
    "problemes": "{now} fiches sur {before} ont un problème",
    "attendu": "limite annoncée par la source : {before} fiches ; lues : {now}",
}
_COUNTED = "avant : {before}, maintenant : {now}"


def sentence(verdict: Mapping[str, Any]) -> str:
    """Return a verdict as a sentence: « Beaucoup de fiches ont disparu (Démarche) : avant : 43, maintenant : 2 »."""
    guard, kind = verdict["guard"], verdict["kind"]
    numbers = {"before": _number(verdict["before"]), "now": _number(verdict["now"])}
    said = _SENTENCES.get(guard, _COUNTED).format(**numbers, field=field_title(kind, verdict["field"] or ""))
    of = f" ({schema(kind)['title']})" if kind else ""
    return f"{GUARD_LABELS[guard]}{of} — {said}."


def field_title(kind: str | None, field: str) -> str:
    """Return the French name of a field of a kind; the field itself when its schema has none."""
    properties = schema(kind)["properties"] if kind else {}
    return str(properties.get(field, {}).get("title", field))


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u202f")
