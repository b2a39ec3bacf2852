"""Requests to one configured address: bounded in time and bytes, without redirects and without proxies."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Timer
from typing import NamedTuple
from urllib.parse import urlsplit

from entrepot.trade.payments.provider import ProviderDown

#: Seconds for a whole request, and bytes of an answer.
TIMEOUT, MOST_BYTES = 20.0, 1 << 20
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Answer(NamedTuple):
    """An answer. Names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """Sends requests to an address: https, or http to this machine. Raises ValueError for another."""

    def __init__(
        self,
        address: str,
        *,
        timeout: float = TIMEOUT,
        most_bytes: int = MOST_BYTES,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.address = checked_address(address)
        self._parts = urlsplit(self.address)
        self._timeout, self._most_bytes, self._context = timeout, most_bytes, context

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Send a request to a path below the address, and read the answer. Raises ProviderDown."""
        ended = Event()
        try:
            return self._send(method, self._parts.path + path, headers, body, ended)
        except (OSError, HTTPException) as error:
            late = ended.is_set() or isinstance(error, TimeoutError)
            why = (
                f"not within {self._timeout:g} s" if late else getattr(error, "strerror", None) or type(error).__name__
            )
            raise ProviderDown(f"{self._parts.hostname} did not answer: {why}.") from None

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, ended: Event) -> Answer:
        connection = self._connect()
        watchdog: Timer | None = None
        try:
            connection.connect()
            # Each read has a timeout of its own: an answer of one byte a second would never end.
            watchdog = Timer(self._timeout, _hang_up, [connection.sock, ended])
            watchdog.daemon = True
            watchdog.start()
            connection.request(method, path, body, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            text = answer.read(self._most_bytes + 1)
        finally:
            if watchdog is not None:
                watchdog.cancel()
            connection.close()
        if ended.is_set():  # what was read may be the beginning only
            raise TimeoutError
        if len(text) > self._most_bytes:
            raise ProviderDown(f"{self._parts.hostname} answered more than {self._most_bytes} bytes.")
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, text)

    def _connect(self) -> HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            context = self._context or ssl.create_default_context()
            return HTTPSConnection(host, port, timeout=self._timeout, context=context)
        return HTTPConnection(host, port, timeout=self._timeout)


def checked_address(address: str) -> str:
    """An address that requests may be sent to, without a slash at its end. Raises ValueError.

    >>> checked_address("http://127.0.0.1:8102/")
    'http://127.0.0.1:8102'
    >>> checked_address("http://pay.example")
    Traceback (most recent call last):
    ValueError: "http://pay.example" is not encrypted. Use https; http is allowed to this machine only.
    """
    parts = urlsplit(address)
    _ = parts.port  # raises ValueError if it is not a number
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError(f'"{address}" is not an address. Write https://HOST.')
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError(f'"{address}" is not encrypted. Use https; http is allowed to this machine only.')
    return address.rstrip("/")


def _hang_up(connection: socket.socket, ended: Event) -> None:
    ended.set()
    with suppress(OSError):  # it is closed already
        connection.shutdown(socket.SHUT_RDWR)
