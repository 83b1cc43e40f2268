"""`hub issues`, `hub clear`: the problems that wait, in words or as a table; a false hit, cleared by a person."""

from __future__ import annotations

import csv
import sys

import click
from sqlalchemy import Select, select

from hub.cli import given
from hub.cli.base import OnBase
from hub.db import db
from hub.errors import BadQuery
from hub.harvest.issues import clear as clear_issue
from hub.harvest.registry import named
from hub.harvest.screening import MASKED
from hub.models import Issue, Source
from hub.models.run import SEVERITY_LABELS

COLUMNS = ("severity", "rule", "kind", "remote_id", "place", "pointer", "value", "expected", "message", "how")
FORMULA = tuple("=+-@\t\r＝＋－＠'")


@click.command(cls=OnBase, help="Liste les anomalies ouvertes, de toutes les sources ou d'une seule.")
@given.optional_slug
@click.option("--csv", "as_csv", is_flag=True, help="En CSV, une anomalie par ligne.")
@click.pass_context
def issues(ctx: click.Context, slug: str | None, as_csv: bool) -> None:
    """Print the open issues; exit 1 when there is one."""
    found = [(row.Issue, row.slug) for row in db.session.execute(_open(named(slug) if slug else None))]
    if as_csv:
        table = csv.writer(sys.stdout, lineterminator="\n")
        table.writerow(("source", *COLUMNS))
        table.writerows((name, *(_harmless(getattr(issue, column)) for column in COLUMNS)) for issue, name in found)
    else:
        for issue, name in found:
            click.echo(line(issue, name))
        click.echo(f"Anomalies ouvertes : {len(found)}.")
    if found:
        ctx.exit(1)


@click.command(cls=OnBase, help="Lève une alerte de donnée personnelle qui n'en est pas une, avec un motif.")
@click.argument("number", type=click.IntRange(1), metavar="NUMÉRO")
@given.motive
@given.actor
def clear(number: int, motive: str, actor: str) -> None:
    """Clear a false hit: that field of that record enters as it is from the next reading or deposit on."""
    issue = db.session.get(Issue, number)
    if issue is None:
        raise BadQuery(f"Aucune anomalie ne porte le numéro {number} (voir « hub issues »).")
    clear_issue(issue, actor, motive)
    click.echo(f"Alerte n° {number} levée : ce champ entrera tel quel au prochain dépôt ou à la prochaine lecture.")
    if issue.rule == MASKED:
        click.echo("Ce que le connecteur a masqué à la réception le reste : une correction peut rétablir le texte.")


def line(issue: Issue, slug: str) -> str:
    """Return an issue as two lines: what and where, then how to correct it (`harvest.md` §12)."""
    value = f"trouvé « {issue.value} »" if issue.value else ""
    parts = (
        f"n° {issue.id}",
        slug,
        SEVERITY_LABELS[issue.severity].lower(),
        issue.rule,
        issue.kind,
        issue.remote_id,
        issue.pointer,
        value,
    )
    return " · ".join(filter(None, parts)) + f"\n  {issue.message} → {issue.how}"


def _open(source: Source | None) -> Select[Issue, str]:
    """The open issues of a source, or of all, with the source's name."""
    query = select(Issue, Source.slug).join(Source, Source.id == Issue.source_id).where(Issue.state == "open")
    if source:
        query = query.where(Issue.source_id == source.id)
    return query.order_by(Source.slug, Issue.rule, Issue.id)


def _harmless(text: str | None) -> str | None:
    """A text that a spreadsheet could take for a formula is preceded by `'`."""
    return f"'{text}" if text and text.startswith(FORMULA) else text
