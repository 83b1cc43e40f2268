"""Choices of a list page: what its address narrows, the facets it offers with their counts, its page of 50."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from sqlalchemy import Select

from hub.db import db
from hub.errors import BadQuery
from hub.models.thing import Filter, Reading, counts_by_metropole, counts_by_state, counts_by_term, number_of

METROPOLE, STATE = "metropole", "etat"
"""The two groups that stand on columns; every other group is a term of the things."""


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
    """What a list page shows of the choices made: the filter, the facets, the chips that undo them, the page."""

    narrowed: Filter
    groups: list[dict[str, Any]]
    chips: list[dict[str, str]]
    page: int
    pages: int
    total: int

    def paged(self, query: Reading) -> Reading:
        """Return the query of this page only."""
        size = current_app.config["PAGE_SIZE"]
        return query.limit(size).offset((self.page - 1) * size)


def choices(kind: str, groups: Sequence[Group]) -> Choices:
    """Read the address of a list of `kind`. Raises BadQuery on a parameter or page that does not exist."""
    asked = {group.name: tuple(dict.fromkeys(request.args.getlist(group.name))) for group in groups}
    for name in request.args:
        if name not in asked and name != "page":
            raise BadQuery(f"Paramètre inconnu : « {name} ». Acceptés : {', '.join([*asked, 'page'])}.")
    narrowed = _narrowed(groups, asked)
    total = db.session.execute(number_of(kind, narrowed)).scalar_one()
    pages = max(1, -(-total // current_app.config["PAGE_SIZE"]))
    shown = [_group(kind, groups, group, asked) for group in groups]
    chips = [
        {"label": f"{group.legend} : {group.label(value)}", "url": _without(asked, group.name, value)}
        for group in groups
        for value in asked[group.name]
    ]
    return Choices(narrowed, [group for group in shown if group["options"]], chips, _page(pages), pages, total)


def page_url(number: int) -> str:
    """Return the address of another page of the same list."""
    args = request.args.to_dict(flat=False) | {"page": [str(number)]}
    return _here(args)


def _narrowed(groups: Sequence[Group], asked: Mapping[str, tuple[str, ...]]) -> Filter:
    terms = tuple((group.term, asked[group.name]) for group in groups if group.term and asked[group.name])
    return Filter(metropoles=asked.get(METROPOLE, ()), states=asked.get(STATE, ()), terms=terms)


def _group(kind: str, groups: Sequence[Group], group: Group, asked: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """One facet with the number of things each value would give, the other facets staying as they are."""
    others = _narrowed(groups, {**asked, group.name: ()})
    if group.term:
        query: Select[Any] = counts_by_term(kind, others, group.term)
    else:
        query = counts_by_metropole(kind, others) if group.name == METROPOLE else counts_by_state(kind, others)
    found: dict[str, int] = {row[0]: row[1] for row in db.session.execute(query).all() if row[0]}
    found |= {value: 0 for value in asked[group.name] if value not in found}
    options = [
        {"value": value, "label": group.label(value), "count": found[value], "checked": value in asked[group.name]}
        for value in sorted(found, key=lambda value: _rank(group, value), reverse=group.newest_first)
    ]
    return {"name": group.name, "legend": group.legend, "options": options}


def _rank(group: Group, value: str) -> tuple[int, str]:
    return (group.order.index(value) if value in group.order else len(group.order), group.label(value))


def _page(pages: int) -> int:
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= pages):
        raise BadQuery(f"page : un nombre de 1 à {pages} est attendu, trouvé « {text[:50]} ».")
    return int(text)


def _without(asked: Mapping[str, tuple[str, ...]], name: str, value: str) -> str:
    left = {key: [each for each in values if (key, each) != (name, value)] for key, values in asked.items()}
    return _here({key: values for key, values in left.items() if values})


def _here(args: Mapping[str, Any]) -> str:
    assert request.endpoint is not None
    return url_for(request.endpoint, **{**(request.view_args or {}), **args})
