"""What the pages of corrections show: the fields of a thing, each with its value and its voice; the form of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hub.errors import BadQuery
from hub.harvest.correct import held_fields, problems_of
from hub.harvest.corrigible import CODE, CODES, DAY, NO, NUMBER, QUANTITY, TEXTS, YES_NO, has_state, shape, typed
from hub.models.correction import terms_of
from hub.models.layer import layers_of, voice_of
from hub.models.run import WRITER_LABELS
from hub.models.thing import Thing
from hub.pages import words
from schemas import Problem, labels, personal
from schemas.registry import Node, expand

REASON_LONG = 500
HINTS = {
    DAY: "Année, année-mois ou année-mois-jour : 2026, 2026-02 ou 2026-02-28.",
    NUMBER: "Un nombre, écrit à la française ou non : 1 234,5. Une part s'écrit 85 %.",
    QUANTITY: "Un nombre exact : 1 234,5. L'unité reste celle d'aujourd'hui.",
    TEXTS: "Un par ligne.",
}
YES_OR_NO = [("oui", "Oui"), (NO, "Non")]
ABSENCES = ("non_collecte", "non_transmis", "non_communique", "sans_objet")
"""Why there is no value, as a person may say it; small counts are hidden by the hub, not by hand."""


@dataclass(frozen=True)
class Asked:
    """What was typed in the form of one field."""

    field: str
    texts: tuple[str, ...] = ()
    state: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Line:
    """A field that may be corrected: its label, its value now in words, whose word it is, whether a correction's.

    `expires_on` and `moved`: until when that correction holds, whether the source has since changed what it covers.
    """

    field: str
    label: str
    now: str
    voice: str
    corrected: bool
    expires_on: str = ""
    moved: bool = False


def lines(thing: Thing) -> list[Line]:
    """Return the fields of a thing that may be corrected, in the order of the schema."""
    layers, held, terms = layers_of(thing), held_fields(thing.id), terms_of(thing.id)
    found = []
    for field in words.fields_of(thing.kind):
        if shape(thing.kind, field):
            voice = voice_of(layers, field)
            said = f"{WRITER_LABELS[voice.facet.writer]} ({voice.source.name})" if voice else ""
            corrected = bool({field, f"{field}_state"} & held)
            label = words.field_label(thing.kind, field)
            line = Line(field, label, told(thing, thing.data, field), said, corrected)
            term = terms.get(field) if corrected else None
            found.append(replace(line, expires_on=term.expires_on, moved=term.moved) if term else line)
    return found


def told(thing: Thing, data: Mapping[str, Any], field: str) -> str:
    """Return what data say of a field, in words; empty when they say nothing of it."""
    if not {field, f"{field}_state"} & set(data):
        return ""
    return " ; ".join(words.tell(thing.kind, field, data, {}))


def line_of(thing: Thing, field: str) -> Line:
    """Return one field that may be corrected. Raises BadQuery."""
    found = next((line for line in lines(thing) if line.field == field), None)
    if found is None:
        raise BadQuery(f"Le champ « {field[:50]} » ne se corrige pas : choisissez-en un dans la liste de la page.")
    return found


def fields_typed(thing: Thing, asked: Asked) -> dict[str, Any]:
    """Return the fields that a correction would hold."""
    return typed(thing.kind, asked.field, asked.texts, asked.state, thing.data.get(asked.field))


def errors(thing: Thing, asked: Asked) -> dict[str, str]:
    """Return what is wrong with what was typed, by input: in the sentences of the schema where it is the value."""
    found = reason_error(asked.reason)
    fields = fields_typed(thing, asked)
    if fields.items() <= thing.data.items():
        return found | {"value": "C'est déjà la valeur d'aujourd'hui : il n'y a rien à corriger."}
    problems = problems_of(thing.id, fields)
    return found | (named(problems) if problems else {})


def named(problems: list[Problem]) -> dict[str, str]:
    """Return the problems of a thing under the input that made them."""
    return {"value": " ".join(dict.fromkeys(f"{one.message} {one.how}" for one in problems))}


def reason_error(reason: str) -> dict[str, str]:
    """Return what is wrong with a reason: it is public, so it is asked for, short, and names nobody."""
    if not reason:
        return {"reason": "Dites pourquoi : le motif est publié avec la correction."}
    if len(reason) > REASON_LONG:
        return {"reason": f"Le motif dépasse {REASON_LONG} caractères : raccourcissez-le."}
    if "\0" in reason:
        return {"reason": "Le motif contient un caractère qui ne peut pas être enregistré : retirez-le."}
    if held := personal.found(reason):
        return {
            "reason": f"Le motif contient {' et '.join(held)} : il est public, retirez ce qui désigne une personne."
        }
    return {}


def after(thing: Thing, asked: Asked) -> str:
    """Return in words what would be read."""
    corrected = replace(thing, data={**thing.data, **fields_typed(thing, asked)})
    return told(corrected, corrected.data, asked.field)


def author(thing: Thing) -> str:
    """Return who corrects, as it is published: the function that alone may apply, and its metropole; never a person."""
    assert thing.metropole is not None
    return f"Administration de {thing.metropole.name}"


def inputs(thing: Thing, field: str) -> dict[str, Any]:
    """Return what the form of a field needs: how it is typed, its choices, its hint, why it may be absent."""
    kind, how = thing.kind, shape(thing.kind, field)
    node = expand(words.fields_of(kind)[field])
    coded = expand(node["items"]) if how == CODES else node
    options = YES_OR_NO if how == YES_NO else choices(coded) if how in (CODE, CODES) else []
    absences = [(code, labels.label("etat_valeur", code)) for code in ABSENCES] if has_state(kind, field) else []
    return {"how": how, "hint": HINTS.get(how or "", ""), "absences": absences, "options": options}


def choices(node: Node) -> list[tuple[str, str]]:
    """Return (code, words) of what a coded field may hold."""
    return [(code, words.capital(words.said(node, code, {}))) for code in node["enum"]]


def typed_now(thing: Thing, field: str) -> Asked:
    """Return the form of a field filled with the value of today."""
    value, state = thing.data.get(field), thing.data.get(f"{field}_state", "")
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, list):
        texts = tuple(map(str, value)) if shape(thing.kind, field) == CODES else ("\n".join(map(str, value)),)
    else:
        texts = ({True: "oui", False: NO}[value] if isinstance(value, bool) else "" if value is None else str(value),)
    return Asked(field, texts, state if state in ABSENCES else "")
