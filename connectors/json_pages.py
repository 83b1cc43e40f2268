"""From one page of a list to the next, in the five ways that are declared (`platforms/files.md` §10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from connectors.base import SourceChanged
from connectors.json_request import Plan
from connectors.paths import way

Place = str | int
"""Where the walk is: an address, a cursor (`""` for the first), the number of a page or of a row."""

_NUMBERED = ("page", "offset")


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says besides its rows; `named`: it says where the next one is, if only that there is none.

    It is all that is remembered of a page between two runs.
    """

    rows: int
    total: int | None = None
    pages: int | None = None
    next: str | None = None
    named: bool = False
    stamp: str = ""

    def note(self, digest: str) -> dict[str, Any]:
        """Return the note to keep with the answer; it holds for one declaration only."""
        return {"declaration": digest, **asdict(self)}


def noted(note: Any, digest: str) -> Said | None:
    """Return what an earlier run noted of a page under the same declaration, None when it did not."""
    if not isinstance(note, Mapping) or note.get("declaration") != digest:
        return None
    return Said(**{name: value for name, value in note.items() if name != "declaration"})


def said(plan: Plan, body: Any, rows: int, stamp: str) -> Said:
    """Return what a page says of its list. Raises SourceChanged when it does not say it as declared."""
    paging = plan.paging
    total = _count(body, paging["total"]) if "total" in paging else None
    pages = _count(body, paging["pages"]) if "pages" in paging else None
    if "path" not in paging:
        return Said(rows, total, pages, stamp=stamp)
    found = way(paging["path"])(_object(body))
    named = found is not None or _is_there(body, paging["path"])
    if "more" in paging:
        more = way(paging["more"])(_object(body))
        if not isinstance(more, bool):
            raise SourceChanged(f"La réponse de la plateforme ne dit plus s'il y a une suite : « {paging['more']} ».")
        found, named = (found, True) if more else (None, True)
        if more and found in (None, ""):
            raise SourceChanged("La plateforme annonce une suite sans dire où elle est.")
    if isinstance(found, int) and not isinstance(found, bool) and paging["style"] == "cursor":
        found = str(found)
    if found not in (None, False, "") and not isinstance(found, str):
        raise SourceChanged(f"La page suivante n'est plus dite comme prévu : « {paging['path']} ».")
    return Said(rows, total, pages, found or None, named, stamp)


def first(plan: Plan) -> Place:
    """Return where a walk begins."""
    if plan.paging["style"] in _NUMBERED:
        start: int = plan.paging.get("first", 1 if plan.paging["style"] == "page" else 0)
        return start
    return plan.url if plan.paging["style"] == "next_url" else ""


def asked(plan: Plan, place: Place) -> tuple[str, dict[str, str]]:
    """Return the address and the parameters of a page. A next address is followed as it is given."""
    paging, params = plan.paging, dict(plan.params)
    if paging["style"] == "next_url" and place != plan.url:
        return str(place), {}
    if paging["style"] in _NUMBERED or (paging["style"] == "cursor" and place):
        params[paging["name"]] = str(place)
    if "size_name" in paging:
        params[paging["size_name"]] = str(paging["size"])
    return plan.url, params


def following(plan: Plan, place: Place, page: Said, read: int) -> Place | None:
    """Return where the next page is, None after the last; `read` counts the rows so far. Raises SourceChanged."""
    style = plan.paging["style"]
    if style == "none":
        return None
    if style == "cursor":
        return page.next
    if style == "next_url":
        return page.next and _followed(str(asked(plan, place)[0]), page.next)
    ended = page.rows == 0 or (page.total is not None and read >= page.total)
    if ended or (page.pages is not None and int(place) - int(first(plan)) + 1 >= page.pages):
        return None
    return int(place) + (1 if style == "page" else page.rows)


def _followed(here: str, found: str) -> str:
    """Return the next address, on the same host; behind a proxy, platforms write http for https."""
    try:
        before, after = urlsplit(here), urlsplit(urljoin(here, found))
        same = before.hostname == after.hostname and _port(before.port) == _port(after.port)
    except ValueError as error:
        raise SourceChanged("L'adresse de la page suivante n'est pas lisible.") from error
    if not same or after.scheme not in ("http", "https"):
        raise SourceChanged(f"L'adresse a déménagé vers {after.scheme}://{after.hostname or ''}{after.path}.")
    return urlunsplit((before.scheme, before.netloc, after.path, after.query, ""))


def _port(port: int | None) -> int | None:
    return None if port in (80, 443) else port


def _object(body: Any) -> Mapping[str, Any]:
    return body if isinstance(body, Mapping) else {}


def _is_there(body: Any, path: str) -> bool:
    """Tell whether a path is written in the answer, be it null."""
    above, _, name = path.rpartition(".")
    holder = way(above)(_object(body)) if above else body
    return isinstance(holder, Mapping) and name in holder


def _count(body: Any, path: str) -> int:
    """Return a number of rows or pages. Raises SourceChanged when it is gone: missing is not zero."""
    found = way(path)(_object(body))
    if isinstance(found, str) and found.isascii() and found.isdigit():
        found = int(found)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise SourceChanged(f"La réponse de la plateforme ne dit plus combien il y en a : « {path} ».")
    return found
