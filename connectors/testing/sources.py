"""What the source of a connector shows before it is run: no clock, no chance, no network, no log, no setting."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from connectors.testing.finding import Finding

PIPES = {f"connectors.{name}" for name in ("base", "answer", "fetch", "guard", "strict")}
"""What the hub lends to every connector: not the connector's own."""

_RULES = (
    ("K", "http_direct", r"(?:requests|urllib3|urllib\.request|http\.client|httpx|aiohttp|socket)\b.*",
     "demande lui-même au réseau : seul « fetch » le peut"),
    ("K", "attente_propre", r"time\.sleep|asyncio\b.*|sched\b.*",
     "attend de lui-même : les pauses sont celles de « fetch »"),
    ("B", "horloge",
     r"(?:datetime\.)?(?:datetime|date)\.(?:now|utcnow|today)|time\.(?:time|localtime|monotonic)(?:_ns)?",
     "lit l'horloge : les dates sont celles de la plateforme"),
    ("B", "hasard", r"random\b.*|secrets\b.*|uuid\.uuid[14]|os\.urandom", "tire au hasard"),
    ("M", "journal", r"logging\b.*|warnings\.warn|print|sys\.std(?:out|err)\b.*", "écrit dans un journal"),
    ("A", "environnement", r"os\.(?:environ|getenv)\b.*",
     "lit une variable d'environnement : ses réglages sont ses options"),
    ("A", "dependances", r"(?:hub|flask|sqlalchemy)\b.*", "dépend du hub"),
)  # fmt: skip


def sources(module: ModuleType) -> Iterator[Finding]:
    """Yield each rule that the source of the connector breaks, in its module or those of its package it imports."""
    for path in _files(module):
        names = list(_named(ast.parse(path.read_text("utf-8"))))
        for group, rule, pattern, words in _RULES:
            for name, line in names:
                if re.fullmatch(pattern, name):
                    yield Finding(group, rule, f"{path.name}, ligne {line} : le connecteur {words} (« {name} »).")


def _files(module: ModuleType) -> Iterator[Path]:
    """The source of the module, then of those of the same package that it imports."""
    top, waiting, met = module.__name__.split(".")[0], [module.__name__], set[str]()
    while waiting:
        name = waiting.pop()
        if name in met or name in PIPES or name.split(".")[0] != top:
            continue
        met.add(name)
        path = _path(name)
        if path is None:
            continue
        yield path
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]


def _path(name: str) -> Path | None:
    """The file of a module; none for a package's own and for what is no module."""
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return None
    is_file = found is not None and found.origin is not None and found.submodule_search_locations is None
    return Path(found.origin) if is_file and found and found.origin else None


def _named(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield what the module imports or reads, by its full name as far as its imports tell, with its line."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield f"{node.module}.{alias.name}", node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and (name := _dotted(node)):
            first, _, rest = name.partition(".")
            if first in known:
                yield known[first] + (f".{rest}" if rest else ""), node.lineno
            elif not rest and first == "print":
                yield name, node.lineno


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""
