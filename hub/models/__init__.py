"""Tables and their queries. Importing this package registers every table."""

from hub.models.audit import AuditAddress, AuditHead, AuditLine, Rate
from hub.models.client import Client, ClientAssertion, ClientSecret, ClientToken
from hub.models.correction import Correction, Proposal
from hub.models.derived import HiddenCount, Link, Term
from hub.models.entry import EntryLink, Invitation, Session
from hub.models.exchange import Exchange, RawPayload
from hub.models.facet import Facet, FacetVersion
from hub.models.journal import Change, Decision, Host, Notice, Pulse
from hub.models.measure import Case, Mark, Measure, Revision, Snapshot, Subtotal, Validation
from hub.models.metropole import Metropole
from hub.models.network import NetworkThing
from hub.models.person import Contact, Establishment, Identity, Passkey, Person, Rescue, Role
from hub.models.push import PushCall, PushPart, PushReceipt, PushRevision, PushSnapshot
from hub.models.run import Issue, Run, RunSeen
from hub.models.source import Source

__all__ = [
    "AuditAddress",
    "AuditHead",
    "AuditLine",
    "Case",
    "Change",
    "Client",
    "ClientAssertion",
    "ClientSecret",
    "ClientToken",
    "Contact",
    "Correction",
    "Decision",
    "EntryLink",
    "Establishment",
    "Exchange",
    "Facet",
    "FacetVersion",
    "HiddenCount",
    "Host",
    "Identity",
    "Invitation",
    "Issue",
    "Link",
    "Mark",
    "Measure",
    "Metropole",
    "NetworkThing",
    "Notice",
    "Passkey",
    "Person",
    "Proposal",
    "Pulse",
    "PushCall",
    "PushPart",
    "PushReceipt",
    "PushRevision",
    "PushSnapshot",
    "Rate",
    "RawPayload",
    "Rescue",
    "Revision",
    "Role",
    "Run",
    "RunSeen",
    "Session",
    "Snapshot",
    "Source",
    "Subtotal",
    "Term",
    "Validation",
]
