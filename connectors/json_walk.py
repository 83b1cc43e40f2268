"""One walk over a declared JSON list: what it has met, when it is over, and whether all of it was seen."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from connectors.answer import Answer
from connectors.base import Checkpoint, Record, RecordRefused, SourceChanged, Unchanged, Walk
from connectors.fetch import Fetch
from connectors.json_items import Rows, is_lines, lines, refuse_errors, rows
from connectors.json_pages import Place, Said, asked, first, following, noted, said
from connectors.json_request import Plan
from connectors.json_since import Since
from connectors.sieve import Sieve

EMPTY_PAGES = 10
"""Pages without rows that may follow each other while a next one is still announced."""

Read = Record | RecordRefused


class JsonWalk:
    """Counts over one list: `read` the rows, `repeats` those met on an earlier page too, `doubles` two of one key."""

    def __init__(self, plan: Plan, cursor: str, fetch: Fetch) -> None:
        self.plan, self.fetch = plan, fetch
        self.since = Since(plan.since["from"], cursor) if plan.since else None
        self.places: set[Place] = set()
        self.contents: set[str] = set()
        self.ids: set[str] = set()
        self.read = self.repeats = self.doubles = self.empty = 0
        self.totals: set[int | None] = set()
        self.named = False
        self.sieve = Sieve(plan.mapping)
        self.waiting: Rows = []

    def walk(self) -> Walk:
        """Yield records, unchanged pages and checkpoints until the platform's own sign of the end."""
        place: Place | None = first(self.plan)
        while place is not None:
            if place in self.places:
                raise SourceChanged("La page suivante est une page déjà lue : la lecture s'arrête.")
            self.places.add(place)
            answer = self.fetch.get(*self._asked(place))
            page = noted(answer.note, self.plan.digest) if answer.unchanged and not self.plan.mapping.grouped else None
            if page:
                yield Unchanged(answer.request)
            else:
                page = yield from self._page(answer, place)
            self._count(page, answer)
            place = following(self.plan, place, page, self.read)
            yield self._checkpoint(page, ended=place is None)

    def _asked(self, place: Place) -> tuple[str, dict[str, str]]:
        url, params = asked(self.plan, place)
        if self.since and self.since.bound and url == self.plan.url:
            params[self.plan.since["param"]] = self.since.bound
        return url, params

    def _page(self, answer: Answer, place: Place) -> Generator[Read, None, Said]:
        """Yield the records of a page; return what it says. Noted only if all its rows could be read."""
        if is_lines(answer, declared=self.plan.lines):
            body, found = None, lines(answer)
        else:
            body = answer.json()
            refuse_errors(body)
            found = rows(body, self.plan.items)
        count = len(found)
        stamp = ""
        if self.since:
            stamps = [self.since.stamp(row) for _, row in found]
            stamp = max(stamps, default="")
            found = [one for one, mark in zip(found, stamps, strict=True) if self.since.keeps(mark)]
        page = said(self.plan, body, count, stamp)
        sound = yield from self._grouped(page, place, found) if self.plan.mapping.grouped else self._records(found)
        if sound:
            self.fetch.note(answer, page.note(self.plan.digest))
        return page

    def _records(self, found: Rows) -> Generator[Read, None, bool]:
        """Yield the record of each row; return whether all could be read. A second row of one key is refused."""
        here: dict[str, dict[str, Any]] = {}
        read = self.plan.mapping.record
        sound = True
        for pointer, row in found:
            item = read(row, pointer) if isinstance(row, dict) else self._no_object(pointer)
            if isinstance(item, RecordRefused):
                sound = False
            elif item.remote_id not in here:
                here[item.remote_id] = item.data
            elif here[item.remote_id] != item.data:
                sound = False
                item = self._double(item)
            yield item
        known = len(self.ids)
        self.ids.update(here)
        fresh = len(self.ids) - known
        self.repeats += len(here) - fresh
        if here and not fresh and sound:
            raise SourceChanged("La plateforme rend toujours les mêmes lignes : la lecture s'arrête.")
        return sound

    def _no_object(self, pointer: str) -> RecordRefused:
        return RecordRefused("fiche_illisible", pointer, kind=self.plan.mapping.kind)

    def _double(self, record: Record) -> RecordRefused:
        self.doubles += 1
        words = {"value": record.remote_id, "pointer": ""}
        return RecordRefused("identifiant_en_double", record.pointer, words, record.kind, record.remote_id)

    def _grouped(self, page: Said, place: Place, found: Rows) -> Generator[Read, None, bool]:
        """Yield the records of finished groups; such a page is never noted, for the next one may go on with it."""
        whole = [(pointer, row) for pointer, row in found if isinstance(row, dict)]
        yield from (self._no_object(pointer) for pointer, row in found if not isinstance(row, dict))
        ended = following(self.plan, place, page, self.read + page.rows) is None
        self.waiting = yield from self.sieve.records([*self.waiting, *whole], ended)
        return False

    def _count(self, page: Said, answer: Answer) -> None:
        """Take a page into account. Raises SourceChanged when pages go round in circles or are empty without end."""
        if page.rows and answer.sha256 in self.contents:
            raise SourceChanged("La plateforme rend toujours la même page : la lecture s'arrête.")
        self.contents.add(answer.sha256)
        self.read += page.rows
        self.totals.add(page.total)
        self.named = self.named or page.named
        self.empty = 0 if page.rows else self.empty + 1
        if self.empty > EMPTY_PAGES:
            raise SourceChanged("La plateforme annonce sans fin des pages suivantes, et elles sont vides.")
        if self.since:
            self.since.saw(page.stamp)

    def _checkpoint(self, page: Said, *, ended: bool) -> Checkpoint:
        """Say where the walk is. The cursor moves at the end only: rows may come in any order."""
        if ended and self.doubles * 100 > self.read:
            names = ", ".join(self.plan.mapping.key)
            raise SourceChanged(
                f"Plusieurs lignes ont la même clé ({names}) : les colonnes déclarées ne suffisent pas."
            )
        end = ended and self._is_whole(page) and self._is_expected()
        cursor = "" if self.since is None else self.since.greatest if end else self.since.cursor
        return Checkpoint(cursor, None if self.plan.mapping.grouped else page.total, end)

    def _is_whole(self, page: Said) -> bool:
        """Tell whether every row was surely seen: the total is reached, or the end was named; nothing moved."""
        if page.total is not None and self.read - self.repeats < page.total:
            return False
        style = self.plan.paging["style"]
        if len(self.totals) > 1:
            return False
        if style in ("page", "offset"):
            return self.repeats == 0
        return style == "none" or self.named or page.total is not None

    def _is_expected(self) -> bool:
        """Tell whether there are as many rows as declared: nothing is concluded from a thin or a huge list."""
        least = 0 if self.since and self.since.bound else self.plan.expect.get("min_rows", 0)
        return least <= self.read <= self.plan.expect.get("max_rows", self.read)
