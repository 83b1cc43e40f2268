"""`hub person`, `hub audit`: the first coordinator, links given by the machine, the audit log verified."""

from __future__ import annotations

import os
from urllib.parse import urljoin

import click
from flask import current_app
from sqlalchemy import select

from hub.access import audit, invitations, links, people
from hub.access.reader import console
from hub.access.rights import OF_A_METROPOLE, ROLE_LABELS, VISITOR
from hub.cli import given
from hub.cli.base import OnBaseGroup, port_given
from hub.db import db, writing
from hub.errors import BadQuery, HubError
from hub.models import Person
from hub.models.metropole import metropole_called
from hub.models.person import person_of_email, roles_of

ELSEWHERE = (
    "PUBLIC_URL n'est pas réglé : cette adresse suppose un hub servi sur cette machine, au port 8000. Servi à un autre "
    "port, relancez avec PORT=8001 (par exemple) ; ailleurs, réglez PUBLIC_URL."
)
email = click.argument("email", metavar="COURRIEL")


@click.group(name="person", cls=OnBaseGroup, help="Les personnes qui ont un compte, et leurs rôles.")
def person() -> None:
    """Gather the verbs of people."""


@person.command(help="Invite une personne à un rôle ; affiche l'adresse à lui transmettre.")
@email
@click.option("--role", type=click.Choice([role for role in ROLE_LABELS if role != VISITOR]), required=True)
@click.option("--metropole", metavar="MÉTROPOLE", help="La métropole, pour « agent » et « administration ».")
@given.actor
def invite(email: str, role: str, metropole: str | None, actor: str) -> None:
    """Print the address that opens the invitation: its secret is kept nowhere."""
    siren = None
    if role in OF_A_METROPOLE:
        found = db.session.scalar(metropole_called(metropole or ""))
        if found is None:
            raise BadQuery("--metropole : le nom court d'une métropole est attendu (nantes, rennes…).")
        siren = found.siren
    with writing() as connection:
        secret = invitations.invite(connection, console(actor), role, siren, email)
    click.echo(f"Invitation pour 14 jours : {address(f'invitation/{secret}')}")


@person.command(help="Donne à une personne un lien pour entrer, valable 15 minutes, une fois.")
@email
@given.actor
def link(email: str, actor: str) -> None:
    """Print the link."""
    with writing() as connection:
        found = connection.execute(person_of_email(email).with_only_columns(Person.id, Person.ref)).one_or_none()
        if found is None:
            raise BadQuery(f"Personne n'a de compte sous « {email} » (voir « hub person list »).")
        if not people.may_recover(connection, found.id):
            raise BadQuery("Une autre personne de la coordination doit d'abord en répondre, sur la page « Personnes ».")
        secret = links.give(connection, found.id)
        audit.write(connection, console(actor), "enter", f"person:{found.ref}", after="link")
    click.echo(f"Lien pour 15 minutes : {address(f'connexion/lien/{secret}')}")


@person.command(name="list", help="Liste les personnes et leurs rôles.")
def listing() -> None:
    """Print one line a person."""
    for each in db.session.scalars(select(Person).where(Person.erased_at.is_(None)).order_by(Person.id)):
        held = [
            f"{role.role}{f' ({role.siren})' if role.siren else ''}" for role in db.session.scalars(roles_of(each.id))
        ]
        state = " — suspendue" if each.suspended_at else ""
        click.echo(f"{each.email} · {each.name} · {', '.join(held) or 'aucun rôle'}{state}")


@click.group(name="audit", cls=OnBaseGroup, help="Le journal des actes.")
def audit_log() -> None:
    """Gather the verbs of the audit log."""


@audit_log.command(help="Vérifie que le journal est entier et que rien n'y a été changé.")
def verify() -> None:
    """Print each fault. Raises HubError when there is one."""
    with db.engine.connect() as connection:
        found = list(audit.faults(connection))
        number, digest = audit.head_of(connection)
    for sentence in found:
        click.echo(sentence)
    if found:
        raise HubError("Le journal des actes a été altéré.")
    click.echo(f"Journal entier : {number} lignes, empreinte {digest}.")


def address(path: str) -> str:
    """Return an address of this hub: under its public URL, else on this machine at the port of `hub serve`.

    Says on the error output what to set when only the settings could tell. Raises HubError when PORT is no port.
    """
    if public := current_app.config["PUBLIC_URL"]:
        return urljoin(f"{public}/", path)
    if "PORT" not in os.environ:
        click.echo(ELSEWHERE, err=True)
    return urljoin(f"http://localhost:{port_given()}/", path)
