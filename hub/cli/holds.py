"""`hub hold`: the runs that wait for a person — what they would change, and the three decisions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import click
from sqlalchemy import select

from hub.cli import given
from hub.cli.base import OnBaseGroup
from hub.cli.difference import lines
from hub.clock import now
from hub.db import db
from hub.errors import BadQuery
from hub.harvest.holds import allow_once, approve, differences, held_run, reject, tallies
from hub.harvest.registry import STEP_LABELS
from hub.harvest.verdicts import sentence
from hub.models import Run, Source
from hub.models.run import STATE_LABELS
from schemas import schema

which = click.argument("name", metavar="SOURCE|MOISSON")


@click.group(name="hold", cls=OnBaseGroup, help="Les moissons en attente de décision.")
def hold() -> None:
    """Gather the verbs of held runs."""


@hold.command(name="list", help="Liste les moissons en attente de décision.")
def listing() -> None:
    """Print one line for each held run, with its reasons."""
    query = select(Run, Source.slug).join(Source, Source.id == Run.source_id).where(Run.state == "held")
    found = db.session.execute(query.order_by(Run.id)).all()
    for run, slug in found:
        days = (now() - datetime.fromisoformat(run.closed_at or run.started_at)).days
        click.echo(f"{slug} · {run.ref} · depuis {days} j" if days else f"{slug} · {run.ref} · depuis aujourd'hui")
        for verdict in run.verdicts:
            click.echo(f"  {sentence(verdict)}")
    if not found:
        click.echo("Aucune moisson n'attend de décision.")


@hold.command(help="Montre ce qu'une moisson en attente changerait.")
@which
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, help="Nombre de fiches montrées.")
def show(name: str, limit: int) -> None:
    """Print before and after of each kind, the reasons, then each thing that would change."""
    run = _held(name)
    for kind, before, after, missing in tallies(run):
        click.echo(f"{schema(kind)['title']} — avant : {before}. Maintenant : {after}. {missing} disparaîtraient.")
    for verdict in run.verdicts:
        click.echo(sentence(verdict))
    for found in differences(run, limit):
        for line in lines(found):
            click.echo(line)


def _held(name: str) -> Run:
    found = given.source_or_run(name)
    run = held_run(found) if isinstance(found, Source) else found
    if run is None or run.state != "held":
        raise BadQuery(f"« {name} » : aucune moisson n'attend de décision.")
    return run


def _decision(action: str, decide: Callable[[Run, str, str], Run], text: str) -> None:
    """Add the verb of one decision."""

    @hold.command(name=action.replace("_", "-"), help=text)
    @which
    @given.motive
    @given.actor
    def command(name: str, motive: str, actor: str) -> None:
        run = decide(_held(name), actor, motive)
        click.echo(f"Moisson {run.ref} : {STATE_LABELS[run.state]} ({STEP_LABELS[action].lower()}).")


_decision("approve", approve, "Approuve : la moisson entre, elle devient la nouvelle référence.")
_decision("reject", reject, "Rejette : la moisson n'entre pas ; la suivante sera comparée comme avant.")
_decision("allow_once", allow_once, "Rejette, et laisse passer la suivante si elle vient dans les 24 heures.")
