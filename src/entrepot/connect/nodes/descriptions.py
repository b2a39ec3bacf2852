"""Signed descriptions of nodes: made, read and checked. A description is signed with each key that it names."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature

from entrepot.connect.http_signatures import SKEW
from entrepot.connect.signing_keys import KeyUnsupported, PublicKey, SigningKey, read_jwk
from entrepot.connect.webhooks import post as http
from entrepot.connect.webhooks.addresses import UnsafeAddress, read_url
from entrepot.trade.ledger.events import is_timestamp, timestamp
from entrepot.trade.nodes.description import (
    MAX_BYTES,
    PATH,
    DescribedKey,
    Description,
    Endorsement,
    canonical,
    endorsed,
)
from entrepot.trade.nodes.node import did_of
from entrepot.trade.nodes.peers import Peer

#: What is signed begins with it, so that a signature of a description is none of anything else.
_CONTEXT: Final = b"entrepot-node-description\n"
#: The longest that a description may hold, and how many keys it has at most.
LONGEST: Final = dt.timedelta(days=31)
MAX_KEYS: Final = 4
TIMEOUT: Final = 10.0
_ECONOMY: Final = re.compile(r"[A-Z]{2}\Z")
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}\Z")


class DescriptionInvalid(ValueError):
    """A description cannot be fetched, is not one, or is not signed as it must be. The text says what to do."""


class _Signature(msgspec.Struct):
    by: str
    signature: str


class _Signed(msgspec.Struct):
    description: dict[str, Any]
    signatures: tuple[_Signature, ...]


class Fetched(NamedTuple):
    """A description whose own signatures hold. `signers`: the thumbprints of the keys that signed it."""

    description: Description
    signers: tuple[str, ...]


def seal(description: Description, keys: Sequence[SigningKey]) -> bytes:
    """The signed description, as it is published."""
    plain = msgspec.to_builtins(description)
    content = _CONTEXT + canonical(plain)
    signatures = [{"by": each.id, "signature": _encode(each.sign(content))} for each in keys]
    return msgspec.json.encode({"description": plain, "signatures": signatures})


def endorse(did: str, key: DescribedKey, previous: SigningKey, previous_until: str) -> DescribedKey:
    """A new key with the signature of the one before it, which ends at a time."""
    signature = _encode(previous.sign(endorsed(did, key, previous_until)))
    made = Endorsement(by=previous.id, previous_until=previous_until, signature=signature)
    return msgspec.structs.replace(key, endorsement=made)


def open_description(content: bytes, address: str, now: dt.datetime) -> Fetched:
    """A description from its bytes, of the node at an address. Raises DescriptionInvalid."""
    try:
        signed = msgspec.json.decode(content, type=_Signed)
        found = msgspec.convert(signed.description, Description)
        message = _CONTEXT + canonical(signed.description)
    except (ValueError, RecursionError) as error:  # msgspec's errors too
        raise DescriptionInvalid(f"This is not the description of a node: {str(error)[:200]}") from None
    _check(found, address, now)
    keys = {each.thumbprint: read_key(each) for each in found.keys}
    signatures = {each.by: each.signature for each in signed.signatures[: 2 * MAX_KEYS]}
    for thumbprint, key in keys.items():
        # Each key: nobody pins a key whose private part the node does not have.
        if not _holds(key, signatures.get(thumbprint, ""), message):
            raise DescriptionInvalid(f"The description is not signed with its key {thumbprint}.")
    return Fetched(found, tuple(keys))


def _check(found: Description, address: str, now: dt.datetime) -> None:
    if found.object != "node_description" or found.version != 1:
        raise DescriptionInvalid(f"Version {found.version} of a description is not known here. Update this node.")
    if found.address != address or found.did != did_of(address):
        raise DescriptionInvalid(f"The description is of {found.address[:200]}, not of {address}.")
    if not _ECONOMY.match(found.economy) or not all(_NAME.match(each) for each in (found.name, found.operator)):
        raise DescriptionInvalid("The description has no economy (two letters), name and operator.")
    if not 1 <= len(found.keys) <= MAX_KEYS:
        raise DescriptionInvalid(f"A description has 1 to {MAX_KEYS} keys, not {len(found.keys)}.")
    for key in found.keys:
        if not all(is_timestamp(each) for each in (key.since, key.until or key.since)):
            raise DescriptionInvalid(f"The key {key.thumbprint[:60]} does not say since when, or until when, it signs.")
    try:
        issued, expires = dt.datetime.fromisoformat(found.issued), dt.datetime.fromisoformat(found.expires)
        ahead, left = (issued - now).total_seconds(), expires - now
    except (ValueError, TypeError):
        raise DescriptionInvalid("The description does not say when it was issued and when it expires.") from None
    if ahead > SKEW:
        raise DescriptionInvalid(f"The description was issued {ahead:.0f} s from now: set the clocks by NTP.")
    if left <= dt.timedelta(0):
        raise DescriptionInvalid(f"The description expired at {found.expires}. Its node publishes a new one.")
    if expires - issued > LONGEST:
        raise DescriptionInvalid(f"A description holds for at most {LONGEST.days} days.")


def read_key(key: DescribedKey) -> PublicKey:
    """The public key of a description. Raises DescriptionInvalid where its thumbprint is another one."""
    try:
        found = public_key(tuple(sorted({**key.jwk, "kid": key.thumbprint}.items())))
    except KeyUnsupported as error:
        raise DescriptionInvalid(str(error)) from None
    if found.thumbprint() != key.thumbprint:
        raise DescriptionInvalid(f"The key {key.thumbprint[:60]} has another thumbprint: {found.thumbprint()}.")
    return found


@lru_cache(maxsize=1024)
def public_key(jwk: tuple[tuple[str, str], ...]) -> PublicKey:
    """A public key from the members of its JWK. Raises KeyUnsupported."""
    return read_jwk(dict(jwk))


def pinned_key(peer: Peer, thumbprint: str, time: str) -> PublicKey | None:
    """The pinned key of a peer with a thumbprint, if it is accepted at a time."""
    key = peer.key(thumbprint)
    if key is None or not key.signs_at(time):
        return None
    return public_key(tuple(sorted({**key.jwk, "kid": thumbprint}.items())))


def check_endorsement(peer: Peer, key: DescribedKey, time: str) -> None:
    """Check that a pinned key has signed a new one. Raises DescriptionInvalid."""
    made = key.endorsement
    by = pinned_key(peer, made.by, time) if made is not None else None
    if made is None or by is None:
        raise DescriptionInvalid(
            f"The new key {key.thumbprint} is not signed by a key that is pinned here. The operators meet again: a "
            "lost key is never replaced by its owner alone."
        )
    if not _holds(by, made.signature, endorsed(peer.did, key, made.previous_until)):
        raise DescriptionInvalid(f"The signature of {made.by} over the new key {key.thumbprint} does not hold.")
    latest = timestamp(dt.datetime.fromisoformat(time) + LONGEST)
    if not is_timestamp(made.previous_until) or made.previous_until > latest:
        raise DescriptionInvalid(
            f"The key {made.by} is replaced, but accepted until {made.previous_until[:40]!r}. At most {LONGEST.days} "
            "days are possible."
        )


def fetch(address: str, now: dt.datetime, *, allow_loopback: bool) -> Fetched:
    """Fetch and check the description of the node at an address, its origin. Raises DescriptionInvalid."""
    try:
        target = read_url(f"{address}{PATH}", allow_loopback=allow_loopback)
        if target.path != PATH:
            raise DescriptionInvalid(f"{address[:200]} is not the address of a node: write https://HOST.")
        answer = http.get(target, most=MAX_BYTES + 1, timeout=TIMEOUT, allow_loopback=allow_loopback)
    except (UnsafeAddress, http.NoAnswer) as error:
        raise DescriptionInvalid(f"The description of {address[:200]} cannot be fetched. {error}") from None
    if answer.status != 200:
        raise DescriptionInvalid(f"{address}{PATH} answered {answer.status}. Redirects are not followed.")
    if len(answer.body) > MAX_BYTES:
        raise DescriptionInvalid(f"The description of {address} is larger than {MAX_BYTES >> 10} kB.")
    return open_description(answer.body, address, now)


def _holds(key: PublicKey, signature: str, message: bytes) -> bool:
    try:
        content = base64.b64decode(signature + "=" * (-len(signature) % 4), altchars=b"-_", validate=True)
        key.verify(content, message)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
