"""A cell as a row of the files and of the API: the columns of `benchmark.md` B38, in their order."""

from __future__ import annotations

from typing import Any

from hub.benchmark.measures import Cell
from hub.models.metropole import Metropole
from schemas.labels import entry

MEASURE_COLUMNS = (
    *("siren", "metropole", "indicator", "version", "period", "numerator", "denominator", "value", "qualifier"),
    *("low", "high", "state", "flags", "obs_status", "grade", "source", "as_of"),
)
OVERRIDING = ("perimetre_different", "rupture_serie")
"""The flags that the one SDMX status of a present cell says before its state, the first one first (§1)."""


def measure_row(cell: Cell, metropole: Metropole) -> dict[str, Any]:
    """Return a cell as a row of `MEASURE_COLUMNS`; what is absent is None beside its state, never 0 (B2)."""
    return {
        "siren": cell.siren,
        "metropole": metropole.slug,
        "indicator": cell.indicator.key,
        "version": cell.version or cell.indicator.version,
        "period": cell.period,
        "numerator": plain(cell.numerator),
        "denominator": plain(cell.denominator),
        "value": plain(cell.value),
        "qualifier": cell.qualifier if cell.present else None,
        "low": plain(cell.low),
        "high": plain(cell.high),
        "state": cell.state,
        "flags": list(cell.flags),
        "obs_status": obs_status(cell),
        "grade": cell.grade,
        "source": list(cell.sources),
        "as_of": cell.as_of,
    }


def obs_status(cell: Cell) -> str:
    """Return the SDMX status of a cell: that of its absent state if any, else D, then B, then E, P, A."""
    flags = [flag for flag in OVERRIDING if flag in cell.flags and cell.present]
    return str(entry("drapeau", flags[0])["sdmx"] if flags else entry("etat_valeur", cell.state)["sdmx"])


def plain(value: float | None) -> int | float | None:
    """Return a number as it is written: a whole one without decimals."""
    return int(value) if value is not None and float(value).is_integer() else value
