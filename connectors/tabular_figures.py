"""What the templates say beyond one field a column: places, figures and their periods, histories (`files.md` §4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import schemas
from connectors.casts import Unreadable
from connectors.tabular_cells import Cells
from connectors.text import folded

_DAY = r"[12][0-9]{3}(?:-[01][0-9](?:-[0-3][0-9])?)?"
_PERIOD = re.compile(rf"({_DAY})/({_DAY})")
_QUARTER = re.compile(r"([12][0-9]{3})-?[Tt]([1-4])")


def digits(text: str) -> str:
    """Return a number written with spaces or dots as its digits."""
    return re.sub(r"[\s.]", "", text)


@cache
def _codes(name: str) -> Mapping[str, str]:
    rows = schemas.codelist(name)["codes"]
    return {folded(word): row["code"] for row in rows for word in (row["libelle"], row["code"])}


def code_of(name: str, word: str) -> str | None:
    """Return the code of a list that a code or a label stands for, whatever its case and accents."""
    return _codes(name).get(folded(word))


def _contribution(cells: Cells, data: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    body = cells.text("texte") if options.get("bodies") else None
    return {"type": data.get("type") or "autre", "body": body, "location": _place(cells)}


def _place(cells: Cells, *_: object) -> dict[str, Any] | None:
    return cells.place_of(cells.line_of_text("lieu", limit=300), "latitude", "longitude")


def _figure(cells: Cells, data: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what names a figure and its value: an empty cell is unknown, and says why."""
    process, siren = cells.key("demarche"), digits(cells.key("siren") or str(options.get("siren") or ""))
    basis = data.get("basis") or "flux"
    share = basis == "part" and str(cells.find("valeur")).strip().endswith("%")
    figure = cells.counted("quantity", "valeur", reading="percent" if share else "decimal")
    value, motive = figure.get("quantity"), cells.say("text", "motif")
    if value is not None:
        word = cells.say("text", "qualificatif")
        more = {"qualifier": code_of("qualificatif", word) or word} if word else {}
        unit = {"unit": "€"} if str(data.get("metric")).startswith("montant") else {}
        figure = {"quantity": {"value": value} | more | unit}
    elif motive:
        figure = {"quantity": None, "quantity_state": code_of("etat_valeur", motive) or motive}
    subject = {"kind": "process", "remote_id": process} if process else {"kind": "metropole", "remote_id": siren}
    return {
        "subject": subject,
        "period": period_of(cells),
        "basis": basis,
        "indicative": True if data.get("metric") == "votes" else None,
    } | figure


def period_of(cells: Cells) -> dict[str, str]:
    """Return a period: `2025`, `2025-T2`, `2025-03`, a day, or two dates `a/b`. Raises Unreadable."""
    text = str(cells.find("periode") or "").strip()
    if quarter := _QUARTER.fullmatch(text):
        year, rank = quarter[1], int(quarter[2])
        return {"from": f"{year}-{rank * 3 - 2:02}", "to": f"{year}-{rank * 3:02}", "precision": "trimestre"}
    if bounds := _PERIOD.fullmatch(text):
        return between(*bounds.groups())
    day = cells.say("date", "periode")
    if not day:
        raise Unreadable("date_invalide", text)
    return {"from": day, "to": day, "precision": {4: "annee", 7: "mois"}.get(len(day), "jour")}


def between(start: str | None, end: str | None) -> dict[str, str]:
    """Return the period between two days, as far as they are known."""
    known = {name: day for name, day in (("from", start), ("to", end)) if day}
    return known | {"precision": "plage" if len(known) == 2 else "inconnue"}


def _commitment(cells: Cells, data: Mapping[str, Any], _: object) -> dict[str, Any]:
    event = {"on": cells.say("date", "date_statut"), "status": data.get("status"), "label": data.get("status_raw")}
    kept = {name: value for name, value in event.items() if value}
    return {"status": data.get("status") or "inconnu", "history": [kept] if "on" in kept else None}


def _deliberation(cells: Cells, *_: object) -> dict[str, Any]:
    """A matter code that a spreadsheet made a number (`7.10` → 7.1) is lost, not wrong."""
    return {} if isinstance(cells.row.get("DELIB_MATIERE_CODE"), str | None) else {"matter_code": None}


def _document(cells: Cells, *_: object) -> dict[str, Any]:
    """Return what a document is about, written `kind:remote_id`; the kind may be in French."""
    text = cells.say("text", "objet")
    kind, _colon, remote_id = (text or "").partition(":")
    titles = {folded(schemas.schema(one)["title"]): one for one in schemas.KINDS}
    kind = titles.get(folded(kind), kind.strip())
    return {"subject": {"kind": kind, "remote_id": remote_id.strip()} if text else None}


FINISH: Mapping[str, Callable[[Cells, dict[str, Any], Mapping[str, Any]], dict[str, Any]]] = {
    "contributions": _contribution,
    "chiffres": _figure,
    "reunions": lambda cells, *_: {"location": _place(cells)},
    "engagements": _commitment,
    "deliberations": _deliberation,
    "documents": _document,
}
"""What a template says beyond one field a column."""
