"""`hub load-founding`: the founding documents, and the report of what they gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import click

from hub.benchmark.inventory import inventory
from hub.benchmark.stated import VERDICTS, gaps
from hub.cli.database import prepare_database
from hub.cli.french import Command
from hub.cli.measure import count, refresh_with_bar
from hub.harvest.founding import Report
from hub.harvest.founding import load_founding as load

WORDS = {
    "received": "lues",
    "created": "créées",
    "updated": "modifiées",
    "unchanged": "inchangées",
    "repeated": "répétées",
    "deleted": "retirées",
    "kept": "gardées telles qu'une personne les a écrites",
}
SET_ASIDE = {"problems": "mises de côté"}
STATES = {"complete": "complète", "partial": "partielle", "failed": "échouée"}


@click.command(name="load-founding", cls=Command, help="Charge les documents fondateurs ; relancer ne change rien.")
def load_founding() -> None:
    """Load, with a bar, then print the report."""
    prepare_database()
    with click.progressbar(length=1, label="Documents fondateurs", show_eta=False, item_show_func=str) as bar:

        def step(name: str, done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos, name)

        report = load(step)
    moved = refresh_with_bar()
    print_report(report)
    click.echo(f"{count(moved)}.")


def print_report(report: Report) -> None:
    """Print what was read, what it holds by kind, document and certainty, and the problems met."""
    for source, run in report.runs:
        click.echo(f"{source.slug} · {run.filename} : {STATES[run.state]} ({_numbers(run.counts, WORDS | SET_ASIDE)})")
    for kind, written in report.things.items():
        click.echo(f"réseau · {kind} : {_numbers(vars(written), WORDS)}")
        for identifier, problems in written.problems.items():
            for each in problems:
                click.echo(f"  {identifier} {each.pointer} — {each.message} {each.how}", err=True)
    print_inventory()
    print_gaps()


def _numbers(counts: Mapping[str, Any], words: Mapping[str, str]) -> str:
    return ", ".join(f"{counts[name]} {word}" for name, word in words.items() if counts.get(name))


def print_inventory() -> None:
    """Print the number of records by kind and document, and how sure they are."""
    rows = inventory()
    for place, title in ((0, "Fiches par genre"), (1, "Fiches par document"), (2, "Fiches par certitude")):
        totals: Counter[str] = Counter()
        for key, number in rows.items():
            totals[key[place] or "sans trace"] += number
        click.echo(f"{title} : " + ", ".join(f"{name} {number}" for name, number in sorted(totals.items())))


def print_gaps() -> None:
    """Print what documents state beside what is counted, with their difference; neither corrects the other (F3)."""
    click.echo("Énoncé ≠ compté :")
    for gap in gaps():
        place = f" ({gap.process.title})" if gap.process else ""
        sides = f"énoncé {gap.stated}, compté {gap.count.text}"
        click.echo(f"  {VERDICTS[gap.verdict]} · {gap.label}{place} : {sides} — {gap.difference}")
