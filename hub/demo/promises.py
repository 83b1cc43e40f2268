"""What the metropole undertook at the end of a démarche, and what became of it."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from hub.demo import words
from hub.demo.forms import FORMS
from hub.demo.things import Demarche, Promise, Territory

_PROMISING = {form.name for form in FORMS if form.promises}
_STATUSES = ("À venir", "En cours", "En cours", "Réalisé", "Abandonné")
_NEWS = ("Études engagées", "Marché attribué", "Travaux commencés", "Point d'étape présenté au comité de suivi")


def promises(rng: Random, place: Territory, demarche: Demarche) -> list[Promise]:
    """Return the promises of a démarche that is over; none while it goes on."""
    if demarche.form not in _PROMISING or demarche.ends is None or demarche.ends > place.today:
        return []
    chosen = [idea.id for idea in demarche.ideas if idea.status == "accepted"][:12]
    return [
        _promise(rng, place, demarche, demarche.id * 20 + rank, chosen[rank : rank + 1])
        for rank in range(min(12, max(len(chosen), rng.randrange(5))))
    ]


def _promise(rng: Random, place: Territory, demarche: Demarche, number: int, idea_ids: list[int]) -> Promise:
    made = demarche.ends or place.today
    status = rng.choice(_STATUSES)
    progress = {"À venir": 0, "Réalisé": 100}.get(status, rng.randrange(5, 95, 5))
    days = sorted(_between(rng, made, place.today) for _ in range(rng.randrange(4)))
    return Promise(
        number,
        f"{rng.choice(words.PROMISES)} – {demarche.district}",
        status,
        None if rng.random() < 0.25 else progress,
        made,
        None if rng.random() < 0.2 else made + timedelta(days=rng.randrange(120, 1000)),
        tuple((day, rng.choice(_NEWS)) for day in days),
        tuple(idea_ids),
    )


def _between(rng: Random, first: date, last: date) -> date:
    return first + timedelta(days=int(rng.random() * (last - first).days))
