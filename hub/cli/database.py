"""`hub init`, `hub status`: the database and what it holds."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click
from flask import current_app
from flask_migrate import Migrate, upgrade
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import OperationalError

from hub.cli.base import UNREACHABLE, require_database
from hub.cli.french import Command
from hub.db import db, use_wal
from hub.errors import HubError
from hub.harvest.registry import late
from hub.harvest.secrecy import hide_all
from hub.models import Facet, Issue, Metropole, NetworkThing, Run, Source
from hub.models.run import STATE_LABELS
from hub.models.shape import tell_shape
from hub.models.source import STATE_LABELS as SOURCE_LABELS
from schemas import schema

OLDEST_SQLITE = (3, 35, 0)


@click.command(cls=Command, help="Crée ou met à jour la base ; peut être relancée sans risque.")
def init() -> None:
    """Bring the database to the newest schema."""
    prepare_database()
    click.echo("Base prête.")


@click.command(cls=Command, help="Dit ce que la base contient et ce qui demande attention.")
def status() -> None:
    """Print the number of things, runs and issues."""
    require_database()
    for label, table in (("Métropoles", Metropole), ("Choses du réseau", NetworkThing), ("Sources", Source)):
        click.echo(f"{label} : {db.session.scalar(select(func.count()).select_from(table))}")
    print_sources()
    kinds = select(Facet.kind, Facet.presence, func.count()).where(Facet.lead).group_by(Facet.kind, Facet.presence)
    for kind, presence, number in db.session.execute(kinds.order_by(Facet.kind, Facet.presence)):
        gone = " (retirées)" if presence == "gone" else ""
        click.echo(f"  {schema(kind)['title']}{gone} : {number}")
    for state, number in db.session.execute(select(Run.state, func.count()).group_by(Run.state).order_by(Run.state)):
        click.echo(f"Passages, état « {STATE_LABELS[state]} » : {number}")
    waiting = db.session.scalar(select(func.count()).select_from(Issue).where(Issue.state == "open"))
    click.echo(f"Anomalies ouvertes : {waiting}")


def print_sources() -> None:
    """Print how many sources stand in each state, those that wait for a decision, those that are late."""
    numbers = dict(db.session.execute(select(Source.state, func.count()).group_by(Source.state)).all())
    for state, label in SOURCE_LABELS.items():
        if number := numbers.get(state):
            click.echo(f"  {label} : {number}")
    held = select(Source.slug, Run.ref).join(Run, Run.source_id == Source.id).where(Run.state == "held")
    for slug, ref in db.session.execute(held.order_by(Source.slug)):
        click.echo(f"En attente de décision : {slug}, moisson {ref} (voir « hub hold show {slug} »).")
    for source in late():
        click.echo(f"En retard : {source.slug} (voir « hub source show {source.slug} »).")


def prepare_database() -> None:
    """Run the migrations. Raises HubError when the database is out of reach or too old."""
    Migrate(current_app, db, directory=str(Path(current_app.root_path) / "migrations"), render_as_batch=True)
    if db.engine.dialect.name == "sqlite" and sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise HubError("SQLite 3.35 ou plus récent est nécessaire.")
    try:
        if not inspect(db.engine).get_table_names():
            use_wal(db.engine)
        upgrade()
        tell_shape(db.engine)
        hide_all()
    except OperationalError as error:
        raise HubError(UNREACHABLE) from error
