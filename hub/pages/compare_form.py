"""What stands around a comparison: the form of its choices, those made, the other views, comparisons ready made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from flask import url_for

from hub.benchmark.groups import ALL, CHOSEN, NEAR, OF_ONE
from hub.benchmark.indicators import CATALOGUE, PER_INHABITANTS
from hub.pages.compare_asked import (
    BY_NEARNESS,
    EVOLUTION,
    FORMS,
    GROUP_LABELS,
    MATRIX,
    MOST_CELLS,
    ORDERS,
    SCALES,
    STATED,
    VIEWS,
    Asked,
    refused,
    usual_group,
    weight,
)
from hub.pages.compare_cells import Comparison
from hub.pages.format import listing
from hub.pages.situation import territories

AS_TICKED = "Les métropoles cochées, ou toutes s'il y en a moins de deux"
OF_THE_FIRST = "de la première métropole cochée"
"""Of whom some choices are: nothing to be near to when none is."""
READY: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
    ("Les réponses : répond-on, et à temps ?", ("reponse_part", "reponse_12_mois", "reponse_delai"), {}),
    ("Les démarches, pour 100 000 habitants", ("demarches", "contributions"), {"n": PER_INHABITANTS}),
    (
        "Les engagements, métropole par métropole",
        ("engagements_realises", "engagements_en_cours", "engagements_sans_nouvelle", "engagements_preuve"),
        {"v": MATRIX},
    ),
)
"""Three comparisons ready made: what they are called, their measures, their other choices."""


def around(comparison: Comparison, known: Sequence[str]) -> dict[str, Any]:
    """Return what a page shows around its comparison; `known` are the periods that may be chosen, newest first."""
    asked = comparison.asked
    return {
        "asked": asked,
        "empty_register": not comparison.every,
        "known": known,
        "groups": [*_boxes(comparison, known), *_radios(comparison)],
        "chips": _chips(comparison),
        "views": [] if not asked.indicators else _views(comparison),
        "ready": _ready(asked),
        "notice": _notice(comparison),
        "who": who_of(comparison),
        "paper": url_for("compare.compare_file", form="pdf") + asked.query(),
        "observed_on": comparison.observed_on,
        "validated": comparison.validated if comparison.shown else None,
        "everyone": asked.address(g=ALL),
        "frozen": _frozen(comparison),
        "stated": url_for("compare.compare", v=STATED, m=list(asked.slugs) or None),
    }


def _frozen(comparison: Comparison) -> dict[str, Any]:
    """The parameters by which what is compared is frozen: the metropoles by name, whatever group they make."""
    asked = comparison.asked
    slugs = [] if comparison.of_network else [one.slug for one in comparison.chosen]
    return {"m": slugs, "i": [one.key for one in asked.indicators], "p": asked.periods, "n": asked.form}


def _boxes(comparison: Comparison, known: Sequence[str]) -> list[dict[str, Any]]:
    """The choices of which several may be made."""
    asked = comparison.asked
    places = [_option(one.slug, one.short_name, asked.slugs) for one in comparison.every]
    keys = {one.key for one in asked.indicators}
    themes = dict.fromkeys(one.theme for one in CATALOGUE)
    measures = [
        {
            "name": "i",
            "legend": f"Mesures : {theme}",
            "options": [_option(one.key, one.label, keys) for one in CATALOGUE if one.theme == theme],
            "open": not keys,
        }
        for theme in themes
    ]
    years = [_option(period, period, asked.periods if keys else ()) for period in known]
    found: list[dict[str, Any]] = [{"name": "m", "legend": "Métropoles", "options": places, "open": not keys}]
    return [*found, *measures, {"name": "p", "legend": "Années", "options": years}]


def _radios(comparison: Comparison) -> list[dict[str, Any]]:
    """The choices of which one is made; a form of numbers that these measures have not says why (B13)."""
    asked = comparison.asked
    groups = {"": AS_TICKED, **{code: words for code, words in GROUP_LABELS.items() if code != CHOSEN}}
    chosen = "" if asked.group == usual_group(asked.slugs) else asked.group
    measured = {code: words for code, words in VIEWS.items() if code != STATED}
    impossible = {form: refused(form, asked.indicators) for form in FORMS} if asked.indicators else {}
    return [
        _radio("g", "Comparer avec", groups, chosen, hints=dict.fromkeys(OF_ONE, OF_THE_FIRST)),
        _radio("v", "Vue", measured, asked.view),
        _radio("n", "Forme des nombres", FORMS, asked.form, impossible),
        _radio("tri", "Ordre", ORDERS, asked.order, hints={BY_NEARNESS: OF_THE_FIRST}),
        _radio("echelle", "Échelle de la vue « évolution »", SCALES, asked.scale),
    ]


def _radio(
    name: str,
    legend: str,
    values: Mapping[str, str],
    chosen: str,
    impossible: Mapping[str, str] = MappingProxyType({}),
    hints: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    options = [
        {**_option(value, words, (chosen,)), "why": impossible.get(value, ""), "hint": hints.get(value, "")}
        for value, words in values.items()
    ]
    return {"name": name, "legend": legend, "options": options, "type": "radio"}


def _option(value: str, words: str, chosen: Iterable[str]) -> dict[str, Any]:
    return {"value": value, "label": words, "checked": value in chosen}


def _chips(comparison: Comparison) -> list[dict[str, str]]:
    """The choices made that one may undo, each with the address without it."""
    asked = comparison.asked
    names = {one.slug: one.short_name for one in comparison.every}
    keys = [one.key for one in asked.indicators]
    found = [
        {"label": names[slug], "url": asked.address(m=_without(asked.slugs, slug), g=_kept_group(asked))}
        for slug in asked.slugs
    ]
    found += [{"label": one.label, "url": asked.address(i=_without(keys, one.key))} for one in asked.indicators]
    if len(asked.periods) > 1 and keys:
        found += [{"label": one, "url": asked.address(p=_without(asked.periods, one))} for one in asked.periods]
    return found


def _kept_group(asked: Asked) -> str:
    """The group once a metropole is taken out: nobody is left to be chosen, or to be near to, when it was alone."""
    return ALL if len(asked.slugs) <= 1 else asked.group


def _without(values: Iterable[str], value: str) -> list[str]:
    return [each for each in values if each != value]


def _views(comparison: Comparison) -> list[dict[str, Any]]:
    """The views of the same choices; one that would hold more than a page shows is named without its address."""
    asked, lines = comparison.asked, len(comparison.chosen) * len(comparison.asked.indicators)
    found = []
    for code in MOST_CELLS:
        periods = _years(asked, code)
        fits = weight(code, lines, len(periods) or 2) <= MOST_CELLS[code]
        url = asked.address(v=code, p=periods) if fits else ""
        found.append({"label": VIEWS[code], "url": url, "current": code == asked.view})
    return found


def _years(asked: Asked, view: str) -> Sequence[str]:
    """The years of another view: one alone has no line, and all those of a line are too many for a page of points."""
    if view == EVOLUTION:
        return asked.periods if len(asked.periods) > 1 else ()
    return asked.periods[-1:] if asked.view == EVOLUTION else asked.periods


def _ready(asked: Asked) -> list[dict[str, str]]:
    """Comparisons ready made, with the metropoles already chosen; with those near to mine when I have one."""
    made = [{"label": words, "url": asked.address(i=keys, **more)} for words, keys, more in READY]
    if asked.reference is None:
        return made
    near = asked.address(m=[asked.reference.slug], g=NEAR, i=READY[0][1])
    return [*made, {"label": f"Les métropoles proches de {asked.reference.short_name}", "url": near}]


def _notice(comparison: Comparison) -> str:
    """What must be said of who is compared: that a group holds nobody else (B20)."""
    asked, others = comparison.asked, len(comparison.chosen) - 1
    if asked.group not in OF_ONE or others or asked.reference is None:
        return ""
    said = {
        NEAR: "Aucune métropole proche au seuil retenu.",
        "plateforme": f"Aucune autre métropole connue sur la plateforme de {asked.reference.short_name}.",
        "region": f"Aucune autre métropole dans la région de {asked.reference.short_name}.",
    }
    return said[asked.group]


def who_of(comparison: Comparison) -> str:
    """Return who is compared: « Même région que Nantes : Nantes et Rennes »."""
    asked = comparison.asked
    if comparison.of_network:
        return f"Tout le réseau : {territories({one.siren for one in comparison.every}, comparison.every)}"
    names = listing(one.short_name for one in comparison.chosen)
    if asked.group not in OF_ONE or asked.reference is None:
        return f"{GROUP_LABELS[CHOSEN]} : {names}"
    return f"{GROUP_LABELS[asked.group]}, à partir de {asked.reference.short_name} : {names}"
