"""Group E: where a list ends, and how the misbehaviours of the platform end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from connectors.base import Checkpoint, RecordRefused
from connectors.testing.bench import BUG, ENDED, TRUNCATED, Bench, Walk
from connectors.testing.exchange import Live
from connectors.testing.finding import Finding
from connectors.testing.outages import is_french
from connectors.testing.platform import EMPTY, KEPT, WHOLE, everything


def pagination(bench: Bench) -> Iterator[Finding]:
    """Yield what is wrong with the end of a walk without fault, then of a walk in each trap."""
    clean = bench.clean
    if clean.end != ENDED:
        yield Finding(
            "E", "fin_absente", f"Une lecture sans panne ne finit pas par Checkpoint(end=True) : {clean.end}."
        )
    if sum(isinstance(item, Checkpoint) and item.end for item in clean.items) > 1:
        yield Finding("E", "fin_repetee", "Une lecture se dit complète plus d'une fois.")
    if twice := [key for key, count in Counter((r.kind, r.remote_id) for r in clean.records).items() if count > 1]:
        yield Finding("E", "fiche_repetee", f"La fiche {twice[0]} est donnée deux fois.")
    for trap, end in bench.site.traps.items():
        with closing(bench.start()) as site:
            before = everything(site)
            site.turn(trap)
            walk = bench.walk(Live(site.url), site=site, requests=_budget(bench))
            yield from _trapped(walk, trap, end, before & everything(site))


def _budget(bench: Bench) -> int:
    """Requests that a walk gone wrong may take before it counts as endless."""
    return 5 * max(bench.site.budget, len(bench.clean.exchanges)) + 20


def _trapped(walk: Walk, trap: str, end: str, lasting: set[tuple[str, str]]) -> Iterator[Finding]:
    """Yield what a walk in a trap did wrong."""
    last = walk.items[-1] if walk.items else None
    if walk.end == "transient" and "par moisson est atteinte" in str(walk.error):
        yield Finding("E", "boucle", f"Sous « {trap} », la moisson tourne sans fin ({len(walk.exchanges)} requêtes).")
    elif isinstance(last, Checkpoint) and last.end and (last.total or 0) > len(walk.reads):
        words = f"Sous « {trap} », la moisson se dit complète avec {len(walk.reads)} lignes sur {last.total}."
        yield Finding("E", "total_non_atteint", words)
    elif found := _wrong_end(walk, end, lasting):
        yield Finding("E", trap, f"Sous « {trap} », {found}.")


def _wrong_end(walk: Walk, end: str, lasting: set[tuple[str, str]]) -> str | None:
    """Return what differs from the end that the trap calls for; `lasting`: what stood there all along."""
    if walk.end == BUG:
        return f"la moisson s'arrête sur {type(walk.error).__name__} : {walk.error}"
    if walk.error is not None and not is_french(str(walk.error)):
        return f"le message n'est pas une phrase française : « {walk.error} »"
    if end == EMPTY:
        return None
    if end == KEPT:
        refused = any(isinstance(item, RecordRefused) for item in walk.items)
        return None if walk.error is None and refused else f"une ligne illisible devait être refusée ; fin : {walk.end}"
    if end == WHOLE:
        fine = walk.end == TRUNCATED or (walk.end == ENDED and walk.ids >= lasting)
        return None if fine else f"des fiches manquent, ou la moisson échoue ; fin : {walk.end}"
    return None if walk.end in end.split("|") else f"la fin devait être {end} ; elle est {walk.end}"
