"""The generic connector against a simulated platform: five ways of paging, three formats, each trap."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import schemas
from connectors import BUILT_IN, json_mapping
from connectors.base import Checkpoint, Endpoint, Item, Record, RecordRefused, SourceChanged, SourceDown, Unchanged
from connectors.fetch import Fetch, Manners
from connectors.json_pages import Said, first, following
from connectors.json_request import planned
from tests.platforms.json_lists import CANARIES, Lists, Row, proposal
from tests.platforms.memory import Notebook

FIELDS: dict[str, Any] = {
    "title": {"from": "title"},
    "body": {"from": "body", "as": "html"},
    "process_id": {"from": "process"},
    "themes_raw": {"from": "theme"},
    "votes": {"from": "votes", "as": "integer", "null": {"masqué": "non_communique"}},
    "location.lat": {"from": "place.lat", "as": "decimal"},
    "location.lon": {"from": "place.lon", "as": "decimal"},
    "published_at": {"from": "published_at", "as": "datetime"},
    "updated_at": {"from": "updated_at", "as": "datetime"},
}
STYLES: dict[str, Row] = {
    "next_url": {"style": "next_url", "path": "next_page"},
    "cursor": {"style": "cursor", "path": "cursor", "name": "after"},
    "cursor and more": {"style": "cursor", "path": "cursor", "name": "after", "more": "more"},
    "page and total": {"style": "page", "name": "page", "size_name": "size", "size": 10, "total": "total"},
    "page and pages": {"style": "page", "name": "page", "pages": "pages"},
    "page alone": {"style": "page", "name": "page"},
    "offset": {"style": "offset", "name": "offset", "size_name": "size", "size": 100, "total": "total"},
    "offset alone": {"style": "offset", "name": "offset"},
}
NUMBERED = ["page and total", "offset"]
Start = Callable[..., Lists]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Lists] = []

    def begin(count: int = 25, size: int = 10) -> Lists:
        running.append(Lists([proposal(number) for number in range(1, count + 1)], size))
        return running[-1]

    yield begin
    for platform in running:
        platform.close()


def mapping(style: str | Row = "next_url", path: str = "/api/proposals", **changes: Any) -> Row:
    paging = STYLES[style] if isinstance(style, str) else style
    declared = {
        "request": {"url": path, "paging": paging},
        "items": "data[*]",
        "kind": "contribution",
        "key": ["id"],
        "fields": FIELDS,
        "constant": {"type": "proposition"},
        "drop": ["author"],
    }
    return {**declared, **changes}


def walk(
    platform: Lists, declared: object, cursor: str | None = None, memory: Notebook | None = None
) -> Iterator[Item]:
    fetch = Fetch(Manners(pace=0, private=True, retries=()), memory)
    return json_mapping.harvest(Endpoint(platform.url, {"mapping": declared}, cursor), fetch)


def read(platform: Lists, declared: object = None, *more: Any) -> list[Item]:
    return list(walk(platform, declared or mapping(), *more))


def records(items: list[Item]) -> list[Record]:
    found = [item for item in items if isinstance(item, Record)]
    for record in found:
        assert schemas.check(record.kind, schemas.complete(record.kind, record.data)) == []
        assert not any(canary in str(record) for canary in CANARIES)
    return found


def ids(items: list[Item]) -> list[int]:
    return [int(record.remote_id) for record in records(items)]


def refusals(items: list[Item]) -> list[RecordRefused]:
    return [item for item in items if isinstance(item, RecordRefused)]


def last(items: list[Item]) -> Checkpoint:
    assert isinstance(items[-1], Checkpoint)
    return items[-1]


def test_it_comes_with_the_hub_and_reads_what_changed() -> None:
    assert BUILT_IN["json_mapping"] is json_mapping
    assert json_mapping.INCREMENTAL


@pytest.mark.parametrize("style", STYLES)
def test_a_list_is_read_to_its_end_in_each_style(start: Start, style: str) -> None:
    items = read(start(), mapping(style))
    assert ids(items) == list(range(1, 26))
    assert last(items).end
    assert {item.cursor for item in items if isinstance(item, Checkpoint)} == {""}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("count", [0, 1, 10, 20])
def test_an_empty_list_and_full_pages_end_as_they_should(start: Start, style: str, count: int) -> None:
    items = read(start(count), mapping(style))
    assert len(ids(items)) == count
    assert last(items).end


def test_a_row_becomes_a_record_with_its_place_in_the_payload(start: Start) -> None:
    record = records(read(start(2)))[1]
    assert record.pointer == "/data/1"
    assert record.data == {
        "title": "Proposition 2", "body": "Pour le quartier n° 2", "process_id": "118", "type": "proposition",
        "themes_raw": ["nature", "mobilite"], "votes": 2, "location": {"lat": 47.2, "lon": -1.5},
        "published_at": "2026-01-05T10:00:00Z", "updated_at": "2026-02-03T07:00:00Z",
    }  # fmt: skip


def test_parameters_go_with_every_page_but_a_next_address_is_followed_as_given(start: Start) -> None:
    platform = start()
    declared = mapping("page and total")
    declared["request"]["params"] = {"year": "2026"}
    read(platform, declared)
    assert [asked["year"] for asked in platform.asked] == ["2026"] * 3
    platform.asked.clear()
    read(platform, mapping() | {"request": {**mapping()["request"], "params": {"year": "2026"}}})
    assert [asked.get("year") for asked in platform.asked] == ["2026", None, None]


def test_a_count_that_is_hidden_says_so_and_a_silent_one_says_nothing(start: Start) -> None:
    platform = start(3)
    platform.rows[0]["votes"] = "masqué"
    platform.rows[1]["votes"] = None
    del platform.rows[2]["votes"]
    data = [record.data for record in records(read(platform))]
    assert (data[0]["votes"], data[0]["votes_state"]) == (None, "non_communique")
    assert "votes" not in data[1]
    assert "votes" not in data[2]


def test_json_lines_are_read_line_by_line(start: Start) -> None:
    platform = start(12)
    items = read(platform, mapping({"style": "none"}, "/api/proposals.jsonl"))
    assert len(ids(items)) == 12
    assert records(items)[1].pointer == "L2"
    assert last(items).end
    platform.faults.add("cut")
    with pytest.raises(SourceDown, match="coupée"):
        read(platform, mapping({"style": "none"}, "/api/proposals.jsonl"))
    platform.rows.clear()
    with pytest.raises(SourceChanged, match="ou rien"):
        read(platform, mapping({"style": "none"}, "/api/proposals.jsonl"))


def test_features_have_their_point_as_place_and_other_shapes_none(start: Start) -> None:
    platform = start(4)
    platform.rows[0]["place"] = [-1.5, 47.2]
    platform.rows[1]["place"] = [843_000, 6_520_000]
    platform.rows[2]["place"] = {"type": "LineString", "coordinates": [[-1.5, 47.2], [-1.6, 47.3]]}
    platform.rows[3]["place"] = None
    fields = {name: spec for name, spec in FIELDS.items() if not name.startswith("location")}
    declared = mapping({"style": "none"}, "/api/p.geojson", fields=fields, items="features[*].properties")
    items = read(platform, declared)
    assert ids(items) == [1, 2, 3, 4]
    assert [record.data.get("location") for record in records(items)] == [{"lat": 47.2, "lon": -1.5}, None, None, None]
    assert records(items)[0].pointer == "/features/0/properties"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("html_200", "page web"), ("duplicate_keys", "JSON lisible"), ("errors_beside", "« errors »"),
        ("null_items", "data"), ("no_data", "data"), ("empty_object", "data"), ("loop", "déjà lue|mêmes lignes"),
        ("away", "a déménagé vers https://ailleurs.exemple.fr/api"), ("empty_pages", "vides"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_the_list_stops_the_walk(start: Start, fault: str, message: str) -> None:
    platform = start(200)
    platform.faults.add(fault)
    with pytest.raises(SourceChanged, match=message):
        read(platform)


@pytest.mark.parametrize("style", ["cursor", "cursor and more"])
def test_a_cursor_that_repeats_stops_the_walk(start: Start, style: str) -> None:
    platform = start()
    platform.faults.add("loop")
    with pytest.raises(SourceChanged, match=r"déjà lue|mêmes lignes"):
        read(platform, mapping(style))


@pytest.mark.parametrize("style", ["page alone", "offset alone", "page and total"])
def test_a_last_page_given_for_ever_stops_the_walk(start: Start, style: str) -> None:
    platform = start(20)
    platform.faults |= {"clamped", "total_too_high"}
    with pytest.raises(SourceChanged, match="toujours"):
        read(platform, mapping(style))


def test_a_sign_of_the_end_that_is_gone_is_no_end(start: Start) -> None:
    platform = start(5)
    platform.faults.add("no_next_page")
    assert not last(read(platform)).end
    assert last(read(platform, mapping({**STYLES["next_url"], "total": "total"}))).end
    platform.faults = {"no_more"}
    with pytest.raises(SourceChanged, match="« more »"):
        read(platform, mapping("cursor and more"))
    platform.faults = {"hidden_total"}
    with pytest.raises(SourceChanged, match="« total »"):
        read(platform, mapping("offset"))


def test_a_next_address_left_out_on_the_last_page_only_is_an_end(start: Start) -> None:
    platform = start()
    platform.faults.add("next_omitted_at_the_end")
    items = read(platform)
    assert len(ids(items)) == 25
    assert last(items).end


@pytest.mark.parametrize("style", NUMBERED)
def test_a_total_larger_than_the_rows_concludes_nothing(start: Start, style: str) -> None:
    platform = start()
    platform.faults.add("total_too_high")
    items = read(platform, mapping(style))
    assert len(ids(items)) == 25
    assert not last(items).end
    assert last(items).total == 28


@pytest.mark.parametrize("style", NUMBERED)
def test_a_list_that_moves_while_it_is_read_concludes_nothing(start: Start, style: str) -> None:
    platform = start()
    platform.before = lambda rank: platform.rows.insert(0, proposal(99)) if rank == 2 else None
    items = read(platform, mapping(style))
    assert sorted(set(ids(items))) == list(range(1, 26))
    assert not last(items).end


@pytest.mark.parametrize("style", [*NUMBERED, "next_url", "cursor"])
def test_a_row_removed_between_two_pages_may_hide_another_and_concludes_nothing(start: Start, style: str) -> None:
    platform = start()
    platform.before = lambda rank: platform.rows.pop(0) if rank == 2 else None
    assert not last(read(platform, mapping({**STYLES[style], "total": "total"}))).end


def test_rows_that_cannot_be_read_are_refused_one_by_one(start: Start) -> None:
    platform = start(5)
    platform.rows[2]["id"] = None
    platform.rows[3]["votes"] = "douze"
    platform.faults.add("null_rows")
    items = read(platform)
    assert ids(items) == [2, 5]
    assert [(item.rule, item.pointer) for item in refusals(items)] == [
        ("fiche_illisible", "/data/0"), ("identifiant_manquant", "/data/2"), ("nombre_invalide", "/data/3"),
    ]  # fmt: skip
    assert last(items).end


def test_a_second_row_of_one_key_is_refused_and_a_key_that_does_not_tell_rows_apart_stops_all(start: Start) -> None:
    platform = start(150, 200)
    platform.rows[7] = proposal(7, title="Autre")
    items = read(platform)
    assert [(item.rule, item.remote_id) for item in refusals(items)] == [("identifiant_en_double", "7")]
    with pytest.raises(SourceChanged, match=r"même clé \(process\)"):
        read(platform, mapping(key=["process"]))


def test_rows_of_one_thing_are_grouped_across_pages(start: Start) -> None:
    platform = start(0)
    platform.rows += [{"ref": n // 3, "titre": f"Opération {n // 3}", "mot": f"jalon {n}"} for n in range(12)]
    fields = {"title": {"from": "titre"}, "history[].label": {"from": "mot"}}
    declared = mapping(kind="commitment", key=["ref"], group_by=["ref"], fields=fields, constant={})
    items = read(platform, declared)
    assert ids(items) == [0, 1, 2, 3]
    assert [len(record.data["history"]) for record in records(items)] == [3, 3, 3, 3]
    assert last(items) == Checkpoint("", None, end=True)


def test_a_thin_or_a_huge_list_concludes_nothing(start: Start) -> None:
    platform = start()
    assert last(read(platform, mapping(expect={"min_rows": 25, "max_rows": 25}))).end
    assert not last(read(platform, mapping(expect={"min_rows": 26}))).end
    assert not last(read(platform, mapping(expect={"max_rows": 24}))).end


def test_pages_that_did_not_change_are_not_read_again(start: Start) -> None:
    platform, memory = start(), Notebook()
    first = read(platform, mapping("page and total"), None, memory)
    memory.accept()
    again = read(platform, mapping("page and total"), None, memory)
    assert [type(item) for item in again] == [Unchanged, Checkpoint] * 3
    assert [item for item in again if isinstance(item, Checkpoint)] == [
        item for item in first if isinstance(item, Checkpoint)
    ]
    platform.rows[12]["votes"] = 4_000
    third = read(platform, mapping("page and total"), None, memory)
    assert sum(isinstance(item, Unchanged) for item in third) == 2
    assert ids(third) == list(range(11, 21))
    assert last(third).end


@pytest.mark.parametrize("style", STYLES)
def test_unchanged_pages_lead_where_they_led(start: Start, style: str) -> None:
    platform, memory = start(), Notebook()
    read(platform, mapping(style), None, memory)
    asked = list(platform.asked)
    memory.accept()
    again = read(platform, mapping(style), None, memory)
    assert platform.asked == asked * 2
    assert not records(again)
    assert last(again).end


def test_another_declaration_reads_unchanged_pages_again(start: Start) -> None:
    platform, memory = start(), Notebook()
    read(platform, mapping(), None, memory)
    memory.accept()
    assert len(ids(read(platform, mapping(constant={"type": "projet"}), None, memory))) == 25


def test_a_page_with_a_refused_row_is_read_again(start: Start) -> None:
    platform, memory = start(), Notebook()
    platform.rows[12]["votes"] = "douze"
    read(platform, mapping(), None, memory)
    memory.accept()
    again = read(platform, mapping(), None, memory)
    assert len(refusals(again)) == 1
    assert sum(isinstance(item, Unchanged) for item in again) == 2


SINCE = {"since": {"param": "since", "from": "updated_at"}}


def test_only_what_changed_is_asked_again_with_an_overlap(start: Start) -> None:
    platform = start()
    full = read(platform, mapping(**SINCE))
    assert last(full) == Checkpoint("2026-02-26T07:00:00Z", None, end=True)
    assert {item.cursor for item in full[:-1] if isinstance(item, Checkpoint)} == {""}
    assert "since" not in platform.asked[0]
    platform.asked.clear()
    platform.rows[3]["updated_at"] = "2026-03-01T08:00:00+01:00"
    again = read(platform, mapping(**SINCE), last(full).cursor)
    assert platform.asked == [{"since": "2026-02-26T01:00:00Z"}]
    assert ids(again) == [4, 25]
    assert last(again).cursor == "2026-03-01T07:00:00Z"


def test_a_row_changed_behind_a_reader_who_takes_an_hour_is_read_the_next_night(start: Start) -> None:
    platform = start()

    def changed(rank: int) -> None:
        if rank == 2:
            platform.rows[0]["updated_at"] = "2026-03-01T08:00:00Z"
            platform.rows[-1]["updated_at"] = "2026-03-01T09:00:00Z"

    platform.before = changed
    first = read(platform, mapping("page and total", **SINCE))
    assert last(first) == Checkpoint("2026-03-01T09:00:00Z", 25, end=True)
    assert ids(read(platform, mapping("page and total", **SINCE), last(first).cursor)) == [1, 25]


@pytest.mark.parametrize("fault", ["", "since_ignored"])
def test_a_cursor_in_the_future_gives_nothing_and_does_not_move(start: Start, fault: str) -> None:
    platform = start()
    platform.faults.add(fault)
    items = read(platform, mapping(**SINCE), "2999-01-01T00:00:00Z")
    assert not ids(items)
    assert last(items).cursor == "2999-01-01T00:00:00Z"


def test_the_cursor_waits_for_the_end_of_the_walk(start: Start) -> None:
    platform = start()
    platform.faults.add("total_too_high")
    items = read(platform, mapping("page and total", **SINCE), "2026-02-01T00:00:00Z")
    assert last(items) == Checkpoint("2026-02-01T00:00:00Z", 28)


def test_a_cursor_that_is_a_day_reads_the_day_before_again(start: Start) -> None:
    platform = start()
    read(platform, mapping(**SINCE), "2026-02-10")
    assert platform.asked[0]["since"] == "2026-02-09"
    with pytest.raises(SourceChanged, match="point de reprise"):
        read(platform, mapping(**SINCE), "hier")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 9)), max_size=6), max_size=4))
def test_reading_what_changed_comes_to_reading_everything(start: Start, history: list[list[tuple[int, int]]]) -> None:
    platform = start(12, 5)
    known: dict[str, Any] = {}
    cursor = None
    for day, changes in enumerate([[], *history]):
        for number, votes in changes:
            changed = proposal(number, votes=votes, updated_at=f"2026-03-{1 + day:02}T08:00:00+01:00")
            platform.rows[:] = [*(row for row in platform.rows if row["id"] != number), changed]
        items = read(platform, mapping(**SINCE), cursor)
        known |= {record.remote_id: record.data for record in records(items)}
        cursor = last(items).cursor
    assert known == {record.remote_id: record.data for record in records(read(platform, mapping(**SINCE)))}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"request": {"paging": {"style": "graphql"}}}, "request.paging"),
        ({"request": {"method": "POST"}}, "request"),
        ({"request": {"url": "https://ailleurs.exemple.fr/"}}, "autre site"),
        ({"request": {"params": {"a": 1}}}, "request.params.a"),
        ({"request": {"paging": {"style": "page", "name": "p", "size_name": "s"}}}, "request.paging"),
        ({"request": {"format": "jsonl", "paging": STYLES["next_url"]}}, "jsonl"),
        ({"items": "data[?(@.x)]"}, "items"),
        ({"items": 3}, "items"),
        ({"since": {"param": "since"}}, "since"),
        ({"expect": {"min_rows": -1}}, "expect.min_rows"),
        ({"drop": "nom"}, "drop"),
        ({"drop": ["place"]}, "place"),
        ({"fields": {"title": {"from": "author.name"}}}, "personnes"),
        ({"fields": {"title": {"from": "meta.author.pseudo"}}}, "personnes"),
        ({"constants": {}}, "constants"),
    ],
)  # fmt: skip
def test_a_declaration_to_correct_is_told_before_anything_is_asked(
    start: Start, changes: dict[str, Any], message: str
) -> None:
    platform = start()
    with pytest.raises(SourceChanged, match=message):
        read(platform, json.dumps(mapping(**changes)))
    assert not platform.asked


def test_a_relative_next_address_is_followed(start: Start) -> None:
    platform = start()
    platform.faults.add("relative")
    assert len(ids(read(platform))) == 25


@pytest.mark.parametrize(
    ("said", "followed"),
    [
        ("http://exemple.fr/api?page=2", "https://exemple.fr/api?page=2"),
        ("https://exemple.fr:443/api?page=2#fin", "https://exemple.fr/api?page=2"),
        ("https://jean:secret@exemple.fr/api?page=2", "https://exemple.fr/api?page=2"),
        ("//exemple.fr/autre", "https://exemple.fr/autre"),
    ],
)
def test_a_next_address_stays_on_the_site_and_never_leaves_https(said: str, followed: str) -> None:
    plan = planned(Endpoint("https://exemple.fr", {"mapping": mapping()}))
    assert following(plan, first(plan), Said(10, next=said, named=True), 10) == followed


@pytest.mark.parametrize(
    "said", ["https://ailleurs.fr/api", "https://exemple.fr:8443/api", "file:///etc/passwd", "https://[exemple/api"]
)
def test_a_next_address_elsewhere_is_not_followed(said: str) -> None:
    plan = planned(Endpoint("https://exemple.fr", {"mapping": mapping()}))
    with pytest.raises(SourceChanged, match=r"L'adresse (a déménagé vers|de la page suivante)"):
        following(plan, first(plan), Said(10, next=said, named=True), 10)
