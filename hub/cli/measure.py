"""`hub measure`: bring measures to what the hub holds now, as the clock does by itself."""

from __future__ import annotations

import click
from sqlalchemy import func, select

from hub.benchmark.compute import refresh
from hub.cli.base import OnBase
from hub.db import db
from hub.models import Metropole


@click.command(cls=OnBase, help="Recalcule les mesures que changent les dernières données (--all : toutes).")
@click.option("--all", "anew", is_flag=True, help="Tout regarder de nouveau.")
def measure(anew: bool) -> None:
    """Refresh with a bar, one step a metropole; then say how many measures moved."""
    click.echo(f"{count(refresh_with_bar(anew=anew))}.")


def refresh_with_bar(*, anew: bool = False) -> int:
    """Refresh measures under a bar; return how many moved."""
    total = db.session.scalar(select(func.count()).select_from(Metropole)) or 0
    with click.progressbar(length=total, label="Mesures", show_eta=False) as bar:
        return refresh(anew=anew, told=lambda _siren, _moved: bar.update(1))


def count(moved: int) -> str:
    """Return « 3 mesures ont changé »."""
    return f"{moved} mesures ont changé" if moved > 1 else "1 mesure a changé" if moved else "Aucune mesure n'a changé"
