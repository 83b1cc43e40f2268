"""What the view of stated figures shows: a matrix, what it keeps apart, one chart of what shares an axis."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for

from hub.benchmark.figures import Figure, figures, on_one_axis, said_of_processes
from hub.models.metropole import Metropole
from hub.pages.figures import FIGURE_COLUMNS, figure_row, figure_words
from hub.pages.format import listing, plural
from hub.pages.situation import coverage, territories
from hub.pages.traces import IDENTITY
from hub.pages.words import capital
from schemas.labels import entry, label

CORE = ("demarches", "comptes", "participants", "contributions", "engagements")
"""The figures compared when none is chosen."""
ABSENT = "non_transmis"
FEW = 4
"""Up to how many silent metropoles are named rather than counted."""
COLUMNS = (*IDENTITY, "place", *FIGURE_COLUMNS)
"""The columns of the sheet; `place` is where a figure stands: in the table, or apart because nothing compares to it."""


@dataclass(frozen=True)
class Comparison:
    """Figures of `metrics` stated by `chosen` metropoles (`every`: the whole network)."""

    every: Sequence[Metropole]
    chosen: Sequence[Metropole]
    metrics: Sequence[str]
    found: Sequence[Figure]

    def cell(self, siren: str, metric: str) -> list[Figure]:
        """Return what stands in one cell of the matrix: whole results, cumulative ones first."""
        return self._cells.get((siren, metric), [])

    @cached_property
    def _cells(self) -> dict[tuple[str, str], list[Figure]]:
        cells: dict[tuple[str, str], list[Figure]] = {}
        for one in self.found:
            if one.whole:
                cells.setdefault((one.metropole.siren, one.metric), []).append(one)
        return cells

    @property
    def apart(self) -> list[Figure]:
        """Return the figures of a part, and the targets: nothing compares to them."""
        return [one for one in self.found if not one.whole]

    def informed(self, *metrics: str) -> set[str]:
        """Return the SIRENs with a value in the matrix, for these metrics or any."""
        wanted = metrics or self.metrics
        return {one.metropole.siren for one in self.found if one.whole and one.quantity and one.metric in wanted}

    @property
    def of_network(self) -> bool:
        """Tell whether the whole network is compared."""
        return len(self.chosen) == len(self.every)

    def covers(self, *metrics: str) -> str:
        """Return « 1 métropole sur 22 » for these metrics."""
        return coverage(self.informed(*metrics), self.chosen, self.of_network)


def compared(every: Sequence[Metropole], chosen: Sequence[Metropole], metrics: Sequence[str]) -> Comparison:
    """Return the comparison of these metropoles for these metrics."""
    return Comparison(every, chosen, metrics, figures([one.siren for one in chosen], metrics))


def matrix(comparison: Comparison) -> list[dict[str, Any]]:
    """Return one row a metropole, in alphabetical order; an empty cell knows what is only said of its démarches."""
    names = {one.siren: one.short_name for one in comparison.every}
    below = said_of_processes()
    return [
        {
            "metropole": one,
            "container": names.get(one.within or ""),
            "cells": [
                {"figures": [figure_words(each) for each in cell], "below": not cell and (one.siren, metric) in below}
                for metric in comparison.metrics
                for cell in [comparison.cell(one.siren, metric)]
            ],
        }
        for one in comparison.chosen
    ]


def verdict(comparison: Comparison) -> tuple[str, str]:
    """Return what can be said at all, and why: with one metropole or none, there is nothing to compare."""
    informed = comparison.informed()
    silent = _silence(comparison, informed)
    if not informed:
        return "Aucune métropole renseignée : rien à comparer.", silent
    if len(informed) == 1:
        who = next(one for one in comparison.chosen if one.siren in informed)
        alone = "Un seul territoire renseigné" if who.within else "Une seule métropole renseignée"
        return f"{alone} : rien à comparer encore.", f"{who.short_name} énonce ses chiffres. {silent}"
    shared = [metric for metric in comparison.metrics if len(_axis(comparison, metric)) > 1]
    if not shared:
        return "Rien ne se compare encore.", "Les chiffres portent sur d'autres périodes ou d'autres territoires."
    words = listing(label("metrique", metric).lower() for metric in shared)
    return f"{comparison.covers()} : on peut mettre en regard {words}.", silent


def _silence(comparison: Comparison, informed: Collection[str]) -> str:
    """Say who transmitted nothing: by name when they are few, nested territories never counted among métropoles."""
    silent = [one for one in comparison.chosen if one.siren not in informed]
    if not silent:
        return ""
    whole = territories({one.siren for one in silent}, comparison.every).split(" : ")[-1]
    who = whole if len(silent) > FEW else listing(one.short_name for one in silent)
    verb = plural(len(silent), "n'a transmis", "n'ont transmis")
    return f"{who} {verb} aucun de ces chiffres à ce jour : ce n'est pas zéro."


def chart(comparison: Comparison) -> dict[str, Any] | None:
    """Return the chart of the metric that most metropoles state alike, and who has no value; None without a value."""
    metric = max(comparison.metrics, key=lambda each: len(_axis(comparison, each)))
    drawn = {figure.metropole.siren: figure for figure in _axis(comparison, metric)}
    if not drawn:
        return None
    words = figure_words(next(iter(drawn.values())))
    elsewhere = comparison.informed(metric) - drawn.keys()
    off = [one for one in comparison.chosen if one.siren not in drawn]
    parts = [entry("metrique", metric)["unite"], words["period"], words["perimeter"], words["channel"]]
    return {
        "metric": metric,
        "title": f"{label('metrique', metric)} : {comparison.covers(metric)}",
        "subtitle": capital(", ".join(part.lower() for part in parts if part)),
        "unit": str(parts[0]),
        "rows": [_dot(comparison, drawn[one.siren]) for one in comparison.chosen if one.siren in drawn],
        "absent": [_absent(comparison, one, metric) for one in off if one.siren not in elsewhere],
        "elsewhere": [one.short_name for one in off if one.siren in elsewhere],
    }


def chartable(comparison: Comparison, but: str) -> list[dict[str, str]]:
    """Return the other metrics that have a chart, with its address."""
    slugs = [] if comparison.of_network else [one.slug for one in comparison.chosen]
    return [
        {
            "label": label("metrique", metric),
            "url": url_for("compare.compare", v="enonces", m=slugs, i=metric, _anchor="graphique"),
        }
        for metric in comparison.metrics
        if metric != but and _axis(comparison, metric)
    ]


def rows(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Yield each cell of the matrix as rows, an absent one with its state, then the figures kept apart."""
    for one in comparison.chosen:
        for metric in comparison.metrics:
            cell = comparison.cell(one.siren, metric)
            yield from ({**figure_row(figure), "place": "tableau"} for figure in cell)
            if not cell:
                absent = {"siren": one.siren, "metropole": one.slug, "place": "tableau", "metric": metric}
                yield absent | {"value_state": ABSENT}
    yield from ({**figure_row(figure), "place": "a_part"} for figure in comparison.apart)


def _axis(comparison: Comparison, metric: str) -> list[Figure]:
    return on_one_axis(one for one in comparison.found if one.metric == metric)


def _dot(comparison: Comparison, figure: Figure) -> dict[str, Any]:
    quantity = figure.quantity or {}
    low, high = quantity.get("low"), quantity.get("high")
    value = quantity["value"] if quantity.get("value") is not None else ((low or 0) + (high or 0)) / 2
    text = " ".join([str(figure_words(figure)["text"]), *_signs(figure)])
    return {"label": _name(comparison, figure.metropole), "value": value, "low": low, "high": high, "text": text}


def _name(comparison: Comparison, metropole: Metropole) -> str:
    """Return the name a chart gives, a nested territory saying in which one it lies."""
    within = [one.short_name for one in comparison.every if one.siren == metropole.within]
    return f"{metropole.short_name} (dans {within[0]})" if within else metropole.short_name


def _signs(figure: Figure) -> list[str]:
    signs = [entry("etat_valeur", figure.state)["signe"], *(entry("drapeau", flag)["signe"] for flag in figure.flags)]
    return [f"({', '.join(sign for sign in signs if sign)})"] if any(signs) else []


def _absent(comparison: Comparison, metropole: Metropole, metric: str) -> dict[str, str]:
    said = next(iter(comparison.cell(metropole.siren, metric)), None)
    return {"label": _name(comparison, metropole), "state": said.state if said else ABSENT}
