"""Tables in files: the hub's templates, Cap Collectif exports, Decidim open data (`platforms/files.md` §1–6, §11–12).

One file is one page: one checkpoint, always with its end, since the file was read to its own. Whether what a file does
not hold is gone is another question: only a *complete* file may say so, and `complete` (no by default) is the option
that the engine reads for it. A file that a spreadsheet cut at its last line never ends its walk.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from connectors.answer import Answer
from connectors.base import Checkpoint, Endpoint, Option, SourceChanged, Unchanged, Walk
from connectors.fetch import Fetch
from connectors.personal_table import PERSONS
from connectors.tabular_read import read_tables
from connectors.tabular_sheet import DECLARED, chosen, items

NAME, LABEL, VERSION, CONTRACT = "tabular", "Tableaux (CSV, XLSX)", "1.0", 1
LIGHT = True
PAUSE, READ_TIMEOUT = 1.0, 90.0
VERSIONS = (
    "modèles du hub",
    "exports Cap Collectif",
    "données ouvertes Decidim 0.26 à 0.31",
    "SCDL délibérations 2.1.2",
)
OPTIONS = (
    Option("complete", "Le fichier contient tout : ce qui n'y est plus a disparu", "boolean", default=False),
    Option("template", "Modèle du fichier (demarches, contributions, chiffres…), s'il ne se reconnaît pas"),
    Option("sheet", "Feuille du classeur, ou fichier de l'archive"),
    Option("key", "Colonnes qui identifient une ligne, à défaut d'identifiant", "list", default=()),
    Option("labels", "Colonnes renommées (« nom dans le fichier=nom attendu »)", "list", default=()),
    Option("process", "Démarche des fiches, quand le fichier ne la dit pas (identifiant)"),
    Option("step", "Étape des fiches, quand le fichier ne la dit pas (identifiant)"),
    Option("siren", "SIREN de la métropole (chiffres de tout un site ; lignes de plusieurs collectivités)"),
    Option("bodies", "Reprendre le texte des contributions", "boolean", default=False),
)
PERSONAL = PERSONS
FIELDS = DECLARED


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Yield what the file at an address says. Raises SourceDown, SourceChanged."""
    answer = fetch.get(endpoint.url, missing=(404, 410))
    if answer.status in (404, 410):
        raise SourceChanged("Le fichier n'est plus à cette adresse : il a été déplacé ou retiré.")
    asked = _asked(endpoint.options)
    if answer.unchanged and isinstance(answer.note, dict) and answer.note.get("asked") == asked:
        yield Unchanged(answer.request)
        yield Checkpoint(answer.sha256, end=bool(answer.note.get("end")))
        return
    end = False
    for item in records_of(answer.content, _name(answer), endpoint.options, _dated(answer)):
        end = isinstance(item, Checkpoint) and item.end
        yield item if not isinstance(item, Checkpoint) else Checkpoint(answer.sha256, end=item.end)
    fetch.note(answer, {"asked": asked, "end": end})


def records_of(content: bytes, name: str, options: Mapping[str, Any], dated: date | None = None) -> Walk:
    """Yield what a file says, wherever it comes from: an address, or a person who deposits it.

    `dated` is the day the file was made, when that is known. Raises SourceDown, SourceChanged.
    """
    if not content.strip() and "-open-data-" not in name:
        raise SourceChanged("Le fichier est vide.")
    tables = read_tables(content, name, str(options.get("sheet") or ""), dated) if content.strip() else []
    cut = False
    for table in chosen(tables, options):
        yield from items(table, options)
        cut = cut or table.cut_at is not None
    yield Checkpoint(hashlib.sha256(content).hexdigest(), end=not cut)


def _asked(options: Mapping[str, Any]) -> str:
    """Return what tells two readings of the same bytes apart: the version of this connector, its options."""
    words = json.dumps([VERSION, sorted((name, value) for name, value in options.items())], default=list)
    return hashlib.sha256(words.encode()).hexdigest()


def _name(answer: Answer) -> str:
    """Return the name of the file: the one the server gives, else the end of the address."""
    given = re.search(r'filename="?([^";]+)', answer.headers.get("content-disposition", ""))
    return (given[1] if given else unquote(urlsplit(answer.url).path)).replace("\\", "/").rpartition("/")[2].strip()


def _dated(answer: Answer) -> date | None:
    try:
        return parsedate_to_datetime(answer.headers.get("last-modified", "")).date()
    except ValueError:
        return None
