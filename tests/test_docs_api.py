"""`docs/API.md` is true: its examples, copied out of it, run against a real server (P53, P54)."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.db import db
from hub.harvest.founding import load_metropoles
from hub.models import Facet, PushReceipt, Source
from hub.pages.manual import EXAMPLES
from tests.browsing import HUB, served
from tests.clients import made
from tests.conftest import ready

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "API.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
SHELL = pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl ou jq manque ici")


def block(start: str) -> str:
    """The one example of the documentation that holds this."""
    (found,) = [text for _, text in BLOCKS if start in text]
    return str(found)


def section(title: str) -> str:
    """The first example of a section."""
    return str(re.findall(r"```\w+\n(.*?)```", TEXT.partition(f"## {title}\n")[2], re.DOTALL)[0])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with the file to be sent, and what a reader has: the hub served, a client of production."""
    for app in ready(tmp_path / "instance", "", CLOCK=""):
        load_metropoles()
        client = made()
        (tmp_path / "demarches.ndjson").write_text(section("Envoyer"), "utf-8")
        with served(Path(app.instance_path)) as address:
            yield tmp_path, {"ID": client.ref, "SECRET": client.secret or "", "HUB": address}
        db.session.rollback()


@SHELL
def test_the_commands_send_a_batch_dry_then_real(place: tuple[Path, dict[str, str]]) -> None:
    folder, said = place
    token, send = block("grant_type=client_credentials -d scope=push:processes"), block("KEY=demarches")
    for command, run in ((send, False), (send.replace("?dry_run=true", ""), True)):
        told = shell(f"{token}\n{command}", folder, said)
        report = json.loads(told)
        assert [each["status"] for each in report["results"]] == ["created", "created"], told
        assert (report["run"] is not None) is run


@pytest.mark.filterwarnings("error")
def test_the_programs_send_a_batch_and_check_its_receipt(
    place: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, said = place
    records = [json.loads(line) for line in (folder / "demarches.ndjson").read_text("utf-8").splitlines()]
    wrong = {"kind": "process", "remote_id": "faux", "data": {"title": "T", "ends_on": "31/02/2026"}}
    names: dict[str, Any] = {**said, "records": [*records, wrong]}
    exec(
        block("s = requests.Session()").replace('"scope": "push:processes"', '"scope": "push:processes own:read"'),
        names,
    )
    printed = capsys.readouterr().out
    assert "faux /records/2/data/ends_on" in printed
    assert [each["status"] for each in names["report"]["results"]] == ["created", "created", "quarantined"]
    exec(block("jws.deserialize_compact"), names)
    assert names["said"]["run"] == names["report"]["run"]
    assert db.session.query(PushReceipt).count() == 1


@SHELL
def test_a_reader_of_the_documentation_alone_reaches_a_first_record_in_ten_commands(tmp_path: Path) -> None:
    """The first line (fetching, installing) is what this checkout went through; the others run as they stand."""
    commands = section("De rien à une première fiche").splitlines()
    assert len(commands) <= 10
    assert "make install" in commands[0]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    script = "\n".join(["trap 'kill $!' EXIT", *commands[1:]]).replace("8000", str(port))
    said = {"PATH": f"{HUB.parent}{os.pathsep}{os.environ['PATH']}", "HUB_INSTANCE": str(tmp_path / "instance")}
    told = json.loads(shell(script, tmp_path, said).splitlines()[-1])
    assert [each["status"] for each in told["results"]] == ["created"]
    for _app in ready(tmp_path / "instance", ""):
        facet = db.session.scalars(select(Facet).where(Facet.writer == "push")).one()
        assert db.session.scalars(select(Source.connector).where(Source.id == facet.source_id)).one() == "sandbox"


def shell(script: str, folder: Path, said: dict[str, str]) -> str:
    """What a script prints, in a folder."""
    found = subprocess.run(
        ["sh", "-ec", script],
        cwd=folder,
        env=os.environ | said,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert found.returncode == 0, (found.stdout, found.stderr, sys.version)
    return found.stdout


def test_the_page_and_the_document_show_the_same_examples() -> None:
    for file in EXAMPLES.iterdir():
        assert file.read_text("utf-8") in TEXT, file.name
