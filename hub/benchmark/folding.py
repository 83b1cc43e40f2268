"""From cases to a measure: its numerator, its denominator, its value, or the state that says why there is none (§1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from hub.benchmark.basis import Ground
from hub.benchmark.cases import end_of
from hub.benchmark.cases_commitments import FIRST_YEAR, NO_PROOF, STATED, STATUSES
from hub.benchmark.cases_figures import ADDED, DIFFERENCE, INDICATIVE
from hub.benchmark.coverage import COMPLETE, WITHOUT, Coverage, covering
from hub.benchmark.delays import Delay
from hub.benchmark.grading import graded
from hub.benchmark.indicators import DURATION, NUMBER, OF_ADULTS, SHARE, THREE_YEARS, YES_NO, Indicator
from hub.benchmark.intervals import poisson, wilson
from hub.benchmark.measures import OF_PEOPLE

Row = Mapping[str, Any]
"""`n` cases that the fold cannot tell apart, added up (`subtotals.py`)."""
OWN_TOTAL = ("comptes", "participants")
"""The indicators that are a metropole's own figure, never a sum: its newest word stands."""
UNDECLARED = ("fraicheur", "couverture", *OWN_TOTAL)
"""The indicators that no statement of coverage completes: the hub knows them, or they are the metropole's own total."""
WORDED = ("communes_associees", "engagements_preuve", "engagements_sans_nouvelle", *OWN_TOTAL, *STATUSES)
"""The indicators that read what each of their cases says, even of those that lack nothing."""
WITHHELD = ("non_communique", "sans_objet", "non_collecte", "masque")
"""The states in which a figure may be stated to be absent, the one that stands first."""
NOTHING = "non_transmis"
PIECES = {
    **dict.fromkeys(("evaluations_publiees", "mandats_publies", "syntheses_publiees"), "document"),
    "engagements_deliberation": "deliberation",
}
"""The indicators that find pieces of another kind: where none was ever received, finding none is no zero."""
TOTALS = "totaux_enonces"
TOO_FEW = 0.2
"""Beyond this share of things that lack the field used, a figure is not comparable (§3)."""


@dataclass
class Folded:
    """What the cases of a cell come to, before its state is told."""

    numerator: float | None = None
    denominator: float | None = None
    value: float | None = None
    qualifier: str = "exact"
    state: str = ""
    notes: list[str] = field(default_factory=list)


def fold(
    indicator: Indicator, period: str, rows: Sequence[Row], ground: Ground, hidden: Sequence[str]
) -> dict[str, Any]:
    """Return the columns of a measure, of the cases that no level of `hidden` keeps from its readers.

    The rules of states are those of `benchmark.md` §1, the first that applies.
    """
    counted = [row for row in rows if row["lacks"] or row["numerator"] is not None]
    shown = [row for row in counted if row["hidden"] not in hidden]
    kept = any(row["hidden"] in hidden for row in standing(indicator, counted)[0])
    chosen, notes = standing(indicator, shown)
    coverage = _coverage(indicator, period, ground)
    found = _counted(indicator, chosen, ground)
    found.notes += notes
    _tell_state(found, indicator, period, chosen, coverage, ground, kept=kept)
    if found.value == 0 and chosen and all(row["said"] == FIRST_YEAR for row in chosen):
        found.notes.append(FIRST_YEAR)
    low, high = _interval(indicator, found)
    grade, checks = _graded(indicator, period, chosen, found, coverage, ground)
    return {
        "version": indicator.version,
        "numerator": found.numerator,
        "denominator": found.denominator,
        "value": found.value,
        "qualifier": found.qualifier if found.value is not None else "exact",
        "state": found.state,
        "flags": ["perimetre_different"] if found.value is not None and _is_elsewhere(chosen) else [],
        "low": low,
        "high": high,
        "grade": grade,
        "checks": checks,
        "known": _number(chosen) - _lacking(chosen),
        "cases": _number(chosen),
        "notes": found.notes,
        "runs": sorted({row["run_id"] for row in chosen}),
        "as_of": end_of(int(period)).isoformat(),
    }


def _graded(
    indicator: Indicator, period: str, rows: Sequence[Row], found: Folded, coverage: Coverage | None, ground: Ground
) -> tuple[str, dict[str, list[str]]]:
    few = _lacking(rows) > TOO_FEW * _number(rows)
    own = indicator.key in UNDECLARED or TOTALS in found.notes
    troubled = _troubled(indicator, period, ground)
    return graded(found.state, coverage, few, period in ground.validated, troubled, own)


def standing(indicator: Indicator, rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """Return the cases that make the measure among those there are, and what must be said of that choice."""
    if indicator.key in STATUSES:
        stated = [row for row in rows if row["said"] == STATED]
        records = [row for row in rows if row["said"] != STATED]
        if stated and (not records or _lacking(records) > TOO_FEW * _number(records)):
            return stated, [TOTALS]
        return records, []
    if indicator.key in ADDED:
        parts = [row for row in rows if row["kind"] != "observation"]
        whole = [row for row in rows if row["kind"] == "observation" and row["said"] != INDICATIVE]
        if not whole or any(not row["lacks"] for row in parts):
            return parts, []
        last = max(whole, key=_newest)
        return [last], ["difference_de_cumuls" if last["said"] == DIFFERENCE else "total_propre"]
    if indicator.key == "bp_projets_realises":  # an edition stands only where none of its projects is known
        return [row for row in rows if row["kind"] == "commitment"] or list(rows), []
    if indicator.key in OWN_TOTAL:
        own = [row for row in rows if not row["lacks"]]
        return ([max(own, key=lambda row: (row["said"] or "", row["hub_id"]))] if own else list(rows)), []
    return list(rows), []


def _newest(row: Row) -> tuple[bool, bool, str, str]:
    """Return what sorts the own figures of a metropole: the one that stands comes last."""
    return not row["lacks"], row["said"] != DIFFERENCE, row["said"] or "", row["hub_id"]


def _counted(indicator: Indicator, rows: Sequence[Row], ground: Ground) -> Folded:
    known = [row for row in rows if not row["lacks"] and row["numerator"] is not None]
    if indicator.key == "communes_associees":
        return _communes(rows, ground)
    if indicator.key == "bp_projets_realises" and any(row["kind"] == "process" for row in rows):
        return Folded(state=NOTHING)
    if is_median(indicator):
        return _median(known)
    if indicator.measure == YES_NO:
        return Folded(float(bool(known)), 1, float(bool(known))) if known else Folded()
    if not known:
        return Folded()
    numerator = sum(row["numerator"] for row in known)
    qualifiers = {row["qualifier"] for row in known}
    qualifier = qualifiers.pop() if len(qualifiers) == 1 else "environ"
    if indicator.measure == NUMBER:
        return Folded(numerator, _people(indicator, ground), numerator, qualifier)
    if indicator.key in OF_PEOPLE:
        return Folded(numerator, ground.population, numerator / ground.population, qualifier)
    denominator = sum(row["denominator"] or 0 for row in known)
    if indicator.key == "engagements_preuve" and all(row["said"] == NO_PROOF for row in known):
        return Folded(state="non_collecte")
    return Folded(numerator, denominator, numerator / denominator if denominator else None, qualifier)


def _people(indicator: Indicator, ground: Ground) -> int | None:
    """Return who a count is divided by; the population of 16 and over is in no source of the hub yet (B14)."""
    return None if OF_ADULTS in indicator.forms else ground.population


def _communes(rows: Sequence[Row], ground: Ground) -> Folded:
    named = {code for row in rows if row["said"] for code in row["said"].split("|")}
    if not named or not ground.communes:
        return Folded(state="non_collecte" if rows else "")
    mine = len(named & ground.communes)
    return Folded(mine, len(ground.communes), mine / len(ground.communes))


def is_median(indicator: Indicator) -> bool:
    """Tell whether an indicator needs the days of each case, not their sum."""
    return indicator.measure == DURATION and bool(indicator.minimum)


def _median(rows: Sequence[Row]) -> Folded:
    if not rows:
        return Folded()
    answered = tuple(days for row in rows if row["numerator"] for days in _days(row))
    running = tuple(days for row in rows if not row["numerator"] for days in _days(row))
    days, reached = Delay(answered, running, 0, estimated=False).median
    return Folded(len(answered), len(answered) + len(running), float(days), "exact" if reached else "plus_de")


def _days(row: Row) -> Iterable[int]:
    """Return the days of each of these cases, which are the same."""
    return repeat(int(row["denominator"]) // row["n"], row["n"])


def _tell_state(
    found: Folded,
    indicator: Indicator,
    period: str,
    rows: Sequence[Row],
    coverage: Coverage | None,
    ground: Ground,
    *,
    kept: bool,
) -> None:
    """Write the state of a cell: the first rule that applies; without a value, what was counted stays to be read."""
    declared = coverage.level if coverage else ""
    complete = declared == COMPLETE or indicator.key in UNDECLARED
    if declared in WITHOUT:
        found.state, found.numerator, found.denominator, found.value = declared, None, None, None
    elif not rows and kept:
        found.state = "masque"
    elif not rows and declared == COMPLETE and _is_count(indicator):
        found.numerator, found.value = 0.0, 0.0
        found.denominator = 1 if indicator.measure == YES_NO else _people(indicator, ground)
        found.state = _sure(period, ground)
    elif not rows:
        without = declared == COMPLETE and indicator.key == "bp_projets_realises"
        found.state = "sans_objet" if without else NOTHING
    elif indicator.minimum and (found.denominator or 0) < indicator.minimum and not found.state:
        found.state, found.value = "effectif_insuffisant", None
    elif found.value == 0 and _never_received(indicator, coverage, ground):
        found.state, found.value = NOTHING, None
    elif found.state or found.value is None:
        found.state = found.state or _withheld(rows) or ("non_collecte" if indicator.key in OWN_TOTAL else NOTHING)
    elif kept or not complete or any(row["approximate"] for row in rows):
        found.state = "estime"
        partial = kept or not complete
        if partial and indicator.measure == NUMBER and found.qualifier == "exact":
            found.qualifier = "au_moins"
    else:
        found.state = _sure(period, ground)


def _never_received(indicator: Indicator, coverage: Coverage | None, ground: Ground) -> bool:
    """Tell whether the pieces it looks for were never received, nor declared to be all there."""
    piece = PIECES.get(indicator.key)
    return piece is not None and piece not in ground.held and (coverage is None or coverage.level != COMPLETE)


def _is_count(indicator: Indicator) -> bool:
    """Tell whether nothing at all, where all is declared to be there, is a zero."""
    return indicator.key in OF_PEOPLE or (indicator.measure in (NUMBER, YES_NO) and indicator.key not in OWN_TOTAL)


def _withheld(rows: Sequence[Row]) -> str:
    """Return why a figure is said to be absent, "" where no record says it."""
    said = {row["said"] for row in rows if row["lacks"]}
    return next((state for state in WITHHELD if state in said), "")


def _sure(period: str, ground: Ground) -> str:
    return "definitif" if period in ground.validated else "provisoire"


def _coverage(indicator: Indicator, period: str, ground: Ground) -> Coverage | None:
    """Return the statement that speaks of all an indicator needs, the weakest of them; the main kind alone excludes."""
    if indicator.key in OWN_TOTAL:  # its own word completes it, but not where it says that there is none
        own = covering(ground.statements, indicator.needs[0], int(period))
        return own if own and own.level in WITHOUT else None
    if indicator.key in UNDECLARED or not indicator.needs:
        return None
    years = range(int(period) - 2, int(period) + 1) if indicator.window == THREE_YEARS else (int(period),)
    said = {(kind, year): covering(ground.statements, kind, year) for kind in indicator.needs for year in years}
    main = said[indicator.needs[0], int(period)]
    if main and main.level in WITHOUT:
        return main
    found = list(said.values())
    if any(one is None for one in found):
        return None
    ranks = ("complete", "partielle", "inconnue", "non_collecte", "sans_objet")
    stated = [one for one in found if one is not None and one.level not in WITHOUT]
    return max(stated, key=lambda one: (ranks.index(one.level), -(one.share or 0)), default=None)


def _interval(indicator: Indicator, found: Folded) -> tuple[float | None, float | None]:
    """Return the 95 % limits of the value: a share's, or a count's (§5); none for what has no interval."""
    if found.value is None or found.numerator is None or not indicator.interval:
        return None, None
    if indicator.measure == SHARE:
        return wilson(round(found.numerator), round(found.denominator or 0))
    return poisson(round(found.numerator))


def _is_elsewhere(rows: Sequence[Row]) -> bool:
    return any(row["elsewhere"] for row in rows)


def _number(rows: Sequence[Row]) -> int:
    return sum(row["n"] for row in rows)


def _lacking(rows: Sequence[Row]) -> int:
    return sum(row["n"] for row in rows if row["lacks"])


def _troubled(indicator: Indicator, period: str, ground: Ground) -> bool:
    """Tell whether a grave problem is open: a record set aside, or figures of the year that contradict each other."""
    contradicted = period in ground.broken and "observation" in indicator.needs
    return contradicted or bool(ground.troubled & {*indicator.needs})
