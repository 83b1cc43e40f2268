"""What sends to the hub in tests: senders, and records as they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.records import record_of
from hub.harvest.founding import load_register
from hub.push.batch import Asked, receive
from hub.push.report import Report
from hub.push.senders import Sender
from hub.push.taken import Sent
from tests.make import NANTES


def sender(siren: str = NANTES, **values: Any) -> Sender:
    """Who sends for that metropole, the register of metropoles being loaded."""
    load_register()
    return Sender(siren, **values)


def demarche(remote_id: str = "118", **data: Any) -> dict[str, Any]:
    """A valid démarche as it is sent."""
    return {
        "kind": "process",
        "remote_id": remote_id,
        "data": {"title": f"Démarche {remote_id}", "state": "en_cours", **data},
    }


def send(*records: Mapping[str, Any], by: Sender | None = None, **asked: Any) -> Report:
    """Send records as a JSON batch; return the report."""
    items = [Sent(rank, record_of(record, f"/records/{rank}")) for rank, record in enumerate(records)]
    return receive(by or sender(), items, Asked(form="document", **asked))
