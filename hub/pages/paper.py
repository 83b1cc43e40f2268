"""Measures on paper: a tagged PDF (PDF/UA-1) with its charts, the table behind each, its definitions and its source.

Set by typst with the fonts it carries. A value keeps its state in words; what has none says why, in the table too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import typst

PAGE = Path(__file__).resolve().parent.parent / "data" / "picture" / "paper.typ"
"""It reads no file outside its folder."""


@dataclass(frozen=True)
class Column:
    """A column of a table. `number`: set to the right; `wide`: takes the room that is left."""

    label: str
    number: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Section:
    """A measure: its finding, its unit and period, its chart ("" for none) told in words, its table, its notes."""

    title: str
    subtitle: str
    svg: str
    text: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Paper:
    """What is printed. `short` stands at the foot of each page; `facts` are terms and what they mean.

    `cautions`: what is said before anything is compared.
    """

    title: str
    short: str
    lead: Sequence[str]
    sections: Sequence[Section]
    cautions: Sequence[str]
    source: Sequence[str]
    facts: Sequence[tuple[str, str]] = ()


def pdf(paper: Paper) -> bytes:
    """Return a paper as PDF/UA-1; the same paper gives the same bytes."""
    return typst.compile(
        PAGE,
        format="pdf",
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=0,
        sys_inputs={"said": orjson.dumps(asdict(paper)).decode()},
        root=PAGE.parent,
    )
