"""One writing for one content: canonical JSON, its hash, and the identity of a record in the hub."""

from __future__ import annotations

import hashlib
import math
import unicodedata
from decimal import Decimal
from typing import Any

import orjson

_STRICT = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(first + second for first in _CROCKFORD for second in _CROCKFORD)
"""The writing of each 10 bits."""
_SMALLEST_PLAIN = 1e-4
"""Below it, floats may be written with an exponent by a fast writer."""


def canonical(data: object) -> bytes:
    """Return the canonical JSON of a value (`schema.md` §1): the same content always gives the same bytes.

    Keys sorted by code point, strings in NFC, no spaces, UTF-8 unescaped, `1.0` as `1`, other numbers in their
    shortest decimal form without exponent, `-0` as `0`. Raises ValueError for NaN, infinities, lone surrogates, two
    keys that NFC makes equal and bottomless nesting; TypeError for what JSON cannot hold.
    """
    try:
        if not _has_odd_float((data,)):
            fast = orjson.dumps(data, option=_STRICT)
            if fast.isascii() or unicodedata.is_normalized("NFC", fast.decode()):
                return fast
    except TypeError:
        pass  # integers beyond 64 bits, subclasses of str as keys…: the exact writer decides
    except RecursionError as error:
        raise ValueError("les données sont trop imbriquées") from error
    try:
        return _exact(data).encode()
    except RecursionError as error:
        raise ValueError("les données sont trop imbriquées") from error


def content_hash(data: object) -> str:
    """Return the SHA-256 of the canonical JSON of a value, in hexadecimal. Raises as `canonical` does."""
    return hashlib.sha256(canonical(data)).hexdigest()


def hub_id(source_slug: str, kind: str, remote_id: str) -> str:
    """Return the identity of a record in the hub: 13 characters of lower-case Crockford base 32.

    They hold the first 65 bits of sha256(`source slug⇥kind⇥remote_id`), most significant first, 5 bits a character.
    Raises ValueError for a text that UTF-8 cannot carry. Source: `schema.md` §1.
    """
    digest = hashlib.sha256(f"{source_slug}\t{kind}\t{remote_id}".encode()).digest()
    bits = int.from_bytes(digest[:8], "big")
    first, second, third = _PAIRS[bits >> 54], _PAIRS[bits >> 44 & 1023], _PAIRS[bits >> 34 & 1023]
    fourth, fifth, sixth = _PAIRS[bits >> 24 & 1023], _PAIRS[bits >> 14 & 1023], _PAIRS[bits >> 4 & 1023]
    return f"{first}{second}{third}{fourth}{fifth}{sixth}{_CROCKFORD[(bits & 15) << 1 | digest[8] >> 7]}"


def _has_odd_float(value: Any) -> bool:
    """Tell whether a float of the value may be written otherwise than in canonical form by a fast writer."""
    for item in value.values() if isinstance(value, dict) else value:
        kind = type(item)
        if kind is float:
            if not _SMALLEST_PLAIN <= abs(item) < math.inf or item.is_integer():
                return True
        elif (kind is dict or kind is list or kind is tuple) and _has_odd_float(item):
            return True
    return False


def _exact(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_exact, value)) + "]"
    if isinstance(value, dict):
        return _object(value)
    raise TypeError(f"{type(value).__name__} n'existe pas en JSON")


def _object(value: dict[Any, Any]) -> str:
    if not all(isinstance(key, str) for key in value):
        raise TypeError("une clé n'est pas un texte")
    members = {unicodedata.normalize("NFC", key): item for key, item in value.items()}
    if len(members) != len(value):
        raise ValueError("deux clés ne diffèrent que par leur forme Unicode")
    return "{" + ",".join(f"{_text(key)}:{_exact(members[key])}" for key in sorted(members)) + "}"


def _text(value: str) -> str:
    try:
        return orjson.dumps(unicodedata.normalize("NFC", value)).decode()
    except TypeError as error:
        raise ValueError("le texte contient un demi-caractère isolé") from error


def _number(value: float | Decimal) -> str:
    if isinstance(value, int):
        return str(int(value))
    if not math.isfinite(value):
        raise ValueError("un nombre infini ou indéfini n'existe pas en JSON")
    if value == int(value):
        return str(int(value))
    written = format(Decimal(repr(value)) if isinstance(value, float) else value, "f")
    return written.rstrip("0")
