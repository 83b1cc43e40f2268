"""What the network says: sets of principles, questions on metropolitan citizenship, the views expressed on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.models.metropole import Metropole
from hub.pages.acronyms import spelled
from hub.pages.situation import written
from hub.pages.traces import Books, library, proofs, traces_of, weakest

KIND = "network/principle_set"
NATURES = {"principes": "principe", "objectifs": "objectif", "etapes": "étape"}
Said = dict[str, Any]


def principle_sets() -> list[Said]:
    """Return the sets of principles, objectives or steps, each kept apart, its items with their own lines."""
    found = written("principle_set")
    books = library(found)
    return [
        {
            **one,
            "noun": NATURES.get(one["nature"], "élément"),
            "items": [{**item, **_item_trace(one, item)} for item in one["items"]],
            "proofs": proofs(KIND, traces_of(one), books),
            "item_proofs": [] if one["items"] else proofs(KIND, traces_of(one, "items"), books),
        }
        for one in found
    ]


def _item_trace(one: Said, item: Mapping[str, Any]) -> Said:
    """The trace of an item is the one that quotes the very words the item was read from."""
    words = " ".join(item.get("raw", "").split())
    trace = next((each for each in traces_of(one, "items") if " ".join(each.get("quote", "").split()) == words), {})
    return {"lines": trace.get("lines", ""), "quote": trace.get("quote", ""), "sure": trace}


def questionnaires(register: Mapping[str, Metropole]) -> list[Said]:
    """Return the questionnaires: the wordings of each question, the views on it, then those tied to no question."""
    found = written("questionnaire")
    books = library(found)
    return [
        {
            **one,
            "questions": [_question(one, each, register, books) for each in one["questions"]],
            "free": views([each for each in one["views"] if "question" not in each], register, books),
            "carried_by": [register[siren] for siren in one.get("carriers", ())],
            "analysed_by": [register[siren] for siren in one.get("analysts", ())],
            "sure": weakest(one["trace"]),
            "spelled": spelled(*(each["text"] for each in one["views"])),
            "proofs": proofs("network/questionnaire", one["trace"], books),
        }
        for one in found
    ]


def _question(one: Said, question: Said, register: Mapping[str, Metropole], books: Books) -> Said:
    wordings = [
        {**each, "proofs": proofs("network/questionnaire", each["trace"], books)} for each in question["wordings"]
    ]
    mine = [each for each in one["views"] if each.get("question") == question["code"]]
    return {**question, "wordings": wordings, "views": views(mine, register, books)}


def views(found: Sequence[Said], register: Mapping[str, Metropole], books: Books) -> list[Said]:
    """Return views under the metropole that expresses them; those the document lends to none stand last."""
    groups: list[Said] = []
    for siren in [*register, None]:
        mine = [each for each in found if each.get("siren") == siren]
        if mine:
            shown = [{**each, "proofs": proofs("network/questionnaire", each["trace"], books)} for each in mine]
            groups.append({"metropole": register.get(siren) if siren else None, "views": shown})
    return groups
