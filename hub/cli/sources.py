"""`hub source`: the registry of sources — see, propose, change, decide."""

from __future__ import annotations

from typing import Any

import click

from hub.cli import attach as attachment
from hub.cli import given
from hub.cli.base import OnBaseGroup
from hub.db import db
from hub.errors import BadQuery
from hub.harvest.registry import STEP_LABELS, edit, late, named, propose, replaceable, step
from hub.models import Decision, Run, Source
from hub.models.journal import decisions_on
from hub.models.metropole import metropole_called
from hub.models.run import CAUSE_LABELS, runs_of
from hub.models.run import STATE_LABELS as RUN_LABELS
from hub.models.source import FREQUENCY_LABELS, STATE_LABELS, sources

COLUMNS = ("url", "connector", "name", "licence", "frequency")
replaces = click.option("--replaces", metavar="SOURCE", help="La source qu'elle remplace (voir « hub source attach »).")


@click.group(name="source", cls=OnBaseGroup, help="Le registre des sources : proposer, accepter, régler, arrêter.")
def source() -> None:
    """Gather the verbs of the registry."""


@source.command(name="list", help="Liste les sources, leur état et leur prochaine lecture.")
@click.option("--state", type=click.Choice(list(STATE_LABELS)), help="Seulement celles de cet état.")
def listing(state: str | None) -> None:
    """Print one line for each source."""
    behind = {source.id for source in late()}
    rows = [
        (each.slug, STATE_LABELS[each.state], FREQUENCY_LABELS[each.frequency], each.next_due or "—", each.connector,
         "en retard" if each.id in behind else "")
        for each, _ in db.session.execute(sources()) if state in (None, each.state)
    ]  # fmt: skip
    given.table([("Source", "État", "Fréquence", "Prochaine lecture", "Connecteur", ""), *rows])


@source.command(help="Montre une source : réglages, dernière moisson, décisions.")
@given.slug
def show(slug: str) -> None:
    """Print all that is known of a source; secrets are not in the database."""
    found = named(slug)
    last = db.session.scalars(runs_of(found)).first()
    rows: list[tuple[str, Any]] = [
        ("Nom", found.name),
        ("Métropole", found.siren or "le réseau"),
        ("État", STATE_LABELS[found.state]),
        ("Connecteur", found.connector),
        ("Adresse", found.url or "—"),
        ("Options", ", ".join(f"{name}={value}" for name, value in found.options.items()) or "aucune"),
        ("Licence", found.licence or "non renseignée"),
        ("Fréquence", FREQUENCY_LABELS[found.frequency]),
        ("Prochaine lecture", found.next_due or "—"),
        ("Dernière lecture", f"{RUN_LABELS[last.state]}, {last.started_at} ({last.ref})" if last else "jamais"),
        ("Contacts", ", ".join(f"{role} : {value}" for role, value in found.contacts.items()) or "aucun"),
    ]
    if found.replaces_id:
        rows.append(("Remplace", db.session.get_one(Source, found.replaces_id).slug))
    rows += [("Arrêtée d'elle-même", CAUSE_LABELS[found.cause])] if found.cause else []
    given.table(rows)
    for decision in db.session.scalars(decisions_on(found)):
        click.echo(decided(decision))


def decided(decision: Decision) -> str:
    """Return who decided what, when and why, on one line."""
    reason = f" — {decision.motive}" if decision.motive else ""
    run = f" ({db.session.get_one(Run, decision.run_id).ref})" if decision.run_id else ""
    return f"{decision.at}  {STEP_LABELS.get(decision.action, decision.action)} par {decision.actor}{run}{reason}"


@source.command(help="Propose une source ; elle attend ensuite d'être acceptée.")
@given.slug
@click.argument("connector", metavar="CONNECTEUR")
@click.argument("url", metavar="ADRESSE")
@click.option("--metropole", metavar="NOM|SIREN", help="La métropole (sans elle : une source du réseau).")
@click.option("--name", help="Nom montré sur les pages (celui de la source si rien n'est dit).")
@click.option("--licence", help="Licence des données.")
@click.option("--draft", is_flag=True, help="Garde la source en brouillon.")
@replaces
@given.frequency
@given.options
@given.motive
@given.actor
def add(
    slug: str, connector: str, url: str, metropole: str | None, name: str | None, licence: str | None, draft: bool,
    replaces: str | None, frequency: str | None, options: tuple[str, ...], motive: str, actor: str,
) -> None:  # fmt: skip
    """Write a new source, after checking that it can be read."""
    row: dict[str, Any] = {"slug": slug, "connector": connector, "url": url, "name": name or slug, "licence": licence}
    row |= {"siren": _siren(metropole), "frequency": frequency or "manual", "perimeter": "metropole"}
    row |= {"replaces_id": replaceable(slug, row["siren"], replaces)} if replaces else {}
    found = propose({**row, "options": given.pairs(options)}, actor, "draft" if draft else "pending", motive)
    click.echo(f"Source « {found.slug} » : {STATE_LABELS[found.state]}.")


def _siren(name: str | None) -> str | None:
    if name is None:
        return None
    metropole = db.session.scalar(metropole_called(name))
    if metropole is None:
        raise BadQuery(f"Aucune métropole ne s'appelle « {name} ».")
    return metropole.siren


@source.command(name="edit", help="Change une source ; une autre adresse demande un nouvel accord.")
@given.slug
@click.option("--url", help="Autre adresse.")
@click.option("--connector", help="Autre connecteur.")
@click.option("--name", help="Autre nom.")
@click.option("--licence", help="Autre licence.")
@click.option("--contact", multiple=True, metavar="RÔLE=ADRESSE", help="metropole=… ou technique=… (répétable).")
@replaces
@given.frequency
@given.options
@given.actor
def change(
    slug: str,
    contact: tuple[str, ...],
    options: tuple[str, ...],
    replaces: str | None,
    actor: str,
    **values: str | None,
) -> None:
    """Write what changed; an option given empty goes back to its default."""
    found = named(slug)
    changes: dict[str, Any] = {name: value for name, value in values.items() if name in COLUMNS and value is not None}
    if options:
        changes["options"] = {
            key: value for key, value in (found.options | given.pairs(options)).items() if value != ""
        }
    if contact:
        changes["contacts"] = found.contacts | given.pairs(contact, "--contact")
    if replaces:
        changes["replaces_id"] = replaceable(slug, found.siren, replaces)
    if not changes:
        raise BadQuery("Dites ce qui change : --url, --option, --frequency…")
    _tell(edit(found, changes, actor))


def _step(action: str, text: str) -> None:
    """Add the verb of one step of a source."""

    @source.command(name=action, help=text)
    @given.slug
    @given.frequency
    @given.motive
    @given.actor
    def decide(slug: str, frequency: str | None, motive: str, actor: str) -> None:
        _tell(step(named(slug), action, actor, motive, frequency))


def _tell(found: Source) -> None:
    due = f" Prochaine lecture : {found.next_due}." if found.next_due else ""
    click.echo(f"Source « {found.slug} » : {STATE_LABELS[found.state]}.{due}")


_step("submit", "Soumet un brouillon à la coordination.")
_step("accept", "Accepte une source : elle peut être moissonnée.")
_step("refuse", "Refuse une source ; le motif est obligatoire.")
_step("pause", "Met une source en pause : elle n'est plus lue d'elle-même.")
_step("stop", "Arrête une source ; ses fiches restent.")
source.add_command(attachment.attach)
source.add_command(attachment.detach)
