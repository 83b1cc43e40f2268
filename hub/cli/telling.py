"""What a run gave, printed in words: its state, its numbers, its problems, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from sqlalchemy import func, or_, select

from hub.db import db
from hub.harvest.verdicts import sentence
from hub.models import Issue, Run, Source
from hub.models.run import STATE_LABELS

COUNTS = {
    "received": "lues",
    "created": "nouvelles",
    "updated": "modifiées",
    "unchanged": "inchangées",
    "repeated": "répétées",
    "deleted": "retirées par la source",
    "not_seen": "non revues",
    "gone": "disparues de la source",
    "restored": "revenues",
    "problems": "mises de côté",
    "requests": "requêtes",
    "not_modified": "réponses inchangées",
}
EXIT = {"complete": 0, "queued": 0, "running": 0, "partial": 3, "held": 4, "superseded": 4, "rejected": 4}
"""The exit code of a run by its state (`harvest.md` §17); 5 for all others."""
NEXT = (
    "À décider : « hub hold show {slug} » montre ce qui changerait ; puis « hub hold approve {slug} », "
    "« hub hold reject {slug} » ou « hub hold allow-once {slug} », avec --motive."
)


def numbers(counts: Mapping[str, Any]) -> str:
    """Return the figures of a run that are not zero, in words."""
    return ", ".join(f"{counts[name]} {word}" for name, word in COUNTS.items() if counts.get(name)) or "rien de lu"


def tell(source: Source, run: Run) -> int:
    """Print what happened to a run; return the exit code that says it."""
    click.echo(f"{source.slug} · {run.ref} : {STATE_LABELS[run.state]} ({numbers(run.counts)}).")
    if run.message:
        click.echo(f"  {run.message}")
    met = or_(Issue.run_id == run.id, Issue.last_run_id == run.id)
    found = select(Issue.rule, func.count(), func.min(Issue.message)).where(Issue.source_id == source.id, met)
    for rule, number, message in db.session.execute(found.group_by(Issue.rule).order_by(func.count().desc())):
        click.echo(f"  {number} × {rule} : {message}")
    if run.state == "held":
        for verdict in run.verdicts:
            click.echo(f"  {sentence(verdict)}")
        click.echo(f"  {NEXT.format(slug=source.slug)}")
    return EXIT.get(run.state, 5)
