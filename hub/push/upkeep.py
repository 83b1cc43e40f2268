"""What is forgotten of sendings, once a day: keys, snapshots left open, receipts whose time is over."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import delete

from hub.clock import months_ago, today
from hub.db import writing
from hub.models import PushReceipt
from hub.push import calls
from hub.push.sandbox import reset_all
from hub.push.snapshots import expire

SUNDAY = 6


def keep_house() -> None:
    """Forget what has had its time; on Sundays, put the sandboxes back."""
    with writing() as connection:
        calls.sweep(connection)
        expire(connection)
        over = PushReceipt.received_at < months_ago(current_app.config["KEEP_RECEIPTS_MONTHS"])
        connection.execute(delete(PushReceipt).where(over))
    if today().weekday() == SUNDAY:
        reset_all()
