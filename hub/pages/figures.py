"""How a stated figure is said, on a portrait and in a comparison: value, period, territory, how sure it is."""

from __future__ import annotations

from typing import Any

from hub.benchmark.figures import Figure
from hub.models.hidden import below
from hub.pages.format import date_object, listing
from hub.pages.traces import PROOF, identity, proof, weakest
from hub.pages.words import capital, field_label, value_of
from schemas.labels import entry, label

FIGURE_COLUMNS = (
    *("metric", "part", "value", "low", "high", "qualifier", "unit", "value_state", "flags", "basis"),
    *("period_from", "period_to", "period", "perimeter", "channel", "origin", "as_written", "weakest_certainty"),
    *PROOF,
)
QUANTITY = ("value", "low", "high", "qualifier", "unit", "as_written")


def figure_words(figure: Figure) -> dict[str, Any]:
    """Return a figure in words, with what a page needs to show where it comes from."""
    data = figure.data
    return {
        "thing": figure.thing,
        "state": figure.state,
        "flags": [entry("drapeau", flag) for flag in figure.flags],
        "label": label("metrique", figure.metric),
        "part": part_words(data),
        "text": value_of(data) if figure.quantity or below(data, "quantity") else None,
        "basis": label("nature_chiffre", data["basis"]),
        "period": capital(date_object(data["period"])),
        "perimeter": label("perimetre", figure.perimeter) if figure.perimeter else "",
        "channel": label("canal", data["channel"]).lower() if data.get("channel") else "",
        "certainty": proof(data, "quantity").get("certainty", ""),
        "readings": proof(data, "quantity").get("readings", []),
        "weaker": weaker_words(data),
    }


def part_words(data: dict[str, Any]) -> str:
    """Return what a figure is narrowed to, in the words of its document."""
    return ", ".join(part["value"] for part in data.get("breakdown", ()))


def weaker_words(data: dict[str, Any]) -> str:
    """Return « déduit : période, périmètre » for the details that are less sure than the figure itself."""
    found: dict[str, dict[str, None]] = {}
    for trace in data.get("trace", ()):
        for field in trace.get("fields", ()):
            if trace["certainty"] != "affirme" and field != "quantity":
                found.setdefault(trace["certainty"], {})[field_label("observation", field).lower()] = None
    named = [(label("certitude", sure).split(" : ")[0].lower(), listing(fields)) for sure, fields in found.items()]
    return " ; ".join(f"{sure} : {fields}" for sure, fields in named)


def figure_row(figure: Figure) -> dict[str, Any]:
    """Return a figure as a row of identity and `FIGURE_COLUMNS`; an absent value is absent, with its state."""
    data, quantity = figure.data, figure.quantity or {}
    row = {**identity(figure.thing), "metric": figure.metric, "basis": data["basis"], "value_state": figure.state}
    row |= {name: quantity[name] for name in QUANTITY if quantity.get(name) is not None}
    row |= {"flags": list(figure.flags), "origin": data["origin"], "period": date_object(data["period"])}
    row |= {f"period_{end}": data["period"][end] for end in ("from", "to") if end in data["period"]}
    row |= {name: said for name, said in (("part", part_words(data)), ("perimeter", figure.perimeter)) if said}
    row |= {"channel": data["channel"]} if data.get("channel") else {}
    row |= {"weakest_certainty": weakest(data["trace"])["certainty"]} if data.get("trace") else {}
    return row | proof(data, "quantity")
