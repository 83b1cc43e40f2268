"""The session cookie: 256 random bits, behind them a row. A visitor has none before beginning to enter (§8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Connection
from werkzeug.datastructures import CallbackDict

from hub.access import sessions
from hub.db import db, writing

MACHINE_PATHS = ("/api/", "/oauth/", "/static/", "/.well-known/")
"""Where cookies are not looked at: machines come with a bearer, files are the same for all."""


BROWSERS = (("Edge", "Edg/"), ("Opera", "OPR/"), ("Firefox", "Firefox/"), ("Chrome", "Chrome/"), ("Safari", "Safari/"))
SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("macOS", "Mac OS X"), ("Linux", "Linux")),
)
"""What tells a browser and its system, the most particular first: Edge also says « Chrome », Android « Linux »."""


class HubSession(CallbackDict[str, Any], SessionMixin):
    """What a browser's session holds; `row` is absent while nothing was stored. `secret`: the cookie to send."""

    def __init__(self, row: Any = None, *, ignored: bool = False) -> None:
        super().__init__(dict(row.data) if row is not None else {}, _changed)
        self.row, self.ignored = row, ignored
        self.id: int | None = row.id if row is not None else None
        self.new, self.modified, self.accessed = row is None, False, True
        self.secret: str | None = None
        self.over = False

    def enter(
        self, connection: Connection, person_id: int, way: str, acr: str = "", browser: str = "", *, proved: bool = True
    ) -> None:
        """Make this session that of a person, under a new cookie; what it held of the way in is forgotten."""
        self.clear()
        if self.id is None:
            self.id, _ = sessions.open_session(connection, {})
        self.secret = sessions.enter(connection, self.id, person_id, way, acr, browser, proved=proved)

    def leave(self, connection: Connection) -> None:
        """End this session here and in the database."""
        if self.id is not None:
            sessions.leave(connection, self.id)
        self.over = True


def _changed(session: CallbackDict[str, Any]) -> None:
    session.modified = True  # type: ignore[attr-defined]


class SqlSessions(SessionInterface):
    """Flask's sessions, kept in SQL."""

    def open_session(self, app: Flask, request: Request) -> HubSession:
        """Return the session behind the cookie, an empty one without it."""
        if request.path.startswith(MACHINE_PATHS):
            return HubSession(ignored=True)
        secret = request.cookies.get(name_of(app.config))
        if not secret:
            return HubSession()
        with db.engine.connect() as connection:
            return HubSession(sessions.session_behind(connection, secret))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what changed; send a cookie only when it is a new one. What a session was answered is kept nowhere."""
        assert isinstance(session, HubSession)
        if session.ignored:
            return
        response.vary.add("Cookie")
        if session.id is not None:
            response.headers["Cache-Control"] = "no-store"
        if session.over:
            response.delete_cookie(name_of(app.config), **flags(app.config))
            return
        if session.modified or (session.row is not None and sessions.is_due(session.row)):
            self._write(session)
        if session.secret:
            response.set_cookie(name_of(app.config), session.secret, **flags(app.config))

    def _write(self, session: HubSession) -> None:
        with writing() as connection:
            if session.id is None:
                session.id, session.secret = sessions.open_session(connection, session)
            else:
                sessions.keep(connection, session.id, session)


def is_https(config: Mapping[str, Any]) -> bool:
    """Tell whether the hub is published under https: cookies are then Secure, and http leads there."""
    return str(config["PUBLIC_URL"]).startswith("https://")


def browser_of(agent: str) -> str:
    """Return the name of a browser and of its system, as far as it says them: « Firefox, Windows »."""
    found = (next((name for name, sign in names if sign in agent), "") for names in (BROWSERS, SYSTEMS))
    return ", ".join(name for name in found if name)


def name_of(config: Mapping[str, Any]) -> str:
    """Return the name of the cookie; `__Host-` where https allows it."""
    return "__Host-hub" if is_https(config) else "hub"


def flags(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags of the cookie."""
    return {"path": "/", "secure": is_https(config), "httponly": True, "samesite": "Lax"}
