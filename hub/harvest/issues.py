"""Issues at the close of a run: new ones open, known ones are dated again, solved ones become `repaired`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from hub.db import writing
from hub.errors import BadQuery
from hub.harvest.commit import issue_row
from hub.harvest.door import Checked
from hub.harvest.registry import note
from hub.harvest.runs import Lease
from hub.harvest.screening import CLEARABLE
from hub.harvest.terms import REVIEW, moved
from hub.models import Facet, FacetVersion, Issue, Link, Run, RunSeen
from schemas import problem

ORPHAN = "lien_orphelin"
LOOKED_FOR = (ORPHAN, REVIEW)
"""The problems that every run looks for again in all of its source: what it does not find is solved."""


def settle(connection: Connection, lease: Lease) -> None:
    """Make the issues of a closing run public, each known one once (`harvest.md` H46)."""
    _find_orphans(connection, lease)
    _find_moved(connection, lease)
    known = aliased(Issue)
    pending = (Issue.run_id == lease.run_id, Issue.state == "pending")
    again = select(Issue.fingerprint).where(*pending)
    standing = (Issue.source_id == lease.source_id, Issue.state.in_(("open", "ignored")))
    sent = select(func.max(known.sha256)).where(
        known.run_id == lease.run_id, known.state == "pending", known.fingerprint == Issue.fingerprint
    )
    met_again = {"last_run_id": lease.run_id, "sha256": sent.scalar_subquery()}
    connection.execute(update(Issue).where(*standing, Issue.fingerprint.in_(again)).values(met_again))
    # asked once for the source: told apart issue by issue, SQLite looks at all of them for each
    met = select(known.fingerprint).where(known.source_id == lease.source_id, known.state.in_(("open", "ignored")))
    connection.execute(delete(Issue).where(*pending, Issue.fingerprint.in_(met)))
    latest = select(func.min(Issue.id)).where(*pending).group_by(Issue.fingerprint)
    connection.execute(delete(Issue).where(*pending, Issue.id.not_in(latest)))
    connection.execute(update(Issue).where(*pending).values(state="open"))
    solved = (Issue.source_id == lease.source_id, Issue.state == "open", Issue.last_run_id != lease.run_id)
    walk = connection.scalar(select(Run.walk).where(Run.id == lease.run_id))
    whole = lease.mode == "full" and walk == "ended"
    connection.execute(update(Issue).where(*solved, _solved(lease, whole=whole)).values(state="repaired"))


def clear(issue: Issue, actor: str, motive: str) -> None:
    """Clear a false hit of the detector: from now on, that field of that record enters as it is.

    Raises BadQuery for another problem, for one that is no longer open, without a motive.
    """
    if issue.rule not in CLEARABLE or issue.key is None:
        raise BadQuery("Seule une alerte de donnée personnelle, sur une fiche identifiée, se lève.")
    if issue.state != "open":
        raise BadQuery(f"L'alerte n° {issue.id} n'est plus ouverte.")
    if not motive.strip():
        raise BadQuery("Un motif est nécessaire : il est gardé avec la décision.")
    with writing() as connection:
        connection.execute(update(Issue).where(Issue.id == issue.id).values(state="ignored"))
        details = {"issue": issue.id, "kind": issue.kind, "remote_id": issue.remote_id, "pointer": issue.pointer}
        note(connection, issue.source_id, actor, "clear", motive, issue.last_run_id, details)


def _solved(lease: Lease, *, whole: bool) -> ColumnElement[bool]:
    """What a run did not find again is solved: any of those looked for everywhere; else where it read the record.

    A problem of a row without identity is solved when a whole walk no longer meets it.
    """
    versions = select(FacetVersion.key).where(FacetVersion.run_id == lease.run_id)
    seen = select(RunSeen.key).where(RunSeen.run_id == lease.run_id)
    met = [Issue.rule.in_(LOOKED_FOR), Issue.key.in_(versions), Issue.key.in_(seen)]
    return or_(*met, Issue.key.is_(None)) if whole else or_(*met)


def tell_future_cursor(connection: Connection, lease: Lease, cursor: str) -> None:
    """Note that a source stamps its records later than now: what it changes until then cannot be asked for (H22)."""
    found = problem("curseur_futur", "", cursor)
    record = Checked(None, None, None, "", [])
    connection.execute(insert(Issue), [issue_row(lease, record, found)])


def _find_orphans(connection: Connection, lease: Lease) -> None:
    """Note each link of this source that leads nowhere, as information: a link is never a reason to refuse (§6)."""
    lost = connection.execute(_orphans(lease.source_id)).all()
    rows: list[dict[str, Any]] = []
    for row in lost:
        found = problem(ORPHAN, f"/{row.field}", row.target_id, field=f"« {row.field} »")
        record = Checked(row.hub_id, row.kind, row.remote_id, f"{row.kind} {row.remote_id}", [])
        record.diffusion, record.public_on = row.diffusion, row.public_on
        rows.append(issue_row(lease, record, found))
    if rows:
        connection.execute(insert(Issue), rows)


def _find_moved(connection: Connection, lease: Lease) -> None:
    """Note each correction whose source now says something else than what was corrected (`harvest.md` H55)."""
    rows = [issue_row(lease, record, found) for record, found in moved(connection, lease.source_id)]
    if rows:
        connection.execute(insert(Issue), rows)


def _orphans(source_id: int) -> Any:
    """Links of a source without target there; a trace may also name a document of the network's own sources."""
    target, network = aliased(Facet), aliased(Facet)
    here = exists().where(
        target.source_id == Link.source_id, target.kind == Link.target_kind, target.remote_id == Link.target_id
    )
    shared = exists().where(
        network.siren.is_(None), network.kind == Link.target_kind, network.remote_id == Link.target_id
    )
    return (
        select(Link.hub_id, Link.field, Link.target_kind, Link.target_id, Facet.kind, Facet.remote_id)
        .add_columns(Facet.diffusion, Facet.public_on)
        .join(Facet, and_(Facet.hub_id == Link.hub_id, Facet.lead))
        .where(Link.source_id == source_id, Facet.presence != "gone")
        .where(~here, or_(Link.field != "trace", ~shared))
        .order_by(Link.hub_id, Link.field, Link.target_id)
    )
