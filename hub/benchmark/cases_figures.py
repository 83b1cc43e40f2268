"""Cases of figures: what démarches and meetings add up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hub.benchmark.cases import Row, case, counts, listed, year_of
from hub.benchmark.dossiers import Dossier, Read
from hub.benchmark.quantities import added, amount_of, grown, is_whole, value_of, year_within, years_of
from hub.clock import today

HIDDEN = "masque"
ADDED = ("contributions", "participations", "votes")
"""The indicators that add what each démarche has; a metropole's own figure serves only where none has any."""
DIFFERENCE = "difference"
"""What says that a figure is the difference of two cumulative ones."""
INDICATIVE = "indicatif"
"""What says that votes decide nothing: they are listed, not counted."""


def of_figures(dossier: Dossier) -> Iterator[Row]:
    """Yield what a démarche adds: its stated figures, else what the hub counts, never both (`schema.md` §7).

    What it had is listed only where a démarche that it is a component of states its own figure of that year.
    """
    process = dossier.process
    if not _is_counted(process):
        return
    above = [one for one in dossier.above() if _is_counted(one.process)]
    inside = {(metric, str(year)) for one in above for metric in ADDED for year in _stated(one, metric)}
    for row in _own(dossier):
        yield listed(row) if (row["indicator"], row["period"]) in inside else row


def _is_counted(process: Read) -> bool:
    return process.data["state"] != "annulee" and counts(process)


def _own(dossier: Dossier) -> Iterator[Row]:
    process = dossier.process
    stated = {metric: _stated(dossier, metric) for metric in (*ADDED, "participants")}
    rows = [sum_of(metric, year, process, mine) for metric in ADDED for year, mine in stated[metric].items()]
    for year, tally in dossier.contributions.items():
        if year not in stated["contributions"] and year <= today().year:
            rows.append(_counted(process, year, tally.number, tally.reserved, tally.run_id))
    rows += _projects(dossier, stated["votes"])
    rows += _meetings(dossier.meetings, set(stated["participations"]))
    given = {(row["indicator"], row["period"]) for row in rows}
    cumuls = [each for each in dossier.figures if each.data["metric"] == "contributions" and is_whole(each)]
    for year, (before, after) in grown(cumuls).items():
        if ("contributions", str(year)) not in given:
            rows.append(difference("contributions", year, process, before, after))
    yield from rows
    yield from _withheld(dossier, {(row["indicator"], row["period"]) for row in rows})
    yield from _budget(dossier)
    yield from _indicative(dossier)
    for year, figures in stated["participants"].items():  # distinct persons are never added up: listed, not counted
        yield case("participants", year, process, lacks=True, resting=tuple(figures))


def of_meetings(meetings: Iterable[Read]) -> Iterator[Row]:
    """Yield the cases of meetings that belong to no démarche."""
    yield from _meetings(meetings, set())


def _stated(dossier: Dossier, metric: str) -> dict[int, list[Read]]:
    """Return by year the figures of a démarche that add up: those of all channels, else those of each."""
    found: dict[int, list[Read]] = {}
    for each in dossier.figures:
        if each.data["metric"] == metric and is_whole(each) and each.data.get("quantity"):
            year = year_within(each, dossier.process)
            if year is not None:
                found.setdefault(year, []).append(each)
    return {year: added(same) for year, same in found.items()}


def _withheld(dossier: Dossier, given: set[tuple[str, str]]) -> Iterator[Row]:
    """Yield that a démarche has no figure, with the reason it states, where nothing else gives one.

    A figure of several years tells of none of them by itself; it tells that there is something.
    """
    process = dossier.process
    for each in dossier.figures:
        metric, state = each.data["metric"], each.data.get("quantity_state")
        secret = {"hidden": "pairs"} if state == HIDDEN else {}
        for year in years_of(each) if metric in ADDED and is_whole(each) else ():
            if (metric, str(year)) not in given:
                yield case(metric, year, process, lacks=True, said=state, resting=(each,)) | secret


def sum_of(metric: str, year: int, of: Read, figures: Sequence[Read], said: str = "enonce") -> Row:
    """Return the case of figures that add up, exact only if all are said so in the same way."""
    amount = sum(value_of(each) for each in figures)
    qualifiers = {each.data["quantity"].get("qualifier", "exact") for each in figures}
    qualifier = qualifiers.pop() if len(qualifiers) == 1 else "environ"
    return case(metric, year, of, amount, said=said, qualifier=qualifier, resting=tuple(figures))


def _indicative(dossier: Dossier) -> Iterator[Row]:
    """Yield the votes that decide nothing: listed, not counted (`schema.md` §7)."""
    for each in dossier.figures:
        if each.data["metric"] == "votes" and each.data.get("indicative"):
            year = year_within(each, dossier.process)
            if year is not None:
                yield case("votes", year, each, said=INDICATIVE)


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
            votes = float(sum(each.data["votes"] for each in projects))
            yield case("votes", year, dossier.process, votes, said="compte", resting=tuple(projects))


def _meetings(meetings: Iterable[Read], stated: set[int]) -> Iterator[Row]:
    """Yield who came, meeting by meeting; where the démarche states its own figure, they are listed, not added."""
    for each in meetings:
        year = year_of(each.data["starts_at"])
        held = not each.data.get("cancelled") and each.data["starts_at"][:10] <= today().isoformat()
        if year is None or not held or not counts(each):
            continue
        came = each.data.get("attendees")
        hidden = each.data.get("attendees_state") == HIDDEN
        if came is None and not hidden:
            yield case("presence_reunions", year, each, lacks=True)
            continue
        secret = {"hidden": "pairs"} if hidden else {}
        yield case("presence_reunions", year, each, came or 0, 1) | secret
        amount = None if year in stated else came or 0
        yield case("participations", year, each, amount, said="enonce" if year in stated else "compte") | secret


def _budget(dossier: Dossier) -> Iterator[Row]:
    """Yield the amount put to the vote, in the year of the vote; else the budget of the edition, as an estimate."""
    process = dossier.process
    if process.data.get("type") != "budget_participatif" or process.data.get("parent_id"):
        return
    voted, stated = year_of(process.data.get("ends_on") or process.data.get("starts_on")), dict[int, list[Read]]()
    for each in dossier.figures:
        if each.data["metric"] == "montant_soumis_au_vote" and is_whole(each) and each.data.get("quantity"):
            year = year_within(each, process) or voted
            if year is not None and year <= today().year:
                stated.setdefault(year, []).append(each)
    for year, figures in stated.items():
        yield sum_of("bp_euros_habitant", year, process, added(figures))
    quantity = process.data.get("budget")
    if not stated and voted is not None and voted <= today().year:
        if not quantity:
            yield case("bp_euros_habitant", voted, process, lacks=True, said=process.data.get("budget_state"))
            return
        amount, qualifier = amount_of(quantity), quantity.get("qualifier", "exact")
        yield case("bp_euros_habitant", voted, process, amount, said="budget", qualifier=qualifier, approximate=True)


def difference(metric: str, year: int, of: Read, before: Read, after: Read) -> Row:
    """Return the case of what two cumulative figures differ by: an estimate, their days are not those of the year."""
    more = value_of(after) - value_of(before)
    return case(metric, year, of, more, said=DIFFERENCE, approximate=True, resting=(before, after))
