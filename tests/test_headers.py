"""The headers of every answer (`compliance.md` §7, C25, C27), its cookies (I26), the hosts and proxies believed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.test import TestResponse

from hub.access import links
from hub.access.rights import ADMINISTRATION
from hub.app import create_app
from hub.db import writing
from hub.harvest.founding import load_metropoles
from tests.conftest import FIXED, ready
from tests.make import make_source, process, run
from tests.people import entered, person, token
from tests.routes import addresses, forms

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'none'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
EXACT = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
OPEN = ("/api/", "/static/", "/schemas/")
COMMON = (*OPEN, "/.well-known/")
"""Where no cookie is looked at, or what is answered is the same for all."""
FILES = (".csv", ".json", ".xlsx", ".parquet", ".svg", ".png", ".pdf")
PRIVATE = ("/connexion", "/invitation", "/compte", "/personnes", "/journal-des-actes")
HTTPS = {**FIXED, "PUBLIC_URL": "https://hub.exemple.fr", "TESTING": True}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A hub with one démarche, in which errors are answered as they are in service."""
    for app in ready(tmp_path_factory.mktemp("entetes") / "instance", "", TESTING=False):
        run(make_source(), [process("1")])
        yield app


def wrong(answer: TestResponse, path: str, *, cookie: bool = False) -> list[str]:
    """What of the headers of an answer is not as it is written."""
    said = answer.headers
    found = [name for name, value in EXACT.items() if said.getlist(name) != [value]]
    referrer = "no-referrer" if said.get("Referrer-Policy") == "no-referrer" and path.startswith(PRIVATE) else None
    found += [] if said["Referrer-Policy"] == (referrer or "strict-origin-when-cross-origin") else ["Referrer-Policy"]
    permissions = said["Permissions-Policy"].split(", ")
    found += [] if len(permissions) > 15 and all(each.endswith("=()") for each in permissions) else ["Permissions"]
    is_open = path.startswith(OPEN) or (path.endswith(FILES) and not cookie)
    expected = ("cross-origin", "*") if is_open and answer.request.method == "GET" else ("same-origin", None)
    reach = (said["Cross-Origin-Resource-Policy"], said.get("Access-Control-Allow-Origin"))
    found += [] if reach == expected else [f"reach {reach}"]
    found += ["credentials"] if "Access-Control-Allow-Credentials" in said else []
    found += ["versions"] if "X-Powered-By" in said else []
    if cookie and not path.startswith(COMMON):
        found += [] if said.get("Cache-Control") == "no-store" else ["Cache-Control"]
    return found


@pytest.mark.parametrize("who", ["visitor", "member"])
def test_every_answer_bears_exactly_the_headers_that_are_written(house: Flask, who: str) -> None:
    """Pages, files, redirects, refusals, missing pages, methods that are not taken."""
    member = who == "member"
    client = entered(house, ADMINISTRATION) if member else house.test_client(use_cookies=False)
    missing = ["/rien", "/api/v1/rien", "/sources/rien.json", "/demarches/", "/demarches?page=x", "/static/rien.css"]
    asked = [(path, "GET") for path in [*addresses(house), *missing]]
    asked += [(path, "POST") for path in [*forms(house), "/", "/api/v1/processes"]]
    asked += [(path, method) for path in ("/", "/demarches") for method in ("OPTIONS", "PUT", "DELETE", "TRACE")]
    found = {}
    for path, method in asked:
        with client.open(path, method=method) as answer:
            assert answer.status_code < 500
            if bad := wrong(answer, path.partition("?")[0], cookie=member):
                found[method, path] = bad
    assert found == {}


def test_an_answer_that_fails_tells_no_trace_and_bears_the_same_headers(house: Flask) -> None:
    def broken() -> str:
        raise RuntimeError("secret-de-la-panne")

    house.view_functions["reference.site_plan"], kept = broken, house.view_functions["reference.site_plan"]
    try:
        answer = house.test_client().get("/plan-du-site")
    finally:
        house.view_functions["reference.site_plan"] = kept
    assert answer.status_code == 500
    assert wrong(answer, "/plan-du-site") == []
    assert "Panne du hub" in answer.text
    for word in ("secret-de-la-panne", "Traceback", "RuntimeError", "site-packages", ".py"):
        assert word not in answer.text


def test_ways_in_are_kept_by_no_cache_even_for_a_visitor(house: Flask) -> None:
    client = house.test_client()
    for path in ("/connexion", "/connexion"):
        assert client.get(path).headers["Cache-Control"] == "no-store"


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Flask]:
    """A hub published under https, behind one proxy."""
    yield from ready(tmp_path / "instance", "", PUBLIC_URL="https://hub.exemple.fr", PROXY_HOPS=1)


def behind(app: Flask, path: str, **headers: str) -> TestResponse:
    """What a request brought by the proxy is answered."""
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9", "X-Forwarded-Host": "hub.exemple.fr"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().get(path, headers=told | named)


def test_a_hub_published_under_https_leads_there_and_asks_browsers_to_stay(published: Flask) -> None:
    plain = behind(published, "/demarches?page=1", X_Forwarded_Proto="http")
    assert (plain.status_code, plain.headers["Location"]) == (308, "https://hub.exemple.fr/demarches?page=1")
    for path in ("/", "/rien", "/api/v1/processes", "/static/hub.css", "/compte"):
        with behind(published, path) as answer:
            assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_only_the_last_proxies_are_believed(published: Flask) -> None:
    seen: list[Any] = []
    published.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(_origin()))
    behind(published, "/robot", X_Forwarded_For="203.0.113.66, 192.0.2.9", X_Forwarded_Proto="http, https")
    assert seen == [("192.0.2.9", "https")]
    assert behind(published, "/robot", X_Forwarded_Host="mal.example").status_code == 400


def _origin() -> tuple[str | None, str]:
    return request.remote_addr, request.scheme


def test_without_a_proxy_forged_addresses_are_ignored(house: Flask) -> None:
    seen: list[Any] = []
    house.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(_origin()))
    forged = {"X-Forwarded-For": "203.0.113.66", "X-Forwarded-Proto": "https", "X-Real-IP": "203.0.113.66"}
    answer = house.test_client().get("/robot", headers=forged)
    house.before_request_funcs[None].pop(0)
    assert seen == [("127.0.0.1", "http")]
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("https", [False, True])
def test_every_cookie_is_for_this_host_for_no_script_and_for_no_other_site(tmp_path: Path, https: bool) -> None:
    settings = {"PUBLIC_URL": "https://hub.exemple.fr"} if https else {}
    base = "https://hub.exemple.fr" if https else "http://localhost"
    for app in ready(tmp_path / "instance", "", **settings):
        load_metropoles()
        client, person_id = app.test_client(), person(ADMINISTRATION)
        with writing() as connection:
            secret = links.give(connection, person_id)
        first = client.get(f"/connexion/lien/{secret}", base_url=base)
        proof = first.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        sent = {"csrf_token": proof}
        answers = [first, client.post(f"/connexion/lien/{secret}", base_url=base, data=sent, headers={"Referer": base})]
        cookies = [text for answer in answers for text in answer.headers.getlist("Set-Cookie")]
        assert len(cookies) == 2, [answer.status_code for answer in answers]
        for text in cookies:
            name, _, flags = text.partition("=")
            assert name == ("__Host-hub" if https else "hub")
            said = {each.strip().lower() for each in flags.split(";")[1:]}
            assert said == {"httponly", "path=/", "samesite=lax"} | ({"secure"} if https else set())


def test_reading_public_pages_sets_no_cookie(house: Flask) -> None:
    client = house.test_client()
    for path in addresses(house):
        if not path.startswith(PRIVATE):
            with client.get(path) as answer:
                assert "Set-Cookie" not in answer.headers, path


def test_whom_to_tell_of_a_weakness_is_written(house: Flask) -> None:
    told = house.test_client().get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in told.text.splitlines())
    assert (told.mimetype, lines["Contact"]) == ("text/plain", "http://localhost/robot")
    assert lines["Expires"].endswith("Z")
    house.config["OPERATOR_MAIL"] = "exploitation@essais.fr"
    assert "Contact: mailto:exploitation@essais.fr" in house.test_client().get("/.well-known/security.txt").text


def test_a_form_that_is_too_large_is_refused_in_french(house: Flask) -> None:
    client = house.test_client()
    answer = client.post("/connexion/courriel", data={"csrf_token": token(client), "email": "x" * 2_000_000})
    assert answer.status_code == 413
    assert "Envoi trop volumineux" in answer.text


@pytest.mark.parametrize("key", ["change-moi", "secret", "dev"])
def test_a_short_secret_key_stops_the_start(tmp_path: Path, key: str) -> None:
    with pytest.raises(Exception, match="SECRET_KEY"):
        create_app({**HTTPS, "SECRET_KEY": key}, tmp_path)
