"""What the list of démarches shows of each: dates as precise as known, type, answer, steps; and the same as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from hub.db import db
from hub.harvest.derive import ANSWERED, NO_AVIS, SILENT, WAITING, answer_state
from hub.models.demarche import PARENT, called_by, components_of, steps_of
from hub.models.thing import Reading, Thing, read
from hub.pages.format import MONTHS, PARIS, date_object, day, listing
from hub.pages.traces import IDENTITY, PROOF, identity, proof, weakest
from schemas.labels import codes, label

COLUMNS = (
    *IDENTITY,
    "presence",
    *("remote_id", "title", "parent_id", "state", "type", "type_raw", "legal_basis", "themes", "announced_level"),
    *("channel", "recruitment", "perimeter", "communes", "starts_on", "ends_on", "first_date", "last_date", "answer"),
    *("steps", "steps_state", "url", "weakest_certainty"),
    *PROOF,
)
OWN = ("title", "parent_id", "state", "type", "type_raw", "legal_basis", "themes", "announced_level", "channel",
       "recruitment", "perimeter", "communes", "starts_on", "ends_on", "url")  # fmt: skip
OWN_DATES = ("starts_on", "ends_on")
STEP_DATES = ("starts_at", "ends_at", "delivered_on")
ANSWER_MARKS = {ANSWERED: "publiee", WAITING: "attendue", SILENT: "inconnue", NO_AVIS: "sans_objet"}
"""The mark beside each state of the answer: a shape of the sheet of marks, never the words."""
NO_DATE, NO_TYPE, NOT_SAID = "sans date connue", "type non précisé", "non transmis"
CHUNK = 500
"""How many démarches are read at once: an address may ask for all of them, a query bears only so many names."""


@dataclass(frozen=True)
class Line:
    """A démarche of the list, with what its known steps say, the démarche it is a component of, and its components."""

    process: Thing
    steps: Sequence[Mapping[str, Any]]
    parent: Thing | None
    components: Sequence[Thing] = field(default_factory=list)

    @property
    def dates(self) -> list[str]:
        """Return its known dates, the first and the last."""
        return span([self.process.data], OWN_DATES) + span(self.steps, STEP_DATES)

    @property
    def years(self) -> str:
        """Return its dates in words, or those of its steps, said to be so; and the years of its components."""
        data, dates = self.process.data, self.dates
        own = known_dates(data, dates) if span([data], OWN_DATES) else step_dates(dates)
        return ", ".join(filter(None, (own, self.editions))) or NO_DATE

    @property
    def editions(self) -> str:
        """Return the years its components begin in: « éditions : 2018 et 2021 »; empty when none is dated."""
        dated = [one for one in self.components if span([one.data], OWN_DATES)]
        years = sorted({min(span([one.data], OWN_DATES))[:4] for one in dated})
        word = "éditions" if all("édition" in one.title for one in dated) else "composantes"
        return f"{word} : {listing(years)}" if years else ""

    @property
    def answer(self) -> str:
        """Return the state of the answer to its avis."""
        return answer_state(self.steps)

    @property
    def type(self) -> str:
        """Return its type in words."""
        return type_words(self.process.data)

    @property
    def perimeter(self) -> str:
        """Return its perimeter in words when not that of its owner: its record alone says it, never its source."""
        own = "metropole" if self.process.metropole else "reseau"
        code = self.process.data.get("perimeter")
        return "" if code == own else label("perimetre", code).lower() if code else NOT_SAID

    @property
    def certainty(self) -> str | None:
        """Return how sure its statement is."""
        return proof(self.process.data).get("certainty")

    @property
    def weaker(self) -> str | None:
        """Return how sure its least sure detail is, when less than the statement itself."""
        least = weakest(self.process.data.get("trace", ())).get("certainty")
        return least if least != self.certainty else None


def lines(query: Reading) -> list[Line]:
    """Return the démarches of a query in its order, each with what the list says of it."""
    return list(_lines(read(query)))


def rows(query: Reading) -> Iterator[dict[str, Any]]:
    """Yield the démarches of a query as rows of `COLUMNS`, which say nothing of the family of each."""
    found = read(query)
    for start in range(0, len(found), CHUNK):
        some = found[start : start + CHUNK]
        steps = _steps(some)
        yield from (_row(Line(one, steps.get((one.source.id, one.remote_id), []), None)) for one in some)


def day_of(moment: str) -> str:
    """Return the day of a Moment in Paris; a Day, a month or a year stays what it is."""
    return datetime.fromisoformat(moment).astimezone(PARIS).date().isoformat() if "T" in moment else moment


def span(said: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> list[str]:
    """Return every date that these fields bear, as Days."""
    return [day_of(data[field]) for data in said for field in fields if data.get(field)]


def known_dates(data: Mapping[str, Any], dates: Sequence[str]) -> str:
    """Return « de septembre 2020 à juin 2022 », « à partir de 2021 (dernière date connue : 2022) », « 2017 »."""
    if not dates:
        return NO_DATE
    first, last = ends(dates)
    over = data.get("ends_on") or data.get("state") in ("terminee", "annulee")
    begun = data.get("starts_on")
    if begun and not over:
        more = f" (dernière date connue : {day(last)})" if not last.startswith(begun) else ""
        return f"à partir {since(begun)}{more}"
    return day(first) if last.startswith(first) else date_object({"from": first, "to": last})


def step_dates(dates: Sequence[str]) -> str:
    """Return the dates of steps where the démarche has none of its own: they are not its beginning nor its end."""
    if not dates:
        return ""
    first, last = ends(dates)
    if last.startswith(first):
        return f"dernière étape connue : {day(last)}"
    return f"étapes datées {date_object({'from': first, 'to': last})}"


def ends(dates: Sequence[str]) -> tuple[str, str]:
    """Return the first and the last of dates; « 2022 » may end after « janvier 2022 »."""
    return min(dates), max(dates, key=lambda date: date.ljust(10, "~"))


def since(first: str) -> str:
    """Return « de 2021 », « d'avril 2021 », « du 3 avril 2021 »."""
    words = day(first)
    if len(first) == 10:
        return f"du {words}"
    return f"d'{words}" if words.startswith(tuple(month for month in MONTHS if month[0] in "ao")) else f"de {words}"


def type_words(data: Mapping[str, Any]) -> str:
    """Return the type of a démarche in the common list, or that it is not known."""
    return label("type_demarche", data["type"]) if data.get("type") else NO_TYPE


def _steps(processes: Sequence[Thing]) -> dict[tuple[int, str | None], list[dict[str, Any]]]:
    """What the steps of démarches say, by the source and the remote_id of each."""
    steps: dict[tuple[int, str | None], list[dict[str, Any]]] = {}
    for source, process, text in db.session.execute(steps_of(processes)):
        steps.setdefault((source, process), []).append(orjson.loads(text))
    return steps


def _lines(processes: Sequence[Thing]) -> Iterator[Line]:
    steps = _steps(processes)
    inside: dict[tuple[int, str], list[Thing]] = {}
    for one in read(components_of(processes)):
        inside.setdefault((one.source.id, one.data[PARENT]), []).append(one)
    inner = [process for process in processes if process.data.get(PARENT)]
    parents = {(one.source.id, one.remote_id): one for one in read(called_by(inner))} if inner else {}
    for process in processes:
        own, above = (process.source.id, process.remote_id), (process.source.id, process.data.get(PARENT, ""))
        yield Line(process, steps.get(own, []), parents.get(above), inside.get(own, []))


def _row(line: Line) -> dict[str, Any]:
    data, dates = line.process.data, line.dates
    row = {**identity(line.process), "remote_id": line.process.remote_id, "answer": line.answer}
    row |= {field: data[field] for field in OWN if field in data}
    row |= dict(zip(("first_date", "last_date"), ends(dates), strict=True)) if dates else {}
    row |= {"steps": len(line.steps), "steps_state": "observe"} if line.steps else {"steps_state": "non_transmis"}
    if data.get("trace"):
        row["weakest_certainty"] = max((trace["certainty"] for trace in data["trace"]), key=codes("certitude").index)
    return row | proof(data)
