"""The datasets that an organisation publishes on data.gouv.fr, as documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import schemas
from connectors.base import Checkpoint, Record, RecordRefused, SourceChanged, Walk
from connectors.casts import Unreadable, cast
from connectors.fetch import Fetch

MASK = (
    "data{id,title,page,created_at,last_update,archived,deleted,private,"
    "resources{id,title,type,format,mime,latest,last_modified}},total,page,page_size,next_page"
)
"""All that is asked: neither `owner` nor `contact_points`, who are persons."""

_SIZE = 100


def documents(url: str, organization: str, fetch: Fetch) -> Walk:
    """Yield each published dataset and each of its PDF files, from the oldest: what is new comes at the end."""
    seen: set[str] = set()
    number, first = 1, None
    while True:
        page = _page(url, organization, number, fetch)
        if page is None:
            yield Checkpoint(str(number), None, end=len(seen) == first)
            return
        first = page["total"] if first is None else first
        fresh = [row for row in page["data"] if not isinstance(row, dict) or row.get("id") not in seen]
        if number > 1 and page["data"] and not fresh:
            raise SourceChanged("Le catalogue rend toujours les mêmes jeux de données : la lecture s'arrête.")
        unread = 0
        for rank, row in enumerate(page["data"]):
            if not isinstance(row, dict) or not isinstance(row.get("id"), str):
                unread += 1
                yield RecordRefused("identifiant_manquant", f"/data/{rank}", kind="document")
            elif row["id"] not in seen:
                seen.add(row["id"])
                yield from _dataset(row, f"/data/{rank}")
        if page["next_page"] is None:
            whole = first == page["total"] and len(seen) + unread == first
            yield Checkpoint(str(number), end=whole)
            return
        if not page["data"]:
            raise SourceChanged("Le catalogue annonce une suite et ne la donne pas.")
        yield Checkpoint(str(number))
        number += 1


def _page(url: str, organization: str, number: int, fetch: Fetch) -> dict[str, Any] | None:
    """Return one page; None past the end, which answers 404 when the list shrank while it was read."""
    params = {"organization": organization, "page": str(number), "page_size": str(_SIZE), "sort": "created"}
    missing = (404,) if number > 1 else ()
    answer = fetch.get(f"{url.rstrip('/')}/api/1/datasets/", params, headers={"X-Fields": MASK}, missing=missing)
    if answer.status == 404:
        return None
    page = answer.json()
    for name, kind in (("data", list), ("total", int)):
        if not isinstance(page, dict) or not isinstance(page.get(name), kind) or "next_page" not in page:
            raise SourceChanged(f"Le catalogue n'a plus la forme attendue : « {name} » ou « next_page ».")
    return dict(page)


def _dataset(row: Mapping[str, Any], pointer: str) -> Iterator[Record | RecordRefused]:
    """Yield a dataset and its PDF files, unless it is archived, deleted or private."""
    if row.get("archived") or row.get("deleted") or row.get("private"):
        return
    yield _document(row, pointer, "page", "created_at", {"type": "jeu_de_donnees"})
    resources = row.get("resources")
    for rank, resource in enumerate(resources if isinstance(resources, list) else ()):
        if not isinstance(resource, dict) or not isinstance(resource.get("id"), str):
            continue
        if resource.get("type") in ("main", "documentation") and str(resource.get("format")).casefold() == "pdf":
            constants = {"media_type": "application/pdf"}
            yield _document(resource, f"{pointer}/resources/{rank}", "latest", "last_modified", constants)


def _document(
    row: Mapping[str, Any], pointer: str, address: str, stamp: str, constants: Mapping[str, str]
) -> Record | RecordRefused:
    try:
        title, url = cast("text", row.get("title"))[0], cast("text", row.get(address))[0]
        published = cast("datetime", row.get(stamp))[0]
    except Unreadable as error:
        words = {"value": error.value, "pointer": "/published_at"}
        return RecordRefused(error.rule, pointer, words, "document", row["id"])
    if title is None:
        return RecordRefused("champ_manquant", pointer, schemas.lacking("document", "title"), "document", row["id"])
    data = {"title": title, "url": url, "published_at": published, **constants}
    return Record("document", row["id"], {name: value for name, value in data.items() if value is not None}, pointer)
