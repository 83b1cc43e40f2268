"""What holds on every page (G1–G17): the whole list of addresses is walked, with real identifiers."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from hub.access.declared import right_of
from hub.benchmark.compute import refresh
from hub.csv_text import cell
from hub.db import db
from hub.models import Facet, NetworkThing, Run, Snapshot
from hub.pages.frame import PAGE_OF

NETWORK = "Réseau des métropoles participatives"
LARGEST = 200_000
BLUEPRINTS = {endpoint.split(".")[0]: kind for kind, endpoint in PAGE_OF.items()}
FOR_MACHINES = (
    "reference.schema",
    "health.health",
    "health.health_json",
    "health.metrics",
    "health.security",
    "oauth.metadata",
    "keys.jwks",
    "indicators.catalogue_metadata",
    "indicators.indicator_metadata",
    "journal.feed",
    "frozen.body",
    "frozen.table",
)
"""What is read by programs alone."""
FILES = ("_file",)
"""The endings of what answers files."""
Args = dict[str, str]


@pytest.fixture(scope="module", autouse=True)
def measured(founded: Flask) -> None:
    """The measures of the founding documents: the pages that show them have something to show."""
    refresh()


@pytest.fixture(scope="module")
def pages(founded: Flask) -> dict[str, str]:
    """The HTML of every page, by address: two things of each kind where an address takes one."""
    client = founded.test_client()
    found = {}
    for address in addresses(founded, ""):
        answer = client.get(address)
        assert answer.status_code == 200, f"{address} répond {answer.status_code}"
        found[address] = answer.text
    return found


def addresses(app: Flask, form: str) -> list[str]:
    """Every address of a page, or of its data in that form (`_json`, `_csv`)."""
    with app.test_request_context():
        return [
            url_for(rule.endpoint, **args)
            for rule in app.url_map.iter_rules()
            if rule.endpoint.split(".")[0] not in ("api", "static", "entry")
            and "GET" in (rule.methods or ())
            and right_of(app, rule.endpoint) == "read"
            and rule.endpoint not in FOR_MACHINES
            and not rule.endpoint.endswith(FILES)
            and rule.endpoint.endswith(form or ("",))
            and (form or not rule.endpoint.endswith(("_json", "_csv")))
            for args in examples(rule.endpoint, frozenset(rule.arguments))
        ]


def examples(endpoint: str, arguments: frozenset[str]) -> list[Args]:
    """Real values of the arguments of an address; a new kind of address says here what it takes."""
    blueprint = endpoint.split(".")[0]
    if not arguments:
        return [{}]
    if arguments == {"hub_id"}:
        kinds = (
            [BLUEPRINTS[blueprint]] if blueprint in BLUEPRINTS else sorted(set(db.session.scalars(select(Facet.kind))))
        )
        return [{"hub_id": hub_id} for kind in kinds for hub_id in ends(kind)]
    if arguments == {"kind", "thing_id"}:
        query = select(NetworkThing.kind, func.min(NetworkThing.id)).group_by(NetworkThing.kind)
        return [{"kind": row[0], "thing_id": row[1]} for row in db.session.execute(query)]
    if arguments == {"thing_id"}:
        query_ = select(NetworkThing.id).where(NetworkThing.kind == "experience")
        return [{"thing_id": name} for name in db.session.scalars(query_)]
    if arguments == {"ref"}:
        return [{"ref": ref} for ref in db.session.scalars(select(Run.ref))]
    if arguments == {"slug", "need"}:
        return [{"slug": "nantes", "need": "process.budget"}, {"slug": "rennes", "need": "commitment.status"}]
    if arguments == {"key", "slug", "period"}:
        return [
            {"key": "engagements_realises", "slug": "nantes", "period": "2022"},
            {"key": "demarches", "slug": "dijon", "period": "2022"},
        ]
    known = {
        "indicators": [{"key": "demarches"}, {"key": "engagements_realises"}, {"key": "codev_actif"}],
        "completeness": [{"slug": "nantes"}, {"slug": "dijon"}],
        "metropoles": [{"slug": "nantes"}, {"slug": "rennes"}, {"slug": "plaine-commune"}],
        "frozen": [{"digest": digest} for digest in db.session.scalars(select(Snapshot.digest))],
        "neighbours": [{"slug": "nantes"}, {"slug": "grand-paris"}],
        "methods": [{"key": "etats"}, {"key": "rangs"}],
        "sources": [{"slug": "nantes-documents"}, {"slug": "reseau-documents"}],
        "reference": [{"rule": "date_invalide"}, {"rule": "lien_orphelin"}],
    }
    assert blueprint in known, f"donner ici un exemple pour l'adresse de {endpoint} : {sorted(arguments)}"
    return known[blueprint]


def ends(kind: str) -> list[str]:
    """The first and the last thing of a kind, and the document that is quoted most."""
    query = select(func.min(Facet.hub_id), func.max(Facet.hub_id)).where(Facet.kind == kind)
    found = set(db.session.execute(query).one())
    cited = select(Facet.hub_id).where(Facet.kind == kind, Facet.remote_id == "bilan-convention-citoyenne-nantes")
    return sorted(found | set(db.session.scalars(cited)))


class Outline(HTMLParser):
    """The headings, identifiers, attributes and links of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    @property
    def levels(self) -> list[int]:
        return [int(tag[1]) for tag, _ in self.tags if re.fullmatch("h[1-6]", tag)]

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]

    @property
    def links(self) -> list[str]:
        return [attrs["href"] for tag, attrs in self.tags if tag == "a" and "href" in attrs]


def test_every_page_is_in_french_with_one_h1_and_a_title_that_ends_with_the_network(pages: dict[str, str]) -> None:
    for address, html in pages.items():
        assert '<html lang="fr">' in html, address
        assert Outline(html).levels.count(1) == 1, f"{address} : {Outline(html).levels.count(1)} h1"
        title = unescape(re.search("<title>(.*?)</title>", html, re.S)[1])  # type: ignore[index]
        assert title == NETWORK or title.endswith(f" — {NETWORK}"), f"{address} : {title}"
        assert "None" not in title, address


def test_no_heading_level_is_skipped(pages: dict[str, str]) -> None:
    for address, html in pages.items():
        levels = Outline(html).levels
        assert all(after <= before + 1 for before, after in pairwise(levels)), (address, levels)


def test_no_page_holds_a_style_a_script_or_a_resource_from_elsewhere(pages: dict[str, str]) -> None:
    for address, html in pages.items():
        for tag, attrs in Outline(html).tags:
            assert tag not in ("script", "style", "iframe", "object", "embed"), (address, tag)
            assert not [name for name in attrs if name == "style" or name.startswith("on")], (address, tag, attrs)
            for name in ("src", "srcset", "data", "poster", "xlink:href"):
                assert name not in attrs or attrs[name].startswith(("/", "#")), (address, tag, attrs)
            if tag in ("link", "use", "image", "form"):
                target = attrs.get("href", attrs.get("action", "/"))
                assert re.match("/(?!/)|#", target), (address, tag, attrs)
            assert not attrs.get("href", "").lower().startswith("javascript:"), (address, attrs)


def test_identifiers_are_unique_and_links_inside_a_page_lead_somewhere(pages: dict[str, str]) -> None:
    for address, html in pages.items():
        outline = Outline(html)
        twice = [name for name, number in Counter(outline.ids).items() if number > 1]
        assert not twice, f"{address} : {twice}"
        lost = {link for link in outline.links if link.startswith("#") and link[1:] not in outline.ids}
        assert not lost, f"{address} : {lost}"


def test_every_link_of_the_hub_leads_to_a_page_that_answers(founded: Flask, pages: dict[str, str]) -> None:
    targets = {urlsplit(link).path for html in pages.values() for link in Outline(html).links if link.startswith("/")}
    adapter = founded.url_map.bind("localhost")
    client, asked = founded.test_client(), Counter[str]()
    for path in sorted(targets - set(pages)):
        try:
            endpoint, _ = adapter.match(path)
        except RequestRedirect:
            continue
        except HTTPException:
            pytest.fail(f"un lien mène à {path}, qui n'existe pas")
        asked[endpoint] += 1
        if asked[endpoint] <= 12:
            answer = client.get(path)
            let_in = right_of(founded, endpoint) in ("read", "enter")
            assert answer.status_code == (200 if let_in else 303), path


def test_deep_pages_have_a_breadcrumb_and_every_page_its_menu(pages: dict[str, str]) -> None:
    for address, html in pages.items():
        deep = urlsplit(address).path.count("/") >= 2
        assert not deep or 'class="wrap breadcrumb"' in html, address
        assert 'aria-label="Menu principal"' in html, address
        assert 'aria-label="Pied de page"' in html, address


def test_no_page_is_heavy_or_shows_what_is_meant_for_programs(pages: dict[str, str]) -> None:
    for address, html in pages.items():
        assert len(html.encode()) < LARGEST, f"{address} : {len(html.encode())} octets"
        words = unescape(re.sub(r"<code>.*?</code>|<[^>]+>", " ", html, flags=re.S))
        for wrong in (" None ", "{{", "{%", "Undefined", "<Thing"):
            assert wrong not in words, f"{address} : {wrong}"


def test_each_data_page_answers_json_and_csv_with_the_same_rows(founded: Flask, visitor: FlaskClient) -> None:
    walked = addresses(founded, "_json")
    assert walked
    for address in walked:
        found = visitor.get(address)
        assert found.status_code == 200, address
        content = found.get_json()
        table = visitor.get(re.sub(r"\.json$", ".csv", address))
        assert table.mimetype == "text/csv", address
        rows = list(csv.reader(io.StringIO(table.text, newline="")))
        assert rows[0] == content["columns"], address
        expected = [[cell(item.get(column)) for column in content["columns"]] for item in content["items"]]
        assert rows[1:] == expected, address
        assert content["total"] == len(expected), address


def test_no_value_stands_beside_a_motive_of_absence(founded: Flask, visitor: FlaskClient) -> None:
    carrying = {"observe", "definitif", "provisoire", "estime"}
    for address in addresses(founded, "_json"):
        content = visitor.get(address).get_json()
        pairs = [column for column in content["columns"] if f"{column}_state" in content["columns"]]
        for item in content["items"]:
            for column in pairs:
                if item.get(column) is not None:
                    assert item.get(f"{column}_state", "observe") in carrying, (address, column, item)


def test_every_data_page_links_its_two_other_forms(founded: Flask, pages: dict[str, str]) -> None:
    with founded.test_request_context():
        for address in addresses(founded, "_json"):
            html = pages[re.sub(r"\.json$", "", address)]
            assert "Ces données :" in unescape(html).replace("\xa0", " "), address
            assert address in html, address


def test_every_list_page_refuses_an_unknown_parameter(founded: Flask, visitor: FlaskClient) -> None:
    for address in addresses(founded, "_json"):
        page = re.sub(r"\.json$", "", address)
        answer = visitor.get(f"{page}?parametre_inconnu=1")
        assert answer.status_code == 400, f"{page} accepte un paramètre inconnu"
        assert "parametre_inconnu" in answer.text, page
