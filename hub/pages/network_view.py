"""All that the network's page shows, section by section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.models.metropole import Metropole
from hub.pages import network_ideas as ideas
from hub.pages import network_members as members
from hub.pages import network_work as work
from hub.pages.acronyms import spelled
from hub.pages.traces import documents

JOIN = ("page-icpc-metropoles-participatives", "rencontre-elus-nantes")
"""The documents that say how to join: the page of the network of practitioners, the account of the élu·es' meeting."""


def page(register: Mapping[str, Metropole]) -> dict[str, Any]:
    """Return what the template shows; `register` is the metropoles by SIREN, in alphabetical order."""
    found, met = members.lists(register), work.encounters(register)
    of_network, of_metropoles = work.history()
    announced = work.themes()
    return {
        "register": register,
        "lists": found,
        "presence": members.presence(found, register),
        "unlisted": members.unlisted(found, register),
        "differences": members.differences(found, register),
        "meetings": [{**one, "rows": members.attendance(one, register)} for one in met if one.get("present")],
        "history": of_network,
        "landmarks": of_metropoles,
        "cycles": work.cycles(),
        "announced": announced,
        "spelled": spelled(*(one["title"] for year in announced for one in year["themes"])),
        "encounters": met,
        "practitioners": work.practitioners(),
        "sets": ideas.principle_sets(),
        "questionnaires": ideas.questionnaires(register),
        "join": {each.remote_id: each for each in documents(JOIN)},
    }
