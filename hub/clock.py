"""The hub's only clock, and the identifiers of its runs: both can be fixed, so that two machines give equal answers."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app

PARIS = ZoneInfo("Europe/Paris")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def now() -> datetime:
    """Return the current instant in UTC, or the one fixed by the setting CLOCK."""
    fixed = current_app.config["CLOCK"]
    return datetime.fromisoformat(fixed).astimezone(UTC) if fixed else datetime.now(UTC)


def today() -> date:
    """Return the current day in Paris, where the network works."""
    return now().astimezone(PARIS).date()


def paris_day(instant: str) -> date:
    """Return the day in Paris of an instant written `2026-01-31T23:30:00Z`."""
    return datetime.fromisoformat(instant).astimezone(PARIS).date()


def months_ago(number: int) -> str:
    """Return the instant `number` twelfths of a year ago, as it is written."""
    return iso(now() - timedelta(days=365 * number / 12))


def iso(instant: datetime) -> str:
    """Return `2026-01-31T12:00:00Z`, the only written form of an instant in the hub."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ulid(instant: datetime) -> str:
    """Return a new ULID of 26 characters (github.com/ulid/spec): 48 bits of milliseconds, 80 random bits."""
    number = int(instant.timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
