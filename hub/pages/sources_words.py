"""What a source's card says, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hub.clock import iso, now, paris_day
from hub.models import Decision, Source
from hub.models.run import SEVERITY_LABELS
from hub.models.source import FREQUENCY_LABELS
from hub.models.source import STATE_LABELS as SOURCE_LABELS
from hub.pages.format import age, day, listing, moment, nbsp, number, plural
from hub.pages.sources_cards import Card
from hub.pages.words import kind_label
from schemas.registry import KINDS

CAUSES = {
    "transient": ("La plateforme ne répond pas", "Le hub réessaie de lui-même."),
    "access": (
        "La plateforme refuse l'accès",
        "Le hub ne la demande plus. La métropole rétablit l'accès, puis la coordination relance la lecture.",
    ),
    "contract": (
        "La plateforme a changé",
        "Le hub ne la demande plus tant que son équipe n'a pas regardé. La métropole n'a rien à faire.",
    ),
    "system": ("Le hub est en panne pour cette source", "La plateforme n'y est pour rien ; l'exploitant est prévenu."),
}
"""Why a source is not read, and what happens next."""


MOTIVES = {"pending": ("propose", "submit"), "refused": ("refuse",), "paused": ("pause",), "stopped": ("stop",)}
"""The decisions that put a source in each state where it is not read."""


def state_words(card: Card) -> str:
    """Return the state of a source, with its date when a person decided it: « Source arrêtée le 3 mars 2026 »."""
    dated = {"stopped": "Source arrêtée le", "paused": "En pause depuis le", "refused": "Refusée le"}
    state = card.source.state
    if card.since is None or state not in dated:
        return SOURCE_LABELS[state]
    return nbsp(f"{dated[state]} {day(paris_day(card.since))}")


def motive_words(source: Source, decisions: Iterable[Decision]) -> str:
    """Return why a source that is not read stands where it stands; empty when nobody wrote it, or when it is read."""
    actions = MOTIVES.get(source.state, ())
    return next((each.motive or "" for each in decisions if each.action in actions), "")


def success_words(card: Card) -> str:
    """Return the last time a source was read well, and its age; « Jamais moissonnée » when it never was."""
    if card.success is None:
        return "Jamais moissonnée" if card.run is None else "Aucune à ce jour"
    return ago(str(card.success.closed_at))


def ago(instant: str) -> str:
    """Return an instant as its age and its date: « il y a 3 jours, le 8 novembre »."""
    return age(instant, now())


def schedule_words(source: Source) -> str:
    """Return when a source is read: its rhythm, then its next slot."""
    rhythm = FREQUENCY_LABELS.get(source.frequency, source.frequency)
    if source.frequency == "manual":
        return rhythm
    if source.next_due is None or source.state != "accepted":
        return f"{rhythm} ; aucune lecture prévue à ce jour"
    if source.next_due <= iso(now()):
        return f"{rhythm} ; lecture attendue depuis le {moment(source.next_due)}"
    return f"{rhythm} ; prochaine lecture le {moment(source.next_due)}"


def method_words(source: Source) -> str:
    """Return how the data come: asked of a platform, or deposited."""
    return "Lecture automatique de la plateforme" if source.url else "Fichiers déposés"


def kept_words(card: Card) -> str:
    """Return what stays on the pages while a source is not read."""
    if card.applied is None:
        return "Aucune donnée n'a encore été lue de cette source."
    return nbsp(f"Dernières données du {day(paris_day(str(card.applied.closed_at)))} conservées.")


def next_words(card: Card) -> str:
    """Return what happens next for a source that is not read."""
    said = CAUSES[card.cause or "transient"][1]
    due = card.source.next_due
    planned = due is not None and due > iso(now()) and card.source.state == "accepted"
    return nbsp(f"{said} Prochaine lecture le {moment(due)}." if due and planned else said)


def kinds_words(counts: Mapping[str, int]) -> str:
    """Return how many things of each kind there are, in words: « 104 engagements, 16 délibérations »."""
    said = [f"{number(counts[kind])} {kind_label(kind, counts[kind]).lower()}" for kind in KINDS if counts.get(kind)]
    return listing(said)


def issues_words(issues: Mapping[str, int]) -> str:
    """Return how many issues of each severity there are: « 3 erreurs et 12 informations », « aucun »."""
    said = [
        f"{number(issues[severity])} {plural(issues[severity], words.lower())}"
        for severity, words in SEVERITY_LABELS.items()
        if issues.get(severity)
    ]
    return listing(said) or "aucun"
