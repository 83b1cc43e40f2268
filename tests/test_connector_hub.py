"""The connector of another hub against a simulated one: what is carried, what is not, each trap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import schemas
from connectors import BUILT_IN, hub
from connectors.base import Checkpoint, Endpoint, Item, Record, RecordRefused, SourceChanged
from connectors.fetch import Fetch, Manners
from connectors.hub_links import LINKS
from hub.harvest import derive
from tests.platforms.hub import NANTES, RENNES, Hub

US = "https://hub.exemple.fr"
THERE: dict[str, Any] = {"hub": "https://autre.exemple.fr", "source": "budget"}
PROCESS = {"title": "Plan vélo", "state": "en_cours"}


@pytest.fixture
def peer() -> Iterator[Hub]:
    running = Hub()
    yield running
    running.close()


def read(peer: Hub, /, cursor: str | None = None, **options: Any) -> list[Item]:
    endpoint = Endpoint(peer.url, {"self": US, "siren": NANTES, **options}, cursor)
    return list(hub.harvest(endpoint, Fetch(Manners(pace=0, private=True, retries=()))))


def records(items: list[Item]) -> list[Record]:
    found = [item for item in items if isinstance(item, Record)]
    for record in found:
        assert record.deleted or schemas.check(record.kind, schemas.complete(record.kind, record.data)) == []
    return found


def test_it_comes_with_the_hub_and_knows_the_links_the_hub_follows() -> None:
    assert BUILT_IN["hub"] is hub
    assert derive.LINKS == LINKS


def test_things_keep_the_hub_id_they_were_born_with_and_links_follow(peer: Hub) -> None:
    process = peer.tell("created", "process", "118", PROCESS)
    document = schemas.hub_id("plateforme", "document", "bilan")
    trace = [{"document_id": "bilan", "certainty": "affirme"}]
    told = {"process_id": "118", "type": "proposition", "title": "Une piste", "votes": 0, "trace": trace}
    peer.tell("created", "contribution", "7", told)
    figure = {
        "metric": "participants", "subject": {"kind": "process", "remote_id": "118"}, "basis": "flux",
        "period": {"from": "2025", "to": "2025", "precision": "annee"}, "channel": "en_ligne",
        "quantity": {"value": 12, "unit": "personnes"},
    }  # fmt: skip
    peer.tell("created", "observation", "f", figure)
    peer.tell("created", "observation", "g", {**figure, "subject": {"kind": "metropole", "remote_id": NANTES}})
    items = read(peer)
    first, second, third, fourth = records(items)
    assert (first.remote_id, first.data, first.pointer) == (process, PROCESS, "/changes/0")
    assert (second.data["process_id"], second.data["votes"]) == (process, 0)
    assert second.data["trace"] == [{"document_id": document, "certainty": "affirme"}]
    assert third.data["subject"] == {"kind": "process", "remote_id": process}
    assert fourth.data["subject"] == {"kind": "metropole", "remote_id": NANTES}
    assert items[-1] == Checkpoint("4", end=True)


def test_what_came_through_the_other_hub_keeps_its_links_as_they_are(peer: Hub) -> None:
    born = schemas.hub_id("budget", "stage", "1")
    process = schemas.hub_id("budget", "process", "118")
    data = {"process_id": process, "title": "Vote"}
    peer.tell("created", "stage", "1", data, hub_id=born, origin=THERE)
    assert [(record.remote_id, record.data) for record in records(read(peer))] == [(born, data)]
    named = {"hub": "Réseau du nord", "source": "plateforme"}
    peer.tell("created", "stage", "2", {"process_id": "118", "title": "Avis"}, origin=named)
    assert records(read(peer, "1", peer="Réseau du Nord"))[0].data["process_id"] != "118"


@pytest.mark.parametrize("ours", [US, f"{US}/", "Hub de Nantes|HTTPS://hub.exemple.fr", ["Hub de Nantes", US]])
def test_what_was_born_here_is_never_read_back(peer: Hub, ours: object) -> None:
    peer.tell("created", "process", "1", PROCESS, origin={"hub": US, "source": "decidim"})
    peer.tell("created", "process", "2", PROCESS)
    peer.tell("created", "process", "3", PROCESS, origin=THERE)
    assert len(records(read(peer, self=ours))) == 2
    assert len(records(read(peer, self=ours, others=[THERE["hub"]]))) == 1


def test_what_is_gone_there_is_gone_here_and_what_is_back_is_back(peer: Hub) -> None:
    process = peer.tell("created", "process", "1", PROCESS)
    read(peer)
    peer.tell("gone", "process", "1")
    gone = records(read(peer, "1"))
    assert [(record.remote_id, record.deleted, record.data) for record in gone] == [(process, True, {})]
    peer.tell("restored", "process", "1", PROCESS)
    assert [record.deleted for record in records(read(peer, "2"))] == [False]
    assert [record.deleted for record in records(read(peer))] == [False]


@pytest.mark.parametrize("fault", ["", "filter_ignored"])
def test_one_metropole_is_read_or_the_network_itself(peer: Hub, fault: str) -> None:
    peer.faults.add(fault)
    nantes = peer.tell("created", "process", "1", PROCESS)
    peer.tell("created", "process", "2", PROCESS, siren=RENNES)
    network = peer.tell("created", "document", "3", {"title": "Charte"}, siren=None)
    assert [record.remote_id for record in records(read(peer))] == [nantes]
    assert peer.asked[0] == ("/api/v1/changes", {"limit": "500", "siren": NANTES})
    assert [record.remote_id for record in records(read(peer, siren=""))] == [network]


def test_a_feed_that_has_nothing_new_ends_where_it_was(peer: Hub) -> None:
    peer.tell("created", "process", "1", PROCESS)
    assert read(peer, "1") == [Checkpoint("1"), Checkpoint("1", end=True)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["created", "updated", "gone", "restored"]))),
    st.integers(1, 4),
    st.integers(0, 12),
)
def test_the_feed_in_any_cuts_gives_the_public_things(
    peer: Hub, changes: list[tuple[str, str]], size: int, cut: int
) -> None:
    peer.changes.clear()
    peer.page_size = size
    here: dict[str, Any] = {}
    cursor = None
    for part in (changes[:cut], changes[cut:]):
        for name, op in part:
            peer.tell(op, "process", name, None if op == "gone" else {"title": f"{name} {len(peer.changes)}"})
        items = read(peer, cursor)
        told = [record.remote_id for record in records(items)]
        assert len(told) == len(set(told))
        here |= {record.remote_id: record.data for record in records(items)}
        assert isinstance(items[-1], Checkpoint)
        cursor = items[-1].cursor
    assert here == {one["hub_id"]: one["data"] or {} for one in peer.changes}


def test_a_long_feed_is_asked_for_again_rather_than_held(peer: Hub) -> None:
    peer.page_size = 2
    for number in range(50):
        peer.tell("created", "process", str(number % 45), {"title": f"Titre {number}"})
    peer.before = lambda rank: peer.tell("updated", "process", "44", {"title": "Plus tard"}) if rank == 28 else None
    found = records(read(peer))
    assert len(found) == 45
    assert {record.data["title"] for record in found} == {f"Titre {number}" for number in range(5, 50)}


def test_a_purged_cursor_starts_the_feed_again(peer: Hub) -> None:
    peer.tell("created", "process", "1", PROCESS)
    answer = peer.answer
    peer.before = lambda rank: setattr(peer, "purged_below", 9 if rank == 1 else 0)
    assert answer("/api/v1/changes", {"after": "1", "limit": "500"})[0] == 200
    assert len(records(read(peer, "1"))) == 1
    peer.before = int
    peer.purged_below = 9
    with pytest.raises(SourceChanged, match="export complet"):
        read(peer, "1")


def test_a_feed_that_is_purged_while_it_is_read_from_its_start_is_not_read_again(peer: Hub) -> None:
    peer.tell("created", "process", "1", PROCESS)
    peer.purged_below = 1
    with pytest.raises(SourceChanged, match="export complet"):
        read(peer)
    assert len(peer.asked) == 1


def test_addresses_and_numbers_that_an_older_hub_left_in_its_texts_are_masked(peer: Hub) -> None:
    link = "https://reseau.exemple.fr/@ville"
    body = "Écrire à a.canari@exemple.fr ou au 06 12 34 56 78"
    peer.tell("created", "process", "1", {**PROCESS, "url": link, "organisers": ["a.canari@exemple.fr", "0612345678"]})
    peer.tell("created", "contribution", "2", {"type": "proposition", "title": "Un banc", "body": body})
    first, second = (item.data for item in read(peer) if isinstance(item, Record))
    assert (first["url"], first["organisers"]) == (link, ["[adresse masquée]", "0612345678"])
    assert second["body"] == "Écrire à [adresse masquée] ou au [numéro masqué]"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("html_200", "page web"), ("no_changes", "« changes »"), ("no_more", "« more »"), ("no_next", "« next »"),
        ("loop", "déjà lue|ordre"), ("newer", "version 1.4.0"), ("shuffled", "ordre"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_the_feed_stops_the_reading(peer: Hub, fault: str, message: str) -> None:
    peer.tell("created", "process", "1", PROCESS)
    if fault != "loop":
        peer.tell("created", "process", "2", PROCESS)
    peer.faults.add(fault)
    with pytest.raises(SourceChanged, match=message):
        read(peer)


def test_a_kind_or_an_operation_unknown_here_stops_the_reading(peer: Hub) -> None:
    peer.tell("created", "petition", "1", PROCESS)
    with pytest.raises(SourceChanged, match="genre inconnu ici : « petition »"):
        read(peer)
    peer.changes.clear()
    peer.tell("merged", "process", "1", PROCESS)
    with pytest.raises(SourceChanged, match="opération inconnue ici : « merged »"):
        read(peer)


def test_each_schema_is_looked_at_once(peer: Hub) -> None:
    for number in range(3):
        peer.tell("created", "process", str(number), PROCESS)
    read(peer)
    assert [path for path, _ in peer.asked] == ["/api/v1/changes", "/schemas/process.json"]


def test_an_entry_that_names_no_thing_is_refused_and_the_others_are_read(peer: Hub) -> None:
    peer.tell("created", "process", "1", PROCESS, hub_id="Plan vélo")
    peer.tell("updated", "process", "2", None)
    peer.tell("created", "process", "3", PROCESS)
    peer.changes.insert(0, None)
    items = read(peer)
    assert [item.pointer for item in items if isinstance(item, RecordRefused)] == [f"/changes/{n}" for n in range(3)]
    assert len(records(items)) == 1


def test_our_own_name_must_be_given(peer: Hub) -> None:
    with pytest.raises(SourceChanged, match="Notre nom"):
        read(peer, self="")
    assert not peer.asked


def test_a_feed_that_does_not_move_on_stops_the_reading(peer: Hub) -> None:
    peer.faults.add("loop")
    with pytest.raises(SourceChanged, match="déjà lue"):
        read(peer, "0")
