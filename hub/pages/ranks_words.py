"""Places, gaps and changes in French: what may be said of them, and no more (B17)."""

from __future__ import annotations

from hub.benchmark.intervals import Estimate
from hub.pages.format import plural

BANDS = {
    "net_au_dessus": "écart net, au-dessus",
    "net_au_dessous": "écart net, au-dessous",
    "a_confirmer": "écart à confirmer",
    "pas_net": "pas d'écart net",
}
"""The words of each band of `hub.benchmark.ranks`; only a clear one may stand in a sentence of a text."""
UNCHANGED = "sans changement net"
CHANGES = {"plus": ("s'améliore", "se dégrade"), "moins": ("se dégrade", "s'améliore"), "aucune": ("hausse", "baisse")}
"""By polarity, what a clear rise and a clear fall are called."""


def place(rank: int) -> str:
    """Return « 1re », « 2e »."""
    return "1re" if rank == 1 else f"{rank}e"


def places(best: int, worst: int, total: int) -> str:
    """Return « entre la 2e et la 4e place sur 5 : l'écart avec 2 autres n'est pas net », or « 1re place sur 5 »."""
    if best == worst:
        return f"{place(best)} place sur {total}"
    level = worst - best
    others = f"{level} {plural(level, 'autre')}"
    return f"entre la {place(best)} et la {place(worst)} place sur {total} : l'écart avec {others} n'est pas net"


def change(found: Estimate, polarity: str) -> str:
    """Return what a difference between two dates may be called; unclear as soon as its interval holds 0."""
    if found.low <= 0 <= found.high:
        return UNCHANGED
    risen, fallen = CHANGES[polarity]
    return risen if found.value > 0 else fallen
