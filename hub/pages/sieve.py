"""Choices on a list already read: the same facets, chips and pages as `choices`, for what is not a list of things."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from flask import current_app, request, url_for

from hub.pages.choices import accept, know, page_asked
from hub.pages.format import collation

T = TypeVar("T")
Asked = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Sort(Generic[T]):
    """One facet: its name in the address, its title, the values an item bears, how a value is said.

    `label` raises KeyError for a value that cannot exist.
    """

    name: str
    legend: str
    values: Callable[[T], Iterable[str]]
    label: Callable[[str], str]


@dataclass(frozen=True)
class Sieve(Generic[T]):
    """What is kept of a list, what its page shows, and the choices offered."""

    kept: list[T]
    shown: list[Any]
    groups: list[dict[str, Any]]
    chips: list[dict[str, str]]
    page: int
    pages: int
    total: int


def sieve(items: Sequence[T], sorts: Sequence[Sort[T]], pack: Callable[[list[T]], list[Any]] = list) -> Sieve[T]:
    """Narrow `items` by the address; a page shows what `pack` makes of them.

    Raises BadQuery on an unknown parameter, value or page.
    """
    asked = {sort.name: list(dict.fromkeys(request.args.getlist(sort.name))) for sort in sorts}
    accept(asked)
    for sort in sorts:
        for value in asked[sort.name]:
            know(sort.name, value, sort.label, partial(_values, items, sort))
    kept = [item for item in items if _passes(item, sorts, asked)]
    packed = pack(kept)
    size = current_app.config["PAGE_SIZE"]
    page, pages = page_asked(len(packed))
    shown = packed[(page - 1) * size : page * size]
    groups = [group for sort in sorts if (group := _group(items, sorts, sort, asked))["options"]]
    return Sieve(kept, shown, groups, _chips(sorts, asked), page, pages, len(packed))


def _values(items: Sequence[T], sort: Sort[T]) -> list[str]:
    return sorted({value for item in items for value in sort.values(item)})


def _passes(item: T, sorts: Sequence[Sort[T]], asked: Asked) -> bool:
    return all(not asked[sort.name] or set(asked[sort.name]) & set(sort.values(item)) for sort in sorts)


def _group(items: Sequence[T], sorts: Sequence[Sort[T]], sort: Sort[T], asked: Asked) -> dict[str, Any]:
    """One facet with the number of items each value would give, the other facets staying as they are."""
    others = [item for item in items if _passes(item, sorts, {**asked, sort.name: ()})]
    counts = dict.fromkeys(asked[sort.name], 0)
    for item in others:
        for value in dict.fromkeys(sort.values(item)):
            counts[value] = counts.get(value, 0) + 1
    options = [
        {"value": value, "label": sort.label(value), "count": count, "checked": value in asked[sort.name]}
        for value, count in counts.items()
    ]
    options.sort(key=lambda option: collation(str(option["label"])))
    return {"name": sort.name, "legend": sort.legend, "options": options}


def _chips(sorts: Sequence[Sort[T]], asked: Asked) -> list[dict[str, str]]:
    assert request.endpoint is not None
    chips = []
    for sort in sorts:
        for value in asked[sort.name]:
            left = {**asked, sort.name: [each for each in asked[sort.name] if each != value]}
            url = url_for(request.endpoint, **{**(request.view_args or {}), **left})
            chips.append({"label": f"{sort.legend} : {sort.label(value)}", "url": url})
    return chips
