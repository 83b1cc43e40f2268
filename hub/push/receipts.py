"""Receipts: who sent what and when, signed (ES256, RFC 7515), to be checked by anybody with the public keys (§11)."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from flask import current_app
from joserfc import jws
from joserfc.jwk import ECKey, KeySet
from sqlalchemy import Connection, insert

from hub.clock import iso, now
from hub.harvest.feed import one_at_a_time
from hub.models import PushReceipt
from hub.push.report import Report

YEARLY = timedelta(days=365)
FILE = "receipt_keys.json"


def write_receipt(connection: Connection, report: Report, client_id: int, ref: str, body_sha256: str) -> None:
    """Sign what a run received, in its transaction."""
    one_at_a_time(connection)  # on PostgreSQL too, the first key is drawn once
    at = iso(now())
    said: dict[str, Any] = {
        "run": report.run,
        "siren": report.siren,
        "client": ref,
        "received_at": at,
        "body_sha256": body_sha256,
    }
    said |= {"state": report.state, "counts": dict(report.counts)}
    key = _signing_key()
    signed = jws.serialize_compact({"alg": "ES256", "kid": key.kid}, orjson.dumps(said), key)
    row = {"run_id": report.run_id, "client_id": client_id, "siren": report.siren, "received_at": at}
    connection.execute(insert(PushReceipt).values(**row, body_sha256=body_sha256, jws=signed))


def public_keys() -> dict[str, Any]:
    """Return the key set that receipts are checked with, old keys included (RFC 7517 §5)."""
    return dict(_keys().as_dict(private=False))


def _signing_key() -> ECKey:
    """Return the key of this year, drawn when the last one is a year old; earlier keys stay, to check with."""
    keys = _keys()
    newest = keys.keys[-1] if keys.keys else None
    if newest is not None and now() - _drawn(newest) < YEARLY:
        assert isinstance(newest, ECKey)
        return newest
    drawn = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": now().strftime("%Y-%m-%dT%H-%M-%SZ")})
    _store(KeySet([*keys.keys, drawn]))
    return drawn


def _drawn(key: Any) -> datetime:
    return datetime.strptime(key.kid, "%Y-%m-%dT%H-%M-%SZ").replace(tzinfo=UTC)


def _keys() -> KeySet:
    try:
        return KeySet.import_key_set(orjson.loads(_path().read_bytes()))
    except FileNotFoundError:
        return KeySet([])


def _store(keys: KeySet) -> None:
    """Write the keys aside, readable by nobody else, then rename: a crash leaves the earlier file."""
    aside = _path().with_suffix(f".{os.getpid()}.tmp")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(keys.as_dict(private=True)))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(_path())


def _path() -> Path:
    return Path(current_app.instance_path) / FILE
