"""A cell of the measures in words, written once: its number, why there is none, its grade and what would raise it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from hub.benchmark.indicators import DURATION, NUMBER, PER_INHABITANTS, RAW, SHARE, YES_NO, Indicator
from hub.benchmark.measures import PER, Cell, total
from hub.models.metropole import Metropole, disjoint
from hub.pages.format import nbsp, number, percentage, plural, rate, state_sign
from hub.pages.measure_checks import Check, Raise, checks_of, grade_words, raises_of
from schemas.labels import entry, label

REASONS = {
    "non_collecte": "cela existe, mais personne ne le compte",
    "non_transmis": "pas de donnée transmise",
    "non_communique": "la métropole a choisi de ne pas répondre",
    "sans_objet": "cela ne peut pas exister ici",
    "effectif_insuffisant": "trop peu de cas pour calculer : ils sont listés à la place",
    "masque": "la valeur existe et n'est pas montrée : petit effectif, ou réservée aux membres",
}
"""Why there is no value (B3), by state."""
NOTES = {
    "totaux_enonces": "Totaux énoncés par le document de la métropole : trop de statuts manquent dans les fiches.",
    "premiere_annee": "Première année : la promesse est elle-même un événement, la valeur est donc 0.",
    "difference_de_cumuls": "Différence de deux cumuls datés.",
    "total_propre": "Total donné par la métropole elle-même : ses démarches n'en donnent pas le détail.",
}
"""What must be said beside a value, by code of `notes`."""
NO_INTERVAL = "Pas d'intervalle : événements groupés."
PER_WORDS = nbsp(f"pour {number(PER)} habitants")
UNITS = {"hab": PER_WORDS, "16plus": "%"}
"""The unit of a count in its other forms."""


class CellWords:
    """All that is said of a cell, each text made when it is read: pages show hundreds of cells and few of their words.

    Texts are empty where there is nothing to say.
    """

    def __init__(self, cell: Cell) -> None:
        self.cell = cell

    @property
    def present(self) -> bool:
        """Tell whether it has a value."""
        return self.cell.present

    @cached_property
    def text(self) -> str:
        """Return « au moins 12 », « 28,4 % », « 257 jours », « oui », or the sign of its absence, « n.d. »."""
        return _text(self.cell)

    @cached_property
    def full(self) -> str:
        """Return the same with the unit of a count."""
        return _full(self.cell)

    @property
    def unit(self) -> str:
        """Return the unit, in the form of the cell."""
        return unit_of(self.cell.indicator, self.cell.form)

    @property
    def reason(self) -> str:
        """Return « n.d. — pas de donnée transmise »."""
        return "" if self.present else reason(self.cell)

    @cached_property
    def signs(self) -> str:
        """Return « (p, d) »."""
        return f"({', '.join(sign for sign, _ in self._signs)})" if self._signs else ""

    @property
    def signs_words(self) -> tuple[str, ...]:
        """Return what each sign means."""
        return tuple(f"{sign} : {words}" for sign, words in self._signs)

    @property
    def grade(self) -> str:
        """Return the letter."""
        return self.cell.grade

    @cached_property
    def grade_words(self) -> str:
        """Return « B — période décalée »."""
        return grade_words(self.cell)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Return the checks of the grade, in words."""
        return checks_of(self.cell)

    @property
    def raises(self) -> tuple[Raise, ...]:
        """Return what would raise the grade."""
        return raises_of(self.cell)

    @cached_property
    def interval(self) -> str:
        """Return « 20,6 à 37,8 % »."""
        return interval(self.cell)

    @property
    def counts(self) -> str:
        """Return « 29 sur 102 »."""
        return counts(self.cell)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what must be said beside the value."""
        return tuple(NOTES[note] for note in self.cell.notes)

    @cached_property
    def _signs(self) -> list[tuple[str, str]]:
        return _signs(self.cell) if self.present else []


def cell_words(cell: Cell) -> CellWords:
    """Return a cell in words."""
    return CellWords(cell)


def value_text(
    indicator: Indicator,
    value: float,
    numerator: float | None = None,
    below: float | None = None,
    form: str = RAW,
) -> str:
    """Return a value of an indicator without its qualifier: « 12 », « 28,4 % », « 257 jours », « oui ».

    A share known by its two counts is rounded as all shares of the hub are (`percentage`), a rate to two digits (G6).
    """
    if form == PER_INHABITANTS:
        return rate(value, "")
    if indicator.measure == YES_NO:
        return "oui" if value else "non"
    if indicator.measure == DURATION:
        return number(value, "jours", decimals=0)
    if indicator.measure != SHARE:
        return number(value)
    if numerator is not None and below and float(numerator).is_integer() and float(below).is_integer():
        return percentage(int(numerator), int(below))
    return number(value, "%")


def unit_of(indicator: Indicator, form: str = "brut") -> str:
    """Return the unit of an indicator in a form: « démarches », « pour 100 000 habitants »."""
    return UNITS[form] if form in UNITS and form in indicator.forms else indicator.unit


def reason(cell: Cell) -> str:
    """Return why a cell has no value: « n.d. — pas de donnée transmise »."""
    return f"{state_sign(cell.state)} — {REASONS[cell.state]}"


def interval(cell: Cell) -> str:
    """Return the interval of a cell at 95 %: « 20,6 à 37,8 % »; empty when its indicator has none."""
    if not cell.present or not cell.indicator.interval or cell.low is None or cell.high is None:
        return ""
    if cell.form == PER_INHABITANTS:
        return f"{rate(cell.low, '')} à {rate(cell.high, '')}"
    unit = "%" if cell.indicator.is_share else ""
    low = number(cell.low * 100 if unit else cell.low)
    return f"{low} à {number(cell.high, unit)}"


def counts(cell: Cell) -> str:
    """Return the counts behind a value: « 29 sur 102 », « 14 réunions comptées sur 20 »."""
    if cell.indicator.needs[:1] == ("meeting",) and cell.cases:
        meetings = plural(cell.known, "réunion comptée", "réunions comptées")
        return f"{number(cell.known)} {meetings} sur {number(cell.cases)}"
    known = cell.numerator is not None and cell.denominator is not None
    of_cases = cell.indicator.is_share or is_median(cell.indicator)
    if not known or not of_cases:
        return ""
    return f"{number(cell.numerator)} sur {number(cell.denominator)}"


def is_median(indicator: Indicator) -> bool:
    """Tell whether a duration is the median of those of cases; the other one is an age."""
    return indicator.measure == DURATION and indicator.minimum > 0


def coverage_words(known: int, counted: int) -> str:
    """Return « 17 métropoles sur 22 » (B7)."""
    return f"{number(known)} {plural(known, 'métropole')} sur {number(counted)}"


def covers(found: Iterable[Cell], metropoles: Iterable[Metropole]) -> str:
    """Return how many metropoles have a value, of those for which it may exist; nested territories apart (B6, B7)."""
    counted = {one.siren for one in disjoint(metropoles)}
    inside = [cell for cell in found if cell.siren in counted and cell.state != "sans_objet"]
    return coverage_words(sum(cell.present for cell in inside), len(inside))


def total_words(indicator: Indicator, found: Sequence[Cell], metropoles: Sequence[Metropole]) -> str:
    """Return the total: « au moins 1 240 démarches (17 métropoles sur 22) » (B4), or why there is none (B5)."""
    numerator, below, known, counted = total(found, metropoles)
    covers = coverage_words(known, counted)
    if indicator.measure == DURATION:
        return f"Pas de total : une durée ne s'additionne pas d'une métropole à l'autre ({covers})."
    if numerator is None:
        return f"Pas de total : aucune valeur connue ({covers})."
    if indicator.measure == YES_NO:
        return f"{number(numerator)} « oui » ({covers})"
    if indicator.measure == NUMBER and found[0].form == RAW:
        exact = known == counted and all(cell.qualifier == "exact" for cell in found if cell.present)
        return f"{'' if exact else 'au moins '}{number(numerator, indicator.unit)} ({covers})"
    return (
        f"{_quotient(found[0], numerator, below)} ({covers})" if below else f"Pas de total : rien à diviser ({covers})."
    )


def _quotient(cell: Cell, numerator: float, below: float) -> str:
    """Σ numerators ÷ Σ denominators of the known ones, never a mean: « 28,4 %, soit 29 sur 102 » (B4)."""
    scale = PER if cell.form in UNITS else 1
    said = value_text(cell.indicator, numerator / below * scale, numerator, below, cell.form)
    unit = "" if cell.indicator.is_share else f" {unit_of(cell.indicator, cell.form)}"
    return f"{said}{unit}, soit {number(numerator)} sur {number(below)}"


def _text(cell: Cell) -> str:
    if cell.value is None:
        return state_sign(cell.state)
    return _qualified(cell, value_text(cell.indicator, cell.value, cell.numerator, _below(cell), cell.form))


def _full(cell: Cell) -> str:
    if cell.value is None or cell.indicator.measure in (SHARE, DURATION, YES_NO):
        return _text(cell)
    if cell.form in cell.indicator.forms and cell.form in UNITS:
        return f"{_text(cell)} {UNITS[cell.form]}"
    return _qualified(cell, number(cell.value, cell.indicator.unit))


def _qualified(cell: Cell, said: str) -> str:
    if cell.qualifier == "fourchette" and cell.low is not None and cell.high is not None:
        return f"entre {number(cell.low)} et {number(cell.high)}"
    return qualified(cell.qualifier, said)


def qualified(qualifier: str, said: str) -> str:
    """Return a number with its qualifier before it: « au moins 12 »; a range without its bounds is « environ »."""
    if qualifier == "exact":
        return said
    return f"{label('qualificatif', 'environ' if qualifier == 'fourchette' else qualifier).lower()} {said}"


def _below(cell: Cell) -> float | None:
    return cell.denominator if cell.indicator.is_share else None


def _signs(cell: Cell) -> list[tuple[str, str]]:
    """The signs of the state, then of the flags, each with its label; a plain value has none."""
    coded = [("etat_valeur", cell.state), *(("drapeau", flag) for flag in cell.flags)]
    found = [(str(entry(liste, code)["signe"] or ""), label(liste, code).lower()) for liste, code in coded]
    return [(sign, words) for sign, words in found if sign]
