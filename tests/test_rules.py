"""The one table of rules: each is named somewhere, and what is named stands in it (`push-api.md` P34)."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import schemas

ROOT = Path(__file__).resolve().parents[1]
NAMING = re.compile(r'(?:Refused|RecordRefused|problem)\(\s*(?:\d+,\s*)?"(\w+)"')
WORDS = re.compile(r'"(\w+)"')


NOT_YET = {"identifiants_proches", "deja_rattache"}
"""Rules of `harvest.md` §8 that nothing tells yet."""


def texts(*endings: str) -> str:
    """The code, or the schemas."""
    folders = [(ROOT / name).rglob(f"*.{ending}") for name in ("hub", "connectors", "schemas") for ending in endings]
    return "\n".join(path.read_text("utf-8") for path in chain(*folders) if path.name != "rules.json")


def test_every_rule_that_the_code_names_is_in_the_table() -> None:
    named = set(NAMING.findall(texts("py")))
    assert named - set(schemas.rules()) == set()
    assert len(named) > 50


def test_every_rule_of_the_table_is_named_by_the_code_or_a_schema() -> None:
    assert set(schemas.rules()) - set(WORDS.findall(texts("py", "json"))) == NOT_YET


def test_a_rule_says_what_is_wrong_and_what_to_do() -> None:
    for code, row in schemas.rules().items():
        assert re.fullmatch(r"[a-z][a-z0-9_]+", code), code
        assert row["title"], code
        assert row["message"], code
        assert row["how"], code
