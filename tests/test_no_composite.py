"""No composite: nowhere does the hub name a score, an index, a ranking or a list of winners (B22)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from hub.db import Base

ROOT = Path(__file__).resolve().parents[1]
FORBIDDEN = re.compile(r"(?<![a-zà-ÿ])(scores?|indices?|classements?|palmar[eè]s)(?![a-zà-ÿ])", re.IGNORECASE)
ALLOWED = {"schemas/codelists/polarite.json": "l'indicateur n'a pas de classement"}
"""Texts that say how the hub works, in which a word stands to be denied: the file, and the sentence."""
LABELS = ("schemas/**/*.json", "hub/data/*.json", "hub/pages/*.py", "hub/benchmark/*.py", "hub/static/*")
TEMPLATES = "hub/templates/**/*.html"


def texts() -> Iterator[tuple[str, str]]:
    """Yield the name of each file of labels and templates, with its text, its allowed sentences taken out."""
    for pattern in (*LABELS, TEMPLATES):
        for path in sorted(ROOT.glob(pattern)):
            name = str(path.relative_to(ROOT))
            yield name, path.read_text("utf-8").replace(ALLOWED.get(name, "\0"), "")


def test_no_label_and_no_template_names_a_composite() -> None:
    assert {name: FORBIDDEN.findall(text) for name, text in texts() if FORBIDDEN.search(f"{name} {text}")} == {}


def test_no_route_and_no_model_names_a_composite(sqlite_app: Flask) -> None:
    routes = [f"{rule.rule} {rule.endpoint}" for rule in sqlite_app.url_map.iter_rules()]
    columns = [f"{table.name} {column.name}" for table in Base.metadata.tables.values() for column in table.columns]
    spaced = [re.sub(r"[_/.<>-]", " ", name) for name in (*routes, *columns)]
    assert len(spaced) > 200
    assert [name for name in spaced if FORBIDDEN.search(name)] == []


def test_each_allowed_sentence_still_stands_where_it_is_said_to() -> None:
    for name, sentence in ALLOWED.items():
        assert sentence in json.loads((ROOT / name).read_text("utf-8"))["codes"][-1]["definition"]
