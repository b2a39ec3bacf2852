"""Which addresses a webhook may be sent to: those of the public internet, over HTTPS.

An organization chooses the URL, so without these checks it could make the server call services of the operator's own
network. A name is resolved once for each request, every address that it has is checked, and the connection is made to
a checked address: a name that resolves differently a moment later changes nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from entrepot.model.errors import in_quotes

MAX_URL = 500
#: Assignments for protocols (RFC 6890), some of which older releases of Python count as public.
_PROTOCOLS = IPv4Network("192.0.0.0/24")
#: IPv6 addresses that contain an IPv4 address in their last 32 bits: translated (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")
#: IPv6 addresses that lead into IPv4 by tunnels: 6to4 and Teredo. No receiver needs them.
_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))

Address = IPv4Address | IPv6Address
Resolver = Callable[..., Iterable[tuple[Any, Any, Any, Any, Any]]]


class UnsafeAddress(ValueError):
    """No request is sent to this address. The text says why and what is allowed."""


class Target(NamedTuple):
    """The parts of a checked URL. `path` has the query."""

    secure: bool
    host: str
    port: int
    path: str


def read_url(url: str, *, allow_loopback: bool) -> Target:
    """The parts of a URL. Raises UnsafeAddress.

    `allow_loopback`: also plain HTTP, which `resolve` then accepts only on the loopback.

    >>> read_url("https://shop.example/hooks?a=1", allow_loopback=False)
    Target(secure=True, host='shop.example', port=443, path='/hooks?a=1')
    >>> read_url("http://shop.example/hooks", allow_loopback=False)
    Traceback (most recent call last):
    entrepot.connect.webhooks.addresses.UnsafeAddress: The URL begins with https://, not "http".
    """
    if len(url) > MAX_URL:
        raise UnsafeAddress(f"The URL has at most {MAX_URL} characters, not {len(url)}.")
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in ' "<>\\^`{|}'):
        raise UnsafeAddress("The URL contains characters that a URL cannot have. Write them percent-encoded.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnsafeAddress(f"{in_quotes(url[:100])} is not a URL.") from None
    if parts.scheme != "https" and not (allow_loopback and parts.scheme == "http"):
        raise UnsafeAddress(f"The URL begins with https://, not {in_quotes(parts.scheme[:20])}.")
    if parts.username is not None or parts.password is not None:
        raise UnsafeAddress("The URL contains a user name or a password. Verify the signature instead.")
    if parts.fragment:
        raise UnsafeAddress("The URL contains a fragment (#…), which is never sent. Remove it.")
    host = parts.hostname
    if not host or len(host) > 253 or port == 0:
        raise UnsafeAddress(f"{in_quotes(url[:100])} has no host, or no valid port.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    secure = parts.scheme == "https"
    target = Target(secure, host, port or (443 if secure else 80), path)
    if (literal := _literal(host)) is not None:  # a name is resolved before each request
        _check(target, literal, allow_loopback=allow_loopback)
    return target


def resolve(
    target: Target, *, allow_loopback: bool, resolver: Resolver = socket.getaddrinfo
) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    """The family and the socket address to connect to. Raises UnsafeAddress, and OSError where the name is unknown.

    All addresses of the name are checked: one that is not allowed refuses the name.
    """
    try:
        found = list(resolver(target.host, target.port, type=socket.SOCK_STREAM))
    except UnicodeError:
        raise UnsafeAddress(f"{in_quotes(target.host)} is not a host name.") from None
    if not found:
        raise OSError(f"{target.host} has no address")
    for family, _kind, _protocol, _name, where in found:
        if family not in (socket.AF_INET, socket.AF_INET6):
            raise UnsafeAddress(f"{target.host} has an address that is neither IPv4 nor IPv6.")
        _check(target, ip_address(str(where[0]).partition("%")[0]), allow_loopback=allow_loopback)
    family, _kind, _protocol, _name, where = found[0]
    return family, where


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _check(target: Target, address: Address, *, allow_loopback: bool) -> None:
    if allow_loopback and address.is_loopback:
        return
    if not is_public(address):
        raise UnsafeAddress(
            # Not which one: who gives the name may not know the operator's own network.
            f"{target.host} has an address that is not one of the public internet. "
            "Requests are sent to public addresses only."
        )
    if not target.secure:
        raise UnsafeAddress("The URL begins with https://. Plain HTTP is for the loopback alone.")


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet: not private, link-local, loopback, multicast or reserved.

    An IPv4 address inside an IPv6 one is what counts.

    >>> [is_public(ip_address(each)) for each in ("93.184.215.14", "10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False]
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if any(address in network for network in _TUNNELS) or address.is_site_local:
            return False
    elif address in _PROTOCOLS:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
