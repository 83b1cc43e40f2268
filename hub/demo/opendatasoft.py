"""A simulated Opendatasoft portal with one dataset: rows by the columns, order and page asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from hub.demo import words
from hub.demo.exchange import NOT_FOUND, Reply, Request, json_reply

Row = Mapping[str, Any]


class Dataset(NamedTuple):
    """A published table, and the correspondence of its columns that the metropole declared."""

    name: str
    title: str
    modified: str
    mapping: dict[str, Any]
    rows: Sequence[Row]


class Opendatasoft:
    """One portal; each row also holds who wrote it, whom nobody may ask for."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.base = f"/api/explore/v2.1/catalog/datasets/{dataset.name}"
        self.rows = [{**row, "auteur": words.CANARY} for row in dataset.rows]

    def reply(self, request: Request) -> Reply:
        """Answer the Explore API."""
        if request.path == self.base:
            return json_reply(self._entry())
        if request.path == f"{self.base}/records":
            offset = int(request.query["offset"])
            found = self._chosen(request.query)
            return json_reply(
                {"total_count": len(found), "results": found[offset : offset + int(request.query["limit"])]}
            )
        if request.path == f"{self.base}/exports/jsonl":
            lines = b"".join(orjson.dumps(row) + b"\n" for row in self._chosen(request.query))
            return Reply(200, lines, "application/jsonl")
        return NOT_FOUND

    def _entry(self) -> Any:
        metas = {"title": self.dataset.title, "modified": self.dataset.modified, "records_count": len(self.rows)}
        read = [spec["from"] for spec in self.dataset.mapping["fields"].values() if "from" in spec]
        fields = [{"name": name} for name in dict.fromkeys([*self.dataset.mapping["key"], *read, "auteur"])]
        return {"fields": fields, "metas": {"default": metas, "dcat": {"contact_name": words.CANARY}}}

    def _chosen(self, asked: Mapping[str, str]) -> list[Row]:
        order, names = asked["order_by"].split(","), asked["select"].split(",")
        rows = sorted(self.rows, key=lambda row: [str(row[name]) for name in order])
        return [{name: row[name] for name in names} for row in rows]
