"""Records drawn at random, with something wrong in most of them: the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import schemas
from connectors.base import Record
from tests.hostile import own

VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1.5, 2**70, "", " ", "x", "?", "é" * 400, "31/02/2026", "2021-02-30", "2099-01-01"),
    *([], {}, [None], ["x", 3], {"é~/": 1}, [[1]], "https://", "12,5", "000000000"),
)
"""What a field may be given that most fields do not take."""
Change = Callable[[random.Random, dict[str, Any]], None]


def sent(luck: random.Random, remote_id: str, *, wrong: bool = True) -> dict[str, Any]:
    """A record as it is sent, of some kind; `wrong`: with one thing or two changed, most often for the worse."""
    kind = luck.choice(schemas.KINDS)
    data = own(Record(kind, remote_id, deepcopy(schemas.schema(kind)["examples"][0]))).data
    found = {"kind": kind, "remote_id": remote_id, "data": data}
    for _ in range(luck.choice((1, 1, 2)) if wrong else 0):
        luck.choice(CHANGES)(luck, found)
    return found


def batch(luck: random.Random, most: int = 4) -> list[dict[str, Any]]:
    """A few records, some of which are sound."""
    return [sent(luck, str(rank), wrong=luck.random() < 0.7) for rank in range(luck.randint(1, most))]


def _place(luck: random.Random, data: Any) -> tuple[Any, Any]:
    """What holds a value somewhere in the data, and under which name or rank."""
    inside, name = data, luck.choice(list(data))
    while isinstance(inside[name], dict | list) and inside[name] and luck.random() < 0.7:
        inside = inside[name]
        name = luck.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
    return inside, name


def _another_value(luck: random.Random, record: dict[str, Any]) -> None:
    if record["data"] and isinstance(record["data"], dict):
        inside, name = _place(luck, record["data"])
        inside[name] = deepcopy(luck.choice(VALUES))


def _one_less(luck: random.Random, record: dict[str, Any]) -> None:
    if record["data"] and isinstance(record["data"], dict):
        inside, name = _place(luck, record["data"])
        del inside[name]


def _one_more(luck: random.Random, record: dict[str, Any]) -> None:
    if isinstance(record["data"], dict):
        record["data"][luck.choice(("titre", "a/b", "a~b", "", "étât", "kind"))] = deepcopy(luck.choice(VALUES))


def _another_envelope(luck: random.Random, record: dict[str, Any]) -> None:
    name, value = luck.choice(
        (
            *(("kind", "projet"), ("remote_id", ""), ("remote_id", 12), ("data", [1]), ("data", None), ("data", {})),
            *(("diffusion", "secrète"), ("public_on", "demain"), ("revision", [1]), ("deleted", "oui"), ("inconnu", 1)),
        )
    )
    record[name] = value


CHANGES: tuple[Change, ...] = (_another_value, _another_value, _another_value, _one_less, _one_more, _another_envelope)
