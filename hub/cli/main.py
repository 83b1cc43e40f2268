"""The `hub` command. Exit codes: 0 done, 1 problems found, 2 usage, 3 partial, 4 held, 5 failed, 130 interrupted."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy.exc import DatabaseError

from hub.app import create_app
from hub.cli import database, founding, serving, worker
from hub.cli.check import check
from hub.cli.connectors import connectors
from hub.cli.demo import demo
from hub.cli.doctor import doctor
from hub.cli.french import Group, sentence
from hub.cli.harvest import harvest
from hub.cli.holds import hold
from hub.cli.issues import clear, issues
from hub.cli.people import audit_log, person
from hub.cli.preview import preview
from hub.cli.raw import raw
from hub.cli.replay import replay
from hub.cli.runs import runs
from hub.cli.sources import source
from hub.cli.start import start
from hub.errors import BadQuery, HubError

SERVERS = ("serve", "start", "demo")
"""What runs other processes, which make their own connections."""


class Hub(Group):
    """The whole command line: whatever is refused on purpose is a French sentence and an exit code."""

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
    """Make the application; every command but those that serve runs inside its context."""
    folder = instance or (Path(os.environ["HUB_INSTANCE"]) if "HUB_INSTANCE" in os.environ else None)
    ctx.obj = app = create_app(instance=folder and folder.resolve())
    if ctx.invoked_subcommand not in SERVERS:
        ctx.with_resource(app.app_context())


DAILY = (source, preview, harvest, runs, hold, issues, clear, database.status)
REST = (serving.serve, worker.worker, worker.tick, start, doctor, raw, replay, connectors, person, audit_log, demo)
for command in (database.init, founding.load_founding, check, *DAILY, *REST):
    hub.add_command(command)


def trouble(error: DatabaseError | OSError) -> str:
    """Return what a person can do about a database or a disk that refuses."""
    if isinstance(error, DatabaseError):
        return "La base est illisible ou ne répond pas : vérifiez son adresse et son fichier, ou restaurez une copie."
    return f"Lecture ou écriture impossible : {error.filename or 'disque'}."


def main() -> NoReturn:
    """Run the command line; every error is a French sentence on the error output, never a traceback."""
    try:
        sys.exit(hub.main(standalone_mode=False, prog_name="hub") or 0)
    except click.ClickException as error:
        usage = error.ctx.get_usage() + "\n" if isinstance(error, click.UsageError) and error.ctx else ""
        click.echo(f"{usage}{sentence(error)}\nAide : hub --help", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrompu ; rien de ce qui était enregistré n'est perdu.", err=True)
        sys.exit(130)
