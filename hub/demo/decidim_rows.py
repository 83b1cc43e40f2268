"""The rows of a simulated Decidim site, all versions together."""

from __future__ import annotations

from typing import Any

from hub.demo import words
from hub.demo.things import Demarche, Idea, Meeting, Promise, Spot

_PERSON = {"name": words.CANARY}


def said(text: str | None) -> Any:
    """Return a translated field."""
    return {"translations": [{"locale": "fr", "text": text, "machineTranslated": False}]} if text else None


def space(one: Demarche, stamp: str) -> Any:
    """Return a process with its steps; the step under way is the platform's own word."""
    today = stamp[:10]
    steps = [
        {
            "id": str(step.id),
            "position": rank,
            "active": bool(step.starts and str(step.starts) <= today and (not step.ends or str(step.ends) >= today)),
            "title": said(step.title),
            "startDate": _day(step.starts),
            "endDate": _day(step.ends),
        }
        for rank, step in enumerate(one.steps)
    ]
    return {
        "id": str(one.id),
        "slug": f"demarche-{one.id}",
        "title": said(one.title),
        "shortDescription": said(f"<p>{one.summary}</p>"),
        "description": said(f"<p>{one.summary}</p>"),
        "startDate": str(one.starts),
        "endDate": _day(one.ends),
        "publishedAt": f"{min(str(one.starts), today)}T00:00:00Z",
        "updatedAt": stamp,
        "heroImage": None,
        "localArea": said(one.district),
        "participatoryProcessGroup": {"title": said(one.form)},
        "steps": steps,
        "scope": None,
        **_facets(one),
        "categories": [],
    }


def proposal(one: Demarche, idea: Idea, _stamp: str) -> Any:
    """Return a proposal."""
    written = f"{idea.published.isoformat()}Z"
    return {
        **_listed(idea, one),
        "state": "withdrawn" if idea.withdrawn else idea.status or None,
        "withdrawn": idea.withdrawn,
        "official": False,
        "body": said(f"<p>{idea.title}.</p><p>{words.NOTICE}</p>"),
        "answer": said(idea.answer),
        "answeredAt": f"{idea.answered.isoformat()}Z" if idea.answered else None,
        "publishedAt": written,
        "updatedAt": written,
        "voteCount": idea.supports if idea.votes is None else idea.votes,
        "address": idea.spot.label if idea.spot else None,
        "coordinates": _point(idea.spot),
        "amendments": [],
        "endorsementsCount": idea.supports,
        "likesCount": idea.supports,
        "authors": [_PERSON],
    }


def budget(one: Demarche, _again: Demarche, stamp: str) -> Any:
    """Return the budget of a process with its projects."""
    chosen = one.ends is not None and str(one.ends) < stamp[:10]
    projects = [
        {
            **_listed(idea, one),
            "selected": idea.status == "accepted" if chosen else None,
            "budget_amount": idea.amount,
            "description": said(f"<p>{idea.title}.</p>"),
            "updatedAt": f"{idea.published.isoformat()}Z",
            "confirmedVotes": idea.votes if chosen else None,
            "author": _PERSON,
        }
        for idea in one.ideas
    ]
    total = sum(idea.amount or 0 for idea in one.ideas)
    return {
        "id": str(one.id), "title": said(one.title), "total_budget": total, "updatedAt": stamp, "projects": projects
    }  # fmt: skip


def debate(one: Demarche, idea: Idea, _stamp: str) -> Any:
    """Return a debate."""
    row = {**_listed(idea, one), "description": said(f"<p>{idea.title}.</p>"), "author": _PERSON}
    return {**row, "updatedAt": f"{idea.published.isoformat()}Z", "conclusions": said(idea.answer)}


def meeting(_one: Demarche, held: Meeting, stamp: str) -> Any:
    """Return a meeting."""
    return {
        "id": str(held.id),
        "title": said(held.title),
        "description": said(words.NOTICE),
        "startTime": f"{held.starts.isoformat()}Z",
        "endTime": None,
        "closed": held.attendees is not None,
        "isWithdrawn": held.cancelled,
        "typeOfMeeting": held.channel,
        "privateMeeting": False,
        "transparent": True,
        "attendeeCount": held.attendees,
        "contributionCount": None if held.attendees is None else held.attendees // 3,
        "closingReport": said(held.report),
        "address": None,
        "location": said(held.spot.label),
        "coordinates": _point(held.spot),
        "updatedAt": stamp,
        "publishedAt": None,
        "author": _PERSON,
    }


def result(one: Demarche, promise: Promise, stamp: str) -> Any:
    """Return a result with what was said of it since."""
    entries = [
        {"entryDate": str(day), "title": said(label), "description": said(words.NOTICE), "updatedAt": stamp}
        for day, label in promise.entries
    ]
    linked = promise.idea_ids if one.kind == "propositions" else ()
    return {
        "id": str(promise.id),
        "title": said(promise.title),
        "description": said(words.NOTICE),
        "startDate": str(promise.starts),
        "endDate": _day(promise.due),
        "progress": promise.progress,
        "status": {"key": promise.status, "name": said(promise.status)},
        "parent": None,
        "timelineEntries": entries,
        "updatedAt": stamp,
        "proposals": [{"id": str(number)} for number in linked],
    }


def post(one: Demarche, _again: Demarche, stamp: str) -> Any:
    """Return the news of a process."""
    title = said(f"Suivi de la démarche : {one.title}")
    return {"id": str(one.id), "title": title, "updatedAt": stamp, "publishedAt": stamp, "author": _PERSON}


def _listed(idea: Idea, one: Demarche) -> Any:
    return {
        "id": str(idea.id),
        "reference": f"DEMO-{idea.id}",
        "title": said(idea.title),
        "totalCommentsCount": idea.comments,
        "scope": {"name": said(one.district)},
        **_facets(one),
    }


def _facets(one: Demarche) -> Any:
    return {"category": {"name": said(one.theme)}, "taxonomies": [{"name": said(one.theme)}]}


def _point(spot: Spot | None) -> Any:
    return {"latitude": spot.lat, "longitude": spot.lon} if spot else None


def _day(day: object) -> str | None:
    return str(day) if day else None
