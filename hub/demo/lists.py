"""A platform of nobody's making that answers JSON lists: the documents of a territory, page after page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hub.demo import words
from hub.demo.exchange import NOT_FOUND, Reply, Request, json_reply
from hub.demo.things import Territory

PATH = "/api/documents"
MAPPING: dict[str, Any] = {
    "request": {
        "url": PATH,
        "paging": {"style": "page", "name": "page", "size_name": "taille", "size": 20, "total": "total"},
    },
    "items": "documents[*]",
    "kind": "document",
    "key": ["reference"],
    "fields": {
        "title": {"from": "intitule"},
        "type": {"from": "nature", "table": {"dossier": "support", "bilan": "bilan"}},
        "url": {"from": "lien"},
        "published_at": {"from": "mis_en_ligne", "as": "date"},
    },
    "drop": ["auteur"],
}
"""The correspondence of columns that the metropole declared."""


class Lists:
    """One list. Breaking off, it answers its first page, then that it is unavailable, at each attempt."""

    def __init__(self, place: Territory, *, breaks: bool) -> None:
        self.rows, self.breaks = list(_documents(place)), breaks

    def reply(self, request: Request) -> Reply:
        """Answer GET /api/documents."""
        if request.path != PATH:
            return NOT_FOUND
        number, size = int(request.query["page"]), int(request.query["taille"])
        if self.breaks and number > 1:
            return Reply(503, b"")
        return json_reply({"documents": self.rows[(number - 1) * size : number * size], "total": len(self.rows)})


def _documents(place: Territory) -> Any:
    """Three years of files to read: one when a démarche begins, one when it is over."""
    days = [place.today - timedelta(days=30 + 25 * rank) for rank in range(45)]
    for rank, day in enumerate(days):
        theme = words.THEMES[rank % len(words.THEMES)]
        nature, opening = ("bilan", "Bilan") if rank % 3 == 0 else ("dossier", "Dossier de présentation")
        yield {
            "reference": f"doc-{len(days) - rank}",
            "intitule": f"{opening} : {theme.subjects[rank % len(theme.subjects)]} ({day.year})",
            "nature": nature,
            "lien": f"https://{place.slug}.demonstration.invalid/documents/{len(days) - rank}.pdf",
            "mis_en_ligne": str(day),
            "auteur": words.CANARY,
        }
