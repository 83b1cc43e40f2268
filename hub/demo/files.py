"""The files that a territory leaves at an address: démarches as a table, what an older platform exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hub.demo import words
from hub.demo.exchange import NOT_FOUND, Reply, Request
from hub.demo.things import Demarche, Territory

_DEMARCHES = (
    "identifiant", "titre", "resume", "type", "themes", "territoire", "date_debut", "date_fin", "etat", "url",
    "nb_participants", "service instructeur", "courriel",
)  # fmt: skip
_EVENTS = ("_id", "id", "title", "body", "author_id", "created_at", "is_enabled", "start_at", "end_at", "address",
           "city", "lat", "lng")  # fmt: skip


class File(NamedTuple):
    """One file, at one address."""

    path: str
    media_type: str
    body: bytes

    def reply(self, request: Request) -> Reply:
        """Answer the file."""
        return Reply(200, self.body, self.media_type) if request.path == self.path else NOT_FOUND


def demarches(place: Territory) -> File:
    """Return the démarches in the hub's template, kept by hand: a last line adds them up, and two are badly filled."""
    good = [_demarche(place, one) for one in place.demarches]
    hurried = (
        ("D-1", "", "À compléter.", "Concertation préalable", "Mobilités", "Centre", "2025-01-06", "", "", "", ""),
        ("D-2", "Démarche aux dates inversées", words.NOTICE, "Concertation préalable", "Mobilités", "Centre",
         "2025-06-30", "2025-01-06", "Terminée", "", ""),
        ("Total", str(len(good)), "", "", "", "", "", "", "", "", ""),
    )  # fmt: skip
    rows = (*good, *((*row, "Mission participation", "") for row in hurried))
    return _table("/demarches.csv", _DEMARCHES, rows, ";")


def events(place: Territory) -> File:
    """Return the meetings as a Cap Collectif administrator exports them."""
    rows = (
        (number, f"ancien-{number}", f"{what} – {theme.name}", words.NOTICE, words.CANARY,
         f"{place.today.year - 4}-01-05 09:00:00", "1", f"{place.today.year - 4}-{1 + number % 12:02}-12 18:30:00", "",
         room, place.name, place.lat, place.lon)
        for number, (what, theme, room) in enumerate(
            (what, theme, room)
            for theme, room in zip(words.THEMES, words.PLACES, strict=False) for what in words.GATHERINGS
        )
    )  # fmt: skip
    return _table("/events.csv", _EVENTS, rows, ",")


def _demarche(place: Territory, one: Demarche) -> Sequence[object]:
    over = one.ends is not None and one.ends < place.today
    state = "À venir" if one.starts > place.today else "Terminée" if over else "En cours"
    counted = "nc" if one.participants is None else one.participants
    return (
        f"D{one.id}", one.title, one.summary, one.form, one.theme, one.district, one.starts, one.ends or "", state,
        f"https://{place.slug}.demonstration.invalid/demarches/{one.id}", counted, "Mission participation",
        "camille.canari@demonstration.invalid",
    )  # fmt: skip


def _table(path: str, columns: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str) -> File:
    text = io.StringIO()
    table = csv.writer(text, delimiter=delimiter)
    table.writerow(columns)
    table.writerows(rows)
    return File(path, "text/csv; charset=utf-8", text.getvalue().encode())
