"""The only HTTP of the hub: patient, polite, bounded, and never inside the house (`harvest.md` §14)."""

from __future__ import annotations

import email.utils
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import DecodeError, HTTPError, ProtocolError

from connectors.answer import Answer, Forgetful, Memory, request_key
from connectors.base import SourceChanged, SourceDown
from connectors.guard import RefusedAddress, adapter, check_url
from connectors.unpacked import ACCEPTED, unpacked

RETRIED = (408, 429, 500, 502, 503, 504)
BLOCK = 65_536
LONGEST_PAUSE = 5.0
"""Seconds: a slow platform is given as long to breathe as its last answer took, up to this."""


@dataclass(frozen=True)
class Manners:
    """How a run behaves: times in seconds, sizes in bytes. `pace` scales every wait (0 in tests)."""

    agent: str = "HubMetropoles/0.1 (+https://example.org/robot)"
    connect: float = 10
    read: float = 30
    total: float = 120
    pause: float = 1
    retries: tuple[float, ...] = (5, 15, 45)
    longest_wait: float = 300
    answer_cap: int = 50_000_000
    requests: int = 5_000
    failures: int = 50
    longest_run: float = 7_200
    private: bool = False
    here: bool = False
    pace: float = 1
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


class Fetch:
    """One run's way to ask. Counts what it asks; waits between two requests; gives up as `harvest.md` §14 says.

    `proof` names the payload kept of the last answer, None when none was: what a record read there may name.
    """

    proof: str | None = None

    def __init__(
        self, manners: Manners | None = None, memory: Memory | None = None, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self.manners, self.memory, self._wait = manners or Manners(), memory or Forgetful(), wait
        self.counts: Counter[str] = Counter()
        self._row = 0
        self._ready, self._began = 0.0, time.monotonic()
        self._session = requests.Session()
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter(private=self.manners.private, here=self.manners.here))
        self._session.headers.update({"User-Agent": self.manners.agent, "Accept-Encoding": ACCEPTED})
        self._session.headers.update(self.manners.headers)

    def get(self, url: str, params: Mapping[str, str] | None = None, **asked: Any) -> Answer:
        """Return what `url` answers, or the answer kept from an earlier run when the platform says 304.

        `headers`, `read` (seconds), `missing` (statuses such as 404 to return rather than raise). Raises SourceDown,
        SourceChanged.
        """
        address = requests.PreparedRequest()
        address.prepare_url(url, dict(params or {}))
        return self._ask("GET", address.url or url, None, **asked)

    def query(self, url: str, document: str, variables: Mapping[str, Any] | None = None, **asked: Any) -> Any:
        """Return the decoded body of a GraphQL answer, `errors` included. Never carried through a redirect."""
        body = json.dumps({"query": document, "variables": dict(variables or {})}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json", **asked.pop("headers", {})}
        return self._ask("POST", url, body, headers=headers, **asked).json()

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str], read_as: tuple[int, ...] = ()) -> Answer:
        """Return what `url` answers to a sign-in, never carried through a redirect; only its shape is remembered.

        An answer whose status is in `read_as` is given back as it is.
        """
        return self._ask("POST", url, body, headers=headers, missing=read_as, secret=True)

    def note(self, answer: Answer, value: Any) -> None:
        """Remember `value` (JSON) with this answer, for the day the platform gives the same bytes again."""
        self.memory.note(answer.request, value)

    def _ask(
        self,
        method: str,
        url: str,
        body: bytes | None,
        *,
        headers: Mapping[str, str] | None = None,
        read: float | None = None,
        missing: tuple[int, ...] = (),
        secret: bool = False,
    ) -> Answer:
        request = request_key(method, url, body, self.manners.secrets)
        if kept := self.memory.recall(request):
            self.proof = kept.proof
            return kept
        sent = {**(headers or {}), **(self.memory.validators(request) if method == "GET" else {})}
        for pause in (*self.manners.retries, None):
            try:
                answer = self._once(method, url, body, sent, read or self.manners.read)
            except SourceDown:
                if pause is None or not self._may_retry():
                    raise
                self._sleep(pause * random.uniform(0.8, 1.2))
                continue
            if answer.status in RETRIED and pause is not None and self._may_retry():
                self._sleep(self._patience(answer, pause))
                continue
            return self._judged(replace(answer, request=request), missing, secret=secret)
        raise AssertionError("the last attempt returns or raises")

    def _judged(self, answer: Answer, missing: tuple[int, ...], *, secret: bool) -> Answer:
        """Return a good answer, remembered; raise what a bad one means (`harvest.md` §13)."""
        if answer.status in (200, 304) or answer.status in missing:
            self._row = 0
            kept = self.memory.mask(answer) if secret else self.memory.keep(answer)
            self.counts["not_modified"] += answer.status == 304
            if kept.status != 304:
                self.proof = kept.proof
                return kept
        if answer.status in RETRIED:
            raise SourceDown(f"La plateforme est momentanément indisponible (réponse {answer.status}).")
        if answer.status in (401, 403):
            raise SourceChanged("La plateforme refuse l'accès : la clé ou le droit est à vérifier.", cause="access")
        raise SourceChanged(f"La plateforme ne répond plus comme prévu à cette adresse (réponse {answer.status}).")

    def _once(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], read: float) -> Answer:
        """One request, its redirects followed by hand: three at most, same host, never from https to http."""
        for _ in range(4):
            answer = self._send(method, url, body, headers, read)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            target = urljoin(url, answer.headers.get("location", ""))
            before, after = urlsplit(url), urlsplit(target)
            same = before.hostname == after.hostname and not (before.scheme == "https" and after.scheme != "https")
            if method != "GET" or not same:
                raise SourceChanged(f"L'adresse a déménagé vers {after.scheme}://{after.netloc}{after.path}.")
            url = target
        raise SourceChanged("La plateforme renvoie d'adresse en adresse sans fin.")

    def _send(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], read: float) -> Answer:
        self._before(url)
        began = time.monotonic()
        deadline = began + self.manners.total
        try:
            with self._session.request(
                method, url, data=body, headers=dict(headers), stream=True, allow_redirects=False,
                timeout=(self.manners.connect, min(read, self.manners.total)),
            ) as response:  # fmt: skip
                content = self._read(response, deadline)
        except RefusedAddress as error:
            raise SourceChanged(str(error)) from error
        except (requests.RequestException, HTTPError, OSError) as error:
            self.counts["failures"] += 1
            self._row += 1
            raise SourceDown(_cause(error)) from error
        finally:
            took = time.monotonic() - began
            self._ready = began + took + max(self.manners.pause, min(took, LONGEST_PAUSE)) * self.manners.pace
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.counts["bytes"] += len(content)
        if response.status_code in RETRIED:
            self.counts["failures"] += 1
            self._row += 1
        return Answer(url, response.status_code, headers, content)

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        """Read in blocks, after decompression, up to the cap and the deadline."""
        blocks, size = [], 0
        coding = response.headers.get("Content-Encoding", "")
        packed = iter(lambda: response.raw.read1(BLOCK, decode_content=False), b"")
        for block in unpacked(packed, coding, BLOCK):
            size += len(block)
            if size > self.manners.answer_cap:
                raise SourceChanged(f"La réponse dépasse {self.manners.answer_cap // 1_000_000} Mo.")
            if time.monotonic() > deadline:
                raise SourceDown("La plateforme répond trop lentement.")
            blocks.append(block)
        return b"".join(blocks)

    def _before(self, url: str) -> None:
        """Check the address and the budget, then wait for one's turn."""
        try:
            check_url(url, private=self.manners.private)
        except RefusedAddress as error:
            raise SourceChanged(str(error)) from error
        self.counts["requests"] += 1
        if self.counts["requests"] > self.manners.requests:
            raise SourceDown(f"La limite de {self.manners.requests} requêtes par moisson est atteinte.")
        if time.monotonic() - self._began > self.manners.longest_run:
            raise SourceDown(f"La limite de {self.manners.longest_run / 60:.0f} minutes par moisson est atteinte.")
        self._sleep_until(self._ready)

    def _may_retry(self) -> bool:
        return self.counts["failures"] < self.manners.failures and self._row < 5

    def _patience(self, answer: Answer, pause: float) -> float:
        """The seconds to wait: what the platform asks, else ours. Raises SourceDown when it asks too long."""
        asked = retry_after(answer.headers.get("retry-after", ""))
        if asked is None:
            return pause * random.uniform(0.8, 1.2)
        if asked > self.manners.longest_wait:
            raise SourceDown(f"La plateforme demande d'attendre {_duration(asked)}.", after=asked)
        return asked

    def _sleep(self, seconds: float) -> None:
        self._wait(seconds * self.manners.pace)

    def _sleep_until(self, instant: float) -> None:
        left = instant - time.monotonic()
        if left > 0:
            self._wait(left)


def retry_after(text: str) -> float | None:
    """Return the seconds that a Retry-After header asks for, given in seconds or as a date (RFC 9110 §10.2.3)."""
    if text.strip().isdigit():
        return float(text)
    try:
        instant = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (instant.replace(tzinfo=instant.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _cause(error: Exception) -> str:
    """What went wrong on the way, in words that a person of a metropole understands."""
    if isinstance(error, requests.Timeout):
        return "La plateforme ne répond pas dans le temps prévu."
    if isinstance(error, requests.exceptions.SSLError):
        return "Le certificat de la plateforme n'est pas valide."
    if isinstance(error, ProtocolError | DecodeError | requests.exceptions.ChunkedEncodingError):
        return "La réponse de la plateforme a été coupée en chemin."
    return "La plateforme est injoignable."


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02}" if minutes >= 60 else f"{minutes} min"
