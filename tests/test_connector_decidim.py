"""Decidim, against a site of each version that misbehaves as the real ones do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graphql import build_schema, parse, validate

import schemas
from connectors import decidim
from connectors.base import Checkpoint, Endpoint, Item, Record, RecordRefused, SourceChanged, SourceDown
from connectors.decidim_api import LISTS, SHAPES, Api
from connectors.decidim_spaces import Words, moment
from connectors.fetch import Fetch, Manners
from tests.conftest import SHARED
from tests.platforms.decidim import CANARIES, Decidim, meeting_row, proposal_row, result_row, said

VERSIONS = range(26, 32)
EVERYTHING = {"bodies": True, "documents": True, "metrics": True}
INTERFACES = {
    26: "decidim-0.26.graphql",
    27: "decidim-0.27.graphql",
    28: "decidim-0.28.graphql",
    29: "decidim-0.29rc.graphql",
    30: "decidim-0.30dev.graphql",
    31: "decidim-0.31-reconstructed.graphql",
}
FOLDER = SHARED / "platforms/schemas"
Opener = Callable[..., Decidim]


@pytest.fixture
def site() -> Iterator[Opener]:
    running: list[Decidim] = []

    def start(version: int = 29, *faults: str) -> Decidim:
        running.append(Decidim(version, *faults))
        return running[-1]

    yield start
    for one in running:
        one.close()


def fetching() -> Fetch:
    return Fetch(Manners(pace=0, private=True))


def walk(site: Decidim, **options: Any) -> list[Item]:
    return list(decidim.harvest(Endpoint(site.url, options), fetching()))


def records(items: list[Item]) -> dict[str, dict[str, Any]]:
    found = [item for item in items if isinstance(item, Record)]
    assert len({(one.kind, one.remote_id) for one in found}) == len(found)
    return {one.remote_id: one.data for one in found}


def refused(items: list[Item]) -> list[RecordRefused]:
    return [item for item in items if isinstance(item, RecordRefused)]


def is_ended(items: list[Item]) -> bool:
    last = items[-1]
    assert not any(isinstance(item, Checkpoint) and item.end for item in items[:-1])
    return isinstance(last, Checkpoint) and last.end


def component(site: Decidim, kind: str) -> dict[str, Any]:
    name = LISTS[kind][0]
    return next(one for one in site.data["participatoryProcesses"][0]["components"] if name in one)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_gives_the_same_valid_records(site: Opener, version: int) -> None:
    items = walk(site(version))
    found = records(items)
    assert is_ended(items)
    assert not refused(items)
    assert set(found) == {
        *("process-7", "process-8", "assembly-7", "initiative-5", "step-1", "step-2", "step-3", "step-4"),
        *("proposal-11", "proposal-12", "proposal-13", "meeting-21", "meeting-22", "meeting-24"),
        *("result-31", "result-32", "result-33", "budget-41", "project-51", "debate-61"),
        "process:initiative-5:signatures:2024-01-01/2024-12-31:en_ligne:",
    }
    for item in items:
        if isinstance(item, Record):
            assert schemas.check(item.kind, schemas.complete(item.kind, item.data)) == [], item.remote_id
    assert found["proposal-11"]["title"] == "Idée 11 & plus"
    assert found["proposal-11"]["supports"] == 5
    assert found["proposal-11"]["themes_raw"] == ["Mobilités"]
    assert [found[f"proposal-{number}"]["withdrawn"] for number in (11, 12, 13)] == [False, True, False]


def test_a_process_and_its_steps_are_read(site: Opener) -> None:
    running = site()
    found = records(walk(running))
    assert found["process-7"] == {
        "title": "Rue des Alouettes",
        "summary": "Réaménager & planter.",
        "description": "La métropole…",
        "image_url": f"https://{running.netloc}/uploads/rue.jpg",
        "type_raw": "Voirie",
        "themes_raw": ["Mobilités"],
        "territory_raw": ["Rive droite", "Quartier nord"],
        "starts_on": "2023-01-15",
        "ends_on": "2023-12-31",
        "published_at": "2023-01-10T08:00:00Z",
        "updated_at": "2024-05-13T07:00:00Z",
        "state": "terminee",
        "url": f"https://{running.netloc}/processes/rue-alouettes",
    }
    assert found["step-2"] == {
        "process_id": "process-7",
        "title": "Étape 2",
        "stage_raw": "Étape 2",
        "position": 1,
        "state": "en_cours",
        "starts_at": "2023-07-01",
        "ends_at": "2023-12-31",
    }
    assert "state" not in found["step-3"]


def test_a_commitment_keeps_its_progress_and_its_timeline(site: Opener) -> None:
    found = records(walk(site(31)))
    child = found["result-32"]
    assert child["parent_id"] == "result-31"
    assert (child["status_raw"], child["progress"]) == ("En travaux", 0.333)
    assert child["history"] == [{"on": "2024-01-15", "label": "Marché", "text": "Signé."}]
    assert child["from_contribution_ids"] == ["proposal-11"]
    assert found["result-31"]["progress"] == 1
    assert not {"progress", "progress_state", "status_raw", "due_on"} & set(found["result-33"])
    assert "status" not in child


def test_an_entry_written_before_its_date_is_a_milestone_and_no_history(site: Opener) -> None:
    day = "2025-10-01"
    assert records(walk(site()))["result-32"]["milestones"] == [
        {"label": "Livraison", "date": {"from": day, "to": day, "precision": "jour"}}
    ]


def test_a_project_of_a_budget_has_its_amount_and_the_budget_a_figure(site: Opener) -> None:
    found = records(walk(site(31)))
    assert (found["project-51"]["amount"], found["project-51"]["votes"]) == (25_000, 120)
    assert found["project-51"]["status_raw"] == "selected"
    assert found["budget-41"]["quantity"] == {"value": 500_000}
    assert found["budget-41"]["subject"] == {"kind": "process", "remote_id": "process-7"}
    assert "votes" not in records(walk(site(29)))["project-51"]


def test_a_meeting_keeps_null_and_zero_apart(site: Opener) -> None:
    found = records(walk(site()))
    assert [found[f"meeting-{number}"].get("attendees") for number in (21, 22, 24)] == [40, None, 0]
    assert "attendees" not in found["meeting-22"]
    assert found["meeting-21"]["starts_at"] == "2023-05-12T16:00:00Z"
    assert [found[f"meeting-{number}"]["channel"] for number in (21, 22, 24)] == ["presentiel", "en_ligne", "hybride"]
    assert found["meeting-22"]["cancelled"] is True


def test_what_is_private_and_not_transparent_is_not_read(site: Opener) -> None:
    running = site()
    found = records(walk(running))
    assert "assembly-7" in found
    assert not {"assembly-9", "meeting-23", "meeting-99", "initiative-6"} & set(found)
    assert not any(asked["variables"].get("id") in ("901", "9", "6") for asked in running.requests)


def test_hidden_votes_are_null_with_a_motive_and_never_zero(site: Opener) -> None:
    hidden = records(walk(site(29, "hidden_count")))["proposal-11"]
    assert (hidden["votes"], hidden["votes_state"]) == (None, "non_communique")
    running = site()
    component(running, "Proposals")["proposals"][0]["voteCount"] = 0
    zero = records(walk(running))["proposal-11"]
    assert (zero["votes"], "votes_state" in zero) == (0, False)


def test_a_place_without_coordinates_costs_an_error_and_no_data(site: Opener) -> None:
    running = site()
    component(running, "Proposals")["proposals"][0]["coordinates"] = {"latitude": None, "longitude": None}
    items = walk(running)
    found = records(items)
    assert is_ended(items)
    assert found["proposal-11"]["location"] == {"label": "1 rue des Alouettes"}
    assert found["proposal-13"]["location"] == {"label": "1 rue des Alouettes", "lat": 47.2, "lon": -1.55}


def test_an_emendation_is_marked_and_an_unknown_state_kept_as_it_is(site: Opener) -> None:
    found = records(walk(site()))
    assert [found[f"proposal-{number}"].get("is_amendment") for number in (11, 12, 13)] == [None, None, True]
    assert found["proposal-13"]["status_raw"] == "en_cours_detude"
    assert "status" not in found["proposal-13"]


def test_texts_are_the_authors_before_a_machines() -> None:
    words = Words("fr")
    both = {"translations": [*said("Traduit", machine=True)["translations"], *said("Escrit", "ca")["translations"]]}
    assert words.say(both) == "Escrit"
    assert words.say({"translations": [*both["translations"], *said("Écrit")["translations"]]}) == "Écrit"
    assert words.say(said("Traduit", machine=True)) == "Traduit"
    assert words.say({"translations": [*said("")["translations"], *said("<p> </p>")["translations"], None]}) is None
    assert words.say(None) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-05-13T09:00:00+02:00", "2024-05-13T07:00:00Z"),
        ("2024-01-13T00:30:00+01:00", "2024-01-12T23:30:00Z"),
        ("2024-05-13", "2024-05-13"),
        (None, None),
        ("2024-05-13T09:00:00", "2024-05-13T09:00:00"),
        ("demain", "demain"),
    ],
)
def test_instants_are_in_utc_and_dates_stay_dates(written: str | None, read: str | None) -> None:
    assert moment(written) == read


def test_a_date_that_cannot_be_read_is_left_to_the_door(site: Opener) -> None:
    running = site()
    component(running, "Meetings")["meetings"][0]["startTime"] = "hier"
    found = records(walk(running))
    assert [one.rule for one in schemas.check("meeting", found["meeting-21"])] == ["date_invalide"]


def test_bodies_documents_and_metrics_are_read_only_when_asked(site: Opener) -> None:
    running = site()
    plain = walk(running)
    assert not any("body" in item.data for item in plain if isinstance(item, Record))
    assert not any(re.search(r"\bbody\b|metrics|posts", asked["query"]) for asked in running.requests)
    found = records(walk(site(), **EVERYTHING))
    assert found["proposal-11"]["body"] == "Un texte du public."
    assert found["project-51"]["body"] == "Dix bancs."
    assert (found["post-71"]["type"], found["page-81"]["type"]) == ("actualite", "page")
    assert found["process:process-7:participants:::"]["quantity"] == {"value": 214}


def test_a_zero_of_the_nightly_metrics_says_nothing(site: Opener) -> None:
    running = site()
    running.data["participants"] = 0
    assert not any("participants" in key for key in records(walk(running, metrics=True)))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_field_emitted_is_declared_and_no_person_is_asked_for(site: Opener, version: int) -> None:
    running = site(version)
    items = walk(running, **EVERYTHING)
    emitted = {f"{item.kind}.{key}" for item in items if isinstance(item, Record) for key in item.data}
    assert emitted <= set(decidim.FIELDS)
    everything = json.dumps([str(item) for item in items], ensure_ascii=False)
    assert not any(canary in everything for canary in CANARIES)
    persons = {pointer.rsplit("/", 1)[1] for pointer in decidim.PERSONAL}
    for asked in running.requests:
        assert not persons & set(re.findall(r"\w+", asked["query"]))


def test_every_declared_field_belongs_to_the_schema() -> None:
    for name in decidim.FIELDS:
        kind, _, key = name.partition(".")
        assert key in schemas.schema(kind)["properties"], name


def test_two_walks_of_the_same_answers_are_the_same(site: Opener) -> None:
    running = site()
    assert walk(running) == walk(running)


@pytest.mark.parametrize("version", VERSIONS)
def test_lists_are_read_to_the_platforms_own_end(site: Opener, version: int) -> None:
    running = site(version)
    component(running, "Proposals")["proposals"] = [proposal_row(number) for number in range(1, 61)]
    items = walk(running)
    assert is_ended(items)
    assert sum(key.startswith("proposal-") for key in records(items)) == 60
    assert all(asked["variables"].get("first", 1) <= 50 for asked in running.requests)
    assert not any("after" in asked["variables"] and not asked["variables"]["after"] for asked in running.requests)


def test_a_platform_that_serves_less_than_asked_is_still_read_whole(site: Opener) -> None:
    running = site()
    running.largest = 2
    component(running, "Proposals")["proposals"] = [proposal_row(number) for number in range(1, 8)]
    items = walk(running)
    assert is_ended(items)
    assert sum(key.startswith("proposal-") for key in records(items)) == 7


def test_a_checkpoint_follows_each_page(site: Opener) -> None:
    running = site()
    running.largest = 2
    cursors = [item.cursor for item in walk(running) if isinstance(item, Checkpoint)]
    assert cursors[:5] == ["participatoryProcesses", "assemblies", "initiatives", "101:Mg", "101:NA"]
    assert cursors[-1] == "fin"


def test_a_list_that_moves_is_read_again_until_nothing_is_missing(site: Opener) -> None:
    running = site(29, "page_shift")
    running.largest = 2
    component(running, "Meetings")["meetings"] = [meeting_row(number) for number in range(1, 6)]
    items = walk(running)
    assert is_ended(items)
    assert sum(key.startswith("meeting-") for key in records(items)) == 5


def test_a_list_that_never_stands_still_is_a_truncated_walk(site: Opener) -> None:
    running = site(29, "page_shift_always")
    running.largest = 2
    component(running, "Accountability")["results"] = [result_row(number) for number in range(1, 5)]
    items = walk(running)
    assert not is_ended(items)
    assert isinstance(items[-1], Checkpoint)
    assert {"result-1", "result-2", "result-3"} <= set(records(items))


@pytest.mark.parametrize("fault", ["cursor_loop", "cursor_null", "same_rows"])
def test_a_list_without_end_stops_the_walk(site: Opener, fault: str) -> None:
    running = site(29, fault)
    with pytest.raises(SourceChanged, match=r"sans fin|sans dire"):
        walk(running)
    assert len(running.requests) < 20


@pytest.mark.parametrize("fault", ["html_200", "redirect", "errors_only", "errors_null", "errors_empty"])
def test_an_answer_without_data_is_never_an_empty_list(site: Opener, fault: str) -> None:
    with pytest.raises(SourceChanged):
        walk(site(29, fault))


@pytest.mark.parametrize("fault", ["empty_object", "not_an_object", "partial_errors"])
def test_an_answer_of_another_shape_stops_the_walk(site: Opener, fault: str) -> None:
    with pytest.raises(SourceChanged):
        walk(site(29, fault))


@pytest.mark.parametrize("fault", ["server_error", "bad_gateway", "too_many"])
def test_a_platform_that_is_down_is_said_to_be_down(site: Opener, fault: str) -> None:
    with pytest.raises(SourceDown):
        walk(site(29, fault))


@pytest.mark.parametrize(
    ("fault", "when"),
    [
        *((name, when) for name in ("html_200", "errors_only", "too_many", "redirect") for when in range(13)),
        *(("list_null", when) for when in range(10)),
    ],
)
def test_a_fault_at_any_request_never_ends_the_walk(site: Opener, fault: str, when: int) -> None:
    running = site()
    running.breaks = (when, fault)
    items: list[Item] = []
    with pytest.raises((SourceChanged, SourceDown)):
        items.extend(decidim.harvest(Endpoint(running.url), fetching()))
    assert not any(isinstance(item, Checkpoint) and item.end for item in items)


def test_a_silent_zero_yields_nothing_to_conclude_from_but_its_end(site: Opener) -> None:
    assert [item for item in walk(site(29, "silent_zero")) if not isinstance(item, Checkpoint)] == []


@pytest.mark.parametrize("faults", [(), ("unauthorized",)])
def test_a_row_not_for_visitors_is_refused_and_the_others_kept(site: Opener, faults: tuple[str, ...]) -> None:
    running = site(31, *faults)
    component(running, "Proposals")["proposals"].insert(1, None)
    running.data["participatoryProcesses"].insert(0, None)
    items = walk(running)
    assert is_ended(items)
    assert {"proposal-11", "proposal-12", "proposal-13", "process-7"} <= set(records(items))
    assert [(one.rule, one.pointer, one.kind) for one in refused(items)] == [
        ("fiche_illisible", "/data/participatoryProcesses/0", "process"),
        ("fiche_illisible", "/data/component/proposals/nodes/1", "contribution"),
    ]


def test_rows_without_an_id_are_refused(site: Opener) -> None:
    running = site()
    component(running, "Proposals")["proposals"][1]["id"] = " "
    assert [one.rule for one in refused(walk(running))] == ["identifiant_manquant"]


def test_a_list_given_as_null_leaves_the_walk_open(site: Opener) -> None:
    items = walk(site(29, "nodes_null"))
    assert not is_ended(items)
    assert {one.rule for one in refused(items)} == {"fiche_illisible"}
    assert "process-7" in records(items)


@pytest.mark.parametrize("place", ["space", "component", "null"])
def test_what_closes_while_it_is_read_leaves_the_walk_open(site: Opener, place: str) -> None:
    running = site()
    if place == "space":
        running.data["participatoryProcesses"][0]["closed_now"] = True
    elif place == "component":
        component(running, "Meetings")["closed_now"] = True
    else:
        running.data["participatoryProcesses"][0]["components"].insert(0, None)
    assert not is_ended(walk(running))


@pytest.mark.parametrize("name", ["Proposal.voteCount", "ParticipatoryProcess.title", "Result.progress"])
def test_an_essential_field_that_disappears_is_named(site: Opener, name: str) -> None:
    running = site()
    running.gone = {name}
    with pytest.raises(SourceChanged, match=re.escape(f"« {name} »")):
        walk(running)


def test_a_field_that_is_not_answered_is_named(site: Opener) -> None:
    with pytest.raises(SourceChanged, match="voteCount"):
        walk(site(29, "key_gone"))


def test_optional_fields_that_disappear_are_done_without(site: Opener) -> None:
    running = site()
    running.gone = {"Proposal.coordinates", "Proposal.endorsementsCount", "Proposal.scope", "Meeting.coordinates"}
    items = walk(running)
    assert is_ended(items)
    found = records(items)["proposal-13"]
    assert found["location"] == {"label": "1 rue des Alouettes"}
    assert not {"supports", "territory_raw"} & set(found)


def test_a_module_that_is_not_installed_is_done_without(site: Opener) -> None:
    running = site()
    running.gone = {"Query.assemblies", "Query.initiatives"}
    assert is_ended(walk(running))
    running.gone = {"Query.participatoryProcesses"}
    with pytest.raises(SourceChanged, match="participatoryProcesses"):
        walk(running)


def test_the_options_leave_modules_aside(site: Opener) -> None:
    running = site()
    found = records(walk(running, assemblies=False, initiatives=False))
    assert not any(key.startswith(("assembly", "initiative")) for key in found)


def test_pages_shrink_until_the_platform_bears_them(site: Opener) -> None:
    running = site()
    running.most = 250
    items = walk(running)
    assert is_ended(items)
    assert {asked["variables"].get("first") for asked in running.requests} >= {25, 12, 6}
    running.most = 30
    with pytest.raises(SourceChanged, match="complexity"):
        walk(running)


@pytest.mark.parametrize(
    ("version", "faults", "bounds"),
    [
        *((number, (), (number, number)) for number in range(26, 30)),
        *((number, (), (30, 999)) for number in (30, 31)),
        *((number, ("osp",), (number, number)) for number in (29, 30, 31)),
    ],
)
def test_the_version_is_found_without_introspection(
    site: Opener, version: int, faults: tuple[str, ...], bounds: tuple[int, int]
) -> None:
    running = site(version, *faults)
    api = Api(fetching(), f"{running.url}/api", 5)
    api.detect()
    assert (api.low, api.high) == bounds
    assert not any("__schema" in asked["query"] for asked in running.requests)


def test_the_address_may_be_the_site_or_its_api(site: Opener) -> None:
    running = site()
    fetch = fetching()
    for url in (running.url, f"{running.url}/", f"{running.url}/api", f"{running.url}/api/"):
        assert is_ended(list(decidim.harvest(Endpoint(url), fetch)))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_request_is_valid_for_the_interface_of_its_version(site: Opener, version: int) -> None:
    path = FOLDER / INTERFACES[version]
    if not path.exists():
        pytest.skip("les descriptions d'interface de Decidim ne sont pas là")
    interface = build_schema(path.read_text("utf-8"))
    running = site(version)
    walk(running, **EVERYTHING)
    for text in running.accepted:
        assert validate(interface, parse(text)) == [], text


@pytest.mark.parametrize(("version", "faults"), [*((one, ()) for one in range(26, 30)), (30, ("osp",)), (31, ("osp",))])
def test_a_version_that_is_known_is_asked_nothing_it_refuses(
    site: Opener, version: int, faults: tuple[str, ...]
) -> None:
    running = site(version, *faults)
    walk(running, **EVERYTHING)
    assert len(running.accepted) == len(running.requests)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_known_version_is_asked_needs_no_correction(version: int) -> None:
    path = FOLDER / INTERFACES[version]
    if not path.exists():
        pytest.skip("les descriptions d'interface de Decidim ne sont pas là")
    interface = build_schema(path.read_text("utf-8"))
    api = Api(fetching(), "", 5, low=version, high=version)
    for shape in set(SHAPES) & set(interface.type_map):
        assert {*api.fields(shape)} <= {*interface.type_map[shape].fields}, shape
