"""A receipt is checked by anybody, with another library than the one that signed it (`push-api.md` P41)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask

from hub.clock import iso
from hub.harvest.founding import load_register
from tests.sending import demarche
from tests.test_push_api import Program


@pytest.fixture
def hub(sqlite_app: Flask) -> Flask:
    load_register()
    return sqlite_app


def opened(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key_of(hub: Flask, header: bytes) -> ec.EllipticCurvePublicKey:
    """The public key that a receipt names, among those that are published."""
    published = hub.test_client().get("/.well-known/jwks.json").get_json()["keys"]
    (found,) = [each for each in published if each["kid"] == json.loads(header)["kid"]]
    x, y = (int.from_bytes(opened(found[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def verify(key: ec.EllipticCurvePublicKey, said: bytes, signature: bytes) -> None:
    """Check a signature as RFC 7518 §3.4 writes it. Raises InvalidSignature."""
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    key.verify(encode_dss_signature(r, s), said, ec.ECDSA(SHA256()))


def receipt(nantes: Program, name: str) -> tuple[bytes, bytes, bytes]:
    """What the receipt of a sending signs, its header and its signature."""
    sent = nantes.send(demarche(name)).get_json()
    jws = nantes.call("GET", sent["receipt"]).get_json()["receipt"]["jws"]
    said, _, signature = jws.rpartition(".")
    return said.encode(), opened(said.partition(".")[0]), opened(signature)


def test_a_receipt_is_sound_for_another_library_and_no_longer_after_one_altered_byte(hub: Flask) -> None:
    said, header, signature = receipt(Program(hub), "1")
    key = key_of(hub, header)
    verify(key, said, signature)
    for text, altered in ((said, True), (signature, False)):
        for place in range(len(text)):
            wrong = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
            with pytest.raises(InvalidSignature):
                verify(key, *((wrong, signature) if altered else (said, wrong)))


def test_keys_change_every_year_and_old_receipts_are_checked_with_those_of_their_time(hub: Flask) -> None:
    found: list[tuple[Any, ...]] = []
    for year in range(3):
        found.append(receipt(Program(hub), str(year)))
        hub.config["CLOCK"] = iso(datetime.fromisoformat(hub.config["CLOCK"]) + timedelta(days=366))
    assert len({header for _, header, _ in found}) == 3
    for said, header, signature in found:
        verify(key_of(hub, header), said, signature)
