"""`hub init`, `hub status`: the database and what it holds."""

from __future__ import annotations

import sqlite3

import click
from flask_migrate import upgrade
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import OperationalError

from hub.cli.french import Command
from hub.db import db, use_wal
from hub.errors import HubError
from hub.models import Facet, Issue, Metropole, NetworkThing, Run, Source
from hub.models.run import STATE_LABELS
from schemas import schema

UNREACHABLE = "La base ne répond pas : vérifiez son adresse (DATABASE_URL) et qu'elle est démarrée."
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
    for label, table in (("Métropoles", Metropole), ("Sources", Source), ("Choses du réseau", NetworkThing)):
        click.echo(f"{label} : {db.session.scalar(select(func.count()).select_from(table))}")
    kinds = select(Facet.kind, Facet.presence, func.count()).where(Facet.lead).group_by(Facet.kind, Facet.presence)
    for kind, presence, number in db.session.execute(kinds.order_by(Facet.kind, Facet.presence)):
        gone = " (retirées)" if presence == "gone" else ""
        click.echo(f"  {schema(kind)['title']}{gone} : {number}")
    for state, number in db.session.execute(select(Run.state, func.count()).group_by(Run.state).order_by(Run.state)):
        click.echo(f"Passages, état « {STATE_LABELS[state]} » : {number}")
    waiting = db.session.scalar(select(func.count()).select_from(Issue).where(Issue.state == "open"))
    click.echo(f"Anomalies ouvertes : {waiting}")


def prepare_database() -> None:
    """Run the migrations. Raises HubError when the database is out of reach or too old."""
    if db.engine.dialect.name == "sqlite" and sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise HubError("SQLite 3.35 ou plus récent est nécessaire.")
    try:
        if not inspect(db.engine).get_table_names():
            use_wal(db.engine)
        upgrade()
    except OperationalError as error:
        raise HubError(
            "La base ne répond pas : vérifiez son adresse (DATABASE_URL) et qu'elle est démarrée."
        ) from error


def require_database() -> None:
    """Raise HubError, saying what to do, when the tables are not there."""
    try:
        missing = not inspect(db.engine).has_table("facet")
    except OperationalError as error:
        raise HubError(
            "La base ne répond pas : vérifiez son adresse (DATABASE_URL) et qu'elle est démarrée."
        ) from error
    if missing:
        raise HubError("La base n'est pas encore créée : lancez « hub init ».")
