"""`hub check`: validate a file against the shared schema, without storing anything."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask import current_app

from connectors import records
from connectors.base import Record, RecordRefused
from hub.cli.french import Command
from hub.clock import today
from hub.harvest.door import Checked, Context
from hub.harvest.door import check as check_record
from hub.harvest.founding import DATA
from schemas import Problem, problem


@click.command(cls=Command, help="Vérifie un fichier de fiches (NDJSON ou JSON) sans rien enregistrer.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FICHIER")
@click.pass_context
def check(ctx: click.Context, file: Path) -> None:
    """List every problem of `file`; exit 1 when there is one."""
    context = register_context("fichier")
    seen: dict[str, str] = {}
    read = refused = 0
    for item in records.walk(file, max_line=current_app.config["MAX_LINE_BYTES"]):
        if not isinstance(item, Record | RecordRefused):
            continue
        record = check_record(item, context)
        problems = [*record.problems, *_repeated(record, seen)]
        read, refused = read + 1, refused + bool(problems)
        for each in problems:
            click.echo(line(record, each))
    click.echo(f"Fiches lues : {read}. Correctes : {read - refused}. À corriger : {refused}.")
    if not read:
        click.echo("Le fichier ne contient aucune fiche.", err=True)
    if refused or not read:
        ctx.exit(1)


def register_context(slug: str) -> Context:
    """Return what the door must know where no base is asked: the register that comes with the hub."""
    register = json.loads((DATA / "reference" / "metropoles.json").read_text("utf-8"))
    return Context(slug, None, frozenset(row["siren"] for row in register), None, today())


def line(record: Checked, found: Problem) -> str:
    """Return one problem as the command line and reports print it."""
    where = " · ".join(filter(None, (record.place, record.kind, record.remote_id, found.pointer)))
    return f"{where}\n  {found.rule} : {found.message}\n  → {found.how}"


def _repeated(record: Checked, seen: dict[str, str]) -> list[Problem]:
    """The same identifier with another content: which one is meant cannot be known."""
    if record.key is None or not record.sha256:
        return []
    same = seen.setdefault(record.key, record.sha256) == record.sha256
    return [] if same else [problem("identifiant_en_double", "/remote_id", record.remote_id)]
