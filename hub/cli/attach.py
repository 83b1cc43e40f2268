"""`hub source attach|detach`: the things of a platform join those of the platform it replaces, by a person's list."""

from __future__ import annotations

import csv
from pathlib import Path

import click

from hub.cli import given
from hub.cli.base import OnBase
from hub.errors import BadQuery
from hub.harvest import attach as attachment
from hub.harvest.attach import Pair
from hub.harvest.registry import named
from schemas import KINDS

COLUMNS = ("kind", "old", "new")
readable = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(cls=OnBase, help="Rattache des fiches à celles de la source remplacée. FICHIER : un CSV kind, old, new.")
@given.slug
@click.argument("path", metavar="FICHIER", type=readable)
@given.motive
@given.actor
def attach(slug: str, path: Path, motive: str, actor: str) -> None:
    """Join the records of a list; the identifiers of the old things last."""
    run = attachment.attach(named(slug), pairs_of(path), motive=motive, actor=actor)
    click.echo(f"Fiches rattachées : {run.counts['updated']} ({run.ref}).")


@click.command(cls=OnBase, help="Détache des fiches (toutes, sans FICHIER) : chacune reprend son propre identifiant.")
@given.slug
@click.argument("path", metavar="[FICHIER]", type=readable, required=False)
@given.motive
@given.actor
def detach(slug: str, path: Path | None, motive: str, actor: str) -> None:
    """Undo it, for the records of a list or for all."""
    run = attachment.detach(named(slug), pairs_of(path) if path else None, motive=motive, actor=actor)
    click.echo(f"Fiches détachées : {run.counts['updated']} ({run.ref}).")


def pairs_of(path: Path) -> list[Pair]:
    """Return the pairs of a CSV file (`,` `;` or tab), whose first line names its columns. Raises BadQuery."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadQuery(f"« {path.name} » n'est pas en UTF-8.") from error
    first = lines[0] if lines else ""
    rows = csv.DictReader(lines, delimiter=max(",;\t", key=first.count))
    if missing := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
        raise BadQuery(
            f"« {path.name} » : il manque la colonne {', '.join(missing)} (attendues : {', '.join(COLUMNS)})."
        )
    found = [Pair(*((row[column] or "").strip() for column in COLUMNS)) for row in rows]
    if unknown := sorted({pair.kind for pair in found if pair.kind not in KINDS}):
        raise BadQuery(f"kind : « {unknown[0]} » n'est pas accepté. Acceptés : {', '.join(KINDS)}.")
    return found
