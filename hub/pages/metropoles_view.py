"""The portrait of a metropole: what is known of it, block by block, and the same as one sheet of facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import url_for

from hub.benchmark.figures import figures
from hub.benchmark.stated import gaps
from hub.db import db
from hub.models.demarche import years_of
from hub.models.facet import Facet
from hub.models.metropole import Metropole
from hub.models.thing import Filter, Thing, counts_by_state, read, things_of
from hub.pages.acronyms import spelled
from hub.pages.figures import figure_words
from hub.pages.format import collation, date_object, listing
from hub.pages.metropoles_list import lines
from hub.pages.profile import banner, profile
from hub.pages.situation import NATURES, written
from hub.pages.traces import library, proofs, weakest
from schemas.labels import codes, label
from schemas.registry import field_at

SHOWN = 30
"""How many démarches or documents a portrait shows before sending to their list."""
SIDE_BY_SIDE = ("engagements", "engagements_interpellations", "statuts", "parts")
"""The comparisons « énoncé, compté » that a portrait shows; the list of engagements makes them all."""
UNDATED = "Sans date connue"
NEWEST = (Facet.year_from.is_(None), Facet.year_from.desc(), Facet.sort_key, Facet.hub_id)
"""The newest first, the undated last, on both databases; the identifier settles what would be equal."""


def portrait(metropole: Metropole) -> dict[str, Any]:
    """Return what the template of the portrait shows."""
    line = lines([metropole])[0]
    mine = Filter(metropoles=(metropole.slug,))
    found = figures((metropole.siren,))
    steps = processes(mine)
    return {
        "line": line,
        "profile": profile(metropole),
        "declared": banner(metropole),
        "shown_most": SHOWN,
        "metropole": metropole,
        "nature": NATURES.get(metropole.nature, metropole.nature),
        "places": with_proofs("membership", line.places),
        "aliases": with_proofs("alias", aliases(metropole)),
        "figures": [figure_words(figure) for figure in found],
        "processes": steps,
        "spelled": spelled(*(one["thing"].title for group in steps for one in group["things"])),
        "statuses": statuses(metropole, mine),
        "gaps": [gap for gap in gaps((metropole.slug,), ("engagements",)) if gap.comparison.key in SIDE_BY_SIDE],
        "deliberations": read(things_of("deliberation", mine).order_by(*NEWEST)),
        "documents": by_type(read(things_of("document", mine).order_by(Facet.sort_key, Facet.hub_id).limit(SHOWN))),
        "retours": contributed(metropole),
        "views": views_of(metropole),
        "landmarks": landmarks(metropole),
        "principles": [one for one in written("principle_set") if one.get("siren") == metropole.siren],
    }


def aliases(metropole: Metropole) -> list[dict[str, Any]]:
    """Return the names under which documents speak of a metropole, in alphabetical order."""
    found = [one for one in written("alias") if one["siren"] == metropole.siren]
    return sorted(found, key=lambda one: collation(one["form"]))


def with_proofs(kind: str, found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the network's things with their quotations, each in its document."""
    books = library(found)
    return [
        {
            **one,
            "certainty": weakest(one["trace"]).get("certainty", ""),
            "proofs": proofs(f"network/{kind}", one["trace"], books),
        }
        for one in found
    ]


def processes(mine: Filter) -> list[dict[str, Any]]:
    """Return the newest démarches by the last year they are known to touch, the undated last."""
    spans = {row[0]: (row[1], row[2]) for row in db.session.execute(years_of(mine).limit(SHOWN))}
    found = {thing.id: thing for thing in read(things_of("process", mine).where(Facet.hub_id.in_(list(spans))))}
    groups: dict[str, list[dict[str, Any]]] = {}
    for hub_id, (first, last) in spans.items():
        years = f"{first} – {last}" if first != last else ""
        groups.setdefault(last or UNDATED, []).append({"thing": found[hub_id], "years": years})
    return [{"year": year, "things": things} for year, things in groups.items()]


def statuses(metropole: Metropole, mine: Filter) -> list[dict[str, Any]]:
    """Return how many commitments are in each declared status, the unknown ones counted; none when there is none."""
    found = {row[0]: row[1] for row in db.session.execute(counts_by_state("commitment", mine))}
    return [
        {
            "label": label("statut_engagement", code),
            "count": found.get(code),
            "url": url_for("engagements.listing", metropole=metropole.slug, etat=code),
        }
        for code in codes("statut_engagement")
        if found
    ]


def by_type(documents: Iterable[Thing]) -> list[dict[str, Any]]:
    """Return documents under the words of their type, in alphabetical order of these."""
    groups: dict[str, list[Thing]] = {}
    for document in documents:
        kind = document.data.get("type")
        groups.setdefault(label("type_document", kind) if kind else "Type non transmis", []).append(document)
    return [{"type": words, "things": groups[words]} for words in sorted(groups, key=collation)]


def contributed(metropole: Metropole) -> list[dict[str, Any]]:
    """Return the retours d'expérience that use the example of a metropole."""
    return [
        {**one, "url": url_for("retours.retour", thing_id=one["id"])}
        for one in written("experience")
        if metropole.siren in one.get("contributors", ())
    ]


def views_of(metropole: Metropole) -> list[dict[str, Any]]:
    """Return the views attached to a metropole, by questionnaire, with their question and their quotation."""
    found = []
    for one in written("questionnaire"):
        questions = {question["code"]: question.get("heading", "") for question in one["questions"]}
        mine = [view for view in one["views"] if view.get("siren") == metropole.siren]
        asked = [{**view, "question": questions.get(view.get("question", ""), "")} for view in mine]
        if asked:
            found.append({**one, "mine": [named(view) for view in with_proofs("questionnaire", asked)]})
    return found


def named(view: dict[str, Any]) -> dict[str, Any]:
    """Return a view whose proofs say what they justify with the words of a view, not of its questionnaire."""

    def about(proof: dict[str, Any]) -> str:
        fields = proof["trace"].get("fields", ())
        return listing(field_at("network/questionnaire", ("views", 0, field)).get("title", field) for field in fields)

    return {**view, "proofs": [{**proof, "about": about(proof)} for proof in view["proofs"]]}


def landmarks(metropole: Metropole) -> list[dict[str, Any]]:
    """Return the dates of a metropole's own history, as the timeline wants them."""
    subject = {"kind": "metropole", "remote_id": metropole.siren}
    return [
        {
            "label": date_object(one["date"]),
            "title": one["title"],
            "text": one.get("description", ""),
            "source_url": one["whence"],
            "source_label": "D'où vient cette date ?",
        }
        for one in written("timeline")
        if one.get("subject") == subject
    ]
