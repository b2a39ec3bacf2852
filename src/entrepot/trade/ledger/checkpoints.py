"""Signed checkpoints of the ledger: its size and root, in the formats that transparency logs use.

A checkpoint is a note (https://c2sp.org/signed-note) with the text of https://c2sp.org/tlog-checkpoint, signed with
Ed25519. Keys have the text form of Go's `golang.org/x/mod/sumdb/note`, so other programs read them.
"""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from entrepot.trade.ledger.merkle import HASH_BYTES

#: The type of an Ed25519 key and signature in a note.
_ED25519 = b"\1"
_SEED_BYTES = 32
#: Signatures of a note that are read at most, as in Go.
_MAX_SIGNATURES = 100
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+=*)\Z")
_SIZE = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")


class InvalidNote(ValueError):
    """A note, a checkpoint or a key is malformed, or a signature does not match."""


class Checkpoint(NamedTuple):
    """The size and the root of a ledger at a moment. `origin`: the name of the ledger."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


class Verifier(NamedTuple):
    """A public key with its name."""

    name: str
    public: bytes

    @classmethod
    def read(cls, text: str) -> Verifier:
        """A public key from its text, `name+id+base64`. Raises InvalidNote.

        >>> Verifier.read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").name
        'PeterNeumann'
        """
        name, number, public = _read_key(text.strip())
        verifier = cls(name, public)
        if verifier.id.hex() != number:
            raise InvalidNote(f"The id of the key {name} is {verifier.id.hex()}, not {number}.")
        return verifier

    @property
    def id(self) -> bytes:
        """The first four bytes of the hash of the name and the key."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def text(self) -> str:
        """The key as text: what others store to check checkpoints."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"


class Signer(NamedTuple):
    """A private key with its name."""

    name: str
    seed: bytes

    @classmethod
    def read(cls, text: str) -> Signer:
        """A private key from its text, `PRIVATE+KEY+name+id+base64`. Raises InvalidNote."""
        if not text.strip().startswith("PRIVATE+KEY+"):
            raise InvalidNote("This is not a private key of signed notes: it does not begin with PRIVATE+KEY+.")
        name, number, seed = _read_key(text.strip().removeprefix("PRIVATE+KEY+"))
        signer = cls(name, seed)
        if signer.verifier().id.hex() != number:
            raise InvalidNote(f"The private key {name} is damaged: its id does not match.")
        return signer

    def text(self) -> str:
        """The key as text: what its file contains."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier().id.hex()}+{base64.b64encode(_ED25519 + self.seed).decode()}"

    def verifier(self) -> Verifier:
        """The public key."""
        return Verifier(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """A note: the text, which ends with a line feed, and its signature."""
        if not text.endswith("\n"):
            raise InvalidNote("The text of a note ends with a line feed.")
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n— {self.name} {base64.b64encode(self.verifier().id + signature).decode()}\n"


def new_signer(name: str, seed: bytes) -> Signer:
    """A private key from 32 random bytes. Without a name it is named after its public key."""
    if len(seed) != _SEED_BYTES:
        raise InvalidNote(f"A private key has {_SEED_BYTES} bytes, not {len(seed)}.")
    signer = Signer(name, seed)
    if name:
        return signer
    return signer._replace(name=f"entrepot-{sha256(signer.verifier().public).hexdigest()[:12]}")


def open_note(note: str, verifier: Verifier) -> str:
    """The text of a note that this key has signed. Signatures of other keys are ignored. Raises InvalidNote."""
    text, separator, rest = note.rpartition("\n\n")
    lines = rest.split("\n")
    if not separator or lines.pop() or not 1 <= len(lines) <= _MAX_SIGNATURES:
        raise InvalidNote("This is not a signed note: a text, an empty line, and lines with signatures.")
    text += "\n"
    signature: bytes | None = None
    for line in lines:
        found = _SIGNATURE_LINE.match(line)
        content = _decode(found[2]) if found else b""
        if not found or len(content) < 5:
            raise InvalidNote(f"This is not a signature of a note: {line[:80]!r}.")
        if signature is None and (found[1], content[:4]) == (verifier.name, verifier.id):
            signature = content[4:]
    if signature is None:
        raise InvalidNote(f"The note has no signature of the key {verifier.text()}.")
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public).verify(signature, text.encode())
    except InvalidSignature:
        raise InvalidNote(f"The signature of {verifier.name} does not match the text.") from None
    return text


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """A checkpoint that this key has signed. Raises InvalidNote."""
    return read_checkpoint(open_note(note, verifier))


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint from the text of its note. Raises InvalidNote."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not _SIZE.match(lines[1]):
        raise InvalidNote("This is not a checkpoint: its lines are the origin, the size and the root.")
    root = _decode(lines[2])
    if len(root) != HASH_BYTES:
        raise InvalidNote(f"The root of a checkpoint has {HASH_BYTES} bytes, not {len(root)}.")
    return Checkpoint(lines[0], int(lines[1]), root)


def _read_key(text: str) -> tuple[str, str, bytes]:
    name, number, content = [*text.split("+", 2), "", ""][:3]
    key = _decode(content)
    if not re.fullmatch(r"[^\s+]+", name) or not re.fullmatch(r"[0-9a-f]{8}", number):
        raise InvalidNote("A key of signed notes has the form name+id+base64.")
    if key[:1] != _ED25519 or len(key) != 1 + _SEED_BYTES:
        raise InvalidNote(f"The key {name} is not an Ed25519 key of {_SEED_BYTES} bytes.")
    return name, number, key[1:]


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise InvalidNote(f"This is not base64: {text[:80]!r}.") from None
