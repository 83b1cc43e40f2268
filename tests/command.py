"""The command line in the process of the tests, on an instance of its own; simulated platforms it can harvest."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from hub.app import create_app
from hub.cli.main import hub
from hub.db import db
from tests.platforms.opendatasoft import DATASET, Portal

WINNERS: dict[str, Any] = {
    "kind": "contribution",
    "key": ["identifiant_projet_gagnant"],
    "fields": {
        "title": {"from": "titre"},
        "themes_raw": {"from": "thematique"},
        "votes": {"from": "votes", "as": "integer"},
    },
    "constant": {"type": "projet", "process_id": "bp"},
}
PROGRAM = [sys.executable, "-c", "from hub.cli import main; main()"]
"""The command line as a process: the code of this folder, whatever is installed."""


def environment(**more: str) -> dict[str, str]:
    """The environment of such a process."""
    here = str(Path(__file__).resolve().parents[1])
    return os.environ | {"PYTHONPATH": here} | more


class Instance:
    """An instance folder and what the command line answers on it."""

    def __init__(self, folder: Path, **settings: object) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        told = {"ALLOW_PRIVATE_NETWORKS": True, **settings}
        (folder / "config.py").write_text("".join(f"{name} = {value!r}\n" for name, value in told.items()))

    def __call__(self, *words: str, code: int = 0) -> str:
        """Run a command, check its exit code, return what it printed."""
        done: Result = CliRunner().invoke(hub, ["--instance", str(self.folder), *words], catch_exceptions=False)
        assert done.exit_code == code, f"{words} : {done.exit_code}\n{done.output}"
        return done.output

    def words(self, *words: str) -> list[str]:
        """The same command as the words of a process."""
        return [*PROGRAM, "--instance", str(self.folder), *words]

    def propose(self, slug: str, portal: Portal, *words: str, mapping: dict[str, Any] | None = None) -> None:
        """Propose a portal as a source of Nantes."""
        options = (f"dataset={DATASET}", f"mapping={json.dumps(mapping or WINNERS)}")
        given = [word for option in options for word in ("--option", option)]
        self("source", "add", slug, "opendatasoft", f"http://{portal.netloc}", "--metropole", "nantes", *given, *words)

    def accept(self, slug: str, portal: Portal, *words: str) -> None:
        """Propose and accept a portal."""
        self.propose(slug, portal, *words)
        self("source", "accept", slug)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The database as it stands, for what no command prints."""
        app = create_app(instance=self.folder)
        with app.app_context():
            yield
            db.session.remove()
            db.engine.dispose()
