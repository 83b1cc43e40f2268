"""What is measured, and each measure, for programs: the cells of the pages and of the files (`benchmark.md` §12–13)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from flask import Response, request

from hub.api.query import accept, next_page, wanted
from hub.api.read import answer, bp
from hub.benchmark.indicators import CATALOGUE, INDICATORS, Indicator
from hub.benchmark.measure_metadata import declaration
from hub.benchmark.measure_rows import measure_row
from hub.benchmark.measures import Key, cells, known_periods
from hub.db import db
from hub.errors import BadQuery, UnknownThing
from hub.models.metropole import Metropole, metropole_called, metropoles

PARAMETERS = ("i", "m", "p", "after", "limit")
BETWEEN = "~"
"""What stands between the parts of a cursor: no key, SIREN or year holds it."""


@bp.get("/indicators")
def list_indicators() -> Response:
    """Every indicator, in one page."""
    accept(request.args)
    return answer({"items": [declaration(each) for each in CATALOGUE], "next": None, "total": len(CATALOGUE)})


@bp.get("/indicators/<key>")
def read_indicator(key: str) -> Response:
    """One indicator."""
    accept(request.args)
    if key not in INDICATORS:
        raise UnknownThing(f"Aucun indicateur ne s'appelle « {key[:50]} ». Indicateurs : {', '.join(INDICATORS)}.")
    return answer(declaration(INDICATORS[key]))


@bp.get("/measures")
def list_measures() -> Response:
    """A page of measures, those without a value included: by indicator, by metropole, by period, the newest first."""
    accept(request.args, PARAMETERS)
    chosen = _indicators(), _metropoles(), _periods()
    keys = [(one.key, metropole.siren, period) for one, metropole, period in product(*chosen)]
    start, limit = _start(keys), wanted(request.args)
    shown = keys[start : start + limit]
    return answer(
        {
            "items": _items(shown, {one.siren: one for one in chosen[1]}),
            "next": next_page(BETWEEN.join(shown[-1])) if start + limit < len(keys) else None,
            "total": len(keys),
        }
    )


def _items(keys: Sequence[Key], known: dict[str, Metropole]) -> list[dict[str, Any]]:
    """Return these cells as rows; only those of the page are read."""
    indicators, sirens, periods = (list(dict.fromkeys(part)) for part in zip(*keys, strict=True)) if keys else ([],) * 3
    found = cells([INDICATORS[key] for key in indicators], [known[siren] for siren in sirens], periods)
    return [measure_row(found[key], known[key[1]]) for key in keys]


def _indicators() -> Sequence[Indicator]:
    key = request.args.get("i")
    if key is None:
        return CATALOGUE
    if key not in INDICATORS:
        raise BadQuery(f"i : « {key[:50]} » n'est pas accepté. Acceptés : {', '.join(INDICATORS)}.")
    return [INDICATORS[key]]


def _metropoles() -> Sequence[Metropole]:
    name = request.args.get("m")
    if name is None:
        return db.session.scalars(metropoles()).all()
    found = db.session.scalars(metropole_called(name)).all()
    if not found:
        raise BadQuery(f"m : « {name[:50]} » n'est pas connu (voir /api/v1/metropoles).")
    return found


def _periods() -> Sequence[str]:
    known, period = known_periods(), request.args.get("p")
    if period is not None and period not in known:
        raise BadQuery(f"p : « {period[:50]} » n'est pas accepté. Acceptés : {', '.join(known) or 'aucun à ce jour'}.")
    return known if period is None else [period]


def _start(keys: Sequence[Key]) -> int:
    """Return where the page begins: after the cell that the cursor names. Raises BadQuery."""
    after = request.args.get("after")
    if after is None:
        return 0
    last = tuple(after.split(BETWEEN))
    if last not in keys:
        raise BadQuery("after : reprenez tel quel le paramètre de l'adresse « next » de la page précédente.")
    return keys.index(last) + 1
