"""What moves, leaves, comes back or only ages: measures followed step by step are those computed all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from connectors.base import Record
from hub.benchmark.compute import refresh
from hub.db import db, writing
from hub.models import Case, Mark, Measure, Revision, Source, Subtotal
from tests.conftest import ready
from tests.indicator_cases import (
    commitment,
    contribution,
    document,
    edition,
    figure,
    meeting,
    named,
    record,
    stage,
    winner,
)
from tests.make import process, run
from tests.territories import settle, source_of, statement, territory

FIRST, SAME_DAY, NEXT_YEAR = "2026-06-30T12:00:00Z", "2026-06-30T18:00:00Z", "2027-02-01T12:00:00Z"
PLAIN = {"starts_on": "2025-01-15", "ends_on": "2025-02-15"}
TWO = [process("a", **PLAIN), process("b", **PLAIN)]
GONE = Record("process", "a", {}, "L1", deleted=True)


def gone(kind: str, remote_id: str) -> Record:
    return Record(kind, remote_id, {}, "L1", deleted=True)


def moved(make: Any) -> tuple[list[Record], list[Record]]:
    """A thing that belongs to a démarche, then to another."""
    return [*TWO, named(make("a"), "x")], [named(make("b"), "x")]


def met(*process_ids: str, **data: Any) -> Record:
    return named(meeting(40, process_ids=list(process_ids), **data), "m")


def about(process_id: str, metric: str) -> Record:
    return named(figure(metric, 100, process_id), f"{process_id}-{metric}")


PROMISE = commitment("en_cours", deliberation_ids=["v"])
DECIDED = record("deliberation", "v", title="D", decided_on="2025-01-01")
AVIS = [process("a"), named(stage("a", "avis_citoyen", delivered_on="2025-03-01"), "avis")]
ANSWER = named(stage("a", "reponse_argumentee", delivered_on="2025-06-01"), "r")
MOVES: dict[str, tuple[Sequence[Record], Sequence[Record]]] = {
    "un mandat change de démarche": moved(lambda name: document(name, "mandat")),
    "une synthèse change de démarche": moved(lambda name: document(name, "synthese")),
    "une étape change de démarche": moved(lambda name: stage(name, "mandat", document_ids=["d"])),
    "un avis change de démarche": moved(lambda name: stage(name, "avis_citoyen", delivered_on="2025-03-01")),
    "un chiffre change de démarche": moved(lambda name: figure("contributions", 40, name)),
    "une contribution change de démarche": moved(lambda name: contribution(name, "projet", votes=30)),
    "une réunion change de démarche": ([*TWO, met("a")], [met("b")]),
    "une réunion quitte sa démarche": ([*TWO, met("a")], [met()]),
    "une réponse quitte sa démarche": (
        [*AVIS, process("b"), ANSWER],
        [Record("stage", "r", {**ANSWER.data, "process_id": "b"}, "L1")],
    ),
    "la démarche d'un chiffre devient la métropole": (
        [*TWO, about("a", "votes")],
        [named(figure("votes", 100, subject={"kind": "plateforme", "remote_id": "p"}), "a-votes")],
    ),
    "une démarche est retirée": ([*AVIS, ANSWER, met("a"), about("a", "contributions")], [gone("process", "a")]),
    "une de deux démarches d'une réunion est retirée": ([*TWO, met("a", "b")], [gone("process", "a")]),
    "une de deux démarches d'une réunion donne son total": ([*TWO, met("a", "b")], [about("b", "participations")]),
    "une de deux démarches d'une réunion reprend son total": (
        [*TWO, met("a", "b"), about("a", "participations")],
        [gone("observation", "a-participations")],
    ),
    "un conseil partage une réunion": (
        [process("a", type="conseil_de_developpement"), process("b"), met("a", "b")],
        [process("b", title="Autre")],
    ),
    "un conseil devient autre chose": (
        [process("a", type="conseil_de_developpement"), met("a")],
        [process("a", type="atelier_co_conception")],
    ),
    "une démarche énonce le total qui contient ses composantes": (
        [process("a"), process("b", parent_id="a"), about("b", "contributions"), met("b")],
        [about("a", "contributions"), about("a", "participations")],
    ),
    "la démarche dont une autre fait partie est retirée": (
        [process("a"), process("b", parent_id="a"), about("a", "votes"), about("b", "votes")],
        [gone("process", "a")],
    ),
    "une composante devient une démarche": (
        [process("a"), process("b", parent_id="a"), about("a", "votes"), about("b", "votes")],
        [process("b")],
    ),
    "un engagement est dit le même qu'un autre": (
        [named(commitment(), "e"), named(commitment("realise"), "f")],
        [named(commitment("realise", same_as=["e"]), "f")],
    ),
    "un engagement que d'autres répètent est retiré": (
        [named(commitment(), "e"), *(named(commitment("realise", same_as=["e"]), name) for name in ("f", "g"))],
        [gone("commitment", "e")],
    ),
    "une délibération change de date": (
        [DECIDED, named(PROMISE, "e")],
        [record("deliberation", "v", title="D", decided_on="2024-01-01")],
    ),
    "une délibération est retirée": ([DECIDED, named(PROMISE, "e")], [gone("deliberation", "v")]),
    "un engagement perd son lien": ([DECIDED, named(PROMISE, "e")], [named(commitment(), "e")]),
    "une édition n'en est plus une": (
        [edition("a", "2023-10-15"), named(winner("a", "realise"), "e")],
        [process("a", starts_on="2023", ends_on="2023-10-15")],
    ),
    "un lauréat est retiré": (
        [edition("a", "2023-10-15"), named(winner("a", "realise"), "e")],
        [gone("commitment", "e")],
    ),
    "une démarche passe à la ville seule": (
        [*TWO, met("a"), about("a", "votes")],
        [process("a", **PLAIN, perimeter="ville")],
    ),
    "un chiffre de la métropole est retiré": (
        [named(figure("votes", 100, subject={"kind": "plateforme", "remote_id": "p"}), "x")],
        [gone("observation", "x")],
    ),
    "rien ne bouge que les jours": (
        [
            *TWO,
            process("c", starts_on="2019", ends_on="2019-06-01"),
            named(stage("c", "avis_citoyen", delivered_on="2024-01-10"), "tardif"),
            named(meeting(40, "2026-09-01T18:00:00Z"), "à venir"),
            process("d", starts_on="2026-09-01", state="a_venir"),
            edition("bp", "2020-10-15"),
            named(commitment(), "e"),
        ],
        [],
    ),
    "des choses deviennent publiques": (
        [
            *(
                Record(one.kind, one.remote_id, one.data, "L1", diffusion="pairs", public_on="2026-12-01")
                for one in TWO
            ),
            Record(
                "process",
                "c",
                {"title": "C", "state": "terminee", "starts_on": "2019"},
                "L1",
                diffusion="pairs",
                public_on="2026-12-01",
            ),
        ],
        [],
    ),
}
NAMES = tuple(MOVES)


def siren_of(name: str) -> str:
    return f"{910_000_000 + NAMES.index(name)}"


@dataclass
class Told:
    """The measures of each territory as they were followed, and as they are computed anew, by step."""

    followed: dict[str, Mapping[str, list[str]]] = field(default_factory=dict)
    anew: dict[str, Mapping[str, list[str]]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    found = Told()
    for app in ready(tmp_path_factory.mktemp("histories") / "instance", "", CLOCK=FIRST):
        stated = [statement(siren_of(name), "process", "complete") for name in NAMES]
        settle([territory(siren_of(name), name) for name in NAMES], stated)
        sources = {name: source_of(siren_of(name)) for name in NAMES}
        step(app, found, FIRST, {sources[name]: before for name, (before, _) in MOVES.items()})
        step(app, found, SAME_DAY, {sources[name]: after for name, (_, after) in MOVES.items()})
        newer = {"declared_at": "2026-02-01T10:00:00Z", "number": 2}
        settle([], [statement(siren_of(name), "process", "partielle", **newer) for name in NAMES])
        step(app, found, "une autre couverture", {})
        step(app, found, NEXT_YEAR, {})
        with writing() as connection:
            connection.execute(update(Source).values(perimeter="ville_et_metropole"))
        step(app, found, "un autre périmètre", {})
        yield found


KEPT = (Measure, Case, Subtotal, Mark)
STEPS = (SAME_DAY, "une autre couverture", NEXT_YEAR, "un autre périmètre")


def step(app: Flask, found: Told, name: str, sent: Mapping[Source, Sequence[Record]]) -> None:
    """Send, refresh, and look at measures; then again with nothing kept but the journal."""
    if name.endswith("Z"):
        app.config["CLOCK"] = name
    for source, records in sent.items():
        if records:
            received = run(source, records)
            assert not received.counts.get("problems"), (source.name, received.counts)
    refresh()
    found.followed[name] = looked_at()
    if name != FIRST:
        kept = {table: db.session.execute(select(table.__table__)).mappings().all() for table in KEPT}
        forget()
        refresh()
        found.anew[name] = looked_at()
        forget()
        with writing() as connection:
            for table, rows in kept.items():
                connection.execute(table.__table__.insert(), [dict(row) for row in rows])


def forget() -> None:
    with writing() as connection:
        for table in KEPT:
            connection.execute(delete(table))


def looked_at() -> dict[str, list[str]]:
    """Every measure, case and subtotal by territory, but the flag « revised », which tells how a measure came to be."""
    db.session.rollback()
    found: dict[str, list[str]] = {}
    for table in (Measure, Case, Subtotal):
        for row in db.session.execute(select(table.__table__)).mappings():
            said = {key: value for key, value in row.items() if key != "flags"}
            found.setdefault(row["siren"], []).append(str(said))
    return {siren: sorted(rows) for siren, rows in found.items()}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("at", STEPS)
def test_what_is_followed_is_what_is_computed_anew(told: Told, name: str, at: str) -> None:
    followed, anew = told.followed[at].get(siren_of(name), []), told.anew[at].get(siren_of(name), [])
    assert [row for row in followed if row not in anew] == []
    assert [row for row in anew if row not in followed] == []


def test_two_workers_at_once_come_to_the_same_and_tell_it_once(app: Flask) -> None:
    settle([territory(siren, siren) for siren in ("910000001", "910000002")])
    sources = [source_of("910000001"), source_of("910000002")]
    for sent in ([process("1", starts_on="2024")], [process(str(n), starts_on="2024") for n in range(3)]):
        for source in sources:
            run(source, sent)
        with ThreadPoolExecutor(2) as workers:
            assert sum(workers.map(refreshed, [app, app])) > 0
    followed = looked_at()
    told_of = select(Revision.siren, func.count()).where(Revision.indicator == "demarches").group_by(Revision.siren)
    assert dict(db.session.execute(told_of).all()) == {"910000001": 1, "910000002": 1}
    forget()
    refresh()
    assert looked_at() == followed


def refreshed(app: Flask) -> int:
    """How many measures a worker moved."""
    with app.app_context():
        try:
            return refresh()
        finally:
            db.session.remove()


def test_a_worker_that_knows_less_undoes_nothing(app: Flask) -> None:
    settle([territory(siren, siren) for siren in ("910000001", "910000002")])
    for siren in ("910000001", "910000002"):
        run(source_of(siren), [process("1", starts_on="2025")])
    met: list[str] = []

    def overtake(siren: str, _moved: int) -> None:
        """After the first metropole, another worker learns that all was stated, and does it all."""
        met.append(siren)
        if len(met) == 1:
            settle([], [statement(each, "process", "complete") for each in ("910000001", "910000002")])
            assert refresh() > 0

    refresh(told=overtake)
    states = select(Measure.state, func.count()).where(Measure.indicator == "demarches").group_by(Measure.state)
    # for each of the two, 2025 counts one and the three years beside it none
    assert dict(db.session.execute(states).all()) == {"provisoire": 8}
    assert refresh() == 0


OWNERS = st.sampled_from(["1", "2", "3"])
DAYS = st.sampled_from(["2023", "2024-05", "2025-03-12"])
THINGS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    **{
        f"process {n}": st.fixed_dictionaries(
            {
                "title": st.just("D"),
                "state": st.sampled_from(["terminee", "annulee"]),
                "type": st.sampled_from(["budget_participatif", "conseil_de_developpement", "autre"]),
            },
            optional={"starts_on": DAYS, "ends_on": DAYS, "perimeter": st.just("ville"), "parent_id": OWNERS},
        )
        for n in (1, 2, 3)
    },
    "stage s": st.fixed_dictionaries(
        {"title": st.just("A"), "process_id": OWNERS, "stage": st.sampled_from(["avis_citoyen", "reponse_argumentee"])},
        optional={"delivered_on": DAYS},
    ),
    "document d": st.fixed_dictionaries(
        {
            "title": st.just("T"),
            "type": st.sampled_from(["mandat", "synthese", "avis_citoyen"]),
            "subject": OWNERS.map(lambda name: {"kind": "process", "remote_id": name}),
        },
        optional={"published_at": DAYS},
    ),
    "observation o": st.tuples(OWNERS, st.sampled_from(["votes", "participations"])).map(
        lambda said: dict(figure(said[1], 40, said[0]).data)
    ),
    "meeting m": st.fixed_dictionaries(
        {
            "title": st.just("R"),
            "starts_at": st.sampled_from(["2025-03-01T18:00:00Z", "2026-09-01T18:00:00Z"]),
            "process_ids": st.lists(OWNERS, max_size=2, unique=True),
            "attendees": st.sampled_from([8, 40]),
        }
    ),
    "contribution c": st.fixed_dictionaries(
        {"title": st.just("I"), "type": st.just("projet"), "process_id": OWNERS, "votes": st.just(30)},
        optional={"published_at": DAYS},
    ),
    "deliberation v": st.fixed_dictionaries({"title": st.just("V")}, optional={"decided_on": DAYS}),
    "commitment e": st.fixed_dictionaries(
        {"title": st.just("E"), "status": st.sampled_from(["realise", "en_cours", "inconnu"]), "process_id": OWNERS},
        optional={"promised_on": DAYS, "deliberation_ids": st.just(["v"]), "from_contribution_ids": st.just(["c"])},
    ),
}
DRAWN = st.fixed_dictionaries({}, optional={name: st.none() | made for name, made in THINGS.items()})
CLOCKS = st.sampled_from([FIRST, NEXT_YEAR, "2030-01-01T12:00:00Z"])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(st.tuples(DRAWN, CLOCKS), min_size=2, max_size=4))
def test_whatever_moves_and_whenever_step_by_step_is_all_at_once(
    tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[dict[str, Any], str]]
) -> None:
    """Incremental = full for things that change owner, come and go, over days and years."""
    for app in ready(tmp_path_factory.mktemp("moves") / "instance", "", CLOCK=FIRST):
        settle([territory("910000001", "A")], [statement("910000001", "process", "complete")])
        source = source_of("910000001")
        for drawn, clock in sorted(sent, key=lambda each: each[1]):
            app.config["CLOCK"] = clock
            run(source, [_drawn(*name.split(), data) for name, data in drawn.items()])
            refresh()
        followed = looked_at()
        forget()
        refresh()
        assert looked_at() == followed


def _drawn(kind: str, remote_id: str, data: dict[str, Any] | None) -> Record:
    return gone(kind, remote_id) if data is None else Record(kind, remote_id, data, "L1")
