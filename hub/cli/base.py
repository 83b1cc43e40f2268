"""What several commands need: the database, without which they say what to run, and the port of the server."""

from __future__ import annotations

import gc
import os
from typing import Any

import click
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from hub.cli.french import Command, Group
from hub.db import db
from hub.errors import HubError

UNREACHABLE = "La base ne répond pas : vérifiez son adresse (DATABASE_URL) et qu'elle est démarrée."


class OnBase(Command):
    """A command that needs the database; without it, it says what to run."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command once the tables are there. Raises HubError."""
        require_database()
        gc.freeze()  # what is loaded by now lives as long as the process: collections need not look at it
        return super().invoke(ctx)


class OnBaseGroup(Group):
    """A group of such commands."""

    command_class = OnBase


def require_database() -> None:
    """Raise HubError, saying what to do, when the tables are not there."""
    try:
        missing = not inspect(db.engine).has_table("facet")
    except OperationalError as error:
        raise HubError(UNREACHABLE) from error
    if missing:
        raise HubError("La base n'est pas encore créée : lancez « hub init ».")


def port_given() -> int:
    """Return the port that the variable PORT says, else 8000. Raises HubError."""
    text = os.environ.get("PORT", "8000")
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise HubError(f"PORT : un nombre de 1 à 65535 est attendu, trouvé « {text} ».")
    return int(text)
