"""A source gone wrong: a clear French state, the last good data kept (`harvest.md` §13, §14)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from hub.errors import BadQuery
from hub.harvest.registry import propose
from tests.harvesting import harvest, plain_source, presences, titles
from tests.platforms.plain import Plain, reply

Answering = Callable[[Any, int], bool]


def body(rows: list[Any], **more: Any) -> bytes:
    return json.dumps({"things": rows, "next": None, "total": len(rows), "end": True, **more}).encode()


def answers(status: int, content: bytes = b"", **headers: str) -> Answering:
    return lambda handler, _rank: reply(handler, status, content, {k.replace("_", "-"): v for k, v in headers.items()})


def short(handler: Any, _rank: int) -> bool:
    """Fewer bytes than announced."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"things": [')
    handler.close_connection = True
    return True


ROW = {"title": "Autre", "updated_at": "2026-01-01T00:00:00Z"}
FAULTS: dict[str, tuple[Answering, str, str | None]] = {
    "loops": (lambda handler, _rank: reply(handler, 302, b"", {"Location": handler.path}), "failed", "sans fin"),
    "moves": (answers(301, Location="http://ailleurs.example/things"), "failed", "a déménagé"),
    "lies": (answers(200, b"<html>Bonjour</html>"), "failed", "une page web"),
    "image": (answers(200, b"\x89PNG\r\n"), "failed", "pas du JSON"),
    "nan": (answers(200, b'{"things": [NaN]}'), "failed", "pas du JSON"),
    "pit": (answers(200, b"[" * 100_000), "failed", "pas du JSON"),
    "nothing": (answers(204), "failed", "réponse 204"),
    "shape": (answers(200, b'{"rows": []}'), "failed", "n'a plus sa forme"),
    "short": (short, "failed", None),
    "empty": (answers(200, body([])), "held", None),
    "other ids": (answers(200, body([{"id": f"n{rank}", **ROW} for rank in range(8)])), "held", None),
    "tenfold": (answers(200, body([{"id": str(rank), **ROW} for rank in range(80)])), "held", None),
    "other fields": (answers(200, body([{"id": str(rank), "nom": "x", **ROW} for rank in range(1, 9)])), "held", None),
    "never read": (answers(304), "failed", "rien gardé"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_a_source_becomes_the_last_good_data_stay(reader: Flask, platform: Plain, fault: str) -> None:
    for rank in range(1, 9):
        platform.put(str(rank))
    source = plain_source(platform)
    harvest(source, full=True)
    before = titles(), presences()
    platform.answering, state, words = FAULTS[fault]
    if fault == "never read":
        source = plain_source(platform, "neuve", siren=None)
    run = harvest(source, full=True)
    assert run.state == state
    assert words is None or words in (run.message or "")
    assert (titles(), presences()) == before
    platform.answering = lambda _handler, _rank: False
    assert harvest(source, full=True).state == "complete"


@pytest.mark.parametrize("url", ["http://10.0.0.8/", "http://localhost/", "http://169.254.169.254/latest", "http://x/"])
def test_a_private_address_is_never_a_source(app: Flask, url: str) -> None:
    with pytest.raises(BadQuery):
        propose({"slug": "x", "siren": None, "name": "x", "connector": "consul", "url": url}, "Une agente")


def test_a_private_address_accepted_long_ago_is_not_asked(sqlite_reader: Flask, platform: Plain) -> None:
    platform.put("1")
    source = plain_source(platform)
    sqlite_reader.config["ALLOW_PRIVATE_NETWORKS"] = False
    run = harvest(source)
    assert (run.state, run.cause, platform.asked) == ("failed", "contract", [])
    assert "machine publique" in (run.message or "")
