"""`hub preview`: what a platform would give, without storing anything."""

from __future__ import annotations

from collections import Counter

import click

from connectors.base import Endpoint
from hub.cli.check import line, register_context
from hub.cli.french import Command
from hub.errors import BadQuery
from hub.harvest import preview as look


@click.command(cls=Command, help="Montre ce qu'une plateforme donnerait, sans rien enregistrer.")
@click.argument("connector", metavar="CONNECTEUR")
@click.argument("url", metavar="ADRESSE")
@click.option("--option", "options", multiple=True, metavar="NOM=VALEUR", help="Une option du connecteur (répétable).")
@click.option("--limit", default=20, type=click.IntRange(1, 500), help="Nombre de fiches (20 si rien n'est dit).")
@click.pass_context
def preview(ctx: click.Context, connector: str, url: str, options: tuple[str, ...], limit: int) -> None:
    """Print the first records, the problems, the requests made; exit 3 when the platform stopped, 1 on problems."""
    endpoint = Endpoint(url, dict(_pair(option) for option in options))
    found = look.preview(connector, endpoint, register_context("apercu"), limit)
    for record in found.records:
        if record.problems:
            for each in record.problems:
                click.echo(line(record, each))
        else:
            click.echo(f"{record.kind} · {record.remote_id} · {record.data[:160]}")
    kinds = Counter(record.kind for record in found.records if not record.problems)
    click.echo(f"Requêtes : {found.requests}. Fiches correctes : {dict(kinds) or 'aucune'}.")
    if found.stopped:
        click.echo(f"Arrêt : {found.stopped}", err=True)
        ctx.exit(3)
    if any(record.problems for record in found.records):
        ctx.exit(1)


def _pair(option: str) -> tuple[str, str]:
    name, sign, value = option.partition("=")
    if not sign:
        raise BadQuery(f"--option : NOM=VALEUR est attendu, trouvé « {option} ».")
    return name, value
