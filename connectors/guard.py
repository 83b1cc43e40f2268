"""Which addresses may be dialled: each connection checks the one it dials, so redirects and rebinding are checked.

Rules and list: `stack.md` §5, `harvest.md` §14. `fetch.py` is the only user.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Any, ClassVar
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

REFUSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "3fff::/20", "5f00::/16"),
        *("fec0::/10", "ff00::/8"),
    )
)
"""Refused besides what `is_global` refuses: some Pythons let part of these through."""

_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


class RefusedAddress(Exception):
    """Not an address that a source may have. Its message is French."""


def is_public(text: str) -> bool:
    """Tell whether an IP address may be dialled: global, unicast, neither mapped nor tunnelled to one that is not.

    Raises ValueError when the text is not an IP address in its usual writing.
    """
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    nets = (net for net in REFUSED if net.version == address.version)
    return address.is_global and not any(address in net for net in nets)


def is_here(text: str) -> bool:
    """Tell whether this is an IP address by which a machine speaks to itself (127.0.0.0/8, ::1)."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def check_url(url: str, *, private: bool = False) -> str:
    """Return the host of a URL that a source may have. Raises RefusedAddress, whose message says what is wrong.

    http or https, no credentials, a domain name in its usual writing or a public IP address; any host if `private`.
    """
    if "\\" in url or any(character <= " " or character == "\x7f" for character in url):
        raise RefusedAddress("L'adresse contient des espaces ou des barres obliques inverses.")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise RefusedAddress("L'adresse n'est pas écrite comme une adresse web.") from error
    if parts.scheme not in ("http", "https"):
        raise RefusedAddress("L'adresse doit commencer par https:// ou http://.")
    if "@" in parts.netloc:
        raise RefusedAddress("L'adresse ne doit pas contenir d'identifiants.")
    if not private and not _is_ordinary(host):
        raise RefusedAddress("Cette adresse n'est pas celle d'une machine publique.")
    return host


def _is_ordinary(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:
        return _NAME.fullmatch(host.rstrip(".")) is not None and not host.endswith(
            (".localhost", ".local", ".internal")
        )


def adapter(*, private: bool = False, here: bool = False) -> HTTPAdapter:
    """Return a transport that dials only public addresses; any if `private`; this machine's alone if `here`."""
    built = HTTPAdapter(pool_connections=4, pool_maxsize=4, max_retries=0)
    if here:
        built.poolmanager.pool_classes_by_scheme = {"http": _HerePool, "https": _HereTlsPool}
    elif not private:
        built.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return built


class _Checked:
    """Resolves once, keeps the addresses that may be dialled, dials these: the name is not asked again."""

    may_dial: ClassVar = staticmethod(is_public)
    refusal: ClassVar = "mène à une machine qui n'est pas publique."
    host: str
    port: int
    timeout: Any
    source_address: Any
    socket_options: Any

    def _new_conn(self) -> socket.socket:
        try:
            found = socket.getaddrinfo(self.host.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise NameResolutionError(self.host, self, error) from error  # type: ignore[arg-type]
        allowed = [entry for entry in found if self.may_dial(str(entry[4][0]))]
        if not allowed:
            raise RefusedAddress(f"« {self.host} » {self.refusal}")
        last: OSError | None = None
        for family, kind, protocol, _, place in allowed:
            dialled = socket.socket(family, kind, protocol)
            try:
                dialled.settimeout(self.timeout if isinstance(self.timeout, int | float) else None)
                for option in self.socket_options or ():
                    dialled.setsockopt(*option)
                dialled.connect(place)
            except OSError as error:
                dialled.close()
                last = error
            else:
                return dialled
        raise NewConnectionError(self, f"connexion refusée : {last}")  # type: ignore[arg-type]


class _Here(_Checked):
    """Dials this machine only, and asks nobody where another name leads."""

    may_dial: ClassVar = staticmethod(is_here)
    refusal: ClassVar = "n'est pas sur cette machine : une démonstration ne lit rien d'autre."

    def _new_conn(self) -> socket.socket:
        name = self.host.strip("[]")
        if name != "localhost" and not is_here(name):
            raise RefusedAddress(f"« {self.host} » {self.refusal}")
        return super()._new_conn()


class _Connection(_Checked, HTTPConnection):
    pass


class _TlsConnection(_Checked, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _HereConnection(_Here, HTTPConnection):
    pass


class _HereTlsConnection(_Here, HTTPSConnection):
    pass


class _HerePool(HTTPConnectionPool):
    ConnectionCls = _HereConnection


class _HereTlsPool(HTTPSConnectionPool):
    ConnectionCls = _HereTlsConnection
