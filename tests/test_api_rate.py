"""Reads of the API without a token are counted by address, and every answer says what is left (`push-api.md` §10)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from hub.access.limits import FEW, ProcessStorage
from hub.db import db
from hub.harvest.founding import load_register
from hub.models.audit import Rate
from tests.make import counts
from tests.test_push_api import Program

READ = "/api/v1/metropoles"


def test_a_read_says_what_is_left_and_the_one_beyond_waits(sqlite_app: Flask) -> None:
    sqlite_app.config["RATE_READS"] = "3/hour"
    reader, before = sqlite_app.test_client(), counts()
    answers = [reader.get(path) for path in (READ, f"{READ}/inconnue", READ)]
    assert [each.headers["RateLimit-Remaining"] for each in answers] == ["2", "1", "0"]
    assert [each.status_code for each in answers] == [200, 404, 200]
    beyond = reader.get(READ)
    assert (beyond.status_code, beyond.mimetype) == (429, "application/problem+json")
    assert 0 < int(beyond.headers["Retry-After"]) <= 3600
    assert (beyond.headers["RateLimit-Limit"], beyond.headers["RateLimit-Remaining"]) == ("3", "0")
    assert reader.get(READ, environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 200
    assert reader.get("/metropoles").status_code == 200
    assert counts() == before


def test_a_client_that_bears_a_token_is_not_counted_with_its_address(sqlite_app: Flask) -> None:
    sqlite_app.config["RATE_READS"] = "1/hour"
    load_register()
    nantes = Program(sqlite_app, "own:read", "feed:read")
    for _ in range(3):
        assert nantes.call("GET", "/api/v1/changes").status_code == 200
        told = nantes.call("GET", "/api/v1/push/me")
        assert (told.status_code, told.headers["RateLimit-Limit"]) == (200, "60")


def test_who_asks_too_often_is_told_so_while_another_writes_and_counts_no_more(sqlite_app: Flask) -> None:
    sqlite_app.config["RATE_PUSH"] = "2/hour"
    load_register()
    nantes = Program(sqlite_app, "own:read")
    answers = [nantes.call("GET", "/api/v1/push/me").status_code for _ in range(3)]
    db.session.remove()
    writer = sqlite3.connect(Path(sqlite_app.instance_path) / "hub.sqlite", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")  # whoever wrote now would wait for thirty seconds, then break
    try:
        answers += [nantes.call("GET", "/api/v1/push/me").status_code for _ in range(3)]
    finally:
        writer.execute("ROLLBACK")
        writer.close()
    assert answers == [200, 200, *[429] * 4]
    assert max(db.session.scalars(select(Rate.hits))) == 2


def test_windows_that_are_over_count_no_more_and_are_forgotten() -> None:
    kept = ProcessStorage()
    counted = [kept.incr("lasting", 3600), kept.incr("lasting", 3600, 2), kept.incr("over", 0), kept.incr("over", 0)]
    assert counted == [1, 3, 1, 1]
    assert (kept.get("lasting"), kept.get("over"), kept.get("unknown")) == (3, 0, 0)
    for rank in range(3 * FEW):
        kept.incr(f"passing-{rank}", 0)
    assert kept.get("lasting") == 3
    assert kept.reset() <= FEW + 1
    assert kept.get("lasting") == 0
