"""What the network does: its cycles with the counts they state, its encounters, its history, what it announces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hub.models.metropole import Metropole
from hub.models.thing import RESEAU, Filter, Thing, read, things_of
from hub.pages.format import date_object, day, number, plural, quantity
from hub.pages.situation import written
from hub.pages.traces import Books, library, proofs, traces_of, weakest
from schemas.labels import label

CHANNELS = {"presentiel": "en présentiel", "en_ligne": "en distanciel", "hybride": "en hybride"}
SESSION, RETOUR = "seance_de_travail", "retour_experience"
HELD = ("tenue", "notes_en_relecture", "close")
STATES = {
    "annoncee": "Annoncée",
    "tenue": "Tenue",
    "notes_en_relecture": "Tenue, notes en relecture",
    "close": "Tenue, notes closes",
    "annulee": "Annulée",
}
THEMES = {"annonce": "Annoncé", "tenu": "Tenu", "reporte": "Reporté", "non_tenu": "Non tenu"}
Said = dict[str, Any]


def cycles() -> list[Said]:
    """Return the yearly cycles, each with the sentence of its stated counts, what was told and what was announced."""
    found, met = written("cycle"), written("encounter")
    books = library(found)
    return [
        {
            **one,
            "sentence": sentence(one["stated_counts"]),
            "counts": [counted(each, books) for each in one["stated_counts"]],
            "retours": retours(one, met),
            "described": sum(1 for each in met if each.get("cycle_id") == one["id"] and each["type"] == SESSION),
            "sure": weakest(traces_of(one, "year")),
            "proofs": proofs("network/cycle", one["trace"], books),
        }
        for one in found
    ]


def counted(stated: Mapping[str, Any], books: Books) -> Said:
    """Return a stated count with its words, its certainty and its quotations."""
    return {
        **stated,
        "words": quantity(stated["quantity"]),
        "sure": weakest(stated["trace"]),
        "proofs": proofs("network/cycle", stated["trace"], books),
    }


def sentence(counts: Iterable[Mapping[str, Any]]) -> str:
    """Return the sessions a cycle states, side by side: the total, the parts, and a gap that nothing explains (L18).

    Without a stated total there is none: the parts are not summed. Retours d'expérience are counted apart.
    """
    sessions = [each for each in counts if each.get("type") != RETOUR]
    totals = [each for each in sessions if "channel" not in each]
    parts = [each for each in sessions if "channel" in each]
    said = [f"{quantity(each['quantity'])} (énoncé)" for each in totals] or ["Total des séances non énoncé"]
    if parts:
        said.append(f"{', '.join(_part(each) for each in parts)} (énoncé)")
    return " · ".join([*said, *_gap(totals, parts)])


def _part(stated: Mapping[str, Any]) -> str:
    return f"{quantity(stated['quantity'], '')} {CHANNELS.get(stated['channel'], 'par un canal non précisé')}"


def _gap(totals: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, Any]]) -> list[str]:
    if len(totals) != 1 or not parts or not all(_is_exact(each) for each in (*totals, *parts)):
        return []
    gap = totals[0]["quantity"]["value"] - sum(each["quantity"]["value"] for each in parts)
    return [f"écart de {number(abs(gap))} non expliqué" if gap else "aucun écart"]


def _is_exact(stated: Mapping[str, Any]) -> bool:
    return bool(stated["quantity"].get("qualifier", "exact") == "exact")


def retours(cycle: Mapping[str, Any], met: Iterable[Said]) -> Said:
    """Return the retours d'expérience of a cycle: stated, and counted one by one among the encounters."""
    stated = [each for each in cycle["stated_counts"] if each.get("type") == RETOUR]
    told = [one for one in met if one.get("cycle_id") == cycle["id"] and one["type"] == RETOUR and one["state"] in HELD]
    counted = f"{number(len(told))} temps {plural(len(told), 'décrit')}" if told else "aucun décrit un à un"
    words = quantity(stated[0]["quantity"]) if stated else "non énoncé"
    return {"stated": words, "counted": counted, "gap": _difference(stated, told), "told": told}


def _difference(stated: Sequence[Mapping[str, Any]], told: Sequence[Said]) -> str:
    if not stated or not told or not _is_exact(stated[0]):
        return ""
    gap = stated[0]["quantity"]["value"] - len(told)
    return (
        f"{number(abs(gap))} {'de moins' if gap > 0 else 'de plus'} que l'énoncé, non expliqué"
        if gap
        else "aucun écart"
    )


def themes() -> list[Said]:
    """Return the announced themes by year, newest first, with their state: announced is not held (L19)."""
    found = written("planned_theme")
    books = library(found)
    years = sorted({one["year"] for one in found}, reverse=True)
    return [{"year": year, "themes": [_theme(one, books) for one in found if one["year"] == year]} for year in years]


def _theme(one: Said, books: Books) -> Said:
    quotes = proofs("network/planned_theme", one["trace"], books)
    return {**one, "words": THEMES[one["state"]], "sure": weakest(one["trace"]), "proofs": quotes}


def encounters(register: Mapping[str, Metropole]) -> list[Said]:
    """Return every encounter with its words: when, how, where, who hosts, its documents and retours."""
    found = written("encounter")
    books = library(found)
    return [
        {
            **one,
            "type_words": label("type_rencontre", one["type"]),
            "state_words": STATES[one["state"]],
            "held": one["state"] in HELD,
            "when": when(one),
            "sure": weakest([each for field in ("date", "starts_on") for each in traces_of(one, field)]),
            "how": CHANNELS.get(one.get("channel", ""), ""),
            "host": register.get(one.get("host_siren", "")),
            "whole": weakest(traces_of(one)),
            "proofs": proofs("network/encounter", [each for each in one["trace"] if not _of_attendance(each)], books),
            "attendance_proofs": proofs("network/encounter", filter(_of_attendance, one["trace"]), books),
        }
        for one in found
    ]


def _of_attendance(trace: Mapping[str, Any]) -> bool:
    return bool(set(trace.get("fields", ())) & {"present", "excused", "head_counts"})


def when(encounter: Mapping[str, Any]) -> str:
    """Return the date of an encounter as far as it is known; nothing when it is not."""
    if "starts_on" in encounter:
        return day(encounter["starts_on"])
    date = encounter.get("date", {})
    return str(date.get("as_written") or (date_object(date) if date else ""))


def history() -> tuple[list[Said], list[Said]]:
    """Return the dated facts of the network, oldest first, then those of its metropoles."""
    found = [
        {**one, "words": one["date"].get("as_written") or date_object(one["date"]), "sure": weakest(one["trace"])}
        for one in written("timeline")
    ]
    found.sort(key=lambda one: str(one["date"].get("from", "")))
    of_network = [one for one in found if one.get("subject", {}).get("kind") == RESEAU]
    return of_network, [one for one in found if one not in of_network]


def practitioners() -> list[Said]:
    """Return the figures stated of the members of the network of practitioners, in words, with their quotations."""
    return [
        {
            "thing": each,
            "words": quantity(each.data["quantity"], "membres") if each.data.get("quantity") else "",
            "state": each.data.get("quantity_state", "observe"),
            "proofs": proofs("observation", each.data.get("trace", []), library([each.data], each.source)),
        }
        for each in members_stated()
    ]


def members_stated() -> list[Thing]:
    """Return the records of these figures."""
    return read(things_of("observation", Filter(metropoles=(RESEAU,), states=("membres",))))
