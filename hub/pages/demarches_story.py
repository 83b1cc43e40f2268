"""The story of a démarche: mandat → avis → réponse → engagements → bilan, and the steps nobody has transmitted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.benchmark.answering import ANSWER, answered_by
from hub.benchmark.delays import clock, counted
from hub.models.thing import Thing
from hub.pages.demarches_case import Case
from hub.pages.demarches_list import NO_DATE, day_of
from hub.pages.format import date_object, day, days
from hub.pages.traces import proof, weakest
from schemas.labels import codes, label

ORDER = codes("etape")
COMMITMENTS = "engagements"
COMMITMENTS_RANK = ORDER.index("decision") + 0.5
OTHER = "Autre étape"
DATES = ("delivered_on", "starts_at", "ends_at")
EXPECTED = {
    "mandat": "Pas de mandat publié connu.",
    "avis_citoyen": "Pas d'avis remis connu.",
    "reponse_argumentee": "Pas de réponse publiée connue.",
    "decision": "Ni décision ni engagement connus.",
    "droit_de_suite": "Pas de droit de suite connu.",
    "evaluation": "Pas d'évaluation connue.",
}
"""The steps one expects of a démarche, and what is said where none is known: the hub's ignorance, not a refusal."""
ANNOUNCED = "annoncée, voir le texte"
"""Said of a step to come whose date is in words only, « fin 2022 »: nothing more precise has a place in a record."""
UNDATED = "Délai entre l'avis et la réponse : non calculé, les deux dates ne sont pas connues au moins au mois."


@dataclass(frozen=True)
class Delay:
    """The days from one step to another; estimated when a date is only known to the month."""

    days: int
    estimated: bool

    @property
    def words(self) -> str:
        """Return « 122 jours, estimé : une date connue au mois compte au 15 »."""
        why = ", estimé : une date connue au mois seulement compte au 15" if self.estimated else ""
        return f"{days(self.days)}{why}"


@dataclass(frozen=True)
class Step:
    """One step of the story: known (`thing`), made of commitments, or missing (`absent` says so)."""

    code: str | None
    label: str
    thing: Thing | None = None
    on: str = ""
    machine: str = ""
    absent: str = ""
    answers: Thing | None = None
    delay: Delay | None = None
    undated: bool = False
    certainty: str = ""
    weaker_date: str = ""
    documents: list[Thing] = field(default_factory=list)

    @property
    def is_announced(self) -> bool:
        """Tell whether the step is only announced: it has no place among what was done."""
        return self.thing is not None and self.thing.data.get("state") == "a_venir"

    @property
    def rank(self) -> float | None:
        """Return its place in the list of steps; none for a step that the list does not know."""
        if self.code == COMMITMENTS:
            return COMMITMENTS_RANK
        return ORDER.index(self.code) if self.code else None


def story(case: Case) -> list[Step]:
    """Return the steps of a démarche in time order, the missing ones at their place."""
    told = [_known(case, step) for step in in_time(case.steps)]
    if case.commitments:
        told.insert(after(told, COMMITMENTS_RANK), Step(COMMITMENTS, "Engagements"))
    present = {step.code for step in told}
    for code, absent in EXPECTED.items():
        if code not in present and not (code == "decision" and COMMITMENTS in present):
            told.insert(after(told, ORDER.index(code), past_others=True), Step(code, short(code), absent=absent))
    return told


def in_time(steps: Sequence[Thing]) -> list[Thing]:
    """Return steps by their rank when each has one, else in the order of the common list, as they came."""
    if all("position" in step.data for step in steps):
        return sorted(steps, key=lambda step: step.data["position"])
    other = ORDER.index("participation")
    return sorted(steps, key=lambda step: ORDER.index(step.data["stage"]) if "stage" in step.data else other)


def after(told: Sequence[Step], rank: float, past_others: bool = False) -> int:
    """Return the place after the last step that the common list puts before `rank`.

    `past_others`: and after the steps that follow it and that the list does not know; a missing step parts no story.
    """
    place = max((at + 1 for at, step in enumerate(told) if step.rank is not None and step.rank <= rank), default=0)
    while past_others and 0 < place < len(told) and told[place].rank is None:
        place += 1
    return place


def short(code: str) -> str:
    """Return the name of a step without what its list adds to define it: « Droit de suite »."""
    return re.split(r" \(| : | / ", label("etape", code))[0]


def step_date(data: Mapping[str, Any]) -> tuple[str, str]:
    """Return the date of a step in words and, when it is one date, for machines; « sans date connue » without one."""
    known = {name: day_of(data[name]) for name in DATES if data.get(name)}
    start, end = known.get("starts_at"), known.get("ends_at")
    one = known.get("delivered_on") or (start if start == end else None)
    if one:
        return day(one), one
    if start and not end:
        return f"dès {'le ' if len(start) == 10 else ''}{day(start)}", start
    if end:
        return date_object({"from": start, "to": end}), ""
    return (ANNOUNCED if data.get("state") == "a_venir" and data.get("summary") else NO_DATE), ""


def delay(given: str | None, answered: str | None) -> Delay | None:
    """Return the delay between two days (`benchmark.md` §10); none when one of them is not known to the month."""
    if counted(given) is None:
        return None
    waited = clock("", None, given, answered)
    return None if waited.until is None else Delay(waited.days(waited.until), waited.approximate)


def answer_delay(told: Sequence[Step]) -> Delay | None:
    """Return the delay of the first answer of a story."""
    return next((step.delay for step in told if step.delay), None)


def _known(case: Case, step: Thing) -> Step:
    code, (on, machine) = step.data.get("stage"), step_date(step.data)
    answers = answered_by(step, case.steps)
    waited = delay(answers.data.get("delivered_on"), step.data.get("delivered_on")) if answers else None
    is_answer = code == ANSWER and answers is not None
    return Step(
        code,
        short(code) if code else OTHER,
        step,
        on,
        machine,
        answers=answers,
        delay=waited if is_answer else None,
        undated=is_answer and waited is None and step.data.get("state") != "a_venir",
        certainty=proof(step.data).get("certainty", ""),
        weaker_date=_weaker_date(step),
        documents=[case.documents[name] for name in step.data.get("document_ids", ()) if name in case.documents],
    )


def _weaker_date(step: Thing) -> str:
    """Return how sure the date of a step is, when a trace names it and it is no plain reading."""
    named = [trace for trace in step.data.get("trace", ()) if {*DATES} & {*trace.get("fields", ())}]
    sure = weakest(named).get("certainty", "")
    return sure if sure != codes("certitude")[0] else ""
