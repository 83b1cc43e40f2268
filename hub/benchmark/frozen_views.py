"""The views that may be frozen: from the parameters of a page to its cells, worked out anew by the hub."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask import current_app

from hub.benchmark.indicators import CATALOGUE, INDICATORS, OF_ADULTS, PER_INHABITANTS, RAW, Indicator
from hub.benchmark.measure_rows import measure_row
from hub.benchmark.measures import cells
from hub.config import FICTITIOUS
from hub.db import db
from hub.errors import BadQuery
from hub.models.metropole import Metropole, metropoles

FORMS = (RAW, PER_INHABITANTS, OF_ADULTS)
MOST = 5_000
"""How many cells one view may hold."""
LICENCE = "Licence Ouverte 2.0"
Asked = Mapping[str, Sequence[str]]
"""The parameters of a page, as its address gives them."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a view shows: its parameters in one writing, its cells as rows (B38), what is said of them."""

    parameters: dict[str, Any]
    rows: list[dict[str, Any]]
    metadata: dict[str, Any]
    definitions: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class FrozenView:
    """A view that may be frozen: the parameters it takes, and what they give."""

    takes: tuple[str, ...]
    content: Callable[[Asked], Content]


def compared(asked: Asked) -> Content:
    """Return a comparison: metropoles `m` (all when none is named), indicators `i`, periods `p`, form `n`."""
    every = db.session.scalars(metropoles()).all()
    named = _among("m", asked.get("m", ()), [one.slug for one in every])
    chosen = [one for one in every if one.slug in named or not named]
    keys = _among("i", _needed("i", asked), list(INDICATORS))
    indicators = [one for one in CATALOGUE if one.key in keys]
    slugs = [] if len(chosen) == len(every) else sorted(one.slug for one in chosen)
    parameters = {"m": slugs, "i": [one.key for one in indicators]}
    labels = [one.label for one in indicators]
    title = labels[0] if len(labels) == 1 else f"Comparaison de {len(labels)} indicateurs"
    return _content(title, parameters, indicators, chosen, asked)


def indicator(asked: Asked) -> Content:
    """Return the sheet of an indicator `key` for every metropole: periods `p`, form `n`."""
    key = _among("key", _needed("key", asked)[:1], list(INDICATORS))[0]
    every = db.session.scalars(metropoles()).all()
    return _content(INDICATORS[key].label, {"key": key}, [INDICATORS[key]], every, asked)


VIEWS = {
    "comparer": FrozenView(("m", "i", "p", "n"), compared),
    "indicateur": FrozenView(("key", "p", "n"), indicator),
}
"""The views that may be frozen, by name."""


def content_of(view: str, asked: Asked) -> Content:
    """Return what a view shows now. Raises BadQuery, giving what is accepted, on a view or a parameter it has not."""
    found = VIEWS[_among("view", [view], list(VIEWS))[0]]
    _among("paramètre", list(asked), list(found.takes))
    return found.content(asked)


def _content(
    title: str, parameters: dict[str, Any], indicators: Sequence[Indicator], chosen: Sequence[Metropole], asked: Asked
) -> Content:
    periods = sorted({_year(period) for period in _needed("p", asked)})
    form = _among("n", (*asked.get("n", ()), RAW)[:1], FORMS)[0]
    if len(indicators) * len(chosen) * len(periods) > MOST:
        raise BadQuery(f"Plus de {MOST} cases : choisissez moins d'indicateurs, de métropoles ou de périodes.")
    found = cells(indicators, chosen, periods, form)
    by_siren = {one.siren: one for one in chosen}
    rows = [measure_row(cell, by_siren[cell.siren]) for cell in found.values()]
    metadata: dict[str, Any] = {"title": title, "licence": LICENCE, "producers": [one.name for one in chosen]}
    metadata |= {"populations": [_population(one) for one in chosen]} if form != RAW else {}
    metadata |= {"notice": FICTITIOUS} if current_app.config["DEMO"] else {}
    return Content(parameters | {"p": periods, "n": form}, rows, metadata, [asdict(one) for one in indicators])


def _population(one: Metropole) -> dict[str, Any]:
    """The population that values are divided by, with its year and its source (§4)."""
    year, source = one.population_year, one.population_source
    return {"siren": one.siren, "population": one.population, "year": year, "source": source}


def _year(text: str) -> str:
    if not (len(text) == 4 and text.isascii() and text.isdigit()):
        raise BadQuery(f"p : une année de quatre chiffres est attendue, trouvé « {text[:50]} ».")
    return text


def _needed(name: str, asked: Asked) -> Sequence[str]:
    if not asked.get(name):
        raise BadQuery(f"{name} : au moins une valeur est attendue.")
    return asked[name]


def _among(name: str, values: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    for value in values:
        if value not in known:
            raise BadQuery(f"{name} : valeur inconnue, « {value[:50]} ». Acceptées : {', '.join(known)}.")
    return values
