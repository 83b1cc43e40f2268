"""What the address of a comparison asks: the whole state of the page, checked, and the addresses that change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

from hub.benchmark.groups import ALL, CHOSEN, OF_ONE
from hub.benchmark.indicators import INDICATORS, OF_ADULTS, PER_INHABITANTS, RAW, Indicator
from hub.errors import BadQuery
from hub.models.metropole import Metropole
from hub.pages.choices import accept, know
from hub.pages.measures_asked import newest

NAMES = ("m", "g", "i", "p", "n", "v", "tri", "echelle")
"""Metropoles, group, indicators, periods, form, view, order, scale."""
POINTS, TABLE, MATRIX, EVOLUTION, STATED = "points", "tableau", "matrice", "evolution", "enonces"
VIEWS = {POINTS: "Points", TABLE: "Tableau", MATRIX: "Matrice", EVOLUTION: "Évolution", STATED: "Chiffres énoncés"}
BY_NAME, BY_NEARNESS, BY_VALUE = "nom", "proche", "valeur"
ORDERS = {BY_NAME: "Alphabétique", BY_NEARNESS: "Des plus proches", BY_VALUE: "Par valeur, avec les intervalles"}
SHARED, FREE = "commune", "libre"
SCALES = {SHARED: "La même pour toutes", FREE: "Propre à chacune"}
FORMS = {RAW: "Nombre brut", PER_INHABITANTS: "Pour 100 000 habitants", OF_ADULTS: "Part des 16 ans et plus"}
GROUP_LABELS = {
    "proches": "Métropoles proches",
    "plateforme": "Même plateforme",
    "region": "Même région",
    "toutes": "Tout le réseau",
    "groupe": "Métropoles choisies",
}
MOST_VALUES = 100
"""How many values an address may bear: no choice of this page needs more."""
MOST_CELLS = {POINTS: 200, TABLE: 200, MATRIX: 400, EVOLUTION: 480}
"""How many values each view shows at most: a page stays under 200 KB (G10)."""
DRAWING = 2
"""How many values a small chart weighs by itself."""
PERSONS_TWICE = "une personne peut compter plusieurs fois"
"""Why a count is not a share of those of 16 and over (B13)."""


@dataclass(frozen=True)
class Asked:
    """The choices of an address, its defaults filled in; indicators in the order of the catalogue, oldest period first.

    `reference`: the metropole that group and order are those of; None when neither address nor reader gives one.
    """

    slugs: tuple[str, ...]
    group: str
    indicators: tuple[Indicator, ...]
    periods: tuple[str, ...]
    form: str
    view: str
    order: str
    scale: str
    reference: Metropole | None

    def address(self, **changes: Any) -> str:
        """Return the address of this comparison with other choices."""
        return url_for("compare.compare") + self.query(**changes)

    def query(self, **changes: Any) -> str:
        """Return what an address says of these choices, and others; what the page takes by default is not written."""
        state = {
            "m": self.slugs,
            "g": self.group,
            "i": [one.key for one in self.indicators],
            "p": self.periods,
            "n": self.form,
            "v": self.view,
            "tri": self.order,
            "echelle": self.scale,
        } | changes
        usual = {"g": usual_group(state["m"]), "n": RAW, "v": POINTS, "tri": BY_NAME, "echelle": SHARED}
        said = urlencode([(name, value) for name, value in state.items() if value != usual.get(name)], doseq=True)
        return f"?{said}" if said else ""


def asked(every: Sequence[Metropole], known: Sequence[str], own: str | None) -> Asked:
    """Return what the address asks, of the metropoles `every` and the `known` periods (the newest first).

    `own` is the SIREN of the reader's metropole. Raises BadQuery on what cannot be asked.
    """
    accept(NAMES, paged=False)
    places = {one.slug: one for one in every}
    slugs = _several("m", places)
    mine = next((one for one in every if one.siren == own), None)
    reference = places[slugs[0]] if slugs else mine
    group = _one("g", GROUP_LABELS, usual_group(slugs))
    keys, periods = _several("i", INDICATORS), _several("p", dict.fromkeys(known))
    indicators = tuple(INDICATORS[key] for key in INDICATORS if key in keys)
    view, order = _one("v", VIEWS, POINTS), _one("tri", ORDERS, BY_NAME)
    found = Asked(
        *(slugs, group, indicators, tuple(sorted(periods)), _one("n", FORMS, RAW), view, order),
        *(_one("echelle", SCALES, SHARED), reference),
    )
    if not found.periods:
        found = replace(found, periods=_by_default(view, known, keys, len(every)))
    return _together(found)


def few() -> None:
    """Raise BadQuery when the address bears more values than any choice of the page needs."""
    number = sum(1 for _ in request.args.items(multi=True))
    if number > MOST_VALUES:
        raise BadQuery(f"L'adresse porte {number} choix : {MOST_VALUES} sont acceptés au plus.")


def refused(form: str, indicators: Sequence[Indicator]) -> str:
    """Return why these indicators cannot be read in a form; empty when they can."""
    counts = [one for one in indicators if one.forms]
    if form == RAW or (counts and all(form in one.forms for one in counts)):
        return ""
    if not counts:
        return "aucune mesure choisie n'est un nombre à rapporter à une population"
    return PERSONS_TWICE if form == OF_ADULTS else "une mesure choisie ne se rapporte pas aux habitants"


def usual_group(slugs: Sequence[str]) -> str:
    """Return the group that an address need not name: several metropoles are compared together, one with all."""
    return CHOSEN if len(slugs) > 1 else ALL


def weight(view: str, lines: int, periods: int) -> int:
    """Return how many values a view shows of so many metropoles × measures."""
    return lines * (periods + (DRAWING if view == EVOLUTION else 0))


def _by_default(view: str, known: Sequence[str], keys: Sequence[str], metropoles: int) -> tuple[str, ...]:
    """The newest period with a value; where time is what is looked at, as many as a page holds."""
    if view == EVOLUTION and keys:
        number = max(MOST_CELLS[EVOLUTION] // (max(metropoles, 1) * len(keys)) - DRAWING, 2)
        return tuple(sorted(known[:number]))
    return (max(newest(keys).values(), default=known[0]),) if keys else tuple(known[:1])


def _together(found: Asked) -> Asked:
    """Return the choices when they go together. Raises BadQuery otherwise."""
    if why := refused(found.form, found.indicators):
        forms = ", ".join(form for form in FORMS if not refused(form, found.indicators))
        raise BadQuery(f"n : « {found.form} » ne va pas avec ces mesures ({why}). Acceptées : {forms}.")
    if found.group == CHOSEN and not found.slugs:
        raise BadQuery("g : « groupe » demande de choisir des métropoles (m).")
    for name, value in (("g", found.group), ("tri", found.order)):
        if value in (*OF_ONE, BY_NEARNESS) and found.reference is None:
            raise BadQuery(f"{name} : « {value} » demande une métropole de référence (m).")
    return found


def _several(name: str, accepted: Mapping[str, Any]) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(value for value in request.args.getlist(name) if value))
    for value in values:
        know(name, value, accepted.__getitem__, accepted.keys)
    return values


def _one(name: str, accepted: Mapping[str, Any], otherwise: str) -> str:
    values = _several(name, accepted)
    if len(values) > 1:
        raise BadQuery(f"{name} : une seule valeur est attendue. Acceptées : {', '.join(accepted)}.")
    return values[0] if values else otherwise
