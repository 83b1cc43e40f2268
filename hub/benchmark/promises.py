"""Commitments as time sees them: how long they take, which ones nobody speaks of any more (§10, §11)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from hub.benchmark.cases import UNCOUNTED
from hub.benchmark.delays import Clock
from hub.benchmark.promise import DONE, OPEN, last_news, promise_clock, silent, status_at
from hub.clock import today
from hub.models.facet import Facet
from hub.models.thing import Filter, Thing, read, things_of

OWN_LEVEL, NO_PROOF = "metropole", "aucune_preuve"
NO_DATE, TWICE, OUTSIDE = "promesse_sans_date", "meme_engagement", "hors_total"
ELSEWHERE, AFTER = "autre_perimetre", "apres"
"""Why a commitment has no delay that counts: the first that applies."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment as it stands on a day: its declared status, its clock, the last news of it, dated as written."""

    thing: Thing
    status: str
    clock: Clock | None
    news: str | None
    silent: bool
    apart: str

    @property
    def counted(self) -> bool:
        """Tell whether it is one of those that are counted together, its date known or not."""
        return self.apart in ("", NO_DATE)

    @property
    def open(self) -> bool:
        """Tell whether it still is to be kept."""
        return self.counted and self.status in OPEN

    @property
    def unproved(self) -> bool:
        """Tell whether it is declared kept, and nothing was given to the hub that proves it."""
        return self.counted and self.status == DONE and self.thing.data.get("proof", NO_PROOF) == NO_PROOF


def promises_of(narrowed: Filter, summed: Collection[str], as_of: date) -> list[Promise]:
    """Return the commitments that metropoles bear themselves, as they stand on that day, in the order of documents.

    `summed`: the SIRENs whose commitments are counted together. One that another plan repeats (`same_as`) counts once.
    """
    things = [
        thing
        for thing in read(things_of("commitment", narrowed).order_by(Facet.id))
        if thing.data.get("level", OWN_LEVEL) == OWN_LEVEL
    ]
    met = set[tuple[int, str]]()
    found = []
    for thing in things:
        names = {(thing.source.id, name) for name in (thing.remote_id, *thing.data.get("same_as", ()))}
        found.append(_promise(thing, bool(names & met), summed, as_of))
        met |= names
    return found


def _promise(thing: Thing, twice: bool, summed: Collection[str], as_of: date) -> Promise:
    siren = thing.metropole.siren if thing.metropole else None
    status = status_at(thing.data, as_of, today())
    timed = promise_clock(thing.data, status, thing.id, siren)
    reasons = {
        OUTSIDE: siren not in summed,
        ELSEWHERE: thing.source.perimeter in UNCOUNTED,
        TWICE: twice,
        NO_DATE: timed is None,
        AFTER: timed is not None and timed.since > as_of,
    }
    apart = next((why for why, so in reasons.items() if so), "")
    news = last_news(thing.data, as_of)
    return Promise(thing, status, timed, news, silent(thing.data, status, as_of), apart)
