"""A deposited file, looked at then registered: the same door and the same report as what is pushed (§12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

import schemas
from connectors.base import Record
from hub.access import audit
from hub.access.reader import Reader
from hub.errors import HubError
from hub.push.batch import Asked, receive
from hub.push.files import Deposit, FileRefused, read_file
from hub.push.own import said_of
from hub.push.places import Spot, spots
from hub.push.report import Report
from hub.push.senders import Sender
from hub.push.waiting import Waiting
from hub.push.whole import Scope, receive_all
from schemas import KINDS
from schemas.columns import SHEETS

LISTED = 200
"""How many changes a preview lists."""
CHANGED = ("created", "updated", "deleted", "held")


class Moved(HubError):
    """What a file does not hold is no longer what its preview showed."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "Depuis l'aperçu, d'autres fiches sont entrées ou sorties : ce qui disparaîtrait n'est plus ce que vous "
            "avez vu. Rien n'a été enregistré ; déposez à nouveau le fichier pour voir l'aperçu d'aujourd'hui."
        )


@dataclass(frozen=True)
class Change:
    """What a file would change of one thing. `fields`: of one that is known already, the titles of what differs."""

    kind: str
    remote_id: str
    title: str
    status: str
    fields: Sequence[str] = ()


@dataclass
class Upload:
    """A file once it is read and taken, or tried."""

    sender: Sender
    deposit: Deposit
    report: Report

    @cached_property
    def spots(self) -> list[Spot]:
        """Return its problems, each at its place."""
        return spots(self.deposit, self.report)

    def changes(self) -> list[Change]:
        """Return what it changes, `LISTED` at most; to be asked before it is registered."""
        results = [each for each in self.report.results if each["status"] in CHANGED][:LISTED]
        known = {kind: self._known(kind, results) for kind in {each["kind"] for each in results}}
        return [self._change(each, known[each["kind"]].get(each["remote_id"])) for each in results]

    def _known(self, kind: str, results: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
        return said_of(self.sender, kind, [each["remote_id"] for each in results if each["kind"] == kind])

    def _change(self, result: Mapping[str, Any], before: Mapping[str, Any] | None) -> Change:
        item = self.deposit.sent[result["index"]].item
        data = item.data if isinstance(item, Record) else {}
        now, fields = schemas.complete(result["kind"], data), schemas.schema(result["kind"])["properties"]
        title = str(data.get("title") or (before or {}).get("title") or "")
        differing = [key for key in fields if before is not None and now.get(key) != before.get(key)]
        shown = [fields[key]["title"] for key in differing] if result["status"] == "updated" else []
        return Change(SHEETS[result["kind"]], result["remote_id"], title, result["status"], shown)


def tried(sender: Sender, file: Waiting) -> Upload:
    """Return what a file would do. Raises FileRefused, Refused: nothing of it can be taken."""
    deposit = read_file(file.content, file.filename, file.kind)
    return Upload(sender, deposit, _taken(sender, deposit, file, Asked(dry_run=True, filename=deposit.filename)))


def registered(sender: Sender, file: Waiting, who: Reader, absent: str = "") -> Upload:
    """Take a file, and write the act in the audit log with it. Raises as `tried` does.

    `absent`: the digest of what a file that says everything was shown not to hold. Raises Moved when that changed.
    """
    deposit = read_file(file.content, file.filename, file.kind)

    def told(connection: Connection, report: Report) -> None:
        if report.absent and report.absent.sha256 != absent:
            raise Moved
        audit.write(connection, who, "deposit", f"run:{report.run}", siren=sender.siren, after=dict(report.counts))

    return Upload(sender, deposit, _taken(sender, deposit, file, Asked(filename=deposit.filename, last=told)))


def _taken(sender: Sender, deposit: Deposit, file: Waiting, asked: Asked) -> Report:
    if not file.whole:
        return receive(sender, deposit.sent, asked)
    return receive_all(sender, deposit.sent, Scope(_only_kind(deposit), file.year, file.theme), asked)


def _only_kind(deposit: Deposit) -> str:
    """Return the kind of the records of a file that says everything. Raises FileRefused when they are of several."""
    sent = {each.item.kind for each in deposit.sent}
    kinds = [kind for kind in KINDS if kind in sent]
    if len(kinds) != 1:
        held = ", ".join(SHEETS[kind].lower() for kind in kinds) or "aucun genre connu"
        raise FileRefused(
            "« Ce fichier contient tout » se dit d'un genre de fiches à la fois ; dans ce fichier : "
            f"{held}. Déposez un fichier par genre, ou choisissez « Dépôt partiel »."
        )
    return kinds[0]
