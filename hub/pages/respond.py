"""One address, three forms: each data page also answers `.json` and `.csv` with the same filters, rows and order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, render_template, request, url_for

from hub import csv_text
from hub.config import FICTITIOUS
from hub.pages.kept import kept

LICENCE = "Licence Ouverte 2.0"


@dataclass(frozen=True)
class Sheet:
    """The reusable data of a page: column keys in order, and rows that hold them. An absent key is an absent value."""

    columns: tuple[str, ...]
    rows: Iterable[Mapping[str, Any]]


Context = Mapping[str, Any]


@dataclass(frozen=True)
class View:
    """What a page shows: its template with what it needs, and its data as a sheet.

    A `context` that costs something is given as a function: the two other forms of the page do without it.
    """

    template: str
    sheet: Sheet
    context: Context | Callable[[], Context] = field(default_factory=dict)


Page = Callable[..., View]


def data_page(bp: Blueprint, rule: str, *, measured: bool = False) -> Callable[[Page], Page]:
    """Register a view under `rule`, `rule.json` and `rule.csv`; the page knows its two other addresses as `formats`.

    `measured`: the page shows measures and nothing that moves otherwise, so that it is kept until one does.
    """

    def register(view: Page) -> Page:
        name = view.__name__

        def written(args: Mapping[str, Any]) -> str:
            shown = view(**args)
            asked: dict[str, Any] = {**args, **request.args.to_dict(flat=False)}
            formats = [(label, url_for(f".{name}_{label.lower()}", **asked)) for label in ("CSV", "JSON")]
            needed = shown.context() if callable(shown.context) else shown.context
            return render_template(shown.template, formats=formats, **needed)

        @wraps(view)
        def html(**args: Any) -> Response:
            return kept(partial(written, args)) if measured else current_app.make_response(written(args))

        bp.add_url_rule(rule, name, html)
        bp.add_url_rule(f"{rule}.json", f"{name}_json", wraps(view)(lambda **args: as_json(marked(view(**args).sheet))))
        bp.add_url_rule(f"{rule}.csv", f"{name}_csv", wraps(view)(lambda **args: as_csv(marked(view(**args).sheet))))
        return view

    return register


def marked(sheet: Sheet) -> Sheet:
    """Return the sheet, each row of a demonstration saying that it is fictitious."""
    if not current_app.config["DEMO"]:
        return sheet
    return Sheet((*sheet.columns, "notice"), ({**row, "notice": FICTITIOUS} for row in sheet.rows))


def mark() -> dict[str, str]:
    """Return what every file of a demonstration says; nothing elsewhere."""
    return {"notice": FICTITIOUS} if current_app.config["DEMO"] else {}


def as_json(sheet: Sheet) -> Response:
    """Return the sheet as `{"licence", "columns", "items"}`; an absent value is absent, never 0.

    A demonstration says that it is one, even where it has no row. Each row is written at once: they may be thousands.
    """
    items = [_written(sheet.columns, row) for row in sheet.rows]
    content = {**mark(), "licence": LICENCE, "columns": sheet.columns, "total": len(items), "items": items}
    body = orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
    return current_app.response_class(body, mimetype="application/json")


def _written(columns: Iterable[str], row: Mapping[str, Any]) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps({column: row[column] for column in columns if column in row}))


def as_csv(sheet: Sheet) -> Response:
    """Return the sheet as CSV, in UTF-8."""
    return current_app.response_class(csv_text.written(sheet.columns, sheet.rows), mimetype="text/csv")
