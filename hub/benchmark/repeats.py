"""Commitments that several plans repeat (`same_as`): the first one received counts, the others are listed beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import Connection, select

from hub.benchmark.cases_commitments import LEVELS
from hub.benchmark.dossiers import named, things
from hub.benchmark.touched import blocks
from hub.models import Facet, Link
from hub.models.thing import is_one

SAME = "same_as"


def repeated(connection: Connection, commitments: Collection[str]) -> tuple[set[str], set[str]]:
    """Return these commitments with all that are said to be the same, and those of them that repeat an earlier one."""
    pairs: set[tuple[str, str]] = set()
    found, left = set[str](), set(commitments)
    while left:
        found |= left
        pairs.update(pair for block in blocks(left) for pair in _pairs(connection, block))
        left = {hub_id for pair in pairs for hub_id in pair} - found
    return found, {hub_id for group in _groups(pairs) for hub_id in _borne(connection, group)[1:]}


def _pairs(connection: Connection, block: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield (who says it, of whom), whichever of the two is one of these."""
    names = named(connection, "commitment", block)
    said = select(Link.hub_id, Link.source_id, Link.target_id).where(Link.field == SAME)
    of_these = is_one(names, Link.source_id, Link.target_id, Link.target_kind == "commitment")
    for row in connection.execute(said.where(of_these)) if names else ():
        yield row.hub_id, names[row.source_id, row.target_id]
    led = connection.execute(said.where(Link.hub_id.in_(block))).all()
    targets = {(row.source_id, row.target_id) for row in led}
    theirs = is_one(targets, Facet.source_id, Facet.remote_id, Facet.kind == "commitment")
    called = select(Facet.source_id, Facet.remote_id, Facet.hub_id).where(theirs)
    borne = {(row.source_id, row.remote_id): row.hub_id for row in connection.execute(called)}
    for row in led:
        if (row.source_id, row.target_id) in borne:
            yield row.hub_id, borne[row.source_id, row.target_id]


def _groups(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    """Return those that are the same, directly or by another."""
    groups: list[set[str]] = []
    for pair in pairs:
        met = [group for group in groups if group & {*pair}]
        groups = [group for group in groups if not group & {*pair}] + [set(pair).union(*met)]
    return groups


def _borne(connection: Connection, group: Collection[str]) -> list[str]:
    """Return those of a group that stand and that metropoles bear themselves, in the order in which they came."""
    mine = (Facet.kind == "commitment", Facet.hub_id.in_(group))
    own = {each.hub_id for each in things(connection, *mine) if each.data.get("level", LEVELS[0]) in LEVELS}
    order = connection.scalars(select(Facet.hub_id).where(*mine, Facet.lead).order_by(Facet.id))
    return [hub_id for hub_id in order if hub_id in own]
