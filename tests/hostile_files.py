"""Files that a person may deposit, by mistake or by malice, each with what is answered to it (`push-api.md` P43)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.platforms.files import workbook

HEAD = ["Identifiant", "Titre", "État", "Début"]
ROW = [1, "Rue", "En cours", ""]
CSV_HEAD = "identifiant;titre;etat\n"
CSV = f"{CSV_HEAD}1;Rue;En cours\n"
LINKED = "renvoie à d'autres fichiers"
BOOK = {"Démarches": [HEAD, ROW]}
_RELS = b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
_DDE = b'<?xml version="1.0"?><externalLink><ddeLink ddeService="cmd" ddeTopic="/C calc"/></externalLink>'
_ENTITIES = b"".join(b'<!ENTITY e%d "%s">' % (rank + 1, b"&e%d;" % rank * 10) for rank in range(9))
_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY e0 "ha">' + _ENTITIES + b"]><sst><si><t>&e9;</t></si></sst>"


@dataclass(frozen=True)
class Hostile:
    """A file, its name, and words of the answer."""

    filename: str
    content: bytes
    answer: str


def files() -> Mapping[str, Hostile]:
    """Every hostile file by what it is."""
    return {name: Hostile(filename, make(), answer) for name, filename, make, answer in _files()}


def changed(book: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """A workbook whose parts are changed, with some more of them (`xl__vbaProject.bin`)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, change(name, before.read(name)))
        for name, content in more.items():
            after.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def same(_name: str, content: bytes) -> bytes:
    """A part as it is."""
    return content


def with_rows(extra: bytes) -> Callable[[str, bytes], bytes]:
    """What adds rows to the first sheet."""
    first = "xl/worksheets/sheet1.xml"
    return lambda name, part: part.replace(b"</sheetData>", extra + b"</sheetData>") if name == first else part


def million() -> bytes:
    """Rows up to the last one of a spreadsheet."""
    return b"".join(b'<row r="%d"><c r="D%d"/></row>' % (line, line) for line in range(3, 1_048_577))


def bare() -> bytes:
    """Many rows and one of all columns, none of which says where it stands."""
    rows = b"".join(b"<row><c><v>%d</v></c></row>" % (rank * 7_919 % 100_003) for rank in range(300_000))
    return rows + b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row>"


def _text(text: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: text.encode(encoding)


def _files() -> Iterator[tuple[str, str, Callable[[], bytes], str]]:
    book = workbook(BOOK)
    formula = workbook({"Démarches": [HEAD, [1, "Rue", "En cours", ("=A9+1", "")]]})
    dde = workbook({"Démarches": [HEAD, [1, ("=cmd|'/C calc'!A0", "Rue"), "En cours", ""]]})
    merged = workbook({"Démarches": [HEAD, ROW, [2, "Place", "En cours", ""]]}, merged="B2:B3")
    two = workbook({"Démarches": [HEAD, ROW], "Notes du service": [["à", "voir"], ["x", "y"]]})
    unnamed = workbook({"Feuil1": [HEAD, ROW], "Feuil2": [HEAD, ROW]})
    bomb = changed(book, same, xl__media__image1=b"\0" * 40_000_000)
    far = changed(book, with_rows(b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"))
    yield "zip bomb", "a.xlsx", lambda: bomb, "démesurée"
    yield "external link", "a.xlsx", lambda: changed(book, same, xl__externalLinks__externalLink1=_RELS), LINKED
    yield "DDE in a workbook", "a.xlsx", lambda: changed(dde, same, xl__externalLinks__externalLink1=_DDE), LINKED
    yield "macros", "a.xlsm", lambda: changed(book, same, **{"xl__vbaProject.bin": b"x"}), "macros"
    yield "a million rows", "a.xlsx", lambda: changed(book, with_rows(million())), "bien au-delà"
    yield "rows that say nothing", "a.xlsx", lambda: changed(book, with_rows(bare())), "bien au-delà"
    yield "a cell far away", "a.xlsx", lambda: far, "bien au-delà"
    yield "wrong columns", "a.xlsx", lambda: workbook({"Démarches": [["a", "b"], [1, 2]]}), "« Identifiant »"
    yield "two sheets", "a.xlsx", lambda: two, "« Notes du service » n'a pas été lue"
    yield "two sheets without a name", "a.xlsx", lambda: unnamed, "de quel genre de fiches"
    yield "merged cells", "a.xlsx", lambda: merged, "cases fusionnées"
    yield "formula without value", "a.xlsx", lambda: formula, "dont le résultat n'est pas enregistré"
    yield "entities", "a.xlsx", lambda: changed(book, lambda n, p: _LAUGHS if "sharedStrings" in n else p), ""
    yield "password", "a.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4_096, "mot de passe"
    yield "truncated workbook", "a.xlsx", lambda: book[: len(book) // 2], "illisible"
    yield "web page", "a.xls", _text("<html><table><tr><td>1</td></tr></table></html>"), "page web"
    yield "a path that climbs", "a.zip", lambda: changed(book, same, **{"..__..__etc__passwd.csv": b"x"}), "sort de son"
    yield "CSV injection", "demarches.csv", _text(f"{CSV_HEAD}1;=cmd|' /C calc'!A0;En cours\n"), "commence par « = »"
    yield "wrong charset", "demarches.csv", lambda: CSV_HEAD.encode() + b"1;\x81\x8d;x\n", "ni UTF-8, ni Windows-1252"
    yield "Windows-1252", "demarches.csv", _text(f"{CSV_HEAD}1;Forêt;En cours\n", "cp1252"), "lu en Windows-1252"
    yield "UTF-16", "demarches.csv", _text(CSV, "utf-16"), "1 fiche lue : 1 nouvelle."
    yield "nested quotes", "demarches.csv", _text(f'{CSV_HEAD}1;"a ""b"" c;En cours\n2;x;y\n'), "coupé au milieu"
    yield "huge cell", "demarches.csv", _text(f"{CSV_HEAD}1;{'x' * 3_000_000};En cours\n"), "dépasse 300 caractères"
    yield "null bytes", "demarches.csv", _text(f"{CSV_HEAD}1;R\0ue;En cours\n"), "ni UTF-8, ni Windows-1252"
    yield "negative zero", "demarches.csv", _text("identifiant;titre;etat;budget\n1;Rue;En cours;-0,0\n"), "1 nouvelle"
    yield "twice the same column", "demarches.csv", _text("identifiant;Titre;titre\n1;a;b\n"), "figure deux fois"
    yield "persons", "demarches.csv", _text("nom;prenom;email\nCanari;Jeanne;a@b.fr\n"), "fichier de personnes"
    yield (
        "nested brackets",
        "demarches.csv",
        _text(f"identifiant;titre;etat;trace\n1;Rue;En cours;{'[' * 99_999}]\n"),
        "« Traces »",
    )
    cells = b"".join(b'<c r="A%d" s="%d"' % (rank % 2_000, rank * 7_919 % 100_003) for rank in range(300_000))
    noisy = changed(
        book, lambda n, p: p + b"<!--" + cells + b"-->" if n.endswith(("sheet1.xml", "workbook.xml")) else p
    )
    names = b'<sheet name="" ' + b"".join(b'name="%d" ' % (rank * 7_919 % 100_003) for rank in range(100_000))
    named = changed(book, lambda n, p: p + b"<!--" + names + b"-->" if n.endswith("workbook.xml") else p)
    spaced = f"identifiant;titre;etat;budget\n1;Rue;En cours;1{' ' * 1_000_000}1\n"
    wide = ";".join(f"colonne {rank}" for rank in range(200_000))
    mails = ";".join(f"{'email' if rank % 2 else 'colonne'} {rank}" for rank in range(16_000))
    yield "a comment full of cells", "a.xlsx", lambda: noisy, "1 fiche lue : 1 nouvelle."
    yield "a comment full of names", "a.xlsx", lambda: named, "1 fiche lue : 1 nouvelle."
    yield "a number full of spaces", "demarches.csv", _text(spaced), "un nombre est attendu"
    yield "too many columns", "demarches.csv", _text(f"identifiant;{wide}\n1\n"), "plus de colonnes"
    yield "many columns of persons", "demarches.csv", _text(f"identifiant;{mails}\n1;2\n"), "gardez celles du modèle"
    yield "a column too many", "demarches.csv", _text("identifiant;titre" + ";x" * 16_000 + "\n"), "figure deux fois"
    yield "too many rows", "demarches.csv", _text(CSV_HEAD + "1;R;x\n" * 30_000), "plus de 20 000 fiches"
    yield "nothing", "demarches.csv", lambda: b"", "vide"
    yield "an image", "demarches.csv", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "pas un tableau lisible"
