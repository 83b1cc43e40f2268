"""Reading pages as a visitor does: their words without tags, their rows, their links."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient


def words(client: FlaskClient, address: str, status: int = 200) -> str:
    """The words of a page's content, tags and no-break spaces aside."""
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    html = answer.get_data(as_text=True)
    content = html[html.index("<main") : html.index("</main>")]
    return plain(re.sub(r"<[^>]+>", " ", content))


def plain(text: str) -> str:
    """The text with ordinary spaces, one at a time."""
    spaced = re.sub(r"\s+", " ", unescape(text).replace("\u202f", " ").replace("\u00a0", " "))
    return re.sub(r" ([,.)])", r"\1", spaced)


def section(client: FlaskClient, address: str, name: str) -> str:
    """The words of the section of that name."""
    html = client.get(address).get_data(as_text=True)
    start = html.index(f'<section aria-labelledby="{name}"')
    return plain(re.sub(r"<[^>]+>", " ", html[start : html.index("</section>", start)]))


def hrefs(client: FlaskClient, address: str) -> set[str]:
    """Every address the page leads to."""
    html = client.get(address).get_data(as_text=True)
    return {unescape(found) for found in re.findall(r'href="([^"]+)"', html)}


def items(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    """The rows of the page's JSON."""
    found: list[dict[str, Any]] = client.get(address).get_json()["items"]
    return found


def same_rows(client: FlaskClient, address: str, query: str = "") -> list[dict[str, Any]]:
    """The rows of a page, after checking that its JSON and its CSV hold the same ones in the same order."""
    said = client.get(f"{address}.json{query}").get_json()
    table = list(csv.reader(io.StringIO(client.get(f"{address}.csv{query}").get_data(as_text=True), newline="")))
    assert table[0] == said["columns"]
    assert len(table) - 1 == said["total"] == len(said["items"])
    identity = said["columns"].index("id")
    assert [row[identity] for row in table[1:]] == [str(item["id"]) for item in said["items"]]
    found: list[dict[str, Any]] = said["items"]
    return found
