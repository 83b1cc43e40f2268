"""The command line: French help, exit codes, sentences instead of tracebacks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forked import command as process
from tests.make import ndjson

HUB = Path(sys.executable).with_name("hub")


def hub(instance: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return process("--instance", str(instance), *words)


@pytest.mark.parametrize("command", [(), ("init",), ("load-founding",), ("serve",), ("status",), ("check",)])
def test_help_reads_in_french(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = hub(tmp_path, *command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage : hub")
    assert "Affiche cette aide." in done.stdout
    for english in ("Show this message", "Commands:", "Usage: "):
        assert english not in done.stdout


def test_from_nothing_to_loaded_then_again(tmp_path: Path) -> None:
    first = hub(tmp_path, "load-founding")
    assert (first.returncode, first.stderr) == (0, "")
    assert "bilan-engagements.ndjson : complète (122 lues, 122 créées)" in first.stdout
    again = hub(tmp_path, "load-founding")
    assert again.returncode == 0
    assert "122 lues, 122 inchangées" in again.stdout
    assert "créées" not in again.stdout
    status = hub(tmp_path, "status")
    assert status.returncode == 0
    assert "Métropoles : 23" in status.stdout
    assert "Anomalies ouvertes : 0" in status.stdout


@pytest.mark.parametrize("command", [("status",), ("serve", "--port", "8999")])
def test_a_command_before_init_says_what_to_run(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = hub(tmp_path, *command)
    assert done.returncode == 5
    assert "hub init" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("moissonner",), "Commande inconnue."),
        (("check",), "Il manque FICHIER."),
        (("check", "absent.ndjson"), "FICHIER"),
        (("status", "--verbeux"), "Option inconnue : --verbeux."),
        (("serve", "--port", "mille"), "--port"),
    ],
)
def test_a_usage_error_is_a_sentence_and_exits_2(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    done = hub(tmp_path, *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


def test_check_of_a_good_file_exits_0(tmp_path: Path) -> None:
    path = ndjson(tmp_path / "a.ndjson", [{"kind": "process", "remote_id": "1", "data": {"title": "x"}}])
    done = hub(tmp_path, "check", str(path))
    assert (done.returncode, done.stdout) == (0, "Fiches lues : 1. Correctes : 1. À corriger : 0.\n")


@pytest.mark.parametrize(
    ("given", "address", "told"),
    [
        ({}, "http://localhost:8000/", True),
        ({"PORT": "8123"}, "http://localhost:8123/", False),
        ({"HUB_PUBLIC_URL": "https://hub.exemple.fr"}, "https://hub.exemple.fr/", False),
        ({"HUB_PUBLIC_URL": "https://hub.exemple.fr", "PORT": "8123"}, "https://hub.exemple.fr/", False),
    ],
)
def test_an_invitation_leads_where_the_hub_is_served_or_says_what_to_set(
    tmp_path: Path, given: dict[str, str], address: str, told: bool
) -> None:
    hub(tmp_path, "init")
    words = ("--instance", str(tmp_path), "person", "invite", "a@exemple.fr", "--role", "coordination")
    known = {name: value for name, value in os.environ.items() if name not in ("PORT", "HUB_PUBLIC_URL")} | given
    done = process(*words, environment=known)
    assert done.returncode == 0
    assert f"Invitation pour 14 jours : {address}invitation/" in done.stdout
    assert ("PUBLIC_URL n'est pas réglé" in done.stderr) is told


def test_a_port_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    hub(tmp_path, "init")
    words = ("--instance", str(tmp_path), "person", "invite", "a@exemple.fr", "--role", "coordination")
    done = process(*words, environment=os.environ | {"PORT": "80²"})
    assert (done.returncode, "PORT : un nombre de 1 à 65535" in done.stderr) == (5, True)


def test_a_port_already_taken_is_a_sentence(tmp_path: Path) -> None:
    hub(tmp_path, "init")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = hub(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 5
    assert "déjà pris" in done.stderr


def test_a_database_out_of_reach_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text('DATABASE_URL = "postgresql://postgres@127.0.0.1:1/hub"\n')
    done = hub(tmp_path, "init")
    assert done.returncode == 5
    assert "La base ne répond pas" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [("status",), ("load-founding",), ("init",)])
def test_a_spoilt_database_file_is_a_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "hub.sqlite").write_bytes(b"ce n'est pas une base" * 500)
    done = hub(tmp_path, *command)
    assert done.returncode == 5
    assert "La base" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("url", ["n'importe quoi", "mysql://x/y", "postgresql://", "sqlite://"])
def test_an_address_that_is_no_database_is_a_sentence(tmp_path: Path, url: str) -> None:
    (tmp_path / "config.py").write_text(f"DATABASE_URL = {url!r}\n")
    done = hub(tmp_path, "status")
    assert done.returncode == 5
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "line", ["PAGE_SIZE = (", "PAGE_SIZE = 0", "CLOCK = 'hier'", "RUN_IDS = 'zzz'", "MAX_LINE_BYTES = 0"]
)
def test_a_setting_that_cannot_work_stops_the_start_with_a_sentence(tmp_path: Path, line: str) -> None:
    (tmp_path / "config.py").write_text(line)
    done = hub(tmp_path, "status")
    assert done.returncode == 5
    assert "Traceback" not in done.stderr


def test_an_instance_that_is_no_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "fichier").write_text("x")
    done = hub(tmp_path / "fichier", "status")
    assert done.returncode == 5
    assert "Traceback" not in done.stderr


def test_check_reads_a_pipe(tmp_path: Path) -> None:
    record = '{"kind": "process", "remote_id": "1", "data": {"title": "x"}}'
    words = [str(HUB), "--instance", str(tmp_path), "check", "/dev/stdin"]
    done = subprocess.run(words, input=record, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
