"""Keys that sign messages between parties: ES256 (ECDSA on P-256) and Ed25519, as JSON Web Keys (RFC 7517, 8037)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

#: The algorithms, by the name in a JSON Web Key, and what RFC 9421 calls each.
ES256, ED25519 = "ES256", "EdDSA"
ALGORITHMS: Mapping[str, str] = {ES256: "ecdsa-p256-sha256", ED25519: "ed25519"}
_CURVES = {("EC", "P-256"): ES256, ("OKP", "Ed25519"): ED25519}
_BYTES = 32


class KeyUnsupported(ValueError):
    """A key has a type, a curve or a use that does not verify signatures here, or it is not a key at all."""


class PublicKey(NamedTuple):
    """A key that verifies signatures."""

    id: str
    algorithm: str
    key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

    def verify(self, signature: bytes, content: bytes) -> None:
        """Raises InvalidSignature."""
        if isinstance(self.key, ed25519.Ed25519PublicKey):
            self.key.verify(signature, content)
            return
        if len(signature) != 2 * _BYTES:
            raise InvalidSignature
        halves = (int.from_bytes(signature[:_BYTES]), int.from_bytes(signature[_BYTES:]))
        self.key.verify(encode_dss_signature(*halves), content, ec.ECDSA(hashes.SHA256()))

    def jwk(self) -> dict[str, str]:
        """The key as it is published."""
        return {"kid": self.id, **self._members(), "use": "sig", "alg": self.algorithm}

    def thumbprint(self) -> str:
        """The SHA-256 of the members that make the key (RFC 7638)."""
        text = json.dumps(self._members(), sort_keys=True, separators=(",", ":"))
        return _base64url(hashlib.sha256(text.encode()).digest())

    def _members(self) -> dict[str, str]:
        if isinstance(self.key, ed25519.Ed25519PublicKey):
            raw = self.key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(raw)}
        numbers = self.key.public_numbers()
        x, y = (_base64url(each.to_bytes(_BYTES)) for each in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


class SigningKey(NamedTuple):
    """A key that signs."""

    id: str
    algorithm: str
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

    def sign(self, content: bytes) -> bytes:
        """A signature, by ECDSA as the two numbers in 64 bytes."""
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(content)
        first, second = decode_dss_signature(self.key.sign(content, ec.ECDSA(hashes.SHA256())))
        return first.to_bytes(_BYTES) + second.to_bytes(_BYTES)

    def public(self) -> PublicKey:
        """The key that verifies."""
        return PublicKey(self.id, self.algorithm, self.key.public_key())

    def pem(self) -> str:
        """The key as it is kept in a file."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()


def new_key(algorithm: str = ES256) -> SigningKey:
    """A new key, whose id is its thumbprint."""
    return _named(
        ed25519.Ed25519PrivateKey.generate() if algorithm == ED25519 else ec.generate_private_key(ec.SECP256R1())
    )


def read_pem(text: str) -> SigningKey:
    """A key from the text of its file. Raises KeyUnsupported."""
    try:
        found = serialization.load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError):
        raise KeyUnsupported("it is not a private key in PEM") from None
    p256 = isinstance(found, ec.EllipticCurvePrivateKey) and isinstance(found.curve, ec.SECP256R1)
    if isinstance(found, ed25519.Ed25519PrivateKey) or (p256 and isinstance(found, ec.EllipticCurvePrivateKey)):
        return _named(found)
    raise KeyUnsupported("it is neither a key of P-256 nor one of Ed25519")


def _named(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> SigningKey:
    algorithm = ED25519 if isinstance(key, ed25519.Ed25519PrivateKey) else ES256
    return SigningKey(PublicKey("", algorithm, key.public_key()).thumbprint(), algorithm, key)


def read_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """A published key. Raises KeyUnsupported.

    >>> read_jwk({"kid": "a", "kty": "RSA", "n": "…"})
    Traceback (most recent call last):
    entrepot.connect.signing_keys.KeyUnsupported: The key "a" is neither EC on P-256 nor OKP on Ed25519.
    """
    number = jwk.get("kid")
    if not isinstance(number, str) or not number:
        raise KeyUnsupported("A key has no id (kid).")
    algorithm = _CURVES.get((str(jwk.get("kty")), str(jwk.get("crv"))))
    if algorithm is None:
        raise KeyUnsupported(f'The key "{number}" is neither EC on P-256 nor OKP on Ed25519.')
    operations = jwk.get("key_ops")
    if jwk.get("use", "sig") != "sig" or (isinstance(operations, list) and "verify" not in operations):
        raise KeyUnsupported(f'The key "{number}" is not for signatures.')
    if jwk.get("alg") not in (None, algorithm, "Ed25519" if algorithm == ED25519 else algorithm):
        raise KeyUnsupported(f'The key "{number}" names an algorithm that is not that of its curve.')
    try:
        if algorithm == ED25519:
            return PublicKey(number, algorithm, ed25519.Ed25519PublicKey.from_public_bytes(_decode(jwk["x"])))
        x, y = (int.from_bytes(_decode(jwk[name])) for name in ("x", "y"))
        return PublicKey(number, algorithm, ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key())
    except (KeyError, TypeError, ValueError):
        raise KeyUnsupported(f'The key "{number}" is damaged: its coordinates are no point of its curve.') from None


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError(text) from None
    if len(found) != _BYTES:
        raise ValueError(text)
    return found
