"""What the page of one commitment shows beside its story: three statuses, figures, corrections, facts as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from hub.benchmark.promise import calendar
from hub.harvest.correct import WRITER
from hub.models.layer import Version, layers_of
from hub.models.thing import Thing
from hub.pages.format import date_object, day, listing, nbsp
from hub.pages.respond import Sheet
from hub.pages.traces import fact_sheet, identity, traces_of, weakest
from hub.pages.words import field_label, figure, tell
from schemas.labels import definition, label

FIELDS = (
    "title", "number", "orientation", "type", "level", "status", "status_raw", "info", "promised_on", "starts_on",
    "due_on", "proof", "proof_on", "proof_document_ids", "progress", "amount", "process_id", "stage_id",
    "deliberation_ids", "replaced_by", "same_as", "milestones", "history", "figures", "description", "text_raw", "url",
)  # fmt: skip
UNKNOWN, NO_PROOF = "inconnu", "aucune_preuve"
OWN_WORDS = "La source le dit avec ses mots : rien ne déclare à quel statut du réseau ils correspondent."
NOT_UNDONE = "Rien n'a été versé au hub qui l'atteste : cela ne dit pas que l'engagement n'est pas tenu."
CALENDAR_NOTES = {
    "sans_echeance": "Aucune date n'a été promise.",
    "a_venir": "La date promise n'est pas passée.",
    "tenue": "Déclaré réalisé au plus tard à la date promise.",
    "tenue_en_retard": "Déclaré réalisé après la date promise.",
}


def standing(thing: Thing, today: date) -> list[dict[str, Any]]:
    """Return the three statuses, never one (B28): what is declared, what is proved, what the calendar says."""
    return [_declared(thing.data), _proved(thing.data), _calendar(thing.data, today)]


def calendar_words(data: Mapping[str, Any], today: date) -> tuple[str, str]:
    """Return what the calendar says, and why. A date that has passed without news is never « en retard » (B29)."""
    code, status = calendar(data, today), data["status"]
    if code is None:
        return "Réalisé, à une date trop imprécise", "Elle ne se compare pas à la date promise."
    if code != "depassee":
        return label("echeance", code), CALENDAR_NOTES[code]
    if status == UNKNOWN:
        return "Échéance passée, suite inconnue", "Aucune source ne dit ce qu'il en est depuis."
    declared = label("statut_engagement", status).lower()
    return "Échéance passée", f"Dernier statut déclaré : {declared} ; aucune source ne dit ce qu'il en est depuis."


def figures(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the figures of a commitment in words; a target says that it is one."""
    return [
        {
            "label": nbsp(each["label"]),
            "value": nbsp(figure(each["quantity"], share=each["basis"] == "part")),
            "basis": label("nature_chiffre", each["basis"]),
            "period": date_object(each["period"]) if "period" in each else "période non transmise",
            "written": nbsp(written := each["quantity"].get("as_written", "")),
            "trace": _trace(data, written),
        }
        for each in data.get("figures", ())
    ]


def corrections(thing: Thing) -> list[dict[str, str]]:
    """Return, field by field, what the source says, what a person corrected it into, who and why."""
    layers = layers_of(thing)
    beneath = [layer.in_force for layer in layers if layer.facet.writer != WRITER]
    above = [layer.in_force for layer in layers if layer.facet.writer == WRITER]
    return [each for version in above if version for each in _corrected(version, [one for one in beneath if one])]


def sheet(thing: Thing, today: date) -> Sheet:
    """Return the facts of a commitment, one row a field, and what the calendar says of it."""
    facts = fact_sheet(identity(thing), "commitment", {"proof": NO_PROOF} | thing.data, FIELDS)
    words, _ = calendar_words(thing.data, today)
    computed = {"field": "calendar", "label": "Calendrier (calculé)", "value": words, "value_state": "observe"}
    return Sheet(facts.columns, [*facts.rows, {**identity(thing), **computed}])


def _trace(data: Mapping[str, Any], written: str) -> dict[str, Any]:
    """The least certain of the quotations a figure stands in; empty when none holds its words."""
    held = [trace for trace in data.get("trace", ()) if "figures" in trace.get("fields", ())]
    return weakest([trace for trace in held if written and written in trace.get("quote", "")])


def _declared(data: Mapping[str, Any]) -> dict[str, Any]:
    status = data["status"]
    known = status != UNKNOWN
    trace = weakest(traces_of(data, "status")) if known else {}
    said = [event["on"] for event in data.get("history", ()) if event.get("status") == status and "on" in event]
    return {
        "title": "Déclaré",
        "code": status,
        "label": label("statut_engagement", status),
        "note": OWN_WORDS if data.get("status_raw") and not known else definition("statut_engagement", status),
        "on": f"Depuis : {day(max(said))}" if said else "",
        "certainty": trace.get("certainty", ""),
        "basis": trace.get("basis_of_inference", ""),
        "raw": data.get("status_raw", ""),
    }


def _proved(data: Mapping[str, Any]) -> dict[str, Any]:
    code = data.get("proof", NO_PROOF)
    return {
        "title": "Attesté",
        "code": code,
        "label": label("preuve", code),
        "note": NOT_UNDONE if code == NO_PROOF else definition("preuve", code),
        "on": f"Attesté : {day(data['proof_on'])}" if "proof_on" in data else "",
    }


def _calendar(data: Mapping[str, Any], today: date) -> dict[str, Any]:
    words, note = calendar_words(data, today)
    due = data.get("due_on")
    return {
        "title": "Calendrier",
        "code": calendar(data, today) or "inconnue",
        "label": words,
        "note": note,
        "on": f"Échéance promise : {day(due)}" if due else "",
    }


def _corrected(version: Version, beneath: list[Version]) -> Iterator[dict[str, str]]:
    """`version` holds only the fields a person corrected; the state of a figure goes with it."""
    author, _, reason = (version.run.message or "").partition(" : ")
    held = version.data or {}
    for field in held:
        if field == "trace" or (field.endswith("_state") and field.removesuffix("_state") in held):
            continue
        said = next((one.data for one in beneath if one.data and field in one.data), {})
        yield {
            "field": field_label("commitment", field),
            "source": listing(tell("commitment", field, said, {})) if said else "rien",
            "corrected": listing(tell("commitment", field, held, {})),
            "author": author,
            "reason": reason,
            "on": version.run.started_at,
        }
