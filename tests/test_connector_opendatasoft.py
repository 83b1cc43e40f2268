"""The Opendatasoft connector against a simulated portal: what it reads, and each trap of such portals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import schemas
from connectors import opendatasoft
from connectors.base import Checkpoint, Endpoint, Item, Record, RecordRefused, SourceChanged, SourceDown
from connectors.fetch import Fetch, Manners
from tests.platforms.opendatasoft import CANARIES, DATASET, Portal, Row, project

WINNERS: dict[str, Any] = {
    "kind": "contribution",
    "key": ["identifiant_projet_gagnant"],
    "fields": {
        "title": {"from": "titre"},
        "location.label": {"from": "arrondissement_projet_gagnant"},
        "themes_raw": {"from": "thematique"},
        "votes": {"from": "votes", "as": "integer"},
        "amount": {"from": "montant", "as": "decimal"},
    },
    "constant": {"type": "projet", "process_id": "bp", "status_raw": "lauréat"},
}
OPERATIONS: dict[str, Any] = {
    "kind": "commitment",
    "key": ["identifiant_projet_gagnant"],
    "group_by": ["identifiant_projet_gagnant"],
    "fields": {
        "title": {"from": "titre"},
        "amount": {"from": "montant", "as": "decimal"},
        "history[].on": {"from": "jour", "as": "date"},
        "history[].label": {"from": "operation"},
    },
}
Start = Callable[..., Portal]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Portal] = []

    def begin(rows: list[Row], columns: tuple[str, ...] | None = None) -> Portal:
        running.append(Portal(rows, columns))
        return running[-1]

    yield begin
    for portal in running:
        portal.close()


def read(portal: Portal, mapping: object = WINNERS, **options: Any) -> list[Item]:
    return list(walk(portal, mapping, **options))


def walk(portal: Portal, mapping: object = WINNERS, **options: Any) -> Iterator[Item]:
    options = {"dataset": DATASET, "mapping": mapping, **options}
    fetch = Fetch(Manners(pace=0, private=True, retries=()))
    return opendatasoft.harvest(Endpoint(f"http://{portal.netloc}", options), fetch)


def records(items: list[Item], kind: str = "contribution") -> list[Record]:
    found = [item for item in items if isinstance(item, Record)]
    for record in found:
        assert schemas.check(record.kind, schemas.complete(record.kind, record.data)) == []
        assert not any(canary in str(record) for canary in CANARIES)
    return [record for record in found if record.kind == kind]


def ended(items: list[Item]) -> bool:
    return isinstance(items[-1], Checkpoint) and items[-1].end


def test_the_rows_of_a_dataset_become_records_and_the_dataset_a_document(start: Start) -> None:
    portal = start([project(2), project(1)])
    items = read(portal)
    assert [record.remote_id for record in records(items)] == ["P00001", "P00002"]
    assert records(items)[0].data == {
        "title": "Projet 1",
        "type": "projet",
        "process_id": "bp",
        "status_raw": "lauréat",
        "location": {"label": "Centre"},
        "themes_raw": ["Nature en ville"],
        "votes": 1,
        "amount": 1200.5,
    }
    assert records(items)[0].pointer == "/results/0"
    (document,) = records(items, "document")
    assert (document.remote_id, document.data) == (
        DATASET,
        {
            "title": "Budget participatif : projets gagnants",
            "url": f"https://{portal.netloc}/explore/dataset/{DATASET}/",
            "published_at": "2026-03-01T08:00:00Z",
            "type": "jeu_de_donnees",
        },
    )
    assert items[-1] == Checkpoint("2", 3, end=True)


def test_only_the_columns_declared_are_asked_for_in_the_order_of_the_key(start: Start) -> None:
    portal = start([project(1)])
    read(portal, key="CLE-1")
    path, params, headers = next(asked for asked in portal.asked if asked[0].endswith("/records"))
    assert params["select"].split(",") == [
        "identifiant_projet_gagnant", "titre", "arrondissement_projet_gagnant", "thematique", "votes", "montant",
    ]  # fmt: skip
    assert params["order_by"] == "identifiant_projet_gagnant"
    assert headers["authorization"] == "Apikey CLE-1"
    assert "CLE-1" not in f"{path} {params}"


@pytest.mark.parametrize("size", [99, 100, 101, 250])
def test_every_page_is_read_up_to_the_total_stated(start: Start, size: int) -> None:
    items = read(start([project(number) for number in range(size)]))
    assert len(records(items)) == size
    assert ended(items)


def test_a_server_that_gives_less_than_asked_is_read_whole(start: Start) -> None:
    portal = start([project(number) for number in range(130)])
    portal.faults = {"clamped"}
    items = read(portal)
    assert len({record.remote_id for record in records(items)}) == 130
    assert ended(items)


def test_ten_thousand_rows_are_paged_within_the_bound(start: Start) -> None:
    items = read(start([project(number) for number in range(10_000)]))
    assert len([item for item in items if isinstance(item, Record)]) == 10_001
    assert ended(items)


def test_beyond_ten_thousand_rows_the_export_is_read(start: Start) -> None:
    portal = start([project(number) for number in range(10_001)])
    items = read(portal)
    assert len({item.remote_id for item in items if isinstance(item, Record)}) == 10_002
    assert items[-1] == Checkpoint("10001", 10_002, end=True)
    path, params, _ = portal.asked[-1]
    assert path.endswith("/exports/jsonl")
    assert "auteur" not in params["select"]
    assert "offset" not in params


@pytest.mark.parametrize("fault", ["stream_error", "export_short"])
def test_an_export_cut_behind_a_200_gives_no_row_at_all(start: Start, fault: str) -> None:
    portal = start([project(number) for number in range(10_001)])
    portal.faults = {fault}
    items: list[Item] = []
    with pytest.raises(SourceDown):
        items.extend(walk(portal))
    assert not [item for item in items if isinstance(item, Checkpoint)]


def test_two_runs_give_the_same_records_in_the_same_order(start: Start) -> None:
    portal = start([project(number) for number in range(150)])
    assert read(portal) == read(portal)


def test_a_row_inserted_while_reading_is_no_duplicate_and_the_walk_is_not_called_whole(start: Start) -> None:
    portal = start([project(number) for number in range(1, 150)])

    def insert(offset: int) -> None:
        if offset == 100:
            portal.rows.insert(0, project(0))

    portal.on_page = insert
    items = read(portal)
    ids = [record.remote_id for record in records(items)]
    assert len(ids) == len(set(ids)) == 149
    assert not ended(items)


def test_a_row_removed_while_reading_makes_nothing_disappear(start: Start) -> None:
    portal = start([project(number) for number in range(150)])
    portal.on_page = lambda offset: portal.rows.pop(0) if offset == 100 else None
    assert not ended(read(portal))


def test_a_dataset_published_again_while_reading_is_not_called_whole(start: Start) -> None:
    portal = start([project(number) for number in range(150)])
    portal.on_page = lambda offset: portal.metas.update(data_processed="2026-04-01") if offset == 100 else None
    assert not ended(read(portal))


def test_the_count_of_the_description_may_lie(start: Start) -> None:
    portal = start([project(number) for number in range(5)])
    portal.metas["records_count"] = 2
    assert len(records(read(portal))) == 5


def test_a_silent_zero_is_an_ended_walk_of_nothing_for_the_hold_to_judge(start: Start) -> None:
    portal = start([project(1)])
    portal.faults = {"silent_zero"}
    items = read(portal)
    assert records(items) == []
    assert items[-1] == Checkpoint("0", 1, end=True)


def test_a_null_row_is_refused_and_the_others_are_kept(start: Start) -> None:
    portal = start([project(1), project(2)])
    portal.faults = {"null_items"}
    items = read(portal)
    assert [record.remote_id for record in records(items)] == ["P00002"]
    assert [item for item in items if isinstance(item, RecordRefused)] == [
        RecordRefused("fiche_illisible", "/results/0", kind="contribution")
    ]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("errors_only", "ODSQLError"),
        ("html_200", "page web"),
        ("redirect", "déménagé"),
        ("cursor_loop", "toujours les mêmes"),
        ("short", "n'en donne plus"),
        ("field_gone", "fields"),
        ("no_total_count", "total_count"),
        ("no_results", "results"),
    ],
)
def test_a_changed_portal_stops_the_walk(start: Start, fault: str, message: str) -> None:
    portal = start([project(number) for number in range(150)])
    portal.faults = {fault}
    with pytest.raises(SourceChanged, match=message):
        read(portal)


def test_a_quota_is_a_source_down_and_a_private_portal_a_matter_of_access(start: Start) -> None:
    portal = start([project(1)])
    portal.faults = {"too_many"}
    with pytest.raises(SourceDown):
        read(portal)
    portal.faults = {"private"}
    with pytest.raises(SourceChanged) as caught:
        read(portal)
    assert caught.value.cause == "access"


def test_an_unknown_dataset_and_a_renamed_column_are_named(start: Start) -> None:
    with pytest.raises(SourceChanged, match="ailleurs"):
        read(start([project(1)]), dataset="ailleurs")
    renamed = {("intitule" if name == "titre" else name): value for name, value in project(1).items()}
    with pytest.raises(SourceChanged, match="« titre »"):
        read(start([renamed]))
    with pytest.raises(SourceChanged, match="« titre »"):
        read(start([renamed], tuple(project(1))))


@pytest.mark.parametrize("titles", [("Un", "Deux"), ("Un", "Un")])
def test_two_rows_of_one_key_refuse_the_run(start: Start, titles: tuple[str, str]) -> None:
    portal = start([project(1, titre=title) for title in titles])
    with pytest.raises(SourceChanged, match="même clé"):
        read(portal)


def test_rows_without_a_key_are_refused_one_by_one(start: Start) -> None:
    keys = [None, "", "Total", "1,23E+15", "P1"]
    items = read(start([project(1, identifiant_projet_gagnant=key) for key in keys]))
    assert [record.remote_id for record in records(items)] == ["P1"]
    rules = sorted(item.rule for item in items if isinstance(item, RecordRefused))
    assert rules == ["identifiant_invalide"] * 2 + ["identifiant_manquant"] * 2
    assert ended(items)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (None, {}),
        ("", {}),
        ("…", {}),
        (0, {"votes": 0}),
        ("0", {"votes": 0}),
        ("NC", {"votes": None, "votes_state": "non_communique"}),
        ("N/A", {"votes": None, "votes_state": "non_collecte"}),
        ("< 11", {"votes": None, "votes_state": "masque"}),
        ("sans objet", {"votes": None, "votes_state": "sans_objet"}),
        ("1 234", {"votes": 1234}),
        ("1.800", {"votes": 1800}),
    ],
)
def test_an_absent_count_is_never_a_zero(start: Start, cell: object, expected: dict[str, Any]) -> None:
    (record,) = records(read(start([project(1, votes=cell)])))
    assert {name: value for name, value in record.data.items() if name.startswith("votes")} == expected


def operation(number: int, rank: int, **changes: Any) -> Row:
    day = f"{rank + 1:02}/12/2025"
    return project(number, **{"montant": "1000", "operation": f"Étape {rank}", "jour": day, **changes})


def test_operations_of_one_project_are_one_record_and_its_amount_is_counted_once(start: Start) -> None:
    items = read(start([operation(number, rank) for number in range(70) for rank in range(3)]), OPERATIONS)
    found = records(items, "commitment")
    assert len(found) == 70
    assert all(len(record.data["history"]) == 3 and record.data["amount"] == 1000 for record in found)
    assert found[33].data["history"][1] == {"on": "2025-12-02", "label": "Étape 1"}
    assert items[-1] == Checkpoint("210", None, end=True)


def test_operations_that_disagree_on_the_amount_are_refused(start: Start) -> None:
    items = read(start([operation(1, 0), operation(1, 1, montant="2000"), operation(2, 0)]), OPERATIONS)
    assert [record.remote_id for record in records(items, "commitment")] == ["P00002"]
    (refused,) = [item for item in items if isinstance(item, RecordRefused)]
    assert (refused.rule, refused.remote_id) == ("identifiant_en_double", "P00001")


def test_no_canary_stands_in_what_is_yielded(start: Start) -> None:
    items = read(start([project(1, titre=f"Écrire à {CANARIES[1]}"), project(2, votes=f"voir {CANARIES[1]}")]))
    assert len(items) == 4
    assert not any(canary in str(items) for canary in CANARIES)


def test_a_dataset_without_key_or_name_is_refused_in_french(start: Start) -> None:
    portal = start([project(1)])
    with pytest.raises(SourceChanged, match="Identifiant du jeu de données"):
        read(portal, dataset="")
    with pytest.raises(SourceChanged, match="key"):
        read(portal, {"kind": "observation", "fields": {"metric": {"const": "votes"}}})
    assert portal.asked == []


def test_the_contract_of_a_connector_is_declared() -> None:
    assert (opendatasoft.NAME, opendatasoft.CONTRACT) == ("opendatasoft", 1)
    assert all(option.label for option in opendatasoft.OPTIONS)
    assert [option.name for option in opendatasoft.OPTIONS if option.kind == "secret"] == ["key"]
