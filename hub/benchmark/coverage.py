"""Coverage statements (`benchmark.md` §2): what a metropole declares of a kind and a period; only this makes a zero."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from hub.models.network import NetworkThing, network_of

COMPLETE, PARTIAL = "complete", "partielle"
WITHOUT = ("sans_objet", "non_collecte")
"""The levels that are themselves why there is no value."""
ENOUGH = 0.8
"""The share from which a partial coverage may still be compared (`benchmark.md` §3)."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One statement; `first` and `last` are the days its period goes from and to, as precise as they were given."""

    id: str
    kind: str
    level: str
    share: float | None
    first: str
    last: str
    declared_at: str

    def covers(self, year: int) -> bool:
        """Tell whether it speaks of the whole of a year; a statement without an end speaks of no year to come."""
        if not self.first:
            return False
        begins = self.first <= f"{year}-01-01"[: len(self.first)]
        end = self.last or self.declared_at[:10]
        return begins and end >= f"{year}-12-31"[: len(end)]

    @property
    def comparable(self) -> bool:
        """Tell whether what it covers may be compared: all of it, or four fifths at least."""
        return self.level == COMPLETE or (self.level == PARTIAL and (self.share or 0) >= ENOUGH)


def coverages(siren: str) -> list[Coverage]:
    """Return the statements of a metropole, the newest first: it stands over the older ones."""
    return _newest_first(_coverage(said) for said in network_of("coverage", siren))


def coverages_by_siren(connection: Connection, sirens: Collection[str] | None = None) -> dict[str, list[Coverage]]:
    """Return the statements of every metropole, or of these, the newest first."""
    found: dict[str, list[Coverage]] = {}
    told = select(NetworkThing.siren, NetworkThing.data).where(NetworkThing.kind == "coverage")
    theirs = NetworkThing.siren.is_not(None) if sirens is None else NetworkThing.siren.in_(sirens)
    for owner, data in connection.execute(told.where(theirs)):
        found.setdefault(str(owner), []).append(_coverage(orjson.loads(data)))
    return {owner: _newest_first(each) for owner, each in found.items()}


def covering(found: Iterable[Coverage], kind: str, year: int) -> Coverage | None:
    """Return the statement in force for a kind and a year, among statements given newest first."""
    return next((one for one in found if one.kind == kind and one.covers(year)), None)


def all_complete(sirens: Iterable[str], kind: str, years: Sequence[int]) -> bool:
    """Tell whether each of these metropoles declares a kind complete for each of these years."""
    for siren in sirens:
        found = coverages(siren)
        said = [covering(found, kind, year) for year in years]
        if not all(one is not None and one.level == COMPLETE for one in said):
            return False
    return True


def counted(count: int, statement: Coverage | None) -> tuple[int | None, str]:
    """Return (value, state) of a count (`benchmark.md` §1): none is 0 only where all is declared to be there."""
    complete = statement is not None and statement.level == COMPLETE
    if count or complete:
        return count, "provisoire" if complete else "estime"
    return None, statement.level if statement and statement.level in WITHOUT else "non_transmis"


def speaking(found: Sequence[Coverage]) -> set[int]:
    """Return the years of which statements speak, from the first to the last of each."""
    spans = [(one, int(one.first[:4]), int((one.last or one.declared_at)[:4])) for one in found if one.first]
    return {year for one, first, last in spans for year in range(first, last + 1) if one.covers(year)}


def _newest_first(found: Iterable[Coverage]) -> list[Coverage]:
    return sorted(found, key=lambda one: (one.declared_at, one.id), reverse=True)


def _coverage(said: dict[str, Any]) -> Coverage:
    period = said["period"]
    bounds = period.get("from", ""), period.get("to", "")
    return Coverage(said["id"], said["kind"], said["level"], said.get("share"), *bounds, said["declared_at"])
