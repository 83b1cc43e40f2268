"""The figures a comparison may hold: what each metropole states of itself or of its platform, with state and flags."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub.db import db
from hub.models.facet import Facet
from hub.models.metropole import Metropole, disjoint
from hub.models.thing import EVERYTHING, Filter, Thing, conditions, read, things_of
from schemas.labels import codes

SUBJECTS = ("metropole", "plateforme")
"""What a figure speaks of when it says something of the metropole as a whole; others speak of one démarche."""
OWN_PERIMETER = "metropole"
NOT_RESULTS = ("objectif", "part")


@dataclass(frozen=True, slots=True)
class Figure:
    """One stated figure. `state` refines the record's as a measure does (`benchmark.md` §1); it is never adjusted."""

    thing: Thing
    metropole: Metropole
    state: str
    perimeter: str | None

    @property
    def data(self) -> dict[str, Any]:
        """Return the observation."""
        return self.thing.data

    @property
    def metric(self) -> str:
        """Return the code of what is measured."""
        return str(self.data["metric"])

    @property
    def quantity(self) -> dict[str, Any] | None:
        """Return the figure with its qualifier, or None when only its absence is stated."""
        return self.data.get("quantity")

    @property
    def flags(self) -> tuple[str, ...]:
        """Return what keeps the figure apart from its neighbours."""
        return ("perimetre_different",) if self.perimeter not in (None, OWN_PERIMETER) else ()

    @property
    def whole(self) -> bool:
        """Tell whether it may stand beside those of others: a result, of the whole and not of a part."""
        return not self.data.get("breakdown") and self.data["basis"] not in NOT_RESULTS

    @property
    def definition(self) -> tuple[Any, ...]:
        """Return what two figures must share to stand on one axis: measure, nature, channel, perimeter, period."""
        period = self.data["period"]
        dates = period.get("from"), period.get("to"), None if "from" in period else period.get("as_written")
        return (self.metric, self.data["basis"], self.data.get("channel"), self.perimeter, dates)


def figures(sirens: Iterable[str] = (), metrics: Iterable[str] = ()) -> list[Figure]:
    """Return what these metropoles (all of them when none is named) state of themselves, cumulative figures first."""
    query = things_of("observation", Filter(metropoles=tuple(sirens), states=tuple(metrics)))
    query = query.where(Facet.process_id.is_(None), Facet.siren.is_not(None)).order_by(Facet.id)
    found = [_figure(thing) for thing in read(query) if thing.data["subject"]["kind"] in SUBJECTS]
    return sorted((figure for figure in found if figure), key=_rank)


def said_of_processes() -> set[tuple[str, str]]:
    """Return (SIREN, metric) of what is stated of a démarche: it says nothing of the metropole as a whole."""
    wanted = (*conditions("observation", EVERYTHING), Facet.process_id.is_not(None), Facet.siren.is_not(None))
    query = select(Facet.siren, Facet.state).where(*wanted).distinct()
    return {(row[0], row[1]) for row in db.session.execute(query) if row[0] and row[1]}


def on_one_axis(found: Iterable[Figure]) -> list[Figure]:
    """Return the largest set of figures of one definition, one per metropole: what one chart may carry."""
    groups: dict[tuple[Any, ...], dict[str, Figure]] = {}
    for figure in found:
        if figure.whole and figure.quantity:
            groups.setdefault(figure.definition, {}).setdefault(figure.metropole.siren, figure)
    return list(max(groups.values(), key=len, default={}).values())


def known_among(sirens: Collection[str], chosen: Iterable[Metropole]) -> tuple[int, int, list[Metropole]]:
    """Return how many of `chosen` are known, of how many, the nested territories that are known set apart (B6)."""
    chosen = list(chosen)
    counted = disjoint(chosen)
    nested = [metropole for metropole in chosen if metropole not in counted and metropole.siren in sirens]
    return sum(metropole.siren in sirens for metropole in counted), len(counted), nested


def _figure(thing: Thing) -> Figure | None:
    if thing.metropole is None:
        return None
    quantity = thing.data.get("quantity")
    if quantity is None:
        state = thing.data["quantity_state"]
    else:
        state = "provisoire" if quantity.get("qualifier", "exact") == "exact" else "estime"
    return Figure(thing, thing.metropole, state, thing.data.get("perimeter") or thing.source.perimeter)


def _rank(figure: Figure) -> tuple[bool, bool, int]:
    basis = figure.data["basis"]
    return (not figure.whole, basis != "cumul", codes("nature_chiffre").index(basis))
