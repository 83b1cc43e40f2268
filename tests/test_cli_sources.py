"""`hub source`, `hub preview`, `hub connectors`: the registry from the command line, exit codes included (H60)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from sqlalchemy import func, select

from connectors import BUILT_IN
from hub.cli.main import hub as command_line
from hub.db import Base, db
from hub.harvest.founding import load_register
from hub.harvest.platforms import load_platforms
from hub.harvest.registry import edit, named, step
from hub.models import Decision, Source
from tests.command import Instance
from tests.forked import command
from tests.platforms.opendatasoft import Portal, project

VERBS = """\
init load-founding check serve worker tick start status doctor demo harvest preview issues clear replay measure
backup restore
source source/list source/show source/add source/edit source/submit source/accept source/refuse source/pause source/stop
source/attach source/detach
run run/list run/show run/cancel hold hold/list hold/show hold/approve hold/reject hold/allow-once
raw raw/verify raw/sweep connectors connectors/list connectors/check
client client/list client/create client/secret client/suspend client/resume client/revoke
person person/invite person/link person/list audit audit/verify
""".split()  # noqa: SIM905 — six lines that are read at a glance, not fifty strings
JOURNALS = ("decision", "audit_line", "audit_head")
PLATFORMS = ("nantes", "rennes", "lyon", "lille", "toulouse", "bordeaux")


@pytest.fixture
def hub(tmp_path: Path) -> Instance:
    instance = Instance(tmp_path / "instance")
    instance("init")
    with instance.inside():
        load_register()
        load_platforms()
    return instance


@pytest.fixture
def portal() -> Iterator[Portal]:
    running = Portal([project(number) for number in range(10)])
    yield running
    running.close()


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_every_verb_is_french_and_asks_for_no_database(tmp_path: Path, verb: str) -> None:
    told = Instance(tmp_path)(*verb.split("/"), "--help")
    assert told.startswith("Usage : hub ")
    assert "Affiche cette aide." in told
    for english in ("Show this message", "Commands:", "Usage: "):
        assert english not in told


def test_no_verb_is_forgotten() -> None:
    def paths(group: click.Group, before: str = "") -> Iterator[str]:
        here = click.Context(group)
        for name in group.list_commands(here):
            command = group.get_command(here, name)
            yield before + name
            if isinstance(command, click.Group):
                yield from paths(command, f"{before}{name}/")

    assert set(paths(command_line)) == set(VERBS)


def test_a_value_that_is_not_one_of_a_list_is_told_which_are(tmp_path: Path) -> None:
    done = command("--instance", str(tmp_path), "source", "list", "--state", "perdue")
    assert done.returncode == 2
    assert "--state : valeurs permises : draft, pending, accepted" in done.stderr


def test_the_known_platforms_wait_for_an_agreement_and_the_uncertain_stay_drafts(hub: Instance) -> None:
    listed = hub("source", "list")
    for slug in PLATFORMS:
        assert next(line for line in listed.splitlines() if line.startswith(slug)).count("Proposée") == 1
    drafts = hub("source", "list", "--state", "draft")
    assert "montpellier" in drafts
    assert "nantes" not in drafts
    assert "celui des communes" in hub("source", "show", "montpellier")


def test_accepting_a_shipped_platform_takes_one_command_and_gives_it_a_time(hub: Instance) -> None:
    told = hub("source", "accept", "nantes")
    assert "« nantes » : Acceptée. Prochaine lecture : 20" in told
    shown = hub("source", "show", "nantes")
    assert "Chaque nuit" in shown
    assert "Acceptée par exploitant" in shown


def test_loading_again_never_touches_what_a_person_decided(hub: Instance) -> None:
    with hub.inside():
        step(named("nantes"), "accept", "exploitant")
        edit(named("nantes"), {"name": "Un autre nom", "frequency": "weekly"}, "exploitant")
        step(named("rennes"), "refuse", "exploitant", "Pas encore")
        before = [dict(row._mapping) for row in db.session.execute(select(Source.__table__).order_by(Source.id))]
        assert load_platforms() == []
        load_register()
        after = [dict(row._mapping) for row in db.session.execute(select(Source.__table__).order_by(Source.id))]
    assert after == before


def test_a_founding_source_that_was_stopped_stays_stopped(hub: Instance) -> None:
    hub("source", "stop", "nantes-documents")
    with hub.inside():
        load_register()
        assert named("nantes-documents").state == "stopped"


def test_a_place_that_a_person_proposed_already_is_not_proposed_twice(tmp_path: Path) -> None:
    hub = Instance(tmp_path)
    hub("init")
    with hub.inside():
        load_register()
    hub("source", "add", "a-nous", "decidim", "https://participation.lillemetropole.fr/", "--metropole", "lille")
    with hub.inside():
        assert "lille" not in load_platforms()
        assert db.session.scalar(select(func.count()).where(Source.siren == "200093201")) == 1


def test_a_source_is_proposed_refused_with_a_reason_and_proposed_again(hub: Instance, portal: Portal) -> None:
    hub.propose("essai", portal, "--draft")
    assert "Brouillon" in hub("source", "show", "essai")
    assert "Proposée" in hub("source", "submit", "essai")
    assert "Indiquez le motif du refus." in hub("source", "refuse", "essai", code=2)
    assert "Refusée" in hub("source", "refuse", "essai", "--motive", "Doublon", "--actor", "coordination")
    assert "Refusée par coordination — Doublon" in hub("source", "show", "essai")
    assert "Acceptée" in hub("source", "accept", "essai", "--frequency", "weekly")
    assert "En pause" in hub("source", "pause", "essai")
    assert "Arrêtée" in hub("source", "stop", "essai")


def test_an_impossible_step_is_told_with_the_words_of_the_states(hub: Instance) -> None:
    told = hub("source", "pause", "nantes", code=2)
    assert "« Proposée, en attente d'accord »" in told
    assert "pending" not in told


def test_another_address_sends_an_accepted_source_back_and_another_frequency_does_not(
    hub: Instance, portal: Portal
) -> None:
    hub.accept("essai", portal)
    assert "Acceptée. Prochaine lecture" in hub("source", "edit", "essai", "--frequency", "daily")
    hub("source", "edit", "essai", "--contact", "technique=numerique@exemple.fr")
    assert "technique : numerique@exemple.fr" in hub("source", "show", "essai")
    assert "Proposée" in hub("source", "edit", "essai", "--url", "http://127.0.0.1:9/")
    assert "Dites ce qui change" in hub("source", "edit", "essai", code=2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "rien"), "Aucune source ne s'appelle « rien »"),
        (("add", "x", "decidum", "https://exemple.fr"), "n'existe pas"),
        (("add", "x", "decidim", "https://exemple.fr", "--metropole", "atlantide"), "Aucune métropole"),
        (("add", "x", "decidim", "https://exemple.fr", "--option", "couleur"), "NOM=VALEUR"),
        (("add", "x", "decidim", "https://exemple.fr", "--option", "couleur=bleu"), "« couleur » n'existe pas"),
        (("add", "x", "go_vocal", "https://exemple.fr", "--option", "client_secret=abc"), "est un secret"),
        (("add", "nantes", "decidim", "https://exemple.fr"), "s'appelle déjà « nantes »"),
    ],
)
def test_what_is_asked_wrongly_is_a_sentence_and_exits_2(hub: Instance, words: tuple[str, ...], said: str) -> None:
    assert said in hub("source", *words, code=2)


def written(hub: Instance) -> dict[str, object]:
    """The rows of every table but the journal of decisions and the log of acts, and the files of the instance."""
    with hub.inside():
        tables = [table for table in Base.metadata.sorted_tables if table.name not in JOURNALS]
        rows = {table.name: [tuple(row) for row in db.session.execute(select(table))] for table in tables}
    files = sorted(str(path) for path in hub.folder.rglob("*") if not path.name.startswith("hub.sqlite"))
    return rows | {"": files}


def test_the_preview_of_a_draft_prints_its_records_and_leaves_one_line_in_the_journal(
    hub: Instance, portal: Portal
) -> None:
    hub.propose("essai", portal, "--draft")
    before = written(hub)
    told = hub("preview", "essai", "--fields", "--actor", "coordination")
    assert "contribution · P00001 ·" in told
    assert "contribution 10" in told
    assert "Requêtes : " in told
    assert "metas.default.title" in told
    assert written(hub) == before
    with hub.inside():
        last = db.session.scalars(select(Decision).order_by(Decision.id.desc())).first()
        assert last
        assert (last.action, last.actor) == ("preview", "coordination")


def test_a_failing_preview_writes_nothing_more_and_exits_3(hub: Instance, portal: Portal) -> None:
    hub.propose("essai", portal)
    before = written(hub)
    portal.faults.add("html_200")
    assert "Arrêt : " in hub("preview", "essai", code=3)
    assert written(hub) == before


def test_a_preview_says_whether_a_run_would_wait_for_a_decision(hub: Instance, portal: Portal) -> None:
    hub.accept("essai", portal)
    hub("harvest", "essai")
    assert "entrerait sans attendre" in hub("preview", "essai")
    portal.rows = portal.rows[:2]
    told = hub("preview", "essai")
    assert (
        "attendrait une décision : Beaucoup de fiches ont disparu (Contribution) — avant : 10, maintenant : 2" in told
    )
    assert "rien n'est comparé" in hub("preview", "essai", "--limit", "1")


def test_a_preview_tries_another_address_before_the_source_moves(hub: Instance, portal: Portal) -> None:
    hub.propose("essai", portal)
    assert "injoignable" in hub("preview", "essai", "http://127.0.0.1:9/", code=3)
    assert portal.url in hub("source", "show", "essai")


def test_the_connectors_are_listed_with_what_they_were_tested_with(hub: Instance) -> None:
    told = hub("connectors", "list")
    assert all(name in told for name in BUILT_IN)
    assert "Explore API v2.1" in told


def test_a_platform_that_replaces_another_takes_over_its_things_and_gives_them_back(
    hub: Instance, portal: Portal, tmp_path: Path
) -> None:
    hub.accept("ancienne", portal)
    successor = Portal([project(number) for number in range(10)])
    hub.accept("nouvelle", successor, "--replaces", "ancienne")
    for slug in ("ancienne", "nouvelle"):
        hub("harvest", slug)
    successor.close()
    names = [row["identifiant_projet_gagnant"] for row in portal.rows[:2]]
    listed = tmp_path / "paires.csv"
    listed.write_text("kind;old;new\n" + "".join(f"contribution;{name};{name}\n" for name in names), "utf-8-sig")
    why = ("--motive", "Autre plateforme", "--actor", "administration de Nantes Métropole")
    assert "Indiquez le motif" in hub("source", "attach", "nouvelle", str(listed), code=2)
    assert "Fiches rattachées : 2" in hub("source", "attach", "nouvelle", str(listed), *why)
    assert "Arrêtée par administration de Nantes Métropole" in hub("source", "show", "ancienne")
    shown = hub("source", "show", "nouvelle")
    assert "Remplace" in shown
    assert "Fiches rattachées par administration de Nantes Métropole" in shown
    assert "Fiches détachées : 2" in hub("source", "detach", "nouvelle", *why)
    assert "aucune fiche" in hub("source", "detach", "nouvelle", *why, code=2)


def test_a_list_of_pairs_that_cannot_be_read_is_told_why(hub: Instance, tmp_path: Path) -> None:
    listed = tmp_path / "paires.csv"
    for content, told in (
        (b"kind,ancien,new\n", "il manque la colonne old"),
        (b"", "il manque la colonne kind, old, new"),
        (b"kind,old,new\nproces,1,2\n", "« proces » n'est pas accepté"),
        ("kind,old,new\nprocess,é,2\n".encode("latin-1"), "n'est pas en UTF-8"),
    ):
        listed.write_bytes(content)
        assert told in hub("source", "attach", "nantes", str(listed), "--motive", "x", code=2)


def test_a_source_replaces_another_one_of_the_same_metropole_only(hub: Instance) -> None:
    assert "il faut une autre source de la même métropole" in hub(
        "source", "edit", "nantes", "--replaces", "lyon", code=2
    )
    assert "il faut une autre source" in hub("source", "edit", "nantes", "--replaces", "nantes", code=2)
