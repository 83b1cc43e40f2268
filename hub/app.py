"""The roof: an instance with its doors, pages and API, as one Flask application."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from hub import api, errors, headers, log, patience
from hub.instance import open_instance
from hub.pages import PAGES, admission, frame, limits, oidc


def create_app(overrides: Mapping[str, object] | None = None, instance: Path | None = None) -> Flask:
    """Return the application that serves an instance (see `open_instance`). Raises SettingError."""
    app = open_instance(overrides, instance)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_BYTES"]
    log.register(app)
    errors.register(app)
    frame.register(app, PAGES)
    oidc.register(app)
    app.register_blueprint(api.bp)
    app.register_blueprint(api.oauth.bp)
    app.register_blueprint(api.push_runs.keys)
    api.authorization.register(app)
    headers.register(app)
    api.bearer.register(app)
    api.push_calls.register_limits(app)
    api.public_rate.register(app)
    api.openapi.register(app)
    admission.register(app)
    limits.register(app)
    patience.register(app)
    return app
