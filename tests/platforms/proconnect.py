"""ProConnect on a loopback port, refusing what ProConnect refuses; with `plain`, any OpenID provider.

Sources: documentation of ProConnect (05/2025) and its code (08/2026), as `identity.md` §2 reports them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.platforms.server import Loopback, Quiet

LISTED = {
    *("client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge"),
    *("code_challenge_method", "acr_values", "claims", "prompt", "login_hint", "siret_hint", "idp_hint"),
}
LISTED_FOR_TOKENS = {"grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier"}
SHORTEST, CODE_LIVES, TOKEN_LIVES = 32, 30, 60
AGENT = {"sub": "agent-nantes", "email": "camille.martin@nantesmetropole.fr", "siret": "24440040400129"}
AGENT |= {"given_name": "Camille", "usual_name": "Martin", "uid": "cm", "idp_id": "71144ab3"}

Said = tuple[int, str, str]
"""What is answered: a status, a media type (or « location »), a body."""


class Refused(Exception):
    """What the provider refuses, with its own code."""


@dataclass
class Grant:
    """What a code or a token stands for."""

    asked: dict[str, str]
    told: dict[str, Any]
    at: float
    used: bool = False


@dataclass
class Misdeed:
    """What the provider does wrong, in which of the two things it signs: « id_token » or « userinfo »."""

    where: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    signature: str = ""


class ProConnect(Loopback):
    """The provider. `person`: who stands before it; `refusals`: what it refused; `asked`: what it was asked."""

    def __init__(self, callback: str, farewell: str, *, plain: bool = False) -> None:
        self.callback, self.farewell, self.plain = callback, farewell, plain
        self.client_id, self.client_secret = f"hub-{secrets.token_hex(4)}", secrets.token_hex(32)
        self.key, self.strange = (ECKey.generate_key("P-256", auto_kid=True) for _ in range(2))
        self.person: dict[str, Any] = dict(AGENT)
        self.signed_in, self.acr, self.auth_age = True, "eidas1", 0
        self.answers_error, self.out_of_order, self.later, self.through_another = "", False, 0.0, False
        self.misdeed = Misdeed()
        self.asked: list[dict[str, str]] = []
        self.refusals: list[str] = []
        self.ended: list[dict[str, str]] = []
        self.codes: dict[str, Grant] = {}
        self.tokens: dict[str, Grant] = {}
        self.serve(_spoken(self))

    @property
    def discovery(self) -> str:
        """The address that a setting names."""
        return f"{self.url}/api/v2/.well-known/openid-configuration"

    @property
    def issuer(self) -> str:
        """What the provider calls itself."""
        return f"{self.url}/api/v2"

    def settings(self, prefix: str) -> dict[str, str]:
        """The settings by which a hub knows this provider."""
        values = {"DISCOVERY": self.discovery, "CLIENT_ID": self.client_id, "CLIENT_SECRET": self.client_secret}
        return {f"{prefix}_{name}": value for name, value in values.items()}

    def now(self) -> float:
        """The provider's clock, moved forward by `later` seconds."""
        return time.time() + self.later

    def answer(self, path: str, query: dict[str, str], body: dict[str, str], authorization: str) -> Said:
        """Answer one request."""
        if self.out_of_order:
            return 503, "text/html", "<h1>Panne</h1>"
        match path.removeprefix("/api/v2"):
            case "/.well-known/openid-configuration":
                return 200, "application/json", json.dumps(self.document())
            case "/jwks":
                return 200, "application/json", json.dumps({"keys": [self.key.as_dict(private=False)]})
            case "/authorize":
                return self.authorize(query)
            case "/token":
                return 200, "application/json", json.dumps(self.token(body, authorization))
            case "/userinfo":
                return self.userinfo(authorization)
            case "/session/end":
                return self.end(query)
            case "/agency":
                return 303, "location", query["to"]
        return 404, "text/plain", ""

    def document(self) -> dict[str, Any]:
        """The discovery document. One that does wrong also boasts of algorithms that protect nothing."""
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
        names |= {"jwks_uri": "jwks", "end_session_endpoint": "session/end"}
        boast = ["ES256", "HS256", "none"] if self.misdeed.where else ["ES256"]
        return {
            "issuer": self.issuer,
            "id_token_signing_alg_values_supported": boast,
            **{name: f"{self.issuer}/{path}" for name, path in names.items()},
        }

    def authorize(self, query: dict[str, str]) -> Said:
        """Ask who is there; lead back with a code. What is badly asked ends on a page of the provider's own."""
        self.asked.append(query)
        if not self.plain and (unlisted := set(query) - LISTED):
            raise Refused(f"Y000400: {', '.join(sorted(unlisted))}")
        for name in ("state", "nonce"):
            if not self.plain and len(query.get(name, "")) < SHORTEST:
                raise Refused(f"Y000400: {name} under {SHORTEST} characters")
        if query.get("client_id") != self.client_id or query.get("redirect_uri") != self.callback:
            raise Refused("Y030118: redirect_uri")
        if query.get("response_type") != "code" or "openid" not in query.get("scope", "").split():
            raise Refused("Y000400: response_type or scope")
        error = self.answers_error or ("" if self.signed_in or query.get("prompt") != "none" else "login_required")
        if error:
            return self.lead(self.callback, {"error": error, "error_description": "…", "state": query["state"]})
        code = secrets.token_urlsafe(16)
        self.codes[code] = Grant(query, dict(self.person), self.now())
        return self.lead(self.callback, {"code": code, "state": query["state"], "iss": self.issuer})

    def token(self, body: dict[str, str], authorization: str) -> dict[str, Any]:
        """Give tokens for a code, once, for 30 seconds."""
        if not self.plain and (authorization or set(body) - LISTED_FOR_TOKENS):
            raise Refused("invalid_client: client_secret_post is expected")
        given = _basic(authorization) if authorization else (body.get("client_id"), body.get("client_secret"))
        if given != (self.client_id, self.client_secret):
            raise Refused("invalid_client")
        grant = self.codes.get(body.get("code", ""))
        if grant is None or grant.used or self.now() - grant.at > CODE_LIVES:
            raise Refused("invalid_grant")
        grant.used = True
        challenge = base64.urlsafe_b64encode(hashlib.sha256(body.get("code_verifier", "").encode()).digest())
        if body.get("redirect_uri") != self.callback or challenge.decode().rstrip("=") != grant.asked["code_challenge"]:
            raise Refused("invalid_grant")
        access = secrets.token_urlsafe(16)
        self.tokens[access] = grant
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": TOKEN_LIVES}
        return answer | {"id_token": self.signed("id_token", self.identity(grant))}

    def identity(self, grant: Grant) -> dict[str, Any]:
        """The claims of an id_token."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.client_id, "sub": grant.told["sub"], "iat": now, "exp": now + 60}
        return claims | {"nonce": grant.asked.get("nonce"), "acr": self.acr, "auth_time": now - self.auth_age}

    def userinfo(self, authorization: str) -> Said:
        """Tell of a person: a signed JWT, never anything else, unless this is a plain provider."""
        grant = self.tokens.get(authorization.removeprefix("Bearer "))
        if grant is None or self.now() - grant.at > CODE_LIVES + TOKEN_LIVES:
            raise Refused("invalid_token")
        if self.plain:
            told = grant.told | (self.misdeed.claims if self.misdeed.where == "userinfo" else {})
            return 200, "application/json; charset=utf-8", json.dumps(told)
        claims = {**grant.told, "iss": self.issuer, "aud": self.client_id, "iat": int(time.time())}
        claims["exp"] = claims["iat"] + 60
        return 200, "application/jwt", self.signed("userinfo", claims)

    def signed(self, where: str, claims: dict[str, Any]) -> str:
        """Sign, as it should be or as `misdeed` says."""
        wrong = self.misdeed if self.misdeed.where == where else Misdeed()
        claims, head = {**claims, **wrong.claims}, {"kid": self.key.kid}
        match wrong.signature:
            case "none":
                return f"{_part({'alg': 'none'})}.{_part(claims)}."
            case "public key as secret":
                return _forged({"alg": "HS256", **head}, claims, self.key.as_pem(private=False))
            case "stranger":
                return jwt.encode({"alg": "ES256", **head}, claims, self.strange, ["ES256"])
            case "key in header":
                own = self.strange.as_dict(private=False)
                return jwt.encode({"alg": "ES256", "jwk": own}, claims, self.strange, ["ES256"])
        return jwt.encode({"alg": "ES256", **head}, claims, self.key, ["ES256"])

    def end(self, query: dict[str, str]) -> Said:
        """End the session here, lead back to the exact address registered."""
        if len(query.get("state", "")) < SHORTEST or query.get("post_logout_redirect_uri") != self.farewell:
            raise Refused("Y000400: state or post_logout_redirect_uri")
        jwt.decode(query["id_token_hint"], self.key, ["ES256"])
        self.ended.append(query)
        return self.lead(self.farewell, {"state": query["state"]})

    def lead(self, address: str, query: dict[str, str]) -> Said:
        """Lead the browser elsewhere, at need through the site of the agency that knows the person."""
        url = f"{address}?{urlencode(query)}"
        agency = f"http://localhost:{self.server.server_port}/api/v2/agency"
        return 303, "location", f"{agency}?{urlencode({'to': url})}" if self.through_another else url


def _spoken(provider: ProConnect) -> type[Quiet]:
    class Talk(Quiet):
        def do_GET(self) -> None:
            self.say({})

        def do_POST(self) -> None:
            self.say(_flat(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))

        def say(self, body: dict[str, str]) -> None:
            parts = urlsplit(self.path)
            try:
                said = provider.answer(parts.path, _flat(parts.query), body, self.headers.get("Authorization", ""))
            except Refused as refusal:
                provider.refusals.append(str(refusal))
                error = str(refusal).partition(":")[0]
                status = 401 if error in ("invalid_client", "invalid_token") else 400
                said = (status, "application/json", json.dumps({"error": error, "error_description": str(refusal)}))
            status, media, text = said
            self.send_response(status)
            self.send_header(*(("Location", text) if media == "location" else ("Content-Type", media)))
            content = b"" if media == "location" else text.encode()
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Talk


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}


def _basic(authorization: str) -> tuple[str, str]:
    name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
    return name, secret


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _forged(head: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """A JWT signed by hand: joserfc itself refuses a public key as a shared secret."""
    said = f"{_part(head)}.{_part(claims)}"
    mark = hmac.new(secret, said.encode(), hashlib.sha256).digest()
    return f"{said}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"
