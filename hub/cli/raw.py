"""`hub raw`: is what was kept still whole, and does it still say what the hub says?"""

from __future__ import annotations

import click
from sqlalchemy import select

from hub.cli.base import OnBaseGroup
from hub.db import db
from hub.harvest import purge, raw_check
from hub.models import Source


@click.group(name="raw", cls=OnBaseGroup, help="Les pièces brutes : les vérifier, faire le ménage.")
def raw() -> None:
    """Gather the verbs of stored payloads."""


@raw.command(help="Vérifie chaque pièce gardée, et que les fiches s'en déduisent encore.")
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Print each flaw with the runs concerned, then the share that is derived again; exit 1 when something is wrong."""
    looked_at = list(raw_check.verify())
    flaws = [flaw for flaw in looked_at if flaw]
    for flaw in flaws:
        click.echo(f"{flaw.sha256[:12]}… : {flaw.why}. Moissons : {', '.join(flaw.runs) or 'aucune'}.")
    click.echo(f"Pièces vérifiées : {len(looked_at)}. Abîmées : {len(flaws)}.")
    missing = _rederive()
    if flaws or missing:
        ctx.exit(1)


def _rederive() -> int:
    """Print, source by source, how many records are derived again; return how many are not."""
    missing = 0
    read = select(Source).where(Source.good_run_id.is_not(None)).order_by(Source.slug)
    for source in db.session.scalars(read).all():
        same, total = raw_check.rederived(source)
        raw_check.keep_share(source, same, total)
        share = f"{100 * same / total:.1f}".replace(".", ",") if total else "—"
        click.echo(f"{source.slug} : {same} fiches sur {total} se déduisent de leurs pièces ({share} %).")
        missing += total - same
    return missing


@raw.command(help="Efface ce qu'un arrêt brutal a laissé, et les pièces dont le temps de garde est passé.")
def sweep() -> None:
    """Remove what no row names, and what no value in force has asked for in a long time."""
    number, size = raw_check.sweep()
    click.echo(f"Fichiers effacés : {number} ({size // 1024} Kio).")
    number, size = purge.purge()
    click.echo(f"Pièces dont le temps de garde est passé, effacées : {number} ({size // 1024} Kio).")
