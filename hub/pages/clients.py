"""`/mes-donnees/acces`: the programs that send data by the API for a metropole, their secrets, shown once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from hub.access import client_letters, clients
from hub.access.client_form import Wanted
from hub.access.declared import all_need
from hub.access.scopes import SCOPES, kinds_of
from hub.db import db, writing
from hub.errors import UnknownThing
from hub.models.client import ENVIRONMENT_LABELS, PRODUCTION, Client, client_called, clients_of, secrets_of
from hub.models.metropole import metropoles
from hub.pages import words
from hub.pages.admission import demand, reader
from hub.pages.choices import accept
from hub.pages.clients_view import secret_state, state
from hub.pages.menu import Entry

bp = Blueprint("clients", __name__)
MENU: tuple[Entry, ...] = ()
all_need(bp, "manage_clients")


@bp.get("/mes-donnees/acces")
def listing() -> str:
    """The clients of one's metropole."""
    accept(paged=False)
    found = db.session.scalars(clients_of(*_sirens())).all()
    return render_template(
        "clients/list.html", clients=found, metropoles=_metropoles(), state=state, environments=ENVIRONMENT_LABELS
    )


@bp.get("/mes-donnees/acces/nouveau")
def new() -> str:
    """The form that asks for what a client needs."""
    accept(paged=False)
    return _form(Wanted("", reader().acting_for or "", PRODUCTION, ()), {})


@bp.post("/mes-donnees/acces/nouveau")
def create() -> ResponseReturnValue:
    """Create a client; its secret is in this answer and nowhere else."""
    wanted = _wanted()
    demand("manage_clients", wanted.siren)
    if problems := wanted.problems():
        return _form(wanted, problems), 422
    with writing() as connection:
        made = clients.create(connection, reader(), wanted)
    client = _one(made.ref)
    client_letters.tell(client, "create", reader())
    return _shown(client, made.secret)


@bp.get("/mes-donnees/acces/<ref>")
def client(ref: str) -> str:
    """One client: what it may do, its secrets, its last use."""
    accept(paged=False)
    found = _one(ref)
    return render_template(
        "clients/client.html",
        client=found,
        secrets=db.session.scalars(secrets_of(found.id)).all(),
        metropole=_metropoles()[found.siren],
        scopes=SCOPES,
        state=state(found),
        secret_state=secret_state,
        environments=ENVIRONMENT_LABELS,
        most=clients.AT_MOST,
        words=words,
    )


@bp.post("/mes-donnees/acces/<ref>/secrets")
def add_secret(ref: str) -> ResponseReturnValue:
    """Give a client a second secret; it is in this answer and nowhere else."""
    found = _demanded(ref)
    with writing() as connection:
        secret = clients.add_secret(connection, reader(), found)
    client_letters.tell(found, "add_secret", reader())
    return _shown(found, secret)


@bp.post("/mes-donnees/acces/<ref>/secrets/<secret_ref>/fin")
def end_secret(ref: str, secret_ref: str) -> ResponseReturnValue:
    """End a secret."""
    return _act(ref, "end_secret", "Secret terminé, avec les jetons qu'il avait donnés.", secret_ref)


@bp.post("/mes-donnees/acces/<ref>/cles")
def set_keys(ref: str) -> ResponseReturnValue:
    """Give a client its public keys, or change them."""
    return _act(ref, "set_keys", "Clés publiques enregistrées.", request.form.get("keys", ""))


@bp.post("/mes-donnees/acces/<ref>/suspendre")
def suspend(ref: str) -> ResponseReturnValue:
    """Stop a client."""
    return _act(ref, "suspend", "Client suspendu : ses jetons ne servent plus.", _motive())


@bp.post("/mes-donnees/acces/<ref>/reprendre")
def resume(ref: str) -> ResponseReturnValue:
    """Let a suspended client go on."""
    return _act(ref, "resume", "Client rouvert : il peut demander des jetons.")


@bp.post("/mes-donnees/acces/<ref>/revoquer")
def revoke(ref: str) -> ResponseReturnValue:
    """End a client for good."""
    return _act(ref, "revoke", "Client révoqué : ni ses secrets ni ses jetons ne servent plus.", _motive())


def _act(ref: str, act: str, done: str, *said: str) -> ResponseReturnValue:
    """Do one act of `hub.access.clients` on a client, tell of it, and come back to its page."""
    found = _demanded(ref)
    do: Callable[..., None] = getattr(clients, act)
    with writing() as connection:
        do(connection, reader(), found, *said)
    client_letters.tell(found, act, reader())
    flash(done, "success")
    return redirect(url_for(".client", ref=ref), 303)


def _one(ref: str) -> Client:
    """Return the client of this identifier; another metropole's looks as if it did not exist."""
    found = db.session.scalar(client_called(ref))
    if found is None or found.siren not in _sirens():
        raise UnknownThing("Aucun client de l'API ne porte cet identifiant.")
    db.session.expunge(found)
    return found


def _demanded(ref: str) -> Client:
    """Return a client on which the reader may act now. Raises UnknownThing, Forbidden, ProofNeeded."""
    found = _one(ref)
    demand("manage_clients", found.siren)
    return found


def _sirens() -> tuple[str, ...]:
    return tuple(reader().sirens("manage_clients") or ())


def _metropoles() -> dict[str, Any]:
    return {each.siren: each for each in db.session.scalars(metropoles())}


def _motive() -> str:
    return request.form.get("motive", "").strip()[:500]


def _wanted() -> Wanted:
    form = request.form
    return Wanted(
        name=form.get("name", ""),
        siren=form.get("siren") or reader().acting_for or "",
        environment=form.get("environment", ""),
        scopes=tuple(form.getlist("scopes")),
        kinds=tuple(form.getlist("kinds")),
        ranges=tuple(form.get("ranges", "").splitlines()),
        contact=form.get("contact", ""),
        keys=form.get("keys", ""),
    )


def _form(wanted: Wanted, errors: dict[str, str]) -> str:
    return render_template(
        "clients/new.html",
        wanted=wanted,
        errors=errors,
        own=[each for each in _metropoles().values() if each.siren in _sirens()],
        environments=list(ENVIRONMENT_LABELS.items()),
        scopes=[(scope.name, f"{scope.label} ({scope.name})") for scope in SCOPES.values()],
        kinds=kinds_of(SCOPES),
        words=words,
    )


def _shown(found: Client, secret: str | None) -> str:
    return render_template("clients/secret.html", client=found, secret=secret)
