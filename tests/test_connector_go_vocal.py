"""Go Vocal: what is read of a site by each of its two APIs, and what its traps become."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import schemas
from connectors import go_vocal
from connectors.answer import Answer, Forgetful
from connectors.base import Checkpoint, Endpoint, Record, RecordRefused, SourceChanged, SourceDown
from connectors.fetch import Fetch, Manners
from tests.platforms.go_vocal import CANARIES, NEVER, V2, WEB, GoVocal, idea, phase, project

KEY = {"client_id": "id-1", "client_secret": "secret-1"}
BOTH = pytest.mark.parametrize("options", [KEY, {}], ids=["v2", "web"])
Items = list[Record | RecordRefused | Checkpoint]


@pytest.fixture
def site() -> Iterator[GoVocal]:
    running = GoVocal()
    yield running
    running.close()


def walk(site: GoVocal, options: dict[str, Any] = KEY, cursor: str | None = None, **manners: Any) -> Items:
    fetch = Fetch(Manners(pace=0, private=True, retries=(), **manners))
    items = list(go_vocal.harvest(Endpoint(site.url, options, cursor), fetch))
    for item in items:
        if isinstance(item, Record) and not item.deleted:
            assert schemas.check(item.kind, schemas.complete(item.kind, item.data)) == [], item
            assert {f"{item.kind}.{name}" for name in item.data} <= go_vocal.FIELDS.keys()
    assert isinstance(items[-1], Checkpoint)
    assert items[-1].end
    assert not any(item.end for item in items[:-1] if isinstance(item, Checkpoint))
    return items


def records(items: Items, kind: str) -> dict[str, dict[str, Any]]:
    found = [item for item in items if isinstance(item, Record) and item.kind == kind and not item.deleted]
    assert len({item.remote_id for item in found}) == len(found)
    return {item.remote_id: item.data for item in found}


def cursor_of(items: Items) -> str:
    assert isinstance(items[-1], Checkpoint)
    return items[-1].cursor


def refused(items: Items) -> list[tuple[str, str | None, str]]:
    return [(item.rule, item.remote_id, item.pointer) for item in items if isinstance(item, RecordRefused)]


def asked(site: GoVocal, path: str) -> list[dict[str, str]]:
    return [params for at, params in site.requests if at == path]


def test_a_site_with_a_key(site: GoVocal) -> None:
    items = walk(site)
    assert records(items, "process") == {
        "p1": {
            "title": "Projet p1",
            "summary": "Une place",
            "description": "Une place & des arbres",
            "themes_raw": ["Mobilités", "Nature"],
            "starts_on": "2026-01-05",
            "url": "https://participer.exemple.fr/fr-FR/projects/projet-p1",
            "published_at": "2026-01-02T08:00:00Z",
            "updated_at": "2026-02-01T10:00:00Z",
        },
        "p2": {
            "title": "Projet p2",
            "summary": "Une place",
            "description": "Une place & des arbres",
            "state": "terminee",
            "starts_on": "2026-01-05",
            "ends_on": "2026-04-01",
            "url": "https://participer.exemple.fr/fr-FR/projects/projet-p2",
            "published_at": "2026-01-02T08:00:00Z",
            "updated_at": "2026-02-01T10:00:00Z",
        },
    }
    assert [(id_, one["position"], one["stage_raw"]) for id_, one in records(items, "stage").items()] == [
        ("ph1", 1, "ideation"), ("ph2", 2, "voting"), ("ph3", 1, "native_survey"), ("ph4", 2, "proposals"),
    ]  # fmt: skip
    assert records(items, "contribution")["i1"] == {
        "process_id": "p1",
        "stage_ids": ["ph1", "ph2"],
        "type": "proposition",
        "title": "Idée i1",
        "location": {"label": "Place du Port", "lat": 47.21, "lon": -1.55},
        "status_raw": "À l'étude",
        "votes": 30,
        "supports": 4,
        "comments": 0,
        "amount": 15000,
        "url": "https://participer.exemple.fr/fr-FR/ideas/i1",
        "published_at": "2026-01-10T12:00:00Z",
        "updated_at": "2026-01-11T12:00:00Z",
    }
    assert records(items, "contribution")["pr1"]["type"] == "petition"
    assert records(items, "contribution")["pr1"]["stage_ids"] == ["ph4"]
    assert records(items, "meeting") == {
        "e1": {
            "process_ids": ["p1"],
            "title": "Réunion e1",
            "description": "Venez",
            "starts_at": "2026-03-01T17:30:00Z",
            "ends_at": "2026-03-01T19:00:00Z",
            "location": {"label": "Salle des fêtes"},
            "registrations": 12,
            "updated_at": "2026-02-01T10:00:00Z",
        }
    }
    assert refused(items) == []


def test_the_figures_are_those_the_platform_states(site: GoVocal) -> None:
    found = {id_: one["quantity"]["value"] for id_, one in records(walk(site), "observation").items()}
    assert found == {
        "process:p1:commentaires:2026-01-02..:en_ligne:": 7,
        "stage:ph1:propositions:2026-01-05..2026-02-05:en_ligne:": 3,
        "stage:ph2:votants:2026-02-06..:en_ligne:": 25,
        "stage:ph2:votes:2026-02-06..:en_ligne:": 60,
        "stage:ph3:reponses:2026-01-05..2026-02-05:en_ligne:": 18,
        "stage:ph4:propositions:2026-03-01..2026-04-01:en_ligne:": 0,
    }
    votes = records(walk(site), "observation")["stage:ph2:votes:2026-02-06..:en_ligne:"]
    assert (votes["indicative"], votes["basis"], votes["period"]) == (
        True, "cumul", {"from": "2026-02-06", "precision": "plage"},
    )  # fmt: skip


def test_a_site_without_a_key_gives_participants_and_what_is_open(site: GoVocal) -> None:
    items = walk(site, {})
    first = records(items, "process")["p1"]
    assert (first["state"], first["themes_raw"], first["territory_raw"]) == ("en_cours", ["Nature"], ["Nord"])
    assert first["url"] == "https://participer.exemple.fr/projects/projet-p1"
    assert first["description"] == "Une place & des arbres"
    assert {id_: one.get("state") for id_, one in records(items, "stage").items()} == {
        "ph1": "en_cours", "ph2": None, "ph3": None, "ph4": None,
    }  # fmt: skip
    observed = records(items, "observation")
    assert observed["process:p1:participants:2026-01-02..:en_ligne:"]["quantity"] == {"value": 41}
    assert records(items, "meeting")["e1"]["location"] == {"label": "Salle des fêtes"}
    assert records(items, "contribution") == {}
    assert not [path for path, _ in site.requests if path.startswith(V2) or path.endswith("/ideas")]


@BOTH
def test_what_is_not_public_never_enters(site: GoVocal, options: dict[str, Any]) -> None:
    site.events.append({**site.events[0], "id": "e2", "project_id": "brouillon"})
    items = walk(site, options)
    assert set(records(items, "process")) == {"p1", "p2"}
    assert set(records(items, "meeting")) == {"e1"}
    assert "interdit" not in repr(items)
    assert not [path for path, _ in site.requests if "brouillon" in path or "groupe" in path]


@BOTH
def test_no_person_is_in_a_record_nor_asked_for(site: GoVocal, options: dict[str, Any]) -> None:
    items = walk(site, {**options, "bodies": True})
    assert not [canary for canary in CANARIES if canary in repr(items)]
    assert not {path.rsplit("/", 1)[-1] for path, _ in site.requests} & set(NEVER)
    assert not [params for _, params in site.requests if "author_id" in params or params.get("type") == "survey"]


def test_what_holds_persons_is_declared(site: GoVocal) -> None:
    walk(site)
    declared = {pointer.rsplit("/", 1)[-1] for pointer in go_vocal.PERSONAL}
    row = idea("i", "p")
    assert {name for name in row if any(canary in json.dumps(row[name]) for canary in CANARIES)} <= declared


def test_texts_come_only_when_asked_for(site: GoVocal) -> None:
    assert "body" not in records(walk(site), "contribution")["i1"]
    assert records(walk(site, {**KEY, "bodies": True}), "contribution")["i1"]["body"] == "Planter des arbres"
    assert records(walk(site, {**KEY, "contributions": False}), "contribution") == {}


def test_areas_come_only_when_asked_for(site: GoVocal) -> None:
    assert "territory_raw" not in records(walk(site), "process")["p1"]
    assert records(walk(site, {**KEY, "areas": True}), "process")["p1"]["territory_raw"] == ["Quartier nord"]


def test_what_is_not_said_is_no_key_and_what_is_zero_is_zero(site: GoVocal) -> None:
    items = walk(site)
    found = records(items, "contribution")
    assert found["i1"]["comments"] == 0
    assert not {"supports", "supports_state", "amount", "amount_state", "location"} & found["i2"].keys()
    assert not [id_ for id_ in records(items, "observation") if id_.startswith("process:p2")]
    assert "capacity" not in records(items, "meeting")["e1"]
    assert "ends_on" not in records(items, "process")["p1"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", {}),
        ("N/A", {"supports_state": "non_collecte"}),
        ("NC", {"supports_state": "non_communique"}),
        ("12", {"supports": 12}),
    ],
)
def test_a_count_written_in_words_is_read_as_the_table_says(
    site: GoVocal, value: str, expected: dict[str, Any]
) -> None:
    site.ideas[0]["likes_count"] = value
    found = records(walk(site), "contribution")["i1"]
    assert {name: one for name, one in found.items() if name.startswith("supports")} == expected


def test_votes_are_kept_only_where_a_phase_is_a_vote(site: GoVocal) -> None:
    found = records(walk(site), "contribution")
    assert "votes" in found["i1"]
    assert "votes" not in found["pr1"]


@BOTH
@pytest.mark.parametrize("cap", [1, 24])
def test_a_page_smaller_than_asked_loses_nothing(site: GoVocal, options: dict[str, Any], cap: int) -> None:
    site.projects += [project(f"q{rank}") for rank in range(30)]
    whole = walk(site, options)
    site.cap = cap
    clamped = walk(site, options)
    assert [item for item in clamped if isinstance(item, Record)] != []
    for kind in ("process", "stage", "contribution", "meeting", "observation"):
        assert records(clamped, kind) == records(whole, kind)


def test_a_project_added_between_two_pages_doubles_nothing(site: GoVocal) -> None:
    site.projects += [project(f"q{rank}") for rank in range(6)]
    site.cap, site.faults = 2, {"page_shift"}
    found = records(walk(site), "process")
    assert {f"q{rank}" for rank in range(6)} | {"p1", "p2"} <= set(found)


@BOTH
def test_a_list_that_turns_round_is_stopped(site: GoVocal, options: dict[str, Any]) -> None:
    site.faults = {"cursor_loop"}
    with pytest.raises(SourceChanged, match=r"tourne en rond|page suivante"):
        walk(site, options)
    assert len(site.requests) < 20


def test_a_list_that_stops_before_its_end_is_no_end(site: GoVocal) -> None:
    site.faults = {"empty_page"}
    site.projects += [project("q1"), project("q2")]
    site.cap = 1
    with pytest.raises(SourceChanged):
        walk(site)


@BOTH
@pytest.mark.parametrize("fault", ["html_200", "errors_only", "redirect", "null_list", "no_locales"])
def test_an_answer_that_is_no_list_is_never_an_empty_list(site: GoVocal, options: dict[str, Any], fault: str) -> None:
    site.faults = {fault}
    with pytest.raises(SourceChanged) as caught:
        walk(site, options)
    assert caught.value.cause == "contract"


def test_an_empty_object_is_never_an_empty_list(site: GoVocal) -> None:
    site.faults = {"no_list"}
    with pytest.raises(SourceChanged, match="global_topics"):
        walk(site)


@BOTH
def test_a_silent_zero_is_an_ended_walk_without_a_figure(site: GoVocal, options: dict[str, Any]) -> None:
    site.faults = {"silent_zero"}
    items = walk(site, options)
    assert not [item for item in items if isinstance(item, Record)]


@BOTH
def test_a_null_row_is_refused_and_the_others_are_kept(site: GoVocal, options: dict[str, Any]) -> None:
    whole = walk(site, options)
    site.faults = {"null_items"}
    items = walk(site, options)
    assert records(items, "process").keys() == records(whole, "process").keys()
    assert records(items, "stage").keys() == records(whole, "stage").keys()
    assert {rule for rule, _, _ in refused(items)} == {"fiche_illisible"}


@pytest.mark.parametrize(
    "name", ["title", "visible_to", "publication_status", "start_at", "ideas_count", "published_at", "meta"]
)
def test_a_field_that_is_gone_is_named(site: GoVocal, name: str) -> None:
    site.faults = {f"lost_{name}"}
    if name == "meta":
        site.faults = {"no_list"}
    with pytest.raises(SourceChanged, match=r"n'a plus|ne donne plus"):
        walk(site)


def test_an_older_release_has_other_names_and_ignores_filters(site: GoVocal) -> None:
    site.legacy = True
    for one in site.ideas:
        one |= {"upvotes_count": one.pop("likes_count"), "body_html": one.pop("body")}
        del one["type"]
    items = walk(site, {**KEY, "bodies": True})
    assert records(items, "process")["p1"]["themes_raw"] == ["Mobilités", "Nature"]
    found = records(items, "contribution")
    assert set(found) == {"i1", "i2", "pr1"}
    assert (found["i1"]["supports"], found["i1"]["body"], found["pr1"]["type"]) == (4, "Planter des arbres", "petition")


@pytest.mark.parametrize(
    ("change", "rule", "pointer"),
    [
        ({"title": " "}, "texte_vide", "/title"),
        ({"title": None}, "texte_vide", "/title"),
        ({"title": ["x"]}, "type_invalide", "/title"),
        ({"published_at": "2026-01-10T12:00:00"}, "date_invalide", "/published_at"),
        ({"published_at": "hier"}, "date_invalide", "/published_at"),
        ({"comments_count": "beaucoup"}, "nombre_invalide", "/comments"),
        ({"comments_count": True}, "nombre_invalide", "/comments"),
    ],
)
def test_a_row_that_cannot_be_read_is_skipped_and_says_why(
    site: GoVocal, change: dict[str, Any], rule: str, pointer: str
) -> None:
    site.ideas[0] |= change
    items = walk(site)
    assert set(records(items, "contribution")) == {"i2", "pr1"}
    [found] = [item for item in items if isinstance(item, RecordRefused)]
    assert (found.rule, found.kind, found.remote_id, found.values["pointer"]) == (rule, "contribution", "i1", pointer)
    assert schemas.problem(found.rule, found.values["pointer"]).message


@pytest.mark.parametrize("bad", ["31/02/2026", "2026-02-31", "2026-01-05T00:00:00.000Z", 20260105])
def test_a_phase_with_an_unreadable_date_takes_neither_figure_nor_dates_with_it(site: GoVocal, bad: object) -> None:
    site.phases = [phase("ph1", "p1", start_at=bad)]
    site.ideas = []
    items = walk(site)
    assert refused(items) == [("date_invalide", "ph1", "/phases/0")]
    assert not {"starts_on", "ends_on"} & records(items, "process")["p1"].keys()
    assert not [id_ for id_ in records(items, "observation") if id_.startswith("stage:")]


def test_a_row_without_an_id_is_refused(site: GoVocal) -> None:
    site.ideas[0]["id"] = None
    assert ("identifiant_manquant", None, "/ideas/0") in refused(walk(site))


def test_a_project_removed_while_it_is_read_leaves_the_walk_open_and_its_cursor_where_it_was(site: GoVocal) -> None:
    site.faults = {"gone_project"}
    fetch = Fetch(Manners(pace=0, private=True, retries=()))
    items = list(go_vocal.harvest(Endpoint(site.url, KEY, "2026-01-01T00:00:00Z"), fetch))
    assert {type(item) for item in items} == {Checkpoint}
    assert items[-1] == Checkpoint("2026-01-01T00:00:00Z", end=False)


def test_texts_of_the_web_api_in_other_languages(site: GoVocal) -> None:
    titles = [
        {"fr-BE": "Belge", "en": "English"},
        {"en": "English", "fr-FR": ""},
        {"de-DE": "Deutsch"},
        {"fr-FR": "Français", "fr-BE": "Belge"},
    ]
    site.projects = [project(f"q{rank}", title=title) for rank, title in enumerate(titles)]
    items = walk(site, {})
    found = {id_: one["title"] for id_, one in records(items, "process").items()}
    assert found == {"q0": "Belge", "q1": "English", "q3": "Français"}
    assert [(rule, id_) for rule, id_, _ in refused(items)] == [("texte_vide", "q2")]


def test_a_token_that_expires_is_renewed_once(site: GoVocal) -> None:
    whole = walk(site)
    site.requests.clear()
    site.expire_after = 8
    assert walk(site) == whole
    assert len(asked(site, f"{V2}authenticate")) == 2


def test_a_token_refused_twice_is_an_access_problem(site: GoVocal) -> None:
    site.faults = {"dead_tokens"}
    with pytest.raises(SourceChanged) as caught:
        walk(site)
    assert caught.value.cause == "access"
    assert len(asked(site, f"{V2}authenticate")) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({**KEY, "client_secret": "faux"}, "refuse la clé"),
        ({"client_id": "id-1"}, "client_secret"),
        ({"client_secret": "s"}, "client_id"),
    ],
)
def test_a_wrong_key_is_an_access_problem_and_is_never_shown(
    site: GoVocal, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(SourceChanged, match=words) as caught:
        walk(site, options)
    assert caught.value.cause == "access"
    assert "faux" not in str(caught.value)
    assert not [params for _, params in site.requests if "secret" in repr(params)]


def test_the_token_is_never_kept(site: GoVocal) -> None:
    kept: list[bytes] = []

    class Keeping(Forgetful):
        def keep(self, answer: Answer) -> Answer:
            kept.append(answer.content)
            return super().keep(answer)

    list(go_vocal.harvest(Endpoint(site.url, KEY), Fetch(Manners(pace=0, private=True), Keeping())))
    assert kept
    assert not [content for content in kept if b"jeton-" in content]


def test_the_second_run_asks_only_for_what_changed(site: GoVocal) -> None:
    first = walk(site)
    assert {item.cursor for item in first[:-1] if isinstance(item, Checkpoint)} == {""}
    cursor = cursor_of(first)
    assert cursor == "2026-01-11T12:00:00Z"
    site.ideas[1] |= {"updated_at": "2026-01-20T08:00:00.000Z", "title": "Idée changée"}
    site.ideas[0] |= {"updated_at": "2026-01-11T11:00:00.000Z"}
    site.deleted = {"ideas": [{"id": "i9", "type": "Idea", "deleted_at": "2026-01-15T08:00:00.000Z"}]}
    site.requests.clear()
    second = walk(site, cursor=cursor)
    assert {params["updated_at"] for params in asked(site, f"{V2}ideas") if params["type"] == "idea"} == {
        "2026-01-11T11:55:00Z,"
    }
    assert records(second, "contribution")["i2"]["title"] == "Idée changée"
    assert "i1" not in records(second, "contribution")
    assert records(second, "process") == records(first, "process")
    gone = [(item.kind, item.remote_id) for item in second if isinstance(item, Record) and item.deleted]
    assert gone == [("contribution", "i9")]
    assert cursor_of(second) == "2026-01-20T08:00:00Z"


def test_the_cursor_never_passes_the_hour_at_which_the_platform_began(site: GoVocal) -> None:
    site.ideas[0]["updated_at"] = "2026-02-02T03:10:00.000Z"
    assert cursor_of(walk(site)) == "2026-02-02T03:00:00Z"
    site.date = "illisible"
    assert cursor_of(walk(site)) == ""


def test_a_cursor_in_the_future_does_not_move(site: GoVocal) -> None:
    items = walk(site, cursor="2030-01-01T00:00:00Z")
    assert set(records(items, "contribution")) == {"pr1"}
    assert cursor_of(items) == "2030-01-01T00:00:00Z"


def test_a_cursor_that_is_no_instant_reads_everything_and_is_never_sent(site: GoVocal) -> None:
    items = walk(site, cursor="zz' OR 1=1")
    assert cursor_of(items) == "2026-01-11T12:00:00Z"
    assert set(records(items, "contribution")) == {"i1", "i2", "pr1"}
    assert not [params for _, params in site.requests if "OR" in repr(params)]


@BOTH
def test_the_same_answers_give_the_same_records(site: GoVocal, options: dict[str, Any]) -> None:
    assert walk(site, options) == walk(site, options)


def test_the_walk_is_lazy(site: GoVocal) -> None:
    site.projects += [project(f"q{rank}") for rank in range(20)]
    site.cap = 1
    running = go_vocal.harvest(Endpoint(site.url, {}), Fetch(Manners(pace=0, private=True)))
    next(item for item in running if isinstance(item, Record))
    assert len(asked(site, f"{WEB}projects")) == 1


def test_what_is_asked_is_in_french_and_by_the_hundred(site: GoVocal) -> None:
    walk(site)
    lists = [params for path, params in site.requests if path.startswith(V2) and not path.endswith("authenticate")]
    assert {(params["locale"], params["page_size"]) for params in lists} == {("fr-FR", "100")}
    assert not [params for params in lists if "publication_status" in params and "updated_at" in params]


def test_the_declaration_is_complete() -> None:
    assert (go_vocal.NAME, go_vocal.CONTRACT, go_vocal.PAUSE, go_vocal.READ_TIMEOUT) == ("go_vocal", 1, 1.0, 30.0)
    assert {option.name for option in go_vocal.OPTIONS if option.kind == "secret"} == {"client_secret"}
    for field in go_vocal.FIELDS:
        kind, name = field.split(".")
        assert name in schemas.schema(kind)["properties"]


def test_an_end_before_its_start_is_left_to_the_door_and_stops_nothing(site: GoVocal) -> None:
    site.phases = [phase("ph1", "p1", start_at="2026-02-05", end_at="2026-01-05")]
    found = list(go_vocal.harvest(Endpoint(site.url, KEY), Fetch(Manners(pace=0, private=True))))
    [stage] = [item for item in found if isinstance(item, Record) and item.kind == "stage"]
    assert [one.rule for one in schemas.check("stage", stage.data)] == ["dates_inversees"]
    assert isinstance(found[-1], Checkpoint)


def test_a_site_that_asks_for_too_much_patience_is_down(site: GoVocal) -> None:
    with pytest.raises(SourceDown, match="limite"):
        walk(site, requests=6)
