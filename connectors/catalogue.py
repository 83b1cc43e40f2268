"""The connectors that an instance may use: those of the hub, and those that others install (`harvest.md` §17)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from connectors import BUILT_IN
from connectors.base import Option

GROUP = "metropoles.connectors"
"""The entry point group in which a package names its connectors: `name = package.module`."""

CONTRACT = 1


@dataclass(frozen=True, slots=True)
class Installed:
    """A connector found: its module, or a French sentence that says why it cannot be used.

    `origin`: the package that brings it, with its version; empty for the hub's own. `refused`: it is whole, for all
    that is known, but this instance does not allow it.
    """

    name: str
    module: ModuleType | None = None
    broken: str | None = None
    origin: str = ""
    refused: bool = False

    @property
    def label(self) -> str:
        """Return its name in French; its code when it cannot be used."""
        return str(self.module.LABEL) if self.module else self.name

    @property
    def version(self) -> str:
        """Return its version; empty when it cannot be used."""
        return str(self.module.VERSION) if self.module else ""

    @property
    def state(self) -> str:
        """Return `ready`, `refused` or `broken`."""
        return "ready" if self.module else "refused" if self.refused else "broken"


STATE_LABELS = {"ready": "Prêt", "refused": "Non autorisé", "broken": "Inutilisable"}


def installed(allowed: Collection[str]) -> dict[str, Installed]:
    """Return every connector of this instance by name: the built-in ones, then those of other packages.

    One that is not named in `allowed` is not imported. None of them can prevent the start of the hub, nor take the
    name of a built-in one.
    """
    found = {name: Installed(name, module) for name, module in BUILT_IN.items()}
    for point in sorted(entry_points(group=GROUP), key=lambda each: (each.name, each.value)):
        if point.name in BUILT_IN:
            found[f"{point.name} ({_origin(point)})"] = _not(point, "Ce nom est celui d'un connecteur du hub.")
        elif point.name in found:
            found[point.name] = _not(point, "Deux paquets installés portent ce nom de connecteur.")
        elif point.name in allowed:
            found[point.name] = _loaded(point)
        else:
            found[point.name] = Installed(point.name, broken=_REFUSED, origin=_origin(point), refused=True)
    return found


_REFUSED = "Ce connecteur est installé mais n'est pas autorisé (réglage CONNECTORS_ALLOWED)."
DECLARED = ("LABEL", "VERSION", "OPTIONS", "PERSONAL", "PAUSE", "READ_TIMEOUT")
"""What the hub reads of a connector before it runs it."""


def _origin(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.module


def _not(point: EntryPoint, why: str) -> Installed:
    return Installed(point.name, broken=why, origin=_origin(point))


def _loaded(point: EntryPoint) -> Installed:
    """Import a connector of another package, and look at what it declares."""
    try:
        module = point.load()
    except Exception as error:  # noqa: BLE001 — code of others may fail in any way: the hub starts without it
        return _not(point, f"Ce connecteur ne peut être chargé ({type(error).__name__}).")
    if not isinstance(module, ModuleType) or not callable(getattr(module, "harvest", None)):
        return _not(point, "Ce connecteur n'est pas un module avec une fonction « harvest ».")
    if getattr(module, "CONTRACT", None) != CONTRACT:
        stated = getattr(module, "CONTRACT", "aucun")
        return _not(point, f"Ce connecteur suit le contrat {stated} ; le hub suit le contrat {CONTRACT}.")
    if getattr(module, "NAME", None) != point.name:
        return _not(point, "Ce connecteur déclare un autre nom que celui sous lequel il est installé.")
    if missing := [name for name in DECLARED if not hasattr(module, name)]:
        return _not(point, f"Ce connecteur ne déclare pas : {', '.join(missing)}.")
    if not all(isinstance(option, Option) for option in module.OPTIONS):
        return _not(point, "Les options de ce connecteur ne sont pas de la forme attendue.")
    return Installed(point.name, module, origin=_origin(point))
