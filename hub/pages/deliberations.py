"""`/deliberations/<id>`: one vote of an assembly, where it is written, the commitments that cite it."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint

from hub.access.declared import all_need
from hub.benchmark.precedence import precedes
from hub.errors import UnknownThing
from hub.models import Facet
from hub.models.thing import Thing, called, citing, read
from hub.pages.choices import accept
from hub.pages.format import day
from hub.pages.menu import Entry
from hub.pages.respond import View, data_page
from hub.pages.traces import fact_sheet, identity, library, proofs, traces_of, weakest
from schemas.labels import definition

bp = Blueprint("deliberations", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = ()
FACTS = (
    "title", "type", "decided_on", "assembly", "number", "matter_code", "matter_name",
    "votes_for", "votes_against", "abstentions", "document_url", "url",
)  # fmt: skip
PRECISION = {4: "le passage cité ne donne que l'année", 7: "le passage cité ne donne que le mois", 10: ""}
VAGUE = r"(?:fin|début|mi|milieu|courant|printemps|été|automne|hiver|rentrée|(?:\w+\s+)?(?:trimestre|semestre))"
AROUND = re.compile(rf"\b{VAGUE}[\s-]+(?:de\s+)?(?:l['’]année\s+)?\d{{4}}\b", re.IGNORECASE)
"""« Fin 2021 », « printemps 2022 »: words that say more than the year, and that no Day can hold."""


@data_page(bp, "/deliberations/<hub_id>")
def deliberation(hub_id: str) -> View:
    """One deliberation, vœu or other vote."""
    accept(paged=False)
    found = read(called("deliberation", hub_id))
    if not found:
        raise UnknownThing(f"Aucune délibération ne porte l'identifiant « {hub_id} ».")
    sheet = fact_sheet(identity(found[0]), "deliberation", found[0].data, FACTS)
    return View("deliberations/deliberation.html", sheet, lambda: shown(found[0]))


def shown(thing: Thing) -> dict[str, Any]:
    """Return what the page of a vote shows."""
    books = library([thing.data], thing.source)
    return {
        "thing": thing,
        "nature": definition("type_deliberation", nature(thing.data)),
        "precision": precision(thing.data),
        "readings": weakest(traces_of(thing.data)).get("readings", []),
        "proofs": proofs("deliberation", thing.data.get("trace", []), books),
        "citing": [cited_by(thing, each) for each in read(citing(thing, "commitment").order_by(Facet.sort_key))],
    }


def precision(vote: dict[str, Any]) -> str:
    """Return how precise the date of a vote is: the words of its document when they say more than the hub's date."""
    if words := as_printed(vote):
        return f"« {words} », dit le document"
    return PRECISION.get(len(vote.get("decided_on", "")), "")


def as_printed(vote: dict[str, Any]) -> str:
    """Return « Fin 2021 » when the passages that hold the date of a vote say more than its year; else nothing."""
    decided = vote.get("decided_on", "")
    quotes = [str(trace.get("quote", "")) for trace in traces_of(vote, "decided_on")] if len(decided) == 4 else []
    found = [words for quote in quotes for words in AROUND.findall(quote) if words.endswith(decided)]
    return found[0] if found else ""


def cited_by(vote: Thing, commitment: Thing) -> dict[str, Any]:
    """Return a commitment that cites a vote, and what the two dates say of each other."""
    return {"thing": commitment, "relation": relation(vote.data, commitment.data)}


def relation(vote: dict[str, Any], commitment: dict[str, Any]) -> str:
    """Return, in words, where a vote stands with regard to the promise of a commitment that cites it."""
    decided, promised = vote.get("decided_on"), commitment.get("promised_on")
    if not decided or not promised:
        return f"date {'du vote' if promised else 'de la promesse'} non transmise : rapport inconnu"
    e = "e" if nature(vote) == "deliberation" else ""
    before = precedes(decided, promised)
    if before is None:
        when = (
            f"daté{e} de « {words} » dans le document, dont le hub ne retient que l'année"
            if (words := as_printed(vote))
            else f"daté{e} de {day(decided)} seulement"
        )
        return f"{when} : elle ne suffit pas à dire si c'est avant ou après la promesse"
    if before:
        return f"antérieur{e} à la promesse : rattaché{e}, non compté{e} comme réponse"
    when = "de même date que la promesse, telle qu'imprimée" if decided == promised else f"postérieur{e} à la promesse"
    return when if e else f"{when} ; ce n'est pas une délibération : non compté parmi elles"


def nature(vote: dict[str, Any]) -> str:
    """Return the code of what was voted."""
    return str(vote.get("type", "deliberation"))
