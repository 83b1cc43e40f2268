"""Group M: no person leaves the platform, neither in records nor in messages."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

from connectors.testing.bench import Bench
from connectors.testing.faults import CANARY, FAULTS
from connectors.testing.finding import Finding
from connectors.testing.places import every_place

_QUOTING = next(fault for fault in FAULTS if fault.name == "erreur_200")


def privacy(bench: Bench) -> Iterator[Finding]:
    """Yield where the canaries of the platform are found again."""
    served = b"".join(reply.body for _, reply in bench.clean.exchanges).decode("utf-8", "replace")
    text = json.dumps([dataclasses.asdict(item) for item in bench.clean.items], ensure_ascii=False)
    for canary in bench.site.canaries:
        if canary in text:
            yield Finding("M", "canari", f"« {canary} », qui est une personne, se trouve dans ce que la moisson donne.")
    if not any(canary in served for canary in bench.site.canaries):
        yield Finding("M", "sans_canari", "La plateforme simulée ne sert aucun canari : rien n'est prouvé.")
    for at in every_place(bench.clean.exchanges):
        error = str(bench.recorded(fault=_QUOTING, at=at).error)
        if CANARY in error:
            yield Finding("M", "canari_message", f"Le message d'erreur cite une personne : « {error} ».")
            break
