"""A simulated site with feeds, calendars and maps on a loopback port, with the misbehaviours of real ones."""

from __future__ import annotations

from tests.platforms.server import Loopback, Quiet

CANARIES = ("Camille Canari", "canari@exemple.fr")
DAY = "Sun, 01 Mar 2026 10:00:00 GMT"
RSS, ATOM, ICS = "application/rss+xml", "application/atom+xml", "text/calendar; charset=utf-8"
Answer = tuple[int, str, bytes]


class Site(Loopback):
    """A site: what each path answers. `day` is the date that it says it answers at; `asked`, the paths asked."""

    def __init__(self, pages: dict[str, tuple[str, bytes] | Answer] | None = None) -> None:
        self.pages, self.day, self.asked = pages or {}, DAY, list[str]()
        site = self

        class Handler(Quiet):
            def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - the base class gives it
                return site.day

            def do_GET(self) -> None:
                site.asked.append(self.path)
                found = site.pages.get(self.path, (404, "text/html", b"<html>Perdu</html>"))
                status, kind, body = found if len(found) == 3 else (200, *found)
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        self.serve(Handler)


def item(guid: str = "<guid>actu-1</guid>", **parts: str) -> str:
    """An item of a feed; its author must never be read."""
    known = {"title": "Une fête", "link": "https://ville.exemple.fr/actualites/12-fete", **parts}
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in known.items() if value)
    name, mail = CANARIES
    return f"<item>{guid}{inside}<author>{mail} ({name})</author><dc:creator>{name}</dc:creator></item>"


def rss(*items: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    space = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    mail = CANARIES[1]
    channel = f"<title>Actualités</title><managingEditor>{mail}</managingEditor>{''.join(items)}"
    return f'{head}<rss version="2.0" {space}><channel>{channel}</channel></rss>'.encode()


def atom(*entries: str) -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Fil</title>{"".join(entries)}</feed>'.encode()


def entry(inside: str) -> str:
    name, mail = CANARIES
    return f"<entry>{inside}<author><name>{name}</name><email>{mail}</email></author></entry>"


def event(*lines: str, uid: str = "un@exemple.fr", start: str = "DTSTART:20260512T160000Z") -> str:
    """An event; its organiser and those it invites must never be read, nor its alarm."""
    name, mail = CANARIES
    persons = (
        f'ORGANIZER;CN="{name}":mailto:{mail}', f"ATTENDEE;CN={name}:mailto:{mail}", f"CONTACT:{name}",
        "BEGIN:VALARM", "TRIGGER:-PT15M", f"DESCRIPTION:{name}", "DURATION:PT9H", "END:VALARM",
    )  # fmt: skip
    known = [f"UID:{uid}", "DTSTAMP:20260201T080000Z", start, *lines]
    known += [] if any(line.startswith("SUMMARY") for line in lines) else ["SUMMARY:Atelier"]
    return "\r\n".join(["BEGIN:VEVENT", *(line for line in known if line), *persons, "END:VEVENT", ""])


def ics(*events: str, zones: str = "") -> bytes:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Ville//FR\r\n"
    return f"{head}{zones}{''.join(events)}END:VCALENDAR\r\n".encode()


def zone(name: str, rule: str = "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU") -> str:
    """A zone that a calendar defines itself: an hour late on Paris, with summer time."""
    lines = (
        "BEGIN:VTIMEZONE", f"TZID:{name}", "X-LIC-LOCATION:Ailleurs",
        "BEGIN:STANDARD", "DTSTART:19961027T030000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0000", "TZNAME:A",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD",
        "BEGIN:DAYLIGHT", "DTSTART:19960331T020000", "TZOFFSETFROM:+0000", "TZOFFSETTO:+0100", "TZNAME:B",
        f"RRULE:{rule}", "END:DAYLIGHT", "END:VTIMEZONE", "",
    )  # fmt: skip
    return "\r\n".join(lines)


def urlset(*places: str) -> bytes:
    entries = "".join(f"<url><loc>{place}</loc><lastmod>2026-02-03</lastmod></url>" for place in places)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()


def sitemapindex(*places: str) -> bytes:
    entries = "".join(f"<sitemap><loc>{place}</loc></sitemap>" for place in places)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'.encode()
