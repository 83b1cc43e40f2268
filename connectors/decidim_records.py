"""What each row of a component of a Decidim platform says in the shared schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.base import Record
from connectors.decidim_spaces import Rows, Space, Words, figure, kept, moment
from connectors.text import plain

_CHANNELS = {"in_person": "presentiel", "online": "en_ligne", "hybrid": "hybride"}


@dataclass
class Place:
    """A component of a space. `emendations` holds the ids of the proposals known to amend another one."""

    words: Words
    space: Space
    url: str
    emendations: set[str] = field(default_factory=set)

    def thing(self, kind: str, row: Any, title: int = 300) -> dict[str, Any]:
        """Return what all rows share: title, address, dates."""
        return {
            "title": self.words.say(row["title"], title),
            "url": f"{self.url}/{kind}/{row['id']}",
            "published_at": moment(row.get("publishedAt")),
            "updated_at": moment(row["updatedAt"]),
        }


def proposal(row: Any, place: Place, pointer: str) -> Rows:
    """Yield a proposal. One that amends another comes after it in the list, and is known by then."""
    say, state = place.words.say, row["state"]
    place.emendations.update(str(one["emendation"]["id"]) for one in row["amendments"] or [] if one)
    data = {
        **place.thing("proposals", row, 200),
        **_facets(row, place),
        "type": "proposition",
        "reference": plain(row["reference"]),
        "body": say(row.get("body")),
        "location": _location(row, plain(row["address"], 300)),
        "status_raw": state or None,
        "answer": say(row["answer"]),
        "answered_at": moment(row["answeredAt"]),
        "withdrawn": row.get("withdrawn", state == "withdrawn"),
        "official": row["official"],
        "is_amendment": row["id"] in place.emendations or None,
        "supports": row.get("likesCount", row.get("endorsementsCount")),
        "votes": row["voteCount"],
    }
    if row["voteCount"] is None:
        data["votes_state"] = "non_communique"
    yield Record("contribution", f"proposal-{row['id']}", kept(data), pointer)


def budget(row: Any, place: Place, pointer: str) -> Rows:
    """Yield the amount put to the vote, then each project."""
    yield figure(
        f"budget-{row['id']}",
        place.space,
        "montant_soumis_au_vote",
        row["total_budget"],
        f"{pointer}/total_budget",
        method_raw="decidim:total_budget",
        updated_at=moment(row["updatedAt"]),
    )
    for rank, project in enumerate(row["projects"] or []):
        if project:
            data = {
                **place.thing(f"budgets/{row['id']}/projects", project, 200),
                **_facets(project, place),
                "type": "projet",
                "reference": plain(project["reference"]),
                "body": place.words.say(project.get("description")),
                "status_raw": {True: "selected", False: "not_selected"}.get(project["selected"]),
                "amount": project["budget_amount"],
                "votes": project.get("confirmedVotes"),
            }
            yield Record("contribution", f"project-{project['id']}", kept(data), f"{pointer}/projects/{rank}")


def debate(row: Any, place: Place, pointer: str) -> Rows:
    """Yield a debate."""
    data = {
        **place.thing("debates", row, 200),
        **_facets(row, place),
        "type": "debat",
        "reference": plain(row["reference"]),
        "body": place.words.say(row.get("description")),
        "answer": place.words.say(row.get("conclusions")),
    }
    yield Record("contribution", f"debate-{row['id']}", kept(data), pointer)


def meeting(row: Any, place: Place, pointer: str) -> Rows:
    """Yield a public meeting; nothing for a private one that is not transparent."""
    if row["privateMeeting"] and not row["transparent"]:
        return
    say = place.words.say
    where = ", ".join(text for text in (say(row["location"]), plain(row["address"])) if text)
    data = {
        **place.thing("meetings", row),
        "process_ids": [place.space.remote_id],
        "description": say(row["description"]),
        "starts_at": moment(row["startTime"]),
        "ends_at": moment(row["endTime"]),
        "channel": _CHANNELS.get(row["typeOfMeeting"]),
        "location": _location(row, plain(where, 300)),
        "attendees": row["attendeeCount"],
        "contributions": row["contributionCount"],
        "report": say(row["closingReport"]),
        "closed": row["closed"],
        "cancelled": row["isWithdrawn"],
    }
    yield Record("meeting", f"meeting-{row['id']}", kept(data), pointer)


def result(row: Any, place: Place, pointer: str) -> Rows:
    """Yield a result as a commitment: its entries are its history, or milestones when written ahead of their date."""
    say, status = place.words.say, row["status"] or {}
    progress = row["progress"]
    data = {
        **place.thing("results", row),
        "process_id": place.space.remote_id,
        "description": say(row["description"]),
        "status_raw": say(status.get("name")) or plain(status.get("key")),
        "progress": None if progress is None else round(min(progress / 100, 1), 6),
        "starts_on": row["startDate"],
        "due_on": row["endDate"],
        "parent_id": f"result-{row['parent']['id']}" if row["parent"] else None,
        "from_contribution_ids": [f"proposal-{one['id']}" for one in row.get("proposals") or [] if one],
        "history": [],
        "milestones": [],
    }
    for entry in row["timelineEntries"] or []:
        day, written = (entry or {}).get("entryDate"), str((entry or {}).get("updatedAt") or row["updatedAt"] or "9999")
        label, text = say((entry or {}).get("title")), say((entry or {}).get("description"))
        if day and day > written[:10]:
            what = {"label": label or text, "date": {"from": day, "to": day, "precision": "jour"}}
            data["milestones"].append(kept(what))
        elif found := kept({"on": day, "label": label, "text": text}):
            data["history"].append(found)
    yield Record("commitment", f"result-{row['id']}", kept(data), pointer)


def _document(kind: str, path: str, prefix: str) -> Callable[[Any, Place, str], Rows]:
    def document(row: Any, place: Place, pointer: str) -> Rows:
        data = {
            **place.thing(path, row),
            "type": kind,
            "subject": {"kind": "process", "remote_id": place.space.remote_id},
        }
        if not path:
            data["url"] = f"{place.url}/"
        yield Record("document", f"{prefix}-{row['id']}", kept(data), pointer)

    return document


MAPPERS: Mapping[str, tuple[str, Callable[[Any, Place, str], Rows]]] = {
    "Proposals": ("contribution", proposal),
    "Budgets": ("contribution", budget),
    "Debates": ("contribution", debate),
    "Meetings": ("meeting", meeting),
    "Accountability": ("commitment", result),
    "Blogs": ("document", _document("actualite", "posts", "post")),
    "Pages": ("document", _document("page", "", "page")),
}
"""Type of component → the kind of its records, the function that writes them."""


def _facets(row: Any, place: Place) -> dict[str, Any]:
    words = place.words
    return {
        "process_id": place.space.remote_id,
        "themes_raw": words.names([row.get("category"), *(row.get("taxonomies") or [])]),
        "territory_raw": words.names([row.get("scope")]),
        "comments": row["totalCommentsCount"],
    }


def _location(row: Any, label: str | None) -> dict[str, Any]:
    point = row.get("coordinates") or {}
    known = point.get("latitude") is not None and point.get("longitude") is not None
    return kept({"label": label, **({"lat": point["latitude"], "lon": point["longitude"]} if known else {})})
