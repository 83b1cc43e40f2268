"""Answers sent compressed, unpacked piece by piece: never more than one piece at a time, and never cut unnoticed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from urllib3.exceptions import DecodeError

ACCEPTED = "gzip"
"""The only compression asked for: the one whose end can be checked."""


def unpacked(blocks: Iterable[bytes], coding: str, size: int) -> Iterator[bytes]:
    """Yield the content of an answer in pieces of at most `size` bytes. `coding` is its header Content-Encoding.

    Raises DecodeError when what comes is not what the header says, or stops before its own end.
    """
    if coding.strip().lower() in ("", "identity"):
        yield from blocks
        return
    if coding.strip().lower() not in ("gzip", "x-gzip"):
        raise DecodeError(f"compression inconnue : {coding}")
    yield from _gunzipped(blocks, size)


def _gunzipped(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """A gzip file may hold several parts (RFC 1952 §2.2); what follows them and is none is padding."""
    part, begun, parts = zlib.decompressobj(31), False, 1
    for block in blocks:
        rest = block
        while rest:
            if part.eof:
                part, parts = zlib.decompressobj(31), parts + 1
            begun = True
            try:
                piece = part.decompress(rest, size)
            except zlib.error as error:
                if parts > 1:
                    return
                raise DecodeError("compression illisible") from error
            rest = part.unused_data if part.eof else part.unconsumed_tail
            if piece:
                yield piece
    if begun and not part.eof:
        raise DecodeError("compression coupée")
