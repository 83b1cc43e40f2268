"""The `hub` command. Exit codes: 0 done, 1 problems found, 2 usage, 3 partial, 4 held, 5 failed, 130 interrupted."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy.exc import DatabaseError

from hub.cli.french import Group, sentence
from hub.errors import BadQuery, HubError
from hub.instance import open_instance

COMMANDS = {
    "audit": "people:audit_log",
    "backup": "backup:backup",
    "check": "check:check",
    "clear": "issues:clear",
    "client": "clients:client",
    "connectors": "connectors:connectors",
    "demo": "demo:demo",
    "doctor": "doctor:doctor",
    "harvest": "harvest:harvest",
    "hold": "holds:hold",
    "init": "database:init",
    "issues": "issues:issues",
    "load-founding": "founding:load_founding",
    "measure": "measure:measure",
    "person": "people:person",
    "preview": "preview:preview",
    "raw": "raw:raw",
    "replay": "replay:replay",
    "restore": "backup:restore",
    "run": "runs:runs",
    "serve": "serving:serve",
    "source": "sources:source",
    "start": "start:start",
    "status": "database:status",
    "tick": "worker:tick",
    "worker": "worker:worker",
}
"""Where each command stands: its module is read when it is asked for, so that a worker carries no page."""
SERVERS = ("serve", "start", "demo")
"""What runs other processes, which make their own connections."""


class Hub(Group):
    """The whole command line: whatever is refused on purpose is a French sentence and an exit code."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, None when there is none."""
        module, _, name = COMMANDS.get(cmd_name, "").partition(":")
        found: click.Command | None = getattr(import_module(f"hub.cli.{module}"), name) if module else None
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; 2 for what the person asked wrongly, 5 for what failed."""
        try:
            return super().invoke(ctx)
        except HubError as error:
            click.echo(str(error), err=True)
            ctx.exit(2 if isinstance(error, BadQuery) else 5)
        except (DatabaseError, OSError) as error:
            click.echo(f"{trouble(error)} ({type(error).__name__})", err=True)
            ctx.exit(5)


@click.group(cls=Hub, help="Le hub du Réseau des métropoles participatives.")
@click.option("--instance", type=click.Path(path_type=Path), help="Dossier de la base et des pièces brutes.")
@click.pass_context
def hub(ctx: click.Context, instance: Path | None) -> None:
    """Open the instance; every command but those that serve runs inside its context."""
    folder = instance or (Path(os.environ["HUB_INSTANCE"]) if "HUB_INSTANCE" in os.environ else None)
    ctx.obj = app = open_instance(instance=folder and folder.resolve())
    if ctx.invoked_subcommand not in SERVERS:
        ctx.with_resource(app.app_context())


def trouble(error: DatabaseError | OSError) -> str:
    """Return what a person can do about a database or a disk that refuses."""
    if isinstance(error, DatabaseError):
        return "La base est illisible ou ne répond pas : vérifiez son adresse et son fichier, ou restaurez une copie."
    return f"Lecture ou écriture impossible : {error.filename or 'disque'}."


def collect_seldom() -> None:
    """Look for garbage seldom: records make no cycles, and looking took a fifth of the time of a sending."""
    gc.set_threshold(10_000, 10, 10)


def main() -> NoReturn:
    """Run the command line; every error is a French sentence on the error output, never a traceback."""
    collect_seldom()
    try:
        sys.exit(hub.main(standalone_mode=False, prog_name="hub") or 0)
    except click.ClickException as error:
        usage = error.ctx.get_usage() + "\n" if isinstance(error, click.UsageError) and error.ctx else ""
        click.echo(f"{usage}{sentence(error)}\nAide : hub --help", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrompu ; rien de ce qui était enregistré n'est perdu.", err=True)
        sys.exit(130)
