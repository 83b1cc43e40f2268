"""A small connector that keeps every rule: the one to copy, and the one that the broken ones are made from.

It reads the ideas of `sample_site.py`, in the order of their last change, page after page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Checkpoint, Endpoint, Option, Record, RecordRefused, SourceChanged, Walk
from connectors.fetch import Fetch
from connectors.text import plain
from schemas.personal import masked

NAME = "exemple"
LABEL = "Boîte à idées (exemple)"
VERSION = "1.0"
CONTRACT = 1
VERSIONS = ("1",)
PAUSE, READ_TIMEOUT = 1.0, 30.0
OPTIONS = (
    Option("process", "Identifiant de la démarche", required=True),
    Option("token", "Jeton d'accès", kind="secret"),
)
PERSONAL = ("/ideas/*/author",)
FIELDS = {
    "contribution.process_id": "option process",
    "contribution.type": "proposition, pour toute idée",
    "contribution.title": "ideas.title",
    "contribution.url": "ideas.slug",
    "contribution.published_at": "ideas.written, à l'heure de Paris",
    "contribution.themes_raw": "ideas.tags, triés : la plateforme n'a pas d'ordre",
    "contribution.votes": "ideas.votes",
    "contribution.votes_state": "ideas.votes nul : votes masqués",
}
_PARIS = ZoneInfo("Europe/Paris")


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Yield the ideas changed since the cursor, that instant included. Raises SourceDown, SourceChanged."""
    process = process_of(endpoint)
    cursor = endpoint.cursor or ""
    for page in pages(endpoint, fetch):
        for rank, row in enumerate(page["ideas"]):
            yield read(row, process, f"/ideas/{rank}")
        cursor = max(cursor, latest(page))
        yield Checkpoint(cursor, page["total"], end=page["whole"])


def process_of(endpoint: Endpoint) -> str:
    """Return the process that the Source declares. Raises SourceChanged, naming the option, when it does not."""
    process = str(endpoint.options.get("process") or "")
    if not process:
        raise SourceChanged("L'option « Identifiant de la démarche » manque.")
    return process


def pages(endpoint: Endpoint, fetch: Fetch) -> Iterator[dict[str, Any]]:
    """Yield each page, the ideas met before left out; `whole` on the last one when none can have been missed.

    Raises SourceChanged when pages come back, or when ideas are missing although the total did not move.
    """
    seen: set[str] = set()
    number, first = 1, None
    while number is not None:
        page = ask(endpoint, fetch, number)
        rows, total = page["ideas"], page["total"]
        first = total if first is None else first
        page["ideas"] = [row for row in rows if not isinstance(row, dict) or row.get("id") not in seen]
        if number > 1 and not page["ideas"]:
            raise SourceChanged("La plateforme rend toujours les mêmes idées : la lecture s'arrête.")
        seen |= {str(row.get("id")) if isinstance(row, dict) else f"{number}/{rank}" for rank, row in enumerate(rows)}
        page["whole"] = page["next"] is None and len(seen) == total == first
        if page["next"] is None and len(seen) < total == first:
            raise SourceChanged(f"La plateforme annonce {total} idées et n'en donne que {len(seen)}.")
        yield page
        number = page["next"]


def ask(endpoint: Endpoint, fetch: Fetch, number: int) -> dict[str, Any]:
    """Return one page as the platform gives it, its shape checked. Raises SourceDown, SourceChanged."""
    params = {"page": str(number), "since": endpoint.cursor or ""}
    page = fetch.get(f"{endpoint.url}/api/ideas", params).json()
    for name, kind in (("ideas", list), ("total", int), ("next", int | None)):
        if not isinstance(page, dict) or name not in page or not isinstance(page[name], kind):
            raise SourceChanged(f"La réponse de la plateforme n'a plus la forme attendue : « {name} ».")
    return dict(page)


def latest(page: dict[str, Any]) -> str:
    """Return the greatest stamp of the ideas of a page: an instant of the platform, never of the hub."""
    return max(
        (str(row["updated"]) for row in page["ideas"] if isinstance(row, dict) and row.get("updated")), default=""
    )


def read(row: Any, process: str, pointer: str) -> Record | RecordRefused:
    """Return the record of an idea, or why it is none."""
    if not isinstance(row, dict):
        return RecordRefused("fiche_illisible", pointer, kind="contribution")
    if not isinstance(row.get("id"), str) or not row["id"]:
        return RecordRefused("identifiant_manquant", pointer, kind="contribution")
    title = plain(row.get("title"))
    if title is None:
        return RecordRefused("champ_manquant", pointer, {"key": "title"}, "contribution", row["id"])
    votes = row.get("votes")
    data = {
        "process_id": process,
        "type": "proposition",
        "title": masked(title),
        "url": f"https://exemple.fr/idees/{row['slug']}",
        "published_at": instant(row["written"]),
        "themes_raw": sorted(row.get("tags") or ()) or None,
    }
    kept = {name: value for name, value in data.items() if value is not None}
    counted = {"votes": votes} if votes is not None else {"votes": None, "votes_state": "masque"}
    return Record("contribution", row["id"], {**kept, **counted}, pointer)


def instant(text: str) -> str:
    """Return in UTC an hour that the platform writes without its zone."""
    return datetime.fromisoformat(text).replace(tzinfo=_PARIS).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
