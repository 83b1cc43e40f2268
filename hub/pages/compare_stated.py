"""The view « énoncés » of the comparison: what each metropole states of itself, what is missing named."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import request, url_for

from hub.db import db
from hub.models.metropole import Metropole, metropoles
from hub.pages.choices import accept, know
from hub.pages.compare_stated_view import COLUMNS, CORE, Comparison, chart, chartable, compared, matrix, rows, verdict
from hub.pages.figures import figure_words
from hub.pages.respond import Sheet, View
from hub.pages.situation import members, newest_year, standings
from schemas.labels import codes, label

METROPOLE, INDICATOR, VIEW = "m", "i", "v"
STATED = "enonces"
"""This view, in the address."""


def stated() -> View:
    """Return the comparison of the metropoles and stated figures that the address chooses, all when it chooses none.

    Raises BadQuery on a choice that does not exist.
    """
    accept((METROPOLE, INDICATOR, VIEW), paged=False)
    every = db.session.scalars(metropoles()).all()
    slugs, metrics = asked(every)
    comparison = compared(every, [one for one in every if one.slug in slugs or not slugs], metrics or CORE)
    return View("compare/stated.html", Sheet(COLUMNS, rows(comparison)), lambda: shown(comparison, slugs, metrics))


def shown(comparison: Comparison, slugs: Sequence[str], metrics: Sequence[str]) -> dict[str, Any]:
    """Return what the page shows of a comparison, with the choices made and those it offers."""
    drawn, every = chart(comparison), comparison.every
    return {
        "comparison": comparison,
        "lines": matrix(comparison),
        "verdict": verdict(comparison),
        "apart": [{**figure_words(figure), "metropole": figure.metropole} for figure in comparison.apart],
        "chart": drawn,
        "chartable": chartable(comparison, drawn["metric"]) if drawn else [],
        "groups": groups(every, slugs, metrics),
        "chips": chips(every, slugs, metrics),
        "ready": [] if slugs or metrics else ready(every),
    }


def asked(every: Sequence[Metropole]) -> tuple[list[str], list[str]]:
    """Return the slugs and the metrics that the address names. Raises BadQuery on one that does not exist."""
    names = {one.slug: one.short_name for one in every}
    slugs, metrics = (list(dict.fromkeys(request.args.getlist(name))) for name in (METROPOLE, INDICATOR))
    for slug in slugs:
        know(METROPOLE, slug, names.__getitem__, names.keys)
    for metric in metrics:
        know(INDICATOR, metric, partial(label, "metrique"), partial(codes, "metrique"))
    return slugs, [code for code in codes("metrique") if code in metrics]


def groups(every: Sequence[Metropole], slugs: Sequence[str], metrics: Sequence[str]) -> list[dict[str, Any]]:
    """Return the boxes of the form: every metropole, and the figures that someone states or that are shown at first."""
    known = compared(every, every, codes("metrique"))
    offered = [code for code in codes("metrique") if code in (*CORE, *metrics) or known.informed(code)]
    places = [{"value": one.slug, "label": one.short_name, "checked": one.slug in slugs} for one in every]
    measures = [
        {"value": code, "label": f"{label('metrique', code)} ({known.covers(code)})", "checked": code in metrics}
        for code in offered
    ]
    return [
        {"name": METROPOLE, "legend": "Choisir des métropoles", "options": places, "open": True},
        {"name": INDICATOR, "legend": "Choisir des chiffres", "options": measures, "open": True},
    ]


def chips(every: Sequence[Metropole], slugs: Sequence[str], metrics: Sequence[str]) -> list[dict[str, str]]:
    """Return the choices made, each with the address without it."""
    names = {one.slug: one.short_name for one in every}

    def without(value: str) -> str:
        left = [[each for each in values if each != value] for values in (slugs, metrics)]
        return address(m=left[0], i=left[1])

    made = [(slug, names[slug]) for slug in slugs] + [(metric, label("metrique", metric)) for metric in metrics]
    return [{"label": words, "url": without(value)} for value, words in made]


def ready(every: Sequence[Metropole]) -> list[dict[str, str]]:
    """Return three comparisons ready made, for who has chosen nothing yet."""
    places = standings()
    year = newest_year(places)
    inside = members(places, year)
    group = [one.slug for one in every if one.siren in inside]
    found = [
        {"label": "Les plateformes : comptes et contributions", "i": ["comptes", "contributions"]},
        {"label": "Les suites : engagements et délibérations", "i": ["engagements", "deliberations"]},
        {"label": f"Le groupe des agent·es en {year}", "m": group},
    ]
    return [
        {"label": str(one["label"]), "url": address(m=one.get("m", []), i=one.get("i", []))}
        for one in found
        if one.get("m") or one.get("i")
    ]


def address(**choices: Any) -> str:
    """Return the address of this view with these choices."""
    return url_for("compare.compare", v=STATED, **choices)
