"""proxies: the address of the client. `X-Forwarded-*` counts from the proxies of ENTREPOT_PROXIES alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]
Networks = Sequence[IPv4Network | IPv6Network]
#: The longest text that is read as an address, and how many addresses of a header are read.
LONGEST, MOST = 64, 32
#: One customer of a provider has a whole network of this size: each of its addresses is the same client.
SITE = 64


def forwarded_scheme(inner: Handler) -> Handler:
    """The middleware: a request is HTTPS where the proxy that connects says so itself, last in its header."""
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
    """The address of the client, as rate limits count it."""
    head = request.META
    return client_address(head.get("REMOTE_ADDR", ""), head.get("HTTP_X_FORWARDED_FOR", ""), settings.PROXIES)


def client_address(remote: str, forwarded: str, proxies: Networks) -> str:
    """The right-most address that is no proxy of ours, read from the end that connects; of IPv6 its network (/64).

    What a client writes into the header itself lies further left, and is not reached. Where the header holds something
    else than an address, the last proxy before it counts as the client: garbage makes no new name.

    >>> from ipaddress import ip_network
    >>> ours = [ip_network("10.0.0.0/8")]
    >>> client_address("10.0.0.1", "6.6.6.6, 203.0.113.7, 10.0.0.2", ours)
    '203.0.113.7'
    >>> client_address("198.51.100.4", "6.6.6.6", ours), client_address("10.0.0.1", "garbage", ours)
    ('198.51.100.4', '10.0.0.1')
    """
    client = _read(remote)
    if client is None:
        return "unknown"
    if forwarded and _is_one_of(client, proxies):
        for word in reversed(forwarded.rsplit(",", MOST)[-MOST:]):
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
    return _read_short(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=4096)
def _read_short(text: str) -> IPv4Address | IPv6Address | None:
    """An address, which some proxies write with the port; None where it is none."""
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
    # A server that listens at both kinds of addresses shows IPv4 within IPv6.
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=4096)
def _name(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address) >> (128 - SITE) << (128 - SITE), SITE)))
