"""The roof: assembles configuration, database, pages and API into one Flask application."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from hub import api, config, errors, headers, models
from hub.db import database_url, db, migrate, prepare
from hub.pages import PAGES, frame

ROOT = Path(__file__).resolve().parent


def create_app(overrides: Mapping[str, object] | None = None, instance: Path | None = None) -> Flask:
    """Return the application. `instance` is the folder of the database, raw payloads and `config.py`.

    Raises SettingError when a setting has a value of the wrong type.
    """
    folder = instance or ROOT.parent / "instance"
    app = Flask("hub", root_path=str(ROOT), instance_path=str(folder), instance_relative_config=True)
    folder.mkdir(parents=True, exist_ok=True)
    config.load(app.config, folder, overrides)
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or secrets.token_hex(32)
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url(app.config["DATABASE_URL"], str(folder))
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"hide_parameters": True, "pool_pre_ping": True}
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    with app.app_context():
        prepare(db.engine)
    assert models.Facet.metadata is db.metadata
    frame.register(app, PAGES)
    app.register_blueprint(api.bp)
    errors.register(app)
    headers.register(app)
    return app
