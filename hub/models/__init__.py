"""Tables and their queries. Importing this package registers every table."""

from hub.models.derived import Link, Term
from hub.models.facet import Facet, FacetVersion
from hub.models.metropole import Metropole
from hub.models.network import NetworkThing
from hub.models.run import Issue, RawPayload, Run, RunSeen
from hub.models.source import Source

__all__ = [
    "Facet",
    "FacetVersion",
    "Issue",
    "Link",
    "Metropole",
    "NetworkThing",
    "RawPayload",
    "Run",
    "RunSeen",
    "Source",
    "Term",
]
