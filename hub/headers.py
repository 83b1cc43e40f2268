"""The headers of every answer (`compliance.md` §7): nothing inline, nothing from elsewhere, nothing to sniff."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import Flask, Response, redirect, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

FEATURES = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen"),
    *("geolocation", "gyroscope", "magnetometer", "microphone", "midi", "payment", "picture-in-picture"),
    *("screen-wake-lock", "usb", "xr-spatial-tracking"),
)
"""What no page asks of a browser; passkeys alone stay open, to this origin."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'none'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": POLICY,
}
OPEN_HEADERS = {"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}
CLOSED_HEADERS = {"Cross-Origin-Resource-Policy": "same-origin"}
HSTS = "max-age=63072000; includeSubDomains"
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
OPEN = ("/api/", "/static/", "/schemas/")
FILES = (".csv", ".json", ".xlsx", ".parquet", ".svg", ".png", ".pdf")
"""Where other sites may read: data, and the files that a reader without a cookie is given."""


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
        """Add what the view did not say itself."""
        said = {name.lower() for name, _ in response.headers}
        response.headers.extend((name, value) for name, value in _all(https) if name.lower() not in said)
        return response


def _all(https: bool) -> Iterator[tuple[str, str]]:
    """Return the headers of this request's answer."""
    yield from HEADERS.items()
    yield from (OPEN_HEADERS if _is_open() else CLOSED_HEADERS).items()
    if https:
        yield "Strict-Transport-Security", HSTS


def _is_open() -> bool:
    """Tell whether other sites may read this answer: public data, asked for by GET, without anybody's cookie."""
    if request.method not in ("GET", "HEAD"):
        return False
    return request.path.startswith(OPEN) or (request.path.endswith(FILES) and not request.cookies)
