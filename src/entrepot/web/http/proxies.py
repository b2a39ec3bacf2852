"""The address of the client. `X-Forwarded-*` is used only if a proxy of ENTREPOT_PROXIES sent it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]
Networks = Sequence[IPv4Network | IPv6Network]
#: The longest text that is read as an address, and the most addresses that are read from a header.
MAX_LENGTH, MAX_ADDRESSES = 64, 32
#: The prefix length of the IPv6 network that a provider assigns to one customer: all its addresses are one client.
IPV6_PREFIX = 64


def forwarded_scheme(inner: Handler) -> Handler:
    """The middleware: a request is HTTPS if the proxy that connects says so, in the last value of the header."""
    if not settings.HTTPS:
        raise MiddlewareNotUsed

    def handle(request: HttpRequest) -> HttpResponse:
        scheme = request.META.pop("HTTP_X_FORWARDED_PROTO", "")
        found = _read(request.META.get("REMOTE_ADDR", ""))
        if scheme and found is not None and _is_one_of(found, settings.PROXIES):
            request.META["HTTP_X_FORWARDED_PROTO"] = scheme.rpartition(",")[2].strip()
        return inner(request)

    return handle


def address_of(request: HttpRequest) -> str:
    """The address of the client, for rate limits."""
    head = request.META
    return client_address(head.get("REMOTE_ADDR", ""), head.get("HTTP_X_FORWARDED_FOR", ""), settings.PROXIES)


def client_address(remote: str, forwarded: str, proxies: Networks) -> str:
    """The right-most address of the header that is not a known proxy; for IPv6 its network (/64).

    A client can only forge addresses further left, which are not used. If the header contains a value that is not an
    address, the proxy that sent it counts as the client: forged values cannot create new clients.

    >>> from ipaddress import ip_network
    >>> known = [ip_network("10.0.0.0/8")]
    >>> client_address("10.0.0.1", "6.6.6.6, 203.0.113.7, 10.0.0.2", known)
    '203.0.113.7'
    >>> client_address("198.51.100.4", "6.6.6.6", known), client_address("10.0.0.1", "garbage", known)
    ('198.51.100.4', '10.0.0.1')
    """
    client = _read(remote)
    if client is None:
        return "unknown"
    if forwarded and _is_one_of(client, proxies):
        for word in reversed(forwarded.rsplit(",", MAX_ADDRESSES)[-MAX_ADDRESSES:]):
            found = _read(word.strip())
            if found is None:
                break
            client = found
            if not _is_one_of(client, proxies):
                break
    return _name(client)


def _is_one_of(address: IPv4Address | IPv6Address, networks: Networks) -> bool:
    return any(address in network for network in networks)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    return _read_short(text) if len(text) <= MAX_LENGTH else None


@lru_cache(maxsize=4096)
def _read_short(text: str) -> IPv4Address | IPv6Address | None:
    """An address, which some proxies write with a port; None if it is not an address."""
    host, port = text, ""
    if text.startswith("["):
        host, _bracket, port = text[1:].partition("]")
    elif text.count(":") == 1:
        host, _colon, port = text.partition(":")
    if port and not port.lstrip(":").isdecimal():
        return None
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    # A server that listens on IPv4 and IPv6 reports IPv4 addresses as mapped IPv6 addresses.
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=4096)
def _name(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address) >> (128 - IPV6_PREFIX) << (128 - IPV6_PREFIX), IPV6_PREFIX)))
