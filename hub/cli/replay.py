"""`hub replay`: read again what was kept, without any request: what would change, or the change itself."""

from __future__ import annotations

import click

from connectors.base import SourceDown
from hub.cli import given, telling
from hub.cli.base import OnBase
from hub.cli.difference import field_title, said
from hub.db import db
from hub.errors import BadQuery
from hub.harvest import replay as again
from hub.models import Run, Source
from schemas import schema


@click.command(
    cls=OnBase, help="Relit les pièces gardées d'une moisson, d'une source ou de toutes, sans rien demander."
)
@click.argument("name", metavar="[SOURCE|MOISSON]", required=False)
@click.option("--all", "every", is_flag=True, help="Toutes les sources déjà moissonnées.")
@click.option("--diff", "only_diff", is_flag=True, help="Montre ce qui changerait (le défaut).")
@click.option("--apply", "applied", is_flag=True, help="Applique ce que les pièces donnent aujourd'hui.")
@click.pass_context
def replay(ctx: click.Context, name: str | None, every: bool, only_diff: bool, applied: bool) -> None:
    """Print each value that the stored payloads give otherwise, exit 1 when there is one; or apply them."""
    if (name is not None) == every or (only_diff and applied):
        raise BadQuery("Dites une source, une moisson ou --all, et --diff ou --apply.")
    chosen = [_chosen(name)] if name else [(source, None) for source in given.harvested() if source.good_run_id]
    worst = 0
    for source, run in chosen:
        if applied:
            worst = max(worst, telling.tell(source, again.replay(source, run)))
        else:
            worst = max(worst, int(_print(source, run)))
    ctx.exit(worst)


def _chosen(name: str) -> tuple[Source, Run | None]:
    found = given.source_or_run(name)
    return (found, None) if isinstance(found, Source) else (db.session.get_one(Source, found.source_id), found)


def _print(source: Source, run: Run | None) -> bool:
    """Print the divergences of a source; tell whether there is one."""
    different = 0
    try:
        for found in again.divergences(source, run):
            different += 1
            click.echo(line(found))
    except SourceDown as error:
        click.echo(f"{source.slug} : {error}")
        return True
    number = f"{different} valeurs changent" if different > 1 else "1 valeur change"
    click.echo(f"{source.slug} : {number if different else 'rien ne change'}.")
    return different > 0


def line(found: again.Divergence) -> str:
    """Return one divergence, before and after."""
    if not found.field:
        return f"Fiche absente du hub : {found.remote_id}"
    before, after = said(found.kind, found.field, found.before), said(found.kind, found.field, found.after)
    title = field_title(found.kind, found.field)
    return f"{schema(found.kind)['title']} {found.remote_id} · {title} : avant « {before} », après « {after} »"
