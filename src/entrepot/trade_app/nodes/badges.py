"""Badges that other nodes issued, verified with the keys and the status lists that they publish.

Only the pinned address of a node that this one exchanges with is asked, never an address that stands in a badge.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
from django.conf import settings as django_settings

from entrepot.connect.badges import status
from entrepot.connect.badges.verify import verify, verify_credential
from entrepot.connect.documents.verify import KeyOf, Verdict
from entrepot.connect.webhooks import post as http
from entrepot.connect.webhooks.addresses import UnsafeAddress, read_url
from entrepot.model import json as untrusted
from entrepot.trade.nodes.peers import ACTIVE, Peer, did_reference
from entrepot.trade.outbox import Later
from entrepot.trade_app.books import open_books
from entrepot.trade_app.nodes import orders

#: Bytes of a status list, nodes without an https address that are asked, and digits of the number of a list.
MAX_LIST, MAX_ASKED, MAX_DIGITS = 400_000, 5, 6


def verify_of_peers(content: bytes, issuer: str, now: dt.datetime) -> Verdict | None:
    """Verify a badge whose issuer is another node; None where no such node is known, or it does not answer.

    Revoked badges are known from the list that the node publishes; one that cannot be read proves nothing.
    """
    for peer in _peers(issuer):
        try:
            keys = orders.published_keys(peer)
        except Later:
            continue
        key_of: KeyOf = lambda named, name, keys=keys: orders.key_of(keys, named, name)  # type: ignore[misc]  # noqa: E731
        found = verify(content, key_of, now)
        if found.code != "key_unknown":
            return _with_status(peer, found, key_of, now) if found.valid else found
    return None


def _peers(issuer: str) -> list[Peer]:
    """The active nodes that an issuer may be: by its DID, or those without an https address, which it does not name."""
    books = open_books()
    number = books.lookup(did_reference(issuer))
    if number is not None:
        found: Peer = books.read(number)
        return [found] if found.status == ACTIVE else []
    peers = books.list_objects("pn_", status=ACTIVE, limit=1000) if issuer.startswith("did:key:") else []
    return [each for each in peers if not each.address.startswith("https://")][:MAX_ASKED]


def _with_status(peer: Peer, found: Verdict, key_of: KeyOf, now: dt.datetime) -> Verdict:
    """The verdict once the status list of the issuer was looked up."""
    named: Any = found.claims.get("credentialStatus")
    given: Mapping[str, Any] = named if isinstance(named, Mapping) else {}
    number = str(given.get("statusListCredential", "")).replace(":", "/").rpartition("/")[2]
    index = str(given.get("statusListIndex", ""))
    try:
        if not all(each.isascii() and each.isdigit() and len(each) <= MAX_DIGITS for each in (number, index)):
            raise ValueError("the badge names no status list")
        listed = untrusted.decode(_fetch(f"{peer.address}/badges/status/{int(number)}"))
        said = verify_credential(listed, key_of, now)
        if not said.valid or said.issuer != found.issuer:
            raise ValueError("the status list is not one of the issuer")
        revoked = status.is_set(listed["credentialSubject"]["encodedList"], int(index))
    except (UnsafeAddress, http.NoAnswer, msgspec.DecodeError, ValueError, KeyError, TypeError, AttributeError):
        return msgspec.structs.replace(found, code="incomplete", values={"value": "credentialStatus"}, claims={})
    return msgspec.structs.replace(found, code="revoked") if revoked else found


def _fetch(address: str) -> bytes:
    """What a node publishes at an address of its own. Raises UnsafeAddress, NoAnswer, ValueError."""
    loopback = django_settings.WEBHOOKS_LOOPBACK
    answer = http.get(read_url(address, allow_loopback=loopback), most=MAX_LIST, allow_loopback=loopback)
    if answer.status != 200:  # OK
        raise ValueError(f"it answers {answer.status}")
    return answer.body
