"""What would make figures comparable: the checks of `benchmark.md` §3 that stored data decide, and fail, today.

No grade is given here: a grade is that of one figure, for one period. These are what any of them would meet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hub.benchmark.completeness import Holdings
from hub.benchmark.coverage import WITHOUT
from hub.benchmark.needs import Met
from hub.clock import today
from schemas.registry import KINDS

COVERAGE, FIELD, PERIOD, VALIDATION = "couverture", "champ", "periode", "validation"


@dataclass(frozen=True, slots=True)
class Failing:
    """A check that fails: on which kinds, for how many things of how many; `why` is the level of coverage declared.

    `met` is the need whose field is lacking, `year` the year whose coverage is not known well enough.
    """

    check: str
    kinds: tuple[str, ...]
    number: int | None = None
    total: int | None = None
    year: int | None = None
    why: str = ""
    met: Met | None = None


def failing(found: Holdings, errors: Iterable[tuple[str | None, int]]) -> list[Failing]:
    """Return the checks that fail, check by check; `errors` are (kind, number) of the errors still open."""
    return [*_coverage(found), *_fields(found), *_periods(found), *_validation(errors)]


def _coverage(found: Holdings) -> Iterator[Failing]:
    """The last whole year: below « complete », or « partielle » at four fifths, no check of coverage passes."""
    year, levels = today().year - 1, dict[str, list[str]]()
    for kind in KINDS:
        statement = found.cell(kind, year).statement
        if statement is None or not (statement.comparable or statement.level in WITHOUT):
            levels.setdefault(statement.level if statement else "", []).append(kind)
    for level, kinds in levels.items():
        yield Failing(COVERAGE, tuple(kinds), year=year, why=level)


def _fields(found: Holdings) -> Iterator[Failing]:
    for one in found.needs:
        if one.too_few:
            yield Failing(FIELD, (one.need.kind,), one.total - one.filled, one.total, met=one)


def _periods(found: Holdings) -> Iterator[Failing]:
    """What bears no date stands in no period, hence in no figure of a period."""
    for kind in KINDS:
        if undated := found.undated.get(kind, 0):
            yield Failing(PERIOD, (kind,), undated, found.totals[kind])


def _validation(errors: Iterable[tuple[str | None, int]]) -> Iterator[Failing]:
    """An open error is a problem of importance « forte »; a row whose kind cannot be read speaks of none."""
    counts = Counter[str]()
    for kind, number in errors:
        counts[kind or ""] += number
    for kind in (*KINDS, ""):
        if counts[kind]:
            yield Failing(VALIDATION, (kind,) if kind else (), counts[kind])
