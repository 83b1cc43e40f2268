"""Validating a year: its metropole answers for it, the coordination accepts it, either reopens it (B43)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.access.declared import needs
from hub.benchmark import validations
from hub.pages.admission import demand, open_form, reader
from hub.pages.choices import accept
from hub.pages.corrections_form import reason_error
from hub.pages.menu import Entry
from hub.pages.metropoles import called

bp = Blueprint("validations", __name__)
MENU: tuple[Entry, ...] = ()


@bp.post("/metropoles/<slug>/donnees/valider")
@needs("validate")
def validate(slug: str) -> ResponseReturnValue:
    """The metropole answers for a year: its values become final."""
    siren, period = called(slug).siren, request.form.get("year", "")
    demand("validate", siren)
    validations.validate(siren, period, reader())
    return _done(slug, f"Année {period} validée : ses valeurs sont définitives tant que rien ne change.")


@bp.post("/metropoles/<slug>/donnees/accepter")
@needs("govern")
def accept_year(slug: str) -> ResponseReturnValue:
    """The coordination accepts a year for the network."""
    siren, period = called(slug).siren, request.form.get("year", "")
    demand("govern", siren)
    validations.accept(siren, period, reader())
    return _done(slug, f"Année {period} acceptée pour le réseau.")


@bp.get("/metropoles/<slug>/donnees/rouvrir")
@needs("reopen")
def form(slug: str) -> str:
    """The form that asks why a year is reopened."""
    accept(["annee"], paged=False)
    open_form("reopen", called(slug).siren)
    return _form(slug, request.args.get("annee", ""), "", {})


@bp.post("/metropoles/<slug>/donnees/rouvrir")
@needs("reopen")
def reopen(slug: str) -> ResponseReturnValue:
    """Reopen a year, with a public reason."""
    siren, period = called(slug).siren, request.form.get("year", "")
    demand("reopen", siren)
    reason = request.form.get("reason", "").strip()
    if errors := reason_error(reason):
        return _form(slug, period, reason, errors), 422
    validations.reopen(siren, period, reason, reader())
    return _done(slug, f"Année {period} rouverte : ses valeurs redeviennent provisoires.")


def _done(slug: str, said: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(url_for("completeness.data", slug=slug, _anchor="validation"), 303)


def _form(slug: str, period: str, reason: str, errors: dict[str, str]) -> str:
    shown = {"metropole": called(slug), "period": period, "reason": reason, "errors": errors}
    return render_template("completeness/reopen.html", **shown)
