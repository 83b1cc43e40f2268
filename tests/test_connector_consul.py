"""The connector of CONSUL Democracy, against a simulated site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, build_schema, parse, validate

import schemas
from connectors import consul
from connectors.base import Checkpoint, Endpoint, Item, Record, RecordRefused, SourceChanged, SourceDown
from connectors.consul_site import QUERIES, Site
from connectors.fetch import Fetch, Manners
from tests.conftest import SHARED
from tests.platforms.consul import CANARY, Consul, debate, investment, milestone, proposal

INTERFACE = SHARED / "platforms/schemas/consul.graphql"


@pytest.fixture
def site() -> Iterator[Consul]:
    running = Consul(page=2)
    yield running
    running.close()


@pytest.fixture
def make() -> Iterator[Any]:
    """Make other sites than the usual one."""
    made: list[Consul] = []

    def start(**settings: Any) -> Consul:
        made.append(Consul(**settings))
        return made[-1]

    yield start
    for each in made:
        each.close()


def walk(site: Consul, path: str = "/", agent: str = "HubMetropoles/0.1", **options: Any) -> list[Item]:
    fetch = Fetch(Manners(pace=0, private=True, retries=(), agent=agent))
    return list(consul.harvest(Endpoint(site.url + path, options), fetch))


def records(items: list[Item], kind: str | None = None) -> dict[str, dict[str, Any]]:
    """The records of a walk by kind and id, each found valid, none twice."""
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        if isinstance(item, Record):
            assert schemas.check(item.kind, schemas.complete(item.kind, item.data)) == []
            assert {f"{item.kind}.{key}" for key in item.data} <= set(consul.FIELDS)
            assert f"{item.kind} {item.remote_id}" not in found
            found[f"{item.kind} {item.remote_id}"] = item.data
    return found if kind is None else {key.split()[1]: data for key, data in found.items() if key.startswith(kind)}


def refusals(items: list[Item]) -> list[tuple[str, str | None, str | None]]:
    return [(item.rule, item.kind, item.remote_id) for item in items if isinstance(item, RecordRefused)]


def ended(items: list[Item]) -> bool:
    return items[-1] == Checkpoint("", end=True) and sum(isinstance(i, Checkpoint) and i.end for i in items) == 1


def filled(site: Consul) -> Consul:
    site.put("budgets", {"id": "1", "name": "Budget 2024", "phase": "balloting"})
    site.put("investments", *(investment(number) for number in (1, 2, 3)))
    site.put("proposals", *(proposal(number) for number in (1, 2, 3, 4, 5)))
    site.put("debates", debate(1))
    return site


def test_a_site_becomes_records(site: Consul) -> None:
    site.put("budgets", {"id": "1", "name": "Budget 2024", "phase": "finished"})
    site.put("investments", investment(4, title="Abri v&eacute;lo", location="Place du Marché"))
    tags = [{"id": "2", "name": "vélo", "kind": None}, {"id": "1", "name": "Mobilités", "kind": "category"}]
    site.put("proposals", proposal(12, geozone={"id": "3", "name": "Quartier Nord"}, tags=tags))
    site.put("debates", debate(5, cached_votes_up=0))
    items = walk(site)
    assert ended(items)
    assert refusals(items) == []
    assert records(items) == {
        "process budget-1": {
            "title": "Budget 2024",
            "type": "budget_participatif",
            "type_raw": "budget",
            "state": "terminee",
        },
        "stage budget-1": {
            "process_id": "budget-1",
            "title": "finished",
            "stage_raw": "finished",
            "state": "terminee",
        },
        "contribution investment-4": {
            "process_id": "budget-1",
            "type": "projet",
            "title": "Abri vélo",
            "comments": 2,
            "location": {"label": "Place du Marché"},
            "amount": 1000,
            "status_raw": "feasible",
        },
        "process propositions": {"title": "Propositions citoyennes"},
        "contribution proposal-12": {
            "process_id": "propositions",
            "type": "proposition",
            "title": "Proposition 12",
            "published_at": "2024-03-01T09:00:00Z",
            "supports": 3,
            "comments": 0,
            "location": {"label": "Quartier Nord"},
            "themes_raw": ["Mobilités", "vélo"],
        },
        "contribution debate-5": {
            "process_id": "propositions",
            "type": "debat",
            "title": "Débat 5",
            "published_at": "2024-03-01T09:00:00Z",
            "supports": 0,
            "comments": 0,
        },
    }
    assert {item.pointer for item in items if isinstance(item, Record)} >= {"/data/proposals/edges/0/node"}


def test_every_page_is_read_whatever_size_was_asked_and_each_ends_with_a_checkpoint(site: Consul) -> None:
    items = walk(filled(site))
    assert ended(items)
    assert set(records(items, "contribution")) == {
        *(f"investment-{number}" for number in (1, 2, 3)),
        *(f"proposal-{number}" for number in (1, 2, 3, 4, 5)),
        "debate-1",
    }
    assert len(site.requests) == sum(isinstance(item, Checkpoint) and not item.end for item in items) == 8
    assert "first: 25" in site.requests[-1]["query"]


def test_two_walks_over_one_site_are_the_same(site: Consul) -> None:
    assert walk(filled(site)) == walk(site, "/graphql")


def test_an_earlier_cursor_changes_nothing_for_the_platform_has_none(site: Consul) -> None:
    fetch = Fetch(Manners(pace=0, private=True))
    assert list(consul.harvest(Endpoint(filled(site).url, {}, "proposals:NQ=="), fetch)) == walk(site)


@pytest.mark.skipif(not INTERFACE.exists(), reason="the description of the platform's interface is not here")
@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("bodies", [True, False])
def test_every_query_is_valid_for_the_platform(name: str, bodies: bool) -> None:
    query = Site("", None, None, bodies).document(name)  # type: ignore[arg-type]
    assert validate(build_schema(INTERFACE.read_text("utf-8")), parse(query)) == []


@pytest.mark.skipif(not INTERFACE.exists(), reason="the description of the platform's interface is not here")
def test_the_simulated_site_has_no_field_that_the_platform_lacks(site: Consul) -> None:
    real = build_schema(INTERFACE.read_text("utf-8"))
    for name, kind in site.schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            theirs = real.get_type(name).fields  # type: ignore[union-attr]
            assert all(str(theirs[key].type) == str(field.type) for key, field in kind.fields.items()), name


def test_the_platform_refuses_none_of_our_queries_and_refuses_deeper_ones(make: Any) -> None:
    site = filled(make())
    site.put("investments", investment(9, milestones=[milestone(number) for number in range(1, 8)]))
    assert ended(walk(site, bodies=True))
    deep = "{ budget(id: 1) { investments { edges { node { milestones { edges { node { title { a } } } } } } } } }"
    assert site.answer(deep, {})["errors"] == 3 * [{"message": "Query has depth of 9, which exceeds max depth of 8"}]


@pytest.mark.parametrize("word", ["public_author", "username", "users", "votes_for", "comments {", "votes {", "email"])
def test_persons_are_never_asked_for(word: str) -> None:
    assert not any(word in query for query in QUERIES.values())


def test_persons_of_the_site_are_in_no_record_and_no_message(site: Consul) -> None:
    filled(site)
    site.faults = {8: "partial_errors"}
    read: list[Item] = []
    with pytest.raises(SourceChanged) as caught:
        read.extend(consul.harvest(Endpoint(site.url), Fetch(Manners(pace=0, private=True))))
    seen = repr(read) + str(caught.value)
    assert len(records(read, "contribution")) == 8
    assert CANARY["username"] in repr(site.lists)
    assert not any(word in seen for word in ("Canari", "canari@", "06 12"))


def test_what_people_write_of_themselves_in_a_title_is_taken_out(site: Consul) -> None:
    tags = [{"id": "1", "name": "zelie.canari@exemple.fr", "kind": None}]
    title = "Un banc, écrire à zelie.canari&#64;exemple.fr ou au 06 12 34 56 78"
    filled(site).put("proposals", proposal(1, title=title, tags=tags, description=CANARY["username"]))
    site.put("investments", investment(1, title=title, location="12 rue X, +33 612345678", price=1200000))
    found = records(walk(site, bodies=True))
    assert found["contribution proposal-1"]["title"] == "Un banc, écrire à [adresse masquée] ou au [numéro masqué]"
    assert not any(word in repr(found) for word in ("canari@", "06 12", "612345678"))


def test_texts_are_asked_for_only_when_the_source_says_so(site: Consul) -> None:
    filled(site)
    site.put("proposals", proposal(2, description=None))
    assert not any("body" in data for data in records(walk(site)).values())
    texts = [each["query"].replace("description publication_date", "") for each in site.requests]
    assert not any("description" in query or "summary" in query for query in texts)
    bodies = {key: data["body"] for key, data in records(walk(site, bodies=True), "contribution").items()}
    assert (bodies["proposal-1"], bodies["proposal-2"], bodies["debate-1"]) == ("Un texte", "En bref", "Un texte")
    assert bodies["investment-1"] == "Un texte"


# What is dangerous: an absence taken for a zero, a failure taken for an end


def test_an_empty_site_gives_an_ended_walk_and_no_record_not_even_a_declared_one(site: Consul) -> None:
    filled(site).faults = {0: "silent_zero"}
    items = walk(site)
    assert ended(items)
    assert records(items) == {}


def test_a_count_that_the_platform_does_not_give_is_no_zero(site: Consul) -> None:
    site.put("proposals", proposal(1, cached_votes_up=None, comments_count=None), proposal(2, cached_votes_up=0))
    found = records(walk(site), "contribution")
    assert not {"supports", "comments"} & set(found["proposal-1"])
    assert found["proposal-2"]["supports"] == 0


def test_a_price_that_is_not_given_is_no_zero(site: Consul) -> None:
    filled(site).put("investments", investment(1, price=None), investment(2, price=0))
    found = records(walk(site), "contribution")
    assert "amount" not in found["investment-1"]
    assert found["investment-2"]["amount"] == 0


@pytest.mark.parametrize("rank", range(1, 8))
@pytest.mark.parametrize(
    "fault",
    [
        "empty_204", "html_200", "redirect", "no_data", "errors_only", "errors_only_null", "errors_only_void",
        "partial_errors", "cursor_null", "no_page_info",
    ],
)  # fmt: skip
def test_what_is_no_list_stops_the_walk_at_any_page(site: Consul, fault: str, rank: int) -> None:
    filled(site).faults = {rank: fault}
    with pytest.raises(SourceChanged) as caught:
        walk(site)
    assert caught.value.cause == "contract"
    assert len(site.requests) == rank


def test_a_failing_server_is_down_and_not_changed(site: Consul) -> None:
    filled(site).faults = {5: "error_500"}
    with pytest.raises(SourceDown):
        walk(site)


@pytest.mark.parametrize("rank", range(1, 8))
def test_a_cursor_that_comes_back_stops_the_walk(site: Consul, rank: int) -> None:
    filled(site).faults = dict.fromkeys(range(rank, 20), "cursor_loop")
    with pytest.raises(SourceChanged, match="tourne en rond"):
        walk(site)
    assert len(site.requests) <= rank + 2


def test_a_page_repeated_for_ever_under_new_cursors_stops_the_walk(site: Consul) -> None:
    filled(site).faults = {0: "endless"}
    with pytest.raises(SourceChanged, match="tourne en rond"):
        walk(site)
    assert len(site.requests) == 3


def test_null_rows_are_set_aside_and_the_others_kept(site: Consul) -> None:
    filled(site).faults = {4: "null_items"}
    items = walk(site)
    assert refusals(items) == [
        ("fiche_illisible", "contribution", None),
        ("fiche_illisible", "contribution", None),
        ("identifiant_manquant", "contribution", None),
    ]
    assert not ended(items)  # no cursor stood where the next page had to begin
    assert {"proposal-2", "proposal-3"} <= set(records(items, "contribution"))


def test_an_unreadable_project_is_missing_for_contributions_and_for_commitments(site: Consul) -> None:
    filled(site).faults = {2: "null_edges"}
    items = walk(site)
    assert refusals(items) == [("fiche_illisible", "contribution", None), ("fiche_illisible", "commitment", None)]
    assert "investment-3" in records(items, "contribution")


def test_unreadable_budgets_never_make_their_projects_absent(site: Consul) -> None:
    filled(site).faults = {1: "null_edges"}
    with pytest.raises(SourceChanged, match="Aucun budget"):
        walk(site)


def test_with_one_budget_unreadable_beside_another_projects_are_attached_to_none(site: Consul) -> None:
    filled(site).put("budgets", {"id": "2", "name": "Budget 2025", "phase": None})
    site.faults = {1: "null_items"}
    found = records(walk(site))
    assert found["contribution investment-1"]["process_id"] == "projets"


@pytest.mark.parametrize("field", ["Proposal.cached_votes_up", "BudgetInvestment.milestones", "Query.debates"])
def test_a_field_that_the_version_lacks_is_named(make: Any, field: str) -> None:
    with pytest.raises(SourceChanged, match=field):
        walk(filled(make(without=(field,))))


@pytest.mark.parametrize("field", ["title", "comments_count", "retired_at", "geozone", "tags", "id"])
def test_a_field_that_the_answer_lacks_is_named(site: Consul, field: str) -> None:
    site.put("proposals", proposal(1))
    site.faults = {0: f"drop_{field}"}
    with pytest.raises(SourceChanged, match=f"« {field} » manque"):
        walk(site)


@pytest.mark.parametrize("answer", [{"errors": "non"}, {"errors": {"message": "non"}}, {"errors": [None]}])
def test_errors_of_any_shape_are_errors(site: Consul, answer: dict[str, Any]) -> None:
    site.scripted = answer
    with pytest.raises(SourceChanged, match="erreur"):
        walk(site)


@pytest.mark.parametrize("limit", ["depth of 9, which exceeds max depth of 8", "complexity of 3008, which exceeds"])
def test_a_lower_limit_of_the_platform_is_said(site: Consul, limit: str) -> None:
    site.scripted = {"errors": 3 * [{"message": f"Query has {limit}"}]}
    with pytest.raises(SourceChanged, match="trop profonde ou trop coûteuse"):
        walk(site)


def test_a_site_that_wants_browsers_refuses_us_and_reads_the_agent_of_the_source(site: Consul) -> None:
    filled(site).browsers_only = True
    with pytest.raises(SourceChanged) as caught:
        walk(site)
    assert caught.value.cause == "access"
    assert ended(walk(site, agent="Mozilla/5.0"))


# Pages that move


def test_a_proposal_added_between_two_pages_is_no_duplicate_and_the_walk_does_not_end(site: Consul) -> None:
    filled(site)

    def add(rank: int) -> None:
        if rank == 5:
            site.lists["proposals"].insert(0, proposal(9))
            site.put("proposals", proposal(2, cached_votes_up=4))

    site.before = add
    items = walk(site)
    assert not ended(items)
    assert {"proposal-1", "proposal-3", "proposal-4", "proposal-5"} <= set(records(items, "contribution"))


@pytest.mark.parametrize("rank", [5, 6, 7])
def test_a_proposal_removed_between_two_pages_may_hide_another_and_the_walk_does_not_end(
    site: Consul, rank: int
) -> None:
    filled(site)
    site.before = lambda each: site.lists["proposals"].pop(0) if each == rank else None
    assert not ended(walk(site))


def test_a_list_emptied_while_it_is_read_does_not_end(site: Consul) -> None:
    filled(site)
    site.before = lambda rank: site.lists["proposals"].clear() if rank == 6 else None
    assert not ended(walk(site))


# Budgets


def test_an_older_version_has_no_budgets_and_the_rest_is_read(make: Any) -> None:
    site = filled(make(without=("Query.budgets",)))
    items = walk(site)
    assert ended(items)
    assert set(records(items)) == {
        "process propositions",
        "contribution debate-1",
        *(f"contribution proposal-{number}" for number in (1, 2, 3, 4, 5)),
    }


def test_projects_of_several_budgets_are_read_once_and_attached_to_none(site: Consul) -> None:
    filled(site).put("budgets", {"id": "2", "name": "Budget 2025", "phase": "accepting"})
    found = records(walk(site, investments_process="Tous les projets"))
    assert found["process projets"] == {"title": "Tous les projets"}
    assert {found[f"contribution investment-{number}"]["process_id"] for number in (1, 2, 3)} == {"projets"}
    assert {"process budget-1", "process budget-2"} <= set(found)


def test_projects_that_became_those_of_their_budget_are_never_read_in_part(make: Any) -> None:
    site = filled(make(scoped=True))
    site.put("budgets", {"id": "2", "name": "Budget 2025", "phase": "accepting"})
    assert ended(walk(site))
    site.put("investments", investment(8, budget="2"))
    with pytest.raises(SourceChanged, match="par budget"):
        walk(site)


def test_a_budget_still_drafted_never_enters(site: Consul) -> None:
    filled(site).put("budgets", {"id": "2", "name": "Secret", "phase": "drafting"})
    found = records(walk(site))
    assert "process budget-2" not in found
    assert found["contribution investment-1"]["process_id"] == "budget-1"


def test_a_budget_without_phase_has_no_state_and_no_stage(site: Consul) -> None:
    site.put("budgets", {"id": "1", "name": "Budget", "phase": None})
    found = records(walk(site))
    assert list(found) == ["process budget-1"]
    assert "state" not in found["process budget-1"]


def test_milestones_make_a_commitment_in_the_order_of_their_dates(site: Consul) -> None:
    second = milestone(2, description="<p>Travaux &amp; plantations</p>", publication_date="2024-09-01")
    filled(site).put("investments", investment(2, milestones=[second, milestone(1)]))
    assert records(walk(site), "commitment") == {
        "investment-2": {
            "process_id": "budget-1",
            "title": "Projet 2",
            "from_contribution_ids": ["investment-2"],
            "history": [
                {"on": "2024-05-02", "label": "Jalon 1"},
                {"on": "2024-09-01", "label": "Jalon 2", "text": "Travaux & plantations"},
            ],
        }
    }


def test_no_milestone_is_lost_when_there_are_more_than_one_page(make: Any) -> None:
    site = filled(make())
    site.put("investments", investment(2, milestones=[milestone(number) for number in range(1, 41)]))
    assert len(records(walk(site), "commitment")["investment-2"]["history"]) == 40


def test_milestones_that_cannot_be_read_are_not_an_absence_of_milestones(site: Consul) -> None:
    filled(site).put("investments", investment(2, milestones=None), investment(3, milestones=[None]))
    assert refusals(walk(site)) == [
        ("fiche_illisible", "commitment", "investment-2"),
        ("fiche_illisible", "commitment", "investment-3"),
    ]


# Rows and their dates


def test_a_proposal_that_its_author_withdrew_is_said_withdrawn(site: Consul) -> None:
    site.put("proposals", proposal(1, retired_at="2024-04-01T12:00:00+02:00"), proposal(2))
    found = records(walk(site), "contribution")
    assert found["proposal-1"]["withdrawn"] is True
    assert "withdrawn" not in found["proposal-2"]


@pytest.mark.parametrize("title", [None, "", " <p> </p> "])
def test_a_row_without_title_is_set_aside_with_its_identity(site: Consul, title: str | None) -> None:
    site.put("proposals", proposal(1, title=title), proposal(2))
    items = walk(site)
    assert refusals(items) == [("champ_manquant", "contribution", "proposal-1")]
    assert set(records(items, "contribution")) == {"proposal-2"}


@pytest.mark.parametrize("title", ["x" * 300, "Rue &lt;b&gt;", "À\u0000 bientôt", "<script>alert(1)</script>Parc"])
def test_a_title_is_plain_text_of_a_bounded_length(site: Consul, title: str) -> None:
    site.put("proposals", proposal(1, title=title))
    (found,) = records(walk(site), "contribution").values()
    assert "alert" not in found["title"]
    assert "&" not in found["title"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-07-01 10:00:00 +0200", "2024-07-01T08:00:00Z"),
        ("2024-07-01 10:00:00 UTC", "2024-07-01T10:00:00Z"),
        ("2024-07-01T10:00:00+02:00", "2024-07-01T08:00:00Z"),
        ("2024-07-01T10:00:00.000Z", "2024-07-01T10:00:00Z"),
        ("2024-07-01 10:00", "2024-07-01T08:00:00Z"),
        ("2024-01-01 00:00:00", "2023-12-31T23:00:00Z"),
        ("2024-07-01", "2024-07-01"),
    ],
)
def test_a_time_is_read_with_its_offset_or_in_the_zone_of_the_site(site: Consul, written: str, read: str) -> None:
    site.put("proposals", proposal(1, public_created_at=written))
    assert records(walk(site), "contribution")["proposal-1"]["published_at"] == read


def test_the_zone_of_the_site_is_a_setting_that_must_exist(site: Consul) -> None:
    site.put("proposals", proposal(1, public_created_at="2024-07-01 10:00:00"))
    found = records(walk(site, time_zone="Indian/Reunion"), "contribution")
    assert found["proposal-1"]["published_at"] == "2024-07-01T06:00:00Z"
    for wrong in ("Mars/Olympus", "../../etc/passwd", "Europe", ""):
        with pytest.raises(SourceChanged, match="Fuseau horaire") as caught:
            walk(site, time_zone=wrong)
        assert caught.value.cause == "access"


@pytest.mark.parametrize("written", ["hier", "2024-02-31", "01/07/2024", "0001-01-01 00:00:00 +0100", ""])
def test_a_date_that_cannot_be_read_sets_its_row_aside(site: Consul, written: str) -> None:
    site.put("proposals", proposal(1, public_created_at=written), proposal(2, public_created_at=None))
    items = walk(site)
    assert refusals(items) == [("date_invalide", "contribution", "proposal-1")]
    assert "published_at" not in records(items, "contribution")["proposal-2"]


def test_the_declaration_is_complete() -> None:
    assert consul.CONTRACT == 1
    assert all(option.label[0].isupper() for option in consul.OPTIONS)
    for name in consul.FIELDS:
        kind, key = name.split(".")
        assert key in schemas.schema(kind)["properties"]
