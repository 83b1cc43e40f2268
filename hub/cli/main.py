"""The `hub` command. Exit codes: 0 done, 1 problems found, 2 usage or set-up, 5 failed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.exc import DatabaseError

from hub.app import create_app
from hub.cli import database, founding, serving
from hub.cli.check import check
from hub.cli.french import Group, sentence
from hub.cli.preview import preview
from hub.errors import HubError


@click.group(cls=Group, help="Le hub du Réseau des métropoles participatives.")
@click.option("--instance", type=click.Path(path_type=Path), help="Dossier de la base et des pièces brutes.")
@click.pass_context
def hub(ctx: click.Context, instance: Path | None) -> None:
    """Make the application; every command but the server runs inside its context."""
    folder = instance or (Path(os.environ["HUB_INSTANCE"]) if "HUB_INSTANCE" in os.environ else None)
    ctx.obj = app = create_app(instance=folder and folder.resolve())
    if ctx.invoked_subcommand != "serve":
        ctx.with_resource(app.app_context())


for command in (database.init, database.status, founding.load_founding, serving.serve, check, preview):
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
    except HubError as error:
        click.echo(str(error), err=True)
        sys.exit(5)
    except (DatabaseError, OSError) as error:
        click.echo(f"{trouble(error)} ({type(error).__name__})", err=True)
        sys.exit(5)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrompu ; rien de ce qui était enregistré n'est perdu.", err=True)
        sys.exit(130)
