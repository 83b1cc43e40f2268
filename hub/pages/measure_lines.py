"""Measures of one indicator as charts and tables show them: a line a metropole, in alphabetical order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hub.benchmark.indicators import YES_NO, Indicator
from hub.benchmark.measures import Cell
from hub.models.metropole import Metropole
from hub.pages.admission import reader
from hub.pages.format import listing, number, plural
from hub.pages.measure_words import CellWords, cell_words, covers, value_text

CAREFUL = "C"
"""The grade under which a value is read apart, « à lire avec prudence » (B10)."""
FEW = 3
"""Up to how many producers are all named."""


@dataclass(frozen=True, slots=True)
class Line:
    """A cell with its metropole and its words. `name` says in which metropole a nested territory lies."""

    metropole: Metropole
    name: str
    cell: Cell
    words: CellWords
    mine: bool


def lines_of(found: Iterable[Cell], every: Sequence[Metropole]) -> list[Line]:
    """Return the cells of an indicator as lines; mine are those of the metropoles of which the reader is."""
    known, own = {one.siren: one for one in every}, {each.siren for each in reader().roles}
    return [
        Line(known[cell.siren], name_of(known[cell.siren], every), cell, cell_words(cell), cell.siren in own)
        for cell in found
    ]


def name_of(metropole: Metropole, every: Sequence[Metropole]) -> str:
    """Return the name of a metropole: « Plaine Commune (dans Grand Paris) »."""
    within = [one.short_name for one in every if one.siren == metropole.within]
    return f"{metropole.short_name} (dans {within[0]})" if within else metropole.short_name


def readable(lines: Iterable[Line]) -> list[Line]:
    """Return the lines that have a value which is not to be read apart."""
    return [line for line in lines if line.cell.present and line.cell.grade != CAREFUL]


def careful(lines: Iterable[Line]) -> list[Line]:
    """Return the lines to be read apart, with care."""
    return [line for line in lines if line.cell.present and line.cell.grade == CAREFUL]


def absent(lines: Iterable[Line]) -> list[Line]:
    """Return the lines without a value."""
    return [line for line in lines if not line.cell.present]


def reasons(lines: Iterable[Line]) -> list[str]:
    """Return who has no value, reason by reason: « n.d. — pas de donnée transmise : Brest et Dijon »."""
    found: dict[str, list[str]] = {}
    for line in absent(lines):
        found.setdefault(line.words.reason, []).append(line.name)
    return [f"{reason} : {listing(names)}" for reason, names in found.items()]


def dots(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Return lines as rows of a chart: their value, its text with its signs, its interval where there is one."""
    return [
        {
            "label": line.name,
            "value": line.cell.value,
            "text": f"{line.words.text} {line.words.signs}".strip(),
            "low": line.cell.low if line.words.interval else None,
            "high": line.cell.high if line.words.interval else None,
            "mine": line.mine,
        }
        for line in lines
    ]


def finding(indicator: Indicator, lines: Sequence[Line]) -> str:
    """Return what the lines say, in a sentence: the title of their chart (B36)."""
    known = sorted((line for line in lines if line.cell.present), key=lambda line: line.cell.value or 0)
    if not known:
        return f"{indicator.label} : aucune valeur connue"
    if indicator.measure == YES_NO:
        return f"{indicator.label} : {number(sum(line.cell.value == 1 for line in known))} « oui » sur {len(known)}"
    if len(known) == 1:
        return f"{indicator.label} : {known[0].name}, {known[0].words.full}"
    low, high = (value_text(indicator, line.cell.value or 0, form=line.cell.form) for line in (known[0], known[-1]))
    span = f"{low} partout" if low == high else f"de {low} à {high}"
    return f"{indicator.label} : {span}, {covers([line.cell for line in lines], [line.metropole for line in lines])}"


def producers(found: Iterable[Cell], every: Iterable[Metropole]) -> str:
    """Return who made these values, to be named first: « Nantes Métropole, Brest et 15 autres métropoles » (B39)."""
    sirens = {cell.siren for cell in found if cell.present}
    names = [one.name for one in every if one.siren in sirens]
    others = len(names) - FEW + 1
    if len(names) <= FEW:
        return listing(names) or "aucune métropole à ce jour"
    return listing([*names[: FEW - 1], f"{number(others)} {plural(others, 'autre métropole', 'autres métropoles')}"])
