"""Tables and their queries. Importing this package registers every table."""

from hub.models.derived import Link, Term
from hub.models.exchange import Exchange, RawPayload
from hub.models.facet import Facet, FacetVersion
from hub.models.journal import Change, Decision, Host, Notice, Pulse
from hub.models.metropole import Metropole
from hub.models.network import NetworkThing
from hub.models.run import Issue, Run, RunSeen
from hub.models.source import Source

__all__ = [
    "Change",
    "Decision",
    "Exchange",
    "Facet",
    "FacetVersion",
    "Host",
    "Issue",
    "Link",
    "Metropole",
    "NetworkThing",
    "Notice",
    "Pulse",
    "RawPayload",
    "Run",
    "RunSeen",
    "Source",
    "Term",
]
