"""JSON web signatures with Ed25519 (RFC 7515, 8037, 9864) in the compact form, and their keys (RFC 7517, 7638)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from entrepot.model import json as untrusted

#: The name of the algorithm since RFC 9864, with which this node signs, and the older name, which is read too.
ALGORITHM = "Ed25519"
ACCEPTED = frozenset({ALGORITHM, "EdDSA"})
SEED_BYTES = 32


class MalformedToken(ValueError):
    """A text is not a JSON web signature in the compact form. The message says why."""


class Token(NamedTuple):
    """A token that was read and not yet verified. `signed`: the bytes under the signature."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


class SigningKey(NamedTuple):
    """A private key: its seed."""

    seed: bytes

    @property
    def x(self) -> str:
        """The public key, base64url."""
        return encode(Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    @property
    def thumbprint(self) -> str:
        """The thumbprint of the public key (RFC 7638)."""
        return thumbprint(self.x)

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """A signed token. Ed25519 is deterministic: the same claims give the same text."""
        parts = [encode(msgspec.json.encode(part)) for part in (header, claims)]
        signed = ".".join(parts)
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(signed.encode())
        return f"{signed}.{encode(signature)}"


def jwk(x: str) -> dict[str, str]:
    """A public key as a JSON web key."""
    return {"kty": "OKP", "crv": "Ed25519", "x": x}


def thumbprint(x: str) -> str:
    """The thumbprint of a public key: of its members in the order of their names.

    >>> thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")  # RFC 8037, appendix A.3
    'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'
    """
    return encode(sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest())


def read(text: str) -> Token:
    """Read a token without verifying it. Raises MalformedToken."""
    parts = text.strip().split(".")
    if len(parts) != 3:
        raise MalformedToken("it has not three parts")
    try:
        header, claims = (untrusted.decode(decode(part)) for part in parts[:2])
        signature = decode(parts[2])
    except (msgspec.DecodeError, ValueError) as error:
        raise MalformedToken(str(error)) from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise MalformedToken("its header or its claims are not an object")
    return Token(header, claims, f"{parts[0]}.{parts[1]}".encode(), signature)


def is_signed_by(token: Token, x: str) -> bool:
    """Whether a token is signed by a public key."""
    try:
        Ed25519PublicKey.from_public_bytes(decode(x)).verify(token.signature, token.signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def encode(data: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of base64url without padding, written in the only way. Raises ValueError."""
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it is not base64url") from None
    if encode(found) != text:
        raise ValueError("it is not base64url")
    return found
