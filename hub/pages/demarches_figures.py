"""The figures of a démarche in words: what is counted, its value, nature and period, what one must know to read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.models.hidden import below
from hub.models.thing import Thing
from hub.pages.demarches_case import Case
from hub.pages.demarches_facts import communes
from hub.pages.format import date_object, listing, nbsp, quantity
from hub.pages.traces import proof
from hub.pages.words import capital, value_of
from schemas.labels import codes, label

OWN_PERIMETER = "metropole"


@dataclass(frozen=True)
class Words:
    """One figure as it is read; `notes` are what keeps it apart from its neighbours."""

    thing: Thing
    label: str
    text: str
    state: str
    written: str
    basis: str
    period: str
    notes: list[str]
    proof: dict[str, Any]


def figures(case: Case) -> list[Words]:
    """Return the figures of a démarche, of its steps and contributions, in the order of their documents."""
    return [figure(case, each) for each in case.shown_figures]


def figure(case: Case, thing: Thing) -> Words:
    """Return one figure in words."""
    data, said = thing.data, thing.data.get("quantity") or {}
    parts = breakdown(data)
    return Words(
        thing,
        label("metrique", data["metric"]) + (f" : {parts}" if parts else ""),
        value_of(data) if said or below(data, "quantity") else "",
        "observe" if said else data["quantity_state"],
        said.get("as_written", ""),
        label("nature_chiffre", data["basis"]),
        capital(date_object(data["period"])),
        [nbsp(note) for note in _notes(case, thing)],
        proof(data, "quantity"),
    )


def breakdown(data: Mapping[str, Any]) -> str:
    """Return what a figure is narrowed to, a status under its label, other words as the document has them."""
    return ", ".join(_modality(part) for part in data.get("breakdown", ()))


def _modality(part: Mapping[str, str]) -> str:
    statuses = part["value"].split(" ou ")
    if part["dimension"] == "statut_engagement" and set(statuses) <= set(codes("statut_engagement")):
        return listing((label("statut_engagement", code).lower() for code in statuses), "ou")
    return part["value"]


def _notes(case: Case, thing: Thing) -> list[str]:
    data = thing.data
    perimeter = data.get("perimeter")
    notes = [f"concerne « {_subject(case, data['subject'])} »"] if data["subject"]["kind"] != "process" else []
    if perimeter and perimeter != OWN_PERIMETER:
        where = f" ({listing(communes(data['communes']))})" if data.get("communes") else ""
        notes.append(f"périmètre : {label('perimetre', perimeter).lower()}{where}")
    if data.get("channel", "non_precise") != "non_precise":
        notes.append(label("canal", data["channel"]).lower())
    if whole := data.get("denominator"):
        notes.append(f"part de {quantity(whole)}")
    if name := data.get("drawn_from"):
        notes.append(_drawn(case, name))
    return notes + [words for key, words in _MARKS if data.get(key[0]) == key[1]]


_MARKS = (
    (("indicative", True), "à titre indicatif"),
    (("basis", "objectif"), "annoncé, pas un résultat"),
    (("origin", "compte"), "compté à partir des fiches"),
)


def _drawn(case: Case, name: str) -> str:
    larger = next((each for each in case.figures if each.remote_id == name), None)
    return f"fait partie de : {value_of(larger.data)}" if larger else "fait partie d'un ensemble plus large"


def _subject(case: Case, subject: Mapping[str, str]) -> str:
    steps = {each.remote_id: each.title for each in case.steps}
    titles = {"stage": steps, "contribution": case.contributions.titles}.get(subject["kind"], {})
    return titles.get(subject["remote_id"], subject["remote_id"])
