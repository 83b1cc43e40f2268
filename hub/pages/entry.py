"""`/connexion`, `/invitation/<secret>`, `/deconnexion`: the ways in and out (`identity.md` §1, §5, §7)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from hub.access import audit, identities, invitations, links, people, sessions
from hub.access.declared import all_need, needs
from hub.access.reader import CONSOLE, MAIL_LINK
from hub.access.rights import ROLE_LABELS
from hub.db import db, writing
from hub.errors import BadQuery, UnknownThing
from hub.letters import letter, send_soon
from hub.models import Metropole
from hub.pages import limits
from hub.pages.admission import here, local, reader
from hub.pages.menu import Entry

bp = Blueprint("entry", __name__)
MENU: tuple[Entry, ...] = ()
all_need(bp, "enter")

SUBJECT = "Votre lien pour entrer dans le hub"
LETTER = """Bonjour,

Pour entrer dans le hub du Réseau des métropoles participatives, ouvrez cette adresse dans les 15 minutes, dans le
navigateur où vous l'avez demandée :

{url}

Ailleurs, le code montré dans ce navigateur vous sera demandé. Si vous n'avez rien demandé, ne faites rien.
"""


@bp.get("/connexion")
def ways() -> ResponseReturnValue:
    """The ways in that are open on this hub."""
    here()["next"] = local(request.args.get("next"))
    if reader().entered:
        return redirect(here()["next"])
    return _shown("entry/ways.html", proof=False)


@bp.get("/connexion/preuve")
@needs("account")
def proof() -> ResponseReturnValue:
    """The same ways, for who must prove again that it is them before a sensitive act."""
    here()["next"] = local(request.args.get("next"))
    return _shown("entry/ways.html", proof=True)


@bp.post("/connexion/courriel")
def ask_link() -> ResponseReturnValue:
    """Send a link to an address of somebody; say the same, in the same time, when nobody holds it."""
    limits.hit_entry()
    if not offered()["mail"]:
        raise BadQuery("Ce hub n'envoie pas de lien par courriel : entrez autrement.")
    email = people.address(request.form.get("email", ""))
    limits.hit("RATE_LINKS", email)
    here().setdefault("browser", sessions.new_secret())
    with writing() as connection:
        asked = links.ask(connection, email, here()["browser"])
    post_link(asked)
    return _shown("entry/sent.html", email=email, code=asked.code)


def post_link(asked: links.Asked) -> None:
    """Send a link by mail, when somebody holds the address."""
    if asked.recipient:
        url = url_for("entry.open_link", secret=asked.secret, _external=True)
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        send_soon(app, letter(asked.recipient, SUBJECT, LETTER.format(url=url)))


@bp.get("/connexion/lien/<secret>")
def open_link(secret: str) -> ResponseReturnValue:
    """A page with a button: opening a link never spends it, since mail scanners open links too."""
    limits.hit_entry()
    with db.engine.connect() as connection:
        elsewhere = links.needs_code(connection, secret, here().get("browser", ""))
    return _shown("entry/link.html", elsewhere=elsewhere, error="")


@bp.post("/connexion/lien/<secret>")
def use_link(secret: str) -> ResponseReturnValue:
    """Enter by a link, once."""
    limits.hit_entry()
    browser, code = here().get("browser", ""), request.form.get("code", "").replace(" ", "")
    try:
        with writing() as connection:
            found = links.use(connection, secret, browser, code)
            if found.identity:
                identities.attach(connection, found.person_id, identities.Claims(**found.identity))
            return enter(connection, found.person_id, found.way)
    except UnknownThing:
        with writing() as connection:
            links.miss(connection, secret)
            audit.write(connection, reader(), "enter", "link", refused=True)
        raise


@bp.get("/invitation/<secret>")
def invitation(secret: str) -> ResponseReturnValue:
    """What one is invited to, and the ways to accept."""
    limits.hit_entry()
    with db.engine.connect() as connection:
        found = invitations.behind(connection, secret)
    here()["invitation"] = secret
    return _shown("entry/invitation.html", secret=secret, **_invited(found))


@bp.post("/invitation/<secret>")
def accept(secret: str) -> ResponseReturnValue:
    """Accept an invitation by the letter that brought it: it proves the mailbox, or the machine for the first one."""
    limits.hit_entry()
    with writing() as connection:
        found = invitations.behind(connection, secret)
        form = request.form
        person_id = invitations.accept(connection, reader(), secret, form.get("name", ""), form.get("email"))
        way = MAIL_LINK if found.email else CONSOLE
        if reader().entered:
            sessions.end(connection, person_id, but=here().id)
            here().secret = sessions.renew(connection, here().id or 0)
            flash(f"Invitation acceptée : {ROLE_LABELS[found.role].lower()}.", "success")
            return redirect(url_for("account.account"), 303)
        answer = enter(connection, person_id, way)
    return answer


@bp.post("/deconnexion")
def leave() -> ResponseReturnValue:
    """End the session of this browser."""
    with writing() as connection:
        if reader().entered:
            audit.write(connection, reader(), "leave", reader().ref)
        here().leave(connection)
    return redirect(url_for("home.home"), 303)


def enter(connection: Any, person_id: int, way: str, acr: str = "") -> Response:
    """Open the session of a person and lead where they wanted to go."""
    wanted = local(here().get("next"))
    browser = request.user_agent.string
    here().enter(connection, browser, person_id, way, acr)
    audit.write(connection, reader(), "enter", f"person:{person_id}", after=way)
    return redirect(wanted, 303)


def offered() -> dict[str, Any]:
    """Return which ways in are open on this hub."""
    config = current_app.config
    return {
        "proconnect": bool(config["PROCONNECT_CLIENT_ID"]),
        "oidc": config["OIDC_LABEL"] if config["OIDC_CLIENT_ID"] else "",
        "mail": config["MAIL_ENTRY"] and bool(config["MAIL_SERVER"]),
    }


def _invited(found: Any) -> dict[str, Any]:
    metropole = db.session.get(Metropole, found.siren) if found.siren else None
    return {"role": ROLE_LABELS[found.role], "metropole": metropole, "email": found.email}


def _shown(template: str, **context: Any) -> Response:
    """Return a page of the ways in: kept by nobody, told to nobody."""
    response = make_response(render_template(template, **offered(), **context))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
