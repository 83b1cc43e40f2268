"""Group D, as far as a walk shows it: whose ids these are, and where a walk would go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from connectors.base import Checkpoint, Record
from connectors.testing.bench import Bench, Walk
from connectors.testing.exchange import Live
from connectors.testing.finding import Finding
from connectors.testing.platform import everything

_SOME = 6
"""Checkpoints from which a walk is taken up again: the first ones and the last ones."""

NEW = 900
"""The number of the thing published while nobody reads."""


def identity(bench: Bench) -> Iterator[Finding]:
    """Yield what is wrong with the ids of a walk without fault, and with its cursors."""
    wrong = ids(bench)
    yield from wrong
    if not wrong:
        yield from _cursors(bench)


def ids(bench: Bench) -> list[Finding]:
    """Return why the ids given are not those of the platform; nothing when they are."""
    clean = bench.clean
    expected = everything(bench.site)
    if clean.ids == expected:
        return []
    for record in clean.records:
        if (record.kind, record.remote_id) not in expected and (found := _taken_from(record)):
            return [Finding("D", *found)]
    if not clean.ids & expected and all(record.remote_id.isdecimal() for record in clean.records):
        return [Finding("D", "identifiant_rang", "L'identifiant est un rang : il change dès qu'une ligne s'insère.")]
    missing, extra = expected - clean.ids, clean.ids - expected
    words = f"Manquent {sorted(missing)[:3]}, en trop {sorted(extra)[:3]} (sur {len(expected)} fiches attendues)."
    return [Finding("D", "fiches_attendues", words)]


def _taken_from(record: Record) -> tuple[str, str] | None:
    if record.remote_id == record.data.get("url") or "://" in record.remote_id:
        return "identifiant_url", f"L'identifiant « {record.remote_id} » est une adresse : elle change."
    if record.remote_id == record.data.get("title"):
        return "identifiant_titre", f"L'identifiant « {record.remote_id} » est un titre : il se corrige."
    return None


def _cursors(bench: Bench) -> Iterator[Finding]:
    """A walk taken up at a checkpoint loses nothing, and what is new at the very last instant is seen."""
    with closing(bench.start()) as site:
        before = bench.walk(Live(site.url), site=site)
        known = everything(site)
        site.put(NEW)
        added = everything(site) - known
        last = before.items[-1] if before.items else None
        if isinstance(last, Checkpoint) and last.cursor:
            after = bench.walk(Live(site.url), site=site, cursor=last.cursor)
            if lost := added - after.ids:
                words = (
                    f"Reprise à « {last.cursor} », la moisson ne voit pas {sorted(lost)[0]}, paru à cet instant même."
                )
                yield Finding("D", "borne_exclusive", words)
                return
    yield from _resumed(bench)


def _resumed(bench: Bench) -> Iterator[Finding]:
    clean = bench.clean
    places = [rank for rank, item in enumerate(clean.items) if isinstance(item, Checkpoint) and item.cursor]
    for rank in places if len(places) <= _SOME else (*places[: _SOME // 2], *places[-_SOME // 2 :]):
        checkpoint = clean.items[rank]
        assert isinstance(checkpoint, Checkpoint)
        done = Walk(items=clean.items[:rank])
        rest = bench.walk(Live(bench.site.url), cursor=checkpoint.cursor)
        if lost := clean.ids - done.ids - rest.ids:
            words = f"Reprise à « {checkpoint.cursor} », la moisson ne revoit pas {sorted(lost)[0]}, pas encore donnée."
            yield Finding("D", "curseur_avance", words)
            return
