"""Hostile texts, and records that hold one in every text field that takes it: as a platform or a form could send."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import schemas
from connectors.base import Record
from tests.make import NANTES

SCRIPTS = (
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<svg/onload=alert(1)>",
    "<svg><script href=data:,alert(1) />",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus='alert(1)",
    "javascript:alert(1)",
    "[clic](javascript:alert(1)) ![x](x onerror=alert(1))",
    "</title></textarea></style></script><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<math><mtext></mtext><mglyph><svg><mtext><style><a title='</style><img src=x onerror=alert(1)>'>",
    "{{ 7*191 }} {% raw %} ${7*191} #{7*191} <%= 7*191 %>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "]]><x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
    "<form action=https://mal.example><button>Entrer",
    "<meta http-equiv=refresh content='0;url=https://mal.example'>",
    "<base href=https://mal.example/>",
)
FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    '=HYPERLINK("https://mal.example")',
    "=cmd|' /C calc'!A0",
)
SQL = (
    "' OR '1'='1",
    "1; DROP TABLE facet; --",
    "' UNION SELECT email FROM person --",
    '" OR ""="',
    "') OR ('a'='a",
    "1' AND SLEEP(5)#",
    "%' OR 1=1 --",
    "\\'; SELECT pg_sleep(5); --",
)


def hostile(kind: str, text: str, remote_id: str = "hostile") -> Record:
    """A record of this kind that holds `text` in every field that takes it: whatever the door lets pass."""
    data = deepcopy(schemas.schema(kind)["examples"][0])
    for path in places(kind):
        for said in (text, f"https://exemple.fr/?{text}", f"https://exemple.fr/{text.replace(' ', '')}"):
            changed = put(data, path, said)
            if not schemas.check(kind, changed):
                data = changed
                break
    return Record(kind, remote_id, data, "L1")


def places(kind: str) -> list[tuple[Any, ...]]:
    """Where the full example of a kind holds a text."""
    return list(_texts(schemas.schema(kind)["examples"][0], ()))


def put(data: Any, path: tuple[Any, ...], text: str) -> Any:
    """The data with this text at that place."""
    changed = deepcopy(data)
    inside = changed
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = text
    return changed


def own(record: Record) -> Record:
    """The record, its figure speaking of Nantes when it speaks of a metropole."""
    subject = record.data.get("subject")
    if subject and subject["kind"] == "metropole":
        subject["remote_id"] = NANTES
    return record


def _texts(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(inner, (*path, step))
