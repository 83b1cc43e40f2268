"""The portrait of a metropole as one sheet: one fact a row, what was not transmitted having a row that says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from hub.benchmark.measure_rows import plain
from hub.pages.metropoles_list import KINDS, Line
from hub.pages.profile import Standing
from hub.pages.respond import Sheet
from hub.pages.tally import PARTS
from hub.pages.traces import FACTS, PROOF, proof, weakest
from hub.pages.words import capital, field_label, kind_label
from schemas.labels import label

REGISTER = {
    "name": "Nom",
    "nature": "Statut",
    "population": "Population municipale",
    "population_year": "Année de la population",
    "population_source": "Source de la population",
    "communes": "Communes",
    "main_commune": "Commune la plus peuplée",
    "main_commune_share": "Part de la commune la plus peuplée",
    "within": "Inclus dans",
    "lat": "Latitude",
    "lon": "Longitude",
}
Shown = Mapping[str, Any]
Rows = Iterator[dict[str, Any]]


def facts(shown: Shown) -> Sheet:
    """Return the facts that the portrait shows, in its order."""
    line: Line = shown["line"]
    whose = {"siren": line.metropole.siren, "metropole": line.metropole.slug}
    found = chain(
        _register(line),
        _written("membership", shown["places"], "status"),
        _written("alias", shown["aliases"], "form"),
        _figures(shown["figures"]),
        _measures(shown["profile"]["standings"]),
        _counts(line),
        _statuses(shown["statuses"]),
        _written("experience", shown["retours"], "title"),
        _views(shown["views"]),
    )
    return Sheet(FACTS, [whose | row for row in found])


def _register(line: Line) -> Rows:
    for field, words in REGISTER.items():
        value = getattr(line.metropole, field)
        if value is not None:
            yield {"field": field, "label": words, "value": value, "value_state": "observe"}


def _written(kind: str, found: Sequence[Shown], field: str) -> Rows:
    """Yield the network's things, with the group and the year of a membership in its label."""
    for one in found:
        parts = [field_label(f"network/{kind}", field)]
        parts += [label("groupe", one["group"])] if "group" in one else []
        parts += [one["year"]] if kind == "membership" and "year" in one else []
        yield _of(one, field) | {"label": ", ".join(parts), "value": one[field]} | _proof(one)


def _figures(found: Sequence[Shown]) -> Rows:
    for one in found:
        thing = one["thing"]
        parts = (one["label"], one["part"], one["period"], one["perimeter"], one["channel"])
        row = {"id": thing.id, "source": thing.source.slug, "field": thing.data["metric"]}
        row |= {"label": ", ".join(part for part in parts if part)}
        value = {"value": thing.data["quantity"]} if thing.data.get("quantity") else {}
        yield {**row, **value, "value_state": one["state"], **proof(thing.data, "quantity")}


def _measures(found: Sequence[Standing]) -> Rows:
    for one in found:
        row = {"field": one.indicator.key, "label": f"{one.indicator.label}, {one.cell.period}"}
        value = {"value": plain(one.cell.value)} if one.cell.present else {}
        yield row | value | {"value_state": one.cell.state}


def _counts(line: Line) -> Rows:
    counts = line.counts
    for kind in KINDS:
        yield {"field": kind, "label": kind_label(kind, 2)} | _counted(counts.get(kind))
        for part, words in PARTS.get(kind, {}).items():
            yield {"field": f"{kind}_{part}", "label": capital(words[1])} | _counted(counts.get(f"{kind}_{part}"))


def _statuses(found: Sequence[Shown]) -> Rows:
    for status in found:
        yield {"field": "status", "label": status["label"]} | _counted(status["count"])


def _views(found: Sequence[Shown]) -> Rows:
    for questionnaire in found:
        for view in questionnaire["mine"]:
            yield _of(questionnaire, "view") | {"label": view["question"], "value": view["text"]} | _proof(view)


def _counted(count: int | None) -> dict[str, Any]:
    """A count of what was transmitted: nobody has declared it complete, and none is no 0."""
    return {"value": count, "value_state": "estime"} if count else {"value_state": "non_transmis"}


def _of(one: Shown, field: str) -> dict[str, Any]:
    return {"id": one["id"], "source": one["author"], "field": field, "value_state": "observe"}


def _proof(one: Shown) -> dict[str, Any]:
    trace = weakest(one["trace"])
    return {name: trace[name] for name in PROOF if name in trace}
