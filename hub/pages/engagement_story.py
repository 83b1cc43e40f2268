"""The story of one commitment in time order (B30): what led to it, what was voted, what happened since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.benchmark.precedence import precedes
from hub.models.demarche import parts_of
from hub.models.thing import Thing, citing, linked, read
from hub.pages.format import date_object, day, nbsp
from hub.pages.frame import thing_url, whence
from hub.pages.traces import traces_of, weakest
from schemas.labels import label

AVIS, ANSWER, FOLLOW_UP = "avis_citoyen", "reponse_argumentee", "droit_de_suite"
STEP_LABELS = {AVIS: "Avis citoyen", ANSWER: "Réponse argumentée", FOLLOW_UP: "Bilan, droit de suite"}
ABSENT_STEPS = {
    AVIS: "Pas d'avis citoyen relié à cet engagement.",
    ANSWER: "Pas de réponse argumentée reliée à cet engagement.",
    FOLLOW_UP: "Pas de bilan transmis.",
}
RANKS = {AVIS: 0, ANSWER: 1, "engagement": 2, "vote": 3, "event": 4, "milestone": 5, "due": 6, FOLLOW_UP: 7}
"""The order of what bears the same date, or none."""
BEFORE, SAME, AFTER = "antérieur à la promesse", "de même date que la promesse", "postérieur à la promesse"
BEFORE_NOTE = "Cité, jamais compté comme une suite de la promesse."
VAGUE = "La date est trop imprécise pour dire si ce vote précède la promesse ou la suit."
UNDATED = "Sans les deux dates, on ne sait pas si ce vote précède la promesse ou la suit."
APART = "Ce n'est pas une délibération : il n'est pas compté parmi elles."
SURE = "affirme"
WHOLE_DATES = ("jour", "mois", "annee")
DATE_FIELDS = ("delivered_on", "starts_at", "ends_at")


@dataclass(frozen=True)
class Around:
    """What stands around a commitment: its démarche and steps, the votes it cites, what replaces it or it replaces."""

    process: Thing | None
    steps: list[Thing]
    votes: list[Thing]
    replaced_by: list[Thing]
    replaces: list[Thing]
    same: list[Thing]
    proofs: list[Thing]


def around(thing: Thing) -> Around:
    """Return what the links of a commitment lead to, and what leads to it by replacement."""
    process = next(iter(_led(thing, "process", "process_id")), None)
    return Around(
        process,
        read(parts_of(process, "stage")) if process else [],
        _led(thing, "deliberation", "deliberation_ids"),
        _led(thing, "commitment", "replaced_by"),
        read(citing(thing, "commitment", "replaced_by")),
        _led(thing, "commitment", "same_as") + read(citing(thing, "commitment", "same_as")),
        _led(thing, "document", "proof_document_ids"),
    )


def story(thing: Thing, near: Around, books: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return the steps of the story as the macro `timeline` wants them, in time order; missing ones are said.

    `books` gives the title of each document, so that a title written after the promise says where it is read.
    """
    promised = thing.data.get("promised_on", "")
    told = [
        *_steps(thing, near),
        _promise(thing, books),
        *_votes(near.votes, promised),
        *_events(thing),
        *_milestones(thing),
    ]
    return [item for _, item in sorted(told, key=lambda one: one[0])]


def relation(vote: Mapping[str, Any], promised: str | None) -> tuple[str, str]:
    """Return where a vote stands with regard to the promise, and what that means, in words."""
    decided = vote.get("decided_on")
    before = precedes(decided, promised) if decided and promised else None
    if before:
        return BEFORE, BEFORE_NOTE
    apart = "" if vote.get("type", "deliberation") == "deliberation" else APART
    if before is None:
        return "", f"{VAGUE if decided and promised else UNDATED} {apart}".strip()
    return SAME if decided == promised else AFTER, apart


Told = tuple[tuple[str, int], dict[str, Any]]


def _at(on: str | None, kind: str, promised: str, item: dict[str, Any]) -> Told:
    """A vague date comes after the precise ones it covers; without a date, a step stands by the promise."""
    rank, known = RANKS[kind], on or promised
    if not known:
        return ("" if rank < RANKS["event"] else "~", rank), item
    return (known.ljust(10, "~"), rank), item


def _led(thing: Thing, kind: str, field: str) -> list[Thing]:
    value = thing.data.get(field) or []
    names = value if isinstance(value, list) else [value]
    return read(linked(thing.source, kind, names)) if names else []


def _steps(thing: Thing, near: Around) -> Iterator[Told]:
    promised = thing.data.get("promised_on", "")
    answer = [step for step in near.steps if step.remote_id == thing.data.get("stage_id")]
    for kind, words in STEP_LABELS.items():
        found = [step for step in near.steps if step.data.get("stage") == kind]
        if kind == ANSWER:
            found = answer or found
        if not found:
            yield _at(None, kind, promised if kind != AVIS else "", {"label": words, "absent": ABSENT_STEPS[kind]})
        for step in found:
            yield _at(_day(step), kind, promised, _step(step, words, near.process))


def _step(step: Thing, words: str, process: Thing | None) -> dict[str, Any]:
    return {
        "label": words,
        "on": _day(step),
        "title": nbsp(step.title),
        "url": thing_url(process) if process else "",
        "text": nbsp(step.data.get("summary", "")),
        "source_url": whence(step),
        "source_label": "D'où vient cette étape ?",
    }


def _day(step: Thing) -> str | None:
    return next((step.data[field][:10] for field in DATE_FIELDS if step.data.get(field)), None)


def _promise(thing: Thing, books: Mapping[str, Mapping[str, str]]) -> Told:
    promised = thing.data.get("promised_on")
    names = [trace.get("document_id", "") for trace in traces_of(thing.data)]
    read_in = next((books[name]["title"] for name in names if name in books), "")
    texts = [f"Intitulé tel qu'on le lit dans « {read_in} »."] if read_in else []
    dated = weakest(traces_of(thing.data, "promised_on")) if promised else {}
    if dated.get("certainty", SURE) != SURE:
        texts.append(f"Date : {label('certitude', dated['certainty']).lower()}. {dated.get('basis_of_inference', '')}")
    said = {
        "label": "Engagement pris" if promised else "Engagement, à une date non transmise",
        "on": promised,
        "title": nbsp(thing.title),
        "text": nbsp(" ".join(texts).strip()),
        "source_url": whence(thing),
        "source_label": "D'où vient cette date ?" if promised else "D'où vient cet engagement ?",
    }
    return _at(promised, "engagement", "", said)


def _votes(votes: Iterable[Thing], promised: str) -> Iterator[Told]:
    if not votes:
        absent = {"label": "Délibérations", "absent": "Aucune délibération, aucun vœu, aucun vote cité."}
        yield _at(None, "vote", promised, absent)
    for vote in votes:
        readings = weakest(traces_of(vote.data)).get("readings", [])
        nature = label("type_deliberation", vote.data.get("type", "deliberation"))
        place, note = relation(vote.data, promised)
        said = {
            "label": f"{nature}, vote {place}" if place else nature,
            "on": vote.data.get("decided_on"),
            "title": nbsp(vote.title),
            "url": thing_url(vote),
            "text": nbsp(f"{note} {_readings(readings)}".strip()),
            "source_url": whence(vote),
            "source_label": "D'où vient ce vote ?",
        }
        yield _at(vote.data.get("decided_on"), "vote", promised, said)


def _readings(readings: Sequence[str]) -> str:
    return f"Plusieurs lectures, toutes gardées : {' — ou bien : '.join(readings)}" if readings else ""


def _events(thing: Thing) -> Iterator[Told]:
    promised = thing.data.get("promised_on", "")
    for event in thing.data.get("history", ()):
        status = f", déclaré « {label('statut_engagement', event['status']).lower()} »" if "status" in event else ""
        dated = "" if "on" in event else ", à une date non transmise"
        before = precedes(event["on"], promised) if "on" in event and promised else False
        said = {
            "label": nbsp(f"Événement{' antérieur à la promesse' if before else ''}{status}{dated}"),
            "on": event.get("on"),
            "title": nbsp(event.get("label") or event.get("status_raw") or "Changement de statut"),
            "text": nbsp(event.get("text", "")),
            "source_url": whence(thing),
            "source_label": "D'où vient cet événement ?",
        }
        yield _at(event.get("on"), "event", promised, said)


def _milestones(thing: Thing) -> Iterator[Told]:
    promised = thing.data.get("promised_on", "")
    for milestone in thing.data.get("milestones", ()):
        date = milestone.get("date", {})
        on = date.get("from") if date.get("precision") in WHOLE_DATES else None
        words = "" if on else f", {date_object(date)}" if date else ", à une date non transmise"
        said = {
            "label": nbsp(f"Jalon annoncé{words}"),
            "on": on,
            "title": nbsp(milestone.get("label", "Jalon")),
            "source_url": whence(thing),
            "source_label": "D'où vient ce jalon ?",
            "announced": True,
        }
        yield _at(date.get("from"), "milestone", promised, said)
    if due := thing.data.get("due_on"):
        said = {
            "label": "Échéance promise, date annoncée",
            "on": due,
            "title": f"À tenir pour {day(due)}" if len(due) < 10 else f"À tenir pour le {day(due)}",
            "source_url": whence(thing),
            "source_label": "D'où vient cette échéance ?",
            "announced": True,
        }
        yield _at(due, "due", promised, said)
