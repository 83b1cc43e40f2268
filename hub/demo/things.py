"""What a simulated territory holds, before a platform says it in its own words. Instants are UTC, without zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple


class Spot(NamedTuple):
    """A place that a thing is about."""

    label: str
    lat: float
    lon: float


class Step(NamedTuple):
    """A step of a démarche. `role`: inform, collect, vote, answer, follow. A bound may be unknown."""

    id: int
    role: str
    title: str
    starts: date | None
    ends: date | None


class Idea(NamedTuple):
    """What a participant wrote. `status`: accepted, rejected, evaluating or empty; None: the platform hides it."""

    id: int
    title: str
    spot: Spot | None
    published: datetime
    votes: int | None
    supports: int
    comments: int
    amount: int | None
    status: str
    answer: str | None
    answered: datetime | None
    withdrawn: bool


class Meeting(NamedTuple):
    """A public meeting. `attendees` is None when nobody counted."""

    id: int
    title: str
    starts: datetime
    spot: Spot
    channel: str
    attendees: int | None
    report: str | None
    cancelled: bool


class Promise(NamedTuple):
    """What the metropole undertook to do, how far it is, what it said of it since."""

    id: int
    title: str
    status: str
    progress: int | None
    starts: date
    due: date | None
    entries: tuple[tuple[date, str], ...]
    idea_ids: tuple[int, ...]


@dataclass(slots=True)
class Demarche:
    """A démarche with all it holds. `kind`: propositions, projets, debats, or empty when nothing is collected."""

    id: int
    title: str
    summary: str
    form: str
    kind: str
    theme: str
    district: str
    starts: date
    ends: date | None
    steps: list[Step]
    participants: int | None = None
    ideas: list[Idea] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)


@dataclass(slots=True)
class Territory:
    """A metropole and its démarches."""

    slug: str
    siren: str
    name: str
    today: date
    lat: float
    lon: float
    demarches: list[Demarche] = field(default_factory=list)
