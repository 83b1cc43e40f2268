"""The comparability of a cell: the worst of five checks, each with its letter and its reason (`benchmark.md` §3)."""

from __future__ import annotations

from hub.benchmark.coverage import COMPLETE, Coverage
from hub.models.measure import PRESENT_STATES

NO_GRADE = "–"


def graded(
    state: str, coverage: Coverage | None, lacking: bool, validated: bool, troubled: bool, own: bool = False
) -> tuple[str, dict[str, list[str]]]:
    """Return the grade of a cell and its checks: name → [letter, reason]. A cell without a value has none.

    `lacking`: more than a fifth of the things lack the field used; `troubled`: a grave problem is open; `own`: the
    figure is the metropole's own total, which no other data complete.
    """
    if state not in PRESENT_STATES:
        return NO_GRADE, {}
    checks = {
        "definition": ["A", "courante"],
        "periode": ["A", "meme"],
        "unite": ["A", "meme"],
        "couverture": _of_coverage(coverage, lacking, own),
        "validation": ["A", "validee"] if validated else ["C", "probleme"] if troubled else ["B", "controlee"],
    }
    return max(letter for letter, _ in checks.values()), checks


def _of_coverage(coverage: Coverage | None, lacking: bool, own: bool) -> list[str]:
    if lacking:
        return ["C", "champ"]
    if own:
        return ["A", "total_propre"]
    if coverage is None:
        return ["C", "inconnue"]
    if coverage.level == COMPLETE:
        return ["A", COMPLETE]
    return ["B" if coverage.comparable else "C", coverage.level]
