"""Reading pages as a visitor reads them: their words, their parts, their tables, their links, their two other forms."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from pypdf import PdfReader


def html_of(client: FlaskClient, address: str, status: int = 200) -> str:
    """The HTML of a page."""
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.text


def between(html: str, start: str, end: str) -> str:
    """The piece of HTML from where it starts to before its end."""
    first = html.index(start)
    return html[first : html.index(end, first)]


def content(client: FlaskClient, address: str, status: int = 200) -> str:
    """The HTML of the content of a page, without its frame."""
    return between(html_of(client, address, status), "<main", "</main>")


def spaced(text: str) -> str:
    """The text with ordinary spaces, one at a time: the no-break ones count as spaces."""
    return re.sub(r"\s+", " ", text)


def plain(html: str) -> str:
    """The words of a piece of HTML, tags and kinds of spaces aside."""
    return spaced(unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def closed(text: str) -> str:
    """The text as the eye reads it: without the space that a tag left before a comma, a point or a bracket."""
    return re.sub(r" ([,.)])", r"\1", text)


def words(client: FlaskClient, address: str, status: int = 200) -> str:
    """The words of the content of a page."""
    return plain(content(client, address, status))


def section(client: FlaskClient, address: str, name: str) -> str:
    """The words of the section of that name."""
    return plain(between(html_of(client, address), f'<section aria-labelledby="{name}"', "</section>"))


def table(client: FlaskClient, address: str) -> dict[str, dict[str, str]]:
    """The cells of the first table of a page in words, by the name of the row, then by the name of the column."""
    rows = re.findall(r"<tr.*?</tr>", between(html_of(client, address), "<tbody", "</tbody>"), re.S)
    return {
        plain(re.findall(r"<th.*?</th>", row, re.S)[0]): {
            unescape(name): plain(cell) for name, cell in re.findall(r'data-label="([^"]*)"[^>]*>(.*?)</td>', row, re.S)
        }
        for row in rows
    }


def links(html: str) -> list[str]:
    """The addresses a piece of HTML leads to."""
    return [unescape(address) for address in re.findall(r'href="([^"]+)"', html)]


def hrefs(client: FlaskClient, address: str) -> set[str]:
    """Every address the page leads to."""
    return set(links(html_of(client, address)))


def items(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    """The rows that a page, or the API, answers as JSON."""
    found: list[dict[str, Any]] = client.get(address).get_json()["items"]
    return found


def part(client: FlaskClient, address: str, name: str) -> list[dict[str, Any]]:
    """The rows of one part of a page, from its JSON."""
    return [row for row in items(client, f"{address}.json") if row["part"] == name]


def sheet(client: FlaskClient, address: str) -> list[dict[str, str]]:
    """The rows that a page answers as CSV."""
    return list(csv.DictReader(io.StringIO(client.get(address).text, newline="")))


def same_rows(client: FlaskClient, address: str, query: str = "") -> list[dict[str, Any]]:
    """The rows of a page, after checking that its JSON and its CSV hold the same ones in the same order."""
    said = client.get(f"{address}.json{query}").get_json()
    lines = list(csv.reader(io.StringIO(client.get(f"{address}.csv{query}").text, newline="")))
    assert lines[0] == said["columns"]
    assert len(lines) - 1 == said["total"] == len(said["items"])
    identity = said["columns"].index("id")
    assert [line[identity] for line in lines[1:]] == [str(item["id"]) for item in said["items"]]
    found: list[dict[str, Any]] = said["items"]
    return found


def printed(paper: bytes) -> str:
    """All that the pages of a PDF say."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)


def inside(book: bytes) -> str:
    """All that the parts of a workbook say."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())
