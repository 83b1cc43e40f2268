"""What a person declared of a table's columns, checked (`platforms/files.md` §10): the way to a `Correspondence`.

A declaration that cannot be followed is a SourceChanged whose French message names what to correct. Columns of persons
are refused, whoever declares them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import schemas
from connectors.base import SourceChanged
from connectors.casts import CASTS
from connectors.mapping import Correspondence, Field, root
from connectors.strict import parse
from schemas.personal import masked

_KEYS = {"version", "request", "items", "kind", "key", "fields", "constant", "group_by", "drop", "expect", "since"}
_SPEC = {"from", "as", "const", "table", "else", "null"}
_FIELD = re.compile(r"[a-z_]+(?:\[\])?(?:\.[a-z_]+)*")
_PERSON = frozenset(
    re.findall(
        r"\w+",
        "email mail courriel prenom prenoms firstname lastname auteur auteurs author username pseudo pseudonyme "
        "telephone tel phone ip geoip biography ",
    )
)
_PERSON_WHOLE = frozenset(
    re.findall(
        r"\w+",
        "nom noms nom_famille nom_usage nom_naissance first_name last_name date_of_birth date_naissance "
        "date_de_naissance postal_address adresse_postale zip_code profile_url identification_code "
        "organisateur_contact user_name ",
    )
)
_NEVER_A_KEY = ("title", "url")


def written(option: object) -> dict[str, Any]:
    """Return the declaration as it is written: `option` is an object, or its JSON text. Raises SourceChanged."""
    if isinstance(option, str):
        try:
            option = parse(option.encode())
        except ValueError as error:
            raise wrong("ce n'est pas du JSON lisible") from error
    if not isinstance(option, dict):
        raise wrong("un objet avec kind, key et fields est attendu")
    if extra := sorted(set(option) - _KEYS):
        raise wrong(f"la clé « {extra[0]} » n'existe pas")
    return option


def declared(option: object) -> Correspondence:
    """Return the declaration checked. `option` is an object, or its JSON text. Raises SourceChanged."""
    option = written(option)
    kind, key = option.get("kind"), option.get("key", [])
    if kind not in schemas.KINDS:
        raise wrong(f"le genre de fiche « {kind} » n'existe pas")
    if not isinstance(key, list) or not all(isinstance(one, str) and one for one in key):
        raise wrong("« key » est une liste de colonnes")
    if option.get("group_by", key) != key:
        raise wrong("« group_by » doit citer les mêmes colonnes que « key »")
    specs = option.get("fields")
    constants = option.get("constant", {})
    if not isinstance(specs, dict) or not isinstance(constants, dict) or not (specs or constants):
        raise wrong("« fields » est un objet : champ de la fiche → colonne")
    if kind == "observation":
        specs = {"subject.kind": {"const": "process"}, **specs}
    fields = tuple(_field(kind, name, spec) for name, spec in [*specs.items(), *_const(constants)])
    _check_key(kind, key, fields)
    columns = tuple(dict.fromkeys([*map(root, key), *(root(field.source) for field in fields if field.source)]))
    for column in (*columns, *(step for field in fields for step in _steps_inside(field.source))):
        if is_personal(column) or column in option.get("drop", []):
            raise wrong(f"la colonne « {column} » est celle de personnes ou est à écarter : elle ne peut être lue")
    return Correspondence(kind, tuple(key), fields, "group_by" in option, columns)


@lru_cache(maxsize=4096)
def is_personal(column: str) -> bool:
    """Tell whether a column holds persons by its name (`platforms/files.md` §3): such a column is never taken."""
    bare = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column))
    words = re.findall(r"[a-z0-9]+", bare.encode("ascii", "ignore").decode().casefold())
    return "_".join(words) in _PERSON_WHOLE or not _PERSON.isdisjoint(words)


def _steps_inside(path: str) -> list[str]:
    """Return the names below a column. `nom` there names a thing (`quartier.nom`): its column was judged already."""
    return [name for name in re.findall(r"[^.\[\]]+", path)[1:] if name not in ("nom", "noms") and not name.isdigit()]


def wrong(why: str) -> SourceChanged:
    """Return what tells a person which part of the declaration to correct."""
    return SourceChanged(f"Correspondance des colonnes à corriger : {masked(why)}.")


def _const(constants: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in constants.items():
        yield name, {"const": value}


def _field(kind: str, name: str, spec: Any) -> Field:
    """Return a field checked against the schema of its kind. Raises SourceChanged naming it."""
    path = tuple(name.split("."))
    properties = schemas.schema(kind)["properties"]
    if not _FIELD.fullmatch(name) or path[0].removesuffix("[]") not in properties:
        raise wrong(f"le champ « {name} » n'existe pas dans ce genre de fiche")
    if not isinstance(spec, dict) or set(spec) - _SPEC or ("from" in spec) == ("const" in spec):
        raise wrong(f"« {name} » demande « from » ou « const », et rien d'autre que as, table, else, null")
    source, table, null = spec.get("from", ""), spec.get("table"), spec.get("null", {})
    reading = spec.get("as", "list" if len(path) == 1 and _is_list(properties[path[0]]) else "text")
    if reading not in CASTS:
        raise wrong(f"« {name} » : la lecture « {reading} » n'existe pas")
    if not isinstance(source, str) or not isinstance(null, dict) or not isinstance(table, dict | None):
        raise wrong(f"« {name} » : « from » est un texte, « table » et « null » sont des objets")
    if set(null.values()) - set(schemas.codes("etat_valeur")):
        raise wrong(f"« {name} » : « null » donne un motif d'absence de la liste des états")
    return Field(path, source, reading, spec.get("const"), table, spec.get("else", "refuse"), null)


def _is_list(node: Mapping[str, Any]) -> bool:
    return node.get("type") == "array" or str(node.get("$ref", "")).endswith(("/Texts", "/Links", "/Communes"))


def _check_key(kind: str, key: list[str], fields: tuple[Field, ...]) -> None:
    if not key and kind != "observation":
        raise wrong("« key » doit citer les colonnes qui identifient une ligne")
    if len(key) == 1 and any(field.source == key[0] and field.path[0] in _NEVER_A_KEY for field in fields):
        raise wrong(f"la colonne « {key[0]} » est un titre ou une adresse : elle ne peut servir d'identifiant")
