"""Group P, as far as a walk shows it: pages are yielded as they are read, not gathered first."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.testing.bench import Bench
from connectors.testing.finding import Finding


def flow(bench: Bench) -> Iterator[Finding]:
    """Yield a finding when nothing is yielded before the last of several requests."""
    asked = len(bench.clean.exchanges)
    if asked > 2 and bench.clean.early >= asked:
        yield Finding("P", "tout_en_memoire", f"Rien n'est donné avant la dernière des {asked} requêtes.")
