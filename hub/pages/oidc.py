"""The conversation with an OpenID Connect provider: Authlib's Flask client, the traps of `identity.md` §2 cured."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from authlib.common.security import generate_token
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth, OAuthError
from flask import Flask, current_app, request, session
from joserfc import jwt
from joserfc.errors import InvalidClaimError, JoseError
from joserfc.jwk import KeySet

from hub.access.identities import Claims
from hub.access.reader import FRESH
from hub.errors import HubError

ALGORITHMS = ["ES256", "RS256"]
"""The only signatures believed, whatever the provider says it can do."""
SKEW = 10
"""Seconds by which the provider's clock may differ from ours."""
TIMEOUT = 10
"""Seconds without an answer after which the provider is said to be out of order."""
KEPT = 24 * 3600
"""Seconds after which the provider's addresses and keys are read again: a key it withdrew is no longer believed."""
PROCONNECT_SCOPE = "openid given_name usual_name email uid siret idp_id"
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
UNREAD = (OSError, ValueError, LookupError)
"""What an answer that is late, missing or not what it should be raises (the errors of `requests` are OSError)."""

NOT_BEGUN = "Cette entrée n'a pas été commencée dans ce navigateur, ou elle a déjà servi."
UNVERIFIED = "La réponse du fournisseur d'identité n'est pas celle que le hub attendait : rien n'a été ouvert."
SENTENCES = {
    "access_denied": "L'entrée a été abandonnée, ou le fournisseur d'identité ne l'a pas permise.",
    "invalid_grant": "La réponse du fournisseur d'identité a déjà servi, ou est arrivée trop tard.",
}
"""What errors of RFC 6749 (§4.1.2.1, §5.2) mean to whoever meets them."""


class ProviderError(HubError):
    """The provider let nobody in."""

    status = 403


class ProviderDown(ProviderError):
    """The provider does not answer, or not as a provider does."""

    status = 503


class NobodySignedIn(ProviderError):
    """Asked without a screen, the provider knows nobody in this browser."""


@dataclass(frozen=True)
class Answer:
    """What came back: who, the signed word of the provider, why it was asked, whether the person was just there."""

    claims: Claims
    id_token: str
    linking: bool
    proved: bool


class Provider(FlaskOAuth2App):  # type: ignore[misc]  # Authlib has no types
    """One provider, as the settings name it."""

    SECRET_LENGTH: ClassVar[int] = 48  # Authlib draws 30 and 20 characters; ProConnect asks for 32 at least
    REFUSALS: ClassVar[tuple[type[Exception], ...]] = (OAuthError, JoseError)  # a bad signature or claim is the latter

    def departure(self, callback: str, *, linking: bool = False, again: bool = False) -> str:
        """Return the address at which the provider asks who is there; what was drawn waits in the session.

        `again`: the person must show themselves even if the provider remembers them. Raises ProviderDown.
        """
        asked = {"state": generate_token(self.SECRET_LENGTH), "nonce": generate_token(self.SECRET_LENGTH)}
        try:
            drawn = self.create_authorization_url(callback, **asked, **self.extra(again))
        except UNREAD as error:
            raise _down(self.name, error) from error
        self.save_authorize_data(redirect_uri=callback, linking=linking, **drawn)
        return str(drawn["url"])

    def extra(self, again: bool) -> dict[str, str]:
        """Return the other parameters sent: ProConnect refuses any that it does not list (Y000400)."""
        return {"prompt": "login"} if again else {}

    def come_back(self) -> Answer:
        """Return what the provider says, once checked. Raises ProviderError, ProviderDown, NobodySignedIn."""
        state = request.args.get("state", "")
        begun = self.framework.get_state_data(session, state)
        if begun is None:
            raise ProviderError(NOT_BEGUN)
        try:
            token = self.authorize_access_token(leeway=SKEW)
            return self._answer(token, token["userinfo"], bool(begun.get("linking")))
        except self.REFUSALS as error:
            raise _declined(self.name, error) from error
        except UNREAD as error:
            raise _down(self.name, error) from error
        finally:
            self.framework.clear_state_data(session, state)

    def farewell(self, id_token: str, back: str) -> str | None:
        """Return the address at which the provider's own session ends; None when it cannot be had."""
        try:
            left = self.create_logout_url(back, id_token, state=generate_token(self.SECRET_LENGTH))
        except (*UNREAD, RuntimeError):  # RuntimeError: this provider ends no session
            return None
        return str(left["url"])

    def told(self, token: Any) -> dict[str, Any]:
        """Return what the provider tells of a person: ProConnect signs it, others send plain JSON.

        Raises JoseError, OAuthError, OSError, ValueError.
        """
        metadata = self.load_server_metadata()
        answer = self.get(metadata["userinfo_endpoint"], token=token)
        answer.raise_for_status()
        if answer.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/jwt":
            return dict(answer.json())
        claims = jwt.decode(answer.text, KeySet.import_key_set(self.fetch_jwk_set()), algorithms=ALGORITHMS).claims
        expected = {"iss": metadata["issuer"], "aud": self.client_id}
        options: Any = {name: {"essential": True, "value": value} for name, value in expected.items()}
        jwt.JWTClaimsRegistry(leeway=SKEW, **options).validate(claims)
        return claims

    def load_server_metadata(self) -> dict[str, Any]:
        """Return the provider's addresses, read again each day. Raises OSError, ValueError."""
        known: dict[str, Any] = self.server_metadata
        if time.time() - known.get("_loaded_at", 0) > KEPT:
            for name in ("_loaded_at", "jwks"):
                known.pop(name, None)
        try:
            super().load_server_metadata()
        except TypeError as error:
            raise ValueError("the discovery document is no object") from error
        if not all(isinstance(known.get(name), str) for name in NEEDED):
            known.pop("_loaded_at", None)
            raise ValueError("the discovery document lacks an address")
        known["id_token_signing_alg_values_supported"] = ALGORITHMS
        return known

    def _answer(self, token: Any, signed: Mapping[str, Any], linking: bool) -> Answer:
        told = self.told(token)
        if told.get("sub") != signed["sub"] or len(signed["sub"]) > 255:  # OpenID Connect Core §5.3.2 and §2
            raise InvalidClaimError("sub")
        age = signed["iat"] - signed.get("auth_time", signed["iat"])
        return Answer(claims_of(self.name, signed, told), token["id_token"], linking, age <= FRESH.total_seconds())


def register(app: Flask, client: type[Provider] = Provider) -> None:
    """Make the providers that the settings name; none is spoken to before somebody comes by it."""
    config, oauth = app.config, OAuth(app)
    asked = {
        "proconnect": {"scope": PROCONNECT_SCOPE, "token_endpoint_auth_method": "client_secret_post"},
        "oidc": {"scope": config["OIDC_SCOPES"], "token_endpoint_auth_method": config["OIDC_AUTH_METHOD"]},
    }
    for name in labels(config):
        # leeway: Authlib holds a token for dead 60 s early, which is all the life that ProConnect gives one
        kwargs = {**asked[name], "code_challenge_method": "S256", "leeway": 0, "default_timeout": TIMEOUT}
        address = config[f"{name.upper()}_DISCOVERY"]
        oauth.register(name, client_cls=client, server_metadata_url=address, client_kwargs=kwargs)


def labels(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the providers open on this hub: the name each has in addresses, and the one that people read."""
    every = {"proconnect": "ProConnect", "oidc": config["OIDC_LABEL"]}
    return {name: label for name, label in every.items() if config[f"{name.upper()}_CLIENT_ID"]}


def called(name: str) -> Provider | None:
    """Return the provider of this name, None when the settings name none."""
    found: Provider | None = current_app.extensions["authlib.integrations.flask_client"].create_client(name)
    return found


def claims_of(provider: str, signed: Mapping[str, Any], told: Mapping[str, Any]) -> Claims:
    """Return who it is: the key from what is signed, the rest from what is told, cut to what a column holds."""

    def text(name: str, source: Mapping[str, Any] = told) -> str:
        value = source.get(name)
        return "".join(filter(str.isprintable, value)).strip()[:200] if isinstance(value, str) else ""

    parts = (text("given_name"), text("usual_name") or text("family_name"))
    name = " ".join(filter(None, parts)) or text("name") or text("email")
    return Claims(
        provider,
        signed["iss"],
        signed["sub"],
        email=text("email"),
        name=name[:200],
        siret=text("siret"),
        acr=text("acr", signed),
    )


def _declined(name: str, error: Exception) -> ProviderError:
    """Return the refusal that fits; the log has its kind, never what the provider or the browser sent."""
    code = str(getattr(error, "error", ""))
    if code == "login_required":
        return NobodySignedIn("Personne n'est entré chez le fournisseur d'identité.")
    current_app.logger.warning("fournisseur %s : entrée refusée (%s)", name, type(error).__name__)
    return ProviderError(SENTENCES.get(code, UNVERIFIED))


def _down(name: str, error: Exception) -> ProviderDown:
    current_app.logger.warning("fournisseur %s : hors service (%s)", name, type(error).__name__)
    return ProviderDown("Le fournisseur d'identité ne répond pas, ou pas comme prévu.")
