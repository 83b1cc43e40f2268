"""What the pages of deposits show: counts in a sentence, problems by cell, what would change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import current_app, url_for
from sqlalchemy import select

from hub.db import db
from hub.models import Metropole
from hub.pages.format import number, plural
from hub.pages.held import reason
from hub.push.batch import HELD
from hub.push.own import deposited_counts
from hub.push.report import LISTED, Report
from hub.push.senders import Sender
from hub.push.uploads import Upload
from schemas.columns import SHEETS, slug_of
from schemas.labels import codes, label

SHOWN = 200
"""How many problems a page shows; the annotated workbook holds them all."""
_WORDS = (
    ("created", "nouvelle", "nouvelles"),
    ("updated", "modifiée", "modifiées"),
    ("unchanged", "inchangée", "inchangées"),
    ("restored", "revenue", "revenues"),
    ("deleted", "retirée", "retirées"),
    ("held", "retrait soumis à une décision", "retraits soumis à une décision"),
    ("skipped", "déjà plus récente dans le hub", "déjà plus récentes dans le hub"),
    ("repeated", "répétée", "répétées"),
    ("problems", "à corriger", "à corriger"),
)
ALL = "tout"
EXTENTS = [
    ("partiel", "Dépôt partiel : ce qui n'est pas dans le fichier reste comme il est"),
    (ALL, "Ce fichier contient tout : ce qui n'y est pas n'est plus là"),
]
YEAR = re.compile(r"[0-9]{4}")
_ACTS = ("created", "updated", "restored", "deleted", "held")
STATUS_LABELS = {"created": "Nouvelle", "updated": "Modifiée", "deleted": "Retirée", "held": "Retrait à décider"}


def sentence(report: Report, *, done: bool = False) -> str:
    """Return the counts of a report as a sentence: « 118 fiches lues : 112 nouvelles, 4 modifiées, 2 à corriger »."""
    counts = report.counts
    told = [f"{number(counts[key])} {one if counts[key] == 1 else many}" for key, one, many in _WORDS if counts[key]]
    read = "1 fiche lue" if counts["received"] == 1 else f"{number(counts['received'])} fiches lues"
    if done and report.state == "failed":
        return f"Rien n'a été enregistré. {read} : {', '.join(told)}."
    return f"{read} : {', '.join(told)}."


def told(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what is said of a file once it is registered, each with its tone."""
    if report.state == HELD:
        read = plural(report.counts["received"], "1 fiche lue", f"{number(report.counts['received'])} fiches lues")
        yield f"{read}. Ce dépôt complet attend une décision : rien n'en est encore entré.", "warning"
        return
    yield sentence(report, done=True), "error" if report.state == "failed" else "success"
    if report.held:
        yield "Les retraits sont trop nombreux pour entrer seuls : une décision les attend.", "warning"


def scope_errors(form: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with what a form says of a file that holds everything, by input."""
    year = form.get("annee", "").strip()
    if form.get("portee") != ALL or not year or (YEAR.fullmatch(year) and 1900 <= int(year) <= 2100):
        return {}
    return {"annee": "Écrivez une année à quatre chiffres, par exemple 2025, ou laissez vide."}


def form_context(
    sender: Sender, errors: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    """Return what the form needs: templates, one's own records, what was typed and what is wrong with it."""
    held = deposited_counts(sender)
    return {
        "metropole": db.session.scalars(select(Metropole).where(Metropole.siren == sender.siren)).one(),
        "errors": errors or {},
        "form": form or {},
        "kinds": list(SHEETS.items()),
        "extents": EXTENTS,
        "themes": [(code, label("theme", code)) for code in codes("theme")],
        "templates": [(name, url_for(".template_csv", kind_slug=slug_of(each))) for each, name in SHEETS.items()],
        "own": [
            (name, held[each], url_for(".own_csv", kind_slug=slug_of(each)))
            for each, name in SHEETS.items()
            if held[each]
        ],
        "megabytes": current_app.config["MAX_DEPOSIT_BYTES"] // 1_000_000,
    }


def preview_context(upload: Upload) -> Mapping[str, Any]:
    """Return what the preview shows: the problems first, then what would change."""
    report, wrong = upload.report, [each for each in upload.spots if each.severity == "error"]
    counts = Counter(report.counts)
    return {
        "filename": upload.deposit.filename,
        "sentence": sentence(report),
        "wrong": _rows(wrong[:SHOWN], upload),
        "more_wrong": max(0, len(wrong) - SHOWN),
        "remarks": _rows([each for each in upload.spots if each.severity != "error"][:SHOWN], upload),
        "notices": [(sheet, each.message, each.how) for sheet, each in upload.deposit.notices],
        "changes": [
            [each.remote_id, each.kind, each.title or "—", STATUS_LABELS[each.status], ", ".join(each.fields) or "—"]
            for each in upload.changes()
        ],
        "unlisted": counts["received"] > LISTED,
        "in_sheets": bool(upload.deposit.sheets),
        "acceptable": sum(counts[key] for key in _ACTS) or report.absent is not None,
        **_absent(report),
        "nothing_new": counts["unchanged"] == counts["received"] and not counts["restored"],
    }


def _absent(report: Report) -> Mapping[str, Any]:
    """Return what a file that holds everything would make disappear, and why a person would decide."""
    absent = report.absent
    if absent is None:
        return {"absent": None}
    rows = [[each.remote_id, each.title or "—", "Retirée" if each.leaves else "Notée absente"] for each in absent.first]
    reasons = [reason(each) for each in report.verdicts]
    return {"absent": absent, "missing": rows, "reasons": reasons, "days": current_app.config["ABSENCE_DAYS"]}


def _rows(spots: Sequence[Any], upload: Upload) -> list[list[str]]:
    """Return problems as the rows of a table: where, which record, what is wrong and how to put it right."""
    several = len(upload.deposit.sheets) > 1
    return [
        [_place(each, several=several), each.remote_id or "—", each.value or "—", each.message, each.how]
        for each in spots
    ]


def _place(spot: Any, *, several: bool) -> str:
    at = spot.cell or f"ligne {spot.line}"
    return f"{spot.sheet}, {at}" if several and spot.sheet else at
