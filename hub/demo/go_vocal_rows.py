"""The rows of a simulated Go Vocal site, under the names of the public API v2; `web` says them as the web API does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from hub.demo import words
from hub.demo.things import Demarche, Idea, Meeting, Step

THEMES = tuple(theme.name for theme in words.THEMES)
AREAS = words.DISTRICTS
PERSON = {"id": "u1", "type": "user", "attributes": {"first_name": words.CANARY}}
_STATUS = {"accepted": "Retenue", "rejected": "Non retenue", "evaluating": "À l'étude"}


class Words(NamedTuple):
    """The address of the site, and the day it is seen from."""

    address: str
    today: date


def project(one: Demarche, site: Words) -> Any:
    """Return a project; archived when it is over."""
    over = one.ends is not None and one.ends < site.today
    return {
        "id": f"projet-{one.id}",
        "title": one.title,
        "slug": f"projet-{one.id}",
        "description_html": f"<p>{one.summary}</p>",
        "description_preview": one.summary,
        "href": f"{site.address}/projects/projet-{one.id}",
        "visible_to": "public",
        "publication_status": "archived" if over else "published",
        "created_at": f"{min(one.starts, site.today)}T00:00:00Z",
        "updated_at": f"{min(one.starts, site.today)}T00:00:00Z",
        "comments_count": sum(idea.comments for idea in one.ideas),
        "participants_count": one.participants,
        "theme": one.theme,
        "area": one.district,
        "current": next((_phase_id(step) for step in one.steps if _is_open(step, site.today)), None),
    }


def phases(one: Demarche, site: Words) -> list[Any]:
    """Return the phases of a project."""
    baskets = sum(idea.votes or 0 for idea in one.ideas)
    return [
        {
            "id": _phase_id(step),
            "title": step.title,
            "participation_method": _method(one, step),
            "project_id": f"projet-{one.id}",
            "start_at": str(step.starts or one.starts),
            "end_at": str(step.ends) if step.ends else None,
            "updated_at": f"{min(one.starts, site.today)}T00:00:00Z",
            "ideas_count": len(one.ideas),
            "baskets_count": baskets // 3,
            "votes_count": baskets,
        }
        for step in one.steps
    ]


def idea(one: Demarche, written: Idea, site: Words) -> Any:
    """Return an idea, with what the platform says of its author."""
    spot, stamp = written.spot, f"{written.published.isoformat()}Z"
    collected = next(step for step in one.steps if step.role == "collect")
    return {
        "id": f"idee-{written.id}",
        "title": written.title,
        "body": f"<p>{written.title}.</p><p>{words.NOTICE}</p>",
        "author_id": "u1",
        "author_name": words.CANARY,
        "type": "idea",
        "likes_count": written.supports,
        "comments_count": written.comments,
        "votes_count": written.votes,
        "budget": written.amount,
        "proposed_budget": None,
        "published_at": stamp,
        "updated_at": stamp,
        "publication_status": "published",
        "project_id": f"projet-{one.id}",
        "creation_phase_id": _phase_id(collected),
        "status": _STATUS.get(written.status, "Publiée"),
        "href": f"{site.address}/ideas/{written.id}",
        "location_description": spot.label if spot else None,
        "location_point": {"type": "Point", "coordinates": [spot.lon, spot.lat]} if spot else None,
        "custom_field_values": {"nom": words.CANARY},
    }


def event(one: Demarche, meeting: Meeting, site: Words) -> Any:
    """Return an event: who registered, not who came."""
    return {
        "id": f"evenement-{meeting.id}",
        "project_id": f"projet-{one.id}",
        "title": meeting.title,
        "description": f"<p>{words.NOTICE}</p>",
        "location": meeting.spot.label,
        "location_point": {"type": "Point", "coordinates": [meeting.spot.lon, meeting.spot.lat]},
        "attendees_count": meeting.attendees,
        "maximum_attendees": None,
        "start_at": f"{meeting.starts.isoformat()}Z",
        "end_at": None,
        "updated_at": f"{min(one.starts, site.today)}T00:00:00Z",
    }


def places(demarches: Iterable[Demarche], phase: str) -> list[Any]:
    """Return which ideas stand in a phase."""
    found = [(one, step) for one in demarches for step in one.steps if _phase_id(step) == phase]
    return [
        {"idea_id": f"idee-{written.id}", "phase_id": phase}
        for one, step in found
        for written in one.ideas
        if step.role == "collect" or (step.role == "vote" and written.status)
    ]


def configuration(host: str) -> Any:
    """Return what the site says of itself."""
    settings = {"core": {"locales": ["fr-FR"], "currency": "EUR"}}
    return {"data": {"id": "site", "attributes": {"host": host, "settings": settings}}}


def web(kind: str, row: Any) -> Any:
    """Return a row as the web API states it: JSON:API, texts in several languages."""
    texts = ("title", "description_html", "description_preview", "description", "location")
    attributes = {name: value for name, value in row.items() if name not in ("id", "href", "project_id", *texts)}
    for name in texts:
        if name in row:
            attributes[f"{name.removesuffix('_html')}_multiloc"] = {"fr-FR": row[name]}
    links = {
        "topics": {"data": [{"id": row["theme"]}] if "theme" in row else []},
        "areas": {"data": [{"id": row["area"]}] if "area" in row else []},
        "current_phase": {"data": {"id": row["current"]} if row.get("current") else None},
        "project": {"data": {"id": row.get("project_id")}},
        "author": {"data": {"id": "u1"}},
    }
    return {"id": row["id"], "type": kind, "attributes": attributes, "relationships": links}


def _phase_id(step: Step) -> str:
    return f"phase-{step.id}"


def _method(one: Demarche, step: Step) -> str:
    if step.role == "inform" and not one.kind:
        return "native_survey"
    return {"collect": "ideation", "vote": "budgeting" if one.kind == "projets" else "voting"}.get(
        step.role, "information"
    )


def _is_open(step: Step, today: date) -> bool:
    return bool(step.starts and step.starts <= today and (step.ends is None or step.ends >= today))
