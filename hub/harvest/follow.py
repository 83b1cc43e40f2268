"""Following a walk: each page is checked and committed in one transaction; how the walk ended is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from connectors.base import Checkpoint, SourceChanged, SourceDown, Unchanged, Walk
from connectors.base import Read as Item
from connectors.fetch import Fetch
from hub.db import writing
from hub.harvest.commit import Read, commit_page, counts_of
from hub.harvest.door import Context, check
from hub.harvest.memory import Exchanged, Remembering
from hub.harvest.runs import Lease

Progress = Callable[[Counter[str]], None]
Found = tuple[Item, str | None]
"""A record, or why it is refused, and the payload it was read in: the last that came before it."""


class Stopped(Exception):
    """The worker is asked to stop: the page is committed, the run goes back to the queue."""


@dataclass
class Outcome:
    """How a walk ended. `cause` and `message` when it broke off; `after`: seconds that the platform asks to wait."""

    ended: bool = False
    pages: int = 0
    cause: str | None = None
    message: str | None = None
    after: float | None = None


@dataclass
class Traffic:
    """What a walk asks of the network: its fetch and memory; none for a file."""

    fetch: Fetch
    memory: Remembering
    told: Counter[str]

    def taken(self) -> tuple[Exchanged, Counter[str]]:
        """Return what was exchanged, and counted, since the last page."""
        fresh = Counter({name: number - self.told[name] for name, number in self.fetch.counts.items()})
        self.told = Counter(self.fetch.counts)
        return self.memory.taken(), fresh


class Following:
    """One walk being committed page by page."""

    def __init__(self, lease: Lease, context: Context, traffic: Traffic | None = None) -> None:
        self.lease, self.context, self.traffic = lease, context, traffic
        self.outcome = Outcome()
        self.progress: Progress = lambda _counts: None
        self.stopping: Callable[[], bool] = lambda: False

    def follow(self, walk: Walk) -> Outcome:
        """Commit the pages of `walk`; return how it ended. Raises LostLease, Stopped.

        A platform's run taken up again walks anew over the answers that its earlier attempts kept: the pages they
        committed are passed over, and the first request that goes out is that of the first page not committed.
        """
        outcome = self.outcome
        try:
            self._read(walk)
        except SourceDown as error:
            outcome.cause, outcome.message, outcome.after = "transient", str(error), error.after
        except SourceChanged as error:
            outcome.cause, outcome.message = error.cause, str(error)
        outcome.ended = outcome.ended and outcome.cause is None
        return outcome

    def _read(self, walk: Walk) -> None:
        items: list[Found] = []
        for item in walk:
            self.outcome.ended = False
            if isinstance(item, Unchanged):
                assert self.traffic is not None
                self.traffic.memory.same(item.request)
            elif isinstance(item, Checkpoint):
                self._page(items, item)
                items = []
            else:
                items.append((item, self.traffic.memory.latest if self.traffic else None))

    def _page(self, items: list[Found], checkpoint: Checkpoint) -> None:
        """Commit a page, unless an earlier attempt did. A total larger than what was read means a cut walk."""
        self.outcome.pages += 1
        committed = self.traffic is not None and self.traffic.memory.replaying
        exchanged, fresh = self.traffic.taken() if self.traffic else (Exchanged(), Counter[str]())
        if committed:
            counts = counts_of(self.lease)
        else:
            records = [check(item, self.context, sha256) for item, sha256 in items]
            page = Read(records, checkpoint.cursor, exchanged, fresh)
            with writing() as connection:
                counts = commit_page(connection, self.lease, page)
            self.progress(counts)
        distinct = counts["received"] - counts["repeated"]
        self.outcome.ended = checkpoint.end and (checkpoint.total or 0) <= distinct
        if self.stopping() and not checkpoint.end:
            raise Stopped
