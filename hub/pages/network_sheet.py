"""The network's page as rows: one row a statement, in the order of the page, each with where it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.models.metropole import Metropole
from hub.models.network import network
from hub.pages.network_work import members_stated
from hub.pages.traces import IDENTITY, PROOF, identity, network_identity, proof, weakest

COLUMNS = (
    "section", "kind", *IDENTITY, "part", "group", "year", "from", "to", "status", "title", "text",
    "value", "value_state", "qualifier", "unit", *PROOF,
)  # fmt: skip
Row = dict[str, Any]
Slugs = Mapping[str, str]
YEARS = {"membership": "year", "encounter": "starts_on", "cycle": "year", "experience": "year", "planned_theme": "year"}
"""The field whose certainty counts most in a row of that kind: the year is what the documents say least plainly."""


def statements(register: Mapping[str, Metropole]) -> list[Row]:
    """Return every statement of the page."""
    slugs = {siren: one.slug for siren, one in register.items()}
    return [
        *_plain("appartenance", "membership", slugs),
        *_dated("frise", slugs),
        *_counts(slugs),
        *_plain("retours", "experience", slugs),
        *_plain("themes_annonces", "planned_theme", slugs),
        *_plain("rencontres", "encounter", slugs),
        *_heads(slugs),
        *_practitioners(),
        *_items(slugs),
        *_questions(slugs),
    ]


def _row(section: str, kind: str, said: Mapping[str, Any], slugs: Slugs, **more: Any) -> Row:
    return {"section": section, "kind": kind, **network_identity(said, slugs), **more}


def _of(trace: Mapping[str, Any]) -> Row:
    return {name: trace[name] for name in PROOF if name in trace}


def _plain(section: str, kind: str, slugs: Slugs) -> Iterator[Row]:
    for one in network(kind):
        known = {name: one[name] for name in ("group", "year", "title") if name in one}
        known |= {"text": one["written_as"]} if "written_as" in one else {}
        date = one.get("date", {})
        bounds = {"from": one.get("starts_on", date.get("from")), "to": one.get("ends_on", date.get("to"))}
        words = proof(one) | {
            key: value for key, value in proof(one, YEARS[kind]).items() if key in ("certainty", "readings")
        }
        yield _row(section, kind, one, slugs, **known, **bounds, status=one.get("status", one.get("state")), **words)


def _dated(section: str, slugs: Slugs) -> Iterator[Row]:
    for one in network("timeline"):
        date = {bound: one["date"].get(bound) for bound in ("from", "to")}
        known = {"title": one["title"], "text": one.get("description")}
        subject = one.get("subject", {})
        whose = {"siren": subject["remote_id"]} if subject.get("kind") == "metropole" else {}
        yield _row(section, "timeline", {**one, **whose}, slugs, **date, **known, **_of(weakest(one["trace"])))


def _counts(slugs: Slugs) -> Iterator[Row]:
    for one in network("cycle"):
        for part, each in enumerate(one["stated_counts"], start=1):
            known = {
                "part": str(part),
                "group": one["group"],
                "year": one["year"],
                "status": "enonce",
                "title": each["label"],
            }
            yield _row(
                "cycles", "cycle", one, slugs, **known, **_quantity(each["quantity"]), **_of(weakest(each["trace"]))
            )


def _quantity(quantity: Mapping[str, Any] | None) -> Row:
    if quantity is None:
        return {"value_state": "non_transmis"}
    known = {name: quantity[name] for name in ("qualifier", "unit") if name in quantity}
    value = quantity.get("value", quantity.get("as_written"))
    return {"value": value, "value_state": "observe", **known, "text": quantity.get("as_written")}


def _heads(slugs: Slugs) -> Iterator[Row]:
    for one in network("encounter"):
        for part, each in enumerate(one.get("head_counts", ()), start=1):
            said = {**one, "siren": each.get("siren")}
            known = {
                "part": str(part),
                "status": each.get("status"),
                "title": each["label"],
                "text": each.get("functions"),
            }
            count = {"value": each["count"], "value_state": "observe", "unit": "personnes"}
            yield _row("effectifs", "encounter", said, slugs, **known, **count, **proof(one, "head_counts"))


def _practitioners() -> Iterator[Row]:
    for thing in members_stated():
        figure = _quantity(thing.data.get("quantity"))
        yield {"section": "icpc", "kind": "observation", **identity(thing), **figure, **proof(thing.data)}


def _items(slugs: Slugs) -> Iterator[Row]:
    for one in network("principle_set"):
        if not one["items"]:
            yield _row("principes", "principle_set", one, slugs, title=one["title"], **_of(weakest(one["trace"])))
        for item in one["items"]:
            known = {"part": str(item["number"]), "status": one["nature"], "title": one["title"], "text": item["title"]}
            yield _row("principes", "principle_set", one, slugs, **known, **proof(one, "items"))


def _questions(slugs: Slugs) -> Iterator[Row]:
    for one in network("questionnaire"):
        for question in one["questions"]:
            for each in question["wordings"]:
                known = {"part": question["code"], "title": question.get("heading"), "text": each["text"]}
                yield _row("questions", "questionnaire", one, slugs, **known, **_of(weakest(each["trace"])))
        for view in one["views"]:
            said = {**one, "siren": view.get("siren")}
            known = {
                "part": view.get("question"),
                "status": "point_de_vue",
                "title": view.get("voice"),
                "text": view["text"],
            }
            yield _row("points_de_vue", "questionnaire", said, slugs, **known, **_of(weakest(view["trace"])))
