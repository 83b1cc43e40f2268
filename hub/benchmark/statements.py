"""Statements: the figures documents state, as they were read, with what each of them is about (Pub8, F3)."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub.db import db
from hub.models.derived import Term
from hub.models.facet import Facet
from hub.models.thing import Filter, Thing, read, things_of, visible
from schemas.labels import codes

WORDS = {
    "chantiers prioritaires": ("type", "chantier_prioritaire"),
    "engagements propres des communes": ("level", "communes"),
    "retours d'expérience": ("encounter", "retour_experience"),
}
"""What a breakdown in free words narrows; any other stays a part of its own, `other`."""
APPROXIMATE = ("environ", "pres_de")
TOLERANCE = 0.1
"""« Près de 30 » and « une trentaine » are read as 30, one tenth more or less."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One stated figure; `about` holds, by field, the values its breakdown narrows it to."""

    thing: Thing
    about: Mapping[str, tuple[str, ...]]

    @property
    def data(self) -> dict[str, Any]:
        """Return the observation."""
        return self.thing.data

    @property
    def subject(self) -> tuple[str, str]:
        """Return the kind and the remote_id of what the figure describes."""
        return (self.data["subject"]["kind"], self.data["subject"]["remote_id"])

    @property
    def qualifier(self) -> str:
        """Return how exact the document says it is."""
        return str(self.data["quantity"].get("qualifier", "exact"))

    @property
    def value(self) -> float:
        """Return the number, the lower one of a range."""
        quantity = self.data["quantity"]
        return float(quantity["low"] if self.qualifier == "fourchette" else quantity["value"])

    @property
    def words(self) -> str:
        """Return the quantity in the words of the document."""
        quantity = self.data["quantity"]
        return str(quantity.get("as_written") or quantity.get("value"))

    @property
    def share(self) -> bool:
        """Tell whether the figure is a share of a whole."""
        return bool(self.data["basis"] == "part")

    @property
    def year(self) -> str:
        """Return the year in which its period begins, empty when it is not known."""
        return str(self.data["period"].get("from", ""))[:4]

    def span(self) -> tuple[float, float]:
        """Return the numbers its words leave possible, both ends included."""
        return span(self.value, self.qualifier, self.share, self.data["quantity"].get("high"))


def span(value: float, qualifier: str, share: bool = False, high: float | None = None) -> tuple[float, float]:
    """Return the numbers a quantity leaves possible; a share is exact to its last written digit."""
    if qualifier in APPROXIMATE:
        return (value * (1 - TOLERANCE), value * (1 + TOLERANCE))
    if qualifier == "fourchette":
        return (value, value if high is None else high)
    ends = {
        "plus_de": (math.nextafter(value, math.inf), math.inf),
        "au_moins": (value, math.inf),
        "moins_de": (0, math.nextafter(value, 0)),
        "au_plus": (0, value),
    }
    half = 0 if not share else 0.005 if math.isclose(value * 100, round(value * 100)) else 0.0005
    return ends.get(qualifier, (value - half, value + half))


def statements(metrics: Iterable[str], metropoles: tuple[str, ...] = ()) -> list[Statement]:
    """Return the figures documents state for these metrics, in the order they came; targets are not among them."""
    found = read(things_of("observation", Filter(metropoles, states=tuple(metrics))).order_by(Facet.id))
    known = select(Term.value).join(Facet, Facet.hub_id == Term.hub_id).where(Term.field == "orientation", visible())
    orientations = set(db.session.scalars(known.distinct()))
    return [
        Statement(thing, _about(thing.data.get("breakdown", ()), orientations))
        for thing in found
        if thing.data["origin"] == "enonce" and thing.data.get("quantity") and thing.data["basis"] != "objectif"
    ]


def _about(breakdown: Iterable[Mapping[str, str]], orientations: Collection[str]) -> dict[str, tuple[str, ...]]:
    about: dict[str, tuple[str, ...]] = {}
    for part in breakdown:
        value = part["value"]
        statuses = tuple(value.split(" ou "))
        if part["dimension"] == "statut_engagement" and set(statuses) <= set(codes("statut_engagement")):
            about["status"] = statuses
        elif value in orientations:
            about["orientation"] = (value,)
        else:
            field, code = WORDS.get(value, ("other", value))
            about[field] = (code,)
    return about
