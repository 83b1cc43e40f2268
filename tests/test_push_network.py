"""Sendings over a network that fails: cut before their end, cut after they were read (`push-api.md` §6, §10)."""

from __future__ import annotations

import gzip
import json
import socket
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hub.db import db
from hub.harvest.founding import load_metropoles
from tests.browsing import served
from tests.clients import bearing, made, token_of
from tests.conftest import ready
from tests.make import counts
from tests.sending import demarche

LINES = "".join(json.dumps(demarche(str(rank))) + "\n" for rank in range(20)).encode()


@dataclass
class Line:
    """A program of Nantes that writes to the socket itself."""

    address: str
    headers: Mapping[str, str]

    def begin(self, **headers: str) -> socket.socket:
        """Send what comes before a body of records, one a line."""
        host = urlsplit(self.address)
        line = socket.create_connection((host.hostname or "", host.port or 0), timeout=30)
        told = {"Host": host.netloc, "Connection": "close", "Content-Type": "application/x-ndjson", **self.headers}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        text = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        line.sendall(f"POST /api/v1/push/records HTTP/1.1\r\n{text}\r\n".encode())
        return line


def answer(line: socket.socket) -> str:
    """All that the server says until it closes."""
    found = b""
    while block := line.recv(65536):
        found += block
    return found.decode()


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """The hub as it is served, and a program that speaks to it."""
    folder = tmp_path_factory.mktemp("network") / "instance"
    for app in ready(folder, "", CLOCK=""):
        load_metropoles()
        headers = bearing(token_of(made().ref))
        with served(Path(app.instance_path)) as address:
            yield Line(address, headers)


def stored() -> dict[str, int]:
    """What the hub holds now."""
    db.session.rollback()
    return counts()


def key() -> str:
    """A key of its own."""
    return str(uuid.uuid4())


def whole(line: Line, name: str) -> str:
    """What is answered to the whole of the lines, sent under a key."""
    with line.begin(Content_Length=str(len(LINES)), Idempotency_Key=name) as sent:
        sent.sendall(LINES)
        return answer(sent)


@pytest.mark.parametrize("form", ["told length", "parts"])
def test_half_a_body_writes_nothing_and_is_sent_again_under_its_key(line: Line, form: str) -> None:
    name, half = key(), LINES[: len(LINES) // 2]
    parts = form == "parts"
    told = {"Transfer_Encoding": "chunked"} if parts else {"Content_Length": str(len(LINES))}
    before = stored()
    with line.begin(Idempotency_Key=name, **told) as sent:
        sent.sendall(b"%x\r\n%s\r\n" % (len(half), half) if parts else half)
        sent.shutdown(socket.SHUT_WR)
        said = answer(sent)
    assert " 400 " in said.splitlines()[0]
    assert parts or "/problems/envoi_coupe" in said
    assert stored() == before
    assert " 200 " in whole(line, name).splitlines()[0]
    assert stored()["facet"] == 20


def test_a_call_whose_answer_was_lost_is_answered_when_it_is_repeated(line: Line) -> None:
    """P26: the line is cut once the batch is written."""
    name, before = key(), stored()["run"]
    with line.begin(Content_Length=str(len(LINES)), Idempotency_Key=name) as sent:
        sent.sendall(LINES)
        for _ in range(300):
            if stored()["run"] > before:
                break
            time.sleep(0.02)  # between two looks: the server tells nobody that it wrote
    again = whole(line, name)
    assert " 200 " in again.splitlines()[0]
    assert "Idempotent-Replayed: true" in again
    assert stored()["run"] == before + 1


def test_what_is_too_large_is_refused_before_it_has_all_come(line: Line) -> None:
    """P38: by what it announces, else as soon as the limit is passed; the rest is never sent."""
    with line.begin(Content_Length="5000001", Idempotency_Key=key()) as sent:
        assert " 413 " in answer(sent).splitlines()[0]
    with line.begin(Transfer_Encoding="chunked", Idempotency_Key=key()) as sent:
        for _ in range(6):
            sent.sendall(b"f4240\r\n%s\r\n" % (b" " * 1_000_000))
        assert " 413 " in answer(sent).splitlines()[0]
    packed = gzip.compress(b" " * 100_000_000)
    with line.begin(Content_Length=str(len(packed) + 1), Content_Encoding="gzip", Idempotency_Key=key()) as sent:
        sent.sendall(packed)
        assert " 413 " in answer(sent).splitlines()[0]
