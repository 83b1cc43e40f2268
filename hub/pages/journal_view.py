"""What the journal of revisions shows: its choices, each change in words and as a row of files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, partial
from typing import Any

from flask import request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from hub.benchmark.indicators import INDICATORS
from hub.benchmark.measure_rows import plain
from hub.benchmark.measures import Cell
from hub.db import db
from hub.models import Revision, Run, Source
from hub.models.measure import revisions
from hub.models.metropole import Metropole, metropoles
from hub.models.run import WRITER_LABELS
from hub.pages.choices import accept, know, year
from hub.pages.measure_words import cell_words

TYPES = {"revision": "Révision prévue", "correction": "Correction d'une erreur", "definition": "Nouvelle définition"}
AUTHORS = {**{writer: label[0].lower() + label[1:] for writer, label in WRITER_LABELS.items()}, "hub": "le hub"}
"""Who wrote what changed a measure, when it is no function of a person."""
METROPOLE, INDICATOR, TYPE, YEAR = "metropole", "indicateur", "type", "annee"
LEGENDS = {METROPOLE: "Métropole", INDICATOR: "Indicateur", TYPE: "Type", YEAR: "Année des données"}
COLUMNS = (
    *("id", "at", "type", "siren", "metropole", "indicator", "period", "before", "before_state", "before_qualifier"),
    *("after", "after_state", "after_qualifier", "reason", "author", "run"),
)
OF = {METROPOLE: Revision.siren, INDICATOR: Revision.indicator, TYPE: Revision.type, YEAR: Revision.period}
"""What each choice narrows."""
SAID = {each.name for each in fields(Cell)} - {"indicator", "siren", "period", "checks"}
"""What a revision may keep of a measure."""


@dataclass(frozen=True)
class Asked:
    """The choices that an address makes."""

    values: Mapping[str, Sequence[str]]
    register: Mapping[str, Metropole]

    @cached_property
    def slugs(self) -> dict[str, str]:
        """Return the SIREN of each metropole by slug."""
        return {one.slug: siren for siren, one in self.register.items()}

    def query(self, without: str = "") -> Select[Revision]:
        """Return the changes that pass the choices, but the one left out."""
        kept = {name: values for name, values in self.values.items() if name != without}
        sirens = [self.slugs[slug] for slug in kept.get(METROPOLE, ())]
        keys = kept.get(INDICATOR) or list(INDICATORS)
        return revisions(keys, sirens, kept.get(YEAR, ()), kept.get(TYPE, ()))

    def label(self, name: str, value: str) -> str:
        """Return how a value of a choice is said. Raises KeyError for one that cannot exist."""
        said: dict[str, Callable[[str], str]] = {
            METROPOLE: lambda slug: self.register[self.slugs[slug]].short_name,
            INDICATOR: lambda key: INDICATORS[key].label,
            TYPE: TYPES.__getitem__,
            YEAR: year,
        }
        return said[name](value)


@dataclass(frozen=True, slots=True)
class Changed:
    """A revision as it is told: of which metropole, by which run when that has a page."""

    revision: Revision
    place: Metropole
    run: str | None

    @property
    def label(self) -> str:
        """Return the label of the indicator."""
        return INDICATORS[self.revision.indicator].label

    @property
    def type(self) -> str:
        """Return what kind of change it is."""
        return TYPES[self.revision.type]

    @property
    def author(self) -> str:
        """Return who changed it: a function, a way of writing, the hub itself. Nobody by name."""
        return AUTHORS.get(self.revision.author, self.revision.author)

    @property
    def before(self) -> str:
        """Return what the measure said."""
        return _words(self.revision, self.revision.before)

    @property
    def after(self) -> str:
        """Return what the measure says."""
        return _words(self.revision, self.revision.after)

    @property
    def row(self) -> dict[str, Any]:
        """Return the change as a row of `COLUMNS`."""
        one = self.revision
        row: dict[str, Any] = {"id": one.id, "at": one.at, "type": one.type, "siren": one.siren}
        row |= {"metropole": self.place.slug, "indicator": one.indicator, "period": one.period}
        row |= _columns("before", one.before) | _columns("after", one.after)
        return row | {"reason": one.reason, "author": self.author, "run": self.run}


def asked(*, paged: bool = True) -> Asked:
    """Read the choices of an address. Raises BadQuery on one that does not exist."""
    accept(LEGENDS, paged=paged)
    register = {one.siren: one for one in db.session.scalars(metropoles())}
    values = {name: list(dict.fromkeys(request.args.getlist(name))) for name in LEGENDS}
    found = Asked(values, register)
    known: dict[str, Collection[str]] = {METROPOLE: found.slugs, INDICATOR: INDICATORS, TYPE: TYPES, YEAR: ("2025",)}
    for name, chosen in values.items():
        for value in chosen:
            know(name, value, partial(found.label, name), partial(list, known[name]))
    return found


def changed(found: Sequence[Revision], chosen: Asked) -> list[Changed]:
    """Return revisions in words, with the public name of the run behind each."""
    refs = _refs({one.run_id for one in found if one.run_id})
    return [Changed(one, chosen.register[one.siren], refs.get(one.run_id or 0)) for one in found]


def rows(chosen: Asked) -> Iterator[dict[str, Any]]:
    """Yield every change that passes the choices, as a row; nothing is read before the first is asked for."""
    yield from (one.row for one in changed(db.session.scalars(chosen.query()).all(), chosen))


def groups(chosen: Asked) -> list[dict[str, Any]]:
    """Return the facets that offer something, each value with the number of changes that it would give."""
    found = [{"name": name, "legend": LEGENDS[name], "options": _options(chosen, name)} for name in LEGENDS]
    return [group for group in found if group["options"]]


def chips(chosen: Asked) -> list[dict[str, str]]:
    """Return the choices made, each with the address without it."""
    made = [(name, value) for name, values in chosen.values.items() for value in values]
    return [
        {"label": f"{LEGENDS[name]} : {chosen.label(name, value)}", "url": _without(chosen, name, value)}
        for name, value in made
    ]


def _options(chosen: Asked, name: str) -> list[dict[str, Any]]:
    column: InstrumentedAttribute[str] = OF[name]
    query = chosen.query(without=name).order_by(None)
    counts = query.with_only_columns(column, func.count(), maintain_column_froms=True).group_by(column)
    found = {row[0]: row[1] for row in db.session.execute(counts)}
    if name == METROPOLE:
        found = {chosen.register[siren].slug: count for siren, count in found.items()}
    options = [
        {"value": value, "label": chosen.label(name, value), "count": count, "checked": value in chosen.values[name]}
        for value, count in found.items()
    ]
    return sorted(options, key=lambda option: str(option["label"]), reverse=name == YEAR)


def _without(chosen: Asked, name: str, value: str) -> str:
    made = chosen.values.items()
    left: dict[str, Any] = {each: [one for one in values if (each, one) != (name, value)] for each, values in made}
    return url_for(".listing", **left)


def _refs(ids: set[int]) -> dict[int, str]:
    """The public names of runs; those of a source that is still a draft have no page."""
    named = select(Run.id, Run.ref).join(Source, Source.id == Run.source_id)
    return {row[0]: row[1] for row in db.session.execute(named.where(Run.id.in_(ids), Source.state != "draft"))}


def _columns(name: str, said: Mapping[str, Any]) -> dict[str, Any]:
    value = plain(said.get("value"))
    qualifier = said.get("qualifier") if value is not None else None
    return {name: value, f"{name}_state": said.get("state"), f"{name}_qualifier": qualifier}


def _words(one: Revision, said: Mapping[str, Any]) -> str:
    """A measure as it was, or is: its number with its signs, or why there is none."""
    kept = {name: value for name, value in said.items() if name in SAID}
    words = cell_words(Cell(INDICATORS[one.indicator], one.siren, one.period, **kept))
    return f"{words.full} {words.signs}".strip() if words.present else words.reason
