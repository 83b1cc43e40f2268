"""What the page of delays and its files rest on: what is asked, what is found, the counters (B25, B26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import inf
from typing import Any

from hub.benchmark.avis import Avis
from hub.benchmark.coverage import all_complete
from hub.benchmark.delays import Answers, Delay, Share, answers, delay, window_start
from hub.benchmark.intervals import wilson
from hub.benchmark.promise import days_since
from hub.benchmark.promises import Promise
from hub.models.metropole import Metropole, disjoint
from hub.models.thing import EVERYTHING, Filter
from hub.pages.delays_words import share_words, why_estimated
from hub.pages.format import days as days_words
from hub.pages.format import number


@dataclass(frozen=True)
class Asked:
    """What the address asks: one metropole, or the network, on a day."""

    every: Sequence[Metropole]
    chosen: Metropole | None
    as_of: date

    @property
    def narrowed(self) -> Filter:
        """Return the filter of the things to read."""
        return Filter(metropoles=(self.chosen.slug,)) if self.chosen else EVERYTHING

    @cached_property
    def summed(self) -> frozenset[str]:
        """Return the SIRENs that are counted together: territories nested in another one are not (B6)."""
        return frozenset(one.siren for one in ([self.chosen] if self.chosen else disjoint(self.every)))

    @property
    def place(self) -> str:
        """Return the name of what is looked at."""
        return self.chosen.name if self.chosen else "tout le réseau"


@dataclass(frozen=True)
class Found:
    """The avis and the commitments read, and what their clocks say on the day asked."""

    asked: Asked
    avis: Sequence[Avis]
    promises: Sequence[Promise]

    @cached_property
    def counted(self) -> list[Avis]:
        """Return the avis of the window that are counted."""
        return [one for one in self.avis if not one.apart]

    @cached_property
    def answers(self) -> Answers:
        """Return what these avis say."""
        return answers([one.clock for one in self.counted if one.clock], self.asked.as_of)

    @cached_property
    def delay(self) -> Delay:
        """Return how long commitments take."""
        return delay([one.clock for one in self.promises if one.clock and not one.apart], self.asked.as_of)

    @property
    def open(self) -> list[Promise]:
        """Return the commitments still to be kept."""
        return [one for one in self.promises if one.open]

    @property
    def silent(self) -> list[Promise]:
        """Return those of which there is no news: those never dated, then the oldest news first."""
        return sorted((one for one in self.open if one.silent), key=lambda one: (-self._age(one), one.thing.id))

    def _age(self, one: Promise) -> float:
        return days_since(one.news, self.asked.as_of) if one.news else inf

    def silence(self) -> Share:
        """Return the share of open commitments of which there is no news."""
        return Share(len([one for one in self.open if one.silent]), len(self.open), estimated=False)

    def state(self, kind: str, enough: bool, some: bool, estimated: bool) -> str:
        """Return the state of a value made of these (§1): enough cases, at least one, approximate dates among them."""
        if not enough:
            return "effectif_insuffisant" if some else "non_transmis"
        first = window_start(self.asked.as_of) + timedelta(days=1)
        years = range(first.year if kind == "stage" else self.asked.as_of.year, self.asked.as_of.year + 1)
        complete = not estimated and all_complete(sorted(self.asked.summed), kind, years)
        return "provisoire" if complete else "estime"


def estimated(told: Sequence[dict[str, Any]], approximate: bool) -> str:
    """Return why some of these counters are estimated; empty when none is."""
    return why_estimated(approximate) if any(one["state"] == "estime" for one in told) else ""


def counters(found: Found) -> list[dict[str, Any]]:
    """Return the four counters of the answers (B26): « 2 sur 10 à 6 mois (20 %) », never a mean of the answered."""
    said = found.answers
    shares = (
        ("reponse_part", "Avis ayant reçu une réponse", "", said.part),
        ("reponse_6_mois", "Réponse à 6 mois", "à 6 mois", said.six_months),
        ("reponse_12_mois", "Réponse à 12 mois", "à 12 mois", said.twelve_months),
    )
    told = [_share(found, "stage", *each) for each in shares]
    return [*told, _median(found, "stage", "reponse_delai", "Délai de la réponse", said.delay)]


def promise_counters(found: Found) -> list[dict[str, Any]]:
    """Return the counters of commitments: how long they take, of how many there is no news."""
    median = _median(found, "commitment", "engagements_delai", "Délai de réalisation", found.delay)
    label = "Engagements ouverts sans nouvelle"
    return [median, _share(found, "commitment", "engagements_sans_nouvelle", label, "", found.silence())]


def _share(found: Found, kind: str, key: str, label: str, when: str, share: Share) -> dict[str, Any]:
    state = found.state(kind, share.enough, bool(share.denominator), share.estimated)
    text, rest = share_words(share, when) if share.enough else (None, "")
    low, high = wilson(share.numerator, share.denominator) if share.enough else (None, None)
    known = {"value": share.numerator / share.denominator, "low": low, "high": high} if share.enough else {}
    return {
        "key": key,
        "label": label,
        "text": text,
        "unit": rest,
        "state": state,
        "numerator": share.numerator,
        "denominator": share.denominator,
        "interval": f"Intervalle à 95 % : {number((low or 0) * 100)} à {number(high, '%')}." if share.enough else "",
        **known,
    }


def _median(found: Found, kind: str, key: str, label: str, waited: Delay) -> dict[str, Any]:
    state = found.state(kind, waited.enough, bool(waited.followed), waited.estimated)
    days, reached = waited.median
    known = {"value": days, "qualifier": "exact" if reached else "plus_de"} if waited.enough else {}
    return {
        "key": key,
        "label": label,
        "text": days_words(days) if waited.enough else None,
        "word": "médiane :" if reached else "médiane : plus de",
        "state": state,
        "numerator": len(waited.answered),
        "denominator": waited.followed,
        **known,
    }
