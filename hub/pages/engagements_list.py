"""What the list of commitments shows: its facets, its counts by status and orientation, its lines, its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from flask import current_app, request, url_for
from sqlalchemy import func, select

from hub.benchmark.precedence import precedes
from hub.benchmark.promise import DONE, calendar
from hub.benchmark.stated import VERDICT_NOTES, VERDICTS, Gap
from hub.db import db
from hub.models.derived import Term
from hub.models.facet import Facet
from hub.models.metropole import metropoles
from hub.models.thing import RESEAU, Thing, citing, identified, named, read, visible
from hub.pages.choices import METROPOLE, STATE, Group
from hub.pages.engagements_stated import totals
from hub.pages.format import day, listing, nbsp, number, plural
from hub.pages.tally import OWN_LEVEL, PARTS, part_words
from hub.pages.traces import IDENTITY, PROOF, identity, proof
from schemas.labels import codes, label

OWN = (
    "number", "title", "orientation", "type", "level", "status", "status_raw", "info", "promised_on", "starts_on",
    "due_on", "proof", "proof_on", "progress", "progress_state", "amount", "amount_state", "process_id", "stage_id",
    "deliberation_ids", "replaced_by", "same_as", "url",
)  # fmt: skip
COLUMNS = (*IDENTITY, "presence", "remote_id", *OWN, "status_certainty", "calendar", *PROOF)
FIGURES = ("progress", "amount")
UNKNOWN, NO_PROOF = "inconnu", "aucune_preuve"
LEVEL = "portee"
READ_HOW = {
    "affirme": ("écrit tel quel", "écrits tels quels"),
    "deduit": ("déduit", "déduits"),
    "ambigu": ("ambigu", "ambigus"),
}
"""How sure the reading of a status is, said of one and of several."""
NO_ORIENTATION = "Sans orientation"
YES_NO = {"oui": "Au moins une citée", "non": "Aucune citée"}


@dataclass(frozen=True)
class Line:
    """A commitment of the list, with the votes it cites and its place among those its document counts."""

    thing: Thing
    votes: list[dict[str, Any]]
    place: str

    @property
    def chapter(self) -> str:
        """Return the orientation it stands under."""
        return nbsp(self.thing.data.get("orientation", NO_ORIENTATION))

    @property
    def status(self) -> str:
        """Return the code of its declared status."""
        return str(self.thing.data["status"])

    @property
    def certainty(self) -> str | None:
        """Return how sure the reading of its status is, when the text says one."""
        return status_certainty(self.thing.data)

    @property
    def where(self) -> Mapping[str, Any]:
        """Return where it is written."""
        return proof(self.thing.data)


def groups() -> tuple[Group, ...]:
    """Return the facets of the list."""
    names = {one.slug: one.short_name for one in db.session.scalars(metropoles())} | {RESEAU: "Réseau"}
    orientations = {value: nbsp(value) for value in _values("orientation")}
    homes = dict.fromkeys(_values("process"), "Démarche non transmise")
    homes |= {each.id: nbsp(each.title) for each in read(identified(*homes))}
    return (
        Group(METROPOLE, "Métropole", names.__getitem__, order=tuple(names)),
        Group("demarche", "Démarche", homes.__getitem__, "process"),
        Group("orientation", "Orientation", orientations.__getitem__, "orientation", tuple(orientations)),
        _coded(STATE, "Statut déclaré", "", "statut_engagement"),
        _coded("preuve", "Attestation", "proof", "preuve"),
        _coded("type", "Type", "type", "type_engagement"),
        _coded(LEVEL, "Portée", "level", "portee_engagement"),
        Group("deliberation", "Délibération, vœu ou vote", YES_NO.__getitem__, "deliberation", tuple(YES_NO)),
        Group("annee", "Année", {value: value for value in _values("year")}.__getitem__, "year", newest_first=True),
    )


def in_order(things: Iterable[Thing]) -> list[Thing]:
    """Return commitments by metropole, then orientation as its document orders them, then type and number."""
    ranks = {value: rank for rank, value in enumerate(_values("orientation"))}
    types = codes("type_engagement")

    def key(thing: Thing) -> tuple[str, int, int, int]:
        number = str(thing.data.get("number", ""))
        return (
            thing.metropole.sort_key if thing.metropole else "~",
            ranks.get(thing.data.get("orientation", ""), len(ranks)),
            types.index(thing.data["type"]) if "type" in thing.data else len(types),
            int(number) if number.isdigit() else 10**6,
        )

    return sorted(things, key=key)


def on_page(things: Sequence[Thing], page: int) -> Sequence[Thing]:
    """Return the commitments of this page of the list."""
    size = current_app.config["PAGE_SIZE"]
    return things[(page - 1) * size : page * size]


def overview(things: Sequence[Thing]) -> dict[str, Any]:
    """Return what the page says of the commitments chosen: shares of the metropole's own, the others apart in words."""
    own = [thing for thing in things if _level(thing) == OWN_LEVEL]
    levels = Counter(_level(thing) for thing in things)
    others = {level: part_words("commitment", level, levels[level]) for level in PARTS["commitment"] if levels[level]}
    return {
        "own": len(own),
        "apart": [{"words": words, "url": _here(**{LEVEL: [level]})} for level, words in others.items()],
        "statuses": _statuses(own),
        "unproved": _here(**{LEVEL: [OWN_LEVEL], STATE: [DONE], "preuve": [NO_PROOF]}),
        "orientations": by_orientation(own),
        "unknown": sum(thing.data["status"] == UNKNOWN for thing in own),
        "verdicts": [(VERDICTS[code], VERDICT_NOTES[code]) for code in VERDICTS],
    }


def shares(things: Iterable[Thing], field: str, liste: str) -> list[dict[str, Any]]:
    """Return how many commitments bear each code of a field, as the macro `share_bar` wants it; none at zero."""
    found: dict[str, list[Thing]] = {}
    for thing in things:
        found.setdefault(str(thing.data[field]), []).append(thing)
    return [
        {"code": code, "label": label(liste, code), "value": len(found[code]), "note": read_how(found[code])}
        for code in codes(liste)
        if code in found
    ]


def read_how(things: Sequence[Thing]) -> str:
    """Return how sure known statuses are read: « dont 1 écrit tel quel et 17 déduits », « tous déduits »."""
    found = Counter(status_certainty(thing.data) for thing in things)
    parts = [(found[code], plural(found[code], *READ_HOW[code])) for code in READ_HOW if found[code]]
    if len(parts) == 1 and parts[0][0] == len(things):
        return f"{'tous ' if len(things) > 1 else ''}{parts[0][1]}"
    return f"dont {listing(f'{number(count)} {words}' for count, words in parts)}" if parts else ""


def _statuses(things: Iterable[Thing]) -> list[dict[str, Any]]:
    """How many are in each declared status, each with the address of its list, the other choices kept."""
    found = shares(things, "status", "statut_engagement")
    return [part | {"url": _here(**{LEVEL: [OWN_LEVEL], STATE: [part["code"]]})} for part in found]


def _here(**more: Sequence[str]) -> str:
    """The address of this list with these choices, the other choices kept."""
    here = {name: values for name, values in request.args.to_dict(flat=False).items() if name != "page"}
    chosen: dict[str, Any] = here | more
    return url_for("engagements.listing", **chosen)


def _level(thing: Thing) -> str:
    return str(thing.data.get("level", OWN_LEVEL))


def by_orientation(things: Iterable[Thing]) -> list[dict[str, Any]]:
    """Return, by orientation, how many commitments there are, what their texts say, how many say nothing."""
    inside: dict[str, list[Thing]] = {}
    for thing in things:
        inside.setdefault(thing.data.get("orientation", ""), []).append(thing)
    return [
        {
            "label": nbsp(orientation) or NO_ORIENTATION,
            "url": _here(orientation=[orientation], **{LEVEL: [OWN_LEVEL]}) if orientation else "",
            "value": len(found),
            "said": [part for part in shares(found, "status", "statut_engagement") if part["code"] != UNKNOWN],
            "unknown": sum(thing.data["status"] == UNKNOWN for thing in found),
        }
        for orientation, found in inside.items()
    ]


def chapters(things: Sequence[Thing], compared: Sequence[Gap]) -> list[dict[str, Any]]:
    """Return what the list shows of these commitments, orientation by orientation."""
    votes, counted = _votes(things), totals(compared)
    lines = [Line(each, votes.get(each.id, []), place(each, counted)) for each in things]
    return [{"title": title, "lines": list(inside)} for title, inside in groupby(lines, key=lambda line: line.chapter)]


def rows(things: Iterable[Thing], day: date) -> Iterator[dict[str, Any]]:
    """Yield commitments as rows of `COLUMNS`; a figure that is not there says why."""
    for thing in things:
        data = thing.data
        row = {**identity(thing), "remote_id": thing.remote_id, "proof": NO_PROOF}
        row |= {f"{name}_state": "non_transmis" for name in FIGURES}
        row |= {field: data[field] for field in OWN if field in data}
        found = {"status_certainty": status_certainty(data), "calendar": calendar(data, day)}
        yield row | {name: value for name, value in found.items() if value} | proof(data)


def status_certainty(data: Mapping[str, Any]) -> str | None:
    """Return how sure the reading of a status is; None when no text says one."""
    return None if data["status"] == UNKNOWN else proof(data, "status").get("certainty")


def _coded(name: str, legend: str, term: str, liste: str) -> Group:
    return Group(name, legend, lambda code: label(liste, code), term, codes(liste))


def _values(field: str) -> list[str]:
    """The values commitments bear for a term, in the order their documents give them."""
    query = select(Term.value).join(Facet, Facet.hub_id == Term.hub_id).where(Facet.kind == "commitment", Facet.lead)
    mine = query.where(Term.field == field, visible())
    return list(db.session.scalars(mine.group_by(Term.value).order_by(func.min(Facet.id))))


def _votes(things: Sequence[Thing]) -> dict[str, list[dict[str, Any]]]:
    """The votes each commitment cites, by its identifier, each in words."""
    wanted: dict[int, set[str]] = {}
    for thing in things:
        wanted.setdefault(thing.source.id, set()).update(thing.data.get("deliberation_ids", ()))
    sources = {thing.source.id: thing.source for thing in things}
    found = {
        (source, vote.remote_id): vote
        for source, names in wanted.items()
        for vote in read(named(sources[source], "deliberation", names))
    }
    return {
        thing.id: [
            _vote(found[thing.source.id, name], thing)
            for name in thing.data.get("deliberation_ids", ())
            if (thing.source.id, name) in found
        ]
        for thing in things
    }


def _vote(vote: Thing, commitment: Thing) -> dict[str, Any]:
    decided, promised = vote.data.get("decided_on"), commitment.data.get("promised_on")
    before = bool(decided and promised and precedes(decided, promised))
    words = f"{label('type_deliberation', vote.data['type'])}, {day(decided) if decided else 'date non transmise'}"
    notes = ["antérieure à la promesse"] if before else []
    notes += ["plusieurs lectures"] if proof(vote.data).get("certainty") == "ambigu" else []
    return {"thing": vote, "words": words, "note": listing(notes)}


def place(thing: Thing, counted: Mapping[tuple[int, str], str]) -> str:
    """Return whether it is one of those its document counts: said only of what may not be."""
    level = thing.data.get("level", OWN_LEVEL)
    if level == OWN_LEVEL:
        return ""
    if level == "interpellation":
        total = counted.get((thing.source.id, thing.data.get("process_id", "")))
        asked = "interpellation d'une autre institution"
        return f"{asked} : le texte ne dit pas si elle compte parmi les {total} engagements énoncés" if total else asked
    replaced = read(citing(thing, "commitment", "replaced_by"))
    of = [counted.get((each.source.id, each.data.get("process_id", ""))) for each in replaced]
    outside = f"hors des {of[0]} engagements énoncés" if of and of[0] else "hors des engagements comptés"
    return f"{label('portee_engagement', level)[0].lower()}{label('portee_engagement', level)[1:]} : {outside}"
