"""What a site offers to harvest: its feeds, its events, the addresses of its map. Loops end; nothing is recorded."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.base import SourceChanged
from connectors.feeds_page import Page
from connectors.feeds_sitemap import Found, discover
from connectors.fetch import Fetch, Manners
from tests.platforms.feeds import Site, sitemapindex, urlset

Start = Callable[..., Site]
XML = "application/xml"
HOME = b"""<!doctype html><html><head><meta property="og:title" content="Ma ville &amp; moi">
<meta property="article:modified_time" content="2026-02-03T10:00:00+01:00">
<link rel="alternate" type="application/atom+xml" href="/actus.atom">
<link rel="alternate" type="text/calendar" href="/agenda.ics">
<script type="application/ld+json">{"@graph": [{"@type": "Organization", "name": "Ville"},
 {"@type": ["Event", "PublicationEvent"], "name": "Atelier <b>ouvert</b>", "url": "/a/1",
  "startDate": "2026-05-12T18:00",
  "organizer": {"name": "Camille Canari"}}]}</script>
<script type="application/ld+json">{"@type": "Event", "name": </script>
<script type="application/ld+json">[{"@type": "Event", "name": "Bal", "url": "https://ailleurs.exemple.fr/"}]</script>
</head></html>"""


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Site] = []

    def begin(**pages: Any) -> Site:
        running.append(Site({"/": ("text/html", HOME)}))
        running[-1].pages.update({f"/{name}": page for name, page in pages.items()})
        return running[-1]

    yield begin
    for site in running:
        site.close()


def find(site: Site, path: str = "/") -> list[Found]:
    return list(discover(f"{site.url}{path}", Fetch(Manners(pace=0, private=True, retries=()))))


def mapped(site: Site, path: str = "/") -> list[str]:
    return [each.url.removeprefix(site.url) for each in find(site, path) if each.moment == "2026-02-03"]


def test_a_page_announces_its_feeds_and_its_events(start: Start) -> None:
    site = start()
    found = find(site)
    assert found == [
        Found("page", f"{site.url}/", "Ma ville & moi", "2026-02-03T09:00:00Z"),
        Found("feed", f"{site.url}/actus.atom"),
        Found("calendar", f"{site.url}/agenda.ics"),
        Found("event", f"{site.url}/a/1", "Atelier ouvert", "2026-05-12T16:00:00Z"),
        Found("event", f"{site.url}/", "Bal"),
    ]
    assert "Canari" not in str(found)


def test_the_addresses_of_the_map_come_with_the_day_they_changed(start: Start) -> None:
    site = start()
    site.pages["/sitemap.xml"] = (XML, urlset(f"{site.url}/a", f"{site.url}/b", f"{site.url}/a"))
    assert mapped(site) == ["/a", "/b"]
    assert mapped(site, "/sitemap.xml") == ["/a", "/b"]


def test_an_index_and_compressed_maps_are_followed(start: Start) -> None:
    site = start()
    site.pages["/sitemap.xml"] = (XML, sitemapindex(f"{site.url}/1.xml.gz", f"{site.url}/perdu.xml"))
    site.pages["/1.xml.gz"] = ("application/gzip", gzip.compress(urlset(f"{site.url}/a")))
    assert mapped(site) == ["/a"]


def test_an_index_in_a_loop_ends(start: Start) -> None:
    site = start()
    site.pages["/sitemap.xml"] = (XML, sitemapindex(f"{site.url}/1.xml", f"{site.url}/sitemap.xml"))
    site.pages["/1.xml"] = (XML, sitemapindex(f"{site.url}/sitemap.xml", f"{site.url}/1.xml"))
    assert mapped(site) == []
    assert sorted(site.asked) == ["/", "/1.xml", "/sitemap.xml"]


def test_indexes_without_end_are_left_at_the_third_level(start: Start) -> None:
    site = start()
    for depth in range(9):
        site.pages["/sitemap.xml" if depth == 0 else f"/{depth}.xml"] = (
            XML, sitemapindex(f"{site.url}/{depth + 1}.xml"),
        )  # fmt: skip
    find(site)
    assert site.asked == ["/", "/sitemap.xml", "/1.xml", "/2.xml"]


def test_no_more_maps_are_asked_than_a_site_needs(start: Start) -> None:
    site = start()
    site.pages["/sitemap.xml"] = (XML, sitemapindex(*(f"{site.url}/{rank}.xml" for rank in range(200))))
    find(site)
    assert len(site.asked) == 51


def test_without_a_map_the_one_that_robots_txt_names_is_read(start: Start) -> None:
    site = start()
    lines = f"User-agent: *\nSITEMAP: {site.url}/plan.xml\nSitemap: https://ailleurs.exemple.fr/plan.xml\n"
    site.pages["/robots.txt"] = ("text/plain", lines.encode())
    site.pages["/plan.xml"] = (XML, urlset(f"{site.url}/a"))
    assert mapped(site) == ["/a"]


def test_a_map_never_leads_to_another_site(start: Start) -> None:
    site = start()
    places = ("https://ailleurs.exemple.fr/a", "javascript:alert(1)", "http://[", f"{site.url}/b")
    site.pages["/sitemap.xml"] = (XML, urlset(*places))
    assert mapped(site) == ["/b"]


@pytest.mark.parametrize(
    "answer",
    [
        (403, "text/html", b"<html>Interdit</html>"),
        (200, "text/html", b"<html>Accueil"),
        (200, XML, b'<!DOCTYPE urlset [<!ENTITY a "b">]><urlset>&a;</urlset>'),
        (200, "application/gzip", b"\x1f\x8b\x08" + b"\0" * 20),
        (200, "application/gzip", gzip.compress(b" " * 20_000_000)),
    ],
)
def test_a_map_that_is_closed_or_unreadable_is_passed_over(start: Start, answer: Any) -> None:
    site = start()
    site.pages["/sitemap.xml"] = answer
    assert mapped(site) == []


def test_a_page_that_is_gone_stops_the_search(start: Start) -> None:
    with pytest.raises(SourceChanged):
        find(start(), "/perdu")


@pytest.mark.parametrize(
    "piece", ["<a b", "<![", "<!--", "<link rel='", "<script type=application/ld+json>", "<meta property=a>"]
)
def test_no_page_however_written_slows_the_reading(piece: str) -> None:
    began = time.monotonic()
    page = Page((piece * 40_000).encode(), "https://exemple.fr/")
    assert page.events() == []
    assert time.monotonic() - began < 5
