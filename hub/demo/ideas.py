"""What people wrote in a démarche: fifty thousand of these are drawn at each start, so this is written to be quick."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from hub.demo import words
from hub.demo.things import Demarche, Idea, Spot, Territory

_WISHES = {theme.name: theme.wishes for theme in words.THEMES}


def draw(rng: Random, place: Territory, demarche: Demarche, ids: Sequence[int]) -> list[Idea]:
    """Return one contribution an id, oldest first."""
    first, last = _bounds(place, demarche)
    width = max(1, int((last - first).total_seconds()))
    seconds = sorted(int(width * rng.random()) for _ in ids)
    closed = demarche.ends is not None and demarche.ends < place.today
    return [
        _idea(rng, place, demarche, number, first + timedelta(seconds=second), closed)
        for number, second in zip(ids, seconds, strict=True)
    ]


def _bounds(place: Territory, demarche: Demarche) -> tuple[datetime, datetime]:
    """When contributions were received: during the step that collects them, and never after today."""
    step = next(step for step in demarche.steps if step.role == "collect") if demarche.kind else demarche.steps[0]
    starts = step.starts or demarche.starts
    ends = min(step.ends or place.today, place.today)
    starts = min(starts, ends - timedelta(days=2))
    return datetime.combine(starts, time(6)), datetime.combine(ends, time())


def _idea(rng: Random, place: Territory, demarche: Demarche, number: int, published: datetime, closed: bool) -> Idea:
    draw = rng.random
    wishes = _WISHES[demarche.theme]
    where = words.PLACES[int(draw() * len(words.PLACES))]
    spot = None
    if draw() < 0.6:
        spot = Spot(where, round(place.lat + (draw() - 0.5) / 12, 5), round(place.lon + (draw() - 0.5) / 9, 5))
    supports = int(draw() ** 4 * 180)
    voted = demarche.kind == "projets" or demarche.form == "Appel à idées"
    status = _status(draw(), closed)
    answer, answered = _answer(rng, status, published, place.today)
    return Idea(
        number,
        f"{wishes[int(draw() * len(wishes))]}, {where}",
        spot,
        published,
        int(draw() ** 3 * 900) if voted else None,
        supports,
        int(draw() ** 5 * 30),
        (1 + int(draw() * 60)) * 2500 if demarche.kind == "projets" and draw() < 0.9 else None,
        status,
        answer,
        answered,
        draw() < 0.015,
    )


def _status(chance: float, closed: bool) -> str:
    """Nothing is said of most contributions, even when the démarche is over."""
    if not closed:
        return "evaluating" if chance < 0.2 else ""
    return "accepted" if chance < 0.18 else "rejected" if chance < 0.5 else "evaluating" if chance < 0.6 else ""


def _answer(rng: Random, status: str, published: datetime, today: date) -> tuple[str | None, datetime | None]:
    """A reasoned answer for two decisions in three; its day is not always known."""
    if status not in words.REASONS or rng.random() > 0.66:
        return None, None
    verdict = "est retenue" if status == "accepted" else "n'est pas retenue"
    text = f"La proposition {verdict} : {rng.choice(words.REASONS[status])}. {words.NOTICE}"
    day = min(published + timedelta(days=20 + int(rng.random() * 200)), datetime.combine(today, time()))
    return text, None if rng.random() < 0.1 else day
