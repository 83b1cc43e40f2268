"""Cases of commitments: their declared status at the end of each year, their proof, their delays (§11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from hub.benchmark.cases import Row, case, counts, end_of, first_day, following, last_day, year_of
from hub.benchmark.dossiers import Dossier, Read
from hub.benchmark.precedence import precedes
from hub.benchmark.promise import DONE, OPEN, SILENCE, promise_clock, silent, status_at
from hub.benchmark.quantities import value_of
from hub.clock import today
from schemas.labels import codes

STATUSES = {
    "engagements_realises": ("realise",),
    "engagements_en_cours": ("en_cours",),
    "engagements_a_ouvrir": ("a_ouvrir",),
    "engagements_abandonnes": ("abandonne", "remplace"),
}
LEVELS = ("metropole",)
"""Only the commitments of the metropole itself are measured: those of communes and interpellations are listed."""
STATED = "enonce"
"""What says that a case is a total stated by a document."""
FIRST_YEAR = "premiere_annee"
"""What says of an open commitment that it was promised less than a year before: nobody is silent on it yet."""
NO_PROOF = "aucune_preuve"
MATURE = 2
"""How many years after its vote an edition is asked what became of its projects."""
BUDGET = "budget_participatif"


def of_commitment(commitment: Read, deliberations: Sequence[Read], edition: Read | None) -> Iterator[Row]:
    """Yield the cases of a commitment; `edition`: the budget participatif whose project it is, if it is one."""
    if commitment.data.get("level", "metropole") not in LEVELS or not counts(commitment):
        return
    first = year_of(commitment.data.get("promised_on")) or _first_event(commitment)
    for period in following(first or today().year, years=today().year):
        yield from _at(commitment, period, deliberations)
    if edition is not None:
        yield from _project(commitment, edition)


def of_totals(dossier: Dossier) -> Iterator[Row]:
    """Yield the totals by status that a document states of the commitments of a démarche, out of its whole."""
    figures = [each for each in dossier.figures if each.data["metric"] == "engagements" and each.data.get("quantity")]
    exact = [each for each in figures if each.data["quantity"].get("qualifier", "exact") == "exact" and counts(each)]
    newest: dict[int, list[Row]] = {}
    for day in sorted({day for each in exact if (day := _day(each))}):
        if rows := list(_totals(int(day[:4]), [each for each in exact if _day(each) == day], exact)):
            newest[int(day[:4])] = rows
    for rows in newest.values():
        yield from rows


def _totals(year: int, figures: Sequence[Read], every: Sequence[Read]) -> Iterator[Row]:
    """Yield the totals of one day, where they make a whole that is stated too.

    A status that no figure states is not known to be empty: it has no case.
    """
    stated = {status: each for each in figures if (status := _status(each))}
    total = sum(value_of(each) for each in stated.values())
    whole = next((each for each in every if not each.data.get("breakdown") and value_of(each) == total), None)
    for indicator, statuses in STATUSES.items():
        mine = [stated[status] for status in statuses if status in stated]
        if mine and whole is not None:
            number = sum(value_of(each) for each in mine)
            yield case(indicator, year, mine[0], number, total, said=STATED, resting=(*mine, whole))


def of_edition(edition: Read) -> Iterator[Row]:
    """Yield that an edition is old enough for its projects to be asked about: what is known of none is not nothing."""
    if _is_asked(edition):
        for period in _ripe(edition):
            yield case("bp_projets_realises", period, edition, lacks=True)


def _at(commitment: Read, period: int, deliberations: Sequence[Read]) -> Iterator[Row]:
    as_of, data = end_of(period), commitment.data
    status = status_at(data, as_of, today())
    for indicator, wanted in STATUSES.items():
        yield _known(commitment, indicator, period, status, wanted)
    if status in OPEN:
        young = "promised_on" in data and first_day(data["promised_on"]) > as_of - timedelta(days=SILENCE)
        quiet = float(silent(data, status, as_of))
        yield case("engagements_sans_nouvelle", period, commitment, quiet, 1, said=FIRST_YEAR if young else status)
    if status == DONE and as_of >= today():
        proof = data.get("proof", NO_PROOF)
        yield case("engagements_preuve", period, commitment, float(proof == "preuve_complete"), 1, said=proof)
    if promised := data.get("promised_on"):
        after = [each for each in deliberations if _follows(each, promised, as_of)]
        resting = tuple(after[:1])
        yield case("engagements_deliberation", period, commitment, float(bool(after)), 1, resting=resting)
    else:
        yield case("engagements_deliberation", period, commitment, lacks=True)
    yield from _delay(commitment, period, as_of)


def _delay(commitment: Read, period: int, as_of: date) -> Iterator[Row]:
    waits = promise_clock(commitment.data, commitment.data["status"], commitment.hub_id, commitment.siren)
    if waits is None or waits.since > as_of:
        return
    if waits.undated:
        yield case("engagements_delai", period, commitment, lacks=True)
    else:
        ended, days = float(waits.ended(as_of)), waits.days(as_of)
        yield case("engagements_delai", period, commitment, ended, days, approximate=waits.approximate)


def _project(commitment: Read, edition: Read) -> Iterator[Row]:
    if _is_asked(edition):
        for period in _ripe(edition):
            status = status_at(commitment.data, end_of(period), today())
            yield _known(commitment, "bp_projets_realises", period, status, ("realise",), edition)


def _is_asked(edition: Read) -> bool:
    data = edition.data
    return data.get("type") == BUDGET and data["state"] != "annulee" and not data.get("parent_id") and counts(edition)


def _ripe(edition: Read) -> Iterator[int]:
    """Yield the years at whose end an edition was voted two years ago or more."""
    if voted := edition.data.get("ends_on") or edition.data.get("starts_on"):
        ripe = _years_later(last_day(voted), MATURE)
        yield from (period for period in following(ripe.year, years=today().year) if ripe <= end_of(period))


def _known(commitment: Read, indicator: str, period: int, status: str, wanted: Sequence[str], *resting: Read) -> Row:
    """Return the case of a status: one that is not known is not counted, and lowers the grade."""
    if status == "inconnu":
        return case(indicator, period, commitment, said=status, lacks=True, resting=resting)
    return case(indicator, period, commitment, float(status in wanted), 1, said=status, resting=resting)


def _years_later(day: date, years: int) -> date:
    return day.replace(year=day.year + years, day=min(day.day, 28) if day.month == 2 else day.day)


def _status(figure: Read) -> str | None:
    breakdown = list(figure.data.get("breakdown", []))
    if len(breakdown) == 1 and breakdown[0]["dimension"] == "statut_engagement" and figure.data["basis"] != "part":
        status = str(breakdown[0]["value"])
        return status if status in codes("statut_engagement") else None
    return None


def _day(figure: Read) -> str | None:
    period = figure.data["period"]
    return str(figure.data.get("as_of") or period.get("to") or period.get("from") or "") or None


def _follows(deliberation: Read, promised: str, as_of: date) -> bool:
    """Tell whether a deliberation was decided on the day of the promise or after, and by that day (§12)."""
    decided = deliberation.data.get("decided_on")
    if deliberation.data.get("type", "deliberation") != "deliberation" or not decided:
        return False
    return first_day(decided) <= as_of and not precedes(decided, promised)


def _first_event(commitment: Read) -> int | None:
    return min((int(each["on"][:4]) for each in commitment.data.get("history", ()) if "on" in each), default=None)
