"""What protects is strong and stays secret (C34, C35, C39); each line of the security checklist is held by a test."""

from __future__ import annotations

import ast
import configparser
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.dependencies import audit, installed

ROOT = Path(__file__).resolve().parents[1]
OPERATIONS = (ROOT / "docs" / "OPERATIONS.md").read_text("utf-8")
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abp]-|sk_live_|glpat-"
    r"|eyJ[\w-]{20,}\.eyJ[\w-]{20,}\.|(?i:password|secret|token)\w*[\"']?\s*[:=]\s*[\"'][A-Za-z0-9+/_-]{24,}[\"']"
)
PLAY = ("hub/demo/", "connectors/fetch.py")
"""Where chance protects nothing: made-up data, and the time between two tries."""
GUARDED = ("hub/access", *(f"hub/pages/{name}" for name in ("passkeys", "entry", "oidc", "provider")))
SECRET_NAMES = re.compile(r"(^|_)(secret|token|password|code|digest|key)s?$")


def tracked() -> Iterator[Path]:
    """The text files of the tree."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".xlsx", ".ods", ".pdf", ".gz", ".zip"):
            yield path


def modules() -> Iterator[tuple[str, ast.Module]]:
    for top in ("hub", "connectors", "schemas"):
        for path in sorted((ROOT / top).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def test_no_secret_stands_in_the_tree() -> None:
    assert SECRETS.search("API_TOKEN = 'abcdefghijklmnopqrstuvwxyz0123'")
    found = {}
    for path in tracked():
        if hit := SECRETS.search(path.read_text("utf-8", errors="replace")):
            found[str(path.relative_to(ROOT))] = hit[0][:40]
    assert {name: hit for name, hit in found.items() if name != "tests/test_secrets.py"} == {}


def test_no_weak_chance_or_digest_protects_anything() -> None:
    found = []
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                origin = [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
                found += [(name, each) for each in origin if each in ("random", "uuid") and not name.startswith(PLAY)]
                found += [(name, each) for each in origin if each.startswith(("authlib.jose", "pickle", "marshal"))]
            if isinstance(node, ast.Attribute) and node.attr in ("md5", "sha1", "seed", "Random"):
                found += [] if name.startswith(PLAY) else [(name, node.attr)]
    assert found == []


def test_no_secret_is_compared_letter_by_letter() -> None:
    """In Python, a comparison of secrets is `hmac.compare_digest`; in SQL, it is of digests of 256 random bits."""
    found = []
    for name, tree in modules():
        if not name.startswith(
            ("hub/access", "hub/pages/passkeys", "hub/pages/entry", "hub/pages/oidc", "hub/pages/provider")
        ):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                sides = [node.left, *node.comparators]
                in_sql = any(isinstance(side, ast.Attribute) and _is_column(side) for side in sides)
                plain = any(isinstance(side, ast.Constant) for side in sides)
                if not (in_sql or plain) and any(SECRET_NAMES.search(_name(side)) for side in sides):
                    found.append(f"{name}:{node.lineno}")
    assert [place for place in found if not place.startswith("hub/access/audit.py")] == []


def _is_column(side: ast.Attribute) -> bool:
    return isinstance(side.value, ast.Name) and side.value.id[:1].isupper()


def _name(side: ast.expr) -> str:
    return side.attr if isinstance(side, ast.Attribute) else side.id if isinstance(side, ast.Name) else ""


def test_each_dependency_stands_in_the_documentation_with_its_licence_and_reason() -> None:
    declared = configparser.ConfigParser()
    declared.read(ROOT / "setup.cfg", "utf-8")
    needed = {re.split(r"[<>=\[]", line)[0] for line in declared["options"]["install_requires"].split()}
    table = OPERATIONS.partition("## Dépendances")[2].partition("\n## ")[0]
    told = {row[0]: row[1:] for row in re.findall(r"^\| `([\w-]+)` \| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE)}
    assert set(told) == needed
    assert all(licence.strip() and reason.strip() for licence, reason in told.values())


def test_the_audit_tells_a_weakness_and_never_fails_for_want_of_an_index() -> None:
    class Index(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            weak = [{"vulns": [{"id": "PYSEC-0"}]} if each["package"]["name"] == "flask" else {} for each in asked]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"results": weak}).encode())

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        code, told = audit(address)
        server.shutdown()
    assert (code, "flask" in told, "PYSEC-0" in told) == (1, True, True)
    code, told = audit(address)
    assert (code, "aucun index" in told) == (0, True)
    assert {"flask", "sqlalchemy"} <= {each["package"]["name"] for each in installed()}


CHECKLIST = OPERATIONS.partition("## Liste de contrôle de sécurité")[2].partition("\n## ")[0]


def test_each_line_of_the_checklist_names_tests_that_exist() -> None:
    lines = [line for line in CHECKLIST.splitlines() if re.match(r"\| [CI]\d", line)]
    for line in lines:
        names = re.findall(r"`(tests/\w+\.py)::(test_\w+)`", line)
        assert names, line
        for path, name in names:
            assert f"def {name}(" in (ROOT / path).read_text("utf-8"), (path, name)


@pytest.mark.parametrize(
    "rule", [*(f"C{number}" for number in range(25, 42)), *(f"I{number}" for number in range(26, 31))]
)
def test_every_rule_of_security_is_in_the_checklist(rule: str) -> None:
    assert re.search(rf"\b{rule}\b", CHECKLIST)
