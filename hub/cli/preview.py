"""`hub preview`: what a platform would give, without storing anything."""

from __future__ import annotations

from collections import Counter

import click

from connectors.base import Endpoint
from hub.cli import given
from hub.cli.base import require_database
from hub.cli.check import line, register_context
from hub.cli.french import Command
from hub.errors import BadQuery
from hub.harvest import preview as look
from hub.harvest.options import connector_called, module_called
from hub.harvest.preview import Preview
from hub.harvest.registry import named
from hub.harvest.verdicts import sentence


@click.command(cls=Command, help="Montre ce qu'une source ou une plateforme donnerait, sans rien enregistrer.")
@click.argument("name", metavar="SOURCE|CONNECTEUR")
@click.argument("url", metavar="[ADRESSE]", required=False)
@given.options
@click.option("--limit", default=20, type=click.IntRange(1, 500), help="Nombre de fiches (20 si rien n'est dit).")
@click.option("--fields", is_flag=True, help="Montre aussi d'où vient chaque champ.")
@given.actor
@click.pass_context
def preview(
    ctx: click.Context, name: str, url: str | None, options: tuple[str, ...], limit: int, fields: bool, actor: str
) -> None:
    """Print records, problems, requests and what a run would meet; exit 3 when the platform stopped, 1 on problems."""
    connector = name
    if url is not None and module_called(name):
        endpoint = Endpoint(url, given.pairs(options))
        found = look.preview(name, endpoint, register_context("apercu"), limit)
    else:
        require_database()
        if options:
            raise BadQuery("Les options d'une source se changent avec « hub source edit ».")
        source = named(name)
        connector, found = source.connector, look.preview_source(source, actor, limit, url)
    _print_records(found)
    if fields:
        given.table(connector_called(connector).FIELDS.items())
    _print_verdicts(found)
    if found.stopped:
        click.echo(f"Arrêt : {found.stopped}", err=True)
        ctx.exit(3)
    if any(record.problems for record in found.records):
        ctx.exit(1)


def _print_records(found: Preview) -> None:
    for record in found.records:
        if record.problems:
            for each in record.problems:
                click.echo(line(record, each))
        else:
            click.echo(f"{record.kind} · {record.remote_id} · {record.data[:160]}")
    kinds = Counter(record.kind for record in found.records if not record.problems)
    told = ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items()) if kind)
    click.echo(f"Requêtes : {found.requests}. Fiches correctes : {told or 'aucune'}.")


def _print_verdicts(found: Preview) -> None:
    """Print whether a run would be held, where everything was read and a good run is known."""
    if found.verdicts is None:
        if found.records and not found.ended:
            click.echo("L'aperçu s'est arrêté avant la fin : rien n'est comparé à la dernière bonne moisson.")
        return
    for verdict in found.verdicts:
        click.echo(f"Une moisson attendrait une décision : {sentence(verdict)}")
    if not found.verdicts:
        click.echo("Une moisson entrerait sans attendre de décision.")
