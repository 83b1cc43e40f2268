"""How the open-data files of Decidim write: which file a header is, languages, lists, inspected hashes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.tabular_cells import Cells
from connectors.text import plain

_SIGNS = (
    ("comments", {"commentable_id"}),
    ("metrics", {"day", "metric_type", "cumulative"}),
    ("initiatives", {"signature_start_date", "state"}),
    ("assemblies", {"slug", "is_transparent"}),
    ("participatory_processes", {"slug", "promoted"}),
    ("projects", {"id", "budget_amount"}),
    ("meetings", {"id", "start_time", "attendees"}),
    ("results", {"id", "progress", "status/id"}),
    ("results", {"id", "progress", "proposal_urls"}),
    ("proposals", {"id", "is_amend"}),
    ("proposals", {"id", "endorsements/total_count", "state"}),
    ("debates", {"id", "start_time", "closed_at", "comments_enabled"}),
)
"""Entity, the columns that only its file has."""
_PAIR = re.compile(r'\s*"([A-Za-z_-]{2,12})"\s*=>\s*"((?:[^"\\]|\\.)*)"\s*')
_FRENCH = ("fr", "fr-FR")


def entity_of(name: str, columns: Sequence[str]) -> str | None:
    """Return which open-data file has these columns, None when it is none of Decidim."""
    keys = {column.casefold() for column in columns}
    if not any("/" in key for key in keys) and "metric_type" not in keys and "-open-data-" not in name:
        return None
    return next((entity for entity, signs in _SIGNS if keys >= signs), None)


def say(cells: Cells, name: str, limit: int = 20_000) -> str | None:
    """Return a translated field: French, else the first language that says something; never a machine's."""
    own = [column for column in cells.row if column == name or column.startswith(f"{name}/")]
    own = [column for column in own if "machine_translation" not in column and column.count("/") <= name.count("/") + 1]
    for column in sorted(own, key=lambda one: (one != f"{name}/fr", one)):
        text = cells.find(column)
        if text is not None and (found := plain(_french(str(text)), limit)):
            return found
    return None


def names(cells: Cells, name: str) -> list[str]:
    """Return the names that a cell lists: inspected hashes when they are, else the text as it is."""
    text = cells.find(name)
    if isinstance(text, str) and text.startswith("{") and (hashes := hashes_of(text)) is not None:
        return list(dict.fromkeys(_chosen(one) for one in hashes if one))
    found = say(cells, name)
    return [found] if found else []


def numbers(value: object) -> list[str]:
    """Return the last number of each address of a list joined by `, `."""
    found = (re.search(r"(?<![0-9])([0-9]+)/?$", each.partition("?")[0]) for each in str(value or "").split(", "))
    return [one[1] for one in found if one]


def hashes_of(text: str) -> list[dict[str, str]] | None:
    """Return the hashes that Ruby inspected, `{"fr"=>"…"}, {…}`; None when the text is anything else."""
    found: list[dict[str, str]] = []
    at = 0
    while at < len(text):
        if text[at] != "{":
            return None
        pairs, at = {}, at + 1
        while pair := _PAIR.match(text, at):
            pairs[pair[1]] = re.sub(r"\\(.)", r"\1", pair[2])
            at = pair.end()
            if text[at : at + 1] == ",":
                at += 1
        if text[at : at + 1] != "}":
            return None
        found.append(pairs)
        rest = text[at + 1 :].lstrip(", ")
        at = len(text) - len(rest)
    return found


def _french(text: str) -> str:
    hashes = hashes_of(text) if text.startswith("{") else None
    return _chosen(hashes[0]) if hashes and hashes[0] else text


def _chosen(words: dict[str, str]) -> str:
    return next((words[code] for code in _FRENCH if words.get(code)), next(iter(words.values()), ""))
