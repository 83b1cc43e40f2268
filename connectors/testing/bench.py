"""One connector before one simulated platform: how a walk is made, and what it came to."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from connectors.answer import Memory
from connectors.base import Checkpoint, Endpoint, Item, Record, RecordRefused, SourceChanged, SourceDown
from connectors.fetch import Fetch, Manners
from connectors.testing.effects import CAP
from connectors.testing.exchange import Exchange, Live, Recorded, Source
from connectors.testing.faults import Fault
from connectors.testing.platform import Simulated, Start
from connectors.testing.proxy import Proxy

AGENT = "EssaiDeConformite/1 (+https://exemple.fr/robot)"
ENDED, TRUNCATED, BUG = "ended", "truncated", "bug"


@dataclass
class Walk:
    """What a walk yielded, how it stopped, what passed through the proxy, in how many seconds (`took`).

    `early`: requests made when the first record came; `busiest`: the most requests in flight together.
    """

    items: list[Item] = field(default_factory=list)
    error: Exception | None = None
    exchanges: Sequence[Exchange] = ()
    counted: int = 0
    early: int = 0
    busiest: int = 0
    took: float = 0

    @property
    def end(self) -> str:
        """Return how it ended: `ended`, `truncated`, a cause, or `bug` for an exception that is no cause."""
        if self.error is None:
            last = self.items[-1] if self.items else None
            return ENDED if isinstance(last, Checkpoint) and last.end else TRUNCATED
        if isinstance(self.error, SourceChanged):
            return self.error.cause
        return "transient" if isinstance(self.error, SourceDown) else BUG

    @property
    def records(self) -> list[Record]:
        """Return the records."""
        return [item for item in self.items if isinstance(item, Record)]

    @property
    def reads(self) -> list[Record | RecordRefused]:
        """Return the records and the refusals."""
        return [item for item in self.items if isinstance(item, Record | RecordRefused)]

    @property
    def ids(self) -> set[tuple[str, str]]:
        """Return the kind and the id of each record that is no deletion."""
        return {(record.kind, record.remote_id) for record in self.records if not record.deleted}


class Bench:
    """A connector and its platform. `clean` is a walk without fault, whose recording serves the others."""

    def __init__(self, module: ModuleType, start: Start) -> None:
        self.module, self.start = module, start

    @cached_property
    def site(self) -> Simulated:
        """The platform that no trial changes."""
        return self.start()

    @cached_property
    def clean(self) -> Walk:
        """The walk on the platform as it is."""
        return self.walk(Live(self.site.url))

    def recorded(self, **asked: Any) -> Walk:
        """Walk once more over what the clean walk heard."""
        return self.walk(Recorded(self.clean.exchanges), **asked)

    def walk(
        self, source: Source, fault: Fault | None = None, at: int = 0, *, site: Simulated | None = None,
        cursor: str | None = None, memory: Memory | None = None, **manners: Any,
    ) -> Walk:  # fmt: skip
        """Walk through the proxy, with a fault at a request or none."""
        site = site or self.site
        with closing(Proxy(source, urlsplit(site.url).netloc, fault, at)) as proxy:
            endpoint = Endpoint(*through(site, proxy), cursor)
            walk = walked(self.module, endpoint, fetching(memory, **manners))
            walk.exchanges, walk.busiest = list(proxy.exchanges), proxy.busiest
            walk.counted -= proxy.asked
            walk.items = [_home(item, proxy) for item in walk.items]
        return walk

    def close(self) -> None:
        """Stop the platform, if it was started."""
        if "site" in self.__dict__:
            self.site.close()


def fetching(memory: Memory | None = None, **manners: Any) -> Fetch:
    """Return a way to ask that never waits, and refuses what is large."""
    settled = {"agent": AGENT, "pace": 0, "private": True, "retries": (), "answer_cap": CAP, "read": 20, "total": 20}
    return Fetch(Manners(**{**settled, **manners}), memory)


def walked(module: ModuleType, endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Return a walk made to its end, whatever the connector raises."""
    walk, began = Walk(), time.monotonic()
    try:
        for item in module.harvest(endpoint, fetch):
            walk.items.append(item)
            if not walk.early and isinstance(item, Record | RecordRefused):
                walk.early = fetch.counts["requests"]
    except Exception as error:  # noqa: BLE001 — whatever a third party's connector raises is what is being judged
        walk.error = error
    walk.took, walk.counted = time.monotonic() - began, fetch.counts["requests"]
    return walk


def through(site: Simulated, proxy: Proxy) -> tuple[str, dict[str, Any]]:
    """Return the address and the options of the platform, as the proxy bears them."""
    written = json.dumps([site.url, dict(site.options)]).replace(proxy.behind, proxy.netloc)
    url, options = json.loads(written)
    return url, options


def _home(item: Item, proxy: Proxy) -> Item:
    """Return an item in the platform's own address: the port of the proxy changes from one walk to the next."""
    if isinstance(item, Record):
        return replace(item, data=_renamed(item.data, proxy), remote_id=_renamed(item.remote_id, proxy))
    return item


def _renamed(value: Any, proxy: Proxy) -> Any:
    if isinstance(value, str):
        return value.replace(proxy.netloc, proxy.behind)
    if isinstance(value, dict):
        return {name: _renamed(inner, proxy) for name, inner in value.items()}
    return [_renamed(inner, proxy) for inner in value] if isinstance(value, list) else value
