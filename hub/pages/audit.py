"""`/journal-des-actes`: who did what, readable by those of the table of rights, exportable (`identity.md` §9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint
from sqlalchemy import func, select

from hub.access.declared import all_need
from hub.access.reader import WAY_LABELS
from hub.access.rights import OPERATION, RIGHTS
from hub.db import db
from hub.models import AuditLine, Person
from hub.models.audit import lines
from hub.pages.admission import reader
from hub.pages.choices import accept, page_asked, page_url
from hub.pages.menu import Entry
from hub.pages.respond import Sheet, View, data_page

bp = Blueprint("audit", __name__)
MENU: tuple[Entry, ...] = ()
all_need(bp, "read_audit")
COLUMNS = (
    "at",
    "person",
    "way",
    "acr",
    "acting_for",
    "verb",
    "object",
    "refused",
    "motive",
    "before",
    "after",
    "digest",
)
SHOWN = 50


@data_page(bp, "/journal-des-actes")
def log() -> View:
    """The acts that the reader may see, newest first."""
    accept()
    query = _query()
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    page, pages = page_asked(total, SHOWN)
    shown = list(_rows(db.session.scalars(query.offset((page - 1) * SHOWN).limit(SHOWN))))
    context = {"rows": shown, "page": page, "pages": pages, "total": total, "size": SHOWN, "page_url": page_url}
    context |= {"verbs": {**{verb: right.label for verb, right in RIGHTS.items()}, **OTHER}, "ways": WAY_LABELS}
    return View("account/audit.html", Sheet(COLUMNS, _rows(db.session.scalars(query))), context)


OTHER = {
    "consent": "Consentir à paraître, ou s'en retirer",
    "leave": "Sortir",
    "grant_role": "Donner un rôle",
    "end_role": "Retirer un rôle",
    "erase_account": "Effacer un compte",
    "backup": "Sauvegarder l'instance",
    "restore": "Restaurer l'instance",
    "create_client": "Créer un client de l'API",
    "add_secret": "Donner un secret à un client de l'API",
    "end_secret": "Mettre fin à un secret d'un client de l'API",
    "set_client_keys": "Changer les clés d'un client de l'API",
    "suspend_client": "Suspendre un client de l'API",
    "resume_client": "Rouvrir un client de l'API",
    "revoke_client": "Révoquer un client de l'API",
}
"""What the log says of acts that are not verbs of the table."""


def _query() -> Any:
    """All lines for operators; all but theirs for the coordination; those of one's own metropole for the others."""
    own = reader().sirens("read_audit")
    query = lines(operators=any(each.role == OPERATION for each in reader().roles))
    return query if own is None else query.where(AuditLine.siren.in_(own))


def _rows(found: Any) -> Iterator[dict[str, Any]]:
    """Yield what each line says, people by their name as it is today; a purged line says only when it was written."""
    names: dict[str, str] = {
        ref: name or "une personne effacée" for ref, name in db.session.execute(select(Person.ref, Person.name))
    }
    for line in found:
        content = line.content or {}
        who = names.get(content.get("person") or "") or content.get("function")
        yield {"at": line.at, "digest": line.digest, **content, "person": who}
