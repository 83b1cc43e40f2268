"""Group F: every fault at every request, and the addresses that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connectors.base import Checkpoint
from connectors.testing.bench import BUG, ENDED, Bench, Walk, fetching, walked
from connectors.testing.faults import FAULTS, RECOVERED, TRANSIENT
from connectors.testing.finding import Finding
from connectors.testing.nowhere import nowhere
from connectors.testing.places import every_place, few_places

LONGEST = 10.0
"""Seconds that a walk with a fault may take, when nothing waits."""

_HASTE: dict[str, Any] = {"read": 0.15, "connect": 0.15, "total": 0.25}
_FRENCH = re.compile(r"[A-ZÀÉÈÊ«][^\n]{8,400}[.!?…»]")
_ENGLISH = re.compile(r"\b(?:the|error|failed|unexpected|invalid|connection|exception|traceback|none)\b", re.IGNORECASE)


def outages(bench: Bench) -> Iterator[Finding]:
    """Yield what is wrong when requests fail: each fault at each request that `places.py` chooses."""
    exchanges = bench.clean.exchanges
    every, few = every_place(exchanges), few_places(exchanges)
    for fault in FAULTS:
        manners: dict[str, Any] = {"retries": (0,) if fault.end == RECOVERED else ()}
        for at in few if fault.slow else every:
            walk = bench.recorded(fault=fault, at=at, **manners, **(_HASTE if fault.slow else {}))
            end = bench.site.ends.get(fault.name, fault.end)
            yield from judged(bench, walk, fault.name, end, f"{fault.label}, requête {at} sur {len(exchanges)}")
    for name, label, endpoint in nowhere(bench.site):
        yield from judged(bench, walked(bench.module, endpoint, fetching(**_HASTE)), name, TRANSIENT, label)


def judged(bench: Bench, walk: Walk, rule: str, end: str, where: str) -> Iterator[Finding]:
    """Yield what a walk with a fault did wrong; `end` names the ends allowed, with « | » between them."""
    if end == RECOVERED:
        if (walk.reads, walk.end) != (bench.clean.reads, bench.clean.end):
            yield Finding("F", rule, f"Après {where}, la moisson ne donne pas les mêmes fiches : {_said(walk)}.")
        return
    known = bench.clean.reads if walk.error is None else bench.clean.reads[: len(walk.reads)]
    if walk.end not in end.split("|"):
        yield Finding("F", rule, f"Devant {where}, la fin devait être {end} ; la moisson donne : {_said(walk)}.")
    elif any(isinstance(item, Checkpoint) and item.end for item in walk.items):
        yield Finding("F", rule, f"Devant {where}, la moisson se dit complète avant d'échouer.")
    elif [item for item in walk.reads if item in known] != walk.reads:
        yield Finding(
            "F", rule, f"Devant {where}, les fiches déjà données ne sont pas celles d'une lecture sans panne."
        )
    elif walk.error is not None and not is_french(str(walk.error)):
        yield Finding("F", rule, f"Devant {where}, le message n'est pas une phrase française : « {walk.error} ».")
    if walk.took > LONGEST:
        yield Finding("F", rule, f"Devant {where}, la moisson a duré {walk.took:.0f} s.")


def is_french(message: str) -> bool:
    """Tell whether a message reads as a French sentence: a capital, a full stop, no English word outside « »."""
    return _FRENCH.fullmatch(message) is not None and not _ENGLISH.search(re.sub(r"«[^»]*»", "", message))


def _said(walk: Walk) -> str:
    if walk.end == BUG:
        return f"{type(walk.error).__name__} ({walk.error})"
    return "aucune erreur, lecture complète" if walk.end == ENDED else walk.end
