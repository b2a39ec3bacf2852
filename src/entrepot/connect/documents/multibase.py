"""Base 58 of Bitcoin and Base64url as Multibase texts, and Ed25519 public keys as Multikeys (`z6Mk…`)."""

from __future__ import annotations

from entrepot.connect.documents import jose

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519 = bytes((0xED, 0x01))
#: Characters of a text in Base 58 that is read: its time grows with the square of them.
MAX_CHARACTERS = 200


def encode58(data: bytes) -> str:
    """Bytes as `z…`.

    >>> encode58(bytes(1) + b"hello world")
    'z1StV1DL6CwTryKyV'
    """
    number, found = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        found = _ALPHABET[rest] + found
    return "z" + "1" * (len(data) - len(data.lstrip(b"\0"))) + found


def decode58(text: str) -> bytes:
    """The bytes of `z…`. Raises ValueError.

    >>> decode58("z1StV1DL6CwTryKyV")[1:]
    b'hello world'
    """
    if not text.startswith("z") or len(text) > MAX_CHARACTERS:
        raise ValueError("it is not a text in Base 58 that begins with z")
    number = 0
    for sign in text[1:]:
        number = number * 58 + _ALPHABET.index(sign)
    zeros = len(text) - 1 - len(text[1:].lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def multikey(x: str) -> str:
    """The Multikey of an Ed25519 public key, which is given base64url."""
    return encode58(_ED25519 + jose.decode(x))


def read_multikey(text: str) -> str:
    """The Ed25519 public key of a Multikey, base64url. Raises ValueError."""
    data = decode58(text)
    if len(data) != 34 or not data.startswith(_ED25519):
        raise ValueError("it is not the Multikey of an Ed25519 key")
    return jose.encode(data[2:])
