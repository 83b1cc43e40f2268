"""The headers of every answer (`compliance.md` §7): nothing inline, nothing from elsewhere, nothing to sniff."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, redirect, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'none'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
HSTS = "max-age=63072000; includeSubDomains"
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
OPEN = ("/api/", "/static/", "/schemas/")
FILES = (".csv", ".json", ".xlsx", ".svg", ".png", ".pdf")
"""Where other sites may read: data and files, the same for all."""


def register(app: Flask) -> None:
    """Put the headers on every answer, errors included; believe only the proxies and the hosts that are ours."""
    config = app.config
    https = config["PUBLIC_URL"].startswith("https://")
    host = urlsplit(config["PUBLIC_URL"]).hostname
    config["TRUSTED_HOSTS"] = [host] if host else LOOPBACK
    if hops := config["PROXY_HOPS"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    @app.before_request
    def _secure() -> BaseResponse | None:
        """Lead http to https, where the hub is published so."""
        if https and not request.is_secure:
            return redirect(request.url.replace("http://", "https://", 1), 308)
        return None

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        reach = "cross-origin" if request.path.startswith(OPEN) or request.path.endswith(FILES) else "same-origin"
        response.headers.setdefault("Cross-Origin-Resource-Policy", reach)
        if https:
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        return response
