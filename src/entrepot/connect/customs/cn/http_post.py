"""Send messages to a configured HTTP address: bounded in time and bytes, to that address and no other.

The specification names AS2, AS3 and message queues for the exchange platform; public platforms of the provinces also
have HTTP services. This is the plain form of these: the message is the body of a POST.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Timer
from urllib.parse import SplitResult, urlsplit

import msgspec

from entrepot.connect.customs.cn.dxp import read_answer
from entrepot.connect.customs.cn.faults import MessageError
from entrepot.connect.customs.cn.transport import checked_name
from entrepot.connect.customs.cn.xml_tree import parse
from entrepot.model import json
from entrepot.trade.outbox import Later, Refused

#: Seconds for a whole request, and bytes of an answer that are read.
TIMEOUT, MOST_BYTES = 30.0, 1 << 20
#: Answers after which another attempt may succeed.
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
#: The longest time that a platform may ask to wait, in seconds.
_LONGEST_WAIT = 86_400
#: The first digit of the error codes that are of the platform itself: database, connection, timeout.
_PLATFORM = "3"


class Http:
    """Sends messages by POST to one address. Redirects are not followed; the proxies of the environment are not used.

    `address`: https; http only to this machine (a client program or a sandbox). `headers`: sent with each request, such
    as an authorisation; `content_type`: of what is sent. Raises ValueError.
    """

    def __init__(
        self,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/xml; charset=utf-8",
        timeout: float = TIMEOUT,
        most_bytes: int = MOST_BYTES,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._parts = checked_address(address)
        self._headers = {**(headers or {}), "Content-Type": content_type}
        self._timeout, self._most_bytes = timeout, most_bytes
        self._context = context or ssl.create_default_context()

    def send(self, name: str, content: bytes) -> bytes:
        """Send a message and return the body of the answer. Raises Later and Refused.

        Where the body is an answer of the exchange platform (`DxpRep`) with an error code, that decides.
        """
        headers = {"Idempotency-Key": checked_name(name)}
        try:
            status, body, after = self._exchange(content, {**self._headers, **headers})
        except (OSError, HTTPException) as error:
            raise Later(f"{self._parts.hostname} did not answer: {_why(error, self._timeout)}") from None
        if 200 <= status < 300:
            _judge(body)
            return body
        said = f"{self._parts.hostname} answered {status}."
        if status in _AGAIN:
            raise Later(said, after)
        raise Refused(said)

    def _exchange(self, content: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, float]:
        connection = self._connect()
        # Each read has a timeout of its own: an answer of one byte a second would never end.
        watchdog: Timer | None = None
        ended = Event()
        try:
            connection.connect()
            watchdog = Timer(self._timeout, _hang_up, [connection.sock, ended])
            watchdog.daemon = True
            watchdog.start()
            path = self._parts.path or "/"
            connection.request("POST", f"{path}?{self._parts.query}" if self._parts.query else path, content, headers)
            answer = connection.getresponse()
            body = answer.read(self._most_bytes + 1)
            if ended.is_set():  # what was read may be the beginning only
                raise TimeoutError
            if len(body) > self._most_bytes:
                raise Later(f"{self._parts.hostname} answered more than {self._most_bytes} bytes.")
            return answer.status, body, _seconds(answer.headers.get("Retry-After", ""))
        except (OSError, HTTPException):
            if ended.is_set():  # the connection was closed from here
                raise TimeoutError from None
            raise
        finally:
            if watchdog is not None:
                watchdog.cancel()
            connection.close()

    def _connect(self) -> HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return HTTPSConnection(host, port, timeout=self._timeout, context=self._context)
        return HTTPConnection(host, port, timeout=self._timeout)


def checked_address(address: str) -> SplitResult:
    """The parts of an address that messages may be sent to. Raises ValueError.

    >>> checked_address("https://platform.example/ceb").hostname
    'platform.example'
    >>> checked_address("http://platform.example/ceb")
    Traceback (most recent call last):
    ValueError: "http://platform.example/ceb" is not encrypted. Use https; http is allowed to this machine only.
    """
    parts = urlsplit(address)
    _ = parts.port  # raises ValueError if it is not a number
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise ValueError(f'"{address}" is not an address. Write https://HOST/PATH.')
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError(f'"{address}" is not encrypted. Use https; http is allowed to this machine only.')
    return parts


def _judge(body: bytes) -> None:
    """Raise Refused for an error of the message, and Later for one of the platform."""
    try:
        responses = read_answer(body).responses
    except MessageError:
        if not is_acknowledgement(body):
            raise Later("The answer is not one of a platform: the message may not have been taken.") from None
        return  # the platform answers in another form
    for response in responses:
        if response.failed:
            said = f"The exchange platform answered {response.code}: {response.info or 'no text'}."
            raise (Later if response.code.startswith(_PLATFORM) else Refused)(said)


def is_acknowledgement(body: bytes) -> bool:
    """Whether the body of a 2xx may be an acknowledgement: empty, XML, JSON or a line of text.

    The page of a proxy, or what cannot be read, is none: what it answers was perhaps never taken.

    >>> [is_acknowledgement(each) for each in (b"", b"OK", b'{"code": "0"}', b"<ok/>")]
    [True, True, True, True]
    >>> [is_acknowledgement(each) for each in (bytes(2), b"<html><body>Sign in</body></html>", b"<<<", b'{"code"')]
    [False, False, False, False]
    """
    try:
        text = body.decode().strip()
        if text.startswith("<"):
            return parse(body).name.lower() != "html"
        if text.startswith(("{", "[")):
            json.decode(body)
            return True
    except (UnicodeDecodeError, MessageError, msgspec.DecodeError):
        return False
    return text.isprintable()


def _hang_up(connection: socket.socket, ended: Event) -> None:
    ended.set()
    with suppress(OSError):  # it is closed already
        connection.shutdown(socket.SHUT_RDWR)


def _why(error: Exception, timeout: float) -> str:
    if isinstance(error, TimeoutError):
        return f"not within {timeout:g} s."
    return f"{getattr(error, 'strerror', None) or type(error).__name__}."


def _seconds(text: str) -> float:
    """The seconds of a Retry-After; 0 for a date, which the next attempt does not need."""
    digits = text.strip()
    known = digits.isascii() and digits.isdigit() and len(digits) < 20
    return float(min(int(digits), _LONGEST_WAIT)) if known else 0.0
