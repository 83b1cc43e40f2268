"""An instance opened for work: its folder, its settings, its database. No page, no API: all that an engine needs."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from flask import Flask

from hub import config
from hub.db import database_url, db, prepare

ROOT = Path(__file__).resolve().parent


class Hub(Flask):
    """Flask's application, in which no function is a coroutine: a request would ask some twenty whether they are."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func


def open_instance(overrides: Mapping[str, object] | None = None, instance: Path | None = None) -> Flask:
    """Return the application without its doors. `instance`: the folder of the database, raw payloads and `config.py`.

    Raises SettingError when a setting has a value of the wrong type.
    """
    folder = instance or ROOT.parent / "instance"
    app = Hub("hub", root_path=str(ROOT), instance_path=str(folder), instance_relative_config=True)
    folder.mkdir(parents=True, exist_ok=True)
    config.load(app.config, folder, overrides)
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or kept_key(folder)
    url = database_url(app.config["DATABASE_URL"], str(folder))
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "hide_parameters": True,
        "pool_pre_ping": not url.startswith("sqlite:"),
        "json_deserializer": orjson.loads,
    }
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    return app


def kept_key(folder: Path) -> str:
    """Return the key that signs forms: drawn at the first start, kept in the instance, read by its owner only."""
    path = folder / "secret_key"
    if not path.exists():
        drawn = folder / f"secret_key.{secrets.token_hex(8)}"
        with os.fdopen(os.open(drawn, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with suppress(FileExistsError):  # another process was faster: its key is everybody's
            os.link(drawn, path)
        drawn.unlink()
    return path.read_text("ascii")
