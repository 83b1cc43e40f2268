"""What a harvest remembers of a platform: payloads without persons, validators, and pages it need not read again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import select

from connectors.answer import Answer, without_secrets
from connectors.base import SourceChanged
from connectors.personal import stripped
from hub.db import db
from hub.harvest import raw
from hub.harvest.runs import Lease
from hub.models import Exchange, RunSeen
from hub.models.exchange import ANY_EXCHANGE, LAST_EXCHANGE

KEPT_HEADERS = ("content-type", "etag", "last-modified", "date")
SAME, REREAD = "same", "reread"


@dataclass
class Exchanged:
    """What was asked since the last page: new payloads, and answers known already with how they were used.

    `same`: how many records stand in the pages that were not read again.
    """

    new: list[dict[str, Any]] = field(default_factory=list)
    known: dict[int, str] = field(default_factory=dict)
    same: int = 0


class Remembering:
    """The memory of one run. `reading` names the connector, its version and options: another reading reads anew.

    A page is `unchanged` when its bytes are those of the last applied run, every record of it was accepted, and the
    same reading read it. A run taken up again is served from the store what its earlier attempts committed, as long as
    it is `replaying`: it asks what they asked, and has not come to the page after theirs.
    `latest`: the payload a record was read in; null when it was not kept, or when several were asked for one page:
    a wrong proof is worse than none.
    """

    latest: str | None = None
    held_back = False
    """The connector yields records after other pages were asked: which payload each stands in is not told."""
    _answers = 0

    def __init__(self, lease: Lease, reading: str, personal: Sequence[str], secrets: Sequence[str] = ()) -> None:
        self.lease, self.reading, self.personal, self.secrets = lease, reading, personal, secrets
        self._page, self._known_as = Exchanged(), dict[str, Any]()
        self._left, self._astray = lease.pages, False

    @property
    def replaying(self) -> bool:
        """Tell whether the page being read is one that an earlier attempt committed.

        A list read twice was not the same twice: taken up again, its walk may be shorter, and go on elsewhere.
        """
        return self._left > 0 and not self._astray

    def recall(self, request: str) -> Answer | None:
        """Return the answer that an earlier attempt of this run committed."""
        if not self.replaying:
            return None
        mine = select(Exchange).where(Exchange.run_id == self.lease.run_id, Exchange.request == request)
        known = self._one(mine.order_by(Exchange.id.desc()).limit(1)) or self._met(request)
        self._astray = known is None
        return self._answer(known) if known and not known.masked and raw.holds(known.sha256) else None

    def validators(self, request: str) -> Mapping[str, str]:
        """Return the conditional headers to send: only where the payload can be served again."""
        known = self._last(request)
        if known is None or known.reading != self.reading or not raw.holds(known.sha256):
            return {}
        names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
        return {sent: known.headers[name] for name, sent in names.items() if name in known.headers}

    def keep(self, answer: Answer) -> Answer:
        """Store a new payload; know an old one again, by a 304 or by its bytes."""
        known = self._last(answer.request)
        if answer.status == 304:
            if known is None or not raw.holds(known.sha256):
                raise SourceChanged("La plateforme dit « inchangé » d'une adresse dont le hub n'a rien gardé.")
            return self._known(known)
        body_sha256 = hashlib.sha256(answer.content).hexdigest()
        same = known and (known.reading, known.status, known.body_sha256) == (self.reading, answer.status, body_sha256)
        if known and same:
            return replace(self._known(known), body=answer.body)
        kept = stripped(answer.content, answer.media_type, self.personal)
        sha256 = self._new(answer, kept, body_sha256)
        self._given(sha256)
        return replace(answer, sha256=sha256 or body_sha256, proof=sha256)

    def mask(self, answer: Answer) -> Answer:
        """Store the shape of a sign-in's answer, its texts masked; return the answer as it came."""
        try:
            shape = orjson.dumps(_masked(orjson.loads(answer.content)))
        except orjson.JSONDecodeError:
            shape = b"{}"
        self._new(answer, shape, "", shape_only=True)
        return answer

    def note(self, request: str, value: Any) -> None:
        """Remember `value` with the payload just kept for this request."""
        for row in self._page.new:
            if row["request"] == request:
                row["note"] = value

    def same(self, request: str) -> None:
        """Take note that the connector did not read this page again: its records count as seen."""
        known = self._known_as[request]
        self._page.known[known.id] = SAME
        self._page.same += len(orjson.loads(known.keys))

    def _given(self, sha256: str | None) -> None:
        self._answers += 1
        self.latest = sha256 if self._answers == 1 and not self.held_back else None

    def taken(self) -> Exchanged:
        """Return what was exchanged since the last page, and begin a new page."""
        page, self._page, self._left = self._page, Exchanged(), self._left - 1
        self._known_as.clear()
        self._answers, self.latest = 0, None
        return page

    def _known(self, known: Exchange) -> Answer:
        self._page.known.setdefault(known.id, REREAD)
        return self._answer(known)

    def _answer(self, known: Exchange) -> Answer:
        sha256 = known.sha256 or ""
        self._given(known.sha256)
        unchanged = known.keys is not None and known.reading == self.reading and known.run_id != self.lease.run_id
        self._known_as[known.request] = known
        return Answer(
            known.url, known.status, known.headers, lambda: raw.read(sha256), sha256, known.request, unchanged,
            known.note, known.sha256,
        )  # fmt: skip

    def _new(self, answer: Answer, kept: bytes | None, body_sha256: str, *, shape_only: bool = False) -> str | None:
        sha256 = None if kept is None else raw.store(kept)
        self._page.new.append(
            {
                "source_id": self.lease.source_id,
                "run_id": self.lease.run_id,
                "request": answer.request,
                "url": without_secrets(answer.url, self.secrets)[:2000],
                "status": answer.status,
                "headers": {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers},
                "body_sha256": body_sha256,
                "sha256": sha256,
                "masked": shape_only,
                "reading": self.reading,
                "keys": None,
                "note": None,
                "size": 0 if kept is None else len(kept),
            }
        )
        return sha256

    def _met(self, request: str) -> Exchange | None:
        known = self._last(request)
        seen = select(RunSeen.key).where(RunSeen.run_id == self.lease.run_id, RunSeen.key == f"@{known and known.id}")
        with db.engine.connect() as connection:
            return known if connection.execute(seen).first() else None

    def _last(self, request: str) -> Any:
        """The last exchange of a request whose run was applied; a page's own is remembered until its end."""
        if self._is_first:
            return None
        if request not in self._known_as:
            asked = {"source_id": self.lease.source_id, "request": request}
            with db.engine.connect() as connection:
                self._known_as[request] = connection.execute(LAST_EXCHANGE, asked).one_or_none()
        return self._known_as[request]

    @cached_property
    def _is_first(self) -> bool:
        """Tell whether nothing of this source was ever applied: no request can be known."""
        with db.engine.connect() as connection:
            return connection.execute(ANY_EXCHANGE, {"source_id": self.lease.source_id}).first() is None

    def _one(self, query: Any) -> Any:
        with db.engine.connect() as connection:
            return connection.execute(query.with_only_columns(*Exchange.__table__.columns)).one_or_none()


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _masked(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [_masked(inside) for inside in value]
    return "***" if isinstance(value, str) else value
