"""Persons in tables: the columns that hold them, and the files whose rows are persons (`platforms/files.md` §3)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from connectors.declaration import is_personal
from connectors.personal_texts import masked_cells
from connectors.tabular_text import decoded, delimiter_of, rows_of
from connectors.text import folded

_MORE = frozenset(map(folded, (
    "authors", "created_by", "last_comment_by", "endorsements/user_endorsements", "user_group", "zipcode", "nickname",
    "export_contribution_account", "export_contribution_internal_comm", "portable", "mobile",
    "prenoms", "civilite", "code_postal_auteur", "participant", "nom_participant", "nom_complet", "full_name",
)))  # fmt: skip
"""What names alone do not tell: the columns of platforms that hold persons."""
_OF_PERSONS = ("exportparticipant", "participantemail", "participantuser", "participantusername", "useremail")
_IDENTITY = frozenset(map(folded, (
    "email", "mail", "courriel", "e-mail", "nom", "prenom", "firstname", "first_name", "lastname", "last_name",
    "username", "pseudo", "nickname", "date_naissance", "date_of_birth", "telephone", "phone", "adresse_postale",
)))  # fmt: skip
PERSONS = (
    "email", "mail", "courriel", "nom", "prenom", "firstname", "lastname", "auteur", "author", "username", "pseudo",
    "telephone", "phone", "date_of_birth", "date_naissance", "postal_address", "adresse_postale", "zip_code", "ip",
    "geoip", "profile_url", "identification_code", "biography", "organisateur_contact",
)  # fmt: skip
"""The columns that `platforms/files.md` §3 names; `is_person_column` knows the ways they are written."""
_A_THING = re.compile(r"titre|title|intitule|objet|libelle|indicateur|metric|identifiant|question|summary|contenu|url")


def is_person_column(column: str) -> bool:
    """Tell whether a column holds persons: such a column is dropped before anything else is done with it."""
    top = column.split("/")[0]
    return is_personal(column) or folded(column) in _MORE or ("/" in column and folded(top) in _MORE)


def are_persons(columns: Sequence[str]) -> bool:
    """Tell whether the rows of a table are persons: a column set of participants, or persons and nothing else."""
    names = [folded(column) for column in columns]
    if any(name.startswith(_OF_PERSONS) for name in names):
        return True
    return len(_IDENTITY.intersection(names)) > 0 and not any(_A_THING.search(name) for name in names)


def stripped_table(content: bytes, personal: Sequence[str]) -> bytes | None:
    """Return a CSV without the columns of persons, the same object when it has none.

    None for what is no text, no table, or a table of persons.
    """
    try:
        text, encoding = decoded(content)
        delimiter = delimiter_of(text)
        header = next(rows_of(text, delimiter), (0, []))[1]
    except (ValueError, csv.Error):
        return None
    names = {folded(name) for name in personal if not name.startswith("/")}
    dropped = {
        rank
        for rank, column in enumerate(header)
        if is_person_column(column.strip("\ufeff ")) or folded(column) in names
    }
    if are_persons(header) or (delimiter is None and (dropped or len(text.splitlines()) < 2)):
        return None
    if not dropped:
        bare = masked_cells(text, delimiter)
        return content if bare == text else bare.encode(encoding)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter or ",", lineterminator="\r\n" if "\r\n" in text[:65_536] else "\n")
    for _, cells in rows_of(text, delimiter):
        writer.writerow([cell for rank, cell in enumerate(cells) if rank not in dropped])
    return masked_cells(out.getvalue(), delimiter).encode(encoding)
