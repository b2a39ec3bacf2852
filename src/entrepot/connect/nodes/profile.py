"""The strict profile of RFC 9421 between nodes. Nothing that a signature leaves out is accepted.

A request covers its method, authority, path, query, content type and content digest; its parameters are `created`,
`expires` (at most 300 s later), `keyid` (the thumbprint of the key), `nonce` and `tag`. A response covers its status,
content type and content digest, and of the request that it answers the target, the digest and the signature: it fits
no other request. While a key is replaced, both keys sign, and one that is pinned is enough.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Final, NamedTuple, TypeGuard

from cryptography.exceptions import InvalidSignature

from entrepot.connect.http_signatures import (
    SKEW,
    HttpMessage,
    SignatureFault,
    check_digest,
    read_signatures,
    sign,
    signature_base,
)
from entrepot.connect.signing_keys import ALGORITHMS, PublicKey, SigningKey
from entrepot.connect.structured_fields import InnerList, Item, write_member

#: Seconds for which a signature holds at most, and how long those hold that are made here.
LONGEST: Final = 300
TAG: Final = "entrepot-node"
#: The components that a request covers, in this order when it is signed here.
REQUEST: Final = ("@method", "@authority", "@path", "@query", "content-type", "content-digest")
#: Those of a response, and those of the request that it answers.
RESPONSE: Final = ("@status", "content-type", "content-digest")
OF_REQUEST: Final = ("@method", "@authority", "@path", "content-digest", "signature")
_OF_A_REQUEST: Final = tuple(Item(name, {}) for name in REQUEST)
_OF_A_RESPONSE: Final = (
    *(Item(name, {}) for name in RESPONSE),
    *(Item(name, {"req": True}) for name in OF_REQUEST),
)
#: Signatures of a message that are read: two while a key is replaced.
MAX_SIGNATURES: Final = 2
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{16,86}\Z")

FindKey = Callable[[str], PublicKey | None]


class ClockSkew(SignatureFault):
    """A signature that holds was made at another time than now. `skew`: seconds that the signer's clock is ahead."""

    def __init__(self, message: str, skew: int) -> None:
        super().__init__("clock_skew", message)
        self.skew = skew


class Verified(NamedTuple):
    """A signature that holds. `nonce`: "" for a response; `skew`: seconds that the signer's clock is ahead."""

    thumbprint: str
    nonce: str
    skew: int


def sign_request(message: HttpMessage, keys: Sequence[SigningKey], *, now: int, nonce: str) -> dict[str, str]:
    """The headers `Signature-Input` and `Signature` of a request, which has its content type and digest."""
    return _sign(message, keys, _OF_A_REQUEST, now=now, nonce=nonce)


def sign_response(message: HttpMessage, keys: Sequence[SigningKey], *, now: int) -> dict[str, str]:
    """Those of a response. `message.request`: the request that it answers, which is signed."""
    return _sign(message, keys, _OF_A_RESPONSE, now=now, nonce="")


def _sign(
    message: HttpMessage, keys: Sequence[SigningKey], components: Sequence[Item], *, now: int, nonce: str
) -> dict[str, str]:
    found: dict[str, list[str]] = {"Signature-Input": [], "Signature": []}
    for place, key in enumerate(keys[:MAX_SIGNATURES], 1):
        made = sign(
            message, key, components, label=f"sig{place}", created=now, expires=now + LONGEST, nonce=nonce, tag=TAG
        )
        for name, value in made.items():
            found[name].append(value)
    return {name: ", ".join(values) for name, values in found.items()}


def verify_request(message: HttpMessage, find_key: FindKey, *, now: float) -> Verified:
    """The signature of a request that holds. Raises SignatureFault, and ClockSkew with the measured skew.

    `find_key`: the pinned key with a thumbprint that is accepted now.
    """
    return _verify(message, find_key, _OF_A_REQUEST, now=now, nonce=True)


def verify_response(message: HttpMessage, find_key: FindKey, *, now: float) -> Verified:
    """That of a response to `message.request`. Raises as `verify_request`."""
    return _verify(message, find_key, _OF_A_RESPONSE, now=now, nonce=False)


class _Signature(NamedTuple):
    label: str
    inner: InnerList
    value: bytes


def _verify(message: HttpMessage, find_key: FindKey, required: Sequence[Item], *, now: float, nonce: bool) -> Verified:
    last = SignatureFault("signature_missing", "The message has no signature of this profile.")
    for each in _signatures(message):
        try:
            return _verify_one(message, each, find_key, required, now=now, nonce=nonce)
        except SignatureFault as fault:
            # Of two keys the one that is not pinned yet is no fault, if the other one holds.
            last = fault if last.code in ("signature_missing", "key_not_found") else last
    raise last


def _signatures(message: HttpMessage) -> list[_Signature]:
    inputs, values = read_signatures(message)
    found = []
    for label, inner in list(inputs.items())[:MAX_SIGNATURES]:
        value = values.get(label)
        content = value.value if isinstance(value, Item) else None
        if not isinstance(inner, InnerList) or not isinstance(content, bytes):
            raise SignatureFault("signature_invalid", f"The signature {label} has no components or no value.")
        found.append(_Signature(label, inner, content))
    return found


def _verify_one(
    message: HttpMessage,
    each: _Signature,
    find_key: FindKey,
    required: Sequence[Item],
    *,
    now: float,
    nonce: bool,
) -> Verified:
    created, expires = _check_form(each, required, nonce=nonce)
    thumbprint = str(each.inner.parameters["keyid"])
    key = find_key(thumbprint)
    if key is None:
        raise SignatureFault("key_not_found", f"The key {thumbprint[:60]!r} is not one that is accepted here.")
    named = each.inner.parameters.get("alg")
    if named is not None and named != ALGORITHMS[key.algorithm]:
        raise SignatureFault("algorithm_unsupported", f"The key {thumbprint[:60]!r} does not sign by {named!r}.")
    check_digest(message)
    try:
        key.verify(each.value, signature_base(message, each.inner))
    except InvalidSignature:
        says = f"The signature {each.label} by the key {thumbprint[:60]!r} does not hold: the message was changed."
        raise SignatureFault("signature_invalid", says) from None
    # After the signature: only its signer learns the time of this node, and a time that was changed is no skew.
    _check_times(created, expires, now)
    return Verified(thumbprint, str(each.inner.parameters.get("nonce", "")), round(created - now))


def _check_form(each: _Signature, required: Collection[Item], *, nonce: bool) -> tuple[int, int]:
    """Check what a signature covers and its parameters. Returns `created` and `expires`. Raises SignatureFault."""
    if not each.inner.items:
        raise SignatureFault("coverage_empty", f"The signature {each.label} covers nothing. It proves nothing.")
    covered = each.inner.items
    missing = [item for item in required if item not in covered]
    if missing:
        names = ", ".join(write_member(item) for item in missing)
        raise SignatureFault("coverage_incomplete", f"The signature {each.label} does not cover {names}.")
    found = each.inner.parameters
    if found.get("tag") != TAG:
        raise SignatureFault("signature_invalid", f'The signature {each.label} does not have the tag "{TAG}".')
    if not isinstance(found.get("keyid"), str):
        raise SignatureFault("signature_invalid", f"The signature {each.label} names no key (keyid).")
    if nonce and not _NONCE.match(str(found.get("nonce", ""))):
        says = "has no nonce of 16 to 86 characters (base64url)"
        raise SignatureFault("signature_invalid", f"The signature {each.label} {says}.")
    created, expires = found.get("created"), found.get("expires")
    if not _is_time(created) or not _is_time(expires):
        raise SignatureFault("signature_invalid", f"The signature {each.label} does not have created and expires.")
    if not 0 < expires - created <= LONGEST:
        says = f"holds for {expires - created} s. At most {LONGEST} s are accepted"
        raise SignatureFault("signature_invalid", f"The signature {each.label} {says}.")
    return created, expires


def _is_time(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_times(created: int, expires: int, now: float) -> None:
    skew = round(created - now)
    if skew > SKEW:
        says = (
            f"The request was signed {skew} s from now by the clock here: the clock of its sender is {skew} s ahead, "
            f"and at most {SKEW} s are accepted. Set both clocks by NTP."
        )
        raise ClockSkew(says, skew)
    if now > expires + SKEW:
        says = (
            f"The request was signed {-skew} s ago by the clock here and held for {expires - created} s: the clock of "
            f"its sender is {-skew} s behind, or the request was held up on its way. Set both clocks by NTP."
        )
        raise ClockSkew(says, skew)
