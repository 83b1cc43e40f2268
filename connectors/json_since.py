"""Reading only what changed: the source's own stamps, an inclusive bound, an overlap (`harvest.md` §7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from connectors.base import SourceChanged
from connectors.casts import Unreadable, caster
from connectors.paths import way

OVERLAP = timedelta(hours=6)
"""Longer than a walk lasts: a row changed behind the reader bears a stamp older than the greatest that it then meets.

Five minutes (`harvest.md` §7) are less than the 500 pages of 50 000 rows take, at one request a second.
"""
_DAY_LENGTH = len("2026-03-15")


class Since:
    """The stamps of one walk: where it begins, the greatest one seen. The cursor never goes back."""

    def __init__(self, column: str, cursor: str) -> None:
        self._find, self._read = way(column), caster("datetime")
        self.cursor = self.greatest = cursor
        self.bound = _earlier(cursor) if cursor else ""

    def stamp(self, row: Any) -> str:
        """Return when the source says it changed a row, `""` when it does not say it to the day."""
        try:
            stamp = (self._read(self._find(row))[0] or "") if isinstance(row, dict) else ""
        except Unreadable:
            return ""
        return stamp if len(stamp) >= _DAY_LENGTH else ""

    def keeps(self, stamp: str) -> bool:
        """Tell whether a row is to be read: platforms may ignore the bound they were given."""
        return not stamp or stamp >= self.bound[: len(stamp)]

    def saw(self, stamp: str) -> None:
        """Remember a stamp."""
        self.greatest = max(self.greatest, stamp)


def _earlier(cursor: str) -> str:
    """Return the instant, or the day, from which to read again."""
    try:
        moment = datetime.fromisoformat(cursor)
    except ValueError as error:
        raise SourceChanged("Le point de reprise enregistré n'est pas une date.") from error
    if len(cursor) == _DAY_LENGTH:
        return (moment - OVERLAP).date().isoformat()
    return (moment - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
