"""What a connector yields and raises: the whole contract between a platform and the hub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """One statement in the shared schema, not yet stored. `pointer` says where it stands in the raw payload.

    `raw_sha256` names that payload; None leaves it to the hub, which names the answer when its page had only one; empty
    says that no payload alone holds it. `revision` is the sender's own, of what is pushed.
    """

    kind: str
    remote_id: str
    data: dict[str, Any]
    pointer: str = ""
    raw_sha256: str | None = None
    deleted: bool = False
    diffusion: str | None = None
    public_on: str | None = None
    revision: int | str | None = None


@dataclass(frozen=True, slots=True)
class RecordRefused:
    """One row that cannot become a record: it is skipped, and why is kept. `rule` is a code of `schemas/rules.json`."""

    rule: str
    pointer: str
    values: dict[str, str] = field(default_factory=dict)
    kind: str | None = None
    remote_id: str | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that was yielded before stands in a finished page: where to go on, and whether the walk is over."""

    cursor: str
    total: int | None = None
    end: bool = False


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A page that says, byte for byte, what it said when its records were last accepted: it was not read again.

    `request` names it (`Answer.request`). Its records count as seen; a connector yields it in their place.
    """

    request: str


Read = Record | RecordRefused
Item = Read | Unchanged | Checkpoint
Walk = Iterator[Item]


def proven(items: Iterable[Item], sha256: str | None) -> Walk:
    """Yield items, their records naming the payload that holds all they say (`Fetch.proof`); None: there is none.

    What another answer adds to a record, a date or a label, would be proven wrongly: such a record names no payload.
    """
    for item in items:
        yield replace(item, raw_sha256=sha256 or "") if isinstance(item, Record) else item


@dataclass(frozen=True, slots=True)
class Option:
    """A setting that a connector declares; people read its label. `kind`: text, integer, boolean, list, secret."""

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What to read: the address, the options declared, where the last good run stopped (None: everything)."""

    url: str
    options: Mapping[str, Any] = field(default_factory=dict)
    cursor: str | None = None


class SourceDown(Exception):
    """The source does not answer for now: try later. Its message is French; `after`, the seconds it asks to wait."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class SourceChanged(Exception):
    """The source answers something else than before: stop, a human looks. Its message is French.

    `cause` says who can act: `access`, the metropole (a key, a right, a switch); `contract`, the hub.
    """

    def __init__(self, message: str, cause: str = "contract") -> None:
        super().__init__(message)
        self.cause = cause
