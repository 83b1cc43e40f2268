"""At the door of every page: who asks, whether the table of rights lets them, where they are led otherwise."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import BadRequest

from hub.access import audit, sessions
from hub.access.declared import STATIC, must_all_be_declared, right_of, size_of
from hub.access.reader import NOBODY, Forbidden, NotEntered, ProofNeeded, Reader
from hub.access.rights import CLIENT, RIGHTS
from hub.db import db, writing
from hub.errors import HubError, answer
from hub.models.audience import PUBLIC, Audience, read_for
from hub.pages.session import HubSession, SqlSessions

csrf = CSRFProtect()
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def register(app: Flask) -> None:
    """Put the door on the application, whose views are all registered. Raises RuntimeError."""
    must_all_be_declared(app)
    app.session_interface = SqlSessions()
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_CHECK_DEFAULT=False)
    csrf.init_app(app)
    app.before_request(admit)
    app.register_error_handler(Forbidden, _refused)
    app.register_error_handler(CSRFError, _expired)
    app.context_processor(lambda: {"reader": reader()})


def reader() -> Reader:
    """Return who asks for this page."""
    found: Reader = g.get("reader", NOBODY)
    return found


def here() -> HubSession:
    """Return the session of this browser."""
    found = session._get_current_object()  # type: ignore[attr-defined]  # werkzeug's proxy hides it
    assert isinstance(found, HubSession)
    return found


def admit() -> None:
    """Find who asks, let only those with the right pass, and refuse what another site sends."""
    read_for(PUBLIC)
    g.reader = _reader()
    if reader().entered:
        read_for(audience_of(reader()))
    if request.endpoint is None:
        return
    verb = right_of(current_app, request.endpoint)
    allowed = verb is not None and (reader().may_somewhere(verb) or _is_a_clients(verb))
    sent = request.method not in SAFE_METHODS and not here().ignored
    if allowed and (size := size_of(current_app, request.endpoint)):
        request.max_content_length = size
    if sent and (allowed or reader().entered):  # a forged form must not even leave a refusal in somebody's name
        _same_site()
        csrf.protect()
    if verb is None or not allowed:
        raise reader().refusal()
    if sent:
        reader().must_be_fresh(verb)


def _is_a_clients(verb: str) -> bool:
    """Tell whether a program asks, which the door of the API has known by its token, for a right of programs."""
    return "caller" in g and CLIENT in RIGHTS[verb].holders


def audience_of(who: Reader) -> Audience:
    """Return for whom a person's request reads: members, and their own metropole's drafts, those of a rescue."""
    own = {*(who.sirens("deposit") or ()), *who.rescues}
    return Audience(peers=who.may_somewhere("read_peers"), sirens=tuple(sorted(own)))


def demand(verb: str, siren: str | None = None) -> str:
    """Return the scope in which who asks may do this here. Raises Forbidden, ProofNeeded."""
    return reader().demand(verb, siren)


class NotYours(HubError):
    """A form that somebody else may send: to have looked at it is no act, hence no line of refusal in the audit log."""

    status = 403


def open_form(verb: str, siren: str | None) -> str:
    """Return the scope in which who asks may send the form of an act, or reads it now.

    Raises NotYours when it is read, what `demand` raises when it is sent.
    """
    if request.method not in SAFE_METHODS:
        return demand(verb, siren)
    scope = reader().scope(verb, siren)
    if scope is None:
        raise NotYours("Vos rôles ne donnent pas ce droit ici : adressez-vous à l'administration de la métropole.")
    return scope


def local(path: str | None) -> str:
    """Return a path of this hub, the front page for anything else (`//evil`, `\\\\evil`, `https:evil`…: I29)."""
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return url_for("home.home")
    parts = urlsplit(path)
    return url_for("home.home") if parts.scheme or parts.netloc else path


def _reader() -> Reader:
    address, request_id = request.remote_addr or "", g.get("request_id", "")
    row = here().row
    if row is None:
        return Reader(address=address, request_id=request_id)
    with db.engine.connect() as connection:
        return sessions.reader_in(connection, row, address, request_id)


def _same_site() -> None:
    """Refuse a form that another site sends: browsers say where it comes from. Raises BadRequest."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise BadRequest


def _refused(error: Forbidden) -> ResponseReturnValue:
    """Lead to the ways in, to the proof, or say no; who has entered and is refused leaves a line in the audit log."""
    if request.path.startswith("/api/"):
        return answer(error.status, str(error))
    wanted = request.full_path.rstrip("?") if request.method in SAFE_METHODS else _came_from()
    if isinstance(error, ProofNeeded):
        return redirect(url_for("entry.proof", next=wanted), 303)
    if isinstance(error, NotEntered):
        return redirect(url_for("entry.ways", next=wanted), 303)
    verb = right_of(current_app, request.endpoint or STATIC) or "read"
    with writing() as connection:
        audit.write(connection, reader(), verb, request.path[:200], refused=True)
    cure = ["Demandez ce droit à l'administration de votre métropole ou à la coordination du réseau.", _OWN_RIGHTS]
    page = render_template("error.html", status=403, title="Accès réservé", detail=str(error), cure=cure)
    return page, 403


_OWN_RIGHTS = "Vos rôles et leurs droits se lisent sous « Mon compte »."


def _came_from() -> str:
    """Return the page from which a form was sent, where its sender will find it again."""
    origin = urlsplit(request.referrer or "")
    return origin.path if origin.netloc == request.host else url_for("home.home")


def _expired(_error: CSRFError) -> ResponseReturnValue:
    detail = "Le formulaire a été ouvert il y a trop longtemps, ou dans une autre session : rien n'a été enregistré."
    cure = ["Revenez à la page précédente, rechargez-la et recommencez.", "Si besoin, entrez à nouveau."]
    return render_template("error.html", status=400, title="Votre page a expiré", detail=detail, cure=cure), 400
