"""The data.gouv.fr connector against a simulated catalogue and tabular API, and their traps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import schemas
from connectors import datagouv
from connectors.base import Checkpoint, Endpoint, Item, Record, RecordRefused, SourceChanged, SourceDown
from connectors.fetch import Fetch, Manners
from tests.platforms.datagouv import CANARIES, ORGANIZATION, RESOURCE, DataGouv, dataset, deliberation, resource

CATALOGUE = {"organization": ORGANIZATION}
ROWS = {"resource": RESOURCE, "mapping": datagouv.SCDL, "siren": "244400404"}


@pytest.fixture
def platform() -> Iterator[DataGouv]:
    running = DataGouv()
    yield running
    running.close()


def read(platform: DataGouv, options: dict[str, Any]) -> list[Item]:
    fetch = Fetch(Manners(pace=0, private=True, retries=()))
    items = list(datagouv.harvest(Endpoint(platform.url, {"tabular": platform.url, **options}), fetch))
    for record in items:
        assert not any(canary in str(record) for canary in CANARIES)
        if isinstance(record, Record):
            assert schemas.check(record.kind, schemas.complete(record.kind, record.data)) == []
    return items


def records(items: list[Item]) -> list[Record]:
    return [item for item in items if isinstance(item, Record)]


def ended(items: list[Item]) -> bool:
    return isinstance(items[-1], Checkpoint) and items[-1].end


def test_datasets_and_their_pdf_files_become_documents(platform: DataGouv) -> None:
    files = [resource(1), resource(2, format="csv"), resource(3, type="api"), resource(4, type="documentation")]
    platform.datasets = [dataset(1, resources=files), dataset(2)]
    items = read(platform, CATALOGUE)
    assert [record.remote_id for record in records(items)] == [f"{1:024x}", "r-1", "r-4", f"{2:024x}"]
    assert records(items)[0].data == {
        "title": "Jeu 1",
        "url": "https://www.data.gouv.fr/datasets/jeu-1/",
        "published_at": "2025-01-02T03:04:05Z",
        "type": "jeu_de_donnees",
    }
    assert records(items)[1].data == {
        "title": "Fichier 1",
        "url": "https://www.data.gouv.fr/fr/datasets/r/r-1",
        "published_at": "2025-05-05T10:00:00Z",
        "media_type": "application/pdf",
    }
    assert records(items)[1].pointer == "/data/0/resources/0"
    assert items[-1] == Checkpoint("1", end=True)


def test_the_catalogue_is_masked_so_that_no_person_is_sent(platform: DataGouv) -> None:
    platform.datasets = [dataset(1)]
    read(platform, CATALOGUE)
    _, params, headers = platform.asked[0]
    assert not {"owner", "contact_points"} & set(headers["x-fields"].replace("{", ",").replace("}", ",").split(","))
    assert "x-api-key" not in headers
    assert params["organization"] == ORGANIZATION


@pytest.mark.parametrize("size", [100, 101, 250])
def test_the_catalogue_is_read_to_its_end(platform: DataGouv, size: int) -> None:
    platform.datasets = [dataset(number) for number in range(size)]
    items = read(platform, CATALOGUE)
    assert len(records(items)) == size
    assert ended(items)


def test_archived_and_private_datasets_are_left_out(platform: DataGouv) -> None:
    hidden = [dataset(1, archived="2026-01-01"), dataset(2, private=True), dataset(3, deleted="2026-01-01")]
    platform.datasets = [*hidden, dataset(4)]
    items = read(platform, CATALOGUE)
    assert [record.remote_id for record in records(items)] == [f"{4:024x}"]
    assert ended(items)


@pytest.mark.parametrize("left", [60, 130])
def test_a_catalogue_that_shrinks_while_it_is_read_is_not_called_whole(platform: DataGouv, left: int) -> None:
    platform.datasets = [dataset(number) for number in range(150)]

    def shrink(page: int) -> None:
        if page == 2:
            del platform.datasets[left:]

    platform.on_page = shrink
    assert not ended(read(platform, CATALOGUE))


def test_a_catalogue_that_moves_gives_no_duplicate(platform: DataGouv) -> None:
    platform.datasets = [dataset(number) for number in range(1, 150)]
    platform.on_page = lambda page: platform.datasets.insert(0, dataset(0)) if page == 2 else None
    items = read(platform, CATALOGUE)
    assert len({record.remote_id for record in records(items)}) == len(records(items)) == 149
    assert not ended(items)


def test_deliberations_are_read_in_the_national_form(platform: DataGouv) -> None:
    platform.rows = [deliberation(1)]
    items = read(platform, ROWS)
    assert records(items) == [
        Record(
            "deliberation",
            "24440040400129:2026-001:2026-02-06",
            {
                "number": "2026-001",
                "decided_on": "2026-02-06",
                "matter_code": "7.10",
                "matter_name": "Finances",
                "title": "Objet 1",
                "siret": "24440040400129",
                "votes_for": 97,
                "votes_against": 0,
                "document_url": "https://exemple.fr/d.pdf",
            },
            "/data/0",
        )
    ]
    assert items[-1] == Checkpoint("1", None, end=True)


def test_an_empty_vote_is_unknown_and_a_damaged_code_is_lost_not_wrong(platform: DataGouv) -> None:
    platform.rows = [deliberation(1, VOTE_POUR="", VOTE_CONTRE="NC", DELIB_MATIERE_CODE=7.1)]
    (record,) = records(read(platform, ROWS))
    assert "votes_for" not in record.data
    assert "abstentions" not in record.data
    assert (record.data["votes_against"], record.data["votes_against_state"]) == (None, "non_communique")
    assert "matter_code" not in record.data


def test_only_the_rows_of_the_metropole_are_kept_and_only_its_columns_asked(platform: DataGouv) -> None:
    platform.rows = [deliberation(1), deliberation(1, COLL_SIRET=21440109500015)]
    assert len(records(read(platform, ROWS))) == 1
    asked = [params for path, params, _ in platform.asked if path.endswith("/data/")]
    assert "ELU_EMAIL" not in asked[0]["columns"]
    with pytest.raises(SourceChanged, match="SIREN"):
        read(platform, {**ROWS, "siren": ""})


@pytest.mark.parametrize("size", [50, 51, 120])
def test_every_page_of_a_table_is_read(platform: DataGouv, size: int) -> None:
    platform.rows = [deliberation(number) for number in range(size)]
    items = read(platform, ROWS)
    assert len(records(items)) == size
    assert ended(items)


def test_a_table_imported_again_while_it_is_read_is_not_called_whole(platform: DataGouv) -> None:
    platform.rows = [deliberation(number) for number in range(60)]

    def anew(page: int) -> None:
        platform.created_at = f"2026-04-0{page}"

    platform.on_page = anew
    assert not ended(read(platform, ROWS))


def test_the_rank_of_a_row_and_an_absent_column_are_no_key(platform: DataGouv) -> None:
    platform.rows = [deliberation(1)]
    for column in ("__id", "delib_id"):
        mapping = {"kind": "deliberation", "key": [column], "fields": {"title": {"from": "DELIB_OBJET"}}}
        with pytest.raises(SourceChanged):
            read(platform, {"resource": RESOURCE, "mapping": mapping})


def test_two_deliberations_of_one_key_refuse_the_run(platform: DataGouv) -> None:
    platform.rows = [deliberation(1), deliberation(1, DELIB_OBJET="Autre")]
    with pytest.raises(SourceChanged, match="même clé"):
        read(platform, ROWS)


@pytest.mark.parametrize("options", [CATALOGUE, ROWS])
def test_a_null_item_is_refused_and_the_others_kept(platform: DataGouv, options: dict[str, Any]) -> None:
    platform.datasets = [dataset(1), dataset(2)]
    platform.rows = [deliberation(1), deliberation(2)]
    platform.faults = {"null_items"}
    items = read(platform, options)
    assert len(records(items)) == len([item for item in items if isinstance(item, RecordRefused)]) == 1


@pytest.mark.parametrize("options", [CATALOGUE, ROWS])
def test_a_silent_zero_is_an_ended_walk_of_nothing(platform: DataGouv, options: dict[str, Any]) -> None:
    platform.rows = [deliberation(1)]
    platform.faults = {"silent_zero"}
    items = read(platform, options)
    assert records(items) == []
    assert ended(items)


@pytest.mark.parametrize("options", [CATALOGUE, ROWS])
@pytest.mark.parametrize(
    "fault", ["html_200", "redirect", "errors_only", "cursor_loop", "field_gone", "gone", "not_yet"]
)
def test_a_changed_platform_stops_the_walk(platform: DataGouv, options: dict[str, Any], fault: str) -> None:
    platform.datasets = [dataset(number) for number in range(150)]
    platform.rows = [deliberation(number) for number in range(60)]
    platform.faults = {fault}
    with pytest.raises(SourceChanged):
        read(platform, options)


@pytest.mark.parametrize("fault", ["partial_errors", "short"])
def test_errors_beside_data_and_a_promise_not_kept_stop_the_walk(platform: DataGouv, fault: str) -> None:
    platform.rows = [deliberation(number) for number in range(120)]
    platform.faults = {fault}
    with pytest.raises(SourceChanged):
        read(platform, ROWS)


@pytest.mark.parametrize("options", [CATALOGUE, ROWS])
@pytest.mark.parametrize("fault", ["too_many", "unavailable"])
def test_a_busy_platform_is_a_source_down(platform: DataGouv, options: dict[str, Any], fault: str) -> None:
    platform.faults = {fault}
    with pytest.raises(SourceDown):
        read(platform, options)


def test_one_thing_is_to_be_read_and_an_organisation_has_a_permanent_id(platform: DataGouv) -> None:
    for options in ({}, {**CATALOGUE, **ROWS}):
        with pytest.raises(SourceChanged, match="soit"):
            read(platform, options)
    with pytest.raises(SourceChanged):
        read(platform, {"organization": "nantes-metropole"})
