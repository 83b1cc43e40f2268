"""What a space of a Decidim platform says in the shared schema, and how its texts and dates are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urljoin

from connectors.base import Record
from connectors.text import plain

_INITIATIVE_STATES = {"published": "en_cours", "accepted": "terminee", "rejected": "terminee"}
_SIGNED = {"onlineVotes": "en_ligne", "offlineVotes": "presentiel"}


@dataclass
class Words:
    """How texts are read: the language preferred, and the day of the newest stamp of the source (its only clock)."""

    locale: str = "fr"
    latest: str = ""

    def say(self, value: Any, limit: int = 20_000) -> str | None:
        """Return a translated field as plain text: its author's words before a machine's, then the language."""
        rows = [row for row in (value or {}).get("translations") or [] if row]
        rows.sort(key=lambda row: (bool(row["machineTranslated"]), str(row["locale"])[:2] != self.locale[:2]))
        return next((text for row in rows if (text := plain(row["text"], limit))), None)

    def names(self, things: Any, key: str = "name") -> list[str]:
        """Return the names of these things, each once."""
        return list(dict.fromkeys(text for thing in things if thing and (text := self.say(thing[key]))))

    def state(self, starts: str | None, ends: str | None, active: bool) -> str | None:
        """Return the state that the source's own stamps prove; None for what only a clock could tell."""
        if ends and ends[:10] < self.latest:
            return "terminee"
        return "en_cours" if active and starts and starts[:10] <= self.latest else None


@dataclass(frozen=True, slots=True)
class Space:
    """A process, an assembly or an initiative: where its components are asked for, and what they refer to."""

    root: str
    id: str
    remote_id: str
    url: str
    period: Mapping[str, Any]


Rows = Iterator[Record]


def moment(text: Any) -> Any:
    """Return an instant in UTC; a date stays a date. What is neither is left as it is: the door says what is wrong."""
    try:
        instant = datetime.fromisoformat(text) if len(text) > 10 else None
    except (TypeError, ValueError):
        return text
    if instant is None or instant.tzinfo is None:
        return text
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def kept(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data without what the source does not say. A null that has a state beside it stays."""
    return {name: value for name, value in data.items() if value not in (None, [], {}) or f"{name}_state" in data}


def visible(name: str, row: Any) -> bool:
    """Tell whether a space is public: open or declared transparent, and no draft."""
    if name == "assemblies":
        return not row["privateSpace"] or bool(row["isTransparent"])
    return name != "initiatives" or row["state"] in _INITIATIVE_STATES


def space_records(name: str, row: Any, space: Space, site: str, words: Words, pointer: str) -> Rows:
    """Yield a space, its steps, its signatures."""
    starts, ends = space.period.get("from"), space.period.get("to")
    steps = [step for step in row.get("steps") or [] if step]
    state = words.state(starts, ends, any(step["active"] for step in steps))
    if name == "initiatives":
        state = "terminee" if state == "terminee" else _INITIATIVE_STATES[row["state"]]
    data = {
        "title": words.say(row["title"], 300),
        "summary": words.say(row.get("shortDescription"), 1_000),
        "description": words.say(row.get("description")),
        "image_url": _image(site, row.get("heroImage")),
        "type_raw": _type(name, row, words),
        "themes_raw": words.names([*(row.get("categories") or []), *(row.get("taxonomies") or [])]),
        "territory_raw": words.names([row.get("scope"), {"name": row.get("localArea")}]),
        "starts_on": starts,
        "ends_on": ends,
        "published_at": moment(row["publishedAt"]),
        "updated_at": moment(row["updatedAt"]),
        "state": state,
        "url": space.url,
        "parent_id": f"assembly-{row['parent']['id']}" if row.get("parent") else None,
    }
    yield Record("process", space.remote_id, kept(data), pointer)
    for rank, step in enumerate(row.get("steps") or []):
        if step:
            yield _step(step, space, words, f"{pointer}/steps/{rank}")
    if name == "initiatives":
        yield from _signatures(row, space, pointer)


def period_of(row: Any) -> dict[str, Any]:
    """Return the period of a space, as far as its dates are known."""
    starts = next((row[name] for name in ("startDate", "creationDate", "includedAt", "signatureStartDate")
                   if row.get(name)), None)  # fmt: skip
    ends = next((row[name] for name in ("endDate", "closingDate", "signatureEndDate") if row.get(name)), None)
    found = kept({"from": starts, "to": ends})
    return {**found, "precision": "plage" if len(found) == 2 else "inconnue"}


def _step(step: Any, space: Space, words: Words, pointer: str) -> Record:
    title, ends = words.say(step["title"], 300), moment(step["endDate"])
    data = {
        "process_id": space.remote_id,
        "title": title,
        "stage_raw": title,
        "position": step["position"],
        "starts_at": moment(step["startDate"]),
        "ends_at": ends,
        "state": "en_cours" if step["active"] else words.state(None, ends, active=False),
    }
    return Record("stage", f"step-{step['id']}", kept(data), pointer)


def _signatures(row: Any, space: Space, pointer: str) -> Rows:
    for name, channel in _SIGNED.items():
        if row[name] is not None:
            period = f"{space.period.get('from', '')}/{space.period.get('to', '')}"
            yield figure(
                f"process:{space.remote_id}:signatures:{period}:{channel}:",
                space,
                "signatures",
                row[name],
                f"{pointer}/{name}",
                channel=channel,
                method_raw=f"decidim:{name}",
                updated_at=moment(row["updatedAt"]),
            )


def participants(space: Space, count: int) -> Record:
    """Return the number of participants that the platform computed at night, whatever their channel."""
    return figure(
        f"process:{space.remote_id}:participants:::",
        space,
        "participants",
        count,
        "/data/metrics/0/count",
        basis="cumul",
        period={"precision": "inconnue"},
        method_raw="decidim:metrics",
    )


def figure(remote_id: str, space: Space, metric: str, value: Any, pointer: str, **more: Any) -> Record:
    data = {
        "subject": {"kind": "process", "remote_id": space.remote_id},
        "metric": metric,
        "period": dict(space.period),
        "basis": "flux",
        "quantity": {"value": value},
        **more,
    }
    return Record("observation", remote_id, kept(data), pointer)


def _type(name: str, row: Any, words: Words) -> str | None:
    if name == "assemblies":
        return "assembly"
    group = row["participatoryProcessGroup" if name == "participatoryProcesses" else "initiativeType"]
    return words.say(group["title"]) if group else None


def _image(site: str, path: Any) -> str | None:
    address = urljoin(f"{site}/", quote(path, safe="/:?&=%~+,;@")) if isinstance(path, str) and path else ""
    return address if address.startswith("https://") else None
