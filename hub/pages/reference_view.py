"""What the reference pages show: the glossary, the schemas, the rules; all read from their files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from hub.benchmark.indicators import CATALOGUE, Indicator
from hub.benchmark.measure_metadata import declaration
from hub.pages.format import collation, listing, nbsp, number
from schemas.labels import codelist, label, lists
from schemas.problems import rules
from schemas.registry import KINDS, Node, documents, expand

GLOSSARY = Path(__file__).resolve().parent.parent / "data" / "glossary.json"
TERMS = ("list", "list_title", "code", "label", "definition", "mappings")
FIELDS = ("schema", "schema_title", "field", "label", "type", "list", "required", "description", "column")
RULES = ("rule", "title", "severity", "problem", "how", "expected")
MAPPINGS = {
    "iap2": "Spectre IAP2",
    "arnstein": "Échelle d'Arnstein, barreau",
    "oecd_level": "OCDE, niveau",
    "oecd_step": "OCDE, étape du guide",
    "ocde_methode": "OCDE, méthode",
    "ocde_modele_deliberatif": "OCDE, modèle délibératif",
    "participedia": "Participedia",
    "participedia_open": "Participedia, ouverture",
    "eu_data_theme": "Thème de l'Union européenne",
    "sdmx": "SDMX OBS_STATUS",
    "base": "Base juridique",
    "reference": "Article de loi",
    "promesse": "Promesse au public",
    "unite": "Unité",
    "additif": "Se somme",
    "personnes": "Compte des personnes",
    "personnel": "Décrit des personnes",
    "porte_valeur": "Accompagne une valeur",
    "signe": "Signe imprimé",
    "ouvert": "Court encore",
    "ou": "S'emploie dans",
}
"""The other keys of a code, in words; those of another vocabulary first."""
WORDS = {
    "field": "Le champ « … »",
    "parent": "Le champ « … »",
    "key": "…",
    "title": "…",
    "description": "…",
    "value": "…",
    "other": "…",
    "limit": "N",
    "position": "N",
    "near": "",
    "expected": "une valeur de la forme attendue",
}
"""What stands in a message for what depends on the record."""


@cache
def hub_words() -> list[dict[str, str]]:
    """Return the words of the hub, in French alphabetical order."""
    found: list[dict[str, str]] = orjson.loads(GLOSSARY.read_bytes())
    return sorted(found, key=lambda each: collation(each["word"]))


def code_lists() -> list[Mapping[str, Any]]:
    """Return every code list, in French alphabetical order of titles."""
    return sorted((codelist(liste) for liste in lists()), key=lambda each: collation(each["titre"]))


def mappings(entry: Mapping[str, Any]) -> list[str]:
    """Return what a code says beside its label and definition, each in words; what is not known is left out."""
    said = ((words, entry.get(key)) for key, words in MAPPINGS.items())
    return [nbsp(f"{words} : {_plain(value)}") for words, value in said if value not in (None, "", [])]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return listing(value) if isinstance(value, list) else str(value)


def term_rows() -> Iterator[dict[str, Any]]:
    """Yield the words of the hub, then every code of every list, then every indicator with its declaration."""
    for each in hub_words():
        yield {"label": each["word"], "definition": each["definition"]}
    for liste in code_lists():
        for entry in liste["codes"]:
            other = {key: value for key, value in entry.items() if key in MAPPINGS and value is not None}
            row = {"list": liste["code"], "list_title": liste["titre"], "code": entry["code"]}
            yield {**row, "label": entry["libelle"], "definition": entry["definition"], "mappings": other}
    for one in CATALOGUE:
        row = {"list": "indicateurs", "list_title": "Indicateurs", "code": one.key, "label": one.label}
        yield {**row, "definition": one.why, "mappings": declaration(one)}


def indicator_words(one: Indicator) -> str:
    """Return how an indicator is worked out, in one line: its formula, its unit, what a rise means, its version."""
    said = f"{one.numerator} ÷ {one.denominator} · {one.unit} · {label('polarite', one.polarity).lower()}"
    return nbsp(f"{said} · version {one.version}")


def schema_groups() -> list[tuple[str, list[str]]]:
    """Return the names of the schema files: records, what they share, the network's own things."""
    network = [name for name in documents() if name.startswith("network/")]
    shared = [name for name in documents() if name not in (*KINDS, *network)]
    return [("Les fiches", list(KINDS)), ("Ce qu'elles partagent", shared), ("Les fiches du réseau", network)]


def fields(name: str) -> list[dict[str, Any]]:
    """Return the fields of a schema, in its order; for the common types, the types."""
    schema = documents()[name]
    described: Mapping[str, Node] = schema.get("properties") or schema.get("$defs", {})
    required = schema.get("required", ())
    return [_field(key, node, key in required) for key, node in described.items() if not key.startswith("code_")]


def _field(key: str, node: Node, required: bool) -> dict[str, Any]:
    full = expand(node)
    row = {"field": key, "label": full.get("title", key), "type": type_words(node), "required": required}
    known = {"list": full.get("x-liste"), "description": full.get("description"), "column": full.get("x-colonne")}
    return row | {name: value for name, value in known.items() if value}


def field_rows() -> Iterator[dict[str, Any]]:
    """Yield every field of every schema."""
    for name, schema in documents().items():
        for row in fields(name):
            yield {"schema": name, "schema_title": schema.get("title", name), **row}


def type_words(node: Node) -> str:
    """Return in words what a field accepts: « texte, 300 caractères au plus », « liste de codes « Thème » »."""
    full = expand(node)
    if liste := full.get("x-liste"):
        return f"code de la liste « {codelist(liste)['titre']} »"
    if "enum" in full:
        return f"un mot parmi : {listing(full['enum'], 'ou')}"
    if "items" in full:
        return f"liste, chaque élément : {type_words(full['items'])}"
    if full.get("properties") and "$ref" not in node:
        inside = listing(str(expand(inner).get("title", key)) for key, inner in full["properties"].items())
        return f"objet : {inside}"
    return _scalar(node, full)


def _scalar(node: Node, full: Node) -> str:
    plain = {"integer": "nombre entier", "number": "nombre", "boolean": "oui ou non (true, false)", "object": "objet"}
    kind = full.get("type")
    word = plain.get(kind if isinstance(kind, str) else "", "texte")
    if "$ref" in node:
        shared = str(expand({"$ref": node["$ref"]}).get("title", word))
        word = shared[:1].lower() + shared[1:] if not shared.isupper() else shared
    longest = full.get("maxLength")
    return f"{word}, {number(longest)} caractères au plus" if longest and word == "texte" else word


def file_of(name: str) -> bytes | None:
    """Return a published schema or code list as it stands; None when no such name is published."""
    published = name in documents() or name in {f"codelists/{liste}" for liste in lists()}
    return files("schemas").joinpath(f"{name}.json").read_bytes() if published else None


def rule_rows() -> list[dict[str, Any]]:
    """Return every rule, by title."""
    found = [rule(code) for code in rules()]
    return sorted(found, key=lambda each: collation(each["title"]))


def rule(code: str) -> dict[str, Any]:
    """Return a rule in words: what depends on the record is written « … ». Raises KeyError."""
    row = rules()[code]
    said = {key: _filled(row[word]) for key, word in (("problem", "message"), ("how", "how"), ("expected", "expected"))}
    return {"rule": code, "title": row["title"], "severity": row["severity"]} | {k: v for k, v in said.items() if v}


def _filled(text: str | None) -> str:
    return nbsp(re.sub(r"\s+", " ", text.format_map(WORDS)).strip()) if text else ""
