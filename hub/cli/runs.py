"""`hub run`: what was read, what is being read; calling a reading off."""

from __future__ import annotations

import click
from sqlalchemy import select

from hub.cli import given, telling
from hub.cli.base import OnBaseGroup
from hub.db import db
from hub.errors import BadQuery
from hub.harvest.queue import cancel
from hub.harvest.registry import named
from hub.models import Run, Source
from hub.models.run import CAUSE_LABELS, MODE_LABELS, OPEN_STATES, STATE_LABELS, TRIGGER_LABELS, WALK_LABELS


@click.group(name="run", cls=OnBaseGroup, help="Les moissons : les voir, en annuler une.")
def runs() -> None:
    """Gather the verbs of runs."""


@runs.command(name="list", help="Liste les dernières moissons, de toutes les sources ou d'une seule.")
@given.optional_slug
@click.option("--state", type=click.Choice(list(STATE_LABELS)), help="Seulement celles de cet état.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="Nombre de moissons (20 si rien n'est dit).")
def listing(slug: str | None, state: str | None, limit: int) -> None:
    """Print one line for each run, newest first."""
    query = select(Run, Source.slug).join(Source, Source.id == Run.source_id).order_by(Run.id.desc()).limit(limit)
    query = query.where(Run.source_id == named(slug).id) if slug else query
    query = query.where(Run.state == state) if state else query
    rows = [
        (run.ref, name, STATE_LABELS[run.state], run.started_at, telling.numbers(run.counts))
        for run, name in db.session.execute(query)
    ]
    given.table([("Moisson", "Source", "État", "Début (UTC)", "Chiffres"), *rows])


@runs.command(help="Montre une moisson : chiffres, problèmes, raison d'un arrêt.")
@click.argument("ref", metavar="MOISSON")
@click.pass_context
def show(ctx: click.Context, ref: str) -> None:
    """Print a run; exit with the code of its state."""
    run = given.run_of(ref)
    given.table(
        [
            ("Demandée par", TRIGGER_LABELS.get(run.trigger, run.trigger)),
            ("Lecture", MODE_LABELS.get(run.mode, run.mode)),
            ("Parcours", WALK_LABELS.get(run.walk, run.walk)),
            ("Pages lues", run.pages),
            ("Début et fin (UTC)", f"{run.started_at} → {run.closed_at or 'en cours'}"),
            ("Connecteur", f"{run.connector} {run.connector_version}"),
            ("Cause d'arrêt", CAUSE_LABELS[run.cause] if run.cause else "aucune"),
        ]
    )
    ctx.exit(telling.tell(db.session.get_one(Source, run.source_id), run))


@runs.command(name="cancel", help="Annule une moisson en attente ou en cours ; rien de ce qu'elle a lu n'est retenu.")
@click.argument("ref", metavar="MOISSON")
@given.actor
def call_off(ref: str, actor: str) -> None:
    """Cancel a run; its worker finds out at its next page."""
    run = given.run_of(ref)
    if run.state not in OPEN_STATES:
        raise BadQuery(f"La moisson « {ref} » est déjà close.")
    cancel(run, actor)
    click.echo(f"Moisson {ref} : {STATE_LABELS['cancelled']}.")
