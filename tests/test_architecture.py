"""The house is as its plan says: floors, no cycles, no lazy imports, small files and functions."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = {
    "schemas": 0,
    "connectors": 1,
    "hub.db": 2,
    "hub.config": 2,
    "hub.errors": 2,
    "hub.headers": 2,
    "hub.clock": 2,
    "hub.letters": 2,
    "hub.csv_text": 2,
    "hub.spreadsheet": 2,
    "hub.instance": 2,
    "hub.log": 2,
    "hub.patience": 2,
    "hub.contract": 4,
    "hub.models": 3,
    "hub.access": 3,
    "hub.harvest": 4,
    "hub.benchmark": 4,
    "hub.demo": 4,
    "hub.push": 4,
    "hub.learning": 4,
    "hub.manifesto": 4,
    "hub.publications": 4,
    "hub.pages": 5,
    "hub.api": 5,
    "hub.cli": 5,
    "hub.schedule": 5,
    "hub.app": 6,
    "hub.wsgi": 6,
}
DOORS = ("hub.pages", "hub.api")
"""Doors never import each other; the command line may call the roof, which assembles the application it runs."""
MAX_FILE, MAX_FUNCTION, MAX_DEPTH = 300, 40, 3
MEDIAN_FILE, MEDIAN_FUNCTION = 100, 10


def sources() -> dict[str, Path]:
    """Every module of the product by dotted name; migrations are generated and left out."""
    found = [path for top in ("schemas", "connectors", "hub") for path in sorted((ROOT / top).rglob("*.py"))]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in found
        if "migrations" not in path.parts
    }


MODULES = sources()


def floor(module: str) -> int:
    parts = module.split(".")
    return next(FLOORS[name] for size in (2, 1) if (name := ".".join(parts[:size])) in FLOORS)


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield (module of ours, imported inside a function?)."""
    tree = ast.parse(path.read_text("utf-8"))
    inner = {id(node) for outer in ast.walk(tree) if isinstance(outer, ast.FunctionDef) for node in ast.walk(outer)}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        yield from ((name, id(node) in inner) for name in names if name in MODULES)


GRAPH = {module: {name for name, _ in imports(path)} - {module, "hub"} for module, path in MODULES.items()}


def functions() -> Iterator[tuple[str, int]]:
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield f"{module}.{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_its_own_floor_or_lower(module: str) -> None:
    if module == "hub":
        return
    higher = {name for name in GRAPH[module] if floor(name) > floor(module) and not module.startswith("hub.cli")}
    assert not higher


def test_the_doors_never_import_each_other() -> None:
    for module in MODULES:
        for door in DOORS:
            if not module.startswith(door) and floor_or_none(module) == 5:
                assert not {name for name in GRAPH[module] if name.startswith(door)}


def floor_or_none(module: str) -> int | None:
    return None if module == "hub" else floor(module)


def test_there_is_no_import_cycle() -> None:
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " → ".join([*path[path.index(module) :], module])
        if module not in done:
            for name in GRAPH[module]:
                # `from package import submodule` runs the package's __init__, which is already running: not a knot
                if not module.startswith(f"{name}."):
                    visit(name, (*path, module))
            done.add(module)

    for module in MODULES:
        visit(module, ())


def test_nothing_is_imported_inside_a_function() -> None:
    lazy = [(module, name) for module, path in MODULES.items() for name, inner in imports(path) if inner]
    assert not lazy


def test_the_package_hub_stays_empty() -> None:
    assert (ROOT / "hub" / "__init__.py").read_text() == ""


def test_rooms_know_no_request_and_no_template() -> None:
    for module, path in MODULES.items():
        if floor_or_none(module) in (0, 1, 3, 4):
            assert not re.search(
                r"\b(request|render_template)\b.*import|import.*\b(request|render_template)\b", path.read_text()
            )


def test_no_statement_deletes_a_facet_or_a_version() -> None:
    for path in MODULES.values():
        assert not re.search(r"delete\((Facet|FacetVersion)\)|DELETE FROM facet", path.read_text("utf-8")), path


def test_no_duration_is_read_from_a_part_of_it() -> None:
    for path in MODULES.values():
        assert ".seconds" not in path.read_text("utf-8"), path


SPEAKING = ("connectors.fetch", "connectors.guard", "connectors.unpacked")
"""The parts of the only HTTP: asking, the check of what is dialled, the unpacking of what is received."""


def test_only_fetch_and_its_guard_speak_http() -> None:
    """The conformance kit is a platform, not a harvester: its proxy asks the platform it stands before."""
    for module, path in MODULES.items():
        if module not in SPEAKING and not module.startswith("connectors.testing."):
            spoken = r"^\s*(import|from) (requests|urllib3|urllib\.request|http\.client|httpx|aiohttp|socketserver)"
            assert not re.search(spoken, path.read_text("utf-8"), re.MULTILINE), path


def test_files_and_functions_stay_small(capsys: pytest.CaptureFixture[str]) -> None:
    files = {module: len(path.read_text("utf-8").splitlines()) for module, path in MODULES.items()}
    lengths = dict(functions())
    middle = statistics.median(lengths.values())
    written = [length for length in files.values() if length > 1]
    with capsys.disabled():
        print(
            f"\nFichiers : {len(files)}, médiane {statistics.median(written):.0f} lignes, max {max(written)}. "
            f"Fonctions : {len(lengths)}, médiane {middle:.0f}, max {max(lengths.values())}."
        )
    assert not {module for module, length in files.items() if length > MAX_FILE}
    assert not {name for name, length in lengths.items() if length > MAX_FUNCTION}
    assert statistics.median(written) <= MEDIAN_FILE
    assert middle <= MEDIAN_FUNCTION
    assert max(len(path.relative_to(ROOT).parts) for path in MODULES.values()) <= MAX_DEPTH
