"""A démarche as a sheet: its facts, its steps, its figures, its papers and what was proposed, one `part` each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.models.thing import Thing
from hub.pages.demarches_case import Case
from hub.pages.demarches_facts import facts
from hub.pages.demarches_figures import breakdown
from hub.pages.demarches_story import Step, answer_delay
from hub.pages.format import date_object
from hub.pages.respond import Sheet
from hub.pages.traces import IDENTITY, PROOF, identity, proof
from schemas.labels import label

COLUMNS = (
    *("part", *IDENTITY, "presence"),
    *("remote_id", "field", "label", "text", "value", "low", "high", "qualifier", "unit"),
    *("as_written", "value_state", "basis", "period_from", "period_to", "period", "perimeter", "channel"),
    *("breakdown", "indicative", "heading", "position", "url"),
    *PROOF,
)
QUANTITY = ("value", "low", "high", "qualifier", "unit", "as_written")
PLAIN = ("basis", "perimeter", "channel", "indicative", "heading", "position", "url")
STARTS = ("delivered_on", "starts_at", "decided_on", "published_at")
Row = dict[str, Any]


def case_sheet(case: Case, told: Sequence[Step]) -> Sheet:
    """Return the sheet of a démarche."""
    return Sheet(COLUMNS, _rows(case, told))


def _rows(case: Case, told: Sequence[Step]) -> Iterator[Row]:
    yield _row("demarche", case.process, text=case.data.get("summary"), field=case.data["state"])
    yield from (_fact(case, one) for one in facts(case.process))
    yield from (_step(case, step) for step in told)
    if waited := answer_delay(told):
        yield _of(case, "delai", "reponse_argumentee", "Délai de la réponse") | {
            "value": waited.days,
            "unit": "jours",
            "value_state": "estime" if waited.estimated else "observe",
        }
    yield from (_figure(each) for each in case.figures if each.data["subject"]["kind"] != "contribution")
    yield from (_count(case, code, number) for code, number in case.statuses.items())
    yield from (_gap(case, gap) for gap in case.gaps)
    yield from (_row("reunion", each, text=each.data.get("description")) for each in case.meetings)
    yield from (_row("deliberation", each, field=each.data.get("type")) for each in case.deliberations)
    yield from (_row("document", each, field=each.data.get("type")) for each in case.papers)
    yield from (_contribution(case, each) for each in case.contributions)
    yield from (_passage(case, each) for each in case.passages)


def _of(case: Case, part: str, field: str | None, name: str) -> Row:
    """A row about the démarche itself, or about what is missing of it."""
    return {"part": part, **identity(case.process), "remote_id": case.process.remote_id, "field": field, "label": name}


def _row(part: str, thing: Thing, **more: Any) -> Row:
    """A row about a thing of its own: its title, its dates, its proof."""
    data = thing.data
    row = {"part": part, **identity(thing), "remote_id": thing.remote_id, "label": thing.title}
    row |= {"period_from": next((data[name] for name in STARTS if data.get(name)), None)}
    row |= {"period_to": data.get("ends_at")} | {name: data[name] for name in PLAIN if name in data}
    return row | more | proof(data)


def _fact(case: Case, fact: Any) -> Row:
    row = _of(case, "fait", fact.field, fact.label) | {"value_state": fact.state}
    if fact.words:
        row |= {"text": " ; ".join(fact.words)}
        row |= proof(case.data, fact.field.partition(".")[0]) if fact.trace else {}
    return row


def _step(case: Case, step: Step) -> Row:
    if step.thing is None:
        known = {"value": case.commitments, "unit": "engagements", "value_state": "observe"}
        row = _of(case, "etape", step.code, step.label)
        return row | ({"text": step.absent, "value_state": "non_transmis"} if step.absent else known)
    told = {"field": step.code, "text": step.thing.data.get("summary"), "period": step.on, "value_state": "observe"}
    return _row("etape", step.thing, **told)


def _figure(thing: Thing) -> Row:
    data = thing.data
    row = _row("chiffre", thing, field=data["metric"], label=label("metrique", data["metric"]))
    row |= {"period": date_object(data["period"]), "breakdown": breakdown(data) or None} | _quantity(data)
    row |= {f"period_{end}": data["period"].get(end) for end in ("from", "to")}
    return row | proof(data, "quantity")


def _quantity(data: Mapping[str, Any]) -> Row:
    said = data.get("quantity") or {}
    state = "observe" if said else data.get("quantity_state", "non_transmis")
    return {name: said[name] for name in QUANTITY if said.get(name) is not None} | {"value_state": state}


def _count(case: Case, code: str, number: int) -> Row:
    row = _of(case, "engagements", code, label("statut_engagement", code))
    return row | {"value": number, "unit": "engagements", "value_state": "observe"}


def _gap(case: Case, gap: Any) -> Row:
    first = gap.statements[0].thing
    row = _of(case, "enonce_et_compte", gap.verdict, gap.label) | {"text": gap.difference, "as_written": gap.stated}
    if gap.count.value is None:
        return row | {"value_state": "non_transmis"} | proof(first.data, "quantity")
    # what records of unknown status leave undecided makes a count a floor: 0 of them is no result
    told = {"qualifier": "au_moins", "value_state": "estime"} if gap.count.more else {"value_state": "observe"}
    return row | {"value": gap.count.value} | told | proof(first.data, "quantity")


def _contribution(case: Case, thing: Thing) -> Row:
    status = thing.data.get("status")
    follow_up = [label("statut_proposition", status)] if status else []
    follow_up += [thing.data["answer"]] if thing.data.get("answer") else []
    row = _row("proposition", thing, field=thing.data["type"], text=" : ".join(follow_up) or None)
    if stated := case.votes.get(thing.remote_id):
        return row | _quantity(stated.data) | {"indicative": bool(stated.data.get("indicative"))}
    state = thing.data.get("votes_state", "non_transmis")
    known = {"value": thing.data["votes"], "unit": "votes"} if state == "observe" else {}
    return row | {"value_state": state, "indicative": thing.data["type"] != "projet"} | known


def _passage(case: Case, passage: Mapping[str, Any]) -> Row:
    row = _of(case, "passage", passage["subject"]["kind"], passage["heading"]) | proof(passage)
    about = {"remote_id": passage["subject"]["remote_id"], "heading": passage.get("part")}
    return row | about | {"id": passage["id"], "text": passage["text"], "position": passage["position"]}
