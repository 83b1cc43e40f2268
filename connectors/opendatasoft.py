"""Opendatasoft (Huwise) portals, Explore API v2.1: the rows of one dataset, by a declared correspondence of columns.

Up to 10 000 rows the list is paged in the order of the key; beyond, the export is read whole. Rows have no identifier
of their own and no stamp: each walk is full. Only the columns declared are asked for.
"""

from __future__ import annotations

from typing import Any

from connectors.base import Checkpoint, Endpoint, Option, SourceChanged, SourceDown, Walk
from connectors.declaration import declared
from connectors.fetch import Fetch
from connectors.mapping import Correspondence
from connectors.opendatasoft_portal import LAST, Portal, stamp
from connectors.sieve import Rows, Sieve

NAME = "opendatasoft"
LABEL = "Portail de données ouvertes (Opendatasoft, Huwise)"
VERSION = "1.0"
CONTRACT = 1
OPTIONS = (
    Option("dataset", "Identifiant du jeu de données", required=True),
    Option("mapping", "Correspondance des colonnes", required=True),
    Option("key", "Clé d'accès, pour un portail fermé", kind="secret"),
)
PAUSE, READ_TIMEOUT = 1.0, 30.0
VERSIONS = ("Explore API v2.1",)
PERSONAL = (
    "/metas/dcat/contact_name", "/metas/dcat/contact_email", "/metas/dcat/creator", "/metas/dcat/contributor",
    "nom", "prenom", "auteur", "email", "mail", "telephone", "date_naissance", "pseudo",
)  # fmt: skip
FIELDS = {
    "document.title": "metas.default.title",
    "document.url": "https://PORTAIL/explore/dataset/ID/",
    "document.published_at": "metas.default.modified",
    "document.type": "jeu_de_donnees",
    "*": "mapping.fields",
}


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Yield the dataset as a document, then the record of each row. Raises SourceDown, SourceChanged."""
    mapping = declared(endpoint.options.get("mapping"))
    if not mapping.key:
        raise SourceChanged("Correspondance des colonnes à corriger : « key » doit citer au moins une colonne.")
    yield from _Dataset(Portal(endpoint, fetch, mapping), mapping).walk()


class _Dataset:
    """One walk over one dataset."""

    def __init__(self, portal: Portal, mapping: Correspondence) -> None:
        self.portal, self.mapping = portal, mapping
        self.sieve, self.others = Sieve(mapping), 0

    def walk(self) -> Walk:
        """Yield the document, the records and their checkpoints."""
        entry = self.portal.entry()
        if self.mapping.kind != "document":
            self.others = 1
            yield self.portal.document(entry)
        first = self.portal.page(0)
        if first["total_count"] > LAST:
            yield from self._export(first["total_count"])
        else:
            yield from self._pages(first, stamp(entry))

    def _pages(self, page: dict[str, Any], before: tuple[Any, ...]) -> Walk:
        """Read page after page until the total that the portal states; the list may move while it is read."""
        waiting: Rows = []
        offset, total, moved = 0, page["total_count"], False
        while True:
            results, last = page["results"], page["total_count"]
            moved = moved or last != total
            fresh, refused = self.sieve.fresh(results, "/results/{}")
            if offset and results and not fresh and not refused:
                raise SourceChanged("Le portail rend toujours les mêmes lignes : la lecture s'arrête.")
            offset += len(results)
            ended = offset >= last
            if not results and not ended:
                raise SourceChanged(f"Le portail annonce {last} lignes et n'en donne plus après {offset}.")
            yield from refused
            waiting = yield from self.sieve.records([*waiting, *fresh], ended)
            if ended:
                moved = moved or (offset > len(results) and stamp(self.portal.entry()) != before)
                yield self._checkpoint(offset, last, end=not moved)
                return
            yield self._checkpoint(offset, last)
            if offset >= LAST:
                raise SourceDown("Le jeu de données a grandi pendant la lecture : elle sera reprise.")
            page = self.portal.page(offset)

    def _export(self, total: int) -> Walk:
        """Read the export, whole or not at all."""
        waiting: Rows = []
        done = 0
        for chunk in self.portal.export(total):
            fresh, refused = self.sieve.fresh(chunk, "L{}", done + 1)
            done += len(chunk)
            yield from refused
            waiting = yield from self.sieve.records([*waiting, *fresh], done >= total)
            yield self._checkpoint(done, total, end=done >= total)

    def _checkpoint(self, rank: int, total: int, end: bool = False) -> Checkpoint:
        """Say where the walk is. Groups are fewer than rows: no total is stated for them."""
        return Checkpoint(str(rank), None if self.mapping.grouped else total + self.others, end)
