"""The public meetings of a démarche."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random

from hub.demo import words
from hub.demo.things import Demarche, Meeting, Spot, Territory

_CHANNELS = ("in_person", "in_person", "in_person", "online", "hybrid")


def meetings(rng: Random, place: Territory, demarche: Demarche) -> list[Meeting]:
    """Return up to six meetings in the order of their days: most démarches hold one or two."""
    days = (demarche.ends or place.today) - demarche.starts
    spread = sorted(int(rng.random() * max(1, days.days)) for _ in range(int(rng.random() ** 2 * 7)))
    return [_meeting(rng, place, demarche, demarche.id * 10 + rank, after) for rank, after in enumerate(spread)]


def _meeting(rng: Random, place: Territory, demarche: Demarche, number: int, after: int) -> Meeting:
    starts = datetime.combine(demarche.starts + timedelta(days=after), time(17, 30))
    held, cancelled = starts.date() < place.today, rng.random() < 0.04
    counted = held and not cancelled and rng.random() < 0.65
    what = rng.choice(words.GATHERINGS)
    return Meeting(
        number,
        f"{what} – {demarche.theme}",
        starts,
        Spot(f"{rng.choice(words.ROOMS)}, {rng.choice(words.PLACES)}", place.lat, place.lon),
        rng.choice(_CHANNELS),
        int(rng.lognormvariate(3.6, 0.7)) if counted else None,
        f"Compte rendu de la rencontre. {words.NOTICE}" if counted and rng.random() < 0.7 else None,
        cancelled,
    )
