"""Passkeys: made and verified by the `webauthn` library, kept by their public half (W3C Web Authentication 3)."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, insert, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from hub.access import audit
from hub.access.reader import Reader
from hub.clock import iso, now, ulid
from hub.errors import BadQuery
from hub.models.person import Passkey, passkeys_of

NAME = "Hub des métropoles participatives"
REFUSED = "Cette clé d'accès n'a pas été reconnue."
UNREAD = (WebAuthnException, ValueError, KeyError, TypeError)
"""What a forged or broken answer raises: the library's own errors, and those of what it reads."""


def registration(connection: Connection, person_id: int, ref: str, email: str, rp_id: str, challenge: bytes) -> str:
    """Return, as JSON, what the browser needs to make a passkey; those the person has already are left out."""
    known = connection.scalars(passkeys_of(person_id).with_only_columns(Passkey.credential))
    options = generate_registration_options(
        rp_id=rp_id,
        rp_name=NAME,
        user_id=ref.encode(),
        user_name=email,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known],
    )
    return options_to_json(options)


def register(
    connection: Connection, by: Reader, answer: dict[str, Any], name: str, rp_id: str, origin: str, challenge: bytes
) -> None:
    """Keep a passkey just made. Raises BadQuery for an answer that does not hold."""
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
        )
    except UNREAD as error:
        raise BadQuery(REFUSED) from error
    credential = bytes_to_base64url(made.credential_id)
    if connection.scalar(select(Passkey.id).where(Passkey.credential == credential)) is not None:
        raise BadQuery("Cette clé d'accès est déjà enregistrée.")
    row = {"ref": ulid(now()), "person_id": by.person_id, "credential": credential, "sign_count": made.sign_count}
    row |= {"public_key": bytes_to_base64url(made.credential_public_key), "name": name.strip()[:100] or "Clé d'accès"}
    connection.execute(insert(Passkey).values(**row, created_at=iso(now())))
    audit.write(connection, by, "account_proof", f"passkey:{row['ref']}", after="registered")


def authentication(rp_id: str, challenge: bytes) -> str:
    """Return, as JSON, what the browser needs to prove a passkey; it says itself whose it is."""
    verified = UserVerificationRequirement.REQUIRED
    return options_to_json(
        generate_authentication_options(rp_id=rp_id, challenge=challenge, user_verification=verified)
    )


def prove(connection: Connection, answer: Any, rp_id: str, origin: str, challenge: bytes) -> int:
    """Return the id of the person whose passkey answered. Raises BadQuery for an answer that does not hold.

    A counter that goes backwards is refused and marked: the key may have been copied.
    """
    credential = answer.get("id") if isinstance(answer, dict) else None
    same = (Passkey.credential == str(credential), Passkey.revoked_at.is_(None), Passkey.alerted_at.is_(None))
    found = connection.execute(select(Passkey.__table__).where(*same)).one_or_none()
    if found is None:
        raise BadQuery(REFUSED)
    try:
        proved = verify_authentication_response(
            credential=json.dumps(answer),
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=base64url_to_bytes(found.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except UNREAD as error:
        raise BadQuery(REFUSED) from error
    if found.sign_count and proved.new_sign_count <= found.sign_count:
        raise Copied(found.id)
    used = {"sign_count": proved.new_sign_count, "last_used_at": iso(now())}
    connection.execute(update(Passkey).where(Passkey.id == found.id).values(**used))
    return int(found.person_id)


class Copied(BadQuery):
    """The counter of a passkey went backwards (Web Authentication §6.1.1)."""

    def __init__(self, passkey_id: int) -> None:
        super().__init__("Cette clé d'accès a peut-être été copiée : elle n'est plus acceptée. Entrez autrement.")
        self.passkey_id = passkey_id


def mark_copied(connection: Connection, passkey_id: int) -> None:
    """Stop accepting a passkey that may have been copied."""
    connection.execute(update(Passkey).where(Passkey.id == passkey_id).values(alerted_at=iso(now())))


def revoke(connection: Connection, by: Reader, ref: str) -> bool:
    """Revoke a passkey of the person who asks; tell whether there was one."""
    own = (Passkey.ref == ref, Passkey.person_id == by.person_id, Passkey.revoked_at.is_(None))
    revoked = connection.execute(update(Passkey).where(*own).values(revoked_at=iso(now()))).rowcount == 1
    if revoked:
        audit.write(connection, by, "account_proof", f"passkey:{ref}", before="registered", after="revoked")
    return revoked
