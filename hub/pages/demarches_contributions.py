"""The contributions of a démarche, which may be thousands: what its page says of all of them, those of one page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson
from flask import current_app

from hub.db import db
from hub.models import Facet
from hub.models.demarche import contributions_to
from hub.models.thing import Thing, read, things_of

CHUNK = 500
"""How many contributions are held at once when all of them are asked for."""


@dataclass(frozen=True)
class Contributions:
    """The contributions of a démarche by rank, those without one as they came; never by votes.

    `titles` are by remote_id; `types` and `papers` are those that at least one of them bears; `followed` tells whether
    what became of one of them is transmitted.
    """

    ids: Sequence[str]
    titles: Mapping[str, str]
    types: Collection[str]
    papers: Collection[str]
    followed: bool

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Thing]:
        """Yield all of them, read little by little."""
        for start in range(0, len(self.ids), CHUNK):
            yield from _read(self.ids[start : start + CHUNK])

    def on_page(self, page: int) -> list[Thing]:
        """Return those of one page."""
        size = current_app.config["PAGE_SIZE"]
        return _read(self.ids[(page - 1) * size : page * size])

    @property
    def only_proposals(self) -> bool:
        """Tell whether all of them are proposals."""
        return set(self.types) == {"proposition"}


def contributions_of(process: Thing) -> Contributions:
    """Look over what all the contributions of a démarche say, keeping little of it."""
    ranks: list[tuple[int | None, str]] = []
    titles, types, papers, followed = {}, set(), set(), False
    for hub_id, remote_id, text in db.session.execute(contributions_to(process)):
        data = orjson.loads(text)
        ranks.append((data.get("position"), hub_id))
        titles[remote_id] = str(data.get("title") or remote_id)
        types.add(data["type"])
        papers.update(data.get("document_ids", ()))
        followed = followed or "status" in data or "answer" in data
    in_order = sorted(ranks, key=lambda rank: len(ranks) if rank[0] is None else rank[0])
    return Contributions([hub_id for _, hub_id in in_order], titles, types, papers, followed)


def _read(ids: Sequence[str]) -> list[Thing]:
    found = {each.id: each for each in read(things_of("contribution").where(Facet.hub_id.in_(ids)))}
    return [found[hub_id] for hub_id in ids if hub_id in found]
