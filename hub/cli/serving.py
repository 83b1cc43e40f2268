"""`hub serve`: the web server."""

from __future__ import annotations

import gc
import socket
from pathlib import Path
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from sqlalchemy import update

from hub import log
from hub.access import invitations
from hub.access.reader import console
from hub.access.rights import OPERATION
from hub.app import create_app
from hub.cli.base import port_given, require_database
from hub.cli.french import Command
from hub.clock import iso, now
from hub.db import db, writing
from hub.errors import HubError
from hub.harvest.secrecy import hide_all
from hub.models import Invitation
from hub.models.person import holders_of


class _Server(BaseApplication):
    """Gunicorn around an application already made."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self.app, self.options = app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self.app


@click.command(cls=Command, help="Sert les pages et l'API, et affiche leur adresse.")
@click.option("--host", default="127.0.0.1", help="Adresse d'écoute (127.0.0.1 si rien n'est dit).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (sinon la variable PORT, sinon 8000).")
@click.option("--workers", type=click.IntRange(1, 64), default=2, help="Nombre de processus (2 si rien n'est dit).")
@click.pass_obj
def serve(app: Flask, host: str, port: int | None, workers: int) -> None:
    """Serve until interrupted."""
    run_server(create_app(instance=Path(app.instance_path)), host, port, workers)


def run_server(app: Flask, host: str, port: int | None, workers: int = 2) -> None:
    """Serve `app` until interrupted. Raises HubError when its database or the port is not ready."""
    with app.app_context():
        require_database()
        hide_all()
        db.engine.dispose()  # a connection opened here must not be shared by the processes that follow
    port = port_given() if port is None else port
    place = f"[{host}]" if ":" in host else host
    _must_be_free(host, port)
    url = f"http://{place}:{port}/"
    click.echo(f"Le hub est à l'adresse {url} (Ctrl+C pour arrêter).")
    with app.app_context():
        name = "localhost" if host == "127.0.0.1" else place  # passkeys belong to names, never to numbers
        if path := first_visit():
            click.echo(f"Première entrée de l'exploitation, une fois : http://{name}:{port}/{path}")
        db.engine.dispose()
    log.to_error_output()
    gc.freeze()  # workers share what is loaded by now: collections need not look at it
    options = {"bind": f"{place}:{port}", "workers": workers, "worker_class": "sync", "loglevel": "warning"}
    _Server(app, options | {"preload_app": False, "proc_name": "hub", "limit_request_line": 8190}).run()


def first_visit() -> str | None:
    """Return the path by which the first operator enters, void at the next start; None once there is one."""
    with writing() as connection:
        if connection.execute(holders_of(OPERATION)).first() is not None:
            return None
        void = update(Invitation).where(Invitation.email.is_(None), Invitation.accepted_at.is_(None))
        connection.execute(void.values(revoked_at=iso(now())))
        return f"invitation/{invitations.invite(connection, console('machine'), OPERATION, None, None)}"


def _must_be_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror as error:
            raise HubError(f"L'adresse d'écoute « {host} » n'existe pas sur cette machine.") from error
        except OSError as error:
            raise HubError(f"Le port {port} est déjà pris : choisissez-en un autre (PORT=8001 make run).") from error
