"""`/metropoles/<slug>/donnees/declarer`: an administration declares what its data cover; only this makes a zero."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import schemas
from hub.access.declared import all_need
from hub.clock import today
from hub.harvest.declarations import declare
from hub.models import Metropole
from hub.pages import words
from hub.pages.admission import open_form, reader
from hub.pages.choices import accept
from hub.pages.menu import Entry
from hub.pages.metropoles import called
from schemas import Problem
from schemas.labels import codelist
from schemas.registry import KINDS

bp = Blueprint("coverage", __name__)
all_need(bp, "validate")
MENU: tuple[Entry, ...] = ()
INPUTS = {"kind": "kind", "period": "year", "level": "level", "share": "share", "statement": "statement"}
"""The input that each part of a declaration comes from."""
YEAR = "Écrivez une année de quatre chiffres, par exemple 2025."
SHARE = "Écrivez un pourcentage de 0 à 100, par exemple 80, ou rien si la part n'est pas connue."


@dataclass(frozen=True)
class Declared:
    """What was typed."""

    kind: str = ""
    year: str = ""
    level: str = ""
    share: str = ""
    statement: str = ""


@bp.get("/metropoles/<slug>/donnees/declarer")
def form(slug: str) -> str:
    """The form of a declaration, of a kind and a year where the address gives them."""
    accept(["genre", "annee"], paged=False)
    metropole = _own(slug)
    asked = request.args
    return _form(metropole, Declared(asked.get("genre", ""), asked.get("annee", str(today().year - 1))), {})


@bp.post("/metropoles/<slug>/donnees/declarer")
def write(slug: str) -> ResponseReturnValue:
    """Write a declaration; the page of the data then says « 0 » where there is nothing and all is declared there."""
    metropole = _own(slug)
    said = Declared(**{name: request.form.get(name, "").strip() for name in INPUTS.values()})
    if errors := _declare(metropole, said):
        return _form(metropole, said, errors), 422
    flash("Déclaration enregistrée : elle est datée, et la prochaine la remplacera sans l'effacer.", "success")
    return redirect(url_for("completeness.data", slug=metropole.slug, _anchor="couverture"), 303)


def _own(slug: str) -> Metropole:
    """Return a metropole for which who asks may declare. Raises UnknownThing, NotYours, Forbidden."""
    metropole = called(slug)
    open_form("validate", metropole.siren)
    return metropole


def _declare(metropole: Metropole, said: Declared) -> dict[str, str]:
    """Write what was typed; return what is wrong with it, by input."""
    share = _share(said.share) if said.share else None
    if not (len(said.year) == 4 and said.year.isascii() and said.year.isdigit()):
        return {"year": YEAR}
    if said.share and share is None:
        return {"share": SHARE}
    return _by_input(declare(metropole.siren, said.kind, int(said.year), said.level, share, said.statement, reader()))


def _share(text: str) -> float | None:
    """Return a percentage as a fraction of 1; None when it is none."""
    try:
        percent = schemas.number(text.removesuffix("%"))
    except ValueError:
        return None
    return round(percent / 100, 6) if 0 <= percent <= 100 else None


def _by_input(problems: list[Problem]) -> dict[str, str]:
    return {INPUTS[each.pointer.split("/")[1]]: f"{each.message} {each.how}" for each in problems}


def _form(metropole: Metropole, said: Declared, errors: dict[str, str]) -> str:
    kinds = [(kind, words.kind_label(kind, 2)) for kind in KINDS]
    levels = [(row["code"], row["libelle"]) for row in codelist("couverture")["codes"]]
    shown = {"metropole": metropole, "said": said, "errors": errors, "kinds": kinds, "levels": levels}
    return render_template("completeness/declare.html", **shown)
