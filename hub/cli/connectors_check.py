"""`hub connectors check`: the conformance kit on a connector, for those of the hub and those of others."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from types import ModuleType

import click

from connectors.testing.platform import Simulated
from connectors.testing.report import check, failures, table
from hub.cli.french import Command
from hub.errors import BadQuery
from hub.harvest.options import connector_called


@click.command("check", cls=Command, help="Essaie un connecteur devant sa plateforme simulée, panne après panne.")
@click.argument("name", metavar="CONNECTEUR")
@click.option(
    "--platform", "platforms", multiple=True, metavar="MODULE:NOM",
    help="Ce qui démarre la plateforme simulée, si le connecteur ne le dit pas (SIMULATED) ; répétable.",
)  # fmt: skip
@click.pass_context
def check_connector(ctx: click.Context, name: str, platforms: tuple[str, ...]) -> None:
    """Print the table of the groups for each platform; exit 1 when one fails."""
    module = connector_called(name)
    starts = [start_at(place) for place in platforms or simulated(module)]
    failed = False
    for start in starts:
        found = check(module, start)
        click.echo(table(module, found))
        failed = failed or bool(failures(module, found))
    ctx.exit(int(failed))


def simulated(module: ModuleType) -> Sequence[str]:
    """Return where a connector says that its simulated platforms are. Raises BadQuery when it does not."""
    said = getattr(module, "SIMULATED", ())
    if not said:
        raise BadQuery(f"Le connecteur « {module.NAME} » ne dit pas sa plateforme simulée : --platform MODULE:NOM.")
    return (said,) if isinstance(said, str) else tuple(said)


def start_at(place: str) -> Callable[[], Simulated]:
    """Return what starts a simulated platform, from `package.module:name`. Raises BadQuery when it is not there."""
    path, _, name = place.partition(":")
    try:
        start = getattr(importlib.import_module(path), name or "", None)
    except (ImportError, ValueError) as error:
        raise BadQuery(f"La plateforme simulée « {place} » ne peut être chargée ({type(error).__name__}).") from error
    if not callable(start):
        raise BadQuery(f"La plateforme simulée « {place} » n'est pas là : MODULE:NOM est attendu.")
    made: Callable[[], Simulated] = start
    return made
