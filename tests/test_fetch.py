"""The only HTTP of the hub, against a server that misbehaves."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.answer import Answer, Forgetful
from connectors.base import SourceChanged, SourceDown
from connectors.fetch import Fetch, Manners, retry_after
from connectors.guard import RefusedAddress, check_url, is_public

QUICK = Manners(pace=0, private=True, retries=(1, 1, 1), read=0.5, connect=0.5, total=1, answer_cap=100_000)
Reply = Callable[[BaseHTTPRequestHandler], None]


class Platform:
    """A server whose next replies are given one by one; the last is repeated."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        platform = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                platform.requests.append((self.path, headers))
                reply = platform.replies.pop(0) if len(platform.replies) > 1 else platform.replies[0]
                reply(self)

            do_POST = do_GET

            def log_message(self, *words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def platform() -> Iterator[Platform]:
    running = Platform()
    yield running
    running.server.shutdown()
    running.server.server_close()


def reply(body: bytes = b"{}", status: int = 200, length: int | None = None, **headers: str) -> Reply:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", headers.pop("type", "application/json"))
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = length is not None

    return answer


def reset(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.close()


def slow(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1)
    reset(handler)


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(30):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def fetching(**manners: object) -> tuple[Fetch, list[float]]:
    waits: list[float] = []
    return Fetch(Manners(**{**QUICK.__dict__, **manners}), wait=waits.append), waits


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_failure_is_retried_and_forgotten(platform: Platform, status: int) -> None:
    platform.replies = [reply(status=status), reply(b'{"ok": true}')]
    fetch, _ = fetching()
    assert fetch.get(platform.url).json() == {"ok": True}
    assert (fetch.counts["requests"], fetch.counts["failures"]) == (2, 1)


@pytest.mark.parametrize("fault", [reset, slow, reply(b"{", length=100), reply(status=503)])
def test_a_lasting_failure_is_a_source_down_after_three_retries(platform: Platform, fault: Reply) -> None:
    platform.replies = [fault]
    fetch, waits = fetching()
    with pytest.raises(SourceDown):
        fetch.get(platform.url)
    assert fetch.counts["requests"] == 4
    assert len(waits) >= 3


def test_a_body_that_drips_is_cut_at_the_deadline(platform: Platform) -> None:
    platform.replies = [drip]
    fetch, _ = fetching(retries=())
    start = time.monotonic()
    with pytest.raises(SourceDown):
        fetch.get(platform.url)
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    ("status", "cause"), [(401, "access"), (403, "access"), (404, "contract"), (410, "contract"), (204, "contract")]
)
def test_a_refusal_is_never_retried_and_says_who_can_act(platform: Platform, status: int, cause: str) -> None:
    platform.replies = [reply(b"", status=status)]
    fetch, _ = fetching()
    with pytest.raises(SourceChanged) as caught:
        fetch.get(platform.url)
    assert (caught.value.cause, fetch.counts["requests"]) == (cause, 1)


def test_a_missing_record_can_be_asked_for_without_a_fuss(platform: Platform) -> None:
    platform.replies = [reply(status=404)]
    assert fetching()[0].get(platform.url, missing=(404,)).status == 404


def test_the_wait_a_platform_asks_for_is_respected(platform: Platform) -> None:
    platform.replies = [reply(status=429, Retry_After="7"), reply()]
    fetch, waits = fetching(pace=1, pause=0)
    fetch.get(platform.url)
    assert 7.0 in waits


def test_a_wait_beyond_five_minutes_ends_the_run_and_says_how_long(platform: Platform) -> None:
    platform.replies = [reply(status=429, Retry_After="51000")]
    with pytest.raises(SourceDown, match="14 h 10") as caught:
        fetching()[0].get(platform.url)
    assert caught.value.after == 51000


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12", 12.0), ("Fri, 01 Jan 2010 00:00:00 GMT", 0.0), ("", None), ("bientôt", None), ("-3", None)],
)
def test_retry_after_reads_seconds_and_dates(text: str, expected: float | None) -> None:
    assert retry_after(text) == expected


@pytest.mark.parametrize(
    "body",
    [
        *(b"<!doctype html><html>", b'{"a": 1', b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff\xfe", b""),
        *(b"[" * 100_000, b"[" * 70 + b"]" * 70),
    ],
)  # fmt: skip
def test_what_is_not_clean_json_is_a_source_changed_never_an_empty_list(platform: Platform, body: bytes) -> None:
    platform.replies = [reply(body)]
    with pytest.raises(SourceChanged):
        fetching()[0].get(platform.url).json()


def test_a_body_beyond_the_cap_is_refused_even_when_it_was_small_on_the_wire(platform: Platform) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    platform.replies = [reply(bomb, Content_Encoding="gzip")]
    with pytest.raises(SourceChanged, match="dépasse"):
        fetching()[0].get(platform.url)


def test_a_compressed_answer_cut_short_is_a_source_down_and_not_a_shorter_answer(platform: Platform) -> None:
    packed = gzip.compress(b'{"items": []}')
    platform.replies = [reply(packed[:-6], Content_Encoding="gzip")]
    with pytest.raises(SourceDown, match="coupée"):
        fetching(retries=())[0].get(platform.url)


def test_a_compressed_answer_in_several_parts_is_read_whole_without_its_padding(platform: Platform) -> None:
    platform.replies = [reply(gzip.compress(b'{"a"') + gzip.compress(b": 1}") + b"\0\0", Content_Encoding="gzip")]
    assert fetching()[0].get(platform.url).json() == {"a": 1}
    assert platform.requests[0][1]["accept-encoding"] == "gzip"


@pytest.mark.parametrize(("coding", "body"), [("gzip", b'{"a": 1}'), ("br", b"\x0b\x02")])
def test_a_compression_that_is_not_the_one_said_is_a_source_down(platform: Platform, coding: str, body: bytes) -> None:
    platform.replies = [reply(body, Content_Encoding=coding)]
    with pytest.raises(SourceDown):
        fetching(retries=())[0].get(platform.url)


def test_a_connector_never_waits_for_a_read_longer_than_a_request_may_last(platform: Platform) -> None:
    platform.replies = [slow]
    start = time.monotonic()
    with pytest.raises(SourceDown):
        fetching(retries=(), total=0.2)[0].get(platform.url, read=90)
    assert time.monotonic() - start < 1


def test_a_redirect_on_the_same_host_is_followed_and_another_host_is_not(platform: Platform) -> None:
    platform.replies = [reply(status=302, Location="/la"), reply(b'{"la": 1}')]
    assert fetching()[0].get(platform.url).json() == {"la": 1}
    platform.replies = [reply(status=301, Location="http://autre.example.org/x?cle=secret")]
    with pytest.raises(SourceChanged, match="a déménagé") as caught:
        fetching()[0].get(platform.url)
    assert "secret" not in str(caught.value)


def test_redirects_without_end_are_stopped(platform: Platform) -> None:
    platform.replies = [reply(status=302, Location="/encore")]
    fetch, _ = fetching()
    with pytest.raises(SourceChanged, match="sans fin"):
        fetch.get(platform.url)
    assert fetch.counts["requests"] == 4


def test_a_query_is_never_carried_through_a_redirect(platform: Platform) -> None:
    platform.replies = [reply(status=302, Location="/connexion")]
    fetch, _ = fetching()
    with pytest.raises(SourceChanged, match="a déménagé"):
        fetch.query(platform.url, "{ a }")
    assert fetch.counts["requests"] == 1


def test_what_did_not_change_is_not_sent_again(platform: Platform) -> None:
    class Known(Forgetful):
        def validators(self, _request: str) -> dict[str, str]:
            return {"If-None-Match": '"1"'}

        def keep(self, answer: Answer) -> Answer:
            assert answer.status == 304
            return Answer(platform.url, 200, {}, lambda: b'{"kept": true}', "abc", unchanged=True)

    platform.replies = [reply(b"", status=304)]
    fetch = Fetch(QUICK, Known(), wait=lambda _: None)
    answer = fetch.get(platform.url)
    assert (answer.json(), answer.unchanged, answer.sha256) == ({"kept": True}, True, "abc")
    assert platform.requests[0][1]["if-none-match"] == '"1"'
    assert fetch.counts["not_modified"] == 1


def test_a_request_says_who_asks_and_waits_its_turn(platform: Platform) -> None:
    platform.replies = [reply()]
    fetch, waits = fetching(pace=1, pause=5)
    fetch.get(platform.url)
    fetch.get(platform.url)
    assert platform.requests[0][1]["user-agent"].startswith("HubMetropoles/")
    assert waits == [pytest.approx(5, abs=0.5)]


def test_a_run_has_a_budget_of_requests(platform: Platform) -> None:
    platform.replies = [reply()]
    fetch, _ = fetching(requests=3)
    for _ in range(3):
        fetch.get(platform.url)
    with pytest.raises(SourceDown, match="limite"):
        fetch.get(platform.url)
    assert len(platform.requests) == 3


def test_a_graphql_answer_comes_with_its_errors(platform: Platform) -> None:
    body = {"data": {"a": None}, "errors": [{"message": "non"}]}
    platform.replies = [reply(json.dumps(body).encode())]
    assert fetching()[0].query(platform.url, "{ a }", {"n": 1}) == body


REFUSED = [
    "127.0.0.1",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:1::1",
    "2001:db8::1",
    "fec0::1",
    "3fff::1",
    "5f00::1",
]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_inside_is_refused(address: str) -> None:
    assert not is_public(address)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(RefusedAddress):
        check_url(f"http://{host}/")


@pytest.mark.parametrize("address", ["8.8.8.8", "::ffff:8.8.8.8", "2a00:1450::1"])
def test_a_public_address_is_accepted(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/", "http://127.1/", "http://0177.0.0.1/", "http://0x7f.1/", "http://0x7f000001/", "http://2130706433/",
        "http://[::ffff:127.0.0.1]/", "http://example.org@127.0.0.1/", "http://127.0.0.1\\@example.org/", "http://①②⑦.⓪.⓪.①/",
        "file:///etc/passwd", "gopher://example.org/", "ftp://example.org/", "//example.org/", "http://", "http://intranet/",
        "http://hub.internal/", "http://example.org:99999/", "http://exa mple.org/", "http://user:pw@example.org/",
    ],
)  # fmt: skip
def test_a_url_that_a_source_may_not_have_is_refused_with_words(url: str) -> None:
    with pytest.raises(RefusedAddress) as caught:
        check_url(url)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "url", ["https://dialoguecitoyen.metropole.nantes.fr/graphql", "http://8.8.8.8:8080/x", "https://a.fr."]
)
def test_an_ordinary_url_is_accepted(url: str) -> None:
    check_url(url)


def test_a_name_that_leads_inside_is_refused_when_it_is_dialled(platform: Platform) -> None:
    fetch = Fetch(Manners(pace=0, retries=()), wait=lambda _: None)
    with pytest.raises(SourceChanged, match="publique"):
        fetch.get(platform.url)
    assert platform.requests == []
