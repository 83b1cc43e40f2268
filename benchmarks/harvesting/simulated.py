"""A platform of proposals on a loopback port, as fast as it can be: every page encoded beforehand.

`python -m benchmarks.harvesting.simulated ROWS [--validators] [--delay MS]` prints its port, then serves until killed.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import random
import re
import socket
from dataclasses import dataclass

import orjson

PAGE = 100
STREETS = ("rue des Alouettes", "place du Marché", "quai de la Fosse", "boulevard de l'Égalité")
WISHES = ("Créer une piste cyclable", "Planter des arbres", "Ouvrir un café solidaire", "Apaiser la circulation")
_ASKED = re.compile(rb"GET /proposals\?(?:[^ ]*&)?page=(\d+)")
_KNOWN = re.compile(rb"\r\n[Ii]f-[Nn]one-[Mm]atch: ([^\r]+)\r\n")


def proposal(rank: int, luck: random.Random) -> dict[str, object]:
    """Return an ordinary proposal: 16 fields, about 350 bytes."""
    return {
        "id": rank,
        "process_id": f"demarche-{luck.randrange(200)}",
        "type": luck.choice(("proposition", "projet", "avis")),
        "title": f"{luck.choice(WISHES)} {luck.choice(STREETS)} ({rank})",
        "reference": f"PROP-2023-04-{rank}",
        "summary": "Un aménagement sûr, ouvert à toutes et tous.",
        "status": luck.choice(("accepted", "evaluating", "rejected")),
        "votes": luck.randrange(500),
        "supports": luck.randrange(90),
        "comments": luck.randrange(40),
        "amount": luck.randrange(50_000),
        "place": luck.choice(STREETS),
        "lat": round(47.2184 + luck.random() / 50, 5),
        "lon": -1.5536,
        "published_at": f"2023-04-{luck.randint(1, 28):02}T08:15:00Z",
        "updated_at": f"2024-01-{luck.randint(1, 28):02}T16:42:31Z",
    }


@dataclass
class Site:
    """Its pages, ready to be sent, with their validators; the seconds each answer waits."""

    pages: list[tuple[bytes, bytes]]
    validators: bool
    delay: float

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(self._reply(head))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _reply(self, head: bytes) -> bytes:
        asked = _ASKED.match(head)
        rank = int(asked[1]) - 1 if asked else len(self.pages)
        body, tag = self.pages[min(rank, len(self.pages) - 1)]
        known = _KNOWN.search(head)
        if self.validators and known and known[1] == tag:
            return b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\nContent-Length: 0\r\n\r\n"
        sent = b"ETag: " + tag + b"\r\n" if self.validators else b""
        size = str(len(body)).encode()
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            + sent
            + b"Content-Length: "
            + size
            + (b"\r\n\r\n" + body)
        )


def pages(rows: int) -> list[tuple[bytes, bytes]]:
    """Return the encoded pages of `rows` proposals and their validators; the last page is empty."""
    luck = random.Random(20261121)
    made = []
    for start in range(0, rows + PAGE, PAGE):
        items = [proposal(rank, luck) for rank in range(start + 1, min(start + PAGE, rows) + 1)]
        body = orjson.dumps({"total": rows, "items": items})
        made.append((body, b'"' + hashlib.sha256(body).hexdigest()[:16].encode() + b'"'))
    return made


async def serve(site: Site) -> None:
    """Serve on a free port of 127.0.0.1, printed, until killed."""
    server = await asyncio.start_server(site.answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int)
    parser.add_argument("--validators", action="store_true")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds")
    asked = parser.parse_args()
    asyncio.run(serve(Site(pages(asked.rows), asked.validators, asked.delay / 1000)))
