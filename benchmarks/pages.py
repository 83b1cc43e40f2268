"""How long every kind of page takes: `python -m benchmarks.pages INSTANCE [--rounds 7] [--only /demarches]`.

INSTANCE is the folder of a filled database (`hub --instance /tmp/x demo --no-serve` makes `/tmp/x/demo`). Each page is
asked for once to warm up, then `--rounds` times, by a test client in this one process. The table gives the median and
the longest wall time and the median processor time (what the page costs when others share the machine), in
milliseconds, and the bytes of the answer; the slowest first. The last line is the peak memory of the process.
"""

from __future__ import annotations

import argparse
import re
import resource
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import Select, func, select
from werkzeug.routing import Rule

from hub.app import create_app
from hub.db import db
from hub.models import Facet, FacetVersion, Link, Measure, Metropole, NetworkThing, Run, Source, Term
from hub.models.thing import EVERYTHING, conditions, number_of
from schemas.registry import KINDS

THINGS = {"demarches": "process", "engagements": "commitment", "deliberations": "deliberation", "documents": "document"}
"""The kind of what a page of each family is about."""
ROWS = (10, 8, 8, 11)


@dataclass(frozen=True)
class Timed:
    """What a page took, in milliseconds: wall times of each round, processor times; the bytes it answered."""

    address: str
    wall: list[float]
    processor: list[float]
    size: int


def addresses(app: Flask) -> Iterator[str]:
    """Yield an address of every kind of page, of the heaviest thing of its kind, then combinations of choices."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            yield from _filled(rule)
    yield from _lists("/demarches", "process", ("type", "theme", "annee", "reponse"))
    yield from _lists("/engagements", "commitment", ("orientation", "preuve"))
    yield from _lists("/documents", "document", ("type", "annee"))
    if metropole := _busiest():
        for plural in ("processes", "contributions", "observations"):
            yield f"/api/v1/{plural}?limit=1000"
            yield f"/api/v1/{plural}?metropole={metropole}"
        for kind in ("process", "contribution"):
            if last := db.session.scalar(select(func.max(Facet.id)).where(Facet.kind == kind, Facet.lead)):
                yield f"/api/v1/{kind}{'es' if kind == 'process' else 's'}?after={last - 50}"
        yield f"/comparer?v=enonces&m={metropole}&i=comptes&i=contributions"
        four = "i=reponse_part&i=reponse_12_mois&i=engagements_realises&i=demarches"
        yield from (f"/comparer?m={metropole}&{four}&v={view}" for view in ("points", "tableau", "matrice"))
        yield f"/comparer?m={metropole}&i=reponse_part&v=evolution"


def timed(client: FlaskClient, address: str, rounds: int) -> Timed | None:
    """Return what a page takes when it is warm; None when it is not there (its answer is no page)."""
    if client.get(address).status_code != 200:
        return None
    wall, processor, size = [], [], 0
    for _ in range(rounds):
        began, spent = time.perf_counter(), time.process_time()
        size = len(client.get(address).data)
        wall.append((time.perf_counter() - began) * 1000)
        processor.append((time.process_time() - spent) * 1000)
    return Timed(address, wall, processor, size)


def main() -> None:
    """Time the pages of the instance named on the command line, and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("instance", type=Path)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--only", default="", help="addresses that begin so")
    asked = options.parse_args()
    app = create_app(instance=asked.instance.resolve())
    client = app.test_client()
    with app.test_request_context():
        wanted = [each for each in addresses(app) if each.startswith(asked.only)]
    found = [done for each in wanted if (done := timed(client, each, asked.rounds))]
    _print("median", "max", "cpu", "bytes", "address")
    for done in sorted(found, key=lambda done: -statistics.median(done.wall)):
        numbers = (statistics.median(done.wall), max(done.wall), statistics.median(done.processor), done.size)
        _print(*(f"{number:,.0f}" for number in numbers), done.address)
    print(f"{len(found)} pages, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most")


def _print(*cells: str) -> None:
    print(" ".join(f"{cell:>{width}}" for cell, width in zip(cells, ROWS, strict=False)), "", cells[-1], flush=True)


def _filled(rule: Rule) -> Iterator[str]:
    """Yield the addresses of a rule, each of its names replaced by that of the heaviest thing it may designate."""
    family, names = rule.rule.split("/")[1], rule.arguments
    for values in _samples(family, names):
        if form := re.search(r"any\((\w+).*\):form", rule.rule):
            values["form"] = form[1]
        yield url_for(rule.endpoint, **values)


def _samples(family: str, names: set[str]) -> Iterator[dict[str, str]]:
    if not names:
        yield {}
    elif family == "api" and names & {"remote_id", "kind"}:
        return  # what a program reads of its own, with its token
    elif family == "api" and "plural" in names:
        for kind in KINDS:
            plural = {"process": "processes"}.get(kind, f"{kind}s")
            yield from ({"plural": plural, "hub_id": each} for each in _heaviest(kind))
    elif family == "provenance" and "kind" in names:
        rows = db.session.execute(select(NetworkThing.kind, func.min(NetworkThing.id)).group_by(NetworkThing.kind))
        yield from ({"kind": row[0], "thing_id": row[1]} for row in rows)
    elif family == "provenance":
        yield from ({"hub_id": each} for kind in KINDS for each in _heaviest(kind))
    elif family in THINGS:
        yield from ({"hub_id": each} for each in _heaviest(THINGS[family]))
    else:
        yield from _others(family, names)


def _others(family: str, names: set[str]) -> Iterator[dict[str, str]]:
    """The pages that are not about a record."""
    fixed = {"problems": {"rule": "crossing.end_before_start"}, "schemas": {"name": "process"}}
    asked: dict[str, Select[str]] = {
        "sources": select(Source.slug).join(Run, Run.source_id == Source.id).order_by(Run.pages.desc(), Run.id),
        "moissons": select(Run.ref).where(Run.closed_at.is_not(None)).order_by(Run.pages.desc(), Run.id),
        "retours": select(NetworkThing.id).where(NetworkThing.kind == "experience").order_by(NetworkThing.id),
    }
    if family in asked:
        name = next(iter(names))
        yield from ({name: each} for each in db.session.scalars(asked[family].limit(1)))
    elif family in fixed:
        yield fixed[family]
    elif names & {"key", "form"}:
        heaviest = select(Measure.indicator, Metropole.slug, Measure.period).join(Metropole)
        for row in db.session.execute(heaviest.order_by(Measure.cases.desc(), Measure.period).limit(1)):
            known = {"key": row[0], "slug": row[1], "period": row[2]}
            yield {name: known[name] for name in names & known.keys()}
    elif place := _busiest():
        yield dict.fromkeys(names, place) | ({"need": "process.budget"} if "need" in names else {})


def _heaviest(kind: str) -> list[str]:
    """The thing of a kind that has the most parts, that to which the most links lead, and the one that says most."""
    part, mine = Facet.__table__.alias(), conditions(kind, EVERYTHING)
    parts = (
        select(Facet.hub_id)
        .join(part, (part.c.source_id == Facet.source_id) & (part.c.process_id == Facet.remote_id))
        .where(*mine, part.c.lead)
    )
    led = select(Facet.hub_id).join(
        Link,
        (Link.source_id == Facet.source_id) & (Link.target_kind == Facet.kind) & (Link.target_id == Facet.remote_id),
    )
    longest = select(Facet.hub_id).join(FacetVersion, FacetVersion.id == Facet.reading_id).where(*mine)
    queries = [led.where(*mine).group_by(Facet.hub_id).order_by(func.count().desc(), Facet.hub_id)]
    if kind == "process":
        queries.append(parts.group_by(Facet.hub_id).order_by(func.count().desc(), Facet.hub_id))
    queries.append(longest.order_by(func.length(FacetVersion.data).desc(), Facet.hub_id))
    found = [db.session.scalar(query.limit(1)) for query in queries]
    return list(dict.fromkeys(each for each in found if each))


def _busiest() -> str | None:
    """The metropole of which the hub holds the most things."""
    query = select(Metropole.slug).join(Facet, Facet.siren == Metropole.siren).where(Facet.lead)
    return db.session.scalar(query.group_by(Metropole.slug).order_by(func.count().desc(), Metropole.slug).limit(1))


def _lists(page: str, kind: str, names: tuple[str, ...]) -> Iterator[str]:
    """A list: one choice of each facet, two choices together, its last page."""
    terms = {"theme": "themes", "annee": "year", "reponse": "answer", "preuve": "proof"}
    chosen = []
    for name in names:
        query = select(Term.value).join(Facet, Facet.hub_id == Term.hub_id).where(Facet.kind == kind, Facet.lead)
        query = query.where(Term.field == terms.get(name, name)).group_by(Term.value)
        if value := db.session.scalar(query.order_by(func.count().desc(), Term.value).limit(1)):
            chosen.append(f"{name}={value}")
    if metropole := _busiest():
        chosen.append(f"metropole={metropole}")
    yield from (f"{page}?{each}" for each in chosen)
    yield f"{page}?{'&'.join(chosen[-2:])}"
    total = db.session.execute(number_of(kind)).scalar_one()
    yield f"{page}?page={max(1, -(-total // 50))}"


if __name__ == "__main__":
    main()
