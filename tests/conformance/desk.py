"""A simulated platform before the real engine and its database, with the proxy of the kit between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from urllib.parse import quote, urlsplit

from sqlalchemy import func, select

from connectors.answer import request_key
from connectors.testing.bench import through
from connectors.testing.exchange import Asked, Live, Reply
from connectors.testing.faults import RECOVERED, Fault
from connectors.testing.platform import Simulated, everything
from connectors.testing.proxy import Proxy
from hub.db import db
from hub.models import Change, Exchange, Facet, FacetVersion, Run, Source
from tests.conformance.trials import TRIALS
from tests.harvesting import harvest
from tests.make import make_source

State = dict[tuple[str, str], tuple[str, str]]
"""Kind and id of each thing → its presence, and its data in force, in the platform's own address."""

_NUMBERS = count(1)


class Desk:
    """One trial: its connector, its platform, the proxy that every source of the trial asks."""

    def __init__(self, trial: str) -> None:
        self.trial = trial
        self.module, start = TRIALS[trial]
        self.site: Simulated = start()
        self.live = Live(self.site.url)
        self.proxy = Proxy(self.live, urlsplit(self.site.url).netloc)
        self.concludes = getattr(self.module, "CONCLUDES_ABSENCE", True)
        self.is_xml = trial == "feeds"
        self.incremental = getattr(self.module, "INCREMENTAL", False)

    def source(self) -> Source:
        """Return a new accepted source of this platform, never read."""
        url, options = through(self.site, self.proxy)
        slug = f"{self.trial.replace('_', '-')}-{next(_NUMBERS)}"
        made = make_source(slug, connector=self.module.NAME, url=url, options=options, frequency="daily", slot=90)
        db.session.expunge(made)  # it stays as it was made, whatever the session does: `again` reads it anew
        return made

    def read(self, source: Source, fault: Fault | None = None, at: int = 0, *, full: bool = False) -> Run:
        """Return the closed run that reads the source, with a fault from the request `at` on."""
        with self.faulty(fault, at):
            return harvest(source, full=full)

    @contextmanager
    def faulty(self, fault: Fault | None, at: int) -> Iterator[None]:
        """Let a fault strike from a request on; one that a patient reader outlives strikes once."""
        lasting = fault and replace(fault, lasting=fault.end != RECOVERED)
        self.proxy.asked, self.proxy.fault, self.proxy.at = 0, lasting, at
        self.proxy.exchanges.clear()
        try:
            yield
        finally:
            self.proxy.fault = None

    @contextmanager
    def altered(self, change: Callable[[bytes], bytes]) -> Iterator[None]:
        """Let the platform answer other bytes."""

        def changed(asked: Asked) -> Reply:
            reply = self.live(asked)
            return replace(reply, body=change(reply.body))

        self.proxy.source = changed
        try:
            yield
        finally:
            self.proxy.source = self.live

    def state(self, source: Source) -> State:
        """Return what the hub holds of a source."""
        db.session.rollback()
        query = select(Facet.kind, Facet.remote_id, Facet.presence, FacetVersion.data)
        query = query.join(FacetVersion, FacetVersion.id == Facet.version_id).where(Facet.source_id == source.id)
        rows = db.session.execute(query).all()
        return {(row.kind, row.remote_id): (row.presence, self.home(row.data)) for row in rows}

    def home(self, data: str | bytes) -> str:
        """Return data with the platform's own address, in one writing."""
        text = data.decode() if isinstance(data, bytes) else data
        return json.dumps(json.loads(text.replace(self.proxy.netloc, self.proxy.behind)), sort_keys=True)

    def expected(self) -> set[tuple[str, str]]:
        """Return what stands at the platform, under the ids that the hub keeps."""
        return everything(self.site)

    def request(self, asked: Asked) -> str:
        """Return the name that the hub gives to a request that passed through the proxy."""
        outward = (self.proxy.behind, self.proxy.netloc)
        url = f"http://{self.proxy.netloc}{asked.path.replace(*outward).replace(*map(quote, outward))}"
        body = asked.body.replace(*(each.encode() for each in outward)) or None
        return request_key(asked.method, url, body)

    def close(self) -> None:
        """Stop the platform and the proxy."""
        self.proxy.close()
        self.site.close()


def written(source: Source) -> tuple[int, int, int]:
    """Return how many versions, changes and exchanges (but sign-ins) the hub holds of a source."""
    db.session.rollback()
    runs = select(Run.id).where(Run.source_id == source.id)
    tables = (
        select(func.count()).select_from(FacetVersion).where(FacetVersion.run_id.in_(runs)),
        select(func.count()).select_from(Change).where(Change.run_id.in_(runs)),
        select(func.count()).select_from(Exchange).where(Exchange.run_id.in_(runs), Exchange.masked.is_(False)),
    )
    versions, changes, exchanges = (db.session.scalar(query) or 0 for query in tables)
    return versions, changes, exchanges
