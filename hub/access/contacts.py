"""Consent to be called, given by the person, withdrawn in one click; and the operators' rescue access (§6)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, insert, select, update

from hub.access import audit
from hub.access.reader import Reader
from hub.clock import iso, now, ulid
from hub.errors import BadQuery
from hub.models.metropole import Metropole
from hub.models.person import Contact, Rescue

LASTS, RESCUE_LASTS = timedelta(days=365), timedelta(hours=1)
DIFFUSIONS = {"pairs": "Annuaire du réseau (membres)", "public": "Page publique de la métropole"}
"""The purposes of a consent, each asked for by itself (`compliance.md` §2)."""


def consent(connection: Connection, by: Reader, function: str, diffusion: str, *, named: bool) -> None:
    """Let oneself be called for the metropole acted for, for 12 months. Raises BadQuery."""
    if not 0 < len(function.strip()) <= 200:
        raise BadQuery("Fonction : de 1 à 200 caractères sont attendus (« mission dialogue citoyen »).")
    if diffusion not in DIFFUSIONS:
        raise BadQuery("Où paraître : choisissez l'annuaire du réseau ou la page publique.")
    row = {"ref": ulid(now()), "person_id": by.person_id, "siren": by.acting_for, "function": function.strip()}
    row |= {"diffusion": diffusion, "named": named, "consented_at": iso(now()), "expires_at": iso(now() + LASTS)}
    connection.execute(insert(Contact).values(**row))
    audit.write(connection, by, "consent", f"contact:{row['ref']}", after=[diffusion, named])


def withdraw(connection: Connection, by: Reader, ref: str) -> bool:
    """Withdraw one's consent, effective at the next request; tell whether there was one."""
    own = (Contact.ref == ref, Contact.person_id == by.person_id, Contact.withdrawn_at.is_(None))
    done = connection.execute(update(Contact).where(*own).values(withdrawn_at=iso(now()))).rowcount == 1
    if done:
        audit.write(connection, by, "consent", f"contact:{ref}", before="given", after="withdrawn")
    return done


def open_rescue(connection: Connection, by: Reader, siren: str, motive: str) -> None:
    """Open for one hour what a metropole has not published. Raises BadQuery."""
    if len(motive.strip()) < 10:
        raise BadQuery("Motif : dites en une phrase pourquoi cet accès est nécessaire.")
    if connection.scalar(select(Metropole.siren).where(Metropole.siren == siren)) is None:
        raise BadQuery("Métropole : choisissez-en une dans la liste.")
    at = now()
    row = {"person_id": by.person_id, "siren": siren, "motive": motive.strip(), "opened_at": iso(at)}
    connection.execute(insert(Rescue).values(**row, until=iso(at + RESCUE_LASTS)))
    audit.write(connection, by, "rescue", f"metropole:{siren}", siren=siren, motive=motive.strip())
