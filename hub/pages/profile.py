"""Where a metropole stands in the network, indicator by indicator: its value, the range, the median; no place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from flask import request, url_for

from hub.benchmark.comparison import Field
from hub.benchmark.coverage import COMPLETE, PARTIAL, coverages, covering, speaking
from hub.benchmark.indicators import CATALOGUE, PER_INHABITANTS, RAW, YES_NO, Indicator
from hub.benchmark.measures import COMPARABLE, Cell, Key, cells, in_form, known_periods
from hub.benchmark.ranks import FEWEST, Spread, spread
from hub.db import db
from hub.models.metropole import Metropole, disjoint, metropoles
from hub.pages.choices import know
from hub.pages.format import listing, number, plural
from hub.pages.measure_words import CellWords, cell_words, value_text
from hub.pages.words import kind_label
from schemas.registry import KINDS

PERIOD = "p"


@dataclass(frozen=True)
class Standing:
    """One indicator of a metropole: its cell, the same in the form it compares in, the network's in that form."""

    metropole: Metropole
    cell: Cell
    form: Cell
    field: Field

    @property
    def indicator(self) -> Indicator:
        """Return what is measured."""
        return self.cell.indicator

    @property
    def network(self) -> Sequence[Cell]:
        """Return the cells of the network that compare."""
        return self.field.counted

    @property
    def url(self) -> str:
        """Return the address of the cell: where its value comes from."""
        return url_for("indicators.cell", key=self.indicator.key, slug=self.metropole.slug, period=self.cell.period)

    @cached_property
    def words(self) -> CellWords:
        """Return its value in words, as it was counted."""
        return cell_words(self.cell)

    @cached_property
    def spread(self) -> Spread | None:
        """Return where the network's values lie; None when fewer than 5 compare, or this one does not (B10)."""
        if len(self.network) < FEWEST or not self.form.comparable or self.indicator.measure == YES_NO:
            return None
        return spread(one.value for one in self.network if one.value is not None)

    @property
    def strip(self) -> dict[str, float] | None:
        """Return what the macro `strip` draws."""
        return {**self.spread._asdict(), "value": self.form.value or 0} if self.spread else None

    @property
    def said(self) -> str:
        """Return the same in words: the median, the middle half, the range, how many compare."""
        if self.spread is None:
            return self._why
        low, q1, median, q3, high = (self._text(each) for each in self.spread)
        mine = f"ici {cell_words(self.form).full} ; " if self.form.form != RAW else ""
        among = f"{number(len(self.network))} métropoles comparables"
        return f"{among} : {mine}médiane {median}, la moitié centrale de {q1} à {q3}, toutes de {low} à {high}."

    @property
    def _why(self) -> str:
        """Why nothing is drawn beside the value."""
        if self.indicator.measure == YES_NO:
            return "Oui ou non : rien à situer."
        if self.form.grade in COMPARABLE and not self.form.comparable:
            return "Valeur bornée (« au moins », « plus de ») : elle ne se situe pas parmi les autres."
        if not self.form.comparable:
            return f"À lire avec prudence ({self.words.grade_words}) : pas mise en regard des autres valeurs."
        compared = len(self.network)
        known = f"{number(compared)} {plural(compared, 'métropole comparable', 'métropoles comparables')}"
        return f"{known} : il en faut {FEWEST} pour situer une valeur."

    def _text(self, value: float) -> str:
        return value_text(self.indicator, value, form=self.form.form)


def profile(metropole: Metropole) -> dict[str, Any]:
    """Return what the portrait shows of the measures of a period. Raises BadQuery on a period that does not exist."""
    periods, every = known_periods(), list(db.session.scalars(metropoles()))
    asked = request.args.get(PERIOD, "")
    if asked:
        know(PERIOD, asked, {each: each for each in periods}.__getitem__, lambda: periods)
    period = asked or next(iter(periods), "")
    found = cells(CATALOGUE, every, [period]) if period else {}
    standings = list(_standings(metropole, every, period, found)) if period else []
    return {
        "period": period,
        "periods": [(each, url_for("metropoles.metropole", slug=metropole.slug, p=each)) for each in periods],
        "themes": [(theme, list(inside)) for theme, inside in groupby(_present(standings), key=lambda one: one[0])],
        "absent": _absent(standings),
        "standings": standings,
        "freezable": [one.indicator.key for one in standings if one.cell.present],
    }


def banner(metropole: Metropole) -> str:
    """Return what a metropole declares of its coverage, for the newest year it speaks of; empty without one."""
    found = coverages(metropole.siren)
    years = speaking(found)
    if not years:
        return ""
    year = max(years)
    levels = {kind: said.level for kind in KINDS if (said := covering(found, kind, year))}
    complete = [kind_label(kind, 2) for kind in KINDS if levels.get(kind) == COMPLETE]
    partial = [kind_label(kind, 2) for kind in KINDS if levels.get(kind) == PARTIAL]
    parts = [f"complets en {year} : {listing(complete).lower()}"] if complete else []
    parts += [f"partiels : {listing(partial).lower()}"] if partial else []
    silent = len(KINDS) - len(levels)
    parts += [f"{number(silent)} sortes de fiches sur {number(len(KINDS))} sans déclaration"] if silent else []
    return f"{metropole.short_name} déclare {' ; '.join(parts)}."


def _standings(
    metropole: Metropole, every: Sequence[Metropole], period: str, found: Mapping[Key, Cell]
) -> Iterator[Standing]:
    nested = {one.siren for one in every} - {one.siren for one in disjoint(every)}
    for indicator in CATALOGUE:
        form = PER_INHABITANTS if PER_INHABITANTS in indicator.forms else RAW
        mine = found[indicator.key, metropole.siren, period]
        others = [in_form(found[indicator.key, one.siren, period], form, one) for one in every]
        field = Field(indicator, period, others, nested)
        yield Standing(metropole, mine, in_form(mine, form, metropole), field)


def _present(standings: Sequence[Standing]) -> Iterator[tuple[str, Standing]]:
    return ((one.indicator.theme, one) for one in standings if one.cell.present)


def _absent(standings: Sequence[Standing]) -> list[tuple[str, str]]:
    """The indicators without a value, under the reason why there is none."""
    reasons: dict[str, list[str]] = {}
    for one in standings:
        if not one.cell.present:
            reasons.setdefault(one.words.reason, []).append(one.indicator.label)
    return [(reason, listing(labels)) for reason, labels in reasons.items()]
