"""`hub harvest`: put runs in the queue, work on them here, say what happened."""

from __future__ import annotations

import sys
import time
from collections import Counter

import click
from sqlalchemy import select

from hub.cli import given, telling
from hub.cli.base import OnBase
from hub.db import db
from hub.errors import BadQuery, BusySource
from hub.harvest.perform import perform, start
from hub.harvest.queue import claim, release
from hub.harvest.registry import named
from hub.harvest.tick import close_exhausted, due, take_turn
from hub.models import Run, Source
from hub.models.run import OPEN_STATES

LOOK_EVERY = 0.3


@click.command(cls=OnBase, help="Moissonne une source acceptée, celles dont l'heure est venue, ou toutes.")
@given.optional_slug
@click.option("--due", "only_due", is_flag=True, help="Celles dont l'heure est venue.")
@click.option("--all", "every", is_flag=True, help="Toutes les sources acceptées.")
@click.option("--full", is_flag=True, help="Relit tout, et pas seulement ce qui a changé.")
@click.option("--no-wait", is_flag=True, help="Met en attente sans lire ici : le travailleur s'en charge.")
@click.pass_context
def harvest(ctx: click.Context, slug: str | None, only_due: bool, every: bool, full: bool, no_wait: bool) -> None:
    """Harvest one source after the other; exit with the gravest code: 0 complete, 3 partial, 4 held, 5 failed."""
    if (slug is not None) + only_due + every != 1:
        raise BadQuery("Dites une source, --due ou --all.")
    chosen = [named(slug)] if slug else [named(each.slug) for each in (due() if only_due else given.harvested())]
    if not chosen:
        click.echo("Aucune source à lire maintenant.")
    worst = 0
    for source in chosen:
        if only_due and not take_turn(source):
            continue
        run_id = _opened(source, "schedule" if only_due else "cli", full=full)
        run = db.session.get_one(Run, run_id) if no_wait else _worked(source.slug, run_id)
        worst = max(worst, telling.tell(named(source.slug), run))
    ctx.exit(worst)


def _opened(source: Source, trigger: str, *, full: bool) -> int:
    """Put a run in the queue, or find the one that waits there already; return its id."""
    try:
        return start(source, trigger, full=full)
    except BusySource:
        mine = (Run.source_id == source.id, Run.state.in_(OPEN_STATES), Run.writer == "harvest")
        waiting = db.session.scalar(select(Run.id).where(*mine))
        if waiting is None:
            raise
        return waiting


def _worked(slug: str, run_id: int) -> Run:
    """Work on a run, or follow the worker that took it, until it is closed; return it."""
    while True:
        lease = claim(run_id)
        if lease:
            try:
                perform(lease, lambda counts: _line(slug, counts))
            except KeyboardInterrupt:
                release(lease)
                raise
        db.session.rollback()
        run = db.session.get_one(Run, run_id)
        _line(slug, Counter(run.counts), over=run.closed_at is not None)
        if run.closed_at is not None:
            return run
        close_exhausted()
        time.sleep(0 if lease else LOOK_EVERY)


def _line(slug: str, counts: Counter[str], *, over: bool = False) -> None:
    """Keep one line up to date on a terminal; say nothing elsewhere."""
    if sys.stderr.isatty():
        text = f"{slug} : {counts['received']} fiches, {counts['requests']} requêtes"
        click.echo(f"\r\033[K{'' if over else text}", err=True, nl=False)
