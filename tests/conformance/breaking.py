"""What breaks a harvest off, on the real engine: faults at each request, and a worker that is killed at each."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future

from sqlalchemy import Select, func, select

from connectors.testing.effects import Genuine, Line
from connectors.testing.faults import ACCESS, CONTRACT, FAULTS, RECOVERED, TRANSIENT, Fault
from connectors.testing.outages import is_french
from hub.db import db
from hub.harvest.perform import perform, start
from hub.harvest.queue import claim
from hub.models import Exchange, Facet, FacetVersion, Run, RunSeen, Source
from tests.conformance.desk import Desk, State
from tests.harvesting import again, run_of

_NAMED = {fault.name: fault for fault in FAULTS}
EVERYWHERE = ("coupure_corps", "erreur_200")
"""One fault that is waited out, one that stops: at each request, one after the other in a walk of more than `FEW`."""
FEW = 8
HERE_AND_THERE = ("erreur_500", "http_503", "http_403")
NEW = 901


def places(asked: int) -> Iterator[tuple[Fault, int]]:
    """Yield faults with the request they strike first: one or two at each; all at the first, the middle, the last."""
    ends = sorted({1, (asked + 1) // 2, asked})
    for at in range(1, asked + 1):
        names = EVERYWHERE if asked <= FEW or at in ends else EVERYWHERE[at % 2 :][:1]
        yield from ((_NAMED[name], at) for name in (*names, *(HERE_AND_THERE if at in ends else ())))


def outages(desk: Desk) -> None:
    """F: what a fault leaves is right; the next clean reading leaves what there would be if it had never been."""
    calm = desk.source()
    desk.read(calm)
    struck = [(fault, at, desk.source()) for fault, at in places(desk.proxy.asked)]
    for _, _, source in struck:
        desk.read(source)
    desk.site.put(2, 7)
    desk.site.put(NEW)
    desk.site.remove(3)
    before = {source.slug: desk.state(source) for _, _, source in struck}
    assert desk.read(calm).state == "complete"
    asked, after, cursor = desk.proxy.asked, desk.state(calm), again(calm).cursor
    for fault, at, source in struck:
        if at > asked:
            continue  # an incremental reading asks less than the first one
        kept = again(source).cursor
        run = desk.read(source, fault, at)
        where = f"{desk.trial}, {fault.name}, requête {at} sur {asked} : {run.state}, {run.cause}, {run.message}"
        _judged(desk, run, fault, where)
        left = desk.state(source)
        if run.state != "complete":
            _harmless(before[source.slug], left, after, where)
            assert again(source).cursor in (kept, run.cursor if run.state == "partial" else kept), where
        assert desk.read(source).state == "complete", where
        assert desk.state(source) == after, where
        assert again(source).cursor == cursor, where


def _judged(desk: Desk, run: Run, fault: Fault, where: str) -> None:
    """The run says how it ended, in one French sentence."""
    end = desk.site.ends.get(fault.name, fault.end)
    states = {
        RECOVERED: ("complete", None),
        TRANSIENT: ("partial" if run.pages else "failed", TRANSIENT),
        ACCESS: ("failed", ACCESS),
        CONTRACT: ("failed", CONTRACT),
    }
    assert (run.state, run.cause) == states[end], where
    assert run.message is None or is_french(run.message), where
    assert (run.message is None) == (end == RECOVERED), where


def _harmless(before: State, left: State, after: State, where: str) -> None:
    """Nothing is gone that was not said so, nothing is zeroed: each thing is as it was, or as it will be."""
    assert before.keys() <= left.keys() <= before.keys() | after.keys(), where
    for key, (presence, data) in left.items():
        said_so = after[key][0] == "gone"
        assert presence == "present" or (presence == "gone" and said_so), (where, key)
        assert data in {before.get(key, after[key])[1], after[key][1]}, (where, key)


def killing(desk: Desk) -> None:
    """G: a worker killed at a request, another that takes the run up: the end is that of a quiet reading."""
    calm = desk.source()
    desk.read(calm)
    asked, expected = desk.proxy.asked, (desk.state(calm), *_tables(calm))
    once = {
        name for name, times in Counter(desk.request(each) for each, _ in desk.proxy.exchanges).items() if times == 1
    }
    for at in range(1, asked + 1):
        source = desk.source()
        run_id = killed(desk, source, at)
        done = run_of(run_id).pages
        committed = set(db.session.scalars(_committed(run_id)))
        desk.proxy.exchanges.clear()
        lease = claim(run_id)
        assert lease is not None, at
        assert (lease.attempt, lease.pages) == (2, done)
        assert perform(lease) == "complete", (at, run_of(run_id).message)
        assert (desk.state(source), *_tables(source)) == expected, (desk.trial, at)
        assert not committed & once & {desk.request(asked) for asked, _ in desk.proxy.exchanges}, (desk.trial, at)


def _committed(run_id: int) -> Select[tuple[str]]:
    """The requests whose answers a run holds: none of them is to be asked again (H11)."""
    return select(Exchange.request).where(
        Exchange.run_id == run_id, Exchange.sha256.is_not(None), Exchange.masked.is_(False)
    )


def killed(desk: Desk, source: Source, at: int) -> int:
    """Let a process of its own read the source, and kill it when its request `at` comes; return the run's id.

    The process is a fork: the platform and the proxy stay here, and nothing is paid for a second start of the hub.
    """
    run_id = start(again(source), "person")
    db.session.remove()
    db.engine.dispose()
    whom: Future[int] = Future()

    def kill(line: Line, _genuine: Genuine) -> None:
        os.kill(whom.result(), signal.SIGKILL)
        line.cut()

    death = Fault("mort", "lecteur tué", RECOVERED, kill)
    with desk.faulty(death, at):
        child = os.fork()
        if child == 0:
            lease = claim(run_id)
            os._exit(0 if lease and perform(lease) else 1)
        whom.set_result(child)
        _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), (desk.trial, at, status)
    return run_id


def _tables(source: Source) -> tuple[int, int, int, dict[str, int]]:
    """What a source left: versions in force, facets, sightings forgotten, and what its last run counted of things."""
    db.session.rollback()
    run = db.session.scalars(select(Run).where(Run.source_id == source.id).order_by(Run.id.desc()).limit(1)).one()
    mine = (FacetVersion.run_id == run.id, FacetVersion.void.is_(False))
    versions = db.session.scalar(select(func.count()).select_from(FacetVersion).where(*mine)) or 0
    facets = db.session.scalar(select(func.count()).select_from(Facet).where(Facet.source_id == source.id)) or 0
    seen = db.session.scalar(select(func.count()).select_from(RunSeen).where(RunSeen.run_id == run.id)) or 0
    traffic = ("requests", "bytes", "not_modified")
    return versions, facets, seen, {name: number for name, number in run.counts.items() if name not in traffic}
