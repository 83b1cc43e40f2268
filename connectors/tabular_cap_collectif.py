"""The exports that an administrator of a Cap Collectif site downloads (`platforms/files.md` §5).

Headers are matched on their key, old (`proposal_votes_totalCount`) or new (`export_proposal_votes_total_count`).
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from connectors.base import Read, Record, SourceChanged
from connectors.casts import Unreadable
from connectors.mapping import observation_id
from connectors.tabular_cells import Cells
from connectors.text import folded

_PUBLISHED = ("", "published", "archived")
_SHAPES = (
    ("questionnaire", ("contributionid",), ("contributiontitle", "contributionconsultationtitle")),
    ("consultation", ("contributionid", "contributiontitle"), ()),
    ("debat", ("contributionargumentcontent",), ()),
    ("propositions", ("proposalid", "proposaltitle"), ()),
    ("evenements", ("id", "title", "startat", "isenabled"), ()),
)
"""Name of an export, the columns it must have, those it must not have."""
_SUMS = (
    ("votes", "votesdigitalcount", "votespapercount"),
    ("points", "votesdigitalpointscount", "votespaperpointscount"),
)


def key_of(column: str) -> str:
    """Return the key of a column, the same for old and new exports."""
    return column if column.startswith("_") else folded(column).removeprefix("export")


def shape_of(columns: tuple[str, ...]) -> str | None:
    """Return which export has these columns, None when it is none of Cap Collectif."""
    keys = {key_of(column) for column in columns}
    if not any(key.startswith(("proposal", "contribution")) or key == "isenabled" for key in keys):
        return None
    found = (name for name, must, never in _SHAPES if keys.issuperset(must) and keys.isdisjoint(never))
    return next(found, None)


class Export:
    """How the rows of one export are read, and what is summed on the way."""

    def __init__(self, shape: str, columns: tuple[str, ...], options: Mapping[str, Any]) -> None:
        self.shape, self.options = shape, options
        self.keys = {column: key_of(column) for column in columns}
        self.process, self.step = (str(options.get(name) or "") for name in ("process", "step"))
        self.replies = 0
        self.sums: Counter[str] = Counter()
        self.missing: set[str] = set()
        self.summed: set[str] = set()
        ours = ("proposal", "contribution")
        self.unknown = [name for name, key in self.keys.items() if shape != "evenements" and not key.startswith(ours)]
        if shape == "debat":
            raise SourceChanged("Un export de débat ne donne pas d'identifiant à ses arguments : il ne peut être lu.")
        if shape != "evenements" and not self.process:
            raise SourceChanged("Indiquez l'option « Démarche des fiches » : l'export ne dit pas la sienne.")

    def read(self, line: Cells) -> Iterator[Read]:
        """Yield the record of a row, if it is the thing itself: not one of its votes, comments or versions of them."""
        cells = self._named(line)
        if self.shape == "questionnaire":
            self.replies += self._is_reply(cells)
        elif self.shape == "propositions" and self._is_proposal(cells):
            yield cells.record("contribution", partial(self._identifier, cells), partial(self._proposal, cells))
            self._sum(cells)
        elif self.shape == "consultation" and (part := self._opinion(cells)):
            yield cells.record(
                "contribution", partial(self._identifier, cells), partial(self._opinion_data, cells, part)
            )
        elif self.shape == "evenements" and self._is_shown(cells):
            yield cells.record("meeting", partial(self._identifier, cells), partial(_event, cells))

    def identity(self, line: Cells) -> str:
        """Return the id of the record that a row states, if it is the thing itself. Raises Unreadable."""
        return self._identifier(self._named(line))

    def _named(self, line: Cells) -> Cells:
        return Cells(line.line, {self.keys[column]: value for column, value in line.row.items()}, line.start)

    def _identifier(self, cells: Cells) -> str:
        if self.shape == "consultation":
            part = self._opinion(cells)
            return cells.key(f"{part}id") if part else ""
        if self.shape == "evenements":
            return global_id("Event", cells, "id") if self._is_shown(cells) else ""
        return global_id("Proposal", cells, "proposalid") if self._is_proposal(cells) else ""

    def end(self) -> Iterator[Record]:
        """Yield the figures of the whole export; a sum in which one figure is missing is not known."""
        if self.shape == "questionnaire":
            yield self._figure("reponses", "en_ligne", self.replies)
        for metric, *columns in _SUMS:
            for column, channel in zip(columns, ("en_ligne", "presentiel"), strict=True):
                if column in self.sums and column not in self.missing:
                    yield self._figure(metric, channel, self.sums[column])

    def _is_proposal(self, cells: Cells) -> bool:
        type_ = str(cells.find("contributiontype") or "proposal")
        status = str(cells.find("proposalpublicationstatus") or "")
        return type_.endswith("proposal") and _last(status, "status") in _PUBLISHED

    def _is_reply(self, cells: Cells) -> bool:
        draft, published = (str(cells.find(f"contribution{name}") or "").casefold() for name in ("draft", "published"))
        type_ = str(cells.find("contributiontype") or "reply")
        return "reply" in type_ and draft not in ("oui", "1", "true") and published not in ("non", "0", "false")

    def _proposal(self, cells: Cells) -> dict[str, Any]:
        names = {name: f"proposal{name}" for name in ("summary", "description", "title", "reference", "link")}
        body = cells.text(names["description"]) if self.options.get("bodies") else None
        archived = _last(str(cells.find("proposalpublicationstatus") or ""), "status") == "archived"
        status = cells.text("proposalstatusname")
        return {
            "process_id": self.process,
            "stage_ids": [self.step] if self.step else None,
            "type": "proposition",
            "title": cells.line_of_text(names["title"], limit=200),
            "reference": (cells.text(names["reference"]) or "").strip('" ') or None,
            "url": cells.url(names["link"]),
            "body": body or cells.text(names["summary"]),
            "themes_raw": _texts(cells, "proposalthemetitle", "proposalcategoryname"),
            "location": cells.place_of(
                cells.line_of_text("proposalformattedaddress", limit=300), "proposaladdresslat", "proposaladdresslng"
            ),
            "territory_raw": _texts(cells, "proposaldistrictname"),
            "published_at": cells.say("datetime", "proposalpublishedat", "proposalcreatedat"),
            "updated_at": cells.say("datetime", "proposalupdatedat"),
            "status_raw": status or ("archivée" if archived else None),
            "answer": cells.text("proposalofficialresponse"),
        } | (cells.counted("votes", "proposalvotestotalcount")
             | cells.counted("amount", "proposalestimation", reading="decimal"))  # fmt: skip

    def _is_shown(self, cells: Cells) -> bool:
        return str(cells.find("isenabled")).casefold() not in ("non", "false", "0")

    def _opinion(self, cells: Cells) -> str:
        """Return what the columns of an opinion, or of a version of one, begin with; `""` for any other row."""
        type_ = str(cells.find("contributiontype") or "opinion")
        amends = type_.endswith(("opinionversion", "opinion_version"))
        return "contributionversions" if amends else "contribution" if type_.endswith("opinion") else ""

    def _opinion_data(self, cells: Cells, part: str) -> dict[str, Any]:
        amends = part == "contributionversions"
        return {
            "process_id": self.process,
            "stage_ids": [self.step] if self.step else None,
            "type": "proposition",
            "title": cells.line_of_text(f"{part}title", limit=200),
            "heading": cells.text("contributionsectiontitle"),
            "body": cells.text(f"{part}bodytext") if self.options.get("bodies") else None,
            "url": cells.url("contributionurl") if not amends else None,
            "is_amendment": amends or None,
        } | cells.counted("votes", f"{part}votescount")

    def _sum(self, cells: Cells) -> None:
        """Count the votes of a proposal, once: its row may stand twice."""
        name = str(cells.find("proposalid"))
        if name in self.summed:
            return
        self.summed.add(name)
        for _, *columns in _SUMS:
            for column in columns:
                if f"proposal{column}" not in cells.row:
                    continue
                try:
                    value = cells.say("integer", f"proposal{column}")
                except Unreadable:
                    value = None
                self.sums[column] += value or 0
                if value is None:
                    self.missing.add(column)

    def _figure(self, metric: str, channel: str, value: int) -> Record:
        kind, named = ("stage", self.step) if self.step else ("process", self.process)
        data = {
            "subject": {"kind": kind, "remote_id": named},
            "metric": metric,
            "period": {"precision": "inconnue"},
            "basis": "flux",
            "channel": channel,
            "quantity": {"value": value},
            "method_raw": "cap_collectif:export",
        } | ({"indicative": True} if metric == "votes" else {})
        return Record("observation", observation_id(data), data, "L1")


def global_id(type_: str, cells: Cells, name: str) -> str:
    """Return the id that the API gives to the same thing: `Type:id` in base 64."""
    raw = cells.key(name)
    return base64.b64encode(f"{type_}:{raw}".encode()).decode() if raw else ""


def _event(cells: Cells) -> dict[str, Any]:
    where = ", ".join(text for name in ("address", "city") if (text := cells.line_of_text(name, limit=140)))
    return {
        "title": cells.line_of_text("title", limit=300),
        "description": cells.text("body"),
        "starts_at": cells.say("datetime", "startat"),
        "ends_at": cells.say("datetime", "endat"),
        "location": cells.place_of(where or None, "lat", "lng"),
        "published_at": cells.say("datetime", "createdat"),
        "updated_at": cells.say("datetime", "updatedat"),
    }


def _texts(cells: Cells, *names: str) -> list[str]:
    return list(dict.fromkeys(text for name in names if (text := cells.text(name))))


def _last(text: str, after: str) -> str:
    """Return what follows a word in a key: `export_proposal_publication_status_trashed` → `trashed`."""
    return text.rpartition(f"{after}_")[2].casefold()
