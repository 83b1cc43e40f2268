"""The whole kit on one connector, and its table in French."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from types import ModuleType

from connectors.testing.bench import BUG, Bench
from connectors.testing.declaration import declaration, is_signed
from connectors.testing.determinism import determinism
from connectors.testing.finding import Finding, first_of_each
from connectors.testing.flow import flow
from connectors.testing.identity import identity
from connectors.testing.outages import outages
from connectors.testing.pagination import pagination
from connectors.testing.platform import Start
from connectors.testing.politeness import politeness
from connectors.testing.privacy import privacy
from connectors.testing.sources import sources
from connectors.testing.zeros import zeros

GROUPS: dict[str, tuple[str, Callable[[Bench], Iterator[Finding]]]] = {
    "A": ("déclaration", declaration),
    "B": ("déterminisme", determinism),
    "D": ("identité et reprise", identity),
    "E": ("pages et fins de liste", pagination),
    "F": ("pannes", outages),
    "I": ("absent n'est pas zéro", zeros),
    "K": ("politesse", politeness),
    "M": ("vie privée", privacy),
    "P": ("lecture au fil de l'eau", flow),
}
"""The groups that a walk alone can judge; those that need the store are tried by the hub itself."""


def check(module: ModuleType, start: Start, groups: Sequence[str] = tuple(GROUPS)) -> list[Finding]:
    """Return what the kit has to say against a connector: one finding for each rule broken, none when it conforms.

    `start` starts its simulated platform; `groups` are the letters of the groups to try.
    """
    found = [finding for finding in sources(module) if finding.group in groups]
    with closing(Bench(module, start)) as bench:
        if bench.clean.end == BUG:
            message = f"Une lecture sans panne s'arrête sur {type(bench.clean.error).__name__} : {bench.clean.error}."
            return [*found, Finding("E", "lecture", message)]
        for letter in groups:
            found += GROUPS[letter][1](bench)
    return first_of_each(found)


def failures(module: ModuleType, findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings of the groups that the connector does not bypass."""
    return [finding for finding in findings if finding.group not in _bypasses(module)]


def table(module: ModuleType, findings: Sequence[Finding], groups: Sequence[str] = tuple(GROUPS)) -> str:
    """Return the table of the groups: passed, bypassed (why, since when, who) or failed, with each sentence."""
    lines = [f"{module.LABEL} ({module.NAME} {module.VERSION})"]
    for letter in groups:
        label = GROUPS[letter][0]
        here = [finding for finding in findings if finding.group == letter]
        bypass = _bypasses(module).get(letter)
        state = "réussi" if not here else "contourné ({}, {}, {})".format(*bypass) if bypass else "échoué"
        lines.append(f"  {letter}  {label:<26} {state}")
        lines += [f"       {finding.rule} : {finding.message}" for finding in here]
    return "\n".join(lines)


def _bypasses(module: ModuleType) -> dict[str, tuple[str, ...]]:
    """The groups that the connector bypasses, signed as they must be."""
    return {group: signed for group, signed in getattr(module, "BYPASS", {}).items() if is_signed(signed)}
