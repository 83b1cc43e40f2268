"""Choices of a list page: what its address narrows, the facets it offers with their counts, its page of 50."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from flask import current_app, request, url_for
from sqlalchemy import Select

from hub.db import db
from hub.errors import BadQuery
from hub.models.thing import Filter, Reading, counts_by_metropole, counts_by_state, counts_by_term, number_of

METROPOLE, STATE = "metropole", "etat"
"""The two groups that stand on columns; every other group is a term of the things."""
Asked = Mapping[str, tuple[str, ...]]
"""The values that an address gives to each group."""


@dataclass(frozen=True)
class Group:
    """One facet of a list: its name in the address, its title, the term it reads, how a value is said."""

    name: str
    legend: str
    label: Callable[[str], str]
    term: str = ""
    order: Sequence[str] = ()
    newest_first: bool = False


@dataclass(frozen=True)
class Choices:
    """The choices made on a list of `kind`, and what its page shows of them: the facets offered, the page."""

    kind: str
    offered: Sequence[Group]
    asked: Asked
    narrowed: Filter
    page: int
    pages: int
    total: int

    @cached_property
    def groups(self) -> list[dict[str, Any]]:
        """Return the facets that offer something, with their counts: asked of the database by the page alone."""
        shown = (_group(self.kind, self.offered, group, self.asked) for group in self.offered)
        return [group for group in shown if group["options"]]

    @property
    def chips(self) -> list[dict[str, str]]:
        """Return the choices made, each with the address that undoes it."""
        return [
            {"label": f"{group.legend} : {group.label(value)}", "url": _without(self.asked, group.name, value)}
            for group in self.offered
            for value in self.asked[group.name]
        ]

    def paged(self, query: Reading) -> Reading:
        """Return the query of this page only."""
        size = current_app.config["PAGE_SIZE"]
        return query.limit(size).offset((self.page - 1) * size)


def choices(kind: str, groups: Sequence[Group]) -> Choices:
    """Read the address of a list of `kind`. Raises BadQuery on a parameter, value or page that does not exist."""
    asked = {group.name: tuple(dict.fromkeys(request.args.getlist(group.name))) for group in groups}
    accept(asked)
    for group in groups:
        for value in asked[group.name]:
            know(group.name, value, group.label, partial(_values, kind, group))
    narrowed = _narrowed(groups, asked)
    page, pages = page_asked(total := db.session.execute(number_of(kind, narrowed)).scalar_one())
    return Choices(kind, groups, asked, narrowed, page, pages, total)


def accept(names: Iterable[str] = (), *, paged: bool = True) -> None:
    """Raise BadQuery when the address bears a parameter that is neither one of `names` nor, on a list, `page`."""
    for name in request.args:
        if name not in (accepted := [*names, *(["page"] if paged else [])]):
            known = f"Acceptés : {', '.join(accepted)}." if accepted else "Cette page n'en accepte aucun."
            raise BadQuery(f"Paramètre inconnu : « {name} ». {known}")


def know(name: str, value: str, label: Callable[[str], str], values: Callable[[], Iterable[str]]) -> None:
    """Raise BadQuery, giving the accepted `values`, when `label` raises KeyError: this value cannot exist."""
    try:
        label(value)
    except KeyError:
        accepted = f"Acceptées : {', '.join(values()) or 'aucune à ce jour'}."
        raise BadQuery(f"{name} : valeur inconnue, « {value[:50]} ». {accepted}") from None


def page_asked(total: int, size: int = 0) -> tuple[int, int]:
    """Return the page asked and the pages of a list of `total`. Raises BadQuery on a page that does not exist."""
    pages = max(1, -(-total // (size or current_app.config["PAGE_SIZE"])))
    text = request.args.get("page", "1")
    if not re.fullmatch("[1-9][0-9]{0,8}", text) or int(text) > pages:
        expected = f"un nombre de 1 à {pages} est attendu" if pages > 1 else "cette liste n'a qu'une page"
        raise BadQuery(f"page : {expected}, trouvé « {text[:50]} ».")
    return int(text), pages


def year(text: str) -> str:
    """Return a year as it is written. Raises KeyError for what is not one."""
    if not (len(text) == 4 and text.isascii() and text.isdigit()):
        raise KeyError(text)
    return text


def page_url(number: int) -> str:
    """Return the address of another page of the same list."""
    args = request.args.to_dict(flat=False) | {"page": [str(number)]}
    return _here(args)


def _narrowed(groups: Sequence[Group], asked: Asked) -> Filter:
    terms = tuple((group.term, asked[group.name]) for group in groups if group.term and asked[group.name])
    return Filter(metropoles=asked.get(METROPOLE, ()), states=asked.get(STATE, ()), terms=terms)


def _group(kind: str, groups: Sequence[Group], group: Group, asked: Asked) -> dict[str, Any]:
    """One facet with the number of things each value would give, the other facets staying as they are."""
    others = _narrowed(groups, {**asked, group.name: ()})
    query = _counts(kind, others, group)
    found: dict[str, int] = {row[0]: row[1] for row in db.session.execute(query).all() if row[0]}
    found |= {value: 0 for value in asked[group.name] if value not in found}
    options = [
        # a choice that gives nothing shows no number: what was not transmitted is not 0
        {
            "value": value,
            "label": group.label(value),
            "count": found[value] or None,
            "checked": value in asked[group.name],
        }
        for value in sorted(found, key=lambda value: _rank(group, value), reverse=group.newest_first)
    ]
    return {"name": group.name, "legend": group.legend, "options": options}


def _counts(kind: str, narrowed: Filter, group: Group) -> Select[Any, int]:
    if group.term:
        return counts_by_term(kind, narrowed, group.term)
    return counts_by_metropole(kind, narrowed) if group.name == METROPOLE else counts_by_state(kind, narrowed)


def _rank(group: Group, value: str) -> tuple[int, str]:
    return (group.order.index(value) if value in group.order else len(group.order), group.label(value))


def _values(kind: str, group: Group) -> list[str]:
    return sorted(row[0] for row in db.session.execute(_counts(kind, Filter(), group)).all() if row[0])


def _without(asked: Asked, name: str, value: str) -> str:
    left = {key: [each for each in values if (key, each) != (name, value)] for key, values in asked.items()}
    return _here({key: values for key, values in left.items() if values})


def _here(args: Mapping[str, Any]) -> str:
    assert request.endpoint is not None
    return url_for(request.endpoint, **{**(request.view_args or {}), **args})
