"""What the pages say of a run, in words."""

from __future__ import annotations

from hub.models import Run
from hub.models.run import APPLIED_STATES, CAUSE_LABELS, MODE_LABELS, STATE_LABELS, TRIGGER_LABELS, WALK_LABELS
from hub.pages.format import listing, nbsp, number, plural

COUNTS = {
    "received": ("fiche reçue", "fiches reçues"),
    "created": ("nouvelle", "nouvelles"),
    "updated": ("modifiée", "modifiées"),
    "unchanged": ("inchangée", "inchangées"),
    "repeated": ("répétée", "répétées"),
    "deleted": ("retirée", "retirées"),
    "problems": ("mise de côté", "mises de côté"),
    "not_seen": ("qui n'apparaît plus", "qui n'apparaissent plus"),
    "gone": ("dite retirée", "dites retirées"),
    "restored": ("revenue", "revenues"),
}
"""The counts of a run and their words, in the order they are said."""


def counts_words(run: Run) -> str:
    """Return the counts of a run: « 120 fiches reçues : 104 nouvelles, 16 inchangées »; what is 0 is left out."""
    if "received" not in run.counts and run.cause:
        return "Rien n'a pu être lu."
    received = run.counts.get("received", 0)
    names = [name for name in COUNTS if name != "received" and run.counts.get(name)]
    parts = [f"{number(run.counts[name])} {plural(run.counts[name], *COUNTS[name])}" for name in names]
    head = f"{number(received)} {plural(received, *COUNTS['received'])}"
    return nbsp(f"{head} : {listing(parts)}." if parts else f"{head}.")


def traffic_words(run: Run) -> str:
    """Return what a run asked of the platform: « 12 requêtes, dont 9 réponses inchangées »; empty for a file."""
    asked, same = run.counts.get("requests"), run.counts.get("not_modified", 0)
    if asked is None:
        return ""
    words = f"{number(asked)} {plural(asked, 'requête')}"
    return f"{words}, dont {number(same)} {plural(same, 'réponse inchangée', 'réponses inchangées')}" if same else words


def state(run: Run) -> str:
    """Return the state of a run in French."""
    return STATE_LABELS[run.state]


def trigger(run: Run) -> str:
    """Return what started a run, in French."""
    return TRIGGER_LABELS.get(run.trigger, run.trigger)


def walk(run: Run) -> str:
    """Return what was read and how far: « Lecture entière, allée au bout »; the mode alone for a deposit."""
    mode = MODE_LABELS.get(run.mode, "Extrait : ne dit jamais le tout")
    return mode if run.mode == "deposit" else f"{mode}, {WALK_LABELS[run.walk]}"


def why_nothing(run: Run) -> str:
    """Return why a closed run brought no version."""
    if run.state == "held":
        return "Ce qu'elle a lu attend une décision : les fiches d'avant restent en vigueur."
    if run.state not in APPLIED_STATES:
        return "Ce qu'elle a lu n'a pas été retenu : les fiches d'avant restent en vigueur."
    return "Tout ce qu'elle a lu était déjà connu, et dit la même chose."


def cause(run: Run) -> str:
    """Return what stopped a run, in a sentence; empty when nothing did."""
    return f"{CAUSE_LABELS[run.cause]}." if run.cause else ""
