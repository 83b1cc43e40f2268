"""A territory drawn at random from a seed: the same seed, day and sizes give the same territory on every machine."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from hub.demo import ideas, words
from hub.demo.forms import BUDGET, CONSULTATION, FORMS, Form
from hub.demo.meetings import meetings
from hub.demo.plan import Share, Sizes, split
from hub.demo.promises import promises
from hub.demo.things import Demarche, Step, Territory


def territory(share: Share, sizes: Sizes) -> Territory:
    """Return the territory with its démarches, oldest first, and all they hold."""
    row = share.row
    rng = Random(f"{sizes.seed}:{row['slug']}")
    place = Territory(row["slug"], row["siren"], row["short_name"], sizes.today, row["lat"], row["lon"])
    starts = sorted(_day(rng, sizes.today) for _ in range(share.demarches))
    for rank, day in enumerate(starts):
        place.demarches.append(_demarche(rng, rank + 1, day, _form(rng, share, rank)))
    _fill(rng, place, share)
    return place


def _day(rng: Random, today: date) -> date:
    """A first day in the last four years or the next two months: more of late than long ago."""
    return today + timedelta(days=60 - int(1500 * rng.random() ** 1.4))


def _form(rng: Random, share: Share, rank: int) -> Form:
    if share.site.connector == "consul":
        return (CONSULTATION, BUDGET)[rank % 2]
    return rng.choices(FORMS, [form.often for form in FORMS])[0]


def _demarche(rng: Random, number: int, starts: date, form: Form) -> Demarche:
    theme = rng.choice(words.THEMES)
    subject, district = rng.choice(theme.subjects), rng.choice(words.DISTRICTS)
    title = f"{form.opening} {starts.year}" if form is BUDGET else f"{form.opening} {subject}"
    if form is not BUDGET and rng.random() < 0.5:
        title = f"{subject[0].upper()}{subject[1:]} : {form.name.lower()}"
    if form is BUDGET or rng.random() < 0.5:
        title = f"{title} – {district}"
    summary = f"{form.name} proposée aux habitants, thème « {theme.name} ». {words.NOTICE}"
    days = int(min(700, rng.lognormvariate(5, 0.6)))
    ends = None if rng.random() < 0.06 else starts + timedelta(days=days)
    steps = _steps(rng, number, starts, days, form)
    return Demarche(number, title, summary, form.name, form.kind, theme.name, district, starts, ends, steps)


def _steps(rng: Random, number: int, starts: date, days: int, form: Form) -> list[Step]:
    """The steps one after the other; some platforms forget to say when."""
    width = max(7, days // len(form.steps))
    undated = rng.random() < 0.07
    found = []
    for rank, (role, title) in enumerate(form.steps):
        first = starts + timedelta(days=rank * width)
        last = first + timedelta(days=width - 1)
        bounds = (None, None) if undated and role not in ("collect", "vote") else (first, last)
        found.append(Step(number * 10 + rank, role, title, *bounds))
    return found


def _fill(rng: Random, place: Territory, share: Share) -> None:
    """Share the contributions among the démarches that collect some by now: few hold many, many hold few."""
    open_by_now = [bool(one.kind) and one.starts < place.today - timedelta(days=10) for one in place.demarches]
    if share.contributions and not any(open_by_now):
        open_by_now = [False] * (len(open_by_now) - 1) + [True]
        place.demarches[-1] = _demarche(rng, len(open_by_now), place.today - timedelta(days=200), CONSULTATION)
    weights = [rng.lognormvariate(3, 1.1) if is_open else 0.0 for is_open in open_by_now]
    first = 1
    for demarche, number in zip(place.demarches, split(share.contributions, weights), strict=True):
        demarche.ideas = ideas.draw(rng, place, demarche, range(first, first + number))
        demarche.participants = _participants(rng, number)
        demarche.meetings = meetings(rng, place, demarche)
        demarche.promises = promises(rng, place, demarche)
        first += number


def _participants(rng: Random, contributions: int) -> int | None:
    """How many took part; not known for one démarche in ten."""
    return None if rng.random() < 0.1 else int(contributions * rng.uniform(1.5, 6)) + rng.randrange(40)
