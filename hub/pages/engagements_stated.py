"""What documents state of commitments beside what is counted of them, démarche by démarche (Pub8, Pub20)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for

from hub.benchmark.stated import VERDICTS, Gap
from hub.models.thing import Filter
from hub.pages.choices import METROPOLE, Group
from hub.pages.format import nbsp

METRICS = ("engagements", "deliberations")
"""The stated figures that speak of commitments."""
TOTAL, STATUSES = "engagements", "statuts"
MAIN = (TOTAL, "engagements_interpellations")
FIRST = (STATUSES, "parts")
COMPUTED = ("totals", "elsewhere")
"""Counts made of other stated figures, each of which is shown with where it comes from."""
NOT_SPREAD = {
    "bilan-convention-citoyenne-nantes": "le fichier reçu du bilan a perdu les icônes qui donnaient le statut de chacun"
}
"""Why the totals a document states cannot be spread over its commitments, by document."""


def stated_beside(compared: Sequence[Gap], facets: Sequence[Group], narrowed: Filter) -> list[dict[str, Any]]:
    """Return, démarche by démarche, what its documents state beside what is counted, and why totals stay totals.

    `main` is the stated number of commitments, `first` their stated statuses, `rows` every other statement. A list
    narrowed inside its démarches keeps only the reason: documents state nothing of what it shows.
    """
    found: dict[str, list[Gap]] = {}
    wanted = dict(narrowed.terms).get("process", ())
    for gap in compared:
        if gap.process and (not wanted or gap.process.id in wanted):
            found.setdefault(gap.process.id, []).append(gap)
    inside = bool(narrowed.states) or any(field != "process" for field, _ in narrowed.terms)
    homes = [_home(gaps, facets) for gaps in found.values()]
    return [home | {"inside": inside} for home in homes if not inside or home["why"]]


def _home(gaps: Sequence[Gap], facets: Sequence[Group]) -> dict[str, Any]:
    main = [gap for gap in gaps if gap.comparison.key in MAIN and gap.exact]
    first = [gap for gap in gaps if gap.comparison.key in FIRST]
    rest = [gap for gap in gaps if gap not in main and gap not in first]
    why: dict[str, list[str]] = {}
    for gap in first:
        if gap.comparison.key == STATUSES and (reason := _unspread(gap)):
            why.setdefault(reason, []).append(f"{gap.value:g}")
    shown = {name: _merged(part, facets) for name, part in (("main", main), ("first", first), ("rows", rest))}
    return {"process": gaps[0].process, "why": why, **shown}


def _merged(gaps: Sequence[Gap], facets: Sequence[Group]) -> list[dict[str, Any]]:
    """One row for the statements that are compared with the same count and read alike."""
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for gap in gaps:
        stated = [(nbsp(said.words), said.thing) for said in gap.statements]
        key = (gap.label, gap.count.text, gap.difference, gap.verdict)
        if key in rows:
            rows[key]["stated"] += stated
            continue
        rows[key] = {
            "gap": gap,
            "label": nbsp(gap.label),
            "stated": stated,
            "verdict": VERDICTS[gap.verdict],
            "list_url": _list_url(gap, facets),
            "made_of": gap.count.made_of if gap.comparison.counter in COMPUTED else (),
        }
    return list(rows.values())


def _list_url(gap: Gap, facets: Sequence[Group]) -> str:
    """The address of the list that makes the count; empty when it is not made of commitments."""
    if gap.count.chosen is None or gap.process is None:
        return ""
    names = {group.term or "status": group.name for group in facets if group.name != METROPOLE}
    chosen: dict[str, Any] = {names[field]: list(values) for field, values in gap.count.chosen.items()}
    return url_for("engagements.listing", demarche=gap.process.id, **chosen)


def _unspread(gap: Gap) -> str:
    documents = {trace.get("document_id") for said in gap.statements for trace in said.data.get("trace", ())}
    return next((why for document, why in NOT_SPREAD.items() if document in documents), "")


def totals(compared: Sequence[Gap]) -> dict[tuple[int, str], str]:
    """Return the number of commitments each démarche's documents state exactly, by source and démarche."""
    return {
        (gap.process.source.id, gap.process.remote_id): f"{gap.value:g}"
        for gap in compared
        if gap.process and gap.comparison.key == TOTAL and gap.exact
    }
