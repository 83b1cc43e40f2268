"""`hub harvest`, `run`, `hold`, `issues`, `replay`, `raw`: a life of a source from the command line (H60)."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hub.db import db, writing
from hub.harvest.founding import load_register
from hub.harvest.queue import claim
from hub.harvest.raw import place, store
from hub.harvest.registry import named
from hub.models import Exchange, Facet, Run, Source
from tests.command import Instance, environment
from tests.platforms.opendatasoft import Portal, project

TECHNICAL = ("json", "hash", "null", "none", "http", "sha256", "_state", "id_", "{", "}", "true", "false")


@pytest.fixture
def portal() -> Iterator[Portal]:
    running = Portal([project(number) for number in range(10)])
    yield running
    running.close()


@pytest.fixture
def hub(tmp_path: Path) -> Instance:
    instance = Instance(tmp_path / "instance")
    instance("init")
    with instance.inside():
        load_register()
    return instance


@pytest.fixture
def source(hub: Instance, portal: Portal) -> str:
    hub.accept("essai", portal)
    return "essai"


def last(hub: Instance) -> Run:
    with hub.inside():
        run = db.session.scalars(select(Run).order_by(Run.id.desc())).first()
        assert run
        db.session.expunge(run)
        return run


def test_a_harvest_says_what_it_brought_and_exits_0(hub: Instance, source: str) -> None:
    told = hub("harvest", source)
    assert "Complète (11 lues, 11 nouvelles, " in told
    assert "11 inchangées" in hub("harvest", source, "--full")
    assert last(hub).trigger == "cli"


def test_a_source_nobody_accepted_is_never_harvested(hub: Instance, portal: Portal) -> None:
    hub.propose("essai", portal)
    assert "n'est pas acceptée" in hub("harvest", "essai", code=2)
    assert portal.asked == []
    assert "Aucune source à lire" in hub("harvest", "--all")


@pytest.mark.parametrize("words", [(), ("essai", "--due"), ("--all", "--due")])
def test_what_to_harvest_is_said_once(hub: Instance, source: str, words: tuple[str, ...]) -> None:
    assert "Dites une source, --due ou --all." in hub("harvest", *words, code=2)


def test_a_platform_that_answers_something_else_exits_5_and_says_why(
    hub: Instance, source: str, portal: Portal
) -> None:
    portal.faults.add("html_200")
    told = hub("harvest", source, code=5)
    assert "Échouée" in told
    assert "La plateforme a changé" in hub("run", "show", last(hub).ref, code=5)
    assert "Arrêtée d'elle-même" in hub("source", "show", source)


def test_a_walk_that_is_cut_exits_3(hub: Instance, portal: Portal) -> None:
    portal.rows = [project(number) for number in range(250)]
    hub.accept("essai", portal)
    portal.on_page = lambda offset: portal.faults.add("too_many") if offset else None
    assert "Partielle (201 lues, 201 nouvelles" in hub("harvest", "essai", code=3)


def test_all_sources_are_read_one_after_the_other_and_the_gravest_code_is_given(hub: Instance, portal: Portal) -> None:
    hub.accept("essai", portal)
    other = Portal([project(1)])
    try:
        hub.accept("fermee", other)
        other.faults.add("private")
        told = hub("harvest", "--all", code=5)
    finally:
        other.close()
    assert "essai · " in told
    assert "fermee · " in told
    assert "Complète" in told
    assert "Échouée" in told


def test_due_reads_what_is_due_once_and_moves_its_time(hub: Instance, source: str) -> None:
    hub("source", "edit", source, "--frequency", "daily")
    assert "Aucune source" in hub("harvest", "--due")
    with hub.inside(), writing() as connection:
        connection.execute(update(Source).where(Source.slug == source).values(next_due="2020-01-01T00:00:00Z"))
    assert "Complète" in hub("harvest", "--due")
    assert last(hub).trigger == "schedule"
    assert "Aucune source" in hub("harvest", "--due")


def test_without_waiting_the_run_stays_in_the_queue_and_the_next_call_works_on_it(hub: Instance, source: str) -> None:
    assert "En attente de départ" in hub("harvest", source, "--no-wait")
    waiting = last(hub).ref
    assert waiting in hub("harvest", source)
    assert last(hub).ref == waiting


def test_a_waiting_run_is_listed_shown_and_called_off(hub: Instance, source: str) -> None:
    hub("harvest", source, "--no-wait")
    ref = last(hub).ref
    assert ref in hub("run", "list", source, "--state", "queued")
    assert "Ligne de commande" in hub("run", "show", ref)
    assert "Annulée" in hub("run", "cancel", ref, "--actor", "coordination")
    assert "déjà close" in hub("run", "cancel", ref, code=2)
    assert "Annulée par coordination." in hub("run", "show", ref, code=5)
    assert "Moisson annulée par coordination" in hub("source", "show", source)
    assert "Aucune moisson ne porte" in hub("run", "show", "rien", code=2)


@pytest.fixture
def held(hub: Instance, source: str, portal: Portal) -> str:
    """A source whose second run lost eight of its ten projects, one of those left being renamed."""
    hub("harvest", source)
    portal.rows = [project(0), project(1, titre="Un autre titre")]
    told = hub("harvest", source, code=4)
    assert "En attente de décision" in told
    assert "Beaucoup de fiches ont disparu (Contribution) — avant : 10, maintenant : 2." in told
    assert "hub hold show essai" in told
    return source


def test_a_held_run_shows_what_it_would_change_without_a_technical_word(hub: Instance, held: str) -> None:
    assert last(hub).ref in hub("hold", "list")
    assert f"En attente de décision : {held}" in hub("status")
    told = hub("hold", "show", held)
    assert "Contribution — avant : 10. Maintenant : 2. 8 disparaîtraient." in told
    assert told.count("Ne serait plus là : Contribution « Projet ") == 8
    assert "Changerait : Contribution « Projet 1 »" in told
    assert "Titre : Projet 1 → Un autre titre" in told
    for word in TECHNICAL:
        assert word not in told.lower(), word


def test_a_decision_needs_a_reason(hub: Instance, held: str) -> None:
    for decision in ("approve", "reject", "allow-once"):
        assert "Indiquez le motif" in hub("hold", decision, held, code=2)


def test_an_approved_run_enters(hub: Instance, held: str) -> None:
    assert "Complète (moisson approuvée)" in hub("hold", "approve", held, "--motive", "Concertation close")
    assert "Aucune moisson n'attend" in hub("hold", "list")
    assert "aucune moisson n'attend de décision" in hub("hold", "show", held, code=2)
    assert "inchangées" in hub("harvest", held)


def test_a_rejected_run_never_enters_and_the_next_is_held_again(hub: Instance, held: str) -> None:
    assert "Rejetée" in hub("hold", "reject", held, "--motive", "Panne connue")
    hub("harvest", held, code=4)


def test_what_is_allowed_once_enters_once(hub: Instance, held: str, portal: Portal) -> None:
    assert "autorisée une fois" in hub("hold", "allow-once", last(hub).ref, "--motive", "Grand ménage")
    assert "8 non revues" in hub("harvest", held)


def test_issues_are_listed_in_words_and_as_a_table(hub: Instance, source: str, portal: Portal) -> None:
    portal.rows[3] |= {"titre": ""}
    portal.rows[4] |= {"votes": "beaucoup"}
    hub("harvest", source)
    told = hub("issues", source, code=1)
    assert "essai · erreur · " in told
    assert " → " in told
    table = hub("issues", "--csv", code=1)
    assert table.startswith("source,severity,rule,")
    assert table.count("\nessai,") == told.count("\n  ")


def test_a_hub_without_issues_says_so_and_exits_0(hub: Instance) -> None:
    assert hub("issues") == "Anomalies ouvertes : 0.\n"


def test_a_replay_shows_nothing_when_nothing_changed_and_each_value_that_did(hub: Instance, source: str) -> None:
    hub("harvest", source)
    assert "essai : rien ne change." in hub("replay", source, "--diff")
    with hub.inside():
        facet = db.session.scalars(select(Facet).where(Facet.remote_id == "P00003")).one()
        tamper(facet.version_id)
    told = hub("replay", source, code=1)
    assert "Contribution P00003 · Titre : avant « Autre chose », après « Projet 3 »" in told
    assert "1 valeur change." in told
    assert "Complète" in hub("replay", "--all", "--apply")
    assert "rien ne change" in hub("replay", "--all")
    assert "--diff ou --apply" in hub("replay", code=2)


def tamper(version_id: int) -> None:
    """What an older connector would have read otherwise."""
    with writing() as connection:
        found = db.metadata.tables["facet_version"]
        row = connection.execute(select(found).where(found.c.id == version_id)).one()
        data = row.data.replace("Projet 3", "Autre chose")
        connection.execute(update(found).where(found.c.id == version_id).values(data=data, sha256="ancien"))
        connection.execute(update(Facet).where(Facet.version_id == version_id).values(sha256="ancien"))


def test_a_run_can_be_replayed_by_its_identifier(hub: Instance, source: str) -> None:
    hub("harvest", source)
    assert "rien ne change" in hub("replay", last(hub).ref)


def test_every_stored_payload_is_verified_and_a_spoilt_one_names_its_runs(hub: Instance, source: str) -> None:
    hub("harvest", source)
    told = hub("raw", "verify")
    assert "Abîmées : 0." in told
    assert "essai : 11 fiches sur 11 se déduisent de leurs pièces (100,0 %)." in told
    run = last(hub)
    with hub.inside():
        exchange = db.session.scalars(select(Exchange).order_by(Exchange.id.desc())).first()
        assert exchange
        path = place(exchange.sha256 or "")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    told = hub("raw", "verify", code=1)
    assert f"Moissons : {run.ref}." in told
    assert "Abîmées : 1." in told
    path.unlink()
    assert "le fichier manque" in hub("raw", "verify", code=1)


def test_the_sweep_takes_old_orphans_only(hub: Instance, source: str) -> None:
    hub("harvest", source)
    kept = sorted((hub.folder / "raw").glob("*/*.gz"))
    with hub.inside():
        old, young = place(store(b"vieux")), place(store(b"jeune"))
    half = young.with_suffix(".99.tmp")
    half.write_bytes(b"moitie")
    hour = time.time() - 4000
    for path in (old, half, *kept):
        os.utime(path, (hour, hour))
    assert "Fichiers effacés : 2" in hub("raw", "sweep")
    assert (old.exists(), half.exists(), young.exists()) == (False, False, True)
    assert all(path.exists() for path in kept)


def test_a_payload_met_again_is_young_again(hub: Instance) -> None:
    with hub.inside():
        path = place(store(b"deux fois"))
        os.utime(path, (1, 1))
        store(b"deux fois")
    assert "Fichiers effacés : 0" in hub("raw", "sweep")


def test_the_doctor_says_what_is_missing_and_what_to_do(tmp_path: Path) -> None:
    hub = Instance(tmp_path)
    assert "lancez « hub init »" in hub("doctor", code=1)
    hub("init")
    told = hub("doctor", code=1)
    assert "Base : à jour." in told
    assert "n'a jamais tourné ; lancez « hub worker »" in told
    assert "Fait." in hub("tick")
    told = hub("doctor")
    assert "À VOIR" not in told
    assert "les avis vont au journal" in told


def test_the_doctor_names_the_secret_that_an_accepted_source_lacks(hub: Instance) -> None:
    hub("tick")
    hub("source", "add", "cle", "go_vocal", "https://exemple.fr", "--option", "client_id=abc")
    hub("source", "accept", "cle")
    assert "HUB_SECRET_CLE_CLIENT_SECRET absent" in hub("doctor", code=1)
    os.environ["HUB_SECRET_CLE_CLIENT_SECRET"] = "x"
    try:
        assert "HUB_SECRET_CLE_CLIENT_SECRET donné" in hub("doctor")
    finally:
        del os.environ["HUB_SECRET_CLE_CLIENT_SECRET"]


def test_the_status_counts_sources_by_state_and_names_the_late_ones(hub: Instance, source: str) -> None:
    hub("source", "edit", source, "--frequency", "daily")
    hub("harvest", source)
    assert "En retard" not in hub("status")
    with hub.inside(), writing() as connection:
        connection.execute(update(Run).values(closed_at="2020-01-01T00:00:00Z"))
    told = hub("status")
    assert "  Acceptée : 3" in told
    assert "En retard : essai" in told


def test_ctrl_c_gives_the_run_back_and_the_next_call_goes_on(hub: Instance, portal: Portal) -> None:
    portal.rows = [project(number) for number in range(1000)]
    hub.accept("essai", portal)
    portal.on_page = lambda offset: time.sleep(30 if offset >= 200 and len(portal.asked) < 8 else 0)
    process = subprocess.Popen(
        hub.words("harvest", "essai"), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    until(lambda: any(params.get("offset") == "200" for _, params, _ in portal.asked))
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrompu" in told
    run = last(hub)
    assert (run.state, run.lease_owner) == ("queued", None)
    portal.on_page = int
    asked = len(portal.asked)
    assert "1001 lues" in hub("harvest", "essai")
    assert last(hub).id == run.id
    assert len(portal.asked) - asked <= 9


def until(ready: object, patience: float = 60) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + patience
    while not ready():  # type: ignore[operator]
        assert time.monotonic() < deadline, "rien ne vient"
        time.sleep(0.05)


def test_a_run_that_another_worker_took_is_followed_until_it_closes(hub: Instance, source: str, portal: Portal) -> None:
    portal.on_page = lambda _offset: time.sleep(1.5)
    hub("harvest", source, "--no-wait")
    other = subprocess.Popen(hub.words("worker", "--once"), env=environment(), stderr=subprocess.DEVNULL)
    until(lambda: last(hub).state == "running")
    told = hub("harvest", source)
    assert other.wait(20) == 0
    assert "Complète (11 lues" in told
    with hub.inside():
        assert claim() is None
        assert len(db.session.scalars(select(Run)).all()) == 1
        assert named(source).good_run_id
