"""What a platform answered, and what is remembered of it from one run to the next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import quote, quote_plus

from connectors.base import SourceChanged
from connectors.strict import parse


@dataclass(frozen=True)
class Answer:
    """What a platform answered. `request` names what was asked, `sha256` what was received, `proof` the payload kept.

    `unchanged`: the bytes are those whose records are in force already; `note` is what the connector wrote of them
    then (`Fetch.note`), so that it may yield `Unchanged(request)` and go on without reading them.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes | Callable[[], bytes]
    sha256: str = ""
    request: str = ""
    unchanged: bool = False
    note: Any = None
    proof: str | None = None

    @cached_property
    def content(self) -> bytes:
        """Return the body, read from the store only when a connector looks at it."""
        return self.body() if callable(self.body) else self.body

    @property
    def media_type(self) -> str:
        """Return the media type without its parameters."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    def json(self) -> Any:
        """Return the JSON value. Raises SourceChanged on HTML, on what is not JSON, on NaN, duplicate keys, a pit."""
        if self.content.lstrip()[:1] == b"<":
            raise SourceChanged("La plateforme répond une page web au lieu de données.")
        try:
            return parse(self.content)
        except ValueError as error:
            raise SourceChanged("La réponse de la plateforme n'est pas du JSON lisible.") from error


class Memory(Protocol):
    """What the engine remembers between requests and runs: payloads, and the validators of addresses."""

    def recall(self, request: str, /) -> Answer | None:
        """Return an answer that must not be asked again; None to ask."""

    def validators(self, request: str, /) -> Mapping[str, str]:
        """Return the conditional headers to send for this request; empty when nothing is known."""

    def keep(self, answer: Answer, /) -> Answer:
        """Store a payload, persons removed; return the answer with what is known of it.

        A 304 comes back as the answer kept before.
        """

    def mask(self, answer: Answer, /) -> Answer:
        """Store the shape of a sign-in's answer, its texts masked; return the answer as it came."""

    def note(self, request: str, value: Any, /) -> None:
        """Remember `value`, JSON, with the payload last kept for this request."""


class Forgetful:
    """A memory that keeps nothing: for previews and tests."""

    def recall(self, _request: str) -> Answer | None:
        """Return nothing: ask."""
        return None

    def validators(self, _request: str) -> Mapping[str, str]:
        """Return no header."""
        return {}

    def keep(self, answer: Answer) -> Answer:
        """Return the answer with the sha256 of its content."""
        return replace(answer, sha256=hashlib.sha256(answer.content).hexdigest())

    def mask(self, answer: Answer) -> Answer:
        """Return the answer."""
        return answer

    def note(self, _request: str, _value: Any) -> None:
        """Forget it."""


def without_secrets(text: str, secrets: Sequence[str]) -> str:
    """Return `text` without these secrets, as they are or as an address writes them."""
    for secret in secrets:
        for written in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret)):
            text = text.replace(written, "***")
    return text


def request_key(method: str, url: str, body: bytes | None, secrets: Sequence[str] = ()) -> str:
    """Return the sha256 that names a request: its method, address and body; never its headers, which bear secrets.

    The same request made with another key has the same name: what it brought stays known.
    """
    if secrets:
        url, body = (
            without_secrets(url, secrets),
            without_secrets((body or b"").decode("utf-8", "replace"), secrets).encode(),
        )
    return hashlib.sha256(b"\n".join((method.encode(), url.encode(), body or b""))).hexdigest()
