"""`/donnees-personnelles`, `/accessibilite`: what the hub promises to persons. Durations are read where they apply."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, render_template

from hub.access import audit, invitations, links, people, sessions
from hub.access.declared import all_need
from hub.pages.choices import accept
from hub.pages.format import number, plural
from hub.pages.menu import FOOTER, Entry

bp = Blueprint("legal", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (
    Entry(FOOTER, "Données personnelles", "legal.privacy"),
    Entry(FOOTER, "Accessibilité : non évaluée", "legal.accessibility"),
)
STATED_ON = "2026-11-21"
"""The day the accessibility statement was last read through; to be changed with its sentences."""
UNITS = (
    (timedelta(days=365), "an", "ans"),
    (timedelta(days=30), "mois", "mois"),
    (timedelta(days=1), "jour", "jours"),
    (timedelta(hours=1), "heure", "heures"),
    (timedelta(minutes=1), "minute", "minutes"),
)
"""The largest unit first; a month is said of thirty days and more that make no whole years."""
KEPT = (
    ("Session ouverte", sessions.ABSOLUTE, "fermée par le hub"),
    ("Lien d'entrée envoyé par courriel", links.LASTS, "refusé ensuite"),
    ("Invitation", invitations.LASTS, "refusée ensuite"),
    ("Compte sans entrée", people.SUSPENDED_AFTER, "suspendu"),
    ("Compte sans entrée", people.ERASED_AFTER, "effacé"),
    ("Adresse réseau d'un acte", audit.ADDRESSES_KEPT, "supprimée"),
    ("Acte consigné au journal", audit.KEPT, "vidé de son contenu"),
    ("Décision consignée au journal", audit.DECISIONS_KEPT, "vidée de son contenu"),
)
"""What is kept of persons, for how long, and what becomes of it then."""


@bp.get("/donnees-personnelles")
def privacy() -> str:
    """What the hub holds of persons: what, why, how long, with whom, and how to have it changed."""
    accept(paged=False)
    kept = [(what, lasting(how_long), then) for what, how_long, then in KEPT]
    return render_template("legal/privacy.html", kept=kept, config=current_app.config)


@bp.get("/accessibilite")
def accessibility() -> str:
    """The statement of accessibility: its state, its date, whom to tell, where to complain."""
    accept(paged=False)
    config = current_app.config
    mail = config["ACCESSIBILITY_MAIL"] or config["COORDINATION_MAIL"] or config["OPERATOR_MAIL"]
    return render_template("legal/accessibility.html", mail=mail, stated_on=STATED_ON)


def lasting(length: timedelta) -> str:
    """Return a duration in the largest unit that says it: « 12 heures », « 6 mois », « 2 ans »."""
    for unit, one, many in UNITS:
        count, rest = divmod(length, unit)
        if count and (not rest or unit == timedelta(days=30)):
            return f"{number(count)} {plural(count, one, many)}"
    return f"{number(length.total_seconds())} secondes"
