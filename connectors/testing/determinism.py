"""Group B: the same answers give the same records, in any time zone, in any process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

from connectors.testing.bench import Bench, through
from connectors.testing.elsewhere import elsewhere
from connectors.testing.exchange import Recorded
from connectors.testing.finding import Finding
from connectors.testing.proxy import Proxy

PLACES = (("UTC", 1), ("Europe/Paris", 1), ("Pacific/Auckland", 1), ("UTC", 2))
"""Time zone of the process, and order of its sets."""


def determinism(bench: Bench) -> Iterator[Finding]:
    """Yield what differs between two walks over one recording, then between processes."""
    if bench.recorded().reads != bench.clean.reads:
        yield Finding("B", "determinisme", "Deux lectures des mêmes réponses ne donnent pas les mêmes fiches.")
        return
    first, *others = (_lines(bench, zone, seed) for zone, seed in PLACES)
    for (zone, seed), lines in zip(PLACES[1:], others, strict=True):
        if lines != first and seed == PLACES[0][1]:
            yield Finding("B", "fuseau", f"Les fiches changent avec le fuseau horaire de la machine ({zone}).")
            return
        if lines != first:
            yield Finding("B", "ordre", "Les fiches dépendent d'un ordre que rien ne fixe (ensemble parcouru).")


def _lines(bench: Bench, zone: str, seed: int) -> list[str]:
    """The records of a walk in another process, over what the clean walk heard."""
    site = bench.site
    with closing(Proxy(Recorded(bench.clean.exchanges), urlsplit(site.url).netloc)) as proxy:
        url, options = through(site, proxy)
        lines = elsewhere(bench.module.__name__, url, options, zone, seed)
    return [line.replace(proxy.netloc, proxy.behind) for line in lines if not line.startswith('["Checkpoint"')]
