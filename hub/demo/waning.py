"""A platform that loses most of what it holds between two harvests, as after a migration that went wrong."""

from __future__ import annotations

from dataclasses import replace

from hub.demo.exchange import Platform, Reply, Request
from hub.demo.things import Territory

_LEFT = 5
"""One contribution in so many is left."""


class Waning:
    """Answers as one platform, then, once it has waned, as another."""

    def __init__(self, before: Platform, after: Platform) -> None:
        self.now, self.after = before, after

    def reply(self, request: Request) -> Reply:
        """Answer as the platform does by now."""
        return self.now.reply(request)

    def wane(self) -> None:
        """Lose what is to be lost."""
        self.now = self.after


def fewer(place: Territory) -> Territory:
    """Return a territory whose démarches hold a fifth of their contributions, and no promise any more."""
    demarches = [replace(one, ideas=one.ideas[: len(one.ideas) // _LEFT], promises=[]) for one in place.demarches]
    return replace(place, demarches=demarches)
