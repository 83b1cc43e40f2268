"""What the public proposed in a démarche, by workshop, in the order of the document: wishes, never practices (L4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from hub.models.thing import Thing
from hub.pages.demarches_case import Case
from hub.pages.format import number
from hub.pages.words import figure
from schemas.labels import label

WISHES = ("proposition", "recommandation")
"""What is asked for and not done: the page says so beside each of them."""
VOTED = ("proposition", "projet", "petition")
"""What the public may vote for: without votes, the page says that none are transmitted."""
COUNTS = {"votes": "votes", "supports": "soutiens", "comments": "commentaires"}


@dataclass(frozen=True)
class Proposal:
    """One contribution: its label, its counts, its sections, its documents."""

    thing: Thing
    label: str
    is_wish: bool
    voted: bool
    counts: list[dict[str, Any]]
    sections: list[dict[str, Any]]
    documents: list[Thing]

    @property
    def anchor(self) -> str:
        """Return the name under which the page can be entered at this proposal."""
        return f"proposition-{self.thing.id}"


@dataclass
class Workshop:
    """The contributions of one heading, with the remarks of the document about the whole heading."""

    heading: str
    remarks: list[dict[str, Any]]
    proposals: list[Proposal] = field(default_factory=list)


def workshops(case: Case, page: int = 1) -> list[Workshop]:
    """Return one page of the contributions of a démarche, by heading; the order is the document's, never the votes'."""
    found: dict[str, Workshop] = {}
    for one in case.contributions.on_page(page):
        heading = one.data.get("heading", "")
        if heading not in found:
            found[heading] = Workshop(heading, remarks(case, heading) if heading else [])
        found[heading].proposals.append(proposal(case, one))
    return list(found.values())


def remarks(case: Case, heading: str | None = None) -> list[dict[str, Any]]:
    """Return the passages about a heading, or about the whole démarche: how its votes must be read."""
    return list(_linked(one for one in _about(case, "process") if one.get("part") == heading))


def proposal(case: Case, one: Thing) -> Proposal:
    """Return a contribution as the page shows it."""
    sections = (each for each in _about(case, "contribution") if each["subject"]["remote_id"] == one.remote_id)
    return Proposal(
        one,
        label("type_contribution", one.data["type"]),
        one.data["type"] in WISHES,
        one.data["type"] in VOTED,
        [votes(case.votes[one.remote_id])] if one.remote_id in case.votes else counts(one),
        list(_linked(sections)),
        [case.documents[name] for name in one.data.get("document_ids", ()) if name in case.documents],
    )


def votes(stated: Thing) -> dict[str, Any]:
    """Return the stated votes of a proposal: their text, whether they only indicate, where they are written."""
    data = stated.data
    text = figure(data.get("quantity"), "votes", state=data.get("quantity_state", "non_transmis"))
    return {"text": text, "indicative": bool(data.get("indicative")), "thing": stated}


def counts(one: Thing) -> list[dict[str, Any]]:
    """Return the counts a platform states of a contribution; those of a proposal never decide anything."""
    told = [name for name in COUNTS if name in one.data or f"{name}_state" in one.data]
    return [
        {
            "text": number(one.data.get(name), COUNTS[name], state=one.data.get(f"{name}_state", "non_transmis")),
            "indicative": name != "comments" and one.data["type"] != "projet",
            "thing": one,
        }
        for name in told
    ]


def _about(case: Case, kind: str) -> Iterable[Mapping[str, Any]]:
    return (one for one in case.passages if one["subject"]["kind"] == kind)


def _linked(passages: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Yield passages with the address that says where each is written."""
    for one in passages:
        yield {**one, "whence": url_for("provenance.network", kind="passage", thing_id=one["id"])}
