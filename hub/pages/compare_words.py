"""A comparison in words: what it finds, what it covers, whose figures, where each stands, why nothing is placed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub.benchmark.change import ALONE, CAREFUL, GROUPED, Change
from hub.benchmark.comparison import NO_INTERVAL, NO_SIDE, TOO_FEW, Field
from hub.benchmark.indicators import SHARE, YES_NO, Indicator
from hub.benchmark.measures import Cell
from hub.benchmark.ranks import FEWEST
from hub.pages.format import gap, listing, nbsp, number
from hub.pages.measure_words import NO_INTERVAL as GROUPED_EVENTS
from hub.pages.measure_words import cell_words, unit_of, value_text
from hub.pages.measures_asked import period_words
from hub.pages.ranks_words import change as change_called

NET = {"net_au_dessus": "au-dessus", "net_au_dessous": "au-dessous"}
"""The bands of a clear gap, by side: the only ones a sentence may tell."""
UNPLACED = {
    NO_INTERVAL: f"{GROUPED_EVENTS} Ni place ni écart ne peuvent s'en déduire.",
    NO_SIDE: "Une hausse n'y est ni bonne ni mauvaise : aucune place n'est donnée.",
    TOO_FEW: f"Moins de {FEWEST} métropoles comparables : des valeurs seules, sans place.",
}
"""Why no place is given (B10, B16, B18)."""
UNSAID = {
    ALONE: "une seule valeur depuis la dernière rupture : rien à en dire",
    GROUPED: "pas d'intervalle : événements groupés",
    CAREFUL: "valeurs à lire avec prudence : rien à en dire",
}
"""Why a change is not told."""
NAMED = 3
"""Up to how many metropoles a finding names."""
Name = Callable[[str], str]


def finding(field: Field, median: float | None, mine: str | None, name: Name) -> str:
    """Return what a field shows, as a sentence: the title of its chart. Only a clear gap is called a gap."""
    known = [cell for cell in field.cells if cell.present]
    if not known:
        return "Aucune valeur connue"
    if field.indicator.measure == YES_NO:
        yes = sum(bool(cell.value) for cell in known)
        return f"{number(yes)} « oui », {number(len(known) - yes)} « non »"
    if len(known) == 1:
        return f"Une seule valeur : {name(known[0].siren)}, {cell_words(known[0]).full}"
    return _clear_gaps(field, median, mine, name) or _extent(field, median, name)


def median_words(field: Field, median: float) -> str:
    """Return the median of a field in words, with its unit: « 45 % »."""
    form = field.cells[0].form
    return _with_unit(field.indicator, value_text(field.indicator, median, form=form), form)


def subtitle(field: Field) -> str:
    """Return what is measured, in which unit, when, on which territory."""
    one, form = field.indicator, field.cells[0].form
    below = "" if one.forms or one.measure == YES_NO else f" ÷ {one.denominator}"
    measured = f"{one.numerator}{below}"
    parts = [measured[0].upper() + measured[1:], f"en {unit_of(one, form)}", period_words(one, field.period)]
    return " · ".join([*parts, "périmètre : la métropole, sauf signe « d »"]).replace("en pour", "pour")


def change_words(change: Change, form: str) -> str:
    """Return what changed: « 2023 : 30 % ; 2025 : 59 % — s'améliore (écart entre…) », or why nothing is said."""
    if change.first is None or change.last is None:
        return UNSAID[ALONE]
    ends = " ; ".join(f"{cell.period} : {cell_words(cell).text}" for cell in (change.first, change.last))
    if change.estimate is None:
        return f"{ends} — {UNSAID[change.why]}"
    low, high = (_step(change.first.indicator, limit, form) for limit in (change.estimate.low, change.estimate.high))
    return f"{ends} — {change_called(change.estimate, change.first.indicator.polarity)} (écart entre {low} et {high})"


def _clear_gaps(field: Field, median: float | None, mine: str | None, name: Name) -> str:
    """The clear gaps with the median, mine alone when it has one; empty when there is none."""
    if median is None:
        return ""
    bands, middle = field.bands(median), f"la médiane du réseau ({median_words(field, median)})"
    own = next((cell for cell in field.cells if cell.siren == mine and bands.get(cell.siren) in NET), None)
    if own is not None:
        return f"{name(own.siren)}, {cell_words(own).full} : écart net, {NET[bands[own.siren]]} de {middle}"
    found = {side: [cell for cell in field.cells if bands.get(cell.siren) == side] for side in NET}
    if not any(found.values()):
        return f"Aucun écart net avec {middle}" if bands else ""
    said = [f"{words}, {_who(found[side], name)}" for side, words in NET.items() if found[side]]
    return f"Écart net avec {middle} : {' ; '.join(said)}"


def _extent(field: Field, median: float | None, name: Name) -> str:
    ordered = sorted(field.drawn, key=lambda cell: cell.value or 0)
    if len(ordered) < 2:
        return "Des valeurs à lire avec prudence, rien à mettre en regard"
    low, high = (f"{cell_words(cell).text} ({name(cell.siren)})" for cell in (ordered[0], ordered[-1]))
    middle = f"médiane du réseau {median_words(field, median)}" if median is not None else _no_median()
    return f"De {low} à {high}, {middle}"


def _no_median() -> str:
    return f"sans médiane : moins de {FEWEST} valeurs comparables"


def _who(cells: Sequence[Cell], name: Name) -> str:
    return listing(name(cell.siren) for cell in cells) if len(cells) <= NAMED else f"{len(cells)} métropoles"


def _with_unit(indicator: Indicator, said: str, form: str) -> str:
    unit = unit_of(indicator, form)
    return said if unit[:1] in ("%",) or said.endswith(unit.split(" ")[0]) else nbsp(f"{said} {unit}")


def _step(indicator: Indicator, value: float, form: str) -> str:
    """A difference, signed, in points or in the unit: « −12 points »."""
    if indicator.measure == SHARE:
        said = gap(0, abs(value)).replace("aucun écart", "0 point")
    else:
        said = _with_unit(indicator, number(abs(value)), form)
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{said}"
