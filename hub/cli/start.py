"""`hub start`: the server and the worker together, each in its process; they live and stop together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from types import FrameType

import click
from flask import Flask

from hub.cli.french import Command

PATIENCE = 20
"""Seconds that each has to stop; a run cut short is taken up again at the next start."""


@click.command(cls=Command, help="Lance ensemble le serveur et le travailleur ; Ctrl+C arrête les deux.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (sinon la variable PORT, sinon 8000).")
@click.pass_obj
@click.pass_context
def start(ctx: click.Context, app: Flask, port: int | None) -> None:
    """Run both until one ends or a signal comes; exit 0 when asked to stop, 5 when one of them died."""
    asked = threading.Event()

    def stop(_signum: int, _frame: FrameType | None) -> None:
        asked.set()
        over.set()

    over = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)
    words = ["--port", str(port)] if port else []
    both = [_process(app, "serve", *words), _process(app, "worker")]
    for process in both:
        threading.Thread(target=_until_it_ends, args=(process, over), daemon=True).start()
    over.wait()
    for process, name in zip(both, ("Le serveur", "Le travailleur"), strict=True):
        if not asked.is_set() and process.poll() is not None:
            click.echo(f"{name} s'est arrêté ; tout s'arrête avec lui.", err=True)
    _end(both)
    ctx.exit(0 if asked.is_set() else 5)


def _until_it_ends(process: subprocess.Popen[bytes], over: threading.Event) -> None:
    process.wait()
    over.set()


def _process(app: Flask, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from hub.cli import main; main()", "--instance", app.instance_path, *words]
    return subprocess.Popen(command, env=os.environ)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
