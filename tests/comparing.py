"""Measures of several metropoles, as the tests of the comparison store them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from hub.benchmark.intervals import wilson
from hub.db import db
from hub.models import Metropole
from tests.make import measure

PLACES = {"nantes": (18, 20), "rennes": (14, 20), "lyon": (30, 60), "lille": (9, 30), "tours": (2, 25)}
"""k and n of five metropoles whose places are known (`benchmark.md` §14)."""
CONTROLLED = {"validation": ["B", "controlee"], "couverture": ["A", "complete"]}
UNKNOWN = {"couverture": ["C", "inconnue"], "validation": ["A", "validee"]}


def siren(slug: str) -> str:
    """The SIREN of a metropole."""
    return db.session.scalars(select(Metropole.siren).where(Metropole.slug == slug)).one()


def share(slug: str, k: int, n: int, period: str = "2025", indicator: str = "reponse_part", **said: Any) -> None:
    """Store a share with its interval."""
    low, high = wilson(k, n)
    given: dict[str, Any] = {"numerator": k, "denominator": n, "low": low, "high": high, "state": "definitif"}
    measure(indicator, siren(slug), period, k / n, **given | said)


def five(counts: Mapping[str, tuple[int, int]] = PLACES, **said: Any) -> None:
    """Store the five shares of the reference values."""
    for slug, (k, n) in counts.items():
        share(slug, k, n, **said)
