"""What the printed files of measures hold: an indicator, or the measures compared, with the words of their pages."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from hub.benchmark.comparison import Field
from hub.benchmark.indicators import PER_INHABITANTS, YES_NO, Indicator
from hub.clock import today
from hub.pages import picture
from hub.pages.cautions import CAUTIONS
from hub.pages.compare_cells import Comparison
from hub.pages.compare_frame import framed, population
from hub.pages.compare_words import UNPLACED, finding, subtitle
from hub.pages.format import day, nbsp
from hub.pages.indicators_view import chart_of, definition_of, plates, told
from hub.pages.measure_lines import Line, lines_of, producers
from hub.pages.measure_words import covers, total_words
from hub.pages.measures_asked import Asked
from hub.pages.paper import Column, Paper, Section
from hub.pages.picture import Picture
from hub.pages.respond import LICENCE, mark
from schemas.labels import label

SHORT = "Hub des métropoles participatives"
ABSENT = "Une valeur absente n'est pas un zéro : le tableau dit pourquoi elle manque."
UNRANKED = "Aucune métropole n'est rangée par mérite."
NONE_CHOSEN = "Aucune mesure n'est choisie : choisissez-en sur la page « Comparer »."
COLUMNS = (
    Column("Métropole"),
    Column("Valeur", number=True),
    Column("Intervalle à 95 %", number=True),
    Column("Sur", number=True),
    Column("État et comparabilité", wide=True),
)


def of_indicator(asked: Asked) -> Paper:
    """Return an indicator on paper: what it finds, its values, its definition, its limits, its source."""
    (one,), found = asked.indicators, asked.of(asked.indicators[0])
    chart, lines = chart_of(asked), lines_of(found, asked.every)
    total, limits = total_words(one, found, asked.every), [("Limite", each) for each in one.limits]
    people = [population(asked.every)] if asked.form == PER_INHABITANTS and asked.every else []
    return Paper(
        title=one.label,
        short=f"{SHORT} — {one.label}",
        lead=[*mark().values(), f"{one.question} {one.why}", ABSENT],
        sections=[_section(one, lines, chart.title, chart.subtitle, [f"Réseau : {total}", *people])],
        facts=[(term, nbsp(said)) for term, said in (*definition_of(one), *limits)],
        cautions=_cautions(max((line.cell.as_of for line in lines if line.cell.as_of), default="")),
        source=_source(producers(found, asked.every), covers(found, asked.every)),
    )


def of_comparison(comparison: Comparison, who: str) -> Paper:
    """Return a comparison on paper, a section for each measure and period; `who` says who is compared."""
    shown = comparison.shown
    return Paper(
        title="Comparer des métropoles",
        short=f"{SHORT} — comparaison",
        lead=[*mark().values(), f"{who}.", ABSENT, UNRANKED if comparison.fields else NONE_CHOSEN],
        sections=[_of_field(comparison, field) for field in comparison.fields],
        cautions=_cautions(comparison.observed_on),
        source=_source(producers(shown, comparison.every), ""),
    )


def _of_field(comparison: Comparison, field: Field) -> Section:
    one, network, frame = field.indicator, comparison.network(field.indicator, field.period), framed(comparison, field)
    told_of = finding(field, network.median, comparison.mine, comparison.name)
    total = total_words(one, network.cells, comparison.every)
    told = [UNPLACED.get(field.unplaced, ""), f"Réseau : {total}", frame.coverage, frame.population]
    lines = lines_of(field.cells, comparison.every)
    return _section(one, lines, f"{one.label} : {told_of}", subtitle(field), [each for each in told if each])


def _section(one: Indicator, lines: Sequence[Line], title: str, below: str, notes: Sequence[str]) -> Section:
    drawings = [] if one.measure == YES_NO else plates(lines)
    alone = Picture("", "", drawings, (), "", (), "%" if one.is_share else "")
    return Section(
        title=nbsp(title),
        subtitle=nbsp(below),
        svg=picture.svg(alone) if drawings else "",
        text=told(one, lines),
        columns=COLUMNS,
        rows=[_row(line) for line in lines],
        notes=[nbsp(each) for each in (*notes, *_signs(lines))],
    )


def _signs(lines: Sequence[Line]) -> list[str]:
    """What the signs beside the values mean, each once."""
    found = dict.fromkeys(sign for line in lines for sign in line.words.signs_words)
    return [f"Signes — {' ; '.join(found)}."] if found else []


def _row(line: Line) -> Sequence[str]:
    words, state = line.words, label("etat_valeur", line.cell.state)
    if not words.present:
        return line.name, words.text, "", "", words.reason
    return (
        line.name,
        f"{words.text} {words.signs}".strip(),
        words.interval,
        words.counts,
        f"{state}, {words.grade_words}",
    )


def _cautions(observed_on: str) -> list[str]:
    """What every comparison says of itself (B44), with the day of the newest value."""
    dated = {**CAUTIONS, "date": f"{CAUTIONS['date']} Ici, au plus tard le {day(observed_on)}."}
    return [nbsp(each) for each in (dated if observed_on else CAUTIONS).values()]


def _source(who: str, known: str) -> list[str]:
    address = request.url.replace(".pdf", "", 1)
    told_by = [f"Source : {who}, via le hub des métropoles participatives.", f"{known}." if known else ""]
    return [nbsp(each) for each in (*told_by, f"{LICENCE}. Écrit le {day(today())}.", address) if each]
