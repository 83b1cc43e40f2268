"""Ninety days of a platform: reached, not reached, not measured. What was not measured is never drawn as good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from markupsafe import Markup

from hub.pages.format import day, listing, nbsp, number, plural

SHOWN = 90
"""How many days the history shows, today included."""
REACHED, MISSED, UNKNOWN = "reached", "missed", "unknown"
LABELS = {REACHED: "atteinte", MISSED: "non atteinte", UNKNOWN: "non mesurée"}
_TOPS = {REACHED: 1, MISSED: 13, UNKNOWN: 21}
"""Where each bar begins, from the top of 24: tall, low, a mere line. Height tells what colour tells."""
_WIDTH = 4
_NAMED = 4
"""How many days are named one by one in a sentence."""


@dataclass(frozen=True)
class Period:
    """Days in a row of one state."""

    state: str
    first: date
    last: date

    @property
    def words(self) -> str:
        """Return the dates of the period: « le 3 mars 2026 », « du 3 mars 2026 au 5 mars 2026 »."""
        if self.first == self.last:
            return f"le {day(self.first)}"
        return f"du {day(self.first)} au {day(self.last)}"


@dataclass(frozen=True)
class Days:
    """The state of each day, oldest first; the last is today."""

    states: tuple[str, ...]
    today: date

    def number(self, state: str) -> int:
        """Return how many days are in that state."""
        return self.states.count(state)

    @property
    def periods(self) -> list[Period]:
        """Return the periods, the newest first."""
        found, rank = [], 0
        for state, run in groupby(self.states):
            length = len(list(run))
            found.append(Period(state, self._on(rank), self._on(rank + length - 1)))
            rank += length
        return found[::-1]

    @property
    def text(self) -> str:
        """Return the history in a sentence: what a reader without the drawing must know."""
        if self.number(UNKNOWN) == SHOWN:
            return nbsp(f"Sur {SHOWN} jours : aucune mesure.")
        said = [self._said(state) for state in LABELS if self.number(state)]
        return nbsp(f"Sur {SHOWN} jours, plateforme {listing(said)}.")

    @property
    def svg(self) -> Markup:
        """Return the strip: one bar a day, told apart by its height."""
        drawn = Markup().join(self._path(state) for state in LABELS)
        return Markup(
            '<svg class="days" viewBox="0 0 {} 24" width="100%" height="24" preserveAspectRatio="none" role="img" '
            'aria-label="{}">{}</svg>'
        ).format(SHOWN * _WIDTH, self.text, drawn)

    def _said(self, state: str) -> str:
        count = self.number(state)
        words = f"{LABELS[state]} {number(count)} {plural(count, 'jour')}"
        named = [period.words for period in self.periods if period.state == state]
        return f"{words} ({listing(named[::-1])})" if state == MISSED and len(named) <= _NAMED else words

    def _on(self, rank: int) -> date:
        return self.today - timedelta(days=SHOWN - 1 - rank)

    def _path(self, state: str) -> Markup:
        top = _TOPS[state]
        bars = (f"M{rank * _WIDTH} {top}h3v{24 - top}h-3z" for rank, one in enumerate(self.states) if one == state)
        drawing = "".join(bars)
        return Markup('<path class="{}" d="{}"/>').format(state, drawing) if drawing else Markup()


def days_of(readings: Iterable[tuple[str, str | None, int]], today: date) -> Days:
    """Return the days of a source from its closed readings: (state, cause, how many days ago).

    One answer in a day is enough for it to be reached. A fault of the hub, or a cancelled run, measures nothing.
    """
    states = [UNKNOWN] * SHOWN
    for state, cause, ago in readings:
        if 0 <= ago < SHOWN and state != "cancelled" and cause != "system":
            rank = SHOWN - 1 - ago
            states[rank] = REACHED if cause is None or states[rank] == REACHED else MISSED
    return Days(tuple(states), today)
