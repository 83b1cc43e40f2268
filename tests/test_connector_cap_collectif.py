"""Cap Collectif, read from a simulated site that keeps the platform's traps."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from graphql import TypeInfo, TypeInfoVisitor, Visitor, build_schema, get_named_type, parse, validate, visit

import schemas
from connectors import cap_collectif
from connectors.base import Checkpoint, Endpoint, Item, Record, RecordRefused, SourceChanged, SourceDown
from connectors.cap_collectif_graphql import HEADERS, QUERIES
from connectors.fetch import Fetch, Manners
from tests.conftest import SHARED
from tests.platforms.cap_collectif import CANARIES, PREVIEW, SDL, CapCollectif, event, project, proposal, step

OFFICIAL = SHARED / "platforms/schemas/cap-collectif.preview.graphql"
PERIOD = "2024-01-15..2024-03-31"


@pytest.fixture
def site() -> Iterator[CapCollectif]:
    running = CapCollectif()
    selection = step("SelectionStep", "S:vote", start="2024-03-01 00:00:00", end="2024-03-31 23:00:00", proposals=[])
    chosen = {"step": selection, "status": {"id": "st", "name": "Vote gagné"}}
    nature = {"id": "t", "title": "Nature"}
    place = {"formatted": "Place du Commerce", "lat": 47.21, "lng": -1.55}
    ideas = [
        proposal("P:1", theme=nature, category={"name": "Parcs"}, address=place, selections=[chosen]),
        proposal("P:2", publishedAt=None, createdAt="2024-10-27 02:30:00", title="Arbres &amp; bancs"),
        proposal("P:brouillon", draft=True),
        proposal("P:corbeille", trashed=True),
    ]  # fmt: skip
    collect = step("CollectStep", "S:idees", start="2024-01-15 00:30:00", end="2024-02-15 00:00:00", proposals=ideas)
    districts = {"edges": [{"node": {"id": "d", "name": "Nord"}}, None, {"node": None}]}
    about = {
        "metaDescription": "En bref", "type": {"title": "Budget participatif"}, "themes": [nature],
        "districts": districts, "cover": {"url": "https://participer.exemple.fr/media/1.jpg"},
    }  # fmt: skip
    replies = {"id": "q", "replies": _people(6)}
    survey = step("QuestionnaireStep", "S:enquete", "FUTURE", contributors=_people(4), questionnaire=replies)
    other = [step("PresentationStep", "pstep1", "OPENED"), survey]
    running.projects = [
        project("A", [collect, selection], events=["E:1"], **about),
        project("B", other, title="Quoi&nbsp;? <b>L'eau</b>", events=["E:1"]),
    ]
    running.events = [event("E:1", googleMapsAddress=place), event("E:cachee", enabled=False)]
    yield running
    running.close()


def _people(total: int | None) -> Any:
    return {"totalCount": total, "pageInfo": {"hasNextPage": True, "endCursor": None}, "edges": []}


def walk(site: CapCollectif, **options: Any) -> list[Item]:
    fetch = Fetch(Manners(pace=0, private=True, retries=()), wait=lambda _: None)
    items = list(cap_collectif.harvest(Endpoint(site.url, options), fetch))
    for item in items:
        if isinstance(item, Record):
            assert schemas.check(item.kind, schemas.complete(item.kind, item.data)) == []
            assert {f"{item.kind}.{key}" for key in item.data} <= cap_collectif.FIELDS.keys()
        elif isinstance(item, RecordRefused):
            schemas.problem(item.rule, item.values.get("pointer", ""))
    text = json.dumps([dataclasses.asdict(item) for item in items], ensure_ascii=False)
    assert not any(canary in text for canary in CANARIES)
    return items


def kept(items: list[Item], kind: str) -> dict[str, dict[str, Any]]:
    return {item.remote_id: item.data for item in items if isinstance(item, Record) and item.kind == kind}


def refused(items: list[Item]) -> set[tuple[str | None, str | None]]:
    return {(item.kind, item.remote_id) for item in items if isinstance(item, RecordRefused)}


def ended(items: list[Item]) -> bool:
    assert sum(isinstance(item, Checkpoint) and item.end for item in items) <= 1
    return isinstance(items[-1], Checkpoint) and items[-1].end


def test_a_site_is_read_whole_in_the_words_of_the_network(site: CapCollectif) -> None:
    items = walk(site)
    assert ended(items)
    assert not refused(items)
    assert kept(items, "process")["A"] == {
        "title": "Démarche A", "url": "https://participer.exemple.fr/project/A", "summary": "En bref",
        "type_raw": "Budget participatif", "themes_raw": ["Nature"], "territory_raw": ["Nord"],
        "published_at": "2024-01-10T08:00:00Z", "starts_on": "2024-01-15", "ends_on": "2024-03-31", "state": "terminee",
        "image_url": "https://participer.exemple.fr/media/1.jpg",
    }  # fmt: skip
    assert kept(items, "stage")["S:idees"] == {
        "process_id": "A", "title": "Étape S:idees", "url": "https://participer.exemple.fr/project/p/S:idees",
        "position": 0, "stage_raw": "CollectStep", "state": "terminee",
        "starts_at": "2024-01-14T23:30:00Z", "ends_at": "2024-02-14T23:00:00Z",
    }  # fmt: skip
    assert kept(items, "contribution")["P:1"] == {
        "process_id": "A", "stage_ids": ["S:idees", "S:vote"], "type": "proposition", "reference": "1-P:1",
        "title": "Idée P:1", "url": "https://participer.exemple.fr/proposals/P:1", "themes_raw": ["Nature", "Parcs"],
        "location": {"label": "Place du Commerce", "lat": 47.21, "lon": -1.55},
        "published_at": "2024-02-01T09:00:00Z", "status_raw": "Vote gagné", "votes": 3,
    }  # fmt: skip
    assert kept(items, "meeting") == {"E:1": {
        "process_ids": ["A", "B"], "title": "Réunion E:1", "url": "https://participer.exemple.fr/events/E:1",
        "description": "Venez !", "starts_at": "2024-03-01T17:00:00Z", "published_at": "2023-12-31T23:00:00Z",
        "location": {"label": "Place du Commerce", "lat": 47.21, "lon": -1.55},
    }}  # fmt: skip


def test_drafts_and_what_was_put_aside_are_left_out_even_when_they_are_served(site: CapCollectif) -> None:
    items = walk(site)
    assert kept(items, "contribution").keys() == {"P:1", "P:2"}
    assert kept(items, "meeting").keys() == {"E:1"}


def test_a_list_that_never_stands_still_is_not_said_whole(site: CapCollectif) -> None:
    site.cap = 2
    site.projects += [project("C"), project("D")]

    def publish() -> None:
        site.projects.insert(0, project(f"N{len(site.projects)}"))
        site.between = publish

    site.between = publish
    items = walk(site)
    assert kept(items, "process").keys() >= {"A", "B", "C", "D"}
    assert not ended(items)


def test_figures_are_those_the_platform_states_over_the_dates_it_gives(site: CapCollectif) -> None:
    found = kept(walk(site), "observation")
    assert {key: data["quantity"]["value"] for key, data in found.items()} == {
        f"process:A:contributions:{PERIOD}:en_ligne:": 7,
        f"process:A:votes:{PERIOD}:en_ligne:": 9,
        f"process:A:participants:{PERIOD}:en_ligne:": 5,
        "stage:S:idees:propositions:2024-01-15..2024-02-15:en_ligne:": 4,
        "process:B:contributions::en_ligne:": 7,
        "process:B:votes::en_ligne:": 9,
        "process:B:participants::en_ligne:": 5,
        "stage:S:enquete:reponses::en_ligne:": 6,
        "stage:S:enquete:participants::en_ligne:": 4,
    }
    votes = found[f"process:A:votes:{PERIOD}:en_ligne:"]
    assert votes == {
        "subject": {"kind": "process", "remote_id": "A"}, "metric": "votes", "basis": "flux", "channel": "en_ligne",
        "period": {"from": "2024-01-15", "to": "2024-03-31", "precision": "plage"}, "indicative": True,
        "quantity": {"value": 9},
    }  # fmt: skip
    decided = kept(walk(site, decision_votes=["A"], external=["A"]), "observation")[
        f"process:A:votes:{PERIOD}:en_ligne:"
    ]
    assert "indicative" not in decided
    assert "déclaré" in decided["method_raw"]


def test_two_readings_of_one_site_are_the_same(site: CapCollectif) -> None:
    assert walk(site) == walk(site)


def test_the_header_that_chooses_the_schema_is_sent_alone(site: CapCollectif) -> None:
    walk(site)
    assert {(sent["accept"], sent["accept-language"]) for sent, _ in site.asked} == {(PREVIEW, "fr-FR")}
    assert HEADERS["Accept"] == PREVIEW


@pytest.mark.skipif(not OFFICIAL.exists(), reason="la description de l'interface n'est pas sur cette machine")
@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_valid_for_the_platform_and_asks_for_no_person(query: str) -> None:
    described = build_schema(OFFICIAL.read_text("utf-8"))
    assert validate(described, parse(query)) == []
    types, met = TypeInfo(described), set()

    class Types(Visitor):
        def enter_field(self, *_: Any) -> None:
            met.add(str(get_named_type(types.get_type())))

    visit(parse(query), TypeInfoVisitor(types, Types()))
    assert not met & {"User", "UserEdge", "VoteEdge", "ProposalVoteEdge", "ReplyEdge", "Response", "Email"}
    assert not re.search(r"\b(author|authors|email|viewer|users|responses)\b|^\s*mutation", query)


@pytest.mark.parametrize("cap", [1, 2, 25])
def test_a_list_is_read_to_its_own_end_whatever_the_size_of_pages(site: CapCollectif, cap: int) -> None:
    site.projects += [project(f"C{rank}", events=["E:1"]) for rank in range(30)]
    site.events += [event(f"E:{rank}") for rank in range(2, 40)]
    whole = walk(site)
    site.cap = cap
    again = walk(site)
    for kind in ("process", "stage", "observation", "contribution", "meeting"):
        assert list(kept(again, kind).items()) == list(kept(whole, kind).items())
    assert ended(again)


def test_a_silent_zero_is_an_ended_empty_walk_that_the_hub_holds(site: CapCollectif) -> None:
    site.switches = {"silent_zero"}
    items = walk(site)
    assert kept(items, "process") == {}
    assert ended(items)


def test_a_list_that_empties_while_it_is_read_is_a_source_down(site: CapCollectif) -> None:
    site.cap, site.switches = 1, {"silent_zero_later"}
    with pytest.raises(SourceDown, match="vidée"):
        walk(site)


def test_a_project_published_during_the_walk_neither_doubles_nor_hides_another(site: CapCollectif) -> None:
    site.cap = 2
    site.projects += [project("C"), project("D")]
    site.between = lambda: site.projects.insert(0, project("Nouvelle"))
    items = walk(site)
    names = [item.remote_id for item in items if isinstance(item, Record) and item.kind == "process"]
    assert sorted(names) == ["A", "B", "C", "D", "Nouvelle"]
    assert ended(items)


def test_a_project_withdrawn_during_the_walk_hides_no_other(site: CapCollectif) -> None:
    site.cap = 1
    site.projects.insert(0, project("Ancienne"))
    site.between = lambda: site.projects.pop(0) and None
    items = walk(site)
    assert kept(items, "process").keys() == {"A", "B"}
    assert ended(items)


def test_a_list_cut_at_a_thousand_projects_is_not_said_whole(site: CapCollectif) -> None:
    site.projects, site.events = [project(f"C{rank}") for rank in range(1000)], []
    fetch = Fetch(Manners(pace=0, private=True, retries=(), requests=20), wait=lambda _: None)
    reader = cap_collectif.Reader(Endpoint(site.url), fetch)
    assert cap_collectif._projects(reader)[2] is False


@pytest.mark.parametrize("switch", ["cursor_loop", "cursor_null"])
@pytest.mark.parametrize("name", ["projects", "proposal", "events"])
def test_pages_without_end_are_stopped(site: CapCollectif, switch: str, name: str) -> None:
    site.cap, site.switches = 1, {f"{switch}:{name}"}
    with pytest.raises(SourceChanged, match="sans fin"):
        walk(site)


@pytest.mark.parametrize(("identity", "kind"), [("A", "process"), ("P:1", "contribution"), ("E:1", "meeting")])
def test_an_item_that_breaks_is_set_aside_and_the_others_stay(site: CapCollectif, identity: str, kind: str) -> None:
    site.poisoned = {identity}
    items = walk(site)
    assert identity not in kept(items, kind)
    assert refused(items) == {(kind, None)}
    assert kept(items, "process").keys() >= {"B"}


@pytest.mark.parametrize(
    ("name", "kind"), [("projects", "process"), ("proposal", "contribution"), ("events", "meeting")]
)
def test_edges_that_are_null_are_no_empty_list(site: CapCollectif, name: str, kind: str) -> None:
    site.switches = {f"edges_null:{name}"}
    items = walk(site)
    assert (kind, None) in refused(items)
    assert not ended(items)


def test_steps_of_any_type_are_kept_and_only_listed_types_are_asked_for_more(site: CapCollectif) -> None:
    stages = kept(walk(site), "stage")
    assert stages["pstep1"] == {
        "process_id": "B", "title": "Étape pstep1", "url": "https://participer.exemple.fr/project/p/pstep1",
        "position": 0, "stage_raw": "PresentationStep", "state": "en_cours",
    }  # fmt: skip
    assert "pstep1" not in {asked["variables"].get("id") for _, asked in site.asked}


def test_steps_that_the_platform_fails_to_tell_leave_the_project_and_conclude_no_absence(site: CapCollectif) -> None:
    site.switches = {"strict_steps"}
    items = walk(site)
    found = kept(items, "process")
    assert found.keys() == {"A", "B"}
    assert not {"state", "starts_on"} & found["B"].keys()
    assert refused(items) == {("stage", None), ("observation", None), ("contribution", None)}
    assert kept(items, "stage").keys() == {"S:idees", "S:vote"}
    assert not any(name.startswith("process:B:") for name in kept(items, "observation"))


@pytest.mark.parametrize("failing", ["contributors", "votes", "contributions"])
def test_a_figure_that_fails_is_refused_never_zero_and_its_project_stays(site: CapCollectif, failing: str) -> None:
    site.failing = {failing}
    site.projects = site.projects[:1]
    items = walk(site)
    assert kept(items, "process")["A"]["summary"] == "En bref"
    metrics = ("contributions", "votes", "participants")
    assert refused(items) == {("observation", f"process:A:{metric}:{PERIOD}:en_ligne:") for metric in metrics}


def test_replies_that_fail_are_refused_and_the_participants_stay(site: CapCollectif) -> None:
    site.failing = {"replies"}
    items = walk(site)
    assert refused(items) == {("observation", "stage:S:enquete:reponses::en_ligne:")}
    assert "stage:S:enquete:participants::en_ligne:" in kept(items, "observation")


def test_an_optional_field_that_fails_leaves_its_project_with_an_issue(site: CapCollectif) -> None:
    site.failing = {"districts"}
    items = walk(site)
    assert "territory_raw" not in kept(items, "process")["A"]
    assert refused(items) == {("process", "A")}


def test_proposals_that_fail_are_no_empty_list(site: CapCollectif) -> None:
    site.failing = {"proposals"}
    items = walk(site)
    assert kept(items, "contribution") == {}
    assert refused(items) == {
        ("contribution", None), ("observation", "stage:S:idees:propositions:2024-01-15..2024-02-15:en_ligne:"),
    }  # fmt: skip
    assert not ended(items)


@pytest.mark.parametrize(("switch", "cause"), [("", "contract"), ("denied", "access")])
def test_errors_without_data_are_never_an_empty_list(site: CapCollectif, switch: str, cause: str) -> None:
    site.failing, site.switches = {"events"}, {switch}
    with pytest.raises(SourceChanged) as caught:
        walk(site)
    assert caught.value.cause == cause


@pytest.mark.parametrize("name", ["metaDescription", "publishedAt"])
def test_a_field_that_is_gone_is_named(site: CapCollectif, name: str) -> None:
    site.gone = next(line for line in re.findall(r".+\n", SDL) if line.strip().startswith(f"{name}:"))
    with pytest.raises(SourceChanged, match=f"« {name} »"):
        walk(site)


def test_the_preview_schema_that_is_not_served_any_more_is_told(site: CapCollectif) -> None:
    site.raw = (
        200,
        "application/json",
        b'{"errors":[{"message":"Cannot query field \\"projects\\" on type \\"Query\\"."}]}',
    )
    with pytest.raises(SourceChanged, match=r"« projects ».*preview"):
        walk(site)


def test_an_interface_switched_off_tells_who_can_switch_it_on(site: CapCollectif) -> None:
    site.switches = {"public_api_off"}
    with pytest.raises(SourceChanged, match="administrateur") as caught:
        walk(site)
    assert caught.value.cause == "access"


def test_a_locale_that_is_not_enabled_is_quoted(site: CapCollectif) -> None:
    site.locales = ("en-GB",)
    with pytest.raises(SourceChanged, match="the locale fr-FR is not enabled"):
        walk(site)


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><p>Maintenance", b"{}", b"[]", b'""', b'{"data": {}}', b'{"data": null}',
        b'{"data": {"projects": null}}', b'{"data": {"projects": {"totalCount": 0}}}',
    ],
)  # fmt: skip
def test_what_has_not_the_shape_of_an_answer_is_a_source_changed(site: CapCollectif, body: bytes) -> None:
    site.raw = (200, "application/json", body)
    with pytest.raises(SourceChanged):
        walk(site)


def test_an_error_that_quotes_an_address_is_masked(site: CapCollectif) -> None:
    site.raw = (200, "application/json", f'{{"errors": [{{"message": "perdu {CANARIES[1]}"}}]}}'.encode())
    with pytest.raises(SourceChanged, match="perdu …"):
        walk(site)


def test_a_redirect_is_not_followed(site: CapCollectif) -> None:
    site.raw, site.headers = (302, "text/html", b""), {"Location": "https://autre.exemple.fr/login"}
    with pytest.raises(SourceChanged, match="déménagé"):
        walk(site)


def test_a_number_kept_by_the_platform_is_null_with_its_reason_never_zero(site: CapCollectif) -> None:
    site.projects[1]["steps"][1]["contributors"] = _people(None)
    site.projects[0]["steps"][0]["proposals"][0]["votes"] = _people(None)
    items = walk(site)
    found = kept(items, "observation")["stage:S:enquete:participants::en_ligne:"]
    assert found["quantity_state"] == "non_communique"
    assert "quantity" not in found
    idea = kept(items, "contribution")["P:1"]
    assert "votes" not in idea
    assert idea["votes_state"] == "non_communique"


def test_a_literal_zero_stays_a_zero(site: CapCollectif) -> None:
    site.projects[0]["steps"][0]["proposals"][0]["votes"] = _people(0)
    assert kept(walk(site), "contribution")["P:1"]["votes"] == 0


def test_dates_are_read_on_the_clock_of_paris(site: CapCollectif) -> None:
    found = kept(walk(site), "contribution")["P:2"]
    assert found["published_at"] == "2024-10-27T00:30:00Z", "la première des deux heures répétées d'octobre"
    assert found["title"] == "Arbres & bancs"


@pytest.mark.parametrize("text", ["2024-02-31 10:00:00", "2024-02-01T10:00:00+01:00", "", "-0001-11-30 00:00:00"])
def test_a_date_that_cannot_be_read_sets_its_row_aside(site: CapCollectif, text: str) -> None:
    site.projects[0]["steps"][0]["proposals"][0]["updatedAt"] = text
    items = walk(site)
    assert refused(items) == {("contribution", "P:1")}
    assert ended(items)


def test_a_step_without_end_leaves_the_end_of_its_project_unknown(site: CapCollectif) -> None:
    site.projects[0]["steps"][1]["timeRange"]["endAt"] = None
    found = walk(site)
    assert "ends_on" not in kept(found, "process")["A"]
    assert kept(found, "observation")["process:A:votes:2024-01-15..:en_ligne:"]["period"] == {
        "from": "2024-01-15", "precision": "plage",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["CLOSED", "OPENED", "FUTURE"], "en_cours"), (["CLOSED"], "terminee"), (["FUTURE"], "a_venir"),
        (["CLOSED", "FUTURE"], "entre_etapes"), ([], None),
    ],
)  # fmt: skip
def test_the_state_of_a_project_is_that_of_its_steps(
    site: CapCollectif, states: list[str], expected: str | None
) -> None:
    site.projects = [project("A", [step("OtherStep", f"o{rank}", state) for rank, state in enumerate(states)])]
    assert kept(walk(site), "process")["A"].get("state") == expected


def test_a_proposal_of_several_selections_is_one_and_says_its_last_status(site: CapCollectif) -> None:
    idea = proposal("P:1")
    steps = [step("SelectionStep", f"S:{rank}", proposals=[idea]) for rank in (1, 2)]
    idea["selections"] = [
        {"step": steps[1], "status": None},
        {"step": steps[0], "status": {"id": "s", "name": "Soumis"}},
    ]
    site.projects = [project("A", steps)]
    items = walk(site)
    assert [item.remote_id for item in items if isinstance(item, Record) and item.kind == "contribution"] == ["P:1"]
    found = kept(items, "contribution")["P:1"]
    assert found["stage_ids"] == ["S:1", "S:2"]
    assert "status_raw" not in found


def test_a_selection_becomes_a_promise_only_where_the_source_declares_it(site: CapCollectif) -> None:
    assert kept(walk(site), "commitment") == {}
    assert kept(walk(site, commitment_steps=["S:vote"]), "commitment") == {"P:1": {
        "title": "Idée P:1", "url": "https://participer.exemple.fr/proposals/P:1", "process_id": "A",
        "status_raw": "Vote gagné", "from_contribution_ids": ["P:1"],
    }}  # fmt: skip


def test_the_text_of_a_proposal_is_asked_for_only_where_the_source_allows_it(site: CapCollectif) -> None:
    assert "body" not in kept(walk(site), "contribution")["P:1"]
    assert not any(asked["variables"].get("bodies") for _, asked in site.asked)
    assert kept(walk(site, bodies=True), "contribution")["P:1"]["body"] == "Planter des arbres."


def test_a_long_title_is_cut_and_an_empty_one_sets_its_row_aside(site: CapCollectif) -> None:
    site.projects[0]["title"], site.projects[1]["title"] = "é" * 400, "&nbsp;"
    items = walk(site)
    assert len(kept(items, "process")["A"]["title"]) == 300
    assert refused(items) == {("process", "B")}


def test_an_address_that_is_not_https_is_left_out(site: CapCollectif) -> None:
    site.projects[0]["url"] = "http://participer.exemple.fr/project/A"
    assert "url" not in kept(walk(site), "process")["A"]


def test_a_project_that_closes_during_the_walk_yields_nothing(site: CapCollectif) -> None:
    fetch = Fetch(Manners(pace=0, private=True, retries=()), wait=lambda _: None)
    running = cap_collectif.harvest(Endpoint(f"{site.url}/graphql"), fetch)
    items = [next(running)]
    site.projects.pop(1)
    items += running
    assert kept(items, "process").keys() == {"A"}


def test_a_checkpoint_follows_each_project_and_the_walk_is_lazy(site: CapCollectif) -> None:
    fetch = Fetch(Manners(pace=0, private=True, retries=()), wait=lambda _: None)
    running = cap_collectif.harvest(Endpoint(site.url), fetch)
    assert site.asked == []
    items = list(running)
    marks = [rank for rank, item in enumerate(items) if isinstance(item, Checkpoint)]
    assert all(after > before for before, after in pairwise(marks))
    assert fetch.counts["requests"] == len(site.asked) == 10


def test_what_a_connector_declares_is_complete() -> None:
    assert (cap_collectif.NAME, cap_collectif.CONTRACT, cap_collectif.VERSION) == ("cap_collectif", 1, "1.0")
    assert cap_collectif.PAUSE >= 1
    assert all(option.label for option in cap_collectif.OPTIONS)
    for name in cap_collectif.FIELDS:
        kind, key = name.split(".")
        assert key in schemas.schema(kind)["properties"]
