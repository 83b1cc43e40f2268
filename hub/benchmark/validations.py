"""Validation of a year (`benchmark.md` B43): by the metropole, then by the coordination; what changes unlocks it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Select, insert, select

from hub.access import audit
from hub.access.reader import Reader
from hub.clock import iso, now, today
from hub.db import db, writing
from hub.errors import BadQuery, HubError
from hub.models import Change, Facet, FacetVersion, Run, Validation
from hub.models.facet import bearer_of
from hub.models.measure import validations

VALIDATED, ACCEPTED, REOPENED = "validee", "acceptee", "rouverte"
DRAFT = "brouillon"
"""What enters no measure, hence changes nothing that was validated."""
THE_HUB = "le hub"
"""Who reopens a year whose data change."""
Span = tuple[int | None, int | None]
"""The first and the last year that a thing touches; none when it bears no date."""


@dataclass(frozen=True, slots=True)
class Step:
    """What was last said of a year of a metropole: `name` is "" when nobody said anything, or one of the steps."""

    name: str = ""
    at: str = ""
    author: str = ""
    reason: str | None = None

    @property
    def locked(self) -> bool:
        """Tell whether the metropole answers for these data: they are final until something changes."""
        return self.name in (VALIDATED, ACCEPTED)


NOT_SAID = Step()


class NotNow(HubError):
    """The year is not at the step that this act follows."""

    status = 409


def standing(siren: str, period: str) -> Step:
    """Return what stands of a year of a metropole."""
    return standing_of([siren], [period]).get((siren, period), NOT_SAID)


def standing_of(sirens: Collection[str], periods: Collection[str] = ()) -> Mapping[tuple[str, str], Step]:
    """Return what stands, by SIREN and period, in one query; the unsaid is left out. All periods when none is named."""
    return _newest(db.session.connection(), validations(sirens, periods))


def validate(siren: str, period: str, by: Reader) -> None:
    """Lock a year: its metropole answers for it. Raises BadQuery for a year not yet over, NotNow for one locked."""
    if int(_year(period)) >= today().year:
        raise BadQuery(f"L'année {period} n'est pas terminée : elle se valide dès le 1er janvier {int(period) + 1}.")
    with writing() as connection:
        if _standing(connection, siren, period).locked:
            raise NotNow(f"L'année {period} est déjà validée.")
        _write(connection, siren, period, VALIDATED, by, "validate")


def accept(siren: str, period: str, by: Reader) -> None:
    """Accept, for the network, a year that its metropole validated. Raises NotNow when it is not."""
    with writing() as connection:
        if _standing(connection, siren, _year(period)).name != VALIDATED:
            raise NotNow(f"L'année {period} n'attend pas d'être acceptée : sa métropole la valide d'abord.")
        _write(connection, siren, period, ACCEPTED, by, "govern")


def reopen(siren: str, period: str, reason: str, by: Reader) -> None:
    """Unlock a year, with a public reason. Raises NotNow when it is not locked."""
    with writing() as connection:
        if not _standing(connection, siren, _year(period)).locked:
            raise NotNow(f"L'année {period} n'est pas validée : il n'y a rien à rouvrir.")
        _write(connection, siren, period, REOPENED, by, "reopen", reason)


def locked_years(connection: Connection, siren: str | None) -> list[int]:
    """Return the years of a metropole that are locked now."""
    if siren is None:
        return []
    steps = _newest(connection, validations([siren]))
    return sorted(int(period) for (_, period), step in steps.items() if step.locked)


def touched_before(connection: Connection, run_id: int) -> list[Span]:
    """Return the years that things touch before a closing run gives them new versions."""
    ours = (FacetVersion.run_id == run_id, FacetVersion.void.is_(False), Facet.lead, Facet.diffusion != DRAFT)
    mine = Facet.id == bearer_of(FacetVersion, Run.source_id, lead=True)
    spans = select(Facet.year_from, Facet.year_to).select_from(FacetVersion).join(Run).join(Facet, mine)
    return [(row[0], row[1]) for row in connection.execute(spans.where(*ours).distinct())]


def touched_after(connection: Connection, run_id: int) -> list[Span]:
    """Return the years touched by what a closing run changed, withdrew or brought back."""
    spans = select(Facet.year_from, Facet.year_to).join(Change, Change.hub_id == Facet.hub_id)
    theirs = (Change.run_id == run_id, Facet.lead, Facet.diffusion != DRAFT)
    return [(row[0], row[1]) for row in connection.execute(spans.where(*theirs).distinct())]


def unlock(connection: Connection, siren: str, years: Iterable[int], spans: Iterable[Span], reason: str) -> list[int]:
    """Reopen the locked `years` that these spans touch, in the transaction of what changes them; return them."""
    known = [(first, last) for first, last in spans if first is not None and last is not None]
    found = [year for year in years if any(first <= year <= last for first, last in known)]
    rows = [_row(siren, str(year), REOPENED, THE_HUB, reason) for year in found]
    if rows:
        connection.execute(insert(Validation), rows)
    return found


def _year(text: str) -> str:
    if not (len(text) == 4 and text.isascii() and text.isdigit()):
        raise BadQuery("Année : écrivez quatre chiffres, par exemple 2025.")
    return text


def _standing(connection: Connection, siren: str, period: str) -> Step:
    return _newest(connection, validations([siren], [period])).get((siren, period), NOT_SAID)


def _newest(connection: Connection, query: Select[Validation]) -> dict[tuple[str, str], Step]:
    """The last row stands: they are read oldest first."""
    rows = connection.execute(query)
    return {(row.siren, row.period): Step(row.step, row.at, row.author, row.reason) for row in rows}


def _write(
    connection: Connection, siren: str, period: str, step: str, by: Reader, verb: str, reason: str | None = None
) -> None:
    """Write a step in public under the function of who takes it, and under their name in the audit log."""
    connection.execute(insert(Validation).values(_row(siren, period, step, by.function(verb, siren), reason)))
    name = f"validation:{siren}:{period}"
    audit.write(connection, by, verb, name, siren=siren, after=[step, reason], motive=reason or "")


def _row(siren: str, period: str, step: str, author: str, reason: str | None) -> dict[str, str | None]:
    row = {"siren": siren, "period": period, "step": step, "author": author, "reason": reason}
    return row | {"at": iso(now())}
