"""What the territories of the demonstration declare of their data: without a statement, nothing compares."""

from __future__ import annotations

from random import Random

from sqlalchemy import select

from hub.clock import today
from hub.db import db
from hub.demo.register import ACTOR
from hub.harvest.declarations import declare
from hub.models import Metropole, NetworkThing

KINDS = ("process", "contribution", "meeting", "commitment", "stage")
YEARS = 3
"""For how many of the last whole years they speak."""
LEVELS = (("complete", None), ("partielle", 0.9), ("partielle", 0.5), (None, None))
"""What may be said of a kind: all, four fifths and more, half, nothing at all."""
WEIGHTS = (6, 2, 1, 2)


def declare_coverage(seed: int = 22) -> int:
    """Declare, once, what each territory's data cover, the same way for the same seed; return how many statements."""
    if db.session.scalar(select(NetworkThing.id).where(NetworkThing.kind == "coverage").limit(1)):
        return 0
    sirens, luck, number = db.session.scalars(select(Metropole.siren).order_by(Metropole.siren)).all(), Random(seed), 0
    for siren in sirens:
        for kind in KINDS:
            level, share = luck.choices(LEVELS, WEIGHTS)[0]
            for year in range(today().year - YEARS, today().year) if level else ():
                declare(siren, kind, year, str(level), share, None, ACTOR)
                number += 1
    return number
