"""One measure taken apart: its formula with its numbers, its checks, the cases it is made of, what it said before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for
from sqlalchemy import Select, func

from hub.benchmark.cases_commitments import STATUSES
from hub.benchmark.cases_figures import ADDED
from hub.benchmark.folding import OWN_TOTAL, standing
from hub.benchmark.indicators import DURATION, NUMBER, RAW, SHARE, YES_NO, Indicator
from hub.benchmark.measure_rows import MEASURE_COLUMNS, measure_row, plain
from hub.benchmark.measures import Cell
from hub.clock import today
from hub.db import db
from hub.models.measure import Case, Revision, cases_of, revisions
from hub.models.metropole import Metropole
from hub.models.run import WRITER_LABELS
from hub.models.thing import Thing, identified, read
from hub.pages.choices import page_url
from hub.pages.format import days, number, state_sign
from hub.pages.frame import thing_url, whence
from hub.pages.indicators_view import behind
from hub.pages.measure_words import cell_words, is_median, qualified, value_text
from hub.pages.measures_asked import FORM, Asked, period_words
from hub.pages.respond import LICENCE
from hub.pages.sources import paged
from hub.pages.words import kind_label, name

CASE, REVISION = "cas", "revision"
CELL_COLUMNS = (
    *("part", *MEASURE_COLUMNS, "known", "cases"),
    *(
        "id",
        "kind",
        "said",
        "approximate",
        "lacks",
        "elsewhere",
        "provenance",
        "at",
        "type",
        "reason",
        "before",
        "after",
    ),
)
"""A measure, then its cases, then its revisions: `part` says which a row is."""
TYPES = {
    "revision": "Révision : des données de plus, ou validées",
    "correction": "Correction d'une erreur",
    "definition": "Changement de définition",
}
OF_THE_HUB = {"hub": "Le hub"}
LACKS = "ne dit pas ce qu'il faut"
UNCOUNTED = "non compté : un autre territoire, ou une partie d'un ensemble"
SET_ASIDE = "non compté : un autre chiffre fait la valeur"
APART = (LACKS, UNCOUNTED, SET_ASIDE)
CHOSEN = (*STATUSES, *ADDED, *OWN_TOTAL)
"""The indicators of which some cases are set aside for others."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A case as a page shows it: the thing, what it brings, where it comes from."""

    title: str
    kind: str
    url: str
    brings: str
    source: str
    run: str
    whence: str

    @property
    def apart(self) -> bool:
        """Tell whether it is not counted."""
        return self.brings in APART


@dataclass(frozen=True)
class Behind:
    """What stands behind the one cell of an address."""

    asked: Asked

    @cached_property
    def cell(self) -> Cell:
        """Return the cell."""
        (found,) = self.asked.cells.values()
        return found

    @property
    def metropole(self) -> Metropole:
        """Return the metropole of the cell."""
        return self.asked.metropoles[0]

    @cached_property
    def changes(self) -> Sequence[Revision]:
        """Return what the measure said before, the newest first."""
        mine = ([self.cell.indicator.key], [self.cell.siren], [self.cell.period])
        return db.session.scalars(revisions(*mine)).all()

    def cases(self) -> Select[Case]:
        """The cases of the cell: those that count first."""
        mine = (self.cell.indicator.key, self.cell.siren, self.cell.period)
        return cases_of(*mine).order_by(None).order_by(Case.lacks, Case.kind, Case.hub_id)

    @cached_property
    def standing(self) -> frozenset[str] | None:
        """Return the cases that make the value, where some are set aside for others; None where all of them do."""
        if self.cell.indicator.key not in CHOSEN:
            return None
        columns = (Case.hub_id, Case.kind, Case.said, Case.lacks)
        found = db.session.execute(self.cases().with_only_columns(*columns))
        rows = [{"hub_id": row[0], "kind": row[1], "said": row[2], "lacks": row[3], "n": 1} for row in found]
        return frozenset(row["hub_id"] for row in standing(self.cell.indicator, rows)[0])

    def brings(self, case: Case) -> str:
        """Return what a case brings to the value, in words, or why it brings nothing."""
        if not case.lacks and self.standing is not None and case.hub_id not in self.standing:
            return SET_ASIDE
        return brings(self.cell.indicator, case)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the measure, each of its cases, each of its revisions, as rows of `CELL_COLUMNS`."""
        cell = self.cell
        yield {"part": "mesure", **measure_row(cell, self.metropole), "known": cell.known, "cases": cell.cases}
        where = {"siren": cell.siren, "metropole": self.metropole.slug}
        where |= {"indicator": cell.indicator.key, "period": cell.period}
        for case in db.session.scalars(self.cases().execution_options(yield_per=500)):
            yield {"part": CASE, **where, **_case_row(case)}
        for one in self.changes:
            said = {"at": one.at, "type": one.type, "reason": one.reason, "before": one.before, "after": one.after}
            yield {"part": REVISION, **where, **said}

    def shown(self) -> dict[str, Any]:
        """Return what the page shows."""
        counted = self.cases().order_by(None).with_only_columns(func.count(), maintain_column_froms=True)
        page, cut = paged(db.session.execute(counted).scalar_one())
        found = db.session.scalars(self.cases().offset(cut.start).limit(page["size"])).all()
        things = {thing.id: thing for thing in read(identified(*(case.hub_id for case in found)))}
        words = cell_words(self.cell)
        form: dict[str, Any] = {} if self.asked.form == RAW else {FORM: self.asked.form}
        return {
            "indicator": self.cell.indicator,
            "metropole": self.metropole,
            "cell": self.cell,
            "words": words,
            "formula": formula(self.cell),
            "period": period_words(self.cell.indicator, self.cell.period),
            "shown": [_shown(case, things.get(case.hub_id), self) for case in found],
            "sources": behind([self.cell]),
            "changes": [_change(self.cell.indicator, one) for one in self.changes],
            "page_url": page_url,
            "licence": LICENCE,
            "today": today(),
            "back": url_for(".indicator", key=self.cell.indicator.key, p=self.cell.period, **form),
            **page,
        }


def formula(cell: Cell) -> str:
    """Return the formula of a cell with its numbers: « 29 (avis …) ÷ 102 (avis …) = 28,4 % »; empty without any."""
    one, said = cell.indicator, cell_words(cell)
    if cell.numerator is None:
        return ""
    above = f"{number(cell.numerator)} ({one.numerator})"
    alone = one.measure == YES_NO or (one.measure == NUMBER and cell.form == RAW)
    if alone or cell.denominator is None or (one.measure == DURATION and not is_median(one)):
        return above
    result = said.full if cell.present else state_sign(cell.state)
    below = f"{number(cell.denominator)} ({one.denominator})"
    if is_median(one):
        return f"{above} sur {below} ; la médiane de leurs durées, celles qui courent encore comprises : {result}"
    return f"{above} ÷ {below} = {result}"


def brings(indicator: Indicator, case: Case) -> str:
    """Return what a case brings to a measure, in words."""
    if case.lacks:
        return LACKS
    if indicator.key == "communes_associees":
        return f"{number(len((case.said or '').split('|')))} commune(s) nommée(s)"
    if case.numerator is None:
        return UNCOUNTED
    if is_median(indicator):
        return f"{'terminé en' if case.numerator else 'court encore, depuis'} {days(case.denominator or 0)}"
    if indicator.measure in (SHARE, YES_NO) and case.denominator == 1:
        return "oui" if case.numerator else "non"
    said = qualified(case.qualifier, number(case.numerator))
    return f"{said} sur {number(case.denominator)}" if indicator.measure == SHARE else said


def _shown(case: Case, thing: Thing | None, of: Behind) -> Shown:
    brought = of.brings(case)
    if thing is not None:
        title, run = name(thing.kind, thing.data), url_for("sources.run", ref=thing.run.ref)
        where = (thing_url(thing), brought, thing.source.slug, run, whence(thing))
        return Shown(title, kind_label(thing.kind), *where)
    if case.kind == "source":
        url = url_for("sources.source", slug=case.hub_id)
        return Shown(case.hub_id, "Source", url, brought, case.hub_id, "", url)
    url = url_for("completeness.data", slug=of.metropole.slug, _anchor="couverture")
    return Shown("Couverture déclarée", "Déclaration", url, brought, "", "", url)


def _case_row(case: Case) -> Mapping[str, Any]:
    return {
        "numerator": plain(case.numerator),
        "denominator": plain(case.denominator),
        "qualifier": case.qualifier,
        "id": case.hub_id,
        "kind": case.kind,
        "said": case.said,
        "approximate": case.approximate,
        "lacks": case.lacks,
        "elsewhere": case.elsewhere,
        "provenance": url_for("provenance.provenance", hub_id=case.hub_id) if case.run_id else None,
    }


def _change(indicator: Indicator, one: Revision) -> dict[str, Any]:
    said = [_told(indicator, each) for each in (one.before, one.after)]
    author = (WRITER_LABELS | OF_THE_HUB).get(one.author, one.author)
    return {"at": one.at, "type": TYPES[one.type], "said": said, "reason": one.reason, "author": author}


def _told(indicator: Indicator, said: Mapping[str, Any]) -> str:
    """What a revision says of one side: « au moins 12 », « n.d. »."""
    if said.get("value") is None:
        return state_sign(said["state"])
    counts = (said.get("numerator"), said.get("denominator") if indicator.is_share else None)
    return qualified(said.get("qualifier", "exact"), value_text(indicator, said["value"], *counts))
