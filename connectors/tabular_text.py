"""The text of a table: its encoding, its delimiter, its rows (`platforms/files.md` §2). Nothing is guessed beyond."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from itertools import islice

csv.field_size_limit(50_000_000)
"""A cell may hold a whole page: the cap of an answer is the only one."""

_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DELIMITERS = (";", ",", "\t", "|")
_SAMPLE = 20

Line = tuple[int, list[str]]
"""The number of the line where a row starts, from 1, and its cells."""


class Cut(ValueError):
    """The text ends inside a row."""


def decoded(content: bytes) -> tuple[str, str]:
    """Return the text of a file and its encoding: BOM, else strict UTF-8, else cp1252. Raises ValueError."""
    encoding = next((name for bom, name in _BOMS.items() if content.startswith(bom)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise
        text, encoding = content.decode("cp1252"), "cp1252"
    if "\0" in text:
        raise ValueError("un caractère nul")
    return text, encoding


def delimiter_of(text: str) -> str | None:
    """Return the delimiter that gives the first rows one same number of columns, more than one; None for none.

    When several do, the one that gives the most columns; when none does, the one that the header row uses most.
    """
    steady = {}
    for delimiter in _DELIMITERS:
        widths = [len(cells) for _, cells in islice(rows_of(text, delimiter), _SAMPLE)]
        if widths and widths[0] > 1:
            steady[delimiter] = (len(set(widths)) == 1, widths[0])
    return max(steady, key=lambda each: steady[each]) if steady else None


def rows_of(text: str, delimiter: str | None) -> Iterator[Line]:
    """Yield the rows that are not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or "\x1f")
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def check_whole(text: str, delimiter: str | None, width: int) -> None:
    """Raise Cut when the text ends inside its last row: within quotes, or short of cells and of a line break."""
    if not text or (text.count('"') % 2 == 0 and text[-1] in "\r\n"):
        return
    ending = deque(rows_of(text, delimiter), maxlen=1)
    if not ending:
        return
    line, cells = ending[0]
    last = islice(io.StringIO(text, newline=""), line - 1, None)
    try:
        deque(csv.reader(last, delimiter=delimiter or "\x1f", strict=True), maxlen=0)
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise Cut(str(line)) from error
    if text[-1] not in "\r\n" and len(cells) < width:
        raise Cut(str(line))
