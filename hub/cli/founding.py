"""`hub load-founding`: the founding documents, and the report of what they gave."""

from __future__ import annotations

import click

from hub.cli.database import prepare_database
from hub.cli.french import Command
from hub.harvest.founding import Report
from hub.harvest.founding import load_founding as load


@click.command(name="load-founding", cls=Command, help="Charge les documents fondateurs ; relancer ne change rien.")
def load_founding() -> None:
    """Load, with a bar, then print the report."""
    prepare_database()
    with click.progressbar(length=1, label="Documents fondateurs", show_eta=False, item_show_func=str) as bar:

        def step(name: str, done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos, name)

        report = load(step)
    print_report(report)


def print_report(report: Report) -> None:
    """Print records by file, things by kind, problems."""
    for source, run in report.runs:
        counts = ", ".join(f"{number} {name}" for name, number in run.counts.items() if name != "versions")
        click.echo(f"{source.slug} · {run.filename} : {run.state} ({counts})")
    for kind, written in report.things.items():
        done = f"{written.created} créés, {written.updated} modifiés, {written.unchanged} inchangés"
        click.echo(f"{kind} : {done}" + (f", {written.kept} gardés" if written.kept else ""))
        for identifier, problems in written.problems.items():
            for each in problems:
                click.echo(f"  {identifier} {each.pointer} — {each.message} {each.how}", err=True)
