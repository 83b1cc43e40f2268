"""A simulated data.gouv.fr: the deliberations of a metropole as a table, or the catalogue of its datasets."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from hub.demo import words
from hub.demo.exchange import NOT_FOUND, Reply, Request, json_reply
from hub.demo.things import Territory

ORGANIZATION = "5d0000000000000000000001"
RESOURCE = "0a1b2c3d-0000-4000-8000-00000000d3a0"


class Tabular:
    """The tabular API over one file of deliberations (SCDL)."""

    def __init__(self, place: Territory) -> None:
        self.rows = _deliberations(place)
        self.stamp = f"{place.today}T00:00:00+00:00"

    def reply(self, request: Request) -> Reply:
        """Answer the description, the profile or a page of rows."""
        base = f"/api/resources/{RESOURCE}/"
        if request.path == base:
            return json_reply({"created_at": self.stamp})
        if request.path == f"{base}profile/":
            return json_reply({"profile": {"header": list(self.rows[0])}})
        return self._page(request) if request.path == f"{base}data/" else NOT_FOUND

    def _page(self, request: Request) -> Reply:
        number, size = int(request.query["page"]), int(request.query["page_size"])
        names = request.query["columns"].split(",")
        page = [{name: row[name] for name in names} for row in self.rows[(number - 1) * size : number * size]]
        following = "suite" if number * size < len(self.rows) else None
        return json_reply({"data": page, "links": {"next": following}, "meta": {"total": len(self.rows)}})


class Catalogue:
    """The udata catalogue of one organisation."""

    def __init__(self, place: Territory) -> None:
        self.rows = [_entry(place, rank, theme.name) for rank, theme in enumerate(words.THEMES)]

    def reply(self, request: Request) -> Reply:
        """Answer the list of datasets, which fits one page."""
        if request.path != "/api/1/datasets/":
            return NOT_FOUND
        return json_reply({"data": self.rows, "total": len(self.rows), "page": 1, "next_page": None})


def _entry(place: Territory, rank: int, theme: str) -> dict[str, Any]:
    return {
        "id": f"{rank + 1:024x}",
        "title": f"Participation, {theme} – {place.name} (données fictives)",
        "page": f"https://{place.slug}.demonstration.invalid/datasets/{rank}/",
        "created_at": f"{place.today.year - 2}-01-{rank + 1:02}T00:00:00+00:00",
        "archived": None,
        "deleted": False,
        "private": False,
        "resources": [],
        "owner": {"first_name": words.CANARY},
        "contact_points": [{"name": words.CANARY}],
    }


def _deliberations(place: Territory) -> list[dict[str, Any]]:
    """Sixty deliberations in the order of their siret, number and day; one vote in ten was not written down."""
    rng = Random(f"deliberations:{place.slug}")
    found = []
    for rank in range(60):
        code, name = rng.choice(words.MATTERS)
        theme = rng.choice(words.THEMES)
        counted = rng.random() < 0.9
        found.append(
            {
                "COLL_SIRET": f"{place.siren}00019",
                "DELIB_ID": f"DEMO-{rank + 1:03}",
                "DELIB_DATE": str(place.today - timedelta(days=1200 - rank * 20)),
                "DELIB_MATIERE_CODE": code,
                "DELIB_MATIERE_NOM": name,
                "DELIB_OBJET": f"Délibération fictive : {rng.choice(theme.subjects)}",
                "VOTE_POUR": rng.randrange(50, 95) if counted else None,
                "VOTE_CONTRE": rng.randrange(20) if counted else None,
                "VOTE_ABSTENTION": rng.randrange(9) if counted else None,
                "ELU_NOM": words.CANARY,
            }
        )
    return found
