"""data.gouv.fr: the datasets of an organisation (udata API), or the rows of one file (tabular API).

Rows are read by a declared correspondence of columns, or by the one of SCDL deliberations. The rank that the tabular
API gives a row (`__id`) changes at each import: it identifies nothing. Persons (`owner`, `contact_points`) are masked
out of every request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from connectors.answer import Answer
from connectors.base import Checkpoint, Endpoint, Option, SourceChanged, Walk
from connectors.datagouv_catalogue import documents
from connectors.declaration import declared
from connectors.fetch import Fetch
from connectors.sieve import Rows, Sieve

NAME = "datagouv"
LABEL = "data.gouv.fr : jeux de données d'une organisation, ou lignes d'un fichier"
VERSION = "1.0"
CONTRACT = 1
OPTIONS = (
    Option("organization", "Identifiant permanent de l'organisation (24 caractères)"),
    Option("resource", "Identifiant permanent du fichier (UUID)"),
    Option("mapping", "Correspondance des colonnes, ou « scdl/deliberations »"),
    Option("siren", "SIREN dont les lignes sont gardées (fichier de plusieurs collectivités)"),
    Option("tabular", "Adresse de l'API tabulaire", default="https://tabular-api.data.gouv.fr"),
)
PAUSE, READ_TIMEOUT = 1.0, 30.0
VERSIONS = ("udata 25b5a2dd", "api-tabular bb7ba23c")
PERSONAL = ("/data/*/owner", "/data/*/contact_points", "nom", "prenom", "auteur", "email", "telephone")
SCDL = "scdl/deliberations"
_REQUIRED = {
    "number": "DELIB_ID",
    "decided_on": "DELIB_DATE",
    "matter_code": "DELIB_MATIERE_CODE",
    "matter_name": "DELIB_MATIERE_NOM",
    "title": "DELIB_OBJET",
    "siret": "COLL_SIRET",
}
_OPTIONAL = {
    "votes_for": "VOTE_POUR",
    "votes_against": "VOTE_CONTRE",
    "abstentions": "VOTE_ABSTENTION",
    "document_url": "DELIB_URL",
}
FIELDS = {
    "document.title": "title",
    "document.url": "page, latest",
    "document.published_at": "created_at, resources[*].last_modified",
    "document.media_type": "resources[*].mime, resources[*].format",
    "document.type": "jeu_de_donnees",
    **{f"deliberation.{name}": column for name, column in (_REQUIRED | _OPTIONAL).items()},
    "*": "mapping.fields",
}
_PAGE = 50


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Yield the datasets of the organisation, or the rows of the file. Raises SourceDown, SourceChanged."""
    organization, resource = (str(endpoint.options.get(name) or "").strip() for name in ("organization", "resource"))
    if bool(organization) == bool(resource):
        raise SourceChanged("Indiquez soit l'identifiant de l'organisation, soit celui du fichier.")
    if organization:
        yield from documents(endpoint.url, organization, fetch)
    else:
        yield from _Table(endpoint, resource, fetch).walk()


class _Table:
    """One walk over the rows of one file."""

    def __init__(self, endpoint: Endpoint, resource: str, fetch: Fetch) -> None:
        base = str(endpoint.options.get("tabular") or "https://tabular-api.data.gouv.fr").rstrip("/")
        self.url, self.fetch = f"{base}/api/resources/{quote(resource, safe='')}/", fetch
        self.siren = str(endpoint.options.get("siren") or "").strip()
        self.option = endpoint.options.get("mapping")
        if self.option == SCDL and not self.siren:
            raise SourceChanged(
                "L'option « SIREN » manque : un fichier de délibérations peut tenir plusieurs communes."
            )

    def walk(self) -> Walk:
        """Yield the records of each page; the walk is whole when every row was seen and the table did not change."""
        header, before = self._header(), self._created_at()
        self.mapping = declared(_scdl(header) if self.option == SCDL else self.option)
        if not self.mapping.key or "__id" in self.mapping.columns:
            raise SourceChanged("Correspondance des colonnes à corriger : « key » doit citer des colonnes du fichier.")
        if missing := [column for column in self.mapping.columns if column not in header]:
            raise SourceChanged(f"Le fichier n'a plus la colonne « {missing[0]} », que la correspondance lit.")
        sieve, number, done, first = Sieve(self.mapping), 1, 0, None
        waiting: Rows = []
        while True:
            page = self._page(number)
            rows, total = page["data"], page["meta"]["total"]
            first = total if first is None else first
            fresh, refused = sieve.fresh([self._readable(row) for row in rows], "/data/{}")
            ended, done = page["links"].get("next") is None, done + len(rows)
            if number > 1 and rows and not fresh and not refused:
                raise SourceChanged("L'API tabulaire rend toujours les mêmes lignes : la lecture s'arrête.")
            if not rows and not ended:
                raise SourceChanged("L'API tabulaire annonce une suite et ne la donne pas.")
            yield from refused
            kept = [(place, row) for place, row in fresh if self._is_ours(row)]
            waiting = yield from sieve.records([*waiting, *kept], ended)
            stated = None if self.mapping.grouped or self.option == SCDL else total
            if ended:
                whole = done == total == first and self._created_at() == before
                yield Checkpoint(str(number), stated, end=whole)
                return
            yield Checkpoint(str(number), stated)
            number += 1

    def _header(self) -> list[str]:
        header = _part(self._get("profile/").json(), "profile").get("header")
        if not isinstance(header, list):
            raise SourceChanged("La description du fichier n'a plus la forme attendue : « header ».")
        return header

    def _created_at(self) -> object:
        about = self._get("").json()
        if not isinstance(about, dict) or "created_at" not in about:
            raise SourceChanged("La réponse de l'API tabulaire n'a plus la forme attendue : « created_at ».")
        return about["created_at"]

    def _page(self, number: int) -> dict[str, Any]:
        """Return one page, its shape checked, sorted by the first column of the key."""
        params = {"page": str(number), "page_size": str(_PAGE), "columns": ",".join(self.mapping.columns)}
        page = self._get("data/", {**params, f"{self.mapping.key[0]}__sort": "asc"}).json()
        total = _part(page, "meta").get("total")
        if not isinstance(total, int) or isinstance(total, bool):
            raise SourceChanged("La réponse de l'API tabulaire ne dit plus combien de lignes il y a : « total ».")
        if "next" not in _part(page, "links") or not isinstance(page.get("data"), list):
            raise SourceChanged("La réponse de l'API tabulaire n'a plus la forme attendue : « data », « links.next ».")
        return dict(page)

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        answer = self.fetch.get(self.url + path, params, missing=(404, 410))
        if answer.status == 410:
            raise SourceChanged("Le fichier a été supprimé de data.gouv.fr par son producteur.")
        if answer.status == 404:
            raise SourceChanged(
                "Le fichier est inconnu de l'API tabulaire : retiré, ou pas encore lu par data.gouv.fr."
            )
        return answer

    def _readable(self, row: Any) -> Any:
        """Return the row; a matter code that type detection made a number (`7.10` → 7.1) is lost, not wrong."""
        if self.option == SCDL and isinstance(row, dict) and not isinstance(row.get("DELIB_MATIERE_CODE"), str):
            return {**row, "DELIB_MATIERE_CODE": None}
        return row

    def _is_ours(self, row: Mapping[str, Any]) -> bool:
        return self.option != SCDL or str(row["COLL_SIRET"]).replace(" ", "")[:9] == self.siren


def _part(value: Any, name: str) -> dict[str, Any]:
    """Return an object inside an answer. Raises SourceChanged naming it, or telling the error answered instead."""
    part = value.get(name) if isinstance(value, dict) else None
    if not isinstance(part, dict) or value.get("errors"):
        raise SourceChanged(f"La réponse de l'API tabulaire n'a plus la forme attendue : « {name} ».")
    return part


def _scdl(header: list[str]) -> dict[str, Any]:
    """Return the correspondence of SCDL deliberations 2.1.2 for the columns that a file has."""
    counts = {name: {"from": column, "as": "integer"} for name, column in _OPTIONAL.items() if column in header}
    if "document_url" in counts:
        counts["document_url"] = {"from": "DELIB_URL"}
    fields = {name: {"from": column} for name, column in _REQUIRED.items()}
    fields["decided_on"] = {"from": "DELIB_DATE", "as": "date"}
    return {"kind": "deliberation", "key": ["COLL_SIRET", "DELIB_ID", "DELIB_DATE"], "fields": {**fields, **counts}}
