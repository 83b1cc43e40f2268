"""Subtotals of cells: cases that a fold cannot tell apart, added up once and moved with each case that comes or goes.

A measure of a thousand démarches is folded from a few rows, so what one change costs does not grow with the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, delete, select

from hub.benchmark.cases import Row
from hub.benchmark.folding import WORDED, is_median
from hub.benchmark.indicators import CATALOGUE
from hub.db import delete_all, insert_all
from hub.models import Subtotal

Cell = tuple[str, str, str]
"""Indicator, SIREN, period."""
Cells = set[Cell]
ALIKE = ("kind", "qualifier", "approximate", "lacks", "elsewhere", "hidden", "run_id")
SHAPE = (*ALIKE, "hub_id", "said", "counted", "alone")
"""What the fold looks at in a case, beside what it adds up."""
MEDIANS = tuple(one.key for one in CATALOGUE if is_median(one))
_NAMES = ("indicator", "siren", "period", "shape")
_SUMS = ("numerator", "denominator", "n")
Sums = tuple[float, float, int]


def subtotals(connection: Connection, cells: Cells) -> dict[Cell, list[Mapping[str, Any]]]:
    """Return what these cells are folded from: each row stands for its `n` cases."""
    found: dict[Cell, list[Mapping[str, Any]]] = defaultdict(list)
    for (*cell, shape), sums in _standing(connection, cells).items():
        row = dict(zip((*SHAPE, *_SUMS), (*orjson.loads(shape), *sums), strict=True))
        found[cell[0], cell[1], cell[2]].append(row if row["counted"] else row | {"numerator": None})
    return found


def move(connection: Connection, gone: Iterable[Row], come: Iterable[Row], whole: Collection[str]) -> None:
    """Take the cases that went out of the subtotals, and add those that came.

    `whole`: the metropoles of which all cases that stand are among those that came, as nothing is kept of them.
    """
    connection.execute(delete(Subtotal).where(Subtotal.siren.in_(whole)))
    moves: dict[tuple[str, ...], Sums] = {}
    for sign, rows in ((-1, gone), (1, come)):
        for row in rows:
            if row["lacks"] or row["numerator"] is not None:  # else it is listed, not counted
                name = (row["indicator"], row["siren"], row["period"], _shape(row))
                own = ((row["numerator"] or 0) * sign, (row["denominator"] or 0) * sign, sign)
                moves[name] = _add(moves.get(name), own)
    moves = {name: sums for name, sums in moves.items() if any(sums)}
    old = _standing(connection, {(name[0], name[1], name[2]) for name in moves})
    delete_all(connection, Subtotal, _NAMES, [name for name in moves if name in old])
    new = [(name, _add(old.get(name), sums)) for name, sums in moves.items()]
    insert_all(connection, Subtotal, [_stored(name, sums) for name, sums in new if sums[2]])


def among(table: Any, cells: Collection[Cell]) -> Iterator[Any]:
    """Yield the conditions that find these cells by key, and perhaps others of the same names."""
    for column, values in zip((table.indicator, table.siren, table.period), zip(*cells, strict=True), strict=True):
        yield column.in_(sorted(set(values)))


def _standing(connection: Connection, cells: Cells) -> dict[tuple[str, ...], Sums]:
    if not cells:
        return {}
    found = connection.execute(select(Subtotal.__table__).where(*among(Subtotal, cells)))
    return {tuple(row[:4]): (row[4], row[5], row[6]) for row in found if (row[0], row[1], row[2]) in cells}


def _shape(row: Row) -> str:
    """Return what the fold looks at in a case: a metropole's own figure is chosen among others, by its name."""
    own, indicator = row["kind"] == "observation", row["indicator"]
    said = row["said"] if own or row["lacks"] or indicator in WORDED else None
    alone = [float(row[part] or 0) for part in _SUMS[:2]] if indicator in MEDIANS else None  # 1 reads back as 1.0
    more = (row["hub_id"] if own else None, said, row["numerator"] is not None, alone)
    return orjson.dumps([*(row[each] for each in ALIKE), *more]).decode()


def _add(one: Sums | None, other: Sums) -> Sums:
    """Return both together, to the millionth: in whatever order decimals come and go, their sum is the same."""
    if one is None:
        return other
    return round(one[0] + other[0], 6), round(one[1] + other[1], 6), one[2] + other[2]


def _stored(name: Sequence[str], sums: Sums) -> Mapping[str, Any]:
    return dict(zip((*_NAMES, *_SUMS), (*name, float(sums[0]), float(sums[1]), sums[2]), strict=True))
