"""Who is in the group, since when: the lists year by year, what changes between them, who came to a meeting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from hub.models.metropole import Metropole
from hub.pages.situation import AGENTS, ELUS, standings, territories, written
from hub.pages.traces import Books, library, proofs, traces_of, weakest
from schemas.labels import label

KIND = "network/membership"
SAID_ONCE = ("basis_of_inference", "readings")
"""What the page says once of a year, not under each of its quotations."""
Register = Mapping[str, Metropole]
Said = dict[str, Any]


def lists(register: Register) -> list[dict[str, Any]]:
    """Return the lists of the agents' group, newest first: members by SIREN, how sure the year is, the quotations."""
    memberships = [one for one in written("membership") if one["group"] == AGENTS and "year" in one]
    books = library(memberships)
    years = sorted({one["year"] for one in memberships}, reverse=True)
    return [_list(year, [one for one in memberships if one["year"] == year], register, books) for year in years]


def _list(year: str, memberships: Sequence[Said], register: Register, books: Books) -> dict[str, Any]:
    first = memberships[0]
    year_traces = traces_of(first, "year")
    plain = [{key: trace[key] for key in trace if key not in SAID_ONCE} for trace in year_traces]
    return {
        "year": year,
        "members": {one["siren"]: one for one in memberships},
        "sure": weakest(year_traces),
        "year_proofs": proofs(KIND, plain, books),
        "list_proofs": proofs(KIND, traces_of(first), books),
        "words": territories({one["siren"] for one in memberships}, list(register.values())),
        "whence": first["whence"],
    }


def presence(found: Sequence[Mapping[str, Any]], register: Register) -> list[dict[str, Any]]:
    """Return, for each metropole of one list at least, its membership in each list, None where it is not named."""
    return [
        {"metropole": metropole, "cells": [one["members"].get(siren) for one in found]}
        for siren, metropole in register.items()
        if any(siren in one["members"] for one in found)
    ]


def unlisted(found: Sequence[Mapping[str, Any]], register: Register) -> list[dict[str, Any]]:
    """Return the metropoles that no list of agents names, each with what the élu·es' meetings say of it, in words."""
    places = standings()
    return [
        {"metropole": one, "met": [place["words"] for place in places.get(siren, ()) if place["group"] == ELUS]}
        for siren, one in register.items()
        if not any(siren in each["members"] for each in found)
    ]


def differences(found: Sequence[Mapping[str, Any]], register: Register) -> list[str]:
    """Return what changes from one list to the next, in words that claim no cause: a missing name is no departure."""
    sentences = []
    for newer, older in pairwise(found):
        for siren, one in register.items():
            inside = (siren in older["members"], siren in newer["members"])
            if inside[0] != inside[1]:
                here, there = (older["year"], newer["year"]) if inside[0] else (newer["year"], older["year"])
                lists = f"présente dans la liste de {here}, absente de celle de {there}"
                sentences.append(f"{one.short_name} : {lists} ; le document ne dit pas pourquoi.")
    return sentences


def attendance(encounter: Mapping[str, Any], register: Register) -> list[dict[str, Any]]:
    """Return who came to a meeting and who was excused, each with the head-counts stated for it."""
    memberships = {(one["siren"], one["status"]): one for one in written("membership") if "year" not in one}
    rows = []
    for status, field in (("present", "present"), ("excuse", "excused")):
        for siren in _ordered(encounter.get(field, ()), register):
            heads = [each for each in encounter.get("head_counts", ()) if each.get("siren") == siren]
            said = memberships.get((siren, status))
            sure = weakest([*(said or {}).get("trace", ())]) or weakest(traces_of(encounter, field))
            words = label("adhesion", status)
            rows.append({"metropole": register[siren], "status": words, "said": said, "heads": heads, "sure": sure})
    return rows


def _ordered(sirens: Iterable[str], register: Register) -> list[str]:
    rank = list(register)
    return sorted(sirens, key=rank.index)
