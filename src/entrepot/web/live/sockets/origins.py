"""Which pages may connect: those of this server's hosts. Programs send no origin; their token says who they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from django.http.request import split_domain_port, validate_host


def allowed_origins(hosts: Sequence[str], *, https: bool) -> Callable[[str], bool]:
    """Whether an origin is one of this server.

    >>> allowed = allowed_origins(["shop.example", "127.0.0.1"], https=False)
    >>> allowed("http://shop.example"), allowed("https://shop.example:8443"), allowed("http://127.0.0.1:8000")
    (True, True, True)
    >>> allowed("http://other.example"), allowed("null"), allowed("file://shop.example"), allowed("")
    (False, False, False, False)
    >>> allowed_origins(["shop.example"], https=True)("http://shop.example")
    False
    """
    schemes = ("https",) if https else ("http", "https")

    def allowed(origin: str) -> bool:
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        domain, _port = split_domain_port(parts.netloc)
        return parts.scheme in schemes and bool(domain) and validate_host(domain, hosts)

    return allowed
