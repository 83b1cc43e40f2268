"""`/connexion`, `/invitation/<secret>`, `/deconnexion`: the ways in and out (`identity.md` §1, §5, §7)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from hub.access import audit, identities, invitations, links, people, sessions
from hub.access.declared import all_need, needs
from hub.access.limits import hit
from hub.access.reader import CONSOLE, MAIL_LINK, STRONG, Forbidden
from hub.access.rights import ROLE_LABELS
from hub.db import db, writing
from hub.errors import BadQuery, UnknownThing
from hub.letters import filled, letter, send_soon
from hub.models import Metropole
from hub.models.person import identities_of, passkeys_of
from hub.pages import limits, oidc
from hub.pages.admission import here, local, reader
from hub.pages.menu import Entry
from hub.pages.session import browser_of

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
    return send_link(people.address(request.form.get("email", "")))


def send_link(email: str, identity: dict[str, Any] | None = None) -> Response:
    """Send a link to an address, which attaches `identity` when it is used; return the page that says so."""
    hit("RATE_LINKS", sessions.digest(email))  # the counters hold nobody's address
    here().setdefault("browser", sessions.new_secret())
    with writing() as connection:
        asked = links.ask(connection, email, here()["browser"], identity)
    post_link(asked)
    return _shown("entry/sent.html", email=email, code=asked.code)


def post_link(asked: links.Asked) -> None:
    """Send a link by mail, when somebody holds the address."""
    if asked.recipient:
        url = url_for("entry.open_link", secret=asked.secret, _external=True)
        send_soon(letter(asked.recipient, SUBJECT, filled(LETTER, url=url)))


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
    """End the session of this browser, then the one at the provider by which the person came."""
    with writing() as connection:
        if reader().entered:
            audit.write(connection, reader(), "leave", reader().ref)
        here().leave(connection)
    name, id_token = here().get("provider", ("", ""))
    provider = oidc.called(name)
    url = provider.farewell(id_token, url_for(".left", _external=True)) if provider else None
    return onward(url) if url else redirect(url_for("home.home"), 303)


@bp.get("/deconnexion")
def left() -> ResponseReturnValue:
    """Where a provider leads back once its session is over; nothing is left here to check its state against."""
    return redirect(url_for("home.home"), 303)


def onward(url: str) -> Response:
    """Return the page that leads to a provider."""
    return _shown("entry/onward.html", url=url)


def enter(connection: Any, person_id: int, way: str, acr: str = "", *, proved: bool = True) -> Response:
    """Open the session of a person and lead where they wanted to go. `proved`: they have just shown who they are."""
    wanted = local(here().get("next"))
    browser = browser_of(request.user_agent.string)
    here().enter(connection, person_id, way, acr, browser, proved=proved)
    row = sessions.session_behind(connection, here().secret or "")
    who = sessions.reader_in(connection, row, reader().address, reader().request_id)
    audit.write(connection, who, "enter", f"person:{who.ref}", after=way)
    return redirect(wanted, 303)


def offered() -> dict[str, Any]:
    """Return which ways in are open on this hub."""
    config = current_app.config
    providers = {name: oidc.labels(config).get(name, "") for name in ("proconnect", "oidc")}
    return {**providers, "mail": config["MAIL_ENTRY"] and bool(config["MAIL_SERVER"])}


def demand_no_better_way() -> None:
    """Raise Forbidden when a mere mail link would add a way in to an account that has better ones already."""
    person_id = reader().person_id or 0
    has_better = (
        db.session.scalars(passkeys_of(person_id)).first() or db.session.scalars(identities_of(person_id)).first()
    )
    if reader().way not in STRONG and has_better:
        raise Forbidden("Entrez par une clé d'accès ou par votre fournisseur d'identité pour en ajouter une.")


def _invited(found: Any) -> dict[str, Any]:
    metropole = db.session.get(Metropole, found.siren) if found.siren else None
    return {"role": ROLE_LABELS[found.role], "metropole": metropole, "email": found.email}


def _shown(template: str, **context: Any) -> Response:
    """Return a page of the ways in: kept by nobody, told to nobody."""
    response = make_response(render_template(template, **offered(), **context))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
