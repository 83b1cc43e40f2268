"""What is asked for when a client of the API is created, and everything that may be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from hub.access import client_keys, people
from hub.access.scopes import SCOPES, in_order, kinds_of
from hub.errors import BadQuery
from hub.models.client import ENVIRONMENT_LABELS

MOST_RANGES = 20


@dataclass(frozen=True)
class Wanted:
    """A client as somebody wants it. `kinds` empty: all those of its scopes; `keys`: a JWKS, or its https address."""

    name: str
    siren: str
    environment: str
    scopes: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    contact: str = ""
    keys: str = ""

    @property
    def has_keys(self) -> bool:
        """Whether the client will sign assertions rather than send a secret."""
        return bool(self.keys.strip())

    def problems(self) -> dict[str, str]:
        """Return a French sentence for each field that is wrong; nothing when a client can be made of it."""
        found: dict[str, str] = {}
        if not 0 < len(self.name.strip()) <= 200:
            found["name"] = "Nom : de 1 à 200 caractères sont attendus (« SIG de la métropole », par exemple)."
        if self.environment not in ENVIRONMENT_LABELS:
            found["environment"] = "Environnement : choisissez « Production » ou « Bac à sable »."
        if not self.scopes or not set(self.scopes) <= SCOPES.keys():
            found["scopes"] = "Portées : choisissez-en au moins une dans la liste."
        elif not set(self.kinds) <= set(kinds_of(self.scopes)):
            found["kinds"] = "Types de fiches : une portée choisie doit permettre chacun d'eux."
        for name, read in (("ranges", self._ranges), ("contact", self._contact), ("keys", self._keys)):
            try:
                read()
            except BadQuery as error:
                found[name] = str(error)
        return found

    def as_row(self) -> dict[str, Any]:
        """Return the columns of the client. Raises BadQuery for what `problems` tells."""
        return {
            "name": self.name.strip(),
            "siren": self.siren,
            "environment": self.environment,
            "scopes": in_order(self.scopes),
            "kinds": [kind for kind in kinds_of(self.scopes) if not self.kinds or kind in self.kinds],
            "ranges": self._ranges() or None,
            "contact": self._contact(),
            **self._keys(),
        }

    def _ranges(self) -> list[str]:
        written = [text.strip() for text in self.ranges if text.strip()]
        if len(written) > MOST_RANGES:
            raise BadQuery(f"Plages d'adresses : {MOST_RANGES} au plus.")
        try:
            return [str(ip_network(text)) for text in written]
        except ValueError as error:
            raise BadQuery(
                "Plages d'adresses : une par ligne, comme « 192.0.2.0/24 » ou « 2001:db8::/32 », ou une seule adresse."
            ) from error

    def _contact(self) -> str | None:
        return people.address(self.contact) if self.contact.strip() else None

    def _keys(self) -> dict[str, Any]:
        return client_keys.given(self.keys) if self.has_keys else {}
