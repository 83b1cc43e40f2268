"""Who is told what of a source, once for each change: rows written with the run, sent later (`harvest.md` §13, §16)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select

from hub.clock import iso, now
from hub.models import Notice, Run, Source
from hub.models.run import APPLIED_STATES, CAUSE_LABELS

METROPOLE, TECHNICAL, OPERATOR, COORDINATION = "metropole", "technique", "exploitant", "coordination"
ROLE_LABELS = {
    METROPOLE: "Administration de la métropole",
    TECHNICAL: "Contact technique de la métropole",
    OPERATOR: "Exploitation du hub",
    COORDINATION: "Coordination du réseau",
}
TOLD = {"access": (METROPOLE,), "contract": (OPERATOR, METROPOLE), "system": (OPERATOR,), "transient": ()}
"""Who is told at once, by cause; of a platform that does not answer, the technical contact after a day."""
NEXT = {
    "access": "Rétablissez l'accès (clé ou droit), puis prévenez la coordination : la lecture reprendra.",
    "contract": "L'équipe du hub regarde ; il n'y a rien à faire de votre côté.",
    "system": "La métropole n'est pas concernée.",
    "transient": "Le hub réessaie de lui-même.",
}
KEPT = "Les dernières données lues restent affichées, avec leur date."


def tell(connection: Connection, source: Any, run: Any, since: str) -> None:
    """Write the notices that a closed run calls for: held, failed, or well again. One for each change of state."""
    if run.state == "held":
        body, occasion = f"La dernière lecture attend une décision. {KEPT}", f"held:{held_since(connection, source.id)}"
        announce(connection, source, (METROPOLE, COORDINATION), occasion, "Moisson en attente de décision", body)
    if run.cause:
        body = f"{run.message or CAUSE_LABELS[run.cause]} {NEXT[run.cause]} {KEPT}"
        announce(connection, source, TOLD[run.cause], f"{run.cause}:{since}", CAUSE_LABELS[run.cause], body)
    elif source.ailing_since:
        told = connection.scalars(
            select(Notice.role).where(Notice.source_id == source.id, Notice.occasion.contains(f":{since}"))
        )
        announce(connection, source, sorted(set(told)), f"solved:{since}", "Lecture rétablie", "La source est lue.")


def remind(connection: Connection) -> None:
    """Write what time calls for: a source that ails for a day, then each week; a run held for seven days."""
    ailing = select(Source.__table__).where(Source.ailing_since.is_not(None))
    for source in connection.execute(ailing).all():
        lasting = now() - datetime.fromisoformat(source.ailing_since)
        if lasting < timedelta(days=1):
            continue
        weeks = lasting.days // 7
        stage = f"w{weeks}" if weeks else "24h"
        roles = TOLD[_last_cause(connection, source.id)] or (TECHNICAL,)
        body = f"La source n'est plus lue depuis le {source.ailing_since[:10]}. {KEPT}"
        announce(connection, source, roles, f"{stage}:{source.ailing_since}", "Source toujours en panne", body)
    held = select(Source.__table__).where(Source.id.in_(select(Run.source_id).where(Run.state == "held")))
    for source in connection.execute(held).all():
        since = held_since(connection, source.id)
        if datetime.fromisoformat(since) + timedelta(days=7) <= now():
            body = f"Une moisson attend une décision depuis le {since[:10]}. {KEPT}"
            announce(connection, source, (METROPOLE, COORDINATION), f"held:{since}:7d", "Décision attendue", body)


def held_since(connection: Connection, source_id: int) -> str:
    """Return since when a source waits for a decision: each night's run takes the place of the one before it."""
    mine = (Run.source_id == source_id, Run.writer == "harvest")
    decided = select(func.max(Run.id)).where(*mine, Run.state.in_((*APPLIED_STATES, "rejected")), Run.mode != "replay")
    waiting = select(func.min(Run.closed_at)).where(*mine, Run.state.in_(("held", "superseded")))
    last = connection.scalar(decided) or 0
    return connection.scalar(waiting.where(Run.id > last)) or iso(now())


def _last_cause(connection: Connection, source_id: int) -> str:
    """The cause of the last run of a source that ails."""
    failed = select(Run.cause).where(Run.source_id == source_id, Run.cause.is_not(None), Run.closed_at.is_not(None))
    return connection.scalar(failed.order_by(Run.id.desc()).limit(1)) or "transient"


def announce(connection: Connection, source: Any, roles: Any, occasion: str, subject: str, body: str) -> None:
    """Write a notice on a source to each role, once for the occasion."""
    for role in roles:
        name = f"{source.slug}:{occasion}:{role}"
        if connection.scalar(select(Notice.id).where(Notice.occasion == name)) is None:
            row = {"occasion": name, "source_id": source.id, "role": role, "created_at": iso(now()), "attempts": 0}
            connection.execute(insert(Notice).values(**row, subject=f"{source.name} : {subject}", body=body))
