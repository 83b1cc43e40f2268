"""Public keys of clients that sign assertions instead of sending a secret: typed, or read where a client keeps them."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import update

from connectors.base import SourceChanged, SourceDown
from connectors.fetch import Fetch, Manners
from connectors.guard import RefusedAddress, check_url
from connectors.strict import parse
from hub.clock import iso, now
from hub.db import writing
from hub.errors import BadQuery
from hub.models.client import Client

ALGORITHMS = ("ES256", "RS256")
MOST_KEYS, MOST_BYTES = 10, 50_000
SHOWN = ("kty", "crv", "x", "y", "n", "e", "kid", "alg", "use")
"""The members of a public key (RFC 7517, RFC 7518 §6) that are kept."""
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
RSA_BYTES = range(256, 1025)
"""From 2048 bits (ANSSI, NIST SP 800-131A) to 8192, beyond which a check costs more than it brings."""
READ_AGAIN, SOONEST = timedelta(hours=1), timedelta(minutes=1)
"""Keys are read again after an hour; sooner for a key that is not among them, but not more than once a minute."""
SHAPE = 'Clés publiques : un ensemble JWKS ({"keys": […]}) ou l\'adresse https:// où il se lit est attendu.'


def given(text: str) -> dict[str, Any]:
    """Return the columns `jwks` and `jwks_url` of a client from what was typed. Raises BadQuery."""
    typed = text.strip()
    if typed.startswith("{"):
        return {"jwks": public_keys(typed.encode()), "jwks_url": None}
    private = current_app.config["ALLOW_PRIVATE_NETWORKS"]
    if not typed.startswith("https://") and not (private and typed.startswith("http://")):
        raise BadQuery(SHAPE)
    try:
        check_url(typed, private=private)
    except RefusedAddress as error:
        raise BadQuery(f"Clés publiques : {error}") from error
    if len(typed) > 2000:
        raise BadQuery("Clés publiques : une adresse de 2 000 caractères au plus est attendue.")
    return {"jwks": None, "jwks_url": typed}


def public_keys(content: bytes) -> dict[str, Any]:
    """Return a JWKS with its public members only. Raises BadQuery: no JWKS, a private key, a weak or unknown one."""
    try:
        found = parse(content)
    except ValueError as error:
        raise BadQuery(SHAPE) from error
    keys = found.get("keys") if isinstance(found, dict) else None
    if len(content) > MOST_BYTES or not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS:
        raise BadQuery(f"{SHAPE} De 1 à {MOST_KEYS} clés.")
    kept = {"keys": [_public(key) for key in keys]}
    try:
        KeySet.import_key_set(kept)  # type: ignore[arg-type]  # its type spells every member of every kind of key
    except (JoseError, ValueError) as error:
        raise BadQuery("Clés publiques : une des clés n'est pas lisible.") from error
    return kept


def key_set(client: Any, kid: str | None) -> KeySet | None:
    """Return the public keys of a client, read again at its address when it is time, or None when it has none.

    `kid`: the key that is asked for. Where the address does not answer, the keys last read still serve.
    """
    known = client.jwks
    if client.jwks_url and _is_time(client, kid):
        known = _read(client) or known
    return KeySet.import_key_set(known) if known else None


def _public(key: Any) -> dict[str, str]:
    if not isinstance(key, dict) or not all(isinstance(value, str) for name, value in key.items() if name in SHOWN):
        raise BadQuery(SHAPE)
    if PRIVATE & key.keys():
        raise BadQuery(
            "Clés publiques : cet ensemble contient une clé privée ou secrète. Elle n'est pas enregistrée ; "
            "remplacez-la, puisqu'elle a été envoyée, et ne donnez ici que sa partie publique."
        )
    if not (_is_elliptic(key) or _is_rsa(key)):
        raise BadQuery("Clés publiques : des clés EC P-256 (ES256) ou RSA d'au moins 2048 bits (RS256) sont attendues.")
    return {name: key[name] for name in SHOWN if name in key}


def _is_elliptic(key: dict[str, str]) -> bool:
    return key.get("kty") == "EC" and key.get("crv") == "P-256" and {"x", "y"} <= key.keys()


def _is_rsa(key: dict[str, str]) -> bool:
    if key.get("kty") != "RSA" or not {"n", "e"} <= key.keys():
        return False
    try:
        return len(base64.urlsafe_b64decode(key["n"] + "==").lstrip(b"\0")) in RSA_BYTES
    except ValueError:
        return False


def _is_time(client: Any, kid: str | None) -> bool:
    """Tell whether the keys of a client should be read (again) at its address."""
    if client.jwks_read_at is None:
        return True
    age = now() - datetime.fromisoformat(client.jwks_read_at)
    unknown = kid is not None and kid not in {key.get("kid") for key in (client.jwks or {}).get("keys", ())}
    return age >= (SOONEST if unknown or not client.jwks else READ_AGAIN)


def _read(client: Any) -> dict[str, Any] | None:
    """Read and keep the keys of a client; None when its address gives none. The attempt is dated before it is made."""
    values: dict[str, Any] = {"jwks_read_at": iso(now())}
    with writing() as connection:
        connection.execute(update(Client).where(Client.id == client.id).values(**values))
    try:
        values["jwks"] = found = public_keys(_fetch().get(client.jwks_url).content)
    except (SourceDown, SourceChanged, BadQuery) as error:
        current_app.logger.warning("clés du client %s illisibles (%s)", client.ref, type(error).__name__)
        return None
    same = (Client.id == client.id, Client.jwks_url == client.jwks_url)
    with writing() as connection:
        connection.execute(update(Client).where(*same).values(**values))
    return found


def _fetch() -> Fetch:
    """One short request, to public addresses only, that nothing repeats: somebody waits for the answer."""
    config = current_app.config
    manners = Manners(
        agent=config["USER_AGENT"], connect=3, read=5, total=8, pause=0, retries=(), answer_cap=MOST_BYTES, requests=4,
        private=config["ALLOW_PRIVATE_NETWORKS"],
    )  # fmt: skip
    return Fetch(manners)
