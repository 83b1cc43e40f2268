"""Starts the simulated network in a process of its own: the harvest has the other core."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict, dataclass
from types import TracebackType

import orjson

from hub.demo.network import SimulatedSource
from hub.demo.plan import Sizes
from hub.errors import HubError

PORT = 27_400
"""The first of the ports tried: addresses that stay the same give records that stay the same."""


@dataclass
class Network:
    """A network that runs: the sources to register. `close` ends it; so does the end of this process."""

    sources: list[SimulatedSource]
    process: subprocess.Popen[bytes]

    @property
    def read(self) -> list[SimulatedSource]:
        """Return the sources that are accepted: those to harvest."""
        return [source for source in self.sources if source.state == "accepted"]

    def wane(self) -> list[SimulatedSource]:
        """Have some platforms lose most of what they hold; return their sources, to be harvested again."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        self.process.stdout.readline()
        return [source for source in self.sources if source.wanes]

    def close(self) -> None:
        """Stop serving, and wait until it is done."""
        if self.process.stdin:
            self.process.stdin.close()
        if self.process.stdout:
            self.process.stdout.close()
        self.process.wait(10)

    def __enter__(self) -> Network:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()


def start(sizes: Sizes, port: int = PORT) -> Network:
    """Draw the network and serve it; return it once every platform answers. `port` 0: any free ports.

    It has a session of its own, so that Ctrl+C is for the harvest alone. Raises HubError when it could not be started.
    """
    command = [sys.executable, "-m", "hub.demo"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdin
    assert process.stdout
    process.stdin.write(orjson.dumps({"sizes": asdict(sizes), "port": port}) + b"\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        process.wait(10)
        raise HubError("Le réseau simulé n'a pas démarré.")
    return Network([SimulatedSource(**row) for row in orjson.loads(line)], process)
