"""The groups that need the store, on the real engine: each is a function that a trial passes or that says why not."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import select

from connectors.testing.faults import CANARY, FAULTS
from hub.db import db
from hub.harvest import raw
from hub.harvest.kept import reread
from hub.harvest.replay import divergences
from hub.models import Exchange, FacetVersion, Issue, Notice, Run
from hub.models.source import Source
from tests.conformance.desk import Desk, written
from tests.harvesting import again, change, later

ERROR = next(fault for fault in FAULTS if fault.name == "erreur_200")
MORE = range(940, 950)
"""Things published besides those that a trial begins with, so that what changes is a part."""
POISONED = (941, 943)
_TITLES = rb'(?<=["> ])[^"<>,]*?\b%d, version 0[^"<>]*'


def idempotency(desk: Desk) -> None:
    """C: a second reading of the same platform writes nothing, nor does one that overlaps what was read."""
    source = desk.source()
    first = desk.read(source, full=True)
    before, state = written(source), desk.state(source)
    assert (first.state, state.keys()) == ("complete", desk.expected())
    for full in (True, False):
        again_ = desk.read(source, full=full)
        counts = {name: again_.counts.get(name, 0) for name in ("created", "updated", "versions", "restored")}
        assert (again_.state, counts) == ("complete", dict.fromkeys(counts, 0))
        assert desk.state(source) == state
        assert (
            written(source)[: 3 if again_.mode == first.mode else 2] == before[: 3 if again_.mode == first.mode else 2]
        )


def absence(desk: Desk) -> None:
    """H: one miss, several, back; nothing at all and everything renumbered wait for a person."""
    source, kept, lost = _with_more(desk)
    desk.site.remove(MORE[0])
    first = desk.read(source, full=True)
    assert first.state == "complete"
    told = {key: presence for key, (presence, _) in desk.state(source).items()}
    tombstone = desk.module.NAME == "hub"
    missed = "present" if not desk.concludes else "gone" if tombstone else "not_seen"
    assert {told[key] for key in lost} == {missed}, told
    assert {told[key] for key in kept} == {"present"}, told
    later(days=8)
    desk.read(source, full=True)
    assert {desk.state(source)[key][0] for key in lost} == {"gone" if desk.concludes else "present"}
    desk.site.put(MORE[0])
    desk.read(source, full=True)
    assert {desk.state(source)[key][0] for key in (*kept, *lost)} == {"present"}


def upheaval(desk: Desk) -> None:
    """H: a platform that gives nothing any more, or other identifiers, changes nothing until a person decides."""
    source, kept, lost = _with_more(desk)
    before = desk.state(source)
    desk.site.renumber()
    run = desk.read(source, full=True)
    if desk.concludes and desk.module.NAME != "hub":
        assert run.state == "held", (run.state, run.counts)
        assert {verdict["guard"] for verdict in run.verdicts} & {"identifiants", "chute"}
        assert desk.state(source) == before
    assert all(desk.state(source)[key][0] != "not_seen" for key in (*kept, *lost))
    desk.site.turn("silent_zero")
    cursor = again(source).cursor
    state = desk.state(source)
    run = desk.read(source, full=True)
    if run.state == "held":
        assert {verdict["guard"] for verdict in run.verdicts} & {"vide", "chute", "champ_perdu", "chiffres"}
    else:
        assert run.state in (("failed", "partial") if desk.concludes and desk.module.NAME != "hub" else ("complete",))
    assert desk.state(source) == state
    assert again(source).cursor == cursor


def _with_more(desk: Desk) -> tuple[Source, set[tuple[str, str]], set[tuple[str, str]]]:
    """Return a source read with more things; the keys that stay, and those of the first of them."""
    before = desk.expected()
    desk.site.put(MORE[0])
    lost = desk.expected() - before
    for number in MORE[1:]:
        desk.site.put(number)
    source = desk.source()
    assert desk.read(source, full=True).state == "complete"
    assert lost
    return source, desk.expected() - lost, lost


def provenance(desk: Desk) -> None:
    """J: each version names a payload that is kept and says it; all values are derived again, no request goes out."""
    source = desk.source()
    desk.read(source)
    desk.site.put(2, 1)
    desk.site.put(MORE[0])
    desk.read(source)
    asked = desk.proxy.asked
    columns = (FacetVersion.raw_sha256, FacetVersion.raw_pointer, FacetVersion.data)
    rows = select(*columns, Run.ref, Run.connector_version)
    rows = rows.join(Run, Run.id == FacetVersion.run_id).where(Run.source_id == source.id)
    exchanged = set(db.session.scalars(select(Exchange.sha256).where(Exchange.source_id == source.id)))
    versions = db.session.execute(rows).all()
    assert versions
    for row in versions:
        assert all((row.raw_pointer, row.ref, row.connector_version)), row
        if row.raw_sha256 is None:  # several answers for one page: which one cannot be told, and none is named
            continue
        assert row.raw_sha256 in exchanged, row
        if row.raw_pointer[:1] == "/" and not desk.is_xml:
            assert _says(raw.extract(row.raw_sha256, row.raw_pointer), orjson.loads(row.data)), row
    assert any(row.raw_sha256 for row in versions), "no version names its payload"
    assert all(raw.holds(sha256) for sha256 in exchanged if sha256)
    derived = {(item.kind, item.remote_id) for item in reread(again(source)) if hasattr(item, "data")}
    present = {key for key, (presence, _) in desk.state(source).items() if presence == "present"}
    assert present <= derived
    assert list(divergences(again(source))) == []
    assert desk.proxy.asked == asked


def _says(extract: str | None, data: Mapping[str, Any]) -> bool:
    """Tell whether what a version names holds its title, or its figure: a wrong proof is worse than none."""
    stated = data.get("title") or str(data["quantity"]["value"])
    return extract is not None and all(word in extract for word in re.findall(r"[a-zA-Z0-9]+", stated))


def bad_records(desk: Desk) -> None:
    """L: some poisoned among others: the others enter, each poisoned one is told; repaired, nothing is left to tell."""
    for number in MORE:
        desk.site.put(number)
    whole = desk.expected()
    sane = _poisoned(desk)
    source = desk.source()
    with desk.altered(sane):
        run = desk.read(source)
    found = [issue for issue in _issues(source, "open") if issue.severity == "error"]
    missing = whole - desk.state(source).keys()
    assert (run.state, run.counts["problems"]) == ("complete", len(found))
    assert len(missing) == len(POISONED), missing
    assert {(issue.kind, issue.remote_id) for issue in found} == missing
    for issue in found:
        assert all((issue.rule, issue.place, issue.how, issue.message)), issue.message
        assert issue.pointer == "/title", (issue.rule, issue.pointer, issue.place, issue.message)
    repaired = desk.read(source, full=True)
    assert repaired.counts["created"] == len(POISONED)
    assert desk.state(source).keys() == whole
    assert not {issue.severity for issue in _issues(source, "open")} & {"error"}
    assert {issue.id for issue in _issues(source, "repaired")} >= {issue.id for issue in found}


def _poisoned(desk: Desk) -> Callable[[bytes], bytes]:
    """Return what empties the titles of some things in the answers of the platform, whatever their form."""

    def changed(body: bytes) -> bytes:
        for number in POISONED:
            body = re.sub(_TITLES % number, b"", body)
        return body

    return changed


def _issues(source: Source, state: str) -> Sequence[Issue]:
    db.session.rollback()
    mine = select(Issue).where(Issue.source_id == source.id, Issue.state == state)
    return list(db.session.scalars(mine))


def privacy(desk: Desk) -> None:
    """M: no person of the platform is in the database, among the payloads, nor in notices, errors included."""
    source = desk.source()
    desk.read(source)
    change(source, contacts={"technique": "equipe@exemple.fr"})
    for at in (1, max(1, desk.proxy.asked)):
        desk.read(source, ERROR, at)
    words = [*desk.site.canaries, CANARY]
    place = Path(current_app.instance_path)
    files = [path.read_bytes() for path in place.glob("hub.sqlite*")]
    payloads = [gzip.decompress(path.read_bytes()) for path in (place / "raw").rglob("*.gz")]
    notices = [repr(row) for row in db.session.execute(select(Notice.subject, Notice.body))]
    held = [*files, *payloads, *(notice.encode() for notice in notices)]
    for word in words:
        written_as = {word.encode(), word.encode("unicode_escape"), word.encode("utf-16-le")}
        assert not any(each in content for each in written_as for content in held), word
