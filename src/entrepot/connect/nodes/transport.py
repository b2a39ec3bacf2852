"""The transport between nodes: signed HTTP requests, whose responses count only with the signature of the peer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from entrepot.connect.http_signatures import HttpMessage, SignatureFault, content_digest
from entrepot.connect.nodes.descriptions import pinned_key
from entrepot.connect.nodes.profile import sign_request, verify_response
from entrepot.connect.signing_keys import PublicKey, SigningKey
from entrepot.connect.webhooks import post as http
from entrepot.connect.webhooks.addresses import UnsafeAddress, read_url
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes.delivering import PeerRefused, Unreachable
from entrepot.trade.nodes.description import MESSAGES
from entrepot.trade.nodes.messages import MAX_BYTES
from entrepot.trade.nodes.peers import Peer

TYPE: Final = "application/json"
#: Seconds for a whole exchange.
TIMEOUT: Final = 15.0


class _Fault(msgspec.Struct):
    code: str
    message: str
    later: bool = False


class _Refused(msgspec.Struct):
    error: _Fault


class HttpTransport:
    """Implements `trade.nodes.delivering.Transport`. `keys`: with which this node signs; `nonce`: a fresh one."""

    def __init__(
        self,
        keys: Callable[[], Sequence[SigningKey]],
        clock: Callable[[], dt.datetime],
        nonce: Callable[[], str],
        *,
        allow_loopback: bool,
        timeout: float = TIMEOUT,
    ) -> None:
        self._keys, self._clock, self._nonce = keys, clock, nonce
        self._allow_loopback, self._timeout = allow_loopback, timeout

    def post(self, peer: Peer, content: bytes) -> bytes:
        """Send a message to a peer. Raises Unreachable, PeerRefused."""
        request = self.request(peer, content)
        try:
            target = read_url(request.url, allow_loopback=self._allow_loopback)
            answer = http.post(
                target,
                content,
                dict(request.headers),
                most=MAX_BYTES + 1,
                allow_loopback=self._allow_loopback,
                timeout=self._timeout,
            )
        except (UnsafeAddress, http.NoAnswer) as error:
            raise Unreachable(str(error)) from None
        if len(answer.body) > MAX_BYTES:
            raise Unreachable(f"{peer.name} answered more than {MAX_BYTES >> 10} kB.")
        headers = tuple(answer.headers.items())
        return self.read(peer, HttpMessage("", "", headers, answer.body, answer.status, request))

    def request(self, peer: Peer, content: bytes) -> HttpMessage:
        """The signed request that takes a message to a peer."""
        url = f"{peer.address}{MESSAGES}"
        headers = [("Content-Type", TYPE), ("Content-Digest", content_digest(content)), ("User-Agent", "Entrepot-Node")]
        message = HttpMessage("POST", url, tuple(headers), content)
        signed = sign_request(message, self._keys(), now=int(self._clock().timestamp()), nonce=self._nonce())
        return message._replace(headers=(*headers, *signed.items()))

    def read(self, peer: Peer, response: HttpMessage) -> bytes:
        """The body of a response that the peer has signed. Raises Unreachable, PeerRefused."""
        now = self._clock()

        def find(thumbprint: str) -> PublicKey | None:
            return pinned_key(peer, thumbprint, timestamp(now))

        try:
            verify_response(response, find, now=now.timestamp())
        except SignatureFault as fault:
            # Not a refusal of the peer: a proxy, somebody between, or a node that does not know this one.
            says = _said(response.body)
            raise Unreachable(f"{peer.name} answered {response.status} without its signature. {fault} {says}") from None
        if response.status == 200:
            return response.body
        try:
            found = msgspec.json.decode(response.body, type=_Refused).error
        except ValueError:
            raise Unreachable(f"{peer.name} answered {response.status}.") from None
        # A fault of its server is not a refusal, either.
        later = found.later or (response.status or 0) >= 500
        raise PeerRefused(found.code[:60], found.message[:500], later=later)


def _said(body: bytes) -> str:
    try:
        found = msgspec.json.decode(body, type=_Refused).error
    except ValueError:
        return ""
    return f"It says: {found.code}: {found.message}"[:300]
