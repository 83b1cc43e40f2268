"""Every regular expression of the product, found by reading its modules: which text it is, how it is asked."""

from __future__ import annotations

import ast
import re
import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FUNCTIONS = ("search", "match", "fullmatch", "sub", "findall", "split", "finditer")
LEFT_OUT = ("hub/demo/", "hub/migrations/", "connectors/testing/")
"""What reads no text from outside."""


class Stuck(Exception):
    """A search that did not end in its time."""


@dataclass(frozen=True)
class Asked:
    """A pattern and one way it is asked; where it stands."""

    place: str
    pattern: re.Pattern[Any]
    function: str

    def __str__(self) -> str:
        return f"{self.place}:{self.function}"

    def on(self, text: str) -> None:
        """Ask it of a text."""
        given = text if isinstance(self.pattern.pattern, str) else text.encode("utf-8", "replace")
        if self.function == "sub":
            self.pattern.sub(given[:0], given)
        elif self.function == "finditer":
            for _ in self.pattern.finditer(given):
                pass
        else:
            getattr(self.pattern, self.function)(given)


def modules() -> Iterator[tuple[str, ModuleType, ast.Module]]:
    """Every module that may meet a text from outside: its file, itself, its tree."""
    for top in ("schemas", "connectors", "hub"):
        for path in sorted((ROOT / top).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if not name.startswith(LEFT_OUT) and path.name != "__main__.py":
                dotted = name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
                yield name, import_module(dotted), ast.parse(path.read_text("utf-8"))


def every_pattern() -> tuple[list[Asked], list[str]]:
    """Each pattern with each way it is asked, and the places whose pattern is made of what a function is given."""
    found: dict[tuple[str, str], Asked] = {}
    unread, ways = [], _ways()
    for file, module, tree in modules():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and _of_re(node.func)):
                continue
            function = node.func.attr
            if function not in (*FUNCTIONS, "compile"):
                continue
            place = f"{file}:{node.lineno}"
            try:
                given = eval(compile(ast.Expression(node.args[0]), file, "eval"), vars(module))
            except NameError:
                unread.append(place)
                continue
            if function != "compile":
                found[place, function] = Asked(place, re.compile(given), function)
        for name, value in vars(module).items():
            for pattern in _held(value):
                for function in ways.get((file if name.startswith("_") else "", name), FUNCTIONS[:1]):
                    found.setdefault(
                        (f"{name} {pattern.pattern!r}", function), Asked(f"{file} {name}", pattern, function)
                    )
    return list(found.values()), unread


def _of_re(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "re"


def _held(value: Any) -> Iterator[re.Pattern[Any]]:
    """The patterns that a name of a module holds, itself or in a collection."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for each in (*value.keys(), *value.values()):
            yield from _held(each)
    elif isinstance(value, tuple | list | set | frozenset):
        for each in value:
            yield from _held(each)


def _ways() -> dict[tuple[str, str], tuple[str, ...]]:
    """How each name of a pattern is asked: in its file, or anywhere when it is public; others are searched for."""
    ways = defaultdict(set)
    for file, _, tree in modules():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in FUNCTIONS
                and isinstance(node.value, ast.Name | ast.Attribute)
            ):
                name = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                ways[file if name.startswith("_") else "", name].add(node.attr)
    return {name: tuple(sorted(found)) for name, found in ways.items()}


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise Stuck in what takes more processor than that; `re` looks at signals while it searches."""

    def over(_signum: int, _frame: FrameType | None) -> None:
        raise Stuck

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def took(asked: Asked, text: str, seconds: float) -> float:
    """How much processor a pattern takes on a text; at most `seconds`, which then is what it took."""
    began = time.process_time()
    try:
        with at_most(seconds):
            asked.on(text)
    except Stuck:
        return seconds
    return time.process_time() - began


COMMON = (
    *"aA1 \t\n-.@<&;:/()[]{}\"'«»é,=_%#\\>?!€",
    *("0 ", "1 ", "a ", "a.", "a@", "a-", ". ", "<a", "&a", "ab", "1,", "1.", "1-", "A1", "a1", "\r\n", '""', "\u00a0"),
    *("«a", "http://a", "a=", '="', "a: ", "</", "-->", "{{", "?a", " :", " !", "2026-", "\u2028"),
)
LONG = 16_000
"""The length of a stubborn text; a quarter of it is what it is compared with."""
NOTICED, PATIENCE, GROWTH = 0.02, 2.0, 9
"""Seconds under which nothing is measured, after which a search is ended; growth, from 4 (linear) to 16 (square)."""


def stubborn_for(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """Beginnings, repeated pieces and ends that make a search go back: common ones, and those of its own letters."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    own = sorted(set(text) - set("\\^$*+?|"))[:40]
    pieces = dict.fromkeys((*COMMON, *own, *(first + second for first in own[:12] for second in "a1 ")))
    for piece in pieces:
        yield from (("", piece, "\x00"), ("a", piece, ""), ("", piece, "a"))


def misled(asked: Asked) -> str | None:
    """The piece whose repetition takes a time that grows like its square or worse; None when none does."""
    for begin, piece, end in stubborn_for(asked.pattern):
        long, short = (begin + piece * (size // len(piece)) + end for size in (LONG, LONG // 4))
        if all(_grows(asked, long, short) for _ in range(3)):  # thrice: a machine may be busy once
            return piece
    return None


def _grows(asked: Asked, long: str, short: str) -> bool:
    whole = took(asked, long, PATIENCE)
    return whole > NOTICED and (whole >= PATIENCE or whole > GROWTH * took(asked, short, PATIENCE))
