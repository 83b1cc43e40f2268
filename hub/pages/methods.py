"""`/methodes`: how each number is worked out, for those who are no statisticians, with examples worked out here."""

from __future__ import annotations

from flask import Blueprint

from hub.access.declared import all_need
from hub.benchmark.neighbourhood import VARIABLES
from hub.benchmark.neighbours import CLOSE, IN_FORCE
from hub.errors import UnknownThing
from hub.pages.choices import accept
from hub.pages.menu import FOOTER, Entry
from hub.pages.methods_view import EXAMPLE_COLUMNS, KEYS, METHOD_COLUMNS, METHODS
from hub.pages.methods_worked import rows
from hub.pages.respond import Sheet, View, data_page
from schemas.labels import codelist

bp = Blueprint("methods", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry(FOOTER, "Méthodes", "methods.listing"),)


@data_page(bp, "/methodes")
def listing() -> View:
    """Every method, with the question it answers."""
    accept(paged=False)
    found = [
        {"method": one.key, "title": one.title, "question": one.question, "sources": one.sources} for one in METHODS
    ]
    return View("methods/listing.html", Sheet(METHOD_COLUMNS, found), {"methods": METHODS})


@data_page(bp, "/methodes/<key>")
def method(key: str) -> View:
    """One method, explained, with its examples and where it comes from."""
    accept(paged=False)
    if key not in KEYS:
        raise UnknownThing(f"Aucune méthode ne s'appelle « {key} » : la liste est à /methodes.")
    examples = {title: list(work()) for title, work in KEYS[key].examples.items()}
    context = {
        "method": KEYS[key],
        "examples": examples,
        "states": [each for each in codelist("etat_valeur")["codes"] if "mesure" in each["ou"]],
        "flags": codelist("drapeau")["codes"],
        "limits": IN_FORCE,
        "close": CLOSE,
        "variables": VARIABLES,
    }
    return View("methods/method.html", Sheet(EXAMPLE_COLUMNS, rows(key, examples)), context)
