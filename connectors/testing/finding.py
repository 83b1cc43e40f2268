"""What the kit has to say against a connector."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a connector breaks: the letter of its group, the code of the rule, a French sentence."""

    group: str
    rule: str
    message: str


def first_of_each(findings: list[Finding]) -> list[Finding]:
    """Return the findings, one for each rule: the first says enough."""
    return list({(each.group, each.rule): each for each in reversed(findings)}.values())[::-1]
