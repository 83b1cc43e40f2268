"""Any platform that answers JSON lists, by a declared correspondence: no code (`platforms/files.md` §10).

GET only; JSON, JSON Lines, GeoJSON. A page that answers the bytes of the last good run is not read again.
"""

from __future__ import annotations

from connectors.base import Endpoint, Option, Walk
from connectors.fetch import Fetch
from connectors.json_request import planned
from connectors.json_walk import JsonWalk

NAME = "json_mapping"
LABEL = "Liste JSON, par une correspondance déclarée"
VERSION = "1.0"
CONTRACT = 1
INCREMENTAL = True
"""Where the declaration has « since »; elsewhere each walk is full and its cursors are empty."""

OPTIONS = (Option("mapping", "Correspondance des colonnes", required=True),)
PAUSE, READ_TIMEOUT = 1.0, 30.0
VERSIONS = ("JSON (RFC 8259)", "JSON Lines", "GeoJSON (RFC 7946)")
PERSONAL = (
    "nom", "prenom", "firstname", "lastname", "auteur", "author", "username", "pseudo", "email", "mail", "courriel",
    "telephone", "phone", "date_naissance", "date_of_birth", "adresse_postale", "postal_address", "ip",
)  # fmt: skip
FIELDS = {"*": "mapping.fields ; location ← geometry.coordinates (GeoJSON)"}


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Yield the record of each row, page after page. Raises SourceDown, SourceChanged."""
    yield from JsonWalk(planned(endpoint), endpoint.cursor or "", fetch).walk()
