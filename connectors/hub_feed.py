"""The change feed of another hub: its pages asked for, each entry judged by its shape (`push-api.md` §11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

import schemas
from connectors.base import SourceChanged
from connectors.fetch import Fetch

LIMIT = 500
OPERATIONS = ("created", "updated", "restored", "gone")
_HUB_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{13}")
_VERSION = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})(?:\.[0-9]{1,6})?")

Page = tuple[Mapping[str, Any], str | None]
"""A page of the feed, and the payload kept of it."""
Entry = Mapping[str, Any]


class Purged(Exception):
    """The feed no longer goes back to the cursor: a full walk is due."""


class Feed:
    """The feed of one hub, for one metropole (an empty `siren`: the network's own things)."""

    def __init__(self, url: str, siren: str, fetch: Fetch) -> None:
        self.base, self.siren, self.fetch = url.rstrip("/") + "/", siren, fetch
        self.kinds: set[str] = set()

    def page(self, after: str) -> Page:
        """Return the changes after a cursor. Raises Purged, SourceDown, SourceChanged."""
        params = {"after": after, "limit": str(LIMIT)} | ({"siren": self.siren} if self.siren else {})
        answer = self.fetch.get(urljoin(self.base, "api/v1/changes"), params, missing=(410,))
        if answer.status == 410:
            raise Purged
        page = answer.json()
        if not isinstance(page, dict) or not isinstance(page.get("changes"), list):
            raise SourceChanged("L'autre hub ne donne plus de liste de changements : « changes ».")
        if not isinstance(page.get("more"), bool):
            raise SourceChanged("L'autre hub ne dit plus s'il y a d'autres changements : « more ».")
        following = page.get("next")
        if isinstance(following, bool) or not isinstance(following, str | int):
            raise SourceChanged("L'autre hub ne dit plus où son flux reprend : « next ».")
        return page, self.fetch.proof

    def know(self, kind: Any) -> None:
        """Make sure that a kind is ours, and not in a newer form. Raises SourceChanged."""
        if kind in self.kinds:
            return
        if kind not in schemas.KINDS:
            raise SourceChanged(f"L'autre hub donne des fiches d'un genre inconnu ici : « {str(kind)[:40]} ».")
        theirs = self.fetch.get(urljoin(self.base, f"schemas/{kind}.json")).json()
        version = str(theirs.get("x-version")) if isinstance(theirs, dict) else ""
        if _version(version) > _version(str(schemas.schema(kind)["x-version"])):
            raise SourceChanged(f"L'autre hub écrit « {kind} » en version {version}, plus récente que la nôtre.")
        self.kinds.add(kind)


def is_readable(entry: Any) -> bool:
    """Tell whether an entry says which thing changed, and when in the feed. Raises SourceChanged for a new operation.

    A reader that passed over an operation it does not know would lose it for ever.
    """
    if isinstance(entry, dict) and entry.get("op") not in OPERATIONS:
        raise SourceChanged(f"L'autre hub annonce une opération inconnue ici : « {str(entry.get('op'))[:40]} ».")
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("seq"), int)
        and isinstance(entry.get("hub_id"), str)
        and _HUB_ID.fullmatch(entry["hub_id"]) is not None
        and (entry["op"] == "gone" or isinstance(entry.get("data"), dict))
    )


def _version(text: str) -> tuple[int, int]:
    """Return the numbers that tell whether records can be read: a last number only corrects words."""
    if not (parts := _VERSION.fullmatch(text)):
        raise SourceChanged("L'autre hub ne dit pas la version de ses schémas : « x-version ».")
    return int(parts[1]), int(parts[2])
