"""Group K: every request goes through `fetch`, one at a time, no more than needed, and heeds what it is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.answer import Answer, Forgetful
from connectors.base import Unchanged
from connectors.testing.bench import AGENT, Bench
from connectors.testing.exchange import Asked, Recorded, Reply
from connectors.testing.faults import FAULTS
from connectors.testing.finding import Finding
from connectors.testing.places import every_place

_FORBIDDEN = next(fault for fault in FAULTS if fault.name == "http_403")


def politeness(bench: Bench) -> Iterator[Finding]:
    """Yield what a platform would complain of."""
    clean = bench.clean
    strangers = [asked for asked, _ in clean.exchanges if asked.headers.get("user-agent") != AGENT]
    if strangers or clean.counted < 0:
        yield Finding("K", "http_direct", "Des requêtes ne passent pas par « fetch », ou cachent qui demande.")
    if clean.busiest > 1:
        yield Finding("K", "concurrence", f"Jusqu'à {clean.busiest} requêtes sont faites en même temps.")
    if len(clean.exchanges) > bench.site.budget:
        words = f"Une lecture demande {len(clean.exchanges)} requêtes ; {bench.site.budget} suffisent."
        yield Finding("K", "budget", words)
    for at in every_place(clean.exchanges):
        refused = bench.recorded(fault=_FORBIDDEN, at=at)
        if len(refused.exchanges) > at:
            yield Finding("K", "refus_insiste", f"Après un 403 à la requête {at}, la moisson demande encore.")
            break
    yield from _conditional(bench)


def _conditional(bench: Bench) -> Iterator[Finding]:
    """The second walk hears 304 wherever it may: what it knows of the first is worth as much."""
    memory = Remembering()
    first = bench.walk(_Validating(bench.clean.exchanges), memory=memory)
    second = bench.walk(_Validating(bench.clean.exchanges), memory=memory)
    spared = {item.request for item in second.items if isinstance(item, Unchanged)}
    if {first.end, second.end} != {bench.clean.end} or (second.reads != first.reads and not spared):
        yield Finding(
            "K", "non_modifie", f"Quand tout est inchangé (304), la seconde lecture diffère : {second.error}."
        )
    elif spared & memory.opened:
        yield Finding("K", "inchange_relu", "Une page dite inchangée a pourtant été relue.")


class _Validating(Recorded):
    """The recorded answers, each with a validator; 304 to who shows it."""

    def __call__(self, asked: Asked) -> Reply:
        reply = super().__call__(asked)
        tag = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"'
        if asked.method != "GET" or reply.status != 200:
            return reply
        if asked.headers.get("if-none-match") == tag:
            return Reply(304, b"", (("ETag", tag),))
        return replace(reply, headers=(*reply.headers, ("ETag", tag)))


@dataclass
class Remembering(Forgetful):
    """A memory of answers and notes, as the engine has one; it tells which kept answers were read again."""

    answers: dict[str, Answer] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)

    def validators(self, request: str) -> Mapping[str, str]:
        """Return the validator of the answer kept."""
        tag = self.answers[request].headers.get("etag") if request in self.answers else None
        return {"If-None-Match": tag} if tag else {}

    def keep(self, answer: Answer) -> Answer:
        """Return the answer; for a 304, the one kept, which says whether it is opened."""
        if answer.status != 304:
            self.answers[answer.request] = super().keep(answer)
            return self.answers[answer.request]
        kept = self.answers[answer.request]

        def opened() -> bytes:
            self.opened.add(answer.request)
            return kept.content

        return replace(kept, body=opened, unchanged=True, note=self.notes.get(answer.request))

    def note(self, request: str, value: Any) -> None:
        """Keep what the connector says of a page."""
        self.notes[request] = value
