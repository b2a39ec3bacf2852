"""One request to a checked address, within limits of time and size. Redirects are not followed."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from types import MappingProxyType
from typing import NamedTuple

from entrepot.connect.webhooks.addresses import Resolver, Target, resolve

#: Seconds to connect, and seconds for the whole request.
CONNECT_TIMEOUT, TIMEOUT = 5.0, 15.0
#: Bytes of a response that are read; the rest is not waited for.
MAX_BYTES = 4096
#: The longest time that a receiver may ask to wait, in seconds.
MAX_RETRY_AFTER = 86_400


class Answer(NamedTuple):
    """The response of a receiver: its status, the beginning of its body, and the seconds of its Retry-After.

    `headers`: by their names in small letters.
    """

    status: int
    body: bytes
    retry_after: float
    seconds: float
    headers: Mapping[str, str] = MappingProxyType({})


class NoAnswer(Exception):
    """The receiver did not answer. The text says why, without addresses of this machine."""


def post(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    *,
    most: int = MAX_BYTES,
    allow_loopback: bool = False,
    timeout: float = TIMEOUT,
    resolver: Resolver = socket.getaddrinfo,
    context: ssl.SSLContext | None = None,
) -> Answer:
    """Send a body and read at most so many bytes of the response. Raises UnsafeAddress and NoAnswer."""
    request = _Request("POST", body, headers, most)
    return _send(target, request, allow_loopback, timeout, resolver, context)


def get(
    target: Target,
    *,
    most: int,
    accept: str = "application/json",
    allow_loopback: bool = False,
    timeout: float = TIMEOUT,
    resolver: Resolver = socket.getaddrinfo,
    context: ssl.SSLContext | None = None,
) -> Answer:
    """Read at most so many bytes of what is at an address. Raises UnsafeAddress and NoAnswer."""
    request = _Request("GET", None, {"Accept": accept, "User-Agent": "Entrepot"}, most)
    return _send(target, request, allow_loopback, timeout, resolver, context)


class _Request(NamedTuple):
    method: str
    body: bytes | None
    headers: Mapping[str, str]
    most: int


def _send(
    target: Target,
    request: _Request,
    allow_loopback: bool,
    timeout: float,
    resolver: Resolver,
    context: ssl.SSLContext | None,
) -> Answer:
    begin = time.monotonic()
    try:
        family, where = resolve(target, allow_loopback=allow_loopback, resolver=resolver)
        with socket.socket(family, socket.SOCK_STREAM) as raw:
            raw.settimeout(min(CONNECT_TIMEOUT, timeout))
            raw.connect(where)
            # Each read has a timeout of its own: a receiver that sends a byte a second would never end. The watchdog
            # has its own handle, because TLS takes the other one away.
            handle = raw.dup()
            watchdog = Timer(timeout, _hang_up, [handle])
            watchdog.daemon = True
            watchdog.start()
            try:
                raw.settimeout(timeout)
                return _exchange(target, raw, request, begin, context or default_context())
            finally:
                watchdog.cancel()
                handle.close()
    except socket.gaierror:
        raise NoAnswer(f"The name {target.host} cannot be resolved.") from None
    except TimeoutError:
        raise NoAnswer(f"{target.host} did not answer within {timeout:g} s.") from None
    except ssl.SSLError as error:
        raise NoAnswer(f"The TLS connection to {target.host} failed: {error.reason or 'no certificate'}.") from None
    except (OSError, HTTPException) as error:
        if time.monotonic() - begin >= timeout:
            raise NoAnswer(f"{target.host} did not answer within {timeout:g} s.") from None
        why = getattr(error, "strerror", None) or type(error).__name__
        raise NoAnswer(f"The connection to {target.host} failed: {why}.") from None


@lru_cache(maxsize=1)
def default_context() -> ssl.SSLContext:
    """Certificates are checked against those that the system trusts."""
    return ssl.create_default_context()


def _exchange(target: Target, raw: socket.socket, request: _Request, begin: float, context: ssl.SSLContext) -> Answer:
    made: HTTPConnection = (HTTPSConnection if target.secure else HTTPConnection)(target.host, target.port)
    made.sock = context.wrap_socket(raw, server_hostname=target.host) if target.secure else raw
    try:
        made.request(request.method, target.path, request.body, {**request.headers, "Connection": "close"})
        response = made.getresponse()
        text = response.read(request.most)
        after = _seconds(response.headers.get("Retry-After", ""))
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, text, after, time.monotonic() - begin, found)
    finally:
        made.close()


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        connection.shutdown(socket.SHUT_RDWR)


def _seconds(text: str) -> float:
    """The seconds of a Retry-After; 0 for a date, which the next attempt does not need.

    >>> _seconds("120"), _seconds("Wed, 21 Oct 2026 07:28:00 GMT"), _seconds("9" * 9)
    (120.0, 0.0, 86400.0)
    """
    digits = text.strip()
    return (
        float(min(int(digits), MAX_RETRY_AFTER)) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0.0
    )
