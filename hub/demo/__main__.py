"""The process behind the network: it reads its sizes, says where its sources are, ends with its input.

Each line that it reads later makes the platforms that wane do so.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import orjson

from hub.demo.network import network
from hub.demo.plan import Sizes
from hub.demo.serving import HOST, open_ports
from hub.demo.waning import Waning


async def run() -> None:
    """Draw the network, serve it until the process that asked for it closes its end."""
    asked = orjson.loads(sys.stdin.buffer.readline())
    sizes = Sizes(**asked["sizes"] | {"today": date.fromisoformat(asked["sizes"]["today"])})
    built = list(network(sizes))
    servers = await open_ports((platform for _, platform in built), asked["port"])
    found = []
    for (source, _), (_, port) in zip(built, servers, strict=True):
        url = f"http://{HOST}:{port}{source.url}"
        tabular = {"tabular": url} if "resource" in source.options else {}
        found.append(asdict(replace(source, url=url, options={**source.options, **tabular})))
    tell(found)
    while await asyncio.to_thread(sys.stdin.buffer.readline):
        for _, platform in built:
            if isinstance(platform, Waning):
                platform.wane()
        tell("done")


def tell(said: Any) -> None:
    """Say something to the process that asked."""
    sys.stdout.buffer.write(orjson.dumps(said) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(run())
