"""Which answer answers which avis: read from the steps of one démarche, whoever read them (`benchmark.md` §10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from hub.benchmark.delays import Clock, clock, counted

AVIS, ANSWER = "avis_citoyen", "reponse_argumentee"
SAID_PUBLISHED = ("publiee", "partielle")
"""What an avis says of its answer when it is published; « hors délai » is also said of one that is not."""
NOT_YET = ("a_venir", "annulee")
"""The states of a step that has not taken place."""


class Step(Protocol):
    """A step of a démarche."""

    @property
    def data(self) -> Mapping[str, Any]:
        """What it says."""

    @property
    def remote_id(self) -> str:
        """Its name in its source."""


S = TypeVar("S", bound=Step)


@dataclass(frozen=True, slots=True)
class Pair(Generic[S]):
    """An avis and the first published answer that names it, if any. `lost`: an answer of its démarche names no avis."""

    avis: S
    answer: S | None
    lost: bool

    @property
    def published(self) -> bool:
        """Tell whether it was answered: the answer bears its day, or the avis says so; without either it is awaited."""
        dated = self.answer is not None and bool(self.answer.data.get("delivered_on"))
        return dated or self.avis.data.get("answer_status") in SAID_PUBLISHED

    def clock(self, hub_id: str, siren: str | None) -> Clock | None:
        """Return its clock; None when the day it was handed over is not known to the month."""
        given = self.avis.data.get("delivered_on")
        if counted(given) is None:
            return None
        said = self.answer.data.get("delivered_on") if self.answer else None
        return clock(hub_id, siren, given, said, self.published)


def answered_by(step: S, steps: Sequence[S]) -> S | None:
    """Return the step this one answers: the one it names, else the only avis for an answer that names none."""
    if name := step.data.get("follows_id"):
        return next((other for other in steps if other.remote_id == name), None)
    avis = [other for other in steps if other.data.get("stage") == AVIS]
    return avis[0] if step.data.get("stage") == ANSWER and len(avis) == 1 else None


def paired(steps: Sequence[S]) -> list[Pair[S]]:
    """Return the avis of one démarche, each with its answer; of several answers to one avis, the first published.

    What is only announced, or cancelled, is neither an avis nor an answer.
    """
    held = [step for step in steps if step.data.get("state") not in NOT_YET]
    answers: dict[str, list[S]] = {}
    for step in held:
        if step.data.get("stage") == ANSWER:
            target = answered_by(step, steps)
            answers.setdefault(target.remote_id if target else "", []).append(step)
    avis = [step for step in held if step.data.get("stage") == AVIS]
    lost = not answers.keys() <= {step.remote_id for step in avis}
    return [Pair(step, min(answers.get(step.remote_id, ()), key=_day, default=None), lost) for step in avis]


def _day(answer: Step) -> str:
    return str(answer.data.get("delivered_on", "~"))
