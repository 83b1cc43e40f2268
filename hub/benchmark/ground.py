"""What measures of a metropole rest on beside its cases; the cases of its sources and of its coverage."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from sqlalchemy import Connection, func, select

import schemas
from hub.benchmark.basis import Ground
from hub.benchmark.cases import Row
from hub.benchmark.coverage import COMPLETE, coverages_by_siren, covering, speaking
from hub.benchmark.folding import PIECES
from hub.benchmark.indicators import CATALOGUE
from hub.clock import paris_day, today
from hub.models import Facet, Issue, Metropole, Run, Source, Validation
from hub.models.run import APPLIED_STATES
from schemas.registry import KINDS

OF_ITSELF = ("couverture", "fraicheur")
"""The indicators whose cases are no thing's."""


def grounds(connection: Connection, sirens: Collection[str] | None = None) -> dict[str, Ground]:
    """Return the ground of every metropole, or of these, in a fixed number of queries."""
    statements = coverages_by_siren(connection, sirens)
    validated, troubled, runs = _validated(connection), _troubled(connection), _last_runs(connection)
    perimeters, held = _perimeters(connection), _held(connection)
    told = select(Metropole.siren, Metropole.population, Metropole.communes)
    rows = connection.execute(told if sirens is None else told.where(Metropole.siren.in_(sirens)))
    return {
        row.siren: Ground(
            row.siren,
            row.population,
            frozenset(row.communes),
            statements.get(row.siren, ()),
            frozenset(validated.get(row.siren, ())),
            frozenset(troubled.get(row.siren, ())),
            runs.get(row.siren, 0),
            perimeters.get(row.siren, ""),
            held=frozenset(held.get(row.siren, ())),
        )
        for row in rows
    }


def digest(ground: Ground) -> str:
    """Return what changes when measures must be folded again although no thing changed."""
    said = [[one.kind, one.level, one.share, one.first, one.last, one.declared_at] for one in ground.statements]
    versions = [[one.key, one.version] for one in CATALOGUE]
    known = [ground.population, sorted(ground.communes), sorted(ground.validated), sorted(ground.troubled)]
    known.append(sorted(ground.held))
    return hashlib.sha256(schemas.canonical({"said": said, "known": known, "versions": versions})).hexdigest()


def of_themselves(connection: Connection, standing: Collection[Ground]) -> Iterator[Row]:
    """Yield the cases of the age of data and of declared coverage of these metropoles."""
    main = _main_sources(connection, [ground.siren for ground in standing])
    for ground in standing:
        for year in sorted(year for year in speaking(ground.statements) if year <= today().year):
            said = [covering(ground.statements, kind, year) for kind in KINDS]
            levels = [one.level if one else "" for one in said]
            if expected := [level for level in levels if level != "sans_objet"]:
                complete = expected.count(COMPLETE)
                yield _row("couverture", ground.siren, year, "coverage", "couverture", complete, len(expected), 0)
        if ground.siren in main:
            slug, run_id, closed = main[ground.siren]
            age = (today() - closed).days
            yield _row("fraicheur", ground.siren, today().year, "source", slug, age, 1, run_id)


def _main_sources(connection: Connection, sirens: Collection[str]) -> dict[str, tuple[str, int, date]]:
    """Return (slug, last applied run, its day) of the source read unattended, else of the one read last."""
    theirs = (Source.siren.in_(sirens), Source.state != "draft", Run.state.in_(APPLIED_STATES))
    last = select(func.max(Run.id)).join(Source, Run.source_id == Source.id).where(*theirs).group_by(Source.id)
    query = select(Source.siren, Source.slug, Run.id, Run.closed_at).join(Run, Run.source_id == Source.id)
    chosen: dict[str, tuple[str, int, date]] = {}
    for row in connection.execute(query.where(Run.id.in_(last)).order_by(Source.next_due.is_(None), Run.id.desc())):
        if row.closed_at:
            chosen.setdefault(str(row.siren), (row.slug, row.id, paris_day(row.closed_at)))
    return chosen


def _held(connection: Connection) -> Mapping[str, list[str]]:
    """Return the kinds of pieces of which something was received, by metropole."""
    received = (Facet.kind.in_(set(PIECES.values())), Facet.lead, Facet.presence != "gone", Facet.siren.is_not(None))
    found: dict[str, list[str]] = {}
    for siren, kind in connection.execute(select(Facet.siren, Facet.kind).where(*received).distinct()):
        found.setdefault(str(siren), []).append(kind)
    return found


def _last_runs(connection: Connection) -> Mapping[str, int]:
    last = select(Source.siren, func.max(Run.id)).join(Run, Run.source_id == Source.id)
    applied = (Source.siren.is_not(None), Run.state.in_(APPLIED_STATES))
    return {str(siren): run_id for siren, run_id in connection.execute(last.where(*applied).group_by(Source.siren))}


def _perimeters(connection: Connection) -> Mapping[str, str]:
    """Return, by metropole, a digest of the perimeters that its sources declare."""
    found: dict[str, list[list[str | None]]] = {}
    told = select(Source.siren, Source.slug, Source.perimeter).where(Source.siren.is_not(None), Source.perimeter != "")
    for siren, slug, perimeter in connection.execute(told.order_by(Source.slug)):
        found.setdefault(str(siren), []).append([slug, perimeter])
    return {siren: hashlib.sha256(schemas.canonical({"said": said})).hexdigest() for siren, said in found.items()}


def _row(indicator: str, siren: str, year: int, kind: str, name: str, part: float, whole: float, run_id: int) -> Row:
    row: Row = {"indicator": indicator, "siren": siren, "period": str(year), "hub_id": name, "kind": kind}
    row |= {"numerator": float(part), "denominator": float(whole), "said": None, "qualifier": "exact"}
    return row | {"approximate": False, "lacks": False, "elsewhere": False, "hidden": "", "run_id": run_id}


def _validated(connection: Connection) -> Mapping[str, list[str]]:
    """Return the years whose last word is a validation, by metropole."""
    last = select(func.max(Validation.id)).group_by(Validation.siren, Validation.period)
    found: dict[str, list[str]] = {}
    chosen = select(Validation.siren, Validation.period).where(Validation.id.in_(last), Validation.step != "rouverte")
    for siren, period in connection.execute(chosen):
        found.setdefault(siren, []).append(period)
    return found


def _troubled(connection: Connection) -> Mapping[str, list[str]]:
    """Return the kinds of which an error is open, by metropole: a grave problem (`benchmark.md` §3)."""
    found: dict[str, list[str]] = {}
    errors = select(Source.siren, Issue.kind).join(Source, Source.id == Issue.source_id).distinct()
    grave = (Issue.state == "open", Issue.severity == "error", Issue.kind.is_not(None), Source.siren.is_not(None))
    for siren, kind in connection.execute(errors.where(*grave)):
        found.setdefault(str(siren), []).append(str(kind))
    return found
