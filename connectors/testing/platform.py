"""What a connector brings to be tried: a simulated platform on a loopback port."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

EMPTY, KEPT, WHOLE = "empty", "kept", "whole"
"""Ends of a trap that do not stop the walk; the others are causes: `transient`, `access`, `contract`."""


class Simulated(Protocol):
    """A platform that answers as the real one does. It holds a few things when it starts; its clock stands still.

    `url` and `options` are what a Source would hold. `canaries` are the names, addresses and numbers of persons that
    stand in its answers. `budget` is the number of requests that reading it once may take. `traps` names its
    misbehaviours, each with how a walk must end:

    - `transient`, `access`, `contract`: it raises so;
    - `empty`: nothing can be said, and the walk does not break;
    - `kept`: what can be read is yielded, and at least one row is refused;
    - `whole`: it ends only if everything expected was read.

    `ends` names the faults of `faults.py` to which this platform gives another end, for a reason of its own.
    """

    url: str
    options: Mapping[str, Any]
    canaries: Sequence[str]
    budget: int
    traps: Mapping[str, str]
    ends: Mapping[str, str]

    def put(self, number: int, revision: int = 0) -> None:
        """Publish a thing, or publish it anew under another title: its stamp is the latest that the platform has."""

    def remove(self, number: int) -> None:
        """Delete a thing: the platform leaves of it what the real one leaves."""

    def hide(self, number: int) -> None:
        """Withdraw a thing from the public without deleting it."""

    def renumber(self) -> None:
        """Give every thing another id, as a migration of the platform does."""

    def expected(self) -> Mapping[str, set[str]]:
        """Return the ids that a full walk must yield, by kind."""

    def turn(self, trap: str) -> None:
        """Turn a misbehaviour on."""

    def close(self) -> None:
        """Stop serving."""


Start = Callable[[], Simulated]
"""Starts a platform of its own for each trial that changes it."""


def everything(site: Simulated) -> set[tuple[str, str]]:
    """Return the kind and the id of all that a full walk must yield."""
    return {(kind, each) for kind, some in site.expected().items() for each in some}
