"""Things as programs read them: the columns that an answer shows, asked for by statements written once for each form.

To build a statement anew, and to keep watch over objects, would cost more than to read the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Select, bindparam

from hub.clock import today
from hub.db import db
from hub.models.audience import Audience, audience
from hub.models.facet import Facet, FacetVersion
from hub.models.hidden import COUNTED, Fields, hidden_in, text_of, without
from hub.models.metropole import Metropole
from hub.models.run import Run
from hub.models.source import Source
from hub.models.thing import RESEAU, Filter, called, number_of, things_of


class Listed(NamedTuple):
    """What an answer shows of a thing, in the order of `_COLUMNS`. No `siren`: it is the network's.

    `rank`: where it stands in lists.
    """

    rank: int
    text: str
    id: str
    kind: str
    remote_id: str
    presence: str
    not_seen_since: str | None
    gone_on: str | None
    gone_reason: str | None
    siren: str | None
    slug: str | None
    name: str | None
    source: str
    url: str | None
    writer: str
    raw: str | None
    pointer: str | None
    run: str
    read_at: str
    connector: str
    version: str


_COLUMNS = (
    *(Facet.id, FacetVersion.data, Facet.hub_id, Facet.kind, Facet.remote_id),
    *(Facet.presence, Facet.not_seen_since, Facet.gone_on, Facet.gone_reason),
    *(Metropole.siren, Metropole.slug, Metropole.name, Source.slug, Source.url),
    *(Facet.writer, FacetVersion.raw_sha256, FacetVersion.raw_pointer),
    *(Run.ref, Run.started_at, Run.connector, Run.connector_version),
)
FORMS = 512
"""How many written statements are remembered: by kind, by the names that are asked, by reader, by day."""
Asked = Mapping[str, str | int]
"""What a list is narrowed to, one value a name: `metropole` (or `reseau`), `source`, `state`, `year`, `presence`."""
Writer = Callable[[str, frozenset[str]], Select[*tuple[Any, ...]]]


def page_of(kind: str, asked: Asked, limit: int, after: int) -> tuple[list[Listed], int]:
    """Return the first things of a kind that pass what is asked, and how many pass it in all.

    They come in the order in which the hub met them, from behind the rank `after`: what is new comes last.
    """
    further = {"after": after} if after else {}
    rows = _rows(_page, kind, {**asked, **further, "limit": limit})
    if rows:
        return _seen([row[1:] for row in rows]), int(rows[0][0])
    return [], int(_rows(_number, kind, asked)[0][0]) if after else 0


def one(kind: str, hub_id: str) -> Listed | None:
    """Return the thing of this identifier, gone or not."""
    return next(iter(_seen(_rows(_one, kind, {"hub_id": hub_id}))), None)


def _page(kind: str, names: frozenset[str]) -> Select[*tuple[Any, ...]]:
    total = _number(kind, names).correlate(None).scalar_subquery()
    query = things_of(kind, _form(names)).with_only_columns(total, *_COLUMNS)
    further = [Facet.id > _value("after")] if "after" in names else []
    return query.where(*further).order_by(Facet.id).limit(_value("limit"))


def _number(kind: str, names: frozenset[str]) -> Select[*tuple[Any, ...]]:
    return number_of(kind, _form(names))


def _one(kind: str, _names: frozenset[str]) -> Select[*tuple[Any, ...]]:
    return called(kind, _value("hub_id")).with_only_columns(*_COLUMNS)


def _form(names: frozenset[str]) -> Filter:
    """Return the filter that has these names, a parameter in the place of each value."""
    plural = {"metropole": "metropoles", "source": "sources", "state": "states"}
    several: dict[str, Any] = {field: (_value(name),) for name, field in plural.items() if name in names}
    if RESEAU in names:
        several["metropoles"] = (RESEAU,)
    return Filter(**several, **{name: _value(name) for name in ("year", "presence") if name in names})


def _value(name: str) -> Any:
    return bindparam(name)


def _rows(write: Writer, kind: str, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    """Run the statement that `write` writes for values of these names, in the transaction of this request."""
    statement = _written(write, kind, frozenset(values), audience(), today())
    return db.session.connection().execute(statement, dict(values)).all()


@lru_cache(maxsize=FORMS)
def _written(write: Writer, kind: str, names: frozenset[str], _who: Audience, _day: date) -> Select[*tuple[Any, ...]]:
    """Return a statement that holds for the day and the readers it is written for: it says what they may see."""
    return write(kind, names)


def _seen(rows: Iterable[Sequence[Any]]) -> list[Listed]:
    """Return things as the present reader sees them: without hidden counts, nor the payload they stand in."""
    found = [*map(Listed._make, rows)]
    secret = hidden_in(each.id for each in found if each.kind in COUNTED)
    return [_without(each, secret[each.id]) if each.id in secret else each for each in found]


def _without(thing: Listed, fields: Fields) -> Listed:
    return thing._replace(text=text_of(without(orjson.loads(thing.text), fields)), raw=None)
