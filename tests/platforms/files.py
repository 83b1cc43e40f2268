"""Files as people and platforms publish them (`platforms/files.md` §13), and a server that gives them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

from tests.platforms.server import Loopback, Quiet

CANARIES = ("Jeanne Canari", "jeanne.canari@exemple.fr", "06 12 34 56 78", "Canari")
DEMARCHES = (
    "identifiant;titre;niveau_engagement;themes;date_debut;etat;url\n"
    "118;Rue des Alouettes;concertation;Mobilités|Déplacements;01/03/2024;Terminée;https://a.exemple.fr/118\n"
    "119;Plan vélo;;;;;\n"
)
PROPOSAL = (
    "export_proposal_id", "export_proposal_published_at", "export_proposal_reference", "export_proposal_title",
    "export_proposal_summary", "export_proposal_description", "export_proposal_author_id",
    "export_proposal_votes_total_count", "export_proposal_votes_digital_count", "export_proposal_votes_paper_count",
    "export_proposal_votes_total_points_count", "export_proposal_votes_digital_points_count",
    "export_proposal_votes_paper_points_count", "export_proposal_category_name", "export_proposal_theme_title",
    "export_proposal_formatted_address", "export_proposal_address_lat", "export_proposal_address_lng",
    "export_proposal_district_name", "export_proposal_estimation", "export_proposal_illustration",
    "export_proposal_link", "export_proposal_status_name", "Avez-vous un budget ?",
)  # fmt: skip


class Drive(Loopback):
    """A server of files, each at its address; `asked` keeps the paths and the headers of requests."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[int, bytes, Mapping[str, str]]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        drive = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                drive.asked.append((self.path, {key.casefold(): value for key, value in self.headers.items()}))
                status, content, headers = drive.files.get(self.path, (404, b"<html>Page introuvable</html>", {}))
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        self.serve(Handler)

    def put(self, path: str, content: bytes | str, status: int = 200, **headers: str) -> str:
        """Publish a file and return its address; `content_type="text/csv"` becomes a header."""
        body = content.encode() if isinstance(content, str) else content
        self.files[path] = (status, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return f"{self.url}{path}"


def table(rows: Sequence[Sequence[Any]], delimiter: str = ",", bom: bool = False) -> bytes:
    """Return a CSV, quoted where it must be."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return (("﻿" if bom else "") + out.getvalue()).encode()


def rows_of(columns: Sequence[str], *rows: Mapping[str, Any]) -> list[list[Any]]:
    """Return a header and the cells of rows given by column."""
    return [list(columns), *([row.get(column, "") for column in columns] for row in rows)]


def proposal(number: int, **changed: Any) -> dict[str, Any]:
    """Return a proposal of a Cap Collectif export."""
    return {
        "export_proposal_id": f"uuid-{number}",
        "export_proposal_published_at": "2017-02-01 00:02:40",
        "export_proposal_reference": f'"1-{number}"',
        "export_proposal_title": f"Projet {number}",
        "export_proposal_summary": "<p>En bref</p>",
        "export_proposal_description": "<p>En long</p>",
        "export_proposal_author_id": "Jeanne Canari",
        "export_proposal_votes_total_count": 12,
        "export_proposal_votes_digital_count": 10,
        "export_proposal_votes_paper_count": 2,
        "export_proposal_votes_digital_points_count": "",
        "export_proposal_category_name": "Voirie",
        "export_proposal_theme_title": "Mobilités",
        "export_proposal_formatted_address": "1 rue des Alouettes",
        "export_proposal_address_lat": "47.218",
        "export_proposal_address_lng": "-1.553",
        "export_proposal_district_name": "Centre",
        "export_proposal_estimation": "1500.5",
        "export_proposal_link": f"https://cap.exemple.fr/p/{number}",
        "export_proposal_status_name": "Retenu",
        **changed,
    }


def full_export() -> bytes:
    """Return a full export: 3 proposals over 40 rows, their votes and comments repeating their columns."""
    columns = ("export_contribution_type", *PROPOSAL, "export_proposal_publication_status",
               "export_proposal_author_email", "export_proposal_votes_author_username")  # fmt: skip
    rows = []
    for number in range(40):
        kind = "" if number < 3 else "_vote" if number % 2 else "_comment"
        rows.append(
            proposal(
                number % 3,
                export_contribution_type=f"export_contribution_type_proposal{kind}",
                export_proposal_publication_status="export_proposal_publication_status_"
                + ("published", "archived", "trashed")[number % 3],
                export_proposal_author_email="jeanne.canari@exemple.fr",
                export_proposal_votes_author_username="Jeanne Canari" if number > 2 else "",
            )
        )
    return table(rows_of(columns, *rows), bom=True)


def archive(files: Mapping[str, bytes], day: tuple[int, int, int] = (2026, 1, 15)) -> bytes:
    """Return a ZIP of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, (*day, 3, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]], *, since_1904: bool = False, **marks: Any) -> bytes:
    """Return an XLSX. Dates are dates; `=…` texts are formulas; `marks`: hidden_row, merged, hidden_sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "date_1904": since_1904})
    day, moment = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(line, column, value, moment)
                elif isinstance(value, date):
                    sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), day)
                elif isinstance(value, tuple):
                    sheet.write_formula(line, column, value[0], None, value[1])
                elif value is not None:
                    sheet.write(line, column, value)
        if "hidden_row" in marks:
            sheet.set_row(marks["hidden_row"], None, None, {"hidden": True})
        if "merged" in marks:
            sheet.merge_range(marks["merged"], "fusion")
        if name == marks.get("hidden_sheet"):
            sheet.hide()
    book.close()
    return out.getvalue()
