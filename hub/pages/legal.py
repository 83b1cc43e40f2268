"""`/donnees-personnelles`, `/accessibilite`: what the hub promises to persons. Durations are those of the upkeep."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from hub.access.declared import all_need
from hub.access.upkeep import retention
from hub.pages.choices import accept
from hub.pages.menu import FOOTER, Entry

bp = Blueprint("legal", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (
    Entry(FOOTER, "Données personnelles", "legal.privacy"),
    Entry(FOOTER, "Accessibilité : non évaluée", "legal.accessibility"),
)
STATED_ON = "2026-11-21"
"""The day the accessibility statement was last read through; to be changed with its sentences."""


@bp.get("/donnees-personnelles")
def privacy() -> str:
    """What the hub holds of persons: what, why, how long, with whom, and how to have it changed."""
    accept(paged=False)
    return render_template("legal/privacy.html", kept=retention(), config=current_app.config)


@bp.get("/accessibilite")
def accessibility() -> str:
    """The statement of accessibility: its state, its date, whom to tell, where to complain."""
    accept(paged=False)
    config = current_app.config
    mail = config["ACCESSIBILITY_MAIL"] or config["COORDINATION_MAIL"] or config["OPERATOR_MAIL"]
    return render_template("legal/accessibility.html", mail=mail, stated_on=STATED_ON)
