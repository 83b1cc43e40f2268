"""The demonstration: a simulated network, harvested by the ordinary door, marked on every page."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from connectors import BUILT_IN
from connectors.base import Endpoint, SourceChanged, SourceDown
from connectors.fetch import Fetch, Manners
from hub.access.declared import right_of
from hub.access.rights import ADMINISTRATION, COORDINATION, OPERATION, VISITOR
from hub.cli.demo import open_demo
from hub.db import db
from hub.demo.harvest import Outcome, harvest_all
from hub.demo.network import SimulatedSource, network
from hub.demo.plan import Sizes, split
from hub.demo.register import RealSources, refuse_real_sources, register
from hub.demo.start import start
from hub.demo.words import CANARY
from hub.harvest.founding import load_metropoles
from hub.harvest.holds import held_run
from hub.harvest.options import manners
from hub.harvest.secrecy import families, tables_of
from hub.letters import post
from hub.models import Contact, Decision, Facet, FacetVersion, HiddenCount, Metropole, Person, Run, Source
from hub.pages import oidc
from hub.spreadsheet import MEDIA_TYPE
from tests.attacker import recovered
from tests.conftest import ready
from tests.forked import command
from tests.make import issues, make_source
from tests.pages import inside, links, printed
from tests.people import entered, token
from tests.platforms.mailbox import Mailbox
from tests.routes import addresses

ROOT = Path(__file__).resolve().parents[1]
TODAY = date(2026, 1, 31)
SIZES = Sizes(TODAY, 60, 1500)
STATES = {"demo-saint-etienne": "failed", "demo-orleans-documents-instables": "partial"}
"""The sources that are not read to their end; the others are."""
PROBLEMS = {
    ("demo-strasbourg", "champ_manquant"),
    ("demo-strasbourg", "dates_inversees"),
    ("demo-strasbourg", "colonnes_inconnues"),
    ("demo-strasbourg", "ligne_de_total"),
    ("demo-strasbourg", "colonnes_de_personnes"),
    ("demo-strasbourg-actualites", "identifiant_manquant"),
    ("demo-grenoble-alpes-ancienne", "colonnes_de_personnes"),
}
GRENOBLE = "demo-grenoble-alpes"
LEFT_OUT = {"hub": "it reads another hub, and the network has none: its own tests run two"}
Outcomes = dict[str, Outcome]
Demo = tuple[Flask, Outcomes, Outcomes, Outcomes]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A small network harvested twice, then what waned once more: the application, the outcomes of each harvest."""
    folder = tmp_path_factory.mktemp("demo") / "instance"
    for app in ready(folder, "", DEMO=True, ALLOW_PRIVATE_NETWORKS=True):
        load_metropoles()
        with start(SIZES, 0) as running:
            register(running.sources)
            first, second = harvested(folder, running.read), harvested(folder, running.read)
            yield app, first, second, harvested(folder, running.wane())


def harvested(folder: Path, sources: list[SimulatedSource]) -> Outcomes:
    return {outcome.source.slug: outcome for outcome in harvest_all(partial(open_demo, folder), sources, 1)}


@given(st.integers(0, 10_000), st.lists(st.floats(0, 1e6), max_size=30))
def test_parts_of_a_total_are_whole_and_add_up_to_it(total: int, weights: list[float]) -> None:
    parts = split(total, weights)
    assert len(parts) == len(weights)
    assert all(part >= 0 for part in parts)
    assert sum(parts) == (total if sum(weights) else 0)


def test_the_22_metropoles_have_a_platform_and_plaine_commune_none(demo: Demo) -> None:
    nested = db.session.scalars(select(Metropole.siren).where(Metropole.within.is_not(None))).one()
    served = set(db.session.scalars(select(Source.siren).where(Source.slug.startswith("demo-"))))
    assert len(served) == 22
    assert nested not in served


def test_every_connector_reads_some_of_it(demo: Demo) -> None:
    _, first, *_ = demo
    read = {outcome.source.connector for outcome in first.values() if outcome.counts.get("received")}
    assert read == set(BUILT_IN) - set(LEFT_OUT)


def test_states_are_true(demo: Demo) -> None:
    _, first, second, _ = demo
    for outcomes in (first, second):
        assert {slug: outcome.state for slug, outcome in outcomes.items() if outcome.state != "complete"} == STATES
    assert "désactivée" in str(first["demo-saint-etienne"].message)
    assert "indisponible" in str(first["demo-orleans-documents-instables"].message)
    assert first["demo-toulon-provence-mediterranee"].counts.get("received", 0) == 0


def test_a_platform_that_lost_most_of_its_contributions_waits_for_a_person(demo: Demo) -> None:
    _, first, _, waned = demo
    assert {slug: outcome.state for slug, outcome in waned.items()} == {GRENOBLE: "held"}
    run = held_run(db.session.scalars(select(Source).where(Source.slug == GRENOBLE)).one())
    assert run is not None
    assert {(verdict["guard"], verdict["kind"]) for verdict in run.verdicts} >= {("chute", "contribution")}
    facets = select(func.count()).select_from(Facet).join(Source, Source.id == Facet.source_id)
    shown = db.session.scalar(facets.where(Source.slug == GRENOBLE, Facet.presence == "present"))
    assert shown == first[GRENOBLE].counts["received"]


def test_problems_are_those_of_the_files_kept_by_hand(demo: Demo) -> None:
    slugs = dict(iter(db.session.execute(select(Source.id, Source.slug))))
    assert {(slugs[issue.source_id], issue.rule) for issue in issues()} == PROBLEMS


def test_some_sources_are_proposed_refused_or_stopped_and_none_of_those_is_read(demo: Demo) -> None:
    others = db.session.scalars(select(Source).where(Source.slug.startswith("demo-"), Source.state != "accepted")).all()
    assert {source.state for source in others} == {"pending", "refused", "stopped"}
    runs = select(Run.source_id).distinct()
    assert not {source.id for source in others} & set(db.session.scalars(runs))
    motives = select(Decision.motive).join(Source, Source.id == Decision.source_id)
    assert all(
        db.session.scalars(motives.where(Source.state.in_(("refused", "stopped")), Decision.action != "propose"))
    )


def test_the_sizes_asked_are_the_sizes_harvested(demo: Demo) -> None:
    counted = select(Facet.kind, func.count()).where(Facet.lead).group_by(Facet.kind)
    held = dict(iter(db.session.execute(counted)))
    assert (held["process"], held["contribution"]) == (SIZES.demarches, SIZES.contributions)
    assert all(held[kind] for kind in ("stage", "meeting", "observation", "commitment", "deliberation", "document"))


def test_a_second_harvest_changes_nothing(demo: Demo) -> None:
    _, _, second, _ = demo
    for outcome in second.values():
        counts = Counter(outcome.counts)
        assert counts["unchanged"] == counts["received"] - counts["problems"], outcome.source.slug


def test_what_a_metropole_hides_is_not_zero(demo: Demo) -> None:
    hidden = data_of("demo-lyon", "contribution")
    assert hidden
    assert all(data["votes"] is None and data["votes_state"] == "non_communique" for data in hidden)
    figures = data_of("demo-nantes-chiffres", "observation")
    assert {data["quantity_state"] for data in figures} == {"observe", "non_collecte"}
    assert all((data["quantity"] is None) == (data["quantity_state"] != "observe") for data in figures)
    assert data_of("demo-metz", "process")
    assert not data_of("demo-metz", "contribution")


def test_nothing_in_it_took_place_after_the_day_it_is_seen_from(demo: Demo) -> None:
    for kind in ("contribution", "process", "meeting"):
        stamps = [data.get("published_at") or "" for data in data_of(None, kind)]
        assert max(stamps)[:10] <= str(TODAY)


def test_no_person_named_by_a_platform_arrives(demo: Demo) -> None:
    app, first, *_ = demo
    lyon = first["demo-lyon"].source
    named = requests.post(
        f"{lyon.url}/graphql", json={"query": "query HubEvents", "variables": {"first": 9}}, timeout=9
    )
    assert CANARY in named.text
    with closing(sqlite3.connect(Path(app.instance_path) / "hub.sqlite")) as base:
        assert not [line for line in base.iterdump() if CANARY.split()[-1] in line]


def test_two_networks_say_the_same_word_for_word() -> None:
    assert everything_said() == everything_said()


def everything_said() -> dict[str, str]:
    """All that the connectors read of a network, whose process hashes texts in a way of its own."""
    with start(Sizes(TODAY, 45, 300), 0) as running:
        return {source.slug: walked(source) for source in running.read}


def walked(source: SimulatedSource) -> str:
    module, fetch = BUILT_IN[source.connector], Fetch(Manners(private=True, pace=0))
    items: list[object] = []
    try:
        items += module.harvest(Endpoint(source.url, source.options), fetch)
    except (SourceChanged, SourceDown) as change:
        items.append(str(change))
    return repr(items).replace(source.url.removeprefix("http://"), "")


def test_two_draws_of_a_network_declare_the_same_sources() -> None:
    assert [source for source, _ in network(SIZES)] == [source for source, _ in network(SIZES)]


def test_every_kind_of_page_and_export_says_that_it_is_fictitious(demo: Demo) -> None:
    """A visitor follows links from the home page, four addresses of each kind at most."""
    app, *_ = demo
    client, routes = app.test_client(), app.url_map.bind("localhost")
    seen, waiting, visits = set[str](), ["/"], Counter[str]()
    while waiting:
        address = waiting.pop(0).partition("#")[0]
        if not address.startswith("/") or address in seen:
            continue
        seen.add(address)
        endpoint, _ = routes.match(address.partition("?")[0])
        visits[endpoint] += 1
        if visits[endpoint] > 4 or endpoint in ("static", "reference.schema") or right_of(app, endpoint) != "read":
            continue
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert says_it(answer), address
        waiting += links(answer.text) if answer.mimetype == "text/html" else []
    pages = {"demarches.process", "engagements.commitment", "deliberations.deliberation", "documents.document"}
    assert pages | {"metropoles.metropole", "provenance.provenance", "sources.run", "compare.compare"} <= set(visits)
    assert "onnées fictives" in client.get("/nulle-part").text
    assert client.get("/api/v1/processes").get_json()["notice"] == "données fictives"


def says_it(answer: TestResponse) -> bool:
    """Tell whether an answer says that it is fictitious; an empty table and the picture of a drawing have no words."""
    if answer.mimetype == "image/png":
        return True
    opened = {MEDIA_TYPE: inside, "application/pdf": printed}.get(answer.mimetype, bytes.decode)
    text = opened(answer.data)
    return "onnées fictives" in text or (answer.mimetype == "text/csv" and text.count("\n") == 1)


NO_WORDS = (
    *("static", "reference.schema", "health.health", "health.health_json", "health.metrics", "health.security"),
    *("oauth.metadata", "keys.jwks"),
    *("deposits.template_book", "deposits.template_csv", "deposits.own_book", "deposits.own_csv"),
)
"""What a page is drawn with, what machines that watch the hub read, forms to be filled in and sent (back)."""


@pytest.mark.parametrize("role", [VISITOR, ADMINISTRATION, COORDINATION, OPERATION])
def test_every_route_says_that_it_is_fictitious_to_each_role(demo: Demo, role: str) -> None:
    """Three addresses of each route, whoever reads; a refusal is a page, and says it too."""
    app, *_ = demo
    client, routes, visits = entered(app, role, name=f"personne de {role}"), app.url_map.bind("localhost"), Counter()
    for address in addresses(app):
        endpoint, _ = routes.match(address)
        visits[endpoint] += 1
        if visits[endpoint] > 3 or endpoint in NO_WORDS:
            continue
        with client.get(address) as answer:
            assert answer.status_code < 500, address
            moved = answer.status_code in (301, 302, 303) or answer.status_code == 401  # a program without its token
            assert moved or says_it(answer), address
    assert len(visits) > 60


def test_no_real_person_is_in_it(demo: Demo) -> None:
    """No account but those of these tests, no contact, no address or number of anybody."""
    app, *_ = demo
    assert db.session.query(Contact).count() == 0
    assert not list(db.session.scalars(select(Person.email).where(~Person.email.endswith("@essais.fr"))))
    with closing(sqlite3.connect(Path(app.instance_path) / "hub.sqlite")) as base:
        said = "\n".join(line for line in base.iterdump() if "@essais.fr" not in line)
    assert set(re.findall(r"[\w.+-]+@[\w-]+\.\w[\w.-]*", said)) == set()
    assert re.findall(r"(?<![\w.,:/-])(?:\+33 ?|0)[67](?:[ .-]?\d\d){4}(?![\w.,-])", said) == []


def test_a_demonstration_sends_no_letter_and_offers_no_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Mailbox()) as mailbox:
        outward = {"MAIL_SERVER": mailbox.place, "PROCONNECT_DISCOVERY": f"http://{mailbox.place}/"}
        outward |= {
            "PROCONNECT_CLIENT_ID": "hub",
            "OIDC_DISCOVERY": f"http://{mailbox.place}/",
            "OIDC_CLIENT_ID": "hub",
        }
        for name, value in outward.items():
            monkeypatch.setenv(f"HUB_{name}", value)
        for app in ready(tmp_path / "instance", "", DEMO=True):
            load_metropoles()
            client = entered(app, COORDINATION)
            form = {"role": COORDINATION, "email": "quelquun@exemple.fr", "csrf_token": token(client, "/personnes")}
            invited = client.post("/personnes/inviter", data=form)
            assert "/invitation/" in invited.text, "l'adresse est montrée, faute de courriel"
            with post() as server:
                assert server is None
            ways = app.test_client().get("/connexion").text
            assert "ProConnect" not in ways
            assert not any(oidc.labels(app.config).values())
        assert mailbox.letters == []


def test_a_demonstration_reads_no_other_machine(tmp_path: Path) -> None:
    for _ in ready(tmp_path / "instance", "", DEMO=True, ALLOW_PRIVATE_NETWORKS=True):
        fetch = Fetch(manners(BUILT_IN["decidim"], retries=()))
        for host in ("192.0.2.1", "10.0.0.1", "exemple.fr", "[2001:db8::1]", "localhost.exemple.fr", "169.254.169.254"):
            for scheme in ("http", "https"):
                with pytest.raises(SourceChanged, match="une démonstration ne lit rien d'autre"):
                    fetch.get(f"{scheme}://{host}/")


def test_a_database_of_real_sources_is_refused_untouched(sqlite_app: Flask) -> None:
    make_source("nantes-plateforme")
    with pytest.raises(RealSources, match="vraies sources"):
        refuse_real_sources()


def hub(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command line, in a process of its own."""
    started = [sys.executable, "-c", "from hub.cli import main; main()", *words]
    return subprocess.run(started, env=os.environ | {"HUB_DATABASE_URL": ""} | more, capture_output=True, text=True)


LISTENING = """
import os, sys
def hook(event, given):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        place = given[1] if event in ("socket.connect", "socket.sendto") else given[0]
        with open(os.environ["HEARD"], "a") as file:
            file.write(f"{place[0] if isinstance(place, tuple) else place}\\n")
sys.addaudithook(hook)
"""
"""Read by every Python process of a command: it writes down each address that is dialled, each name that is asked."""


def test_the_command_harvests_on_two_cores_beside_the_ordinary_data(tmp_path: Path) -> None:
    sizes = ("--demarches", "45", "--contributions", "300", "--processes", "2", "--platforms-port", "0")
    (tmp_path / "listening").mkdir()
    (tmp_path / "listening" / "sitecustomize.py").write_text(LISTENING, "utf-8")
    heard = tmp_path / "heard"
    listening = {"PYTHONPATH": f"{tmp_path / 'listening'}:{ROOT}", "HEARD": str(heard)}
    outward = {"HUB_MAIL_SERVER": "courriel.exemple.fr:25", "HUB_OPERATOR_MAIL": "exploitation@exemple.fr"}
    done = hub("--instance", str(tmp_path / "hub"), "demo", "--no-serve", *sizes, **listening, **outward)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(heard.read_text("utf-8").split()) == {"127.0.0.1"}
    assert len(re.findall(r"^\[ ?\d+/39\]", done.stdout, re.M)) == 39
    assert re.search(r"^\[ 1/1\] Grenoble.* : en attente de décision", done.stdout, re.M)
    assert "données fictives" in done.stdout.lower()
    assert sorted(path.name for path in (tmp_path / "hub").iterdir()) == ["demo", "secret_key"]
    assert "DEMO = True" in (tmp_path / "hub/demo/config.py").read_text("utf-8")


def test_the_command_refuses_a_database_that_holds_real_sources(tmp_path: Path, sqlite_app: Flask) -> None:
    make_source("nantes-plateforme")
    url = f"sqlite:///{sqlite_app.instance_path}/hub.sqlite"
    words = ("--instance", str(tmp_path / "autre"), "demo", "--no-serve")
    done = command(*words, environment=os.environ | {"HUB_DATABASE_URL": url})
    assert done.returncode == 5
    assert "vraies sources" in done.stderr


def test_an_interrupted_harvest_leaves_nothing_running_and_is_taken_up_again(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "from hub.cli import main; main()", "--instance", str(tmp_path), "demo"]
    words += ["--no-serve", "--demarches", "45", "--contributions", "300", "--platforms-port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, start_new_session=True, **pipes) as running:
        assert running.stdout
        while not running.stdout.readline().startswith("[ 1/"):
            assert running.poll() is None
        os.killpg(running.pid, signal.SIGINT)
        _, errors = running.communicate(timeout=60)
    assert (running.returncode, errors.strip()) == (130, "Interrompu ; rien de ce qui était enregistré n'est perdu.")
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)
    with closing(sqlite3.connect(tmp_path / "demo/hub.sqlite")) as base:
        states = Counter(state for (state,) in base.execute("SELECT state FROM run"))
    assert states["queued"]
    assert not states["running"]
    again = subprocess.run(words, capture_output=True, text=True)
    assert (again.returncode, again.stderr) == (0, "")
    assert "Grenoble-Alpes – plateforme de participation (données fictives) : en attente de décision" in again.stdout


def data_of(slug: str | None, kind: str) -> list[dict[str, Any]]:
    """What the network says of the things of a kind, of one source or of all."""
    query = select(FacetVersion.data).join(Run, Run.id == FacetVersion.run_id).join(Source, Source.id == Run.source_id)
    found = query.where(FacetVersion.kind == kind, Source.slug == slug if slug else Source.slug.startswith("demo-"))
    return [orjson.loads(data) for data in db.session.scalars(found)]


def test_no_attacker_recovers_a_hidden_count_of_the_demonstration(demo: Demo) -> None:
    limit, concealed = demo[0].config["SMALL_COUNT_PUBLIC"], 0
    with db.engine.connect() as connection:
        for family in families(connection):
            tables, _ = tables_of(connection, family)
            pattern = tables.pattern(limit)
            cells = {each.cell for each in tables.figures if (each.hub_id, each.field) in pattern}
            cells &= tables.values.keys()
            assert recovered(tables.lines, tables.values, cells, cells | tables.rests, limit) == [], family
            concealed += len(pattern)
    stored = select(func.count()).select_from(HiddenCount).where(HiddenCount.threshold == limit)
    assert db.session.scalar(stored) == concealed > 0
