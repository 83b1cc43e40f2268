"""Cases of figures: what démarches and meetings add up to, what a metropole says of itself as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hub.benchmark.cases import Row, case, counts, first_day, last_day, year_of
from hub.benchmark.dossiers import Dossier, Read
from hub.clock import today

ADDED = ("contributions", "participations", "votes")
"""The indicators that add what each démarche has; a metropole's own figure serves only where none has any."""
NEVER = ("objectif", "part")
DIFFERENCE = "difference"
"""What says that a figure is the difference of two cumulative ones."""
ENOUGH = 0.75
"""The share of a year that a figure must speak of to stand for it (`benchmark.md` §3)."""
FULL_YEAR = 365


def of_figures(dossier: Dossier) -> Iterator[Row]:
    """Yield what a démarche adds: its stated figures, else what the hub counts, never both (`schema.md` §7)."""
    process = dossier.process
    if process.data["state"] == "annulee" or not counts(process):
        return
    stated = {metric: _stated(dossier.figures, metric) for metric in (*ADDED, "montant_soumis_au_vote", "participants")}
    for metric in ADDED:
        for year, figures in stated[metric].items():
            yield _sum(metric, year, process, figures)
    for year, tally in dossier.contributions.items():
        if year not in stated["contributions"] and year <= today().year:
            yield _counted(process, year, tally.number, tally.reserved, tally.run_id)
    yield from _projects(dossier, stated["votes"])
    yield from _meetings(dossier.meetings, set(stated["participations"]))
    yield from _budget(dossier, stated["montant_soumis_au_vote"])
    for counted, figures in stated["participants"].items():  # distinct persons are never added up: listed, not counted
        yield case("participants", counted, process, lacks=True, resting=tuple(figures))


def of_meetings(meetings: Iterable[Read]) -> Iterator[Row]:
    """Yield the cases of meetings that belong to no démarche."""
    yield from _meetings(meetings, set())


def of_metropole(figures: Sequence[Read]) -> Iterator[Row]:
    """Yield the cases of what a metropole, or its platform, says of itself as a whole."""
    for metric in ("comptes", "participants", *ADDED):
        mine = [each for each in figures if each.data["metric"] == metric and _is_whole(each)]
        for figure in mine:
            if (year := _own_year(figure)) is not None:
                yield _own(metric, year, figure)
        if metric == "contributions":
            yield from _differences([each for each in mine if each.data["basis"] == "cumul"])


def _stated(figures: Iterable[Read], metric: str) -> dict[int, list[Read]]:
    """Return by year the figures of a démarche that add up: one for all channels, else one a channel."""
    found: dict[int, list[Read]] = {}
    for each in figures:
        if (
            each.data["metric"] == metric
            and _is_whole(each)
            and not (metric == "votes" and each.data.get("indicative"))
        ):
            year = _year_within(each)
            if year is not None and each.data.get("quantity"):
                found.setdefault(year, []).append(each)
    for year, same in found.items():
        whole = [each for each in same if not each.data.get("channel")]
        found[year] = whole[:1] or list({each.data["channel"]: each for each in same}.values())
    return found


def _sum(metric: str, year: int, process: Read, figures: Sequence[Read]) -> Row:
    amount = sum(value_of(each) for each in figures)
    qualifiers = {each.data["quantity"].get("qualifier", "exact") for each in figures}
    qualifier = qualifiers.pop() if len(qualifiers) == 1 else "environ"
    return case(metric, year, process, amount, said="enonce", qualifier=qualifier, resting=tuple(figures))


def _counted(process: Read, year: int, number: int, reserved: int, run_id: int) -> Row:
    """Return how many contributions are counted; those that members alone may read are in no public sum."""
    shown = number - reserved
    row = case("contributions", year, process, shown or number, said="compte", qualifier="exact")
    row["run_id"] = max(row["run_id"], run_id)
    if reserved:
        row |= {"approximate": True, "qualifier": "au_moins"} if shown else {"hidden": row["hidden"] or "public"}
    return row


def _projects(dossier: Dossier, stated: dict[int, list[Read]]) -> Iterator[Row]:
    """Yield the votes given to the projects of a budget participatif, where no figure states them."""
    found: dict[int, list[Read]] = {}
    for each in dossier.projects:
        year = year_of(each.data.get("published_at") or dossier.process.data.get("starts_on"))
        if year is not None and each.data.get("votes") is not None:
            found.setdefault(year, []).append(each)
    for year, projects in found.items():
        if year not in stated and year <= today().year:
            votes = sum(each.data["votes"] for each in projects)
            yield case("votes", year, dossier.process, votes, said="compte", resting=tuple(projects))


def _meetings(meetings: Iterable[Read], stated: set[int]) -> Iterator[Row]:
    """Yield who came, meeting by meeting; a year for which the démarche states its own figure adds none."""
    for each in meetings:
        year = year_of(each.data["starts_at"])
        held = not each.data.get("cancelled") and each.data["starts_at"][:10] <= today().isoformat()
        if year is None or not held or not counts(each):
            continue
        came = each.data.get("attendees")
        hidden = each.data.get("attendees_state") == "masque"
        if came is None and not hidden:
            yield case("presence_reunions", year, each, lacks=True)
            continue
        secret = {"hidden": "pairs"} if hidden else {}
        yield case("presence_reunions", year, each, came or 0, 1) | secret
        if year not in stated:
            yield case("participations", year, each, came or 0, said="compte") | secret


def _budget(dossier: Dossier, stated: dict[int, list[Read]]) -> Iterator[Row]:
    """Yield the amount put to the vote, in the year of the vote; else the budget of the edition, as an estimate."""
    process = dossier.process
    if process.data.get("type") != "budget_participatif" or process.data.get("parent_id"):
        return
    for year, figures in stated.items():
        yield _sum("bp_euros_habitant", year, process, figures)
    quantity = process.data.get("budget")
    voted = year_of(process.data.get("ends_on") or process.data.get("starts_on"))
    if not stated and quantity and voted is not None and voted <= today().year:
        amount, qualifier = _amount(quantity), quantity.get("qualifier", "exact")
        yield case("bp_euros_habitant", voted, process, amount, said="budget", qualifier=qualifier, approximate=True)


def _own(metric: str, year: int, figure: Read) -> Row:
    quantity = figure.data.get("quantity")
    if not quantity:
        return case(metric, year, figure, lacks=True, said=figure.data.get("quantity_state"))
    qualifier = quantity.get("qualifier", "exact")
    return case(metric, year, figure, value_of(figure), said=_as_of(figure), qualifier=qualifier)


def _differences(cumuls: Sequence[Read]) -> Iterator[Row]:
    """Yield, year by year, what two dated cumulative figures of one subject differ by (`benchmark.md` §12)."""
    dated = sorted((each for each in cumuls if _as_of(each) and each.data.get("quantity")), key=_as_of)
    for before, after in pairwise(dated):
        first, last = last_day(_as_of(before)), last_day(_as_of(after))
        same = before.data["subject"] == after.data["subject"] and before.perimeter == after.perimeter
        if same and _speaks_of(first, last, last.year):
            grown = value_of(after) - value_of(before)
            if grown >= 0:
                yield case(
                    "contributions", last.year, after, grown, said="difference", approximate=True, resting=(before,)
                )


def _speaks_of(first: date, last: date, year: int) -> bool:
    """Tell whether most of a year lies between two days, and not much beside it."""
    inside = (min(last, date(year, 12, 31)) - max(first, date(year - 1, 12, 31))).days
    return inside >= ENOUGH * FULL_YEAR and (last - first).days <= FULL_YEAR / ENOUGH


def _is_whole(figure: Read) -> bool:
    return counts(figure) and not figure.data.get("breakdown") and figure.data["basis"] not in NEVER


def _own_year(figure: Read) -> int | None:
    """Return the year that a metropole's own figure stands for: of its date for accounts, of its whole period else."""
    if figure.data["metric"] == "comptes":
        year = year_of(_as_of(figure))
        return year if year is not None and year <= today().year else None
    if figure.data["basis"] == "cumul":
        return None
    period = figure.data["period"]
    if "from" not in period or "to" not in period or period["from"][:4] != period["to"][:4]:
        return None
    year = int(period["from"][:4])
    before = first_day(period["from"]) - timedelta(days=1)
    return year if _speaks_of(before, last_day(period["to"]), year) else None


def _year_within(figure: Read) -> int | None:
    """Return the year in which the whole period of a démarche's figure lies, None when it spans several."""
    period = figure.data["period"]
    first, last = year_of(period.get("from")), year_of(period.get("to") or figure.data.get("as_of"))
    year = last if first in (None, last) else None
    return year if year is not None and year <= today().year else None


def _as_of(figure: Read) -> str:
    data: Any = figure.data
    return str(data.get("as_of") or data["period"].get("to") or "")


def value_of(figure: Read) -> float:
    """Return the number of a stated figure; the middle of a range."""
    return _amount(figure.data["quantity"])


def _amount(quantity: dict[str, Any]) -> float:
    if quantity.get("value") is not None:
        return float(quantity["value"])
    return (float(quantity["low"]) + float(quantity["high"])) / 2
