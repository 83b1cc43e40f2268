"""Reading pages as a visitor reads them: their words, their rows, their links."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient


def source(client: FlaskClient, address: str, status: int = 200) -> str:
    """The HTML of a page."""
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.get_data(as_text=True)


def words(client: FlaskClient, address: str, status: int = 200) -> str:
    """The words of the content of a page, tags and kinds of spaces aside."""
    return plain(main(source(client, address, status)))


def main(html: str) -> str:
    """The content of a page, without its frame."""
    return html[html.index("<main") : html.index("</main>")]


def plain(html: str) -> str:
    """The words of a piece of HTML."""
    text = unescape(re.sub(r"<[^>]+>", " ", html)).replace("\u202f", " ").replace("\u00a0", " ")
    return re.sub(r"\s+", " ", text).strip()


def items(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    """The rows that a page answers as JSON."""
    found: list[dict[str, Any]] = client.get(address).get_json()["items"]
    return found


def sheet(client: FlaskClient, address: str) -> list[dict[str, str]]:
    """The rows that a page answers as CSV."""
    return list(csv.DictReader(io.StringIO(client.get(address).get_data(as_text=True))))


def table(client: FlaskClient, address: str) -> dict[str, dict[str, str]]:
    """The cells of the first table of a page in words, by the name of the row, then by the name of the column."""
    html = source(client, address)
    html = html[html.index("<tbody") : html.index("</tbody>")]
    rows = re.findall(r"<tr.*?</tr>", html, re.S)
    return {
        plain(re.findall(r"<th.*?</th>", row, re.S)[0]): {
            unescape(name): plain(cell) for name, cell in re.findall(r'data-label="([^"]*)"[^>]*>(.*?)</td>', row, re.S)
        }
        for row in rows
    }


def links(html: str) -> list[str]:
    """The addresses a piece of HTML leads to."""
    return [unescape(address) for address in re.findall(r'href="([^"]+)"', html)]
