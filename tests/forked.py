"""Processes forked from one that has read the whole code: real ones, without a second of imports for each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.cli.main import COMMANDS, main

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload([__name__, "tests.worker"])
READY = "prêt"
for _place in COMMANDS.values():
    import_module(f"hub.cli.{_place.partition(':')[0]}")


class Forked:
    """A process that runs a function, and what it says through the connection that is its first argument."""

    def __init__(self, act: Callable[..., None], *given: object) -> None:
        self.said, end = FORKING.Pipe(duplex=False)
        self.process = FORKING.Process(target=act, args=(end, *given))
        self.process.start()
        end.close()

    @property
    def pid(self) -> int:
        """Its number for the system."""
        assert self.process.pid
        return self.process.pid

    def ready(self) -> None:
        """Wait until it is about to work."""
        assert self.said.recv() == READY

    def code(self, seconds: float = 120) -> int:
        """Its exit code, once it is over; that of the signal, below zero, when it was killed."""
        self.process.join(seconds)
        assert self.process.exitcode is not None
        return self.process.exitcode

    def ended(self) -> list[str]:
        """All it said (and was not heard yet), once it is over; it must have ended well, or been killed."""
        assert self.code() in (0, -signal.SIGKILL)
        found = []
        while self.said.poll():
            try:
                found.append(str(self.said.recv()))
            except EOFError:
                break
        return found

    def kill(self) -> None:
        """End it at once, wherever it is, and wait until it is gone."""
        self.process.kill()
        self.process.join()


def start(words: tuple[str, ...], streams: Mapping[int, Path], environment: Mapping[str, str] | None = None) -> Forked:
    """Start the command line with these words. `streams`: the files it reads (0) and writes (1, 2)."""
    return Forked(_command, words, dict(streams), dict(os.environ if environment is None else environment))


def command(
    *words: str, environment: Mapping[str, str] | None = None, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own; return its exit code and what it wrote."""
    with TemporaryDirectory() as folder:
        streams = {number: Path(folder) / str(number) for number in range(3)}
        streams[0].write_text(given, "utf-8")
        code = start(words, streams, environment).code()
        return subprocess.CompletedProcess(words, code, streams[1].read_text("utf-8"), streams[2].read_text("utf-8"))


def _command(_said: Connection, words: tuple[str, ...], streams: dict[int, Path], environment: dict[str, str]) -> None:
    for number, path in streams.items():
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, "rw"[number > 0], encoding="utf-8") for number in range(3))
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["hub", *words]
    main()
