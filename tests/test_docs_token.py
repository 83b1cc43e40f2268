"""The example of « Obtenir un jeton », copied out of the documentation, runs against a real server (P53)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hub.access.scopes import SCOPES
from hub.db import db
from hub.harvest.founding import load_metropoles
from hub.models import ClientToken
from tests.browsing import served
from tests.clients import made
from tests.conftest import ready

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "API.md").read_text("utf-8")
SECTION = TEXT.partition("## Obtenir un jeton\n")[2].partition("\n## ")[0]


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl ou jq manque sur cette machine")
def test_the_documented_command_gets_a_token(tmp_path: Path) -> None:
    (command,) = re.findall(r"```sh\n(TOKEN=.*?)\n```", SECTION, re.DOTALL)
    for app in ready(tmp_path / "instance", "", CLOCK=""):
        load_metropoles()
        client = made()
        with served(Path(app.instance_path)) as address:
            said = {"ID": client.ref, "SECRET": client.secret or "", "HUB": address}
            told = subprocess.run(
                ["sh", "-ec", f'{command}\nprintf %s "$TOKEN"'], env=os.environ | said, capture_output=True, text=True,
                timeout=60, check=True,
            )  # fmt: skip
        assert re.fullmatch(r"[\w-]{43}", told.stdout)
        db.session.rollback()
        assert [each.scope for each in db.session.query(ClientToken)] == ["push:processes"]


def test_every_scope_of_the_table_is_documented_with_its_kinds() -> None:
    for scope in SCOPES.values():
        (line,) = [line for line in SECTION.splitlines() if line.startswith(f"| `{scope.name}` ")]
        assert re.findall(r"`(\w+)`", line.partition("|")[2].partition("|")[2]) == list(scope.kinds)
