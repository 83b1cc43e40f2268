"""What metropoles state of themselves and of their platform: each figure as it is written, with its state and flags."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.models.facet import Facet
from hub.models.metropole import Metropole, disjoint
from hub.models.thing import Filter, Thing, read, things_of
from schemas.labels import codes, entry

OF_ITSELF = ("metropole", "plateforme")
"""The subjects of a figure that says something of the metropole as a whole; the others say something of one démarche."""
OWN_PERIMETER = "metropole"


@dataclass(frozen=True, slots=True)
class Stated:
    """One stated figure. `state` refines the record's as a measure does (`benchmark.md` §1); it is never adjusted."""

    thing: Thing
    metropole: Metropole
    state: str
    perimeter: str | None

    @property
    def metric(self) -> str:
        """Return the code of what is measured."""
        return str(self.thing.data["metric"])

    @property
    def quantity(self) -> dict[str, Any] | None:
        """Return the figure with its qualifier, or None when only its absence is stated."""
        return self.thing.data.get("quantity")

    @property
    def flags(self) -> tuple[str, ...]:
        """Return what keeps the figure apart from its neighbours."""
        return ("perimetre_different",) if self.perimeter not in (None, OWN_PERIMETER) else ()

    @property
    def whole(self) -> bool:
        """Tell whether it may stand beside those of others: a result, of the whole and not of a part."""
        return not self.thing.data.get("breakdown") and self.thing.data["basis"] not in ("objectif", "part")

    @property
    def definition(self) -> tuple[Any, ...]:
        """Return what two figures must share to stand on one axis: measure, nature, period."""
        period = self.thing.data["period"]
        return (self.metric, self.thing.data["basis"], period.get("from"), period.get("to"), period.get("as_written"))


def stated(sirens: Iterable[str], metrics: Iterable[str] = (), subjects: Collection[str] = OF_ITSELF) -> list[Stated]:
    """Return the figures these metropoles state, of themselves or of other `subjects`, cumulative ones first."""
    query = things_of("observation", Filter(metropoles=tuple(sirens), states=tuple(metrics)))
    if "process" not in subjects:
        query = query.where(Facet.process_id.is_(None))
    found = [thing for thing in read(query.order_by(Facet.hub_id)) if thing.data["subject"]["kind"] in subjects]
    return sorted((_stated(thing, thing.metropole) for thing in found if thing.metropole), key=_rank)


def shared(figures: Iterable[Stated]) -> list[Stated]:
    """Return the largest set of figures of one definition, one per metropole: what one axis may carry."""
    groups: dict[tuple[Any, ...], dict[str, Stated]] = {}
    for figure in figures:
        if figure.whole and figure.quantity:
            groups.setdefault(figure.definition, {}).setdefault(figure.metropole.siren, figure)
    return list(max(groups.values(), key=len, default={}).values())


def certainty(data: Mapping[str, Any], *fields: str) -> tuple[str, dict[str, str]]:
    """Return how sure a statement is (of `fields` first named, or as a whole), and which of its fields are less sure.

    The statement itself is what its trace without fields says; a thing without a trace is taken as written.
    """
    ranks = codes("certitude")
    whole = [t["certainty"] for t in data.get("trace", ()) if not t.get("fields") or set(fields) & set(t["fields"])]
    weaker = {
        field: trace["certainty"]
        for trace in data.get("trace", ())
        if trace["certainty"] != ranks[0]
        for field in trace.get("fields", ())
        if field not in fields
    }
    return max(whole, key=ranks.index, default=ranks[0]), weaker


def known_among(sirens: Collection[str], chosen: Iterable[Metropole]) -> tuple[int, int, list[Metropole]]:
    """Return how many of `chosen` are known, of how many, territories nested in another one set apart (B6)."""
    chosen = list(chosen)
    counted = disjoint(chosen)
    nested = [metropole for metropole in chosen if metropole not in counted and metropole.siren in sirens]
    return sum(metropole.siren in sirens for metropole in counted), len(counted), nested


def has_value(state: str) -> bool:
    """Tell whether a state of a value goes with a value."""
    return bool(entry("etat_valeur", state)["porte_valeur"])


def _stated(thing: Thing, metropole: Metropole) -> Stated:
    quantity = thing.data.get("quantity")
    if quantity is None:
        state = thing.data["quantity_state"]
    else:
        state = "provisoire" if quantity.get("qualifier", "exact") == "exact" else "estime"
    return Stated(thing, metropole, state, thing.data.get("perimeter") or thing.source.perimeter)


def _rank(figure: Stated) -> tuple[Any, ...]:
    order = codes("nature_chiffre")
    basis = figure.thing.data["basis"]
    return (not figure.whole, basis != "cumul", order.index(basis), figure.thing.remote_id)
