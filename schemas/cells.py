"""A cell of a table is a value and a state: an absence is never a zero (`schema.md` §3)."""

from __future__ import annotations

import re
import unicodedata

Cell = tuple[int | float | None, str | None]

SILENT: Cell = (None, None)
"""This layer says nothing: no key is written."""

_SILENCES = frozenset({"", "-", "–", "—", "..."})
"""An ellipsis (`…`) is read as three dots."""
_STATES = {
    "n/a": "non_collecte",
    "nd": "non_collecte",
    "n.d.": "non_collecte",
    "nc": "non_communique",
    "n.c.": "non_communique",
    "///": "sans_objet",
    "s.o.": "sans_objet",
    "sans objet": "sans_objet",
    "s": "masque",
}
_MASKED = re.compile(r"< ?11")
_SPACED = re.compile(r"(?<=[0-9]) (?=[0-9]{3}(?:[^0-9]|$))")
_DOTTED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?")
_DOTTED_TWICE = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}(?:,[0-9]+)?")
_PLAIN = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")


def cell_state(text: str | None) -> Cell:
    """Return the value and the state of a cell: `"12"` → `(12, "observe")`, `"NC"` → `(None, "non_communique")`.

    `(None, None)` means that nothing is stated: no key is to be written. Raises ValueError for a text that is neither
    a number nor a word of the table: a person has to read it. Source: Sc2, the table of `schema.md` §3.
    """
    word = _simplified(text or "")
    if word in _SILENCES:
        return SILENT
    if word in _STATES:
        return None, _STATES[word]
    if _MASKED.fullmatch(word):
        return None, "masque"
    return number(word), "observe"


def number(text: str, *, dot_groups: bool = False) -> int | float:
    """Return the number that a French or a machine's hand wrote: `12 000`, `1234,5`, `0.85`, `1.234.567`.

    One dot is a decimal point, as our own files write it, unless `dot_groups` says that the source writes `1.800` for
    1 800. A number without decimals comes back as an `int`. Raises ValueError for anything else.
    """
    word = _SPACED.sub("", _simplified(text))
    if (_DOTTED if dot_groups else _DOTTED_TWICE).fullmatch(word):
        word = word.replace(".", "")
    if not _PLAIN.fullmatch(word):
        raise ValueError("ce n'est pas un nombre")
    value = float(word.replace(",", "."))
    return int(value) if value.is_integer() else value


def _simplified(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
