"""What is asked of an Opendatasoft portal about one dataset, each answer judged by its shape."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import schemas
from connectors.base import Endpoint, Record, RecordRefused, SourceChanged, SourceDown
from connectors.casts import Unreadable, cast
from connectors.fetch import Fetch
from connectors.mapping import Correspondence, at
from connectors.strict import parse

LAST = 10_000
"""`offset + limit` never passes it."""

_PAGE, _CHUNK, _EXPORT_TIMEOUT = 100, 1_000, 90.0
_INTERRUPTED = b"Streaming interrupted due to the following error"
_STAMPS = ("modified", "data_processed", "records_count")


class Portal:
    """One dataset of one portal. Only the columns of the correspondence are asked for."""

    def __init__(self, endpoint: Endpoint, fetch: Fetch, mapping: Correspondence) -> None:
        self.name = str(endpoint.options.get("dataset") or "").strip()
        if not self.name:
            raise SourceChanged("L'option « Identifiant du jeu de données » manque.")
        parts = urlsplit(endpoint.url)
        self.address = f"https://{parts.netloc}/explore/dataset/{quote(self.name, safe='')}/"
        self.url = f"{parts.scheme}://{parts.netloc}/api/explore/v2.1/catalog/datasets/{quote(self.name, safe='')}"
        key = endpoint.options.get("key")
        self.headers = {"Authorization": f"Apikey {key}"} if key else {}
        self.fetch, self.mapping = fetch, mapping

    def entry(self) -> dict[str, Any]:
        """Return the metadata of the dataset, its columns compared with those declared."""
        answer = self.fetch.get(self.url, headers=self.headers, missing=(404,))
        if answer.status == 404:
            raise SourceChanged(f"Le jeu de données « {self.name} » n'est plus à cette adresse : déplacé ou retiré.")
        entry = _object(answer.json())
        fields = entry.get("fields")
        if not isinstance(fields, list) or not isinstance(at(entry, "metas.default"), dict):
            raise SourceChanged(
                "La description du jeu de données n'a plus la forme attendue : « fields » ou « metas »."
            )
        known = {field.get("name") for field in fields if isinstance(field, dict)}
        if missing := [column for column in self.mapping.columns if column not in known]:
            raise SourceChanged(f"Le jeu de données n'a plus la colonne « {missing[0]} », que la correspondance lit.")
        return entry

    def document(self, entry: Mapping[str, Any]) -> Record | RecordRefused:
        try:
            title, _ = cast("text", at(entry, "metas.default.title"))
            published, _ = cast("datetime", at(entry, "metas.default.modified"))
        except Unreadable as error:
            words = {"value": error.value, "pointer": "/published_at"}
            return RecordRefused(error.rule, "/metas/default", words, "document", self.name)
        data = {"title": title, "url": self.address, "type": "jeu_de_donnees", "published_at": published}
        if title is None:
            words = schemas.lacking("document", "title")
            return RecordRefused("champ_manquant", "/metas/default", words, "document", self.name)
        kept = {name: value for name, value in data.items() if value is not None}
        return Record("document", self.name, kept, "/metas/default")

    def _ask(self) -> dict[str, str]:
        order = ",".join(dict.fromkeys(self.mapping.key))
        return {"select": ",".join(self.mapping.columns), "order_by": order, "timezone": "Europe/Paris", "lang": "fr"}

    def page(self, offset: int) -> dict[str, Any]:
        """Return one page, its shape checked."""
        limit = min(_PAGE, LAST - offset)
        params = {**self._ask(), "limit": str(limit), "offset": str(offset), "include_links": "false"}
        page = _object(self.fetch.get(f"{self.url}/records", params, headers=self.headers).json())
        total, results = page.get("total_count"), page.get("results")
        if not isinstance(total, int) or isinstance(total, bool) or total < 0:
            raise SourceChanged("La réponse du portail ne dit plus combien de lignes il y a : « total_count ».")
        if not isinstance(results, list):
            raise SourceChanged("La réponse du portail n'a plus de liste de lignes : « results ».")
        return page

    def export(self, total: int) -> Iterator[list[Any]]:
        """Yield the rows of the whole export, refused unless it holds as many rows as the portal says."""
        answer = self.fetch.get(f"{self.url}/exports/jsonl", self._ask(), headers=self.headers, read=_EXPORT_TIMEOUT)
        content = answer.content
        if content.lstrip()[:1] == b"<":
            raise SourceChanged("Le portail répond une page web au lieu de l'export.")
        if _INTERRUPTED in content[-4_000:]:
            raise SourceDown("Le portail a interrompu l'export en cours de route.")
        lines = sum(1 for line in io.BytesIO(content) if line.strip())
        if lines == 1:
            _object(_line(content))
        if lines != total:
            raise SourceDown(f"L'export compte {lines} lignes et le portail en annonce {total} : il est incomplet.")
        for chunk in _chunks(io.BytesIO(content)):
            yield [_line(line) for line in chunk]


def stamp(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what changes when the dataset is published again."""
    return tuple(at(entry, f"metas.default.{name}") for name in _STAMPS)


def _object(value: Any) -> dict[str, Any]:
    """Return an answer that is an object and no error. Raises SourceChanged."""
    if not isinstance(value, dict) or not value:
        raise SourceChanged("La réponse du portail n'a pas la forme attendue.")
    if "error_code" in value:
        raise SourceChanged(f"Le portail répond une erreur : {str(value['error_code'])[:80]}.")
    return value


def _line(content: bytes) -> Any:
    try:
        return parse(content)
    except ValueError as error:
        raise SourceDown("Une ligne de l'export est coupée.") from error


def _chunks(stream: io.BytesIO) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    for line in stream:
        if line.strip():
            chunk.append(line)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
