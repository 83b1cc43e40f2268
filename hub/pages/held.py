"""« Moisson en attente »: what a held run would change, said so that no technical word is needed (`harvest.md` §10)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.db import db
from hub.harvest.census import Census, census
from hub.harvest.guards import GUARD_LABELS
from hub.harvest.holds import differences, missing
from hub.harvest.notices import COORDINATION, METROPOLE, ROLE_LABELS
from hub.harvest.runs import lease_of
from hub.models import Run
from hub.models.layer import reserved_in
from hub.models.metropole import metropoles
from hub.pages import words
from hub.pages.format import nbsp, number, plural
from hub.pages.held_changes import samples, told
from hub.pages.words import field_label, kind_label
from schemas.labels import label
from schemas.registry import KINDS

SHOWN = 100
"""How many things of each sort are named; all are counted."""
SORTS = {
    "missing": ("Ce qui disparaîtrait", "Ces fiches ne sont plus dans ce que la source donne."),
    "new": ("Ce qui apparaîtrait", "Ces fiches n'étaient pas connues du hub."),
    "changed": ("Ce qui changerait", "Ces fiches sont connues ; voici ce qui changerait dans chacune."),
}
DECIDERS = f"{ROLE_LABELS[METROPOLE]} ou {ROLE_LABELS[COORDINATION].lower()}"
DECISIONS = (
    ("Approuver", "ce qui a été lu entre dans le hub et devient la référence des lectures suivantes."),
    ("Rejeter", "rien n'en entre ; la lecture suivante est comparée aux fiches d'aujourd'hui."),
    (
        "Autoriser une fois",
        "rien n'en entre ; la lecture suivante, si elle vient sous 24 heures, entre sans cet arrêt.",
    ),
)


@dataclass
class Held:
    """A run that waits: the sentence, the reasons with their numbers, what would change by sort, samples."""

    sentences: list[str]
    reasons: list[tuple[str, str]]
    sorts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    samples: list[tuple[str, str, bool]] = field(default_factory=list)
    reserved: bool = False


def held_of(run: Run) -> Held:
    """Return what the page of a held run shows. What is not public stays so: it is counted, not named."""
    with db.engine.connect() as connection:
        lease, whole = lease_of(connection, run.id), run.walk == "ended" and run.mode == "full"
        found = census(connection, lease)
        left = {kind: len(ids) for kind, ids in missing(connection, lease, found, whole=whole).items()}
    hidden = {(row[0], row[1]) for row in db.session.execute(reserved_in(run))}
    kept = {kind for kind, _ in hidden}
    held = Held(list(_sentences(found, left, whole=whole)), [reason(each, kept) for each in run.verdicts])
    totals = {"missing": sum(left.values()), "new": found.fresh.total(), "changed": found.updated.total()}
    held.totals = {sort: count for sort, count in totals.items() if count}
    names = {each.siren: each.name for each in db.session.scalars(metropoles())}
    for each in differences(run, SHOWN):
        if (each.kind, each.remote_id) in hidden:
            held.reserved = True
        elif each.change in held.totals:
            held.sorts.setdefault(each.change, []).append(told(each, names))
    held.samples = list(samples(run, hidden, names))
    return held


def _sentences(found: Census, left: Mapping[str, int], *, whole: bool) -> Iterator[str]:
    """Yield, kind by kind: « Avant : 43 démarches. Maintenant : 2. 41 disparaîtraient. »"""
    for kind in KINDS:
        before, now, new = found.before[kind], found.now[kind], found.fresh[kind]
        changed = found.updated[kind]
        if not before and not now:
            continue
        said = [f"Avant : {number(before)} {kind_label(kind, before).lower()}."]
        said += [f"Maintenant : {number(now)}."] if whole else []
        turns = [
            (left.get(kind, 0), "disparaîtrait", "disparaîtraient"),
            (new, "apparaîtrait", "apparaîtraient"),
            (changed, "changerait", "changeraient"),
        ]
        said += [f"{number(count)} {plural(count, one, many)}." for count, one, many in turns if count]
        yield nbsp(" ".join(said))


def reason(verdict: Mapping[str, Any], kept: Collection[str] = ()) -> tuple[str, str]:
    """Return a guard in words, and its numbers.

    « Beaucoup de fiches ont disparu », « Démarches : 43 avant, 2 maintenant ».

    Where records of the kind are kept from the reader, so are the totals of figures, which hold theirs.
    """
    guard, kind, before, now = verdict["guard"], verdict["kind"], number(verdict["before"]), number(verdict["now"])
    of = f"{kind_label(kind, 2)} : " if kind else ""
    told = {
        "identifiants": f"{before} connues sont absentes, {now} nouvelles apparaissent",
        "champ_perdu": f"« {_named(verdict)} » était dit {before} fois, il l'est {now} fois",
        "chiffres": f"« {_named(verdict)} » : {before} en tout avant, {now} maintenant",
        "reecriture": f"{now} sur {before} changeraient",
        "problemes": f"{now} sur {before} ont un problème",
        "attendu": f"{before} attendues, {now} lues",
    }
    if guard == "chiffres" and kind in kept:
        return GUARD_LABELS[guard], nbsp(f"{of}« {_named(verdict)} », total réservé.")
    words_ = told.get(guard, f"{before} avant, {now} maintenant")
    return GUARD_LABELS.get(guard, guard), nbsp(f"{of}{words_}.")


def _named(verdict: Mapping[str, Any]) -> str:
    """The French name of the field, or of the figure, that a guard speaks of; nothing where it speaks of none."""
    if verdict["field"] is None:
        return ""
    kind, name = str(verdict["kind"]), str(verdict["field"])
    if kind != "observation" or name in words.fields_of(kind):
        return field_label(kind, name)
    try:
        return label("metrique", name)
    except KeyError:
        return name
