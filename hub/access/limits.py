"""How often something may be asked: counted in the database, so that all processes share the count (`stack.md` §6)."""

from __future__ import annotations

import time
from functools import cache
from threading import Lock
from typing import Any

from flask import current_app
from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import Connection, case, delete, func, literal, select
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import TooManyRequests

from hub.db import db, insertion_of, writing
from hub.models.audit import Rate

FEW = 1024
"""How many counts a process keeps before it looks for those that are over."""
HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


class SqlStorage(Storage):
    """Fixed windows kept in the table `rate`: one upsert for each hit."""

    STORAGE_SCHEME = ["hubsql"]  # noqa: RUF012 — declared so by `limits`
    base_exceptions = DBAPIError

    def __init__(self, uri: str | None = None, **_options: Any) -> None:
        super().__init__(uri)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more hits in the window of `expiry` seconds; return how many there are."""
        at = int(time.time())
        with writing() as connection:
            over = Rate.ends <= at
            insertion = insertion_of(connection, Rate).values(key=key, hits=amount, ends=at + expiry)
            counted = insertion.on_conflict_do_update(
                index_elements=[Rate.key],
                set_={
                    "hits": case((over, amount), else_=Rate.hits + amount),
                    "ends": case((over, at + expiry), else_=Rate.ends),
                },
            )
            return int(connection.execute(counted.returning(Rate.hits)).scalar_one())

    def get(self, key: str) -> int:
        """Return how many hits the current window holds."""
        row = self._row(key)
        return row.hits if row else 0

    def get_expiry(self, key: str) -> float:
        """Return the second at which the current window ends."""
        row = self._row(key)
        return float(row.ends) if row else time.time()

    def check(self) -> bool:
        """Tell whether the database answers."""
        with db.engine.connect() as connection:
            return connection.scalar(select(literal(1))) == 1

    def reset(self) -> int:
        """Forget every count; return how many there were."""
        with writing() as connection:
            number = connection.scalar(select(func.count()).select_from(Rate)) or 0
            connection.execute(delete(Rate))
        return number

    def clear(self, key: str) -> None:
        """Forget one count."""
        with writing() as connection:
            connection.execute(delete(Rate).where(Rate.key == key))

    def _row(self, key: str) -> Any:
        with db.engine.connect() as connection:
            living = select(Rate.hits, Rate.ends).where(Rate.key == key, Rate.ends > int(time.time()))
            return connection.execute(living).one_or_none()


class ProcessStorage(Storage):
    """Fixed windows kept by the process; those that are over are forgotten when there are twice as many as were left.

    The one of `limits` starts a thread for nearly each hit, for which the request then waits.
    """

    STORAGE_SCHEME = ["hubprocess"]  # noqa: RUF012 — declared so by `limits`
    base_exceptions = ValueError

    def __init__(self, uri: str | None = None, **_options: Any) -> None:
        super().__init__(uri)
        self._windows: dict[str, tuple[int, float]] = {}
        self._many, self._lock = FEW, Lock()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more hits in the window of `expiry` seconds; return how many there are."""
        at = time.time()
        with self._lock:
            hits, ends = self._windows.get(key, (0, 0.0))
            hits, ends = (hits + amount, ends) if ends > at else (amount, at + expiry)
            self._windows[key] = (hits, ends)
            if len(self._windows) > self._many:
                self._windows = {name: window for name, window in self._windows.items() if window[1] > at}
                self._many = max(FEW, 2 * len(self._windows))
        return hits

    def get(self, key: str) -> int:
        """Return how many hits the current window holds."""
        hits, ends = self._windows.get(key, (0, 0.0))
        return hits if ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """Return the second at which the current window ends."""
        at = time.time()
        ends = self._windows.get(key, (0, at))[1]
        return ends if ends > at else at

    def check(self) -> bool:
        """Tell whether the process counts: it does."""
        return True

    def reset(self) -> int:
        """Forget every count; return how many there were."""
        number = len(self._windows)
        self._windows.clear()
        return number

    def clear(self, key: str) -> None:
        """Forget one count."""
        self._windows.pop(key, None)


shared = FixedWindowRateLimiter(SqlStorage())
in_memory = FixedWindowRateLimiter(ProcessStorage())
"""Counted in each process: writing to the database for each read would make readers wait for harvests."""


def hit(setting: str, who: str, limiter: FixedWindowRateLimiter | None = None, *, cost: int = 1) -> None:
    """Count `cost` more against the rate of a setting. Raises TooManyRequests, with the time to wait, beyond it.

    Beyond it nothing is counted: who asks too often neither waits for a writer nor makes others wait.
    """
    item, limiter = _item(current_app.config[setting]), limiter or shared
    if limiter is shared:
        db.session.rollback()  # no connection is held while another is asked for
    if not (limiter.test(item, setting, who, cost=cost) and limiter.hit(item, setting, who, cost=cost)):
        ends = limiter.get_window_stats(item, setting, who).reset_time
        raise TooManyRequests(retry_after=max(1, int(ends - time.time())))


def look(setting: str, who: str) -> None:
    """Raise TooManyRequests where nothing is left of a rate; nothing is counted, hence no writer is waited for."""
    db.session.rollback()  # no connection is held while another is asked for
    _, remaining, ends = left(setting, who)
    if not remaining:
        raise TooManyRequests(retry_after=max(1, ends))


def left(setting: str, who: str, limiter: FixedWindowRateLimiter | None = None) -> tuple[int, int, int]:
    """Return a rate's limit, how many calls are left of it, and in how many seconds it begins anew."""
    item = _item(current_app.config[setting])
    stats = (limiter or shared).get_window_stats(item, setting, who)
    return item.amount, stats.remaining, max(0, int(stats.reset_time - time.time()))


def headers_left(setting: str, who: str, limiter: FixedWindowRateLimiter | None = None) -> dict[str, str]:
    """Return the same, as headers of an answer."""
    return dict(zip(HEADERS, map(str, left(setting, who, limiter)), strict=True))


@cache
def _item(rate: str) -> RateLimitItem:
    return parse(rate)


def sweep(connection: Connection) -> None:
    """Remove the counts whose window is over."""
    connection.execute(delete(Rate).where(Rate.ends <= int(time.time())))
