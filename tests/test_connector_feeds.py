"""The feeds connector against a simulated site: RSS, Atom, the page that announces them, each trap of feeds."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

import schemas
from connectors import BUILT_IN, feeds
from connectors.answer import Answer, Forgetful
from connectors.base import Checkpoint, Endpoint, Item, Record, RecordRefused, SourceChanged, Unchanged
from connectors.feeds_dates import moment
from connectors.feeds_items import readable
from connectors.fetch import Fetch, Manners
from tests.platforms.feeds import ATOM, CANARIES, DAY, ICS, RSS, Site, atom, entry, event, ics, item, rss

Start = Callable[..., Site]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Site] = []

    def begin(content: bytes = b"", kind: str = RSS, **pages: Any) -> Site:
        running.append(Site({"/flux": (kind, content), **{f"/{name}": page for name, page in pages.items()}}))
        return running[-1]

    yield begin
    for site in running:
        site.close()


def read(site: Site, memory: Any = None, **options: Any) -> list[Item]:
    fetch = Fetch(Manners(pace=0, private=True, retries=()), memory)
    return list(feeds.harvest(Endpoint(f"{site.url}/flux", options), fetch))


def records(items: list[Item]) -> list[Record]:
    found = [each for each in items if isinstance(each, Record)]
    for record in found:
        assert schemas.check(record.kind, schemas.complete(record.kind, record.data)) == []
    assert not any(canary in str(items) for canary in CANARIES)
    return found


def rules(items: list[Item]) -> list[str]:
    return [each.rule for each in items if isinstance(each, RecordRefused)]


def test_an_item_of_rss_is_a_piece_of_news(start: Start) -> None:
    items = read(start(rss(item(pubDate="Mon, 02 Mar 2026 18:30:00 +0100"))))
    assert records(items) == [
        Record(
            "document",
            "actu-1",
            {
                "type": "actualite",
                "title": "Une fête",
                "url": "https://ville.exemple.fr/actualites/12-fete",
                "published_at": "2026-03-02T17:30:00Z",
            },
            "/rss/item[1]",
        )
    ]
    assert items[-1] == Checkpoint("1", end=True)


def test_an_entry_of_atom_is_a_piece_of_news(start: Start) -> None:
    first = entry(
        '<id>tag:exemple.fr,2026:1</id><title type="html">&lt;b&gt;Une&lt;/b&gt; fête</title>'
        '<link rel="self" href="https://exemple.fr/moi"/><link href="https://exemple.fr/1"/>'
        "<published>2026-03-02T18:30:00+01:00</published><updated>2026-03-03T08:00:00Z</updated>"
    )
    (record,) = records(read(start(atom(first), ATOM)))
    assert record.remote_id == "tag:exemple.fr,2026:1"
    assert record.data == {
        "type": "actualite",
        "title": "Une fête",
        "url": "https://exemple.fr/1",
        "published_at": "2026-03-02T17:30:00Z",
        "updated_at": "2026-03-03T08:00:00Z",
    }


def test_items_of_rss_1_are_known_by_their_about(start: Start) -> None:
    content = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Fil</title></channel>'
        b'<item rdf:about="urn:1"><title>Un</title><dc:date>2026-03-02</dc:date></item></rdf:RDF>'
    )
    (record,) = records(read(start(content)))
    assert (record.remote_id, record.data["title"], record.data["published_at"]) == ("urn:1", "Un", "2026-03-02")


def test_items_are_processes_when_the_source_says_so(start: Start) -> None:
    content = rss(item(description="&lt;p&gt;Donnez votre avis&lt;/p&gt;", pubDate="02 Mar 26 18:30 CET"))
    (record,) = records(read(start(content), items="process"))
    assert (record.kind, record.data) == (
        "process",
        {
            "title": "Une fête",
            "url": "https://ville.exemple.fr/actualites/12-fete",
            "summary": "Donnez votre avis",
            "published_at": "2026-03-02T17:30:00Z",
        },
    )


def test_an_item_without_identifier_is_refused_and_the_others_are_kept(start: Start) -> None:
    items = read(start(rss(item(""), item("<guid> </guid>"), item(f"<guid>{'x' * 201}</guid>"), item())))
    assert rules(items) == ["identifiant_manquant", "identifiant_manquant", "identifiant_invalide"]
    assert [record.remote_id for record in records(items)] == ["actu-1"]


def test_a_declared_pattern_takes_the_identifier_out_of_the_link(start: Start) -> None:
    site = start(rss(item(""), item("", link="https://ville.exemple.fr/ailleurs")))
    items = read(site, id_pattern="/actualites/{id}-")
    assert [record.remote_id for record in records(items)] == ["12"]
    assert rules(items) == ["identifiant_manquant"]
    assert [record.remote_id for record in records(read(site, id_pattern="/actualites/{id}"))] == ["12-fete"]


@pytest.mark.parametrize("options", [{"id_pattern": "/actualites/"}, {"items": "meeting"}])
def test_a_setting_that_cannot_be_followed_is_told_before_anything_is_asked(start: Start, options: Any) -> None:
    site = start(rss(item()))
    with pytest.raises(SourceChanged, match="Réglage"):
        read(site, **options)
    assert site.asked == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Mon, 02 Mar 2026 18:30:00 +0100", "2026-03-02T17:30:00Z"),
        ("02 Mar 26 18:30 GMT", "2026-03-02T18:30:00Z"),
        ("02 Mar 98 18:30:00 EST", "1998-03-02T23:30:00Z"),
        ("Thu, 02 Jul 2026 18:30:00 CEST", "2026-07-02T16:30:00Z"),
        ("Mon, 02 Mar 2026 18:30:00 -0000", "2026-03-02T18:30:00Z"),
        ("Mon, 02 Mar 2026 18:30:00", "2026-03-02T17:30:00Z"),
        ("Thu, 02 Jul 2026 18:30:00", "2026-07-02T16:30:00Z"),
        ("2026-03-02T18:30:00+01:00", "2026-03-02T17:30:00Z"),
        ("2026-03-02t18:30:00.25z", "2026-03-02T18:30:00Z"),
        ("2026-07-02 18:30:00", "2026-07-02T16:30:00Z"),
        ("2026-03-02", "2026-03-02"),
    ],
)
def test_the_dates_of_feeds_are_read_as_they_are_written(written: str, expected: str) -> None:
    assert moment(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "hier",
        "31 Feb 2026 10:00 GMT",
        "Mon, 02 Mar 2026 18:30:00 XYZ",
        "2026-13-01",
        "01 Jan 0900 00:00 GMT",
        "9" * 5000,
    ],
)
def test_a_date_that_cannot_be_read_refuses_its_item(start: Start, written: str) -> None:
    items = read(start(rss(item(pubDate=written), item("<guid>2</guid>"))))
    assert rules(items) == ["date_invalide"]
    assert [record.remote_id for record in records(items)] == ["2"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("L&amp;#39;été", "L'été"),
        ("L&amp;amp;#39;été &amp;amp;amp; l&amp;amp;rsquo;hiver", "L'été & l’hiver"),
        ("&amp;lt;b&amp;gt;Gras&amp;lt;/b&amp;gt;", "Gras"),
        ("<![CDATA[<p>Un&nbsp;titre</p>]]>", "Un titre"),
        ("3 &lt; 5 &amp;amp; 7", "3 < 5 & 7"),
        ("Écrire à canari@exemple.fr", "Écrire à [adresse masquée]"),
    ],
)
def test_titles_are_read_through_entities_escaped_twice(start: Start, written: str, expected: str) -> None:
    assert records(read(start(rss(item(title=written)))))[0].data["title"] == expected


def test_an_item_without_title_is_refused(start: Start) -> None:
    assert rules(read(start(rss(item(title=""))))) == ["champ_manquant"]


@pytest.mark.parametrize(
    "link", ["http://ville.exemple.fr/1", "https://exemple.fr/?de=canari@exemple.fr", "javascript:alert(1)", "http://["]
)
def test_an_address_that_may_not_be_shown_is_left_out(start: Start, link: str) -> None:
    (record,) = records(read(start(rss(item(link=link)))))
    assert "url" not in record.data


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE rss SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
    ],
)
def test_a_feed_with_a_dtd_is_refused(start: Start, head: str) -> None:
    with pytest.raises(SourceChanged, match="DTD"):
        read(start(rss(item(title="&a;&x;"), head=head)))


@pytest.mark.parametrize(
    ("kind", "head", "encoding"),
    [
        (f"{RSS}; charset=iso-8859-1", '<?xml version="1.0" encoding="utf-8"?>', "cp1252"),
        (f"{RSS}; charset=UTF-8", '<?xml version="1.0" encoding="iso-8859-1"?>', "utf-8"),
        (f"{RSS}; charset=utf-8", '<?xml version="1.0" encoding="iso-8859-1"?>', "cp1252"),
        (RSS, '<?xml version="1.0" encoding="iso-8859-1"?>', "cp1252"),
        (RSS, '<?xml version="1.0" encoding="us-ascii"?>', "utf-8"),
        (f"{RSS}; charset=n-importe-quoi", "", "utf-8"),
        (f"{RSS}; charset=rot13", '<?xml version="1.0" encoding="utf-7"?>', "utf-8"),
        (RSS, "", "utf-8-sig"),
        (f"{RSS}; charset=utf-8", '<?xml version="1.0" encoding="utf-8"?>', "utf-16"),
    ],
)
def test_an_encoding_that_lies_is_seen_through(start: Start, kind: str, head: str, encoding: str) -> None:
    content = rss(item(title="Été à 5 €"), head=head).decode().encode(encoding)
    (record,) = records(read(start(content, kind)))
    assert record.data["title"] == "Été à 5 €"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (rss(item()).replace(b"Une f", b"\xff\x81"), "encodage"),
        (rss(item())[:-20], "XML lisible"),
        (b"<rss>" + b"<a>" * 5000, "imbriqué"),
        (b"", "ni flux"),
        (b"<html><title>Connexion</title></html>", "aucun flux"),
        (b'{"items": []}', "ni flux"),
        (b"<x:feed xmlns:x='y'/>\n", ""),
        (b"<rss>" + b" " * 10_000_001 + b"</rss>", "10 Mo"),
        (codecs.BOM_UTF16_LE + b"<", "ni flux"),
    ],
)
def test_what_is_no_feed_stops_the_walk_in_french(start: Start, content: bytes, message: str) -> None:
    if message:
        with pytest.raises(SourceChanged, match=message):
            read(start(content))
    else:
        assert records(read(start(content))) == []


def test_the_feed_of_news_that_a_page_announces_is_read_and_not_that_of_comments(start: Start) -> None:
    page = (
        b'<!doctype html><html><head><LINK REL="Alternate" TYPE="application/rss+xml" HREF="/actus">'
        b'<link rel="alternate" type="application/rss+xml" title="Commentaires" href="/c">'
        b'<link rel="alternate" type="application/rss+xml" href="/comments/feed">'
        b'<link rel="alternate" type="application/atom+xml" href="/actus.atom">'
        b'<link rel="alternate" type="text/calendar" href="agenda.ics"></head>'
    )
    site = start(page, "text/html", actus=(RSS, rss(item())), **{"agenda.ics": (ICS, ics(event()))})
    items = read(site)
    assert [(record.kind, record.remote_id) for record in records(items)] == [
        ("document", "actu-1"), ("meeting", "un@exemple.fr"),
    ]  # fmt: skip
    assert site.asked == ["/flux", "/actus", "/agenda.ics"]
    assert [each for each in items if isinstance(each, Checkpoint)] == [
        Checkpoint("1"), Checkpoint("2"), Checkpoint("3", end=True),
    ]  # fmt: skip


def test_a_page_behind_the_feed_it_announced_stops_the_walk(start: Start) -> None:
    page = b'<html><link rel="alternate" type="application/rss+xml" href="/flux">'
    with pytest.raises(SourceChanged, match="page web au lieu d'un flux"):
        read(start(page, "text/html"))


def test_an_item_that_left_the_feed_is_never_gone(start: Start) -> None:
    assert feeds.CONCLUDES_ABSENCE is False
    site = start(rss(item(), item("<guid>2</guid>")))
    assert len(records(read(site))) == 2
    site.pages["/flux"] = (RSS, rss(item("<guid>2</guid>")))
    items = read(site)
    assert not any(record.deleted for record in records(items))


class Remembering(Forgetful):
    """A memory of notes by request; `bytes_` says which payloads are those in force."""

    def __init__(self) -> None:
        self.notes: dict[str, Any] = {}
        self.known: dict[str, str] = {}

    def keep(self, answer: Answer) -> Answer:
        kept = super().keep(answer)
        same = self.known.get(kept.request) == kept.sha256
        self.known[kept.request] = kept.sha256
        return replace(kept, unchanged=same, note=self.notes.get(kept.request) if same else None)

    def note(self, request: str, value: Any) -> None:
        self.notes[request] = value


def test_a_feed_that_says_the_same_is_not_read_again(start: Start) -> None:
    page = b'<html><link rel="alternate" type="application/rss+xml" href="/actus">'
    site, memory = start(page, "text/html", actus=(RSS, rss(item()))), Remembering()
    assert len(records(read(site, memory))) == 1
    items = read(site, memory)
    assert [type(each) for each in items] == [Unchanged, Checkpoint, Unchanged, Checkpoint]
    assert items[-1] == Checkpoint("2", end=True)
    assert len(records(read(site, memory, items="process"))) == 1, "other settings read the same bytes otherwise"


def test_a_calendar_with_series_is_read_again_when_the_month_changes(start: Start) -> None:
    weekly = ics(event("RRULE:FREQ=WEEKLY"))
    site, memory = start(weekly, ICS), Remembering()
    first = records(read(site, memory))
    site.day = DAY.replace("01 Mar", "31 Mar")
    assert isinstance(read(site, memory)[0], Unchanged)
    site.day = DAY.replace("Mar", "Apr")
    again = records(read(site, memory))
    assert len(again) > len(first)


def test_two_runs_give_the_same_records_in_the_same_order(start: Start) -> None:
    site = start(rss(*(item(f"<guid>{rank}</guid>") for rank in range(50))))
    assert read(site) == read(site)


@pytest.mark.parametrize("piece", ["&lt;a b", "&lt;![", "&amp;amp;", "&lt;!--", "&lt;a b='", "&lt;", "%C2%A0-"])
def test_no_title_however_written_slows_the_reading(piece: str) -> None:
    assert readable(piece.replace("&lt;", "<").replace("&amp;", "&") * 20_000, 300)


def test_the_contract_of_a_connector_is_declared() -> None:
    assert BUILT_IN["feeds"] is feeds
    assert (feeds.NAME, feeds.CONTRACT) == ("feeds", 1)
    assert all(option.label for option in feeds.OPTIONS)
