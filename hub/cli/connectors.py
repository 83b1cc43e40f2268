"""`hub connectors`: what the hub can read."""

from __future__ import annotations

import click

from connectors.catalogue import STATE_LABELS
from hub.cli.connectors_check import check_connector
from hub.cli.french import Group
from hub.cli.given import table
from hub.harvest.options import connectors_found


@click.group(cls=Group, help="Les connecteurs : ce que le hub sait lire.")
def connectors() -> None:
    """Gather the verbs of connectors."""


@connectors.command(name="list", help="Liste les connecteurs du hub et ceux de tiers trouvés sur cette machine.")
def listing() -> None:
    """Print one line for each connector, with the versions of the platform it was tested with; then those refused."""
    found = connectors_found()
    ready = [(each, each.module) for each in found if each.module]
    rows = [
        (each.name, each.version, each.label, each.origin or "le hub", ", ".join(getattr(module, "VERSIONS", ())))
        for each, module in ready
    ]
    table([("Connecteur", "Version", "Plateforme", "Vient de", "Essayé avec"), *rows])
    for each in found:
        if each.broken:
            click.echo(f"{each.name} ({each.origin}) — {STATE_LABELS[each.state]} : {each.broken}")


connectors.add_command(check_connector)
