"""What the page of a frozen view shows: its cells in words, those revised since, its citation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import request, url_for

from hub.benchmark.freezing import Frozen, Revised
from hub.benchmark.indicators import RAW
from hub.benchmark.measures import Cell
from hub.clock import paris_day, today
from hub.db import db
from hub.models.metropole import metropoles
from hub.pages.format import listing, number, plural
from hub.pages.measure_words import cell_words, unit_of
from hub.pages.words import capital

INDICATORS_SHOWN = 12
"""How many indicators one page of a frozen view shows."""
FEW = 3
"""Up to how many producers a citation names."""
GONE = "n'est plus calculé"
REVISED_SHOWN = 100


def shown(frozen: Frozen, changed: Sequence[Revised], page: int) -> dict[str, Any]:
    """Return what a page of a frozen view shows."""
    names = {one.siren: one.short_name for one in db.session.scalars(metropoles())}
    at = paris_day(frozen.at)
    return {
        "frozen": frozen,
        "title": frozen.metadata["title"],
        "on": at,
        "today": today(),
        "live": live(frozen),
        "changed": len(changed),
        "revised": [_revised(one, names) for one in changed[:REVISED_SHOWN]],
        "blocks": list(_blocks(frozen, names, page)),
        "total": len(frozen.indicators),
        "populations": [{**each, "name": names[each["siren"]]} for each in frozen.metadata.get("populations", ())],
        "revised_words": revised_words(len(changed)),
        "producer": producer(frozen.metadata["producers"]),
        "year": at.year,
        "address": request.base_url,
    }


def revised_words(count: int) -> str:
    """Return « 14 valeurs ont été révisées depuis »."""
    if not count:
        return "aucune valeur n'a été révisée depuis"
    return f"{number(count)} {plural(count, 'valeur a été révisée', 'valeurs ont été révisées')} depuis"


def producer(names: Sequence[str]) -> str:
    """Return who produced the data, for a citation: the metropoles by name when they are few."""
    return listing(names) if len(names) <= FEW else f"{number(len(names))} métropoles du réseau"


def live(frozen: Frozen) -> str:
    """Return the address of the view as it is now."""
    asked: dict[str, Any] = {
        name: value for name, value in frozen.parameters.items() if value and (name, value) != ("n", RAW)
    }
    if key := asked.pop("key", ""):
        return url_for("indicators.indicator", key=key, **asked)
    if "m" in asked:
        asked["g"] = "groupe"
    return url_for("compare.compare", **asked)


def _blocks(frozen: Frozen, names: Mapping[str, str], page: int) -> Iterable[dict[str, Any]]:
    """The indicators of a page, each with a row for each metropole and a cell for each period."""
    keys = list(frozen.indicators)[(page - 1) * INDICATORS_SHOWN : page * INDICATORS_SHOWN]
    for key in keys:
        rows: dict[str, list[Any]] = {}
        for cell in frozen.cells:
            if cell.indicator.key == key:
                rows.setdefault(cell.siren, []).append(cell_words(cell))
        indicator = frozen.indicators[key]
        unit = unit_of(indicator, frozen.parameters["n"])
        lines = [(names.get(siren, siren), said) for siren, said in rows.items()]
        formula = capital(indicator.numerator)
        if indicator.denominator:
            formula = f"{formula}, rapporté à : {indicator.denominator}"
        periods = frozen.parameters["p"]
        yield {"indicator": indicator, "unit": unit, "formula": formula, "rows": lines, "periods": periods}


def _revised(one: Revised, names: Mapping[str, str]) -> dict[str, str]:
    cell = one.before
    said = {"indicator": cell.indicator.label, "metropole": names.get(cell.siren, cell.siren), "period": cell.period}
    return said | {"before": said_of(cell), "after": said_of(one.after) if one.after else GONE}


def said_of(cell: Cell) -> str:
    """Return a cell in one line: its number with its unit and its signs, or why there is none."""
    words = cell_words(cell)
    return f"{words.full} {words.signs}".strip() if words.present else words.reason
