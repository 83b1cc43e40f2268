"""What the pages of deposits show: counts in a sentence, problems by cell, what would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app, url_for
from sqlalchemy import select

from hub.db import db
from hub.models import Metropole
from hub.pages.format import number
from hub.push.own import deposited_counts
from hub.push.report import LISTED, Report
from hub.push.senders import Sender
from hub.push.uploads import Upload
from schemas.columns import SHEETS, slug_of

SHOWN = 200
"""How many problems a page shows; the annotated workbook holds them all."""
_WORDS = (
    ("created", "nouvelle", "nouvelles"),
    ("updated", "modifiée", "modifiées"),
    ("unchanged", "inchangée", "inchangées"),
    ("deleted", "retirée", "retirées"),
    ("held", "retrait soumis à une décision", "retraits soumis à une décision"),
    ("skipped", "déjà plus récente dans le hub", "déjà plus récentes dans le hub"),
    ("repeated", "répétée", "répétées"),
    ("problems", "à corriger", "à corriger"),
)
STATUS_LABELS = {"created": "Nouvelle", "updated": "Modifiée", "deleted": "Retirée", "held": "Retrait à décider"}


def sentence(report: Report, *, done: bool = False) -> str:
    """Return the counts of a report as a sentence: « 118 fiches lues : 112 nouvelles, 4 modifiées, 2 à corriger »."""
    counts = report.counts
    told = [f"{number(counts[key])} {one if counts[key] == 1 else many}" for key, one, many in _WORDS if counts[key]]
    read = "1 fiche lue" if counts["received"] == 1 else f"{number(counts['received'])} fiches lues"
    if done and report.state == "failed":
        return f"Rien n'a été enregistré. {read} : {', '.join(told)}."
    return f"{read} : {', '.join(told)}."


def form_context(sender: Sender, error: str = "", kind: str = "") -> Mapping[str, Any]:
    """Return what the form needs: templates, one's own records, what is wrong with the file that was sent."""
    held = deposited_counts(sender)
    return {
        "metropole": db.session.scalars(select(Metropole).where(Metropole.siren == sender.siren)).one(),
        "error": error,
        "kind": kind,
        "kinds": list(SHEETS.items()),
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
        "acceptable": sum(counts[key] for key in ("created", "updated", "deleted", "held")),
        "nothing_new": counts["unchanged"] == counts["received"],
    }


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
