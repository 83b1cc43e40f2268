"""What the door says of records that nobody sends yet: the same check, and nothing written (`push-api.md` P2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.clock import today
from hub.db import db
from hub.harvest.door import Context, check
from hub.models import Metropole
from hub.push.order import settled
from hub.push.taken import Sent, taken_of


def validated(sendings: Sequence[Sent]) -> dict[str, Any]:
    """Return `{counts, results}`: every problem of each record, whatever metropole it speaks of."""
    sirens = frozenset(db.session.scalars(db.select(Metropole.siren)))
    door = Context("verification", None, sirens, None, today())
    taken = [taken_of(sent, found) for sent in sendings for found in (check(sent.item, door),)]
    for each in settled(taken):
        each.status = each.status or ("quarantined" if each.checked.problems else "valid")
    wrong = sum(each.status == "quarantined" for each in taken)
    counts = {"received": len(taken), "valid": len(taken) - wrong, "problems": wrong}
    return {"counts": counts, "results": [each.result() for each in taken]}
