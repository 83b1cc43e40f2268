"""The years of a metropole's data: at what step each stands, which rules its figures break, what would raise grades."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.access.reader import Reader
from hub.benchmark.completeness import Holdings
from hub.benchmark.consistency import STRONG, Violation
from hub.benchmark.indicators import CATALOGUE
from hub.benchmark.measures import cells, known_periods
from hub.benchmark.validations import ACCEPTED, NOT_SAID, REOPENED, VALIDATED, Step
from hub.clock import today
from hub.models.metropole import Metropole
from hub.pages.format import listing, number, plural
from hub.pages.measure_checks import raises_of
from hub.pages.words import kind_label

RECEIVED, CHECKED = "recue", "controlee"
STEP_LABELS = {
    RECEIVED: "Reçue, un problème important reste ouvert",
    CHECKED: "Contrôlée, pas encore validée",
    VALIDATED: "Validée par la métropole",
    ACCEPTED: "Acceptée par la coordination du réseau",
    REOPENED: "Rouverte, à valider de nouveau",
}
"""The steps of a year, in their order; one that is reopened stands where it was before it was validated."""
IMPORTANCE = {STRONG: "Importante", "moyenne": "À vérifier"}
GRADED_YEARS, NAMED = 3, 6
"""How many years of measures are looked at for what would raise their grade, how many indicators a line names."""


@dataclass(frozen=True, slots=True)
class Year:
    """A year of a metropole's data: its step as a code, what was last said of it, how many strong rules are broken."""

    period: str
    code: str
    step: Step
    strong: int

    @property
    def label(self) -> str:
        """Return its step in words."""
        return STEP_LABELS[self.code]

    @property
    def acts(self) -> tuple[str, ...]:
        """Return the verbs of what may be done next."""
        return {VALIDATED: ("govern", "reopen"), ACCEPTED: ("reopen",)}.get(self.code, ("validate",))


@dataclass(frozen=True, slots=True)
class Raiser:
    """What would raise grades: the act, where it is done, the indicators concerned."""

    words: str
    url: str
    indicators: tuple[str, ...]

    @property
    def named(self) -> str:
        """Return the indicators in words."""
        rest = len(self.indicators) - NAMED
        more = [f"{number(rest)} {plural(rest, 'autre')}"] if rest > 0 else []
        return listing([*self.indicators[:NAMED], *more])


def years(found: Holdings, steps: Mapping[tuple[str, str], Step], broken: Sequence[Violation]) -> list[Year]:
    """Return the whole years of which something is held or said, the newest first."""
    strong = Counter(period for one in broken if one.rule.importance == STRONG for period in one.periods)
    said = {period: step for (_, period), step in steps.items()}
    held = {str(year) for counts in found.years.values() for year in counts if year in found.recent}
    known = sorted({period for period in held | set(said) if int(period) < today().year}, reverse=True)
    return [_year(period, said.get(period, NOT_SAID), strong[period]) for period in known]


def _year(period: str, step: Step, strong: int) -> Year:
    code = step.name or (RECEIVED if strong else CHECKED)
    return Year(period, code, step, strong)


def may(reader: Reader, siren: str, year: Year) -> list[str]:
    """Return the verbs of what the reader may do next to a year."""
    return [verb for verb in year.acts if reader.may(verb, siren)]


def raisers(metropole: Metropole) -> list[Raiser]:
    """Return what would raise the grades B and C of the last years of a metropole (B11), what raises most first."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for cell in cells(CATALOGUE, [metropole], known_periods()[:GRADED_YEARS]).values():
        for one in raises_of(cell) if cell.present and cell.grade in ("B", "C") else ():
            kind = f" : {kind_label(one.values['genre'], 2).lower()}" if "genre" in one.values else ""
            found.setdefault((f"{one.words}{kind}", one.url(metropole.slug)), {})[cell.indicator.label] = None
    lines = [Raiser(words, url, tuple(labels)) for (words, url), labels in found.items()]
    return sorted(lines, key=lambda line: -len(line.indicators))
