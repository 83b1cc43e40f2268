"""`hub client`: the programs that call the API, from the machine: created, given a secret, stopped, ended."""

from __future__ import annotations

import click
from sqlalchemy import select

from hub.access import client_letters, clients
from hub.access.client_form import Wanted
from hub.access.reader import console
from hub.access.scopes import SCOPES
from hub.cli import given
from hub.cli.base import OnBaseGroup
from hub.db import db, writing
from hub.errors import BadQuery
from hub.models.client import ENVIRONMENT_LABELS, PRODUCTION, Client, client_called, clients_of
from hub.models.metropole import Metropole, metropole_called

ref = click.argument("ref", metavar="CLIENT")
metropole = click.option("--metropole", metavar="MÉTROPOLE", help="Le nom court d'une métropole (nantes, rennes…).")
ONCE = "Ce secret n'est gardé nulle part et ne sera plus montré."


@click.group(name="client", cls=OnBaseGroup, help="Les clients de l'API et leurs secrets.")
def client() -> None:
    """Gather the verbs of clients."""


@client.command(name="list", help="Liste les clients, leur état et leur dernière utilisation.")
@metropole
def listing(metropole: str | None) -> None:
    """Print one line a client."""
    sirens = (_siren(metropole),) if metropole else ()
    slugs = {each.siren: each.slug for each in db.session.scalars(select(Metropole))}
    rows = [
        (each.ref, slugs[each.siren], each.environment, _state(each), each.last_used_at or "jamais", each.name)
        for each in db.session.scalars(clients_of(*sirens))
    ]
    given.table(rows) if rows else click.echo("Aucun client.")


@client.command(help="Crée un client ; affiche son identifiant et son secret, une seule fois.")
@click.argument("name", metavar="NOM")
@metropole
@click.option("--environment", type=click.Choice(list(ENVIRONMENT_LABELS)), default=PRODUCTION)
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(list(SCOPES)))
@click.option("--kind", "kinds", multiple=True, metavar="TYPE", help="Type de fiche permis (répétable ; tous sinon).")
@click.option("--range", "ranges", multiple=True, metavar="PLAGE", help="Plage d'adresses permise (répétable).")
@click.option("--contact", default="", metavar="COURRIEL", help="Qui prévenir avant la fin d'un secret.")
@click.option("--keys", default="", metavar="JWKS", help="Clés publiques ou leur adresse, au lieu d'un secret.")
@given.actor
def create(
    name: str,
    metropole: str | None,
    environment: str,
    scopes: tuple[str, ...],
    kinds: tuple[str, ...],
    ranges: tuple[str, ...],
    contact: str,
    keys: str,
    actor: str,
) -> None:
    """Print what the client needs."""
    wanted = Wanted(name, _siren(metropole), environment, scopes, kinds, ranges, contact, keys)
    with writing() as connection:
        made = clients.create(connection, console(actor), wanted)
    client_letters.tell(_one(made.ref), "create", console(actor))
    click.echo(f"Identifiant : {made.ref}")
    if made.secret:
        click.echo(f"Secret : {made.secret}\n{ONCE}")


@client.command(help="Donne un second secret à un client ; l'affiche une seule fois.")
@ref
@given.actor
def secret(ref: str, actor: str) -> None:
    """Print the secret."""
    found = _one(ref)
    with writing() as connection:
        text = clients.add_secret(connection, console(actor), found)
    client_letters.tell(found, "add_secret", console(actor))
    click.echo(f"Secret : {text}\n{ONCE}")


@client.command(help="Suspend un client, ou tous ceux d'une métropole (--metropole) ; leurs jetons cessent aussitôt.")
@click.argument("ref", metavar="[CLIENT]", required=False)
@metropole
@given.motive
@given.actor
def suspend(ref: str | None, metropole: str | None, motive: str, actor: str) -> None:
    """Stop clients. A metropole that leaves the network has all of its own stopped (`push-api.md` §2)."""
    if (ref is None) == (metropole is None):
        raise BadQuery("Un client ou --metropole est attendu, et un seul des deux.")
    found, by = [_one(ref)] if ref else [], console(actor)
    siren = _siren(metropole) if metropole else ""
    with writing() as connection:
        for each in found:
            clients.suspend(connection, by, each, motive)
        stopped = found or clients.suspend_all(connection, by, siren, motive)
    for each in stopped:
        client_letters.tell(each, "suspend", by)
    click.echo(f"Clients suspendus : {len(stopped)}.")


@client.command(help="Rouvre un client suspendu.")
@ref
@given.actor
def resume(ref: str, actor: str) -> None:
    """Let a client go on."""
    found = _one(ref)
    with writing() as connection:
        clients.resume(connection, console(actor), found)
    client_letters.tell(found, "resume", console(actor))
    click.echo(f"Client rouvert : {ref}.")


@client.command(help="Révoque un client pour toujours : ses secrets et ses jetons cessent aussitôt.")
@ref
@given.motive
@given.actor
def revoke(ref: str, motive: str, actor: str) -> None:
    """End a client."""
    found = _one(ref)
    with writing() as connection:
        clients.revoke(connection, console(actor), found, motive)
    client_letters.tell(found, "revoke", console(actor))
    click.echo(f"Client révoqué : {ref}.")


def _one(ref: str) -> Client:
    found = db.session.scalar(client_called(ref))
    if found is None:
        raise BadQuery(f"Aucun client ne porte l'identifiant « {ref} » (voir « hub client list »).")
    db.session.expunge(found)
    return found


def _siren(name: str | None) -> str:
    found = db.session.scalar(metropole_called(name or ""))
    if found is None:
        raise BadQuery("--metropole : le nom court d'une métropole est attendu (nantes, rennes…).")
    return found.siren


def _state(client: Client) -> str:
    return "révoqué" if client.revoked_at else "suspendu" if client.suspended_at else "en service"
