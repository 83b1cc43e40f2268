"""What people give on the command line, read once: who acts, why, options of a connector, a source, a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from hub.db import db
from hub.errors import BadQuery
from hub.harvest.registry import named
from hub.models import Run, Source
from hub.models.run import run_called
from hub.models.source import FREQUENCY_LABELS, source_called

ACTOR = "exploitant"
actor = click.option("--actor", default=ACTOR, metavar="FONCTION", help=f"Qui agit ({ACTOR} si rien n'est dit).")
motive = click.option("--motive", default="", metavar="TEXTE", help="Le motif, gardé avec la décision.")
frequency = click.option("--frequency", type=click.Choice(list(FREQUENCY_LABELS)), help="Fréquence de lecture.")
options = click.option(
    "--option", "options", multiple=True, metavar="NOM=VALEUR", help="Une option du connecteur (répétable ; @FICHIER)."
)
slug = click.argument("slug", metavar="SOURCE")
optional_slug = click.argument("slug", metavar="[SOURCE]", required=False)


def pairs(given: Iterable[str], name: str = "--option") -> dict[str, str]:
    """Return NOM=VALEUR pairs as a dictionary; a value `@FICHIER` is the text of that file. Raises BadQuery."""
    found: dict[str, str] = {}
    for pair in given:
        key, sign, value = pair.partition("=")
        if not sign:
            raise BadQuery(f"{name} : NOM=VALEUR est attendu, trouvé « {pair} ».")
        found[key] = Path(value[1:]).read_text("utf-8") if value.startswith("@") else value
    return found


def run_of(ref: str) -> Run:
    """Return the run of this public identifier. Raises BadQuery."""
    run = db.session.scalar(run_called(ref))
    if run is None:
        raise BadQuery(f"Aucune moisson ne porte l'identifiant « {ref} » (voir « hub run list »).")
    return run


def source_or_run(name: str) -> Source | Run:
    """Return the source of this slug, or the run of this identifier. Raises BadQuery."""
    run = db.session.scalar(run_called(name))
    return run or named(name)


def harvested() -> list[Source]:
    """Return the accepted sources that the hub reads by itself, by slug."""
    return list(
        db.session.scalars(
            select(Source).where(Source.state == "accepted", Source.url.is_not(None)).order_by(Source.slug)
        )
    )


def is_source(name: str) -> bool:
    """Tell whether a source has this slug."""
    return db.session.scalar(source_called(name)) is not None


def table(rows: Iterable[Iterable[Any]]) -> None:
    """Print rows in columns."""
    listed = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for row in listed:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
