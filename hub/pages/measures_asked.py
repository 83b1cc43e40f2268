"""What an address asks of the measures: which indicators, metropoles, periods, in which form; and their cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import request
from sqlalchemy import func

from hub.benchmark.indicators import CATALOGUE, INDICATORS, RAW, Indicator
from hub.benchmark.measure_rows import measure_row
from hub.benchmark.measures import Cell, Key, cells, known_periods
from hub.clock import today
from hub.db import db
from hub.errors import UnknownThing
from hub.models.measure import Measure, measures_of
from hub.models.metropole import Metropole, metropoles
from hub.pages.choices import accept, know
from hub.pages.format import number
from hub.pages.metropoles import called

INDICATOR, METROPOLE, PERIOD, FORM = "i", "m", "p", "n"


@dataclass(frozen=True)
class Asked:
    """The measures that an address asks for. `chosen`: the periods of each indicator, newest first, by its key.

    `every`: all metropoles; `known`: the periods offered, newest first.
    """

    indicators: Sequence[Indicator]
    metropoles: Sequence[Metropole]
    chosen: Mapping[str, Sequence[str]]
    every: Sequence[Metropole]
    known: Sequence[str]
    form: str = RAW

    @cached_property
    def cells(self) -> Mapping[Key, Cell]:
        """Return every cell asked for, in one query for each choice of periods."""
        found: dict[Key, Cell] = {}
        for periods in {tuple(each) for each in self.chosen.values()}:
            theirs = [one for one in self.indicators if tuple(self.chosen[one.key]) == periods]
            found |= cells(theirs, self.metropoles, periods, self.form)
        return found

    @property
    def periods(self) -> Sequence[str]:
        """Return the periods of the first indicator: of the only one, where there is one."""
        return self.chosen[self.indicators[0].key]

    @property
    def period(self) -> str:
        """Return the period that the page of an indicator shows: the newest asked for."""
        return self.periods[0]

    def of(self, indicator: Indicator, period: str = "") -> list[Cell]:
        """Return the cells of an indicator for a period, the one shown by default, in the order of the metropoles."""
        return [self.cells[indicator.key, one.siren, period or self.period] for one in self.metropoles]

    def newest(self, indicator: Indicator) -> str:
        """Return the newest period asked for in which an indicator has a value, the newest of all when it has none."""
        periods = self.chosen[indicator.key]
        valued = (each for each in periods if any(cell.present for cell in self.of(indicator, each)))
        return next(valued, periods[0])

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield every cell as a row: by indicator, by metropole in alphabetical order, by period."""
        for indicator in self.indicators:
            for one in self.metropoles:
                for period in self.chosen[indicator.key]:
                    yield measure_row(self.cells[indicator.key, one.siren, period], one)


def asked_of_all() -> Asked:
    """Return what the catalogue's address asks for: every indicator and metropole where it chooses none.

    Without a period, each indicator is read for the newest one in which it has a value. Raises BadQuery.
    """
    accept((INDICATOR, METROPOLE, PERIOD), paged=False)
    every, known = db.session.scalars(metropoles()).all(), periods()
    keys, slugs = asked(INDICATOR, list(INDICATORS)), asked(METROPOLE, [one.slug for one in every])
    chosen = [one for one in CATALOGUE if one.key in keys or not keys]
    theirs = [one for one in every if one.slug in slugs or not slugs]
    return Asked(chosen, theirs, chosen_for(chosen, known), every, known)


def asked_of_one(key: str) -> Asked:
    """Return what the address of an indicator asks for. Raises UnknownThing, BadQuery."""
    accept((PERIOD, FORM), paged=False)
    indicator, every, known = indicator_called(key), db.session.scalars(metropoles()).all(), periods()
    return Asked([indicator], every, chosen_for([indicator], known), every, known, form_asked(indicator))


def chosen_for(indicators: Sequence[Indicator], known: Sequence[str]) -> dict[str, list[str]]:
    """Return the periods asked for; without any, the newest in which each indicator has a value. Raises BadQuery."""
    if named := asked(PERIOD, known):
        return {one.key: named for one in indicators}
    last = newest([one.key for one in indicators])
    return {one.key: [last.get(one.key, known[0])] for one in indicators}


def asked_of_cell(key: str, slug: str, period: str) -> Asked:
    """Return what the address of one cell asks for. Raises UnknownThing, BadQuery."""
    accept((FORM,))
    indicator, metropole, known = indicator_called(key), called(slug), periods()
    if period not in known:
        raise UnknownThing(
            f"Aucune mesure ne porte sur la période « {period} ». Périodes connues : {', '.join(known)}."
        )
    every = db.session.scalars(metropoles()).all()
    return Asked([indicator], [metropole], {indicator.key: [period]}, every, known, form_asked(indicator))


def periods() -> list[str]:
    """Return the periods that may be asked for, the newest first; the last whole year where nothing is measured."""
    return known_periods() or [str(today().year - 1)]


def newest(keys: Sequence[str]) -> dict[str, str]:
    """Return the newest period in which each of these indicators has a value; those that have none are left out."""
    said = (Measure.indicator, func.max(Measure.period))
    chosen = measures_of(keys).with_only_columns(*said, maintain_column_froms=True).where(Measure.value.is_not(None))
    rows = db.session.execute(chosen.order_by(None).group_by(Measure.indicator))
    return {row[0]: row[1] for row in rows}


def indicator_called(key: str) -> Indicator:
    """Return the indicator of this key. Raises UnknownThing, which names those there are."""
    if key not in INDICATORS:
        raise UnknownThing(f"Aucun indicateur ne s'appelle « {key[:50]} ». Indicateurs : {', '.join(INDICATORS)}.")
    return INDICATORS[key]


def asked(name: str, accepted: Sequence[str]) -> list[str]:
    """Return the values of a parameter, in the order in which they are accepted. Raises BadQuery on any other."""
    given = request.args.getlist(name)
    for value in given:
        know(name, value, {each: each for each in accepted}.__getitem__, lambda: accepted)
    return [each for each in accepted if each in given]


def form_asked(indicator: Indicator) -> str:
    """Return the form asked for, raw by default. Raises BadQuery on a form that the indicator has not (§4)."""
    found = asked(FORM, indicator.forms or (RAW,))
    return found[-1] if found else RAW


def period_words(indicator: Indicator, period: str) -> str:
    """Return what a period is for an indicator: « année 2025 », « 36 mois jusqu'à fin 2025 », « fin 2025 »."""
    words = {"annee": "année {}", "36_mois": f"{number(36)} mois jusqu'à fin {{}}", "date": "fin {}"}
    return words[indicator.window].format(period)
