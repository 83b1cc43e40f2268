"""`/deliberations/<id>`: one vote of an assembly, where it is written, the commitments that cite it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

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
MENU: tuple[Entry, ...] = ()
FACTS = (
    "title", "type", "decided_on", "assembly", "number", "matter_code", "matter_name",
    "votes_for", "votes_against", "abstentions", "document_url", "url",
)  # fmt: skip
PRECISION = {4: "le document ne donne que l'année", 7: "le document ne donne que le mois", 10: ""}


@data_page(bp, "/deliberations/<hub_id>")
def deliberation(hub_id: str) -> View:
    """One deliberation, vœu or other vote."""
    accept(paged=False)
    found = read(called("deliberation", hub_id))
    if not found:
        raise UnknownThing(f"Aucune délibération ne porte l'identifiant « {hub_id} ».")
    sheet = fact_sheet(identity(found[0]), "deliberation", found[0].data, FACTS)
    return View("deliberations/deliberation.html", sheet, shown(found[0]))


def shown(thing: Thing) -> dict[str, Any]:
    """Return what the page of a vote shows."""
    books = library([thing.data], thing.source)
    return {
        "thing": thing,
        "nature": definition("type_deliberation", nature(thing.data)),
        "precision": PRECISION.get(len(thing.data.get("decided_on", "")), ""),
        "readings": weakest(traces_of(thing.data)).get("readings", []),
        "proofs": proofs("deliberation", thing.data.get("trace", []), books),
        "citing": [cited_by(thing, each) for each in read(citing(thing, "commitment").order_by(Facet.sort_key))],
    }


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
        return f"daté{e} de {day(decided)} seulement : avant ou après la promesse, le document ne permet pas de le dire"
    if before:
        return f"antérieur{e} à la promesse : rattaché{e}, non compté{e} comme réponse"
    when = "de même date que la promesse, telle qu'imprimée" if decided == promised else f"postérieur{e} à la promesse"
    return when if e else f"{when} ; ce n'est pas une délibération : non compté parmi elles"


def nature(vote: dict[str, Any]) -> str:
    """Return the code of what was voted."""
    return str(vote.get("type", "deliberation"))
