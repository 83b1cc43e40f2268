"""The traps of ProConnect, each cured, and what must be refused whatever the provider says (`identity.md` §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest
from authlib.integrations.flask_client import OAuthError
from flask.testing import FlaskClient
from joserfc.errors import JoseError

from hub.pages import oidc
from tests.people import token
from tests.platforms.proconnect import LISTED, Misdeed
from tests.providers import (
    House,
    accept,
    come_in,
    departure,
    house_at,
    invited,
    is_in,
    lines,
    onward,
    spoken_by,
    text_of,
    way_back,
)

HUB = Path(oidc.__file__).parents[1]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The hub and its two providers."""
    yield from house_at(tmp_path / "instance", "")


@pytest.fixture
def browser(house: House) -> FlaskClient:
    """A browser whose holder was invited."""
    client = house.app.test_client()
    client.get(f"/invitation/{invited('agent')}")
    return client


class ShortSecrets(oidc.Provider):
    """Trap 1: the length that Authlib gives its state."""

    SECRET_LENGTH: ClassVar[int] = 30


class Basic(oidc.Provider):
    """Trap 2: the way in which Authlib presents itself."""

    def __init__(self, *words: Any, **settings: Any) -> None:
        super().__init__(*words, **settings)
        self.client_kwargs = {**self.client_kwargs, "token_endpoint_auth_method": None}


class PlainOnly(oidc.Provider):
    """Trap 3: Authlib's own reading of what is told."""

    def told(self, token: Any) -> dict[str, Any]:
        return dict(self.userinfo(token=token))


class SixtySecondsEarly(oidc.Provider):
    """Trap 4: Authlib's own margin."""

    def __init__(self, *words: Any, **settings: Any) -> None:
        super().__init__(*words, **settings)
        self.client_kwargs = {name: value for name, value in self.client_kwargs.items() if name != "leeway"}


class HalfTheErrors(oidc.Provider):
    """Trap 5: only the errors of Authlib."""

    REFUSALS: ClassVar[tuple[type[Exception], ...]] = (OAuthError,)


class OneMoreParameter(oidc.Provider):
    """Trap 6: a parameter of OpenID Connect that ProConnect does not list."""

    def extra(self, again: bool) -> dict[str, str]:
        return {**super().extra(again), "display": "page"}


def outcome(house: House, client: FlaskClient, caplog: pytest.LogCaptureFixture) -> str:
    """Go and come back; return why it failed, in the provider's words or the log's, « in » when it did not."""
    back = way_back(departure(client))
    if back is None:
        return house.proconnect.refusals[-1]
    client.get(back.removeprefix("http://localhost"))
    if is_in(client):
        return "in"
    return (house.proconnect.refusals or [caplog.records[-1].getMessage()])[-1]


@pytest.mark.parametrize(
    ("client", "why"),
    [
        (oidc.Provider, "in"),
        (ShortSecrets, "Y000400: state under 32 characters"),
        (Basic, "invalid_client: client_secret_post is expected"),
        (PlainOnly, "fournisseur proconnect : hors service (JSONDecodeError)"),
        (SixtySecondsEarly, "fournisseur proconnect : entrée refusée (InvalidTokenError)"),
        (OneMoreParameter, "Y000400: display"),
    ],
)
def test_undoing_a_cure_fails_for_the_reason_of_its_trap(
    house: House, browser: FlaskClient, caplog: pytest.LogCaptureFixture, client: type[oidc.Provider], why: str
) -> None:
    """I4–I7, I9."""
    spoken_by(house, client)
    assert outcome(house, browser, caplog) == why


def test_an_error_of_the_signature_is_a_page_and_would_be_a_breakdown_without_its_cure(
    house: House, browser: FlaskClient
) -> None:
    """I8."""
    house.proconnect.misdeed = Misdeed("id_token", {"nonce": "une autre"})
    assert come_in(browser).status_code == 403
    spoken_by(house, HalfTheErrors)
    with pytest.raises(JoseError):
        come_in(browser)


def test_the_secret_of_the_way_out_is_long_too(house: House, browser: FlaskClient) -> None:
    come_in(browser)
    spoken_by(house, ShortSecrets)
    left = browser.post("/deconnexion", data={"csrf_token": token(browser, "/compte")})
    assert way_back(onward(left)) is None
    assert house.proconnect.refusals == ["Y000400: state or post_logout_redirect_uri"]


def test_what_is_asked_is_in_the_list_and_never_the_same_twice(house: House, browser: FlaskClient) -> None:
    first, second = (dict(parse_qsl(urlsplit(departure(browser)).query)) for _ in range(2))
    assert set(first) <= LISTED
    assert first["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
    assert {len(first["state"]), len(first["nonce"])} == {48}


WRONG = {
    "another issuer": {"iss": "https://ailleurs.example"},
    "another audience": {"aud": "un-autre-service"},
    "an audience that is no text": {"aud": 12},
    "expired": {"exp": 1_700_000_000},
    "another person": {"sub": "quelqu-un-d-autre"},
}
SIGNATURES = ("none", "public key as secret", "stranger", "key in header")
SIGNED = ("id_token", "userinfo")
MISDEEDS = [
    *(pytest.param(Misdeed(where, said), id=f"{where}: {name}") for where in SIGNED for name, said in WRONG.items()),
    *(pytest.param(Misdeed(where, {}, how), id=f"{where}: {how}") for where in SIGNED for how in SIGNATURES),
    pytest.param(Misdeed("id_token", {"nonce": "une-autre"}), id="id_token: another nonce"),
    pytest.param(Misdeed("id_token", {"nonce": None}), id="id_token: no nonce"),
    pytest.param(Misdeed("id_token", {"iss": None}), id="id_token: no issuer"),
    pytest.param(Misdeed("userinfo", {"aud": None}), id="userinfo: no audience"),
    pytest.param(Misdeed("userinfo", {"sub": None}), id="userinfo: nobody"),
]


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_a_false_word_opens_nothing_and_is_logged(
    house: House, browser: FlaskClient, caplog: pytest.LogCaptureFixture, misdeed: Misdeed
) -> None:
    """I10, I11: an embedded key is « key in header »."""
    house.proconnect.misdeed = misdeed
    answer = come_in(browser)
    page = text_of(answer)
    assert answer.status_code == 403
    assert "rien n'a été ouvert" in page
    assert "Réessayer" in page
    assert not is_in(browser)
    assert lines("enter", refused=True) == 1
    assert "entrée refusée" in caplog.text


def test_a_plain_provider_may_not_tell_of_somebody_else_either(house: House, browser: FlaskClient) -> None:
    house.association.misdeed = Misdeed("userinfo", {"sub": "quelqu-un-d-autre"})
    assert come_in(browser, "oidc").status_code == 403
    house.association.misdeed = Misdeed()
    browser.get(f"/invitation/{invited('agent', email='autre@essais.fr')}")
    assert come_in(browser, "oidc").status_code == 303


def test_a_way_back_in_another_browser_is_refused_and_spends_nothing(house: House, browser: FlaskClient) -> None:
    """I12."""
    back = (way_back(departure(browser)) or "").removeprefix("http://localhost")
    other = house.app.test_client()
    refused = other.get(back)
    assert refused.status_code == 403
    assert "pas été commencée dans ce navigateur" in text_of(refused)
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 403
    assert not is_in(other)


def test_a_way_back_of_one_provider_is_not_one_of_the_other(house: House, browser: FlaskClient) -> None:
    back = (way_back(departure(browser)) or "").removeprefix("http://localhost")
    assert browser.get(back.replace("/proconnect/", "/oidc/")).status_code == 403
    assert not is_in(browser)


def too_late(house: House) -> None:
    house.proconnect.later = 31


def already_used(house: House) -> None:
    for grant in house.proconnect.codes.values():
        grant.used = True


@pytest.mark.parametrize("mishap", [too_late, already_used])
def test_a_code_that_is_too_old_or_has_served_is_refused(
    house: House, browser: FlaskClient, mishap: Callable[[House], None]
) -> None:
    back = (way_back(departure(browser)) or "").removeprefix("http://localhost")
    mishap(house)
    answer = browser.get(back)
    assert answer.status_code == 403
    assert "trop tard" in text_of(answer)
    assert house.proconnect.refusals == ["invalid_grant"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [("access_denied", "abandonnée"), ("server_error", "rien n'a été ouvert"), ("<script>", "rien n'a été ouvert")],
)
def test_an_error_of_the_provider_is_a_sentence_and_a_button(
    house: House, browser: FlaskClient, error: str, sentence: str
) -> None:
    house.proconnect.answers_error = error
    page = come_in(browser)
    assert sentence in text_of(page)
    assert "Réessayer" in text_of(page)
    assert "<script>" not in page.get_data(as_text=True)
    house.proconnect.answers_error = ""
    assert come_in(browser).status_code == 303


def test_who_is_not_signed_in_there_goes_on_as_a_visitor(house: House, browser: FlaskClient) -> None:
    house.proconnect.answers_error = "login_required"
    answer = come_in(browser, start="/connexion?next=/metropoles")
    assert answer.headers["Location"] == "/metropoles"
    assert not is_in(browser)
    assert lines("enter", refused=True) == 0


def test_a_provider_that_breaks_down_on_the_way_is_a_page(house: House, browser: FlaskClient) -> None:
    back = (way_back(departure(browser)) or "").removeprefix("http://localhost")
    house.proconnect.out_of_order = True
    answer = browser.get(back)
    assert answer.status_code == 503
    assert "ne répond pas" in text_of(answer)


def test_a_key_withdrawn_by_the_provider_is_believed_for_a_day_at_most(house: House, browser: FlaskClient) -> None:
    accept(browser)
    provider = oidc.called("proconnect")
    assert provider is not None
    provider.server_metadata["_loaded_at"] -= oidc.KEPT + 1
    house.proconnect.key, withdrawn = house.proconnect.strange, house.proconnect.key
    other = house.app.test_client()
    assert come_in(other).status_code == 303
    assert [key["kid"] for key in provider.server_metadata["jwks"]["keys"]] == [house.proconnect.key.kid]
    assert withdrawn.kid != house.proconnect.key.kid


def test_no_line_of_the_code_names_a_provider_of_identity() -> None:
    """I2: a provider is settings only."""
    for path in HUB.rglob("*.py"):
        text = path.read_text("utf-8")
        assert "gouv.fr/api" not in text
        assert "agentconnect" not in text.lower(), path


def test_every_call_to_a_provider_has_a_patience(house: House) -> None:
    provider = oidc.called("proconnect")
    assert provider is not None
    for spoken in (provider._get_session(), provider._get_oauth_client()):
        assert spoken.default_timeout == oidc.TIMEOUT
