"""The groups of the kit that need the store, by their letter: one more is one more line here."""

from __future__ import annotations

from collections.abc import Callable

from tests.conformance import breaking, store
from tests.conformance.desk import Desk

STORED: dict[str, Callable[[Desk], None]] = {
    "C": store.idempotency,
    "F": breaking.outages,
    "G": breaking.killing,
    "H": store.absence,
    "H2": store.upheaval,
    "J": store.provenance,
    "L": store.bad_records,
    "M": store.privacy,
}
