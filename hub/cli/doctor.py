"""`hub doctor`: is everything in place? One line for each thing that must be, and what to do when it is not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import DBAPIError

from hub.cli.base import UNREACHABLE
from hub.cli.french import Command
from hub.clock import now
from hub.db import db
from hub.errors import BadQuery
from hub.harvest.options import connector_called, secret
from hub.harvest.tick import CLOCK
from hub.models import Pulse, Source

Found = tuple[bool, str]
FREE_MB = 500
MAX_SKEW = timedelta(seconds=5)
MAX_TICKS = 3


@click.command(cls=Command, help="Vérifie que tout est en place : base, dossier, horloge, travailleur, secrets.")
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Print the checks; exit 1 when one of them is not good."""
    good = True
    for well, said in checks():
        click.echo(f"{'bien   ' if well else 'À VOIR '}  {said}")
        good = good and well
    if not good:
        ctx.exit(1)


def checks() -> Iterator[Found]:
    """Yield each check: is it well, and what is said of it."""
    yield from _folder(Path(current_app.instance_path))
    try:
        with db.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            ready = inspect(connection).has_table("pulse")
    except DBAPIError:
        yield False, UNREACHABLE
        return
    yield True, f"Base : répond ({db.engine.dialect.name})."
    head = ScriptDirectory(str(Path(current_app.root_path) / "migrations")).get_current_head()
    yield current == head, "Base : à jour." if current == head else "Base : à mettre à jour, lancez « hub init »."
    if ready:
        yield _skew()
        yield _pulse()
        yield from _secrets()
    server = current_app.config["MAIL_SERVER"]
    yield True, f"Courriel : {server}." if server else "Courriel : aucun serveur réglé, les avis vont au journal."


def _folder(folder: Path) -> Iterator[Found]:
    writable = os.access(folder, os.W_OK)
    yield writable, f"Dossier d'instance : {folder}" + ("." if writable else ", où l'on ne peut pas écrire.")
    free = shutil.disk_usage(folder).free // 2**20
    yield free >= FREE_MB, f"Place libre : {free} Mio (au moins {FREE_MB})."


def _skew() -> Found:
    if db.engine.dialect.name == "sqlite":
        return True, "Horloge : celle de cette machine."
    skew = abs(db.session.execute(select(func.now())).scalar_one() - datetime.now().astimezone())
    return skew <= MAX_SKEW, f"Horloge : {skew.total_seconds():.0f} s d'écart avec celle de la base."


def _pulse() -> Found:
    at = db.session.scalar(select(Pulse.at).where(Pulse.name == CLOCK))
    if at is None:
        return False, "Travailleur : n'a jamais tourné ; lancez « hub worker »."
    age = (now() - datetime.fromisoformat(at)).total_seconds()
    well = age <= MAX_TICKS * current_app.config["TICK_SECONDS"]
    return well, f"Travailleur : dernier signe de vie il y a {age:.0f} s." + ("" if well else " Lancez « hub worker ».")


def _secrets() -> Iterator[Found]:
    """The secrets that accepted sources need: those required, and those whose companion option is given."""
    for source in db.session.scalars(select(Source).where(Source.state == "accepted", Source.url.is_not(None))):
        try:
            options = connector_called(source.connector).OPTIONS
        except BadQuery as error:
            yield False, f"Source « {source.slug} » : {error}"
            continue
        for option in options:
            stem = option.name.rpartition("_")[0]
            needed = option.required or any(stem and name.startswith(f"{stem}_") for name in source.options)
            if option.kind == "secret" and needed:
                yield _secret(source, option.name)


def _secret(source: Source, option: str) -> Found:
    name = f"HUB_SECRET_{source.slug}_{option}".upper().replace("-", "_")
    there = secret(source, option) is not None
    return there, f"Source « {source.slug} » : secret {name} " + ("donné." if there else "absent de l'environnement.")
