"""Answers the requests of peers: the signature is verified, the message received, and the response signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from entrepot.connect.http_signatures import HttpMessage, SignatureFault, content_digest
from entrepot.connect.nodes.descriptions import pinned_key
from entrepot.connect.nodes.profile import ClockSkew, sign_response, verify_request
from entrepot.connect.signing_keys import PublicKey, SigningKey
from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes.messages import MAX_BYTES, MessageRefused, MessageType, refusal
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer, key_reference
from entrepot.trade.nodes.receiving import Signature, accept
from entrepot.trade.ports import Books

TYPE: Final = "application/json"
#: Keys of peers whose peer a process remembers: a key belongs to one peer for ever.
MAX_KNOWN: Final = 10_000


class Receiver:
    """Answers messages. `keys`: with which this node signs; `clock`: the time (UTC)."""

    def __init__(
        self,
        books: Books,
        node: Node,
        types: Mapping[str, MessageType],
        keys: Callable[[], Sequence[SigningKey]],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._books, self._node, self._types, self._keys, self._clock = books, node, types, keys, clock
        self._known: dict[str, str] = {}

    def respond(self, request: HttpMessage) -> HttpMessage:
        """The response to a request, signed unless the request has no signature to which it could be bound.

        What is neither a refusal nor a fault of the request is raised.
        """
        try:
            return self._signed(request, 200, self._receive(request))
        except SignatureFault as fault:
            return self._signed(request, 400 if fault.code == "digest_mismatch" else 401, self._fault(fault))
        except MessageRefused as error:
            return self.refuse(request, error)
        except TradeError as error:
            return self._signed(request, 422, self._error(error.code, error.message, param=error.param))

    def refuse(self, request: HttpMessage, error: MessageRefused) -> HttpMessage:
        """The response that refuses a request."""
        return self._signed(request, error.status, self._error(error.code, error.message, later=error.later))

    def _receive(self, request: HttpMessage) -> bytes:
        if len(request.body) > MAX_BYTES:
            raise refusal("too_large", most=MAX_BYTES, bytes=len(request.body))
        now = self._clock()
        peers: dict[str, Peer] = {}

        def find(thumbprint: str) -> PublicKey | None:
            number = self._peer_of(thumbprint)
            if number is None:
                return None
            # As it was seen last: the transaction checks the key again. What is not accepted is read before it is said.
            key = None
            for read in (self._books.recent, self._books.read):
                if key is None:
                    peers[thumbprint] = read(number)
                    key = pinned_key(peers[thumbprint], thumbprint, timestamp(now))
            return key

        try:
            signed = verify_request(request, find, now=now.timestamp())
        except SignatureFault as fault:
            if fault.code == "key_not_found":
                raise _unknown(peers, request) from None
            raise
        peer = peers[signed.thumbprint]
        signature = Signature(signed.thumbprint, signed.nonce)
        return accept(self._books, self._node, self._types, peer.id, request.body, signature=signature)

    def _peer_of(self, thumbprint: str) -> str | None:
        """The id of the peer with a key."""
        number = self._known.get(thumbprint) or self._books.lookup(key_reference(thumbprint[:100]))
        if number is not None and len(self._known) < MAX_KNOWN:
            self._known[thumbprint] = number
        return number

    def _fault(self, fault: SignatureFault) -> dict[str, Any]:
        if isinstance(fault, ClockSkew):
            return self._error(fault.code, str(fault), later=True, skew_seconds=fault.skew)
        return self._error(fault.code, str(fault))

    def _error(self, code: str, message: str, *, later: bool = False, **more: Any) -> dict[str, Any]:
        found = {"type": "node_error", "code": code, "message": message, "later": later}
        return {"error": {**found, "time": timestamp(self._clock()), **{k: v for k, v in more.items() if v != ""}}}

    def _signed(self, request: HttpMessage, status: int, content: bytes | dict[str, Any]) -> HttpMessage:
        body = content if isinstance(content, bytes) else msgspec.json.encode(content)
        headers = (("Content-Type", TYPE), ("Content-Digest", content_digest(body)))
        response = HttpMessage("", "", headers, body, status, request)
        if request.header("signature") is None or request.header("content-digest") is None:
            return response
        try:
            made = sign_response(response, self._keys(), now=int(self._clock().timestamp()))
        except SignatureFault:  # the headers of the request cannot be signed, such as one with other characters
            return response
        return response._replace(headers=(*headers, *made.items()))


def _unknown(peers: Mapping[str, Peer], request: HttpMessage) -> MessageRefused:
    """Why no key of a request is accepted: it is not known, or its time is over."""
    for thumbprint, peer in peers.items():
        key = peer.key(thumbprint)
        if key is not None and key.until:
            return refusal("key_ended", thumbprint=thumbprint, until=key.until)
    named = (request.header("signature-input") or "").partition('keyid="')[2].partition('"')[0]
    return refusal("peer_unknown", thumbprint=named[:60])
