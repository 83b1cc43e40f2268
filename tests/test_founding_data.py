"""The founding data against the documents: quotations, links, what must not be there."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

import schemas
from hub.harvest.founding import DATA, FILES, NETWORK_KINDS
from tests.conftest import SHARED

SEEDS = SHARED / "seeds"
needs_seeds = pytest.mark.skipif(not SEEDS.is_dir(), reason="les documents fondateurs (shared/seeds) ne sont pas là")


def records() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every founding record with the slug of its source."""
    for name in FILES:
        for line in (DATA / "founding" / f"{name}.ndjson").read_bytes().splitlines():
            yield name.split("/")[0], json.loads(line)


def network() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every thing of the network with its kind."""
    for kind in NETWORK_KINDS:
        for line in (DATA / "founding" / "network" / f"{kind}.ndjson").read_bytes().splitlines():
            yield kind, json.loads(line)


RECORDS, NETWORK = list(records()), list(network())
REGISTER = json.loads((DATA / "reference" / "metropoles.json").read_text("utf-8"))


def traces(value: Any) -> Iterator[dict[str, Any]]:
    """Every trace inside a record or a thing, nested ones included."""
    if isinstance(value, dict):
        if "quote" in value and "document_id" in value:
            yield value
        for inside in value.values():
            yield from traces(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from traces(inside)


EVERY_TRACE = [
    (name, trace)
    for name, thing in [(each["remote_id"], each) for _, each in RECORDS] + [(each["id"], each) for _, each in NETWORK]
    for trace in traces(thing)
]


def collapsed(text: str) -> str:
    return re.sub(r"[\s\u00a0\u202f]+", " ", text).strip()


@needs_seeds
def test_each_quotation_stands_in_its_document_at_its_lines() -> None:
    lines = {path.stem: path.read_bytes().decode("utf-8").split("\n") for path in SEEDS.glob("*.txt")}
    missing = []
    for name, trace in EVERY_TRACE:
        first, _, last = trace["lines"].partition("-")
        block = "\n".join(lines[trace["document_id"]][int(first) - 1 : int(last or first)])
        if collapsed(trace["quote"]) not in collapsed(block):
            missing.append((name, trace["lines"], trace["quote"]))
    assert not missing
    assert len(EVERY_TRACE) > 700


@needs_seeds
def test_the_five_documents_are_known_by_their_hash() -> None:
    known = {each["remote_id"]: each["data"].get("file_sha256") for _, each in RECORDS if each["kind"] == "document"}
    for path in SEEDS.glob("*.txt"):
        assert known[path.stem] == hashlib.sha256(path.read_bytes()).hexdigest()


@needs_seeds
def test_no_name_of_the_attendance_pages_and_no_address_entered() -> None:
    attendance = (SEEDS / "rencontre-elus-nantes.txt").read_text("utf-8").split("\n")[:110]
    titles = {"DGA", "DGDTAP", "DDS", "ICPC", "DGCITES", "DG"}
    surnames = set(re.findall(r"\b[A-ZÉÈÂÊÎÔÛÇ][A-ZÉÈÂÊÎÔÛÇ'’-]{2,}\b", "\n".join(attendance))) - titles
    assert len(surnames) >= 20
    text = "\n".join(path.read_text("utf-8") for path in (DATA / "founding").rglob("*.ndjson"))
    assert not {name for name in surnames if re.search(rf"\b{name}\b", text, re.IGNORECASE)} - {"MICHEL"}
    assert not re.search(r"[\w.]+@[\w.]+\.\w{2,}", text)


def test_every_record_and_thing_carries_a_trace() -> None:
    assert not [each["remote_id"] for _, each in RECORDS if not each["data"].get("trace")]
    assert not [each["id"] for _, each in NETWORK if not each.get("trace")]


def test_every_record_and_thing_passes_the_schema() -> None:
    problems = {each["remote_id"]: schemas.check_record(each) for _, each in RECORDS}
    problems |= {each["id"]: schemas.check(f"network/{kind}", each) for kind, each in NETWORK}
    assert {name: found for name, found in problems.items() if found} == {}


def test_no_identifier_is_used_twice_in_a_source() -> None:
    keys = Counter((source, each["kind"], each["remote_id"]) for source, each in RECORDS)
    assert not [key for key, number in keys.items() if number > 1]


def test_a_status_is_known_only_where_a_trace_says_it() -> None:
    for _, each in RECORDS:
        data = each["data"]
        if each["kind"] == "commitment" and data.get("status", "inconnu") != "inconnu":
            assert [trace for trace in data["trace"] if "status" in trace["fields"]], each["remote_id"]


def test_an_objective_is_never_a_result_and_a_range_has_no_single_value() -> None:
    for _, each in RECORDS:
        for quantity in [each["data"].get("quantity"), *(f["quantity"] for f in each["data"].get("figures", ()))]:
            if quantity and quantity.get("qualifier") == "fourchette":
                assert "value" not in quantity


def test_the_register_holds_22_metropoles_and_the_ept_inside_grand_paris() -> None:
    register = REGISTER
    by_slug = {row["slug"]: row for row in register}
    assert Counter(row["nature"] for row in register) == {"METRO": 21, "METLYON": 1, "EPT": 1}
    inside, around = set(by_slug["plaine-commune"]["communes"]), set(by_slug["grand-paris"]["communes"])
    assert inside < around
    overlaps = [
        (a["slug"], b["slug"]) for a in register for b in register
        if a["slug"] < b["slug"] and set(a["communes"]) & set(b["communes"])
    ]  # fmt: skip
    assert overlaps == [("grand-paris", "plaine-commune")]


@pytest.mark.skipif(
    not (SHARED / "reference").is_dir(), reason="les données de référence (shared/reference) ne sont pas là"
)
def test_the_register_says_what_the_reference_table_says() -> None:
    register = {row["siren"]: row for row in REGISTER}
    with (SHARED / "reference" / "metropoles.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            mine = register.pop(row["siren"])
            assert mine["population"] == int(row["population_municipale"])
            assert sorted(mine["communes"]) == sorted(row["communes_insee"].split("|"))
    assert not register


def siren_is_valid(siren: str) -> bool:
    """Luhn's check."""
    digits = [int(digit) * (2 if rank % 2 else 1) for rank, digit in enumerate(reversed(siren))]
    return sum(digit // 10 + digit % 10 for digit in digits) % 10 == 0


def test_every_siren_is_well_formed() -> None:
    assert all(siren_is_valid(row["siren"]) for row in REGISTER)
