"""The guards of a run: a change too large to be believed at once waits for a person (`harvest.md` §10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.harvest.census import Census
from hub.harvest.profile import Profile

THRESHOLDS = {
    "chute_share": 0.33,
    "chute_least": 5,
    "hausse_share": 1.0,
    "hausse_least": 50,
    "identifiants_share": 0.05,
    "identifiants_least": 5,
    "champ_perdu_before": 0.8,
    "champ_perdu_after": 0.4,
    "chiffres_share": 0.5,
    "reecriture_share": 0.9,
    "reecriture_least": 20,
    "problemes_share": 0.2,
    "problemes_least": 5,
}
"""The bounds of the guards; a source may declare its own (`Source.thresholds`)."""

GUARD_LABELS = {
    "vide": "La source ne donne plus rien",
    "chute": "Beaucoup de fiches ont disparu",
    "hausse": "Beaucoup de fiches sont apparues",
    "identifiants": "Les identifiants semblent avoir changé",
    "champ_perdu": "Une information n'est presque plus donnée",
    "chiffres": "Des chiffres se sont effondrés",
    "reecriture": "Presque toutes les fiches ont changé à la fois",
    "problemes": "Trop de fiches ont un problème",
    "attendu": "Le nombre de fiches n'est pas celui que la source annonce",
}
Verdict = dict[str, Any]


def judge_walk(census: Census, bounds: Mapping[str, Any], *, first: bool) -> Iterator[Verdict]:
    """Yield the verdicts that only a walk gone to its end allows: nothing, far less, far more, other identifiers."""
    for kind in sorted({*census.before, *census.now}):
        before, now, missing = census.before[kind], census.now[kind], len(census.lost.get(kind, ()))
        if not now and before:
            yield _verdict("vide", kind, before, now)
        elif before - now > bounds["chute_share"] * before and before - now >= bounds["chute_least"]:
            yield _verdict("chute", kind, before, now)
        if not first and now - before > bounds["hausse_share"] * before and now - before >= bounds["hausse_least"]:
            yield _verdict("hausse", kind, before, now)
        if (
            missing > bounds["identifiants_share"] * before
            and census.fresh[kind] >= bounds["identifiants_least"]
            and missing
        ):
            yield _verdict("identifiants", kind, missing, census.fresh[kind])


def judge_content(
    census: Census, before: Profile, after: Profile, counts: Mapping[str, int], bounds: Mapping[str, Any]
) -> Iterator[Verdict]:
    """Yield the verdicts that any run allows: a field or a figure lost, everything rewritten, too many problems."""
    for kind in sorted(before):
        yield from _lost_fields(kind, before[kind], after.get(kind, {}), bounds)
        yield from _lost_figures(kind, before[kind], after.get(kind, {}), bounds)
    for kind, updated in sorted(census.updated.items()):
        if census.now[kind] >= bounds["reecriture_least"] and updated > bounds["reecriture_share"] * census.now[kind]:
            yield _verdict("reecriture", kind, census.now[kind], updated)
    problems, received = counts.get("problems", 0), counts.get("received", 0)
    if problems >= bounds["problemes_least"] and problems > bounds["problemes_share"] * received:
        yield _verdict("problemes", None, received, problems)


def judge_expected(counts: Mapping[str, int], expect: Mapping[str, Any]) -> Iterator[Verdict]:
    """Yield the verdict on the number of rows that a source declares (`platforms/files.md` §10)."""
    rows = counts.get("received", 0)
    least, most = expect.get("min_rows", 0), expect.get("max_rows", rows)
    if not least <= rows <= most:
        yield _verdict("attendu", None, least if rows < least else most, rows)


def _lost_fields(kind: str, before: Mapping[str, Any], after: Mapping[str, Any], bounds: Mapping[str, Any]) -> Any:
    old, new = before["fields"], after.get("fields", {})
    total, left = old.get("n", 0), new.get("n", 0)
    for field, filled in sorted(old.items()):
        if not total or not left or field == "n" or filled < bounds["champ_perdu_before"] * total:
            continue
        if new.get(field, 0) < bounds["champ_perdu_after"] * left:
            yield _verdict("champ_perdu", kind, filled, new.get(field, 0), field)


def _lost_figures(kind: str, before: Mapping[str, Any], after: Mapping[str, Any], bounds: Mapping[str, Any]) -> Any:
    for name, total in sorted(before["sums"].items()):
        now = after.get("sums", {}).get(name, 0)
        known = after.get("known", {}).get(name, 0)
        if total > 0 and known and now < (1 - bounds["chiffres_share"]) * total:
            yield _verdict("chiffres", kind, total, now, name)


def _verdict(guard: str, kind: str | None, before: float, now: float, field: str | None = None) -> Verdict:
    return {"guard": guard, "kind": kind, "before": before, "now": now, "field": field}
