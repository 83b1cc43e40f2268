"""The feeds connector reading calendars: dates, zones, series, Decidim, hostile ones."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

import schemas
from connectors import feeds
from connectors.base import Checkpoint, Endpoint, Item, Record, RecordRefused, SourceChanged, SourceDown
from connectors.feeds_ical import calendars, duration, unfolded
from connectors.feeds_recurrence import occurrences, window
from connectors.fetch import Fetch, Manners
from tests.platforms.feeds import CANARIES, ICS, Site, event, ics, zone

Start = Callable[..., Site]
DECIDIM = "https://participer.exemple.fr/processes/rue/f/12/meetings/{}"


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Site] = []

    def begin(content: bytes, kind: str = ICS) -> Site:
        running.append(Site({"/agenda": (kind, content)}))
        return running[-1]

    yield begin
    for site in running:
        site.close()


def read(site: Site) -> list[Item]:
    fetch = Fetch(Manners(pace=0, private=True, retries=()))
    return list(feeds.harvest(Endpoint(f"{site.url}/agenda"), fetch))


def records(items: list[Item]) -> list[Record]:
    found = [each for each in items if isinstance(each, Record)]
    for record in found:
        assert schemas.check(record.kind, schemas.complete(record.kind, record.data)) == []
    assert not any(canary in str(items) for canary in CANARIES)
    return found


def rules(items: list[Item]) -> list[str]:
    return [each.rule for each in items if isinstance(each, RecordRefused)]


def starts(items: list[Item]) -> list[str]:
    return [record.data["starts_at"] for record in records(items)]


def test_an_event_is_a_meeting_without_its_organiser_and_its_guests(start: Start) -> None:
    lines = (
        "DTEND:20260512T180000Z", "SUMMARY:Atelier\\, rue \\; place", "DESCRIPTION:Venez\\nà pied\\\\n",
        "LOCATION:Maison\\, 3 rue Haute", "GEO:47.24;-1.55", "URL:https://ville.exemple.fr/a", "STATUS:CONFIRMED",
    )  # fmt: skip
    items = read(start(ics(event(*lines))))
    assert records(items) == [
        Record(
            "meeting",
            "un@exemple.fr",
            {
                "title": "Atelier, rue ; place",
                "description": "Venez\nà pied\\n",
                "starts_at": "2026-05-12T16:00:00Z",
                "ends_at": "2026-05-12T18:00:00Z",
                "location": {"label": "Maison, 3 rue Haute", "lat": 47.24, "lon": -1.55},
                "cancelled": False,
                "url": "https://ville.exemple.fr/a",
            },
            "/VEVENT[1]",
        )
    ]
    assert items[-1] == Checkpoint("1", end=True)


def test_lines_are_unfolded_even_in_the_middle_of_a_letter(start: Start) -> None:
    content = ics(event("SUMMARY:Réunion d'été")).replace("é".encode(), b"\xc3\r\n \xa9")
    assert records(read(start(content)))[0].data["title"] == "Réunion d'été"
    assert (
        records(read(start(ics(event("SUMMARY:Réu\r\n\tnion")).replace(b"\r\n", b"\n"))))[0].data["title"] == "Réunion"
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("DTSTART:20260512T160000Z", "2026-05-12T16:00:00Z"),
        ("DTSTART:20260512T180000", "2026-05-12T16:00:00Z"),
        ("DTSTART:20261212T180000", "2026-12-12T17:00:00Z"),
        ("DTSTART;TZID=Europe/London:20260512T180000", "2026-05-12T17:00:00Z"),
        ('DTSTART;TZID="Europe/London":20260512T180000', "2026-05-12T17:00:00Z"),
        ("DTSTART;TZID=Heure d'ailleurs:20260512T180000", "2026-05-12T17:00:00Z"),
        ("DTSTART;TZID=Heure d'ailleurs:20261212T180000", "2026-12-12T18:00:00Z"),
        ("DTSTART;VALUE=DATE:20260512", "2026-05-12"),
        ("dtstart:20260512T160060Z", "2026-05-12T16:00:59Z"),
    ],
)
def test_a_time_is_read_in_its_zone_and_in_that_of_paris_when_it_floats(start: Start, line: str, expected: str) -> None:
    assert starts(read(start(ics(event(start=line), zones=zone("Heure d'ailleurs"))))) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "DTSTART;TZID=Nulle/Part:20260512T180000",
        "DTSTART;TZID=../../etc/passwd:20260512T180000",
        "DTSTART:demain",
        "DTSTART:20260231T180000Z",
        "DTSTART:09990101T000000Z",
        "DTSTART;VALUE=DATE:20261301",
    ],
)
def test_a_time_that_cannot_be_read_refuses_its_event(start: Start, line: str) -> None:
    items = read(start(ics(event(start=line), event(uid="deux"))))
    assert rules(items) == ["date_invalide"]
    assert [record.remote_id for record in records(items)] == ["deux"]


def test_two_calendars_may_call_two_zones_by_one_name(start: Start) -> None:
    line = "DTSTART;TZID=Locale:20261212T180000"
    other = zone("Locale").replace("+0000", "+0500").replace("+0100", "+0600")
    assert starts(read(start(ics(event(start=line), zones=zone("Locale"))))) == ["2026-12-12T18:00:00Z"]
    assert starts(read(start(ics(event(start=line), zones=other)))) == ["2026-12-12T13:00:00Z"]


@pytest.mark.parametrize(
    ("begins", "line", "expected"),
    [
        ("DTSTART;VALUE=DATE:20260512", "DTEND;VALUE=DATE:20260514", "2026-05-13"),
        ("DTSTART;VALUE=DATE:20260512", "DTEND;VALUE=DATE:20260513", "2026-05-12"),
        ("DTSTART;VALUE=DATE:20260512", "DTEND;VALUE=DATE:20260512", "2026-05-12"),
        ("DTSTART;VALUE=DATE:20260512", "DURATION:P1W", "2026-05-18"),
        ("DTSTART;VALUE=DATE:20260512", "DTEND:20260512T180000Z", None),
        ("DTSTART:20260512T160000Z", "DURATION:PT1H30M", "2026-05-12T17:30:00Z"),
        ("DTSTART:20260328T180000", "DURATION:P1D", "2026-03-29T16:00:00Z"),
        ("DTSTART:20260328T180000", "DURATION:PT24H", "2026-03-29T17:00:00Z"),
        ("DTSTART:20260512T160000Z", "", None),
    ],
)
def test_the_end_is_the_last_day_or_the_instant(start: Start, begins: str, line: str, expected: str | None) -> None:
    (record,) = records(read(start(ics(event(line, start=begins)))))
    assert record.data.get("ends_at") == expected


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("DTEND:20260512T150000Z", "dates_inversees"),
        ("DURATION:-PT1H", "dates_inversees"),
        ("DURATION:longtemps", "date_invalide"),
        ("DURATION:P99999W", ""),
        ("DURATION:P999999D", "date_invalide"),
    ],
)
def test_an_end_that_cannot_be_refuses_its_event(start: Start, line: str, rule: str) -> None:
    assert rules(read(start(ics(event(line))))) == ([rule] if rule else ["date_invalide"])


def test_an_event_without_identifier_title_or_start_is_refused(start: Start) -> None:
    items = read(start(ics(event(uid=""), event("SUMMARY:"), event(uid="3", start=""), event(uid="x" * 201))))
    assert rules(items) == ["identifiant_manquant", "champ_manquant", "champ_manquant", "identifiant_invalide"]
    assert records(items) == []


def test_a_private_event_never_enters(start: Start) -> None:
    items = read(
        start(ics(event("CLASS:PRIVATE"), event("CLASS:CONFIDENTIAL", uid="2"), event("CLASS:PUBLIC", uid="3")))
    )
    assert [record.remote_id for record in records(items)] == ["3"]
    assert rules(items) == []


def test_a_cancelled_meeting_is_said_so(start: Start) -> None:
    found = records(read(start(ics(event("STATUS:CANCELLED"), event("STATUS:TENTATIVE", uid="2")))))
    assert [record.data.get("cancelled") for record in found] == [True, None]


def test_an_event_sent_again_replaces_what_it_was(start: Start) -> None:
    again = event("SEQUENCE:2", "SUMMARY:Reporté")
    (record,) = records(read(start(ics(again, event("SEQUENCE:1", "SUMMARY:Prévu")))))
    assert record.data["title"] == "Reporté"


def test_a_description_in_html_becomes_text_and_e_mail_addresses_are_taken_out(start: Start) -> None:
    lines = ("DESCRIPTION:<p>Écrire à canari@exemple.fr</p><ul><li>Un</li></ul>", "LOCATION:canari@exemple.fr")
    (record,) = records(read(start(ics(event(*lines)))))
    assert record.data["description"] == "Écrire à [adresse masquée]\n\n- Un"
    assert record.data["location"] == {"label": "[adresse masquée]"}


@pytest.mark.parametrize("geo", ["0;0", "91;0", "nord;sud", "47.2", "47.2;1e9"])
def test_coordinates_that_are_none_are_left_out(start: Start, geo: str) -> None:
    assert "location" not in records(read(start(ics(event(f"GEO:{geo}")))))[0].data


# Series


def test_a_series_is_a_meeting_a_date_at_the_same_local_time_in_summer_and_winter(start: Start) -> None:
    begins = "DTSTART;TZID=Europe/Paris:20261013T183000"
    items = read(start(ics(event("RRULE:FREQ=WEEKLY;COUNT=3", "DURATION:PT2H", start=begins))))
    found = records(items)
    assert starts(items) == ["2026-10-13T16:30:00Z", "2026-10-20T16:30:00Z", "2026-10-27T17:30:00Z"]
    assert found[2].data["ends_at"] == "2026-10-27T19:30:00Z"
    assert [record.remote_id for record in found] == [
        "un@exemple.fr:20261013T163000Z", "un@exemple.fr:20261020T163000Z", "un@exemple.fr:20261027T173000Z",
    ]  # fmt: skip


def test_a_series_is_shown_from_a_year_back_to_two_years_ahead_of_the_day_of_the_answer(start: Start) -> None:
    site = start(ics(event("RRULE:FREQ=DAILY", start="DTSTART:20200101T120000Z")))
    found = starts(read(site))
    assert (found[0], found[-1]) == ("2025-03-01T12:00:00Z", "2028-03-31T12:00:00Z")
    site.day = "Sun, 29 Feb 2032 10:00:00 GMT"
    found = starts(read(site))
    assert (found[0], found[-1]) == ("2031-02-01T12:00:00Z", "2034-02-28T12:00:00Z")


def test_without_the_day_of_the_answer_the_window_stands_on_the_dates_of_the_calendar(start: Start) -> None:
    site = start(ics(event("RRULE:FREQ=DAILY", start="DTSTART:20200101T120000Z")))
    site.day = "jadis"
    assert starts(read(site))[0] == "2025-02-01T12:00:00Z"


def test_an_event_that_does_not_repeat_is_read_whatever_its_date(start: Start) -> None:
    assert starts(read(start(ics(event(start="DTSTART:20120512T160000Z"))))) == ["2012-05-12T16:00:00Z"]


@pytest.mark.parametrize(
    ("begins", "lines", "days"),
    [
        ("DTSTART:20260512T160000Z", ["RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20260519T160000Z"], ["12", "26"]),
        (
            "DTSTART:20260512T180000",
            ["RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;TZID=Europe/Paris:20260519T180000"],
            ["12", "26"],
        ),
        ("DTSTART:20260512T180000", ["RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;VALUE=DATE:20260512,20260519"], ["26"]),
        ("DTSTART;VALUE=DATE:20260512", ["RRULE:FREQ=DAILY;UNTIL=20260514"], ["12", "13", "14"]),
        ("DTSTART:20260512T180000", ["RRULE:FREQ=DAILY;UNTIL=20260513T160000Z"], ["12", "13"]),
        ("DTSTART:20260512T180000", ["RRULE:FREQ=DAILY;UNTIL=20260513"], ["12", "13"]),
        ("DTSTART:20260512T180000", ["RDATE:20260514T180000,20260515T180000"], ["12", "14", "15"]),
        ("DTSTART:20260512T180000", ["RDATE;VALUE=PERIOD:20260514T180000/PT1H"], ["12", "14"]),
        ("DTSTART:20260501T180000", ["RRULE:FREQ=MONTHLY;BYDAY=2TU;COUNT=1"], ["01", "12"]),
        ("DTSTART:20260529T180000", ["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=1"], ["29"]),
    ],
)
def test_a_series_follows_its_rules_and_exceptions(
    start: Start, begins: str, lines: list[str], days: list[str]
) -> None:
    found = starts(read(start(ics(event(*lines, start=begins)))))
    assert [day[:10] for day in found] == [f"2026-05-{day}" for day in days]


def test_a_date_of_a_series_that_was_moved_keeps_its_identity(start: Start) -> None:
    series = event("RRULE:FREQ=WEEKLY;COUNT=2", start="DTSTART:20260512T180000")
    moved = event("RECURRENCE-ID:20260519T160000Z", "SUMMARY:Ailleurs", start="DTSTART:20260520T180000")
    found = {record.remote_id[-16:]: record.data for record in records(read(start(ics(moved, series))))}
    assert {name: data["starts_at"] for name, data in found.items()} == {
        "20260512T160000Z": "2026-05-12T16:00:00Z",
        "20260519T160000Z": "2026-05-20T16:00:00Z",
    }
    assert found["20260519T160000Z"]["title"] == "Ailleurs"


@pytest.mark.parametrize(
    "lines",
    [
        ["RRULE:FREQ=SECONDLY"],
        ["RRULE:FREQ=HOURLY"],
        ["RRULE:FREQ=DAILY;INTERVAL=0"],
        ["RRULE:FREQ=DAILY;BYSECOND=1,2,3"],
        ["RRULE:COUNT=3"],
        ["RRULE:FREQ=WEEKLY;FREQ=DAILY"],
        ["RRULE:FREQ=MONTHLY;BYDAY=99MO"],
        ["RRULE:FREQ=YEARLY;BYMONTH=13"],
        ["RRULE:FREQ=YEARLY;RSCALE=CHINESE"],
        ["RRULE:FREQ=DAILY;UNTIL=toujours"],
        ["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"],
        ["RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY"],
        ["RRULE:FREQ=DAILY", "EXDATE:jamais"],
        ["RECURRENCE-ID;RANGE=THISANDFUTURE:20260512T160000Z"],
        ["RECURRENCE-ID:jamais"],
    ],
)
def test_a_rule_that_cannot_be_followed_refuses_its_series_alone(start: Start, lines: list[str]) -> None:
    items = read(start(ics(event(*lines), event(uid="deux"))))
    assert rules(items) in (["date_invalide"], ["valeur_refusee"])
    assert [record.remote_id for record in records(items)] == ["deux"]


RULES = st.builds(
    lambda *parts: ";".join(part for part in parts if part),
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY"]),
    st.sampled_from(["", "INTERVAL=2", "INTERVAL=3"]),
    st.sampled_from(["", "BYDAY=MO", "BYDAY=TU,FR"]),
    st.sampled_from(["", "BYMONTH=2", "BYMONTH=2,7"]),
    st.sampled_from(["", "BYMONTHDAY=29", "BYMONTHDAY=-1,13"]),
    st.sampled_from(["", "COUNT=5", "BYSETPOS=-1"]),
)


@settings(deadline=None, max_examples=60)
@given(RULES, st.dates(date(1990, 1, 1), date(2030, 12, 31)))
def test_rules_followed_some_cycles_later_fall_on_the_same_days(rule: str, day: date) -> None:
    start, until = datetime(day.year, day.month, day.day, 18), datetime(2034, 1, 1)
    expected: list[datetime] = []
    for each in rrulestr(rule, dtstart=start):
        if each > until:
            break
        expected.append(each)
    assert list(occurrences(rule, start, until, None)) == expected


@given(st.dates(date(1900, 1, 1), date(2800, 1, 1)))
def test_the_window_holds_a_year_back_and_two_ahead(day: date) -> None:
    first, after = window(day)
    assert first <= day - timedelta(days=365)
    assert after > day + timedelta(days=730)
    assert (after - first).days <= 365 * 3 + 62


# Decidim


def test_a_calendar_of_decidim_without_meeting_is_an_empty_one(start: Start) -> None:
    assert read(start(b"", "type/calendar")) == [Checkpoint("1", end=True)]
    assert read(start(b" \r\n", "text/calendar")) == [Checkpoint("1", end=True)]


def test_a_meeting_of_decidim_keeps_its_identity_when_its_uid_changes(start: Start) -> None:
    for uid in ("a1", "b2"):
        url = f"URL;VALUE=URI:{DECIDIM.format(7)}"
        items = read(start(ics(event(url, uid=uid)), "type/calendar"))
        assert [record.remote_id for record in records(items)] == ["meeting-7"]
        items = read(start(ics(event(url, uid=uid))))
        assert [record.remote_id for record in records(items)] == ["meeting-7"], "a proxy may change the type"


def test_an_event_of_decidim_without_number_is_refused_rather_than_known_by_its_uid(start: Start) -> None:
    items = read(start(ics(event(), event("URL:https://exemple.fr/m/12/")), "type/calendar"))
    assert rules(items) == ["identifiant_manquant"]
    assert [record.remote_id for record in records(items)] == ["meeting-12"]


# Calendars that are none, and hostile ones


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (ics(event())[:-20], SourceDown, "coupé"),
        (ics(event())[:-35], SourceDown, "coupé"),
        (ics() + b"<html>", SourceDown, "coupé"),
        (ics(event()).replace(b"END:VEVENT", b"END:AUTRE"), SourceChanged, "mal écrit"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nEND:VCALENDAR", SourceChanged, "mal écrit"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 50 + b"END:VCALENDAR", SourceChanged, "imbriqué"),
        (b"BEGIN:VCALENDAR\n" + ics(), SourceChanged, "mal écrit"),
        (ics(event("SUMMARY:Atelier")).replace(b"Atelier", b"\xe9t\xe9"), SourceChanged, "encodage"),
        (ics(*(event("RRULE:FREQ=DAILY", uid=str(n)) for n in range(501))), SourceChanged, "500"),
    ],
)
def test_what_is_no_calendar_stops_the_walk_in_french(
    start: Start, content: bytes, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        read(start(content))


def test_a_zone_whose_clocks_change_every_second_is_refused(start: Start) -> None:
    line = "DTSTART;TZID=Folle:20260512T180000"
    assert rules(read(start(ics(event(start=line), zones=zone("Folle", "FREQ=SECONDLY"))))) == ["date_invalide"]
    assert rules(read(start(ics(event(start=line), zones=zone("Folle").replace("+0100", "un"))))) == ["date_invalide"]


@pytest.mark.parametrize(
    "rule",
    ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;INTERVAL=7;BYDAY=WE", "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6"],
)
def test_a_rule_that_never_falls_is_followed_in_a_short_time(rule: str) -> None:
    began = time.monotonic()
    assert list(occurrences(rule, datetime(2026, 5, 12), datetime(2028, 1, 1), None)) == []
    assert time.monotonic() - began < 2


def test_a_rule_of_too_many_dates_is_refused(start: Start) -> None:
    assert rules(read(start(ics(event("RRULE:FREQ=DAILY", start="DTSTART:10000101T120000Z"))))) == ["date_invalide"]


@pytest.mark.parametrize(
    "content",
    [
        "A;" * 100_000,
        'A;B="' * 50_000,
        "A:" + "\\" * 200_000,
        "A;B=" + ",".join("c" * 50_000) + ":d",
        "\r\n ".join("x" * 50_000),
        "P" + "1" * 100_000,
    ],
)
def test_no_line_however_written_slows_the_reading(content: str) -> None:
    began = time.monotonic()
    text = unfolded(f"BEGIN:VCALENDAR\r\nUID:{content}\r\n{content}\r\nEND:VCALENDAR".encode()).decode()
    calendars(text)[0].text("UID")
    with pytest.raises(ValueError, match=re.escape(content[:1])):
        duration(content)
    assert time.monotonic() - began < 2


def test_ten_megabytes_of_events_are_read_in_bounded_time(start: Start) -> None:
    one = event("DTEND:20260512T180000Z")
    count = 1_000_000 // len(one)
    began = time.monotonic()
    items = read(start(ics(*(event("DTEND:20260512T180000Z", uid=str(n)) for n in range(count)))))
    assert len(items) == count + 1
    assert time.monotonic() - began < 6, "a tenth of the cap, on a slow machine"
