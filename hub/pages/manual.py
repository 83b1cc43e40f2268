"""`/api`: how a program reads the hub, and how a metropole sends it its data; the same table as the OpenAPI file."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, render_template

from hub.access.declared import all_need
from hub.access.scopes import SCOPES
from hub.contract import LEAVING, Operation, limits, operations
from hub.pages.choices import accept
from hub.pages.format import number
from hub.pages.menu import FOOTER, Entry

bp = Blueprint("manual", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry(FOOTER, "API", "manual.api"),)
EXAMPLES = Path(__file__).resolve().parent.parent / "data" / "examples"
"""What the page and `docs/API.md` show, one file each, run by the tests."""
PER = {"second": "seconde", "minute": "minute", "hour": "heure", "day": "jour"}


@bp.get("/api")
def api() -> str:
    """How to read, to send, to check; every address, every limit, what will end."""
    accept(paged=False)
    known = operations(current_app)
    return render_template(
        "reference/api.html",
        groups=[(tag, [row(each) for each in group]) for tag, group in groupby(known, lambda each: each.told["tag"])],
        limits=[(each["meaning"], _limit(each["value"])) for each in limits(current_app)],
        scopes=SCOPES.values(),
        leaving=[(each, LEAVING[each.endpoint]) for each in known if each.endpoint in LEAVING],
        examples={file.name: file.read_text("utf-8") for file in sorted(EXAMPLES.iterdir())},
    )


def row(each: Operation) -> dict[str, Any]:
    """Return what the table of addresses says of an operation."""
    return {
        "method": each.method,
        "path": each.path,
        "summary": each.told["summary"],
        "description": each.told.get("description", ""),
        "scopes": each.scopes if len(each.scopes) < len(SCOPES) else ("toute portée",),
        "optional": each.told.get("scope", ""),
    }


def _limit(value: int | str) -> str:
    """Return a limit in words: « 60 par minute », « 20 000 »."""
    most, _, per = str(value).partition("/")
    return f"{number(int(most))} par {PER[per]}" if per else number(int(most))
