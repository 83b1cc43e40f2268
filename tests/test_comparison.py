"""What may be said of cells side by side, and of one metropole over time: reference values of `benchmark.md` §14."""

from __future__ import annotations

from typing import Any

import pytest

from hub.benchmark.change import ALONE, CAREFUL, GROUPED, change, segments
from hub.benchmark.comparison import NO_INTERVAL, NO_SIDE, TOO_FEW, Field, limits
from hub.benchmark.indicators import INDICATORS, PER_INHABITANTS
from hub.benchmark.intervals import Z998, poisson, wilson
from hub.benchmark.measures import Cell

PLACES = {"A": (18, 20), "B": (14, 20), "C": (30, 60), "D": (9, 30), "E": (2, 25)}
"""k and n of five metropoles whose places are known."""


def share(name: str, k: int, n: int, period: str = "2025", indicator: str = "reponse_part", **said: Any) -> Cell:
    """A comparable share."""
    low, high = wilson(k, n)
    given: dict[str, Any] = {"numerator": k, "denominator": n, "value": k / n, "low": low, "high": high}
    given |= {"state": "definitif", "grade": "A", "version": 1}
    return Cell(INDICATORS[indicator], name, period, **given | said)


def gap(period: str, name: str = "A") -> Cell:
    """A cell of which nothing was transmitted."""
    return Cell(INDICATORS["reponse_part"], name, period)


def field(*cells: Cell, nested: tuple[str, ...] = ()) -> Field:
    """These cells as one field."""
    return Field(cells[0].indicator, "2025", cells, nested)


FIVE = [share(name, k, n) for name, (k, n) in PLACES.items()]


def test_places_and_bands_are_those_of_the_reference_values() -> None:
    found = field(*FIVE)
    assert found.median == 0.5
    assert found.places == {"A": (1, 2), "B": (1, 3), "C": (2, 4), "D": (3, 5), "E": (4, 5)}
    assert found.bands(found.median) == {
        "A": "net_au_dessus",
        "B": "pas_net",
        "C": "pas_net",
        "D": "a_confirmer",
        "E": "net_au_dessous",
    }


@pytest.mark.parametrize(
    "sixth",
    [gap("2025", "F"), share("F", 30, 30, grade="C"), share("F", 30, 30, qualifier="au_moins")],
    ids=["absent", "grade C", "au moins"],
)
def test_what_cannot_be_compared_moves_neither_median_nor_place_nor_band(sixth: Cell) -> None:
    alone, found = field(*FIVE), field(*FIVE, sixth)
    assert (found.median, found.places, found.bands(0.5)) == (alone.median, alone.places, alone.bands(0.5))


def test_a_territory_inside_another_is_never_counted_beside_it() -> None:
    found = field(*FIVE, share("Plaine Commune", 30, 30), nested=("Plaine Commune",))
    assert found.median == 0.5
    assert "Plaine Commune" not in found.places
    assert "Plaine Commune" not in found.bands(0.5)


def test_fewer_than_five_comparable_cells_have_neither_median_nor_place() -> None:
    found = field(*FIVE[:4], share("E", 2, 25, grade="C"))
    assert (found.median, found.places, found.unplaced) == (None, {}, TOO_FEW)
    assert [cell.siren for cell in found.prudent] == ["E"]


def test_what_has_no_interval_or_no_better_side_is_not_placed() -> None:
    days = [Cell(INDICATORS["reponse_delai"], str(i), "2025", value=i, state="definitif", grade="A") for i in range(6)]
    known = [share(name, k, n, indicator="part_hybride") for name, (k, n) in PLACES.items()]
    assert (field(*days).unplaced, field(*days).places, field(*days).bands(3)) == (NO_INTERVAL, {}, {})
    assert (field(*known).unplaced, field(*known).places, field(*known).bands(0.5)) == (NO_SIDE, {}, {})


def test_the_limits_of_a_band_follow_the_form_of_the_cell() -> None:
    rate = Cell(INDICATORS["demarches"], "A", "2025", 22, 683_981, 22 / 6.83981, form=PER_INHABITANTS)
    low, high = limits(rate, Z998) or (0, 0)
    assert (low, high) == pytest.approx([limit / 6.83981 for limit in poisson(22, Z998)])
    assert limits(share("A", 29, 102), Z998) == pytest.approx((0.1695, 0.4360), abs=5e-5)
    assert limits(share("A", 29, 102, numerator=28.5), Z998) is None


def test_a_change_is_told_only_when_its_interval_leaves_zero() -> None:
    better = change([share("A", 12, 40, "2023"), share("A", 26, 44, "2025")])
    assert better.estimate == pytest.approx((0.2909, 0.0779, 0.4690), abs=5e-5)
    unclear = change([share("A", 12, 40, "2023"), share("A", 16, 44, "2025")]).estimate
    assert unclear is not None
    assert unclear.low < 0 < unclear.high


def test_nothing_is_compared_across_a_break() -> None:
    first, last = share("A", 12, 40, "2023"), share("A", 26, 44, "2025", flags=("rupture_serie",))
    assert change([first, last]).why == ALONE
    assert change([first, share("A", 26, 44, "2025", version=2)]).why == ALONE
    after = share("A", 30, 44, "2026", flags=())
    told = change([first, last, after])
    assert told.first is not None
    assert told.first.period == "2025"


def test_a_change_needs_intervals_and_comparable_values() -> None:
    assert change([gap("2024"), gap("2025")]).why == ALONE
    assert change([share("A", 12, 40, "2023"), share("A", 26, 44, "2025", grade="C")]).why == CAREFUL
    days = [Cell(INDICATORS["reponse_delai"], "A", year, value=9, state="definitif", grade="A") for year in "12"]
    assert change(days).why == GROUPED


def test_a_line_breaks_at_a_gap_and_at_a_break_and_keeps_isolated_values() -> None:
    series = [
        *(share("A", 5, 10, "2019"), share("A", 5, 10, "2020"), gap("2021"), share("A", 5, 10, "2022"), gap("2023")),
        *(share("A", 5, 10, "2024"), share("A", 5, 10, "2025", flags=("rupture_serie",))),
        share("A", 5, 10, "2026", version=2),
    ]
    assert [[cell.period for cell in run] for run in segments(series)] == [
        *(["2019", "2020"], ["2022"], ["2024"], ["2025"], ["2026"])
    ]
