"""Delays: what still waits is counted, an approximate date is said to be one, nothing is a mean of the answered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from hub.benchmark.answering import paired
from hub.benchmark.delays import Clock, Share, answers, clock, counted, delay, in_window
from hub.benchmark.promise import days_since, last_news, promise_clock, silent, status_at

AS_OF = date(2026, 6, 30)
DATED_SET = (
    ("2023-09-15", "2023-12-10"), ("2023-11-20", None), ("2024-02-01", "2024-10-15"), ("2024-06-30", "2024-12-20"),
    ("2024-10-10", None), ("2025-01-15", "2025-05-05"), ("2025-06-30", "2026-03-31"), ("2025-12-29", None),
    ("2026-01-20", "2026-03-21"), ("2026-05-05", None),
)  # fmt: skip
PROMISES = (
    ("2024-07-01", "realise", "2025-01-10"), ("2024-07-01", "realise", "2025-12-01"), ("2024-07-01", "en_cours", None),
    ("2024-07-01", "abandonne", "2024-11-01"), ("2025-01-15", "realise", "2026-01-15"),
    ("2025-01-15", "a_ouvrir", None),
)  # fmt: skip


def avis(*dates: tuple[str, str | None]) -> list[Clock]:
    """The clocks of avis handed over and answered on these days."""
    return [clock(str(rank), "244400404", since, until) for rank, (since, until) in enumerate(dates)]


def waited(days: int, as_of: date = AS_OF, answered_after: int | None = None) -> Clock:
    """The clock of an avis handed over so many days ago."""
    since = as_of - timedelta(days=days)
    return Clock("avis", None, since, None if answered_after is None else since + timedelta(days=answered_after))


def promise(since: str, status: str, on: str | None) -> dict[str, Any]:
    """A commitment whose history holds the day of its last status."""
    return {"promised_on": since, "status": status, "history": [{"on": on, "status": status}] if on else []}


def test_the_dated_set_gives_the_shares_the_curve_and_the_median_of_the_specification() -> None:
    said = answers(avis(*DATED_SET), AS_OF)
    assert said.part == Share(6, 10, estimated=False)
    assert said.six_months == Share(3, 8, estimated=False)
    assert said.twelve_months == Share(5, 7, estimated=False)
    assert [step.days for step in said.delay.steps] == [60, 86, 110, 173, 257, 274]
    left = [step.share_left for step in said.delay.steps]
    assert left == pytest.approx([0.8889, 0.7778, 0.6667, 0.5556, 0.4167, 0.2778], abs=5e-5)
    assert said.delay.median == (257, True)


def test_two_quick_answers_among_eight_silent_avis_are_two_in_ten_and_no_median_is_reached() -> None:
    """B26: never « délai moyen 50 jours »."""
    quick = [waited(300, answered_after=40), waited(400, answered_after=60)]
    still = [waited(days) for days in (200, 250, 300, 350, 400, 500, 600, 700)]
    said = answers([*quick, *still], AS_OF)
    assert said.six_months == Share(2, 10, estimated=False)
    assert said.delay.median == (700, False)


def test_commitments_give_the_durations_and_the_median_of_the_specification() -> None:
    told = [promise_clock(promise(*each), each[1], str(rank), None) for rank, each in enumerate(PROMISES)]
    found = delay([each for each in told if each], AS_OF)
    assert sorted(found.answered) == [193, 365, 518]
    assert sorted(found.running) == [531, 729, 729]
    assert found.median == (518, True)


def test_a_month_counts_as_its_fifteenth_and_says_that_it_is_estimated() -> None:
    """The Convention citoyenne de Nantes: avis « MARS 2021 », answer « JUILLET 2021 »."""
    found = delay(avis(("2021-03", "2021-07")), date(2021, 12, 31))
    assert found.answered == (122,)
    assert found.estimated


def test_a_year_alone_counts_as_nothing() -> None:
    assert counted("2021") is None
    with pytest.raises(ValueError, match="known to the month"):
        clock("avis", None, "2021")
    assert delay([clock("avis", None, "2025-03-01", "2025")], AS_OF).undated == 1


def test_an_answer_on_the_last_day_counts_and_one_on_the_next_day_does_not() -> None:
    assert answers([waited(183, answered_after=183), waited(300, answered_after=184)], AS_OF).six_months.numerator == 1


def test_an_avis_of_182_days_is_not_asked_whether_it_was_answered_in_six_months() -> None:
    assert answers([waited(182), waited(183)], AS_OF).six_months.denominator == 1


def test_an_avis_on_the_day_of_observation_is_in_the_window_and_one_of_36_months_before_is_not() -> None:
    mine = avis(("2023-06-30", None), ("2023-07-01", None), ("2026-06-30", None), ("2026-07-01", None))
    assert [each.since.isoformat() for each in in_window(mine, AS_OF)] == ["2023-07-01", "2026-06-30"]


def test_a_window_that_ends_on_the_29th_of_february_begins_on_the_28th() -> None:
    mine = avis(("2025-02-28", None), ("2025-03-01", None))
    assert [each.since.isoformat() for each in in_window(mine, date(2028, 2, 29))] == ["2025-03-01"]


def test_an_answer_that_came_after_the_day_of_observation_had_not_come_yet() -> None:
    found = delay(avis(("2025-01-01", "2026-07-01")), AS_OF)
    assert not found.answered
    assert found.running == (545,)


def test_an_answer_without_a_date_is_an_answer_and_has_no_delay() -> None:
    said = answers([clock("avis", None, "2025-01-01", ended=True)], AS_OF)
    assert said.part.numerator == 1
    assert said.twelve_months.denominator == 0
    assert (said.delay.followed, said.delay.undated) == (0, 1)


def test_an_answer_dated_before_its_avis_has_no_delay_but_one_of_the_same_month_has() -> None:
    assert clock("avis", None, "2025-03-20", "2025-02-10").undated
    assert delay(avis(("2025-03-20", "2025-03")), AS_OF).answered == (0,)


def test_what_is_realised_without_a_date_is_counted_aside() -> None:
    undated = promise_clock({"promised_on": "2024-07-01"}, "realise", "a", None)
    assert undated is not None
    assert (delay([undated], AS_OF).followed, delay([undated], AS_OF).undated) == (0, 1)
    assert promise_clock({"promised_on": "2024"}, "realise", "a", None) is None


def test_a_commitment_opened_again_is_not_kept() -> None:
    told = promise("2024-07-01", "realise", "2025-01-10")
    told["history"].append({"on": "2025-06-01", "status": "en_cours"})
    found = promise_clock(told, "en_cours", "a", None)
    assert found == Clock("a", None, date(2024, 7, 1))


def test_a_past_day_reads_the_status_that_was_declared_then() -> None:
    told = {
        "status": "realise",
        "history": [{"on": "2024-05", "status": "en_cours"}, {"on": "2025-02-01", "status": "realise"}],
    }
    assert status_at(told, AS_OF, AS_OF) == "realise"
    assert status_at(told, date(2024, 12, 31), AS_OF) == "en_cours"
    assert status_at(told, date(2024, 1, 1), AS_OF) == "inconnu"


def test_an_open_commitment_is_silent_after_365_days_without_a_dated_event() -> None:
    told = {"status": "en_cours", "promised_on": "2024-01-10", "history": [{"on": "2025-06-30"}]}
    assert silent(told, "en_cours", AS_OF)
    assert not silent(told, "en_cours", AS_OF - timedelta(days=1))
    assert not silent(told, "abandonne", AS_OF)
    assert silent({}, "inconnu", AS_OF)


def test_an_event_known_to_its_year_only_makes_nobody_silent_before_that_year_is_over() -> None:
    told = {"status": "a_ouvrir", "history": [{"on": "2025"}]}
    assert last_news(told, AS_OF) == "2025"
    assert days_since("2025", AS_OF) == 181
    assert not silent({"history": [{"on": "2026-06"}]}, "en_cours", AS_OF - timedelta(days=9))
    assert not silent(told, "a_ouvrir", AS_OF)


class Told:
    """A step of a démarche, as short as can be said."""

    def __init__(self, name: str, stage: str, **data: str) -> None:
        self.remote_id, self.data = name, {"stage": stage, **data}


def test_an_answer_belongs_to_the_avis_it_names_else_to_the_only_one() -> None:
    one, two = Told("1", "avis_citoyen"), Told("2", "avis_citoyen")
    alone, named = Told("r", "reponse_argumentee"), Told("r", "reponse_argumentee", follows_id="2")
    assert [pair.answer for pair in paired([one, alone])] == [alone]
    assert [(pair.answer, pair.lost) for pair in paired([one, two, named])] == [(None, False), (named, False)]
    assert [(pair.answer, pair.lost) for pair in paired([one, two, alone])] == [(None, True), (None, True)]


def test_of_two_answers_to_one_avis_the_first_published_counts() -> None:
    avis, late = Told("1", "avis_citoyen"), Told("b", "reponse_argumentee", delivered_on="2025-06-01")
    first, undated = Told("a", "reponse_argumentee", delivered_on="2025-02"), Told("c", "reponse_argumentee")
    assert paired([avis, late, undated, first])[0].answer is first


def test_an_answer_that_is_only_announced_is_not_published() -> None:
    avis = Told("1", "avis_citoyen", delivered_on="2025-01-01")
    coming = Told("r", "reponse_argumentee", state="a_venir", follows_id="1")
    assert not paired([avis, coming])[0].published
    assert not paired([avis, Told("r", "reponse_argumentee", follows_id="1")])[0].published
    stated = Told("1", "avis_citoyen", delivered_on="2025-01-01", answer_status="publiee")
    told = paired([stated])[0].clock("a", None)
    assert told is not None
    assert told.undated
