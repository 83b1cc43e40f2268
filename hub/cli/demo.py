"""`hub demo`: a simulated network, harvested and served, in an instance of its own."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import click
from flask import Flask

from hub.app import create_app
from hub.cli.database import prepare_database
from hub.cli.french import Command
from hub.cli.measure import count, refresh_with_bar
from hub.cli.serving import run_server
from hub.clock import today
from hub.demo.coverage import declare_coverage
from hub.demo.harvest import OpenApp, Outcome, cores, harvest_all
from hub.demo.network import SimulatedSource
from hub.demo.plan import Sizes
from hub.demo.register import refuse_real_sources, register
from hub.demo.start import PORT, start
from hub.harvest.founding import load_metropoles
from hub.models.run import STATE_LABELS

SETTINGS = {"DEMO": True, "ALLOW_PRIVATE_NETWORKS": True}
HELP = """Démonstration : lance 22 plateformes simulées, les moissonne et sert le résultat.

Toutes les données sont fictives. Elles ont leur propre dossier (« demo », dans le dossier d'instance) : les vôtres ne
sont ni lues ni modifiées.
"""
COLUMNS = (34, 14, 10, 9, 9, 9, 9)


@click.command(cls=Command, help=HELP)
@click.option("--host", default="127.0.0.1", help="Adresse d'écoute (127.0.0.1 si rien n'est dit).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (sinon la variable PORT, sinon 8000).")
@click.option("--no-serve", is_flag=True, help="Moissonne, puis s'arrête sans servir les pages.")
@click.option("--processes", type=click.IntRange(1, 64), help="Processus de moisson (sinon un par cœur).")
@click.option("--demarches", type=click.IntRange(40, 20_000), default=1000, help="Nombre de démarches (1000).")
@click.option(
    "--contributions", type=click.IntRange(100, 1_000_000), default=50_000, help="Nombre de contributions (50000)."
)
@click.option("--platforms-port", type=click.IntRange(0, 65_000), default=PORT, help=f"Premier port simulé ({PORT}).")
@click.pass_obj
def demo(
    app: Flask,
    host: str,
    port: int | None,
    no_serve: bool,
    processes: int | None,
    demarches: int,
    contributions: int,
    platforms_port: int,
) -> None:
    """Start the network, harvest it, print what came, serve it until interrupted."""
    folder = Path(app.instance_path) / "demo"
    shown = open_demo(folder)
    with shown.app_context():
        began = prepared(folder)
        sizes = Sizes(today(), demarches, contributions)
        click.echo("Données fictives : rien de ce qui suit ne décrit une métropole réelle.")
        with start(sizes, platforms_port) as network:
            register(network.sources)
            click.echo(f"Réseau simulé prêt en {seconds(time.monotonic() - began)} : {len(network.sources)} sources.")
            outcomes = shown_as_they_come(partial(open_demo, folder), network.read, processes or cores())
            click.echo("Une plateforme perd l'essentiel de ses contributions ; elle est lue une seconde fois.")
            shown_as_they_come(partial(open_demo, folder), network.wane(), 1)
        declare_coverage()
        click.echo(f"{count(refresh_with_bar())}.")
        summary(outcomes, time.monotonic() - began)
    if not no_serve:
        run_server(shown, host, port)


def open_demo(folder: Path) -> Flask:
    """Return the application of the demonstration: its own folder, whatever the settings of the ordinary one."""
    return create_app(SETTINGS, folder)


def prepared(folder: Path) -> float:
    """Make the database ready; return the instant when that began. Raises RealSources before anything is written.

    The settings are written in the folder too: whatever opens it later (`hub --instance …/demo serve`) marks its pages.
    """
    began = time.monotonic()
    refuse_real_sources()
    lines = (f"{name} = {value}\n" for name, value in SETTINGS.items())
    (folder / "config.py").write_text("# Écrit par « hub demo ».\n" + "".join(lines), "utf-8")
    prepare_database()
    load_metropoles()
    return began


def shown_as_they_come(open_app: OpenApp, sources: list[SimulatedSource], processes: int) -> list[Outcome]:
    """Harvest, printing each outcome; return them all."""
    outcomes: list[Outcome] = []
    for outcome in harvest_all(open_app, sources, processes):
        outcomes.append(outcome)
        click.echo(f"[{len(outcomes):2}/{len(sources)}] {told(outcome)}")
    return outcomes


def told(outcome: Outcome) -> str:
    """Return one line on the harvest of a source."""
    received = records(outcome.counts.get("received", 0))
    words = f"{outcome.source.name} : {STATE_LABELS[outcome.state].lower()}, {received}"
    return f"{words}, {outcome.took}\u00a0s" + (f" — {outcome.message}" if outcome.message else "")


def summary(outcomes: list[Outcome], elapsed: float) -> None:
    """Print the table of all sources, by name, and the totals."""
    row("source", "connecteur", "état", "fiches", "nouvelles", "inchang.", "secondes")
    for each in sorted(outcomes, key=lambda outcome: outcome.source.slug):
        numbers = (each.counts.get(name, 0) for name in ("received", "created", "unchanged"))
        state = STATE_LABELS[each.state].lower()
        row(each.source.slug, each.source.connector, state, *map(str, numbers), str(each.took))
    total = sum(each.counts.get("received", 0) for each in outcomes)
    click.echo(f"{records(total)} de {len(outcomes)} sources en {seconds(elapsed)}.")


def row(*cells: str) -> None:
    """Print the cells of one row in columns; numbers to the right."""
    left = "".join(f"{cell:<{width}} " for cell, width in zip(cells[:3], COLUMNS[:3], strict=True))
    click.echo(left + " ".join(f"{cell:>{width}}" for cell, width in zip(cells[3:], COLUMNS[3:], strict=True)))


def seconds(duration: float) -> str:
    """Return a duration as it is written in French."""
    return f"{duration:.1f}\u00a0s".replace(".", ",")


def records(count: int) -> str:
    """Return a number of records as it is written in French."""
    return f"{count:,} fiche{'s' if count >= 2 else ''}".replace(",", "\u202f")
