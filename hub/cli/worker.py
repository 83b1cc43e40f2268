"""`hub worker`, `hub tick`: what reads the sources by itself, and the clock it lives by."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import UTC, datetime

import click
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy.exc import DBAPIError

from hub.cli.base import OnBase
from hub.cli.telling import numbers
from hub.db import db
from hub.harvest.tick import tick as beat
from hub.harvest.worker import work
from hub.models import Run, Source
from hub.models.run import STATE_LABELS

log = logging.getLogger("hub.worker")
IDLE_SECONDS = 1.0
BASE_AWAY_SECONDS = 5.0
BASE_AWAY = "la base ne répond pas ; nouvel essai dans un instant"

STOPPING = (signal.SIGTERM, signal.SIGINT)


@click.command(cls=OnBase, help="Lit les sources quand leur heure vient, jusqu'à ce qu'on l'arrête.")
@click.option("--once", is_flag=True, help="Lit ce qui attend, puis s'arrête.")
@click.pass_obj
def worker(app: Flask, once: bool) -> None:
    """Work until SIGTERM or SIGINT: the page being read is committed, the run goes back to the queue, exit 0."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%d/%m %H:%M:%S")
    for name in ("hub.worker", "hub.notices"):
        logging.getLogger(name).setLevel(logging.INFO)
    stop = threading.Event()
    for signum in STOPPING:
        signal.signal(signum, lambda _signum, _frame: stop.set())
    if once:
        beat()
        work(stop.is_set, stop.set, _told)
        return
    clock = _clock(app)
    log.info("le travailleur est prêt (Ctrl+C pour l'arrêter)")
    try:
        _work_on(stop)
    finally:
        clock.shutdown(wait=False)
        for signum in STOPPING:  # on its way out already: Python would let a second signal kill it
            signal.signal(signum, signal.SIG_IGN)
    log.info("le travailleur s'arrête")


@click.command(cls=OnBase, help="Donne un coup d'horloge : met en attente ce qui est dû, envoie les avis.")
def tick() -> None:
    """Tick once; any number of processes may."""
    beat()
    click.echo("Fait.")


def _work_on(stop: threading.Event) -> None:
    """Work until `stop`; a database that goes away for a moment is waited for."""

    def rest() -> None:
        stop.wait(IDLE_SECONDS)

    while not stop.is_set():
        try:
            work(stop.is_set, rest, _told)
        except DBAPIError:
            log.warning(BASE_AWAY)
            db.session.remove()
            stop.wait(BASE_AWAY_SECONDS)


def _clock(app: Flask) -> BackgroundScheduler:
    """Start the clock in its own thread: all it does is to tick."""

    def on_time() -> None:
        with app.app_context():
            try:
                beat()
            except DBAPIError:
                log.warning(BASE_AWAY)

    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    clock = BackgroundScheduler(timezone=UTC)
    every = app.config["TICK_SECONDS"]
    clock.add_job(on_time, "interval", seconds=every, next_run_time=datetime.now(UTC), coalesce=True)
    clock.start()
    return clock


def _told(run: Run, state: str) -> None:
    source = db.session.get_one(Source, run.source_id)
    if state == "lost":
        log.info("%s : reprise par un autre travailleur", source.slug)
        return
    log.info("%s : %s (%s)%s", source.slug, STATE_LABELS[state].lower(), numbers(run.counts),
             f" — {run.message}" if run.message else "")  # fmt: skip
