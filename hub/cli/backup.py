"""`hub backup`, `hub restore`: the whole instance in one file, and back in an empty one (`compliance.md` §8, C40)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from shutil import move
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import delete, select

from hub.access import audit
from hub.access.reader import console
from hub.cli import given
from hub.cli.base import OnBase
from hub.cli.database import prepare_database
from hub.cli.french import Command
from hub.clock import iso, now
from hub.db import db, writing
from hub.errors import BadQuery
from hub.harvest import archive, base_copy
from hub.models import EntryLink, RawPayload, Session

FLOW = "-"
file = click.argument("file", metavar="FICHIER")


@click.command(cls=OnBase, help="Sauvegarde la base et les pièces brutes dans un fichier (« - » : sortie standard).")
@file
@given.actor
@click.pass_context
def backup(ctx: click.Context, file: str, actor: str) -> None:
    """Write the archive; exit 1 when payloads that the database names are not on the disk."""
    instance = Path(current_app.instance_path)
    with writing() as connection:
        audit.write(connection, console(actor), "backup", "instance")
        named = set(connection.scalars(select(RawPayload.sha256).where(RawPayload.purged_on.is_(None))))
    with TemporaryDirectory(dir=instance, prefix="sauvegarde-") as folder, _output(file) as out:
        copy = Path(folder) / "base"
        base_copy.copy_out(copy)
        held = archive.pack(out, copy, db.engine.dialect.name, instance / "raw", _told())
    click.echo(f"Sauvegarde faite : la base et {len(held)} pièces brutes.", err=True)
    if missing := named - held:
        said = f"{len(missing)} pièces que la base nomme ne sont pas sur le disque : voir « hub raw verify »."
        click.echo(said, err=True)
        ctx.exit(1)


@click.command(cls=Command, help="Remet une sauvegarde dans une instance vide (« - » : entrée standard).")
@file
@given.actor
def restore(file: str, actor: str) -> None:
    """Check the whole archive, put the database and the payloads in place, bring the schema up. Raises BadQuery."""
    instance = Path(current_app.instance_path)
    _must_be_empty(instance)
    with TemporaryDirectory(dir=instance, prefix="restauration-") as name, _input(file) as source:
        folder = Path(name)
        told = archive.unpack(source, folder)
        _must_suit(told)
        base_copy.copy_in(folder / archive.BASES[told["dialect"]])
        number = _place(folder / "raw", instance / "raw")
    prepare_database()
    with writing() as connection:
        for table in (Session, EntryLink):  # what was closed since must not open again
            connection.execute(delete(table))
        audit.write(connection, console(actor), "restore", "instance")
    click.echo(f"Restauré : la base du {told.get('made_at')} et {number} pièces brutes. Les sessions sont fermées.")


def _told() -> dict[str, Any]:
    with db.engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    return {"hub": version("metropoles-participatives-hub"), "revision": revision, "made_at": iso(now())}


def _must_be_empty(instance: Path) -> None:
    """Raise BadQuery when something would be lost."""
    if table := base_copy.first_filled():
        raise BadQuery(f"La base n'est pas vide (table {table}) : restaurez dans une base et un dossier neufs.")
    if any((instance / "raw").glob("*/*")):
        raise BadQuery("Le dossier raw/ n'est pas vide : restaurez dans un dossier d'instance neuf.")


def _must_suit(told: dict[str, Any]) -> None:
    """Raise BadQuery when this hub or this database cannot read what was saved."""
    scripts = ScriptDirectory(str(Path(current_app.root_path) / "migrations"))
    if told["revision"] not in {each.revision for each in scripts.walk_revisions()}:
        raise BadQuery(f"Sauvegarde d'un hub plus récent ({told.get('hub')}) : mettez d'abord celui-ci à jour.")
    if told["dialect"] != db.engine.dialect.name:
        raise BadQuery(f"Sauvegarde d'une base {told['dialect']} : DATABASE_URL doit en désigner une de même sorte.")


def _place(source: Path, target: Path) -> int:
    """Move the payloads where they belong, though it be another disk; return how many."""
    found = sorted(source.glob("*/*.gz"))
    for path in found:
        folder = target / path.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        move(path, folder / path.name)
    return len(found)


@contextmanager
def _output(name: str) -> Iterator[BinaryIO]:
    """Give where to write: the standard output, or a file that bears its name once whole, for its owner only."""
    if name == FLOW:
        if sys.stdout.isatty():
            raise BadQuery("Une sauvegarde ne s'écrit pas à l'écran : nommez un fichier ou un programme qui chiffre.")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def _input(name: str) -> Iterator[BinaryIO]:
    if name == FLOW:
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as source:
        yield source
