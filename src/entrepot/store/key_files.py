"""Keys that are not in the database: each in a file of its own, made at its first use, readable by this user only.

The database keeps a value computed with each key, so that a lost or exchanged file is noticed before anything is
written with another key.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from entrepot.model.errors import StoreError
from entrepot.store.models import KeyCheck
from entrepot.trade.ledger.checkpoints import InvalidNote, Signer, new_signer

K = TypeVar("K")
KEY_BYTES = 32


class KeyFault(StoreError):
    """A key file is missing, unreadable, or not the one with which the rows were written."""


class KeyFile(NamedTuple, Generic[K]):
    """A kind of key. `lost`: what is lost with it; `read` raises ValueError; `check`: the value in the database."""

    name: str
    lost: str
    make: Callable[[], str]
    read: Callable[[str], K]
    check: Callable[[K], str]


class TradeKeys(NamedTuple):
    """The keys of trade: of personal data, of keyed hashes, and of checkpoints."""

    data: bytes
    hashes: bytes
    signer: Signer


def _make_secret() -> str:
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def _read_secret(text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.strip())
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"it does not contain {KEY_BYTES} bytes as base64")
    return key


def _read_signer(text: str) -> Signer:
    try:
        return Signer.read(text)
    except InvalidNote as error:
        raise ValueError(str(error).rstrip(".")) from None


def _make_p256() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()


def _read_p256(text: str) -> str:
    try:
        load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError):
        raise ValueError("it is not a private key in PEM") from None
    return text.strip()


def _hash(key: bytes) -> str:
    """A key has 256 random bits: its hash does not help to guess it."""
    return sha256(b"entrepot key\0" + key).hexdigest()


DATA = KeyFile(
    "personal-data",
    "Without it no personal data that was stored until now can be read. The ledger is not affected.",
    _make_secret,
    _read_secret,
    _hash,
)
HASHES = KeyFile(
    "identity-hash",
    "Without it what a person has used of an annual limit until now cannot be found. The ledger is not affected.",
    _make_secret,
    _read_secret,
    _hash,
)
SIGNING = KeyFile(
    "ledger-signing",
    "Without it new checkpoints have another key; whoever knows the old public key can still check the old ones.",
    lambda: new_signer("", os.urandom(KEY_BYTES)).text(),
    _read_signer,
    lambda signer: signer.verifier().text(),
)
UCP_SIGNING = KeyFile(
    "ucp-signing",
    "Without it what this node sends to platforms is signed with a new key, which its profile then names.",
    _make_p256,
    _read_p256,
    lambda pem: _hash(pem.encode()),
)
DOCUMENTS = KeyFile(
    "document-signing",
    "Without it new documents are signed with another key; what was signed stays valid with the public key that is in "
    "the ledger.",
    _make_secret,
    _read_secret,
    _hash,
)
FILES: tuple[KeyFile[bytes] | KeyFile[Signer] | KeyFile[str], ...] = (DATA, HASHES, SIGNING, UCP_SIGNING, DOCUMENTS)


#: How often the replacement of a key is tried again, while others open the one that is replaced.
REPLACEMENT_ATTEMPTS = 4


def open_keys(folder: Path) -> TradeKeys:
    """The keys in a folder, made where the database has seen none yet. Raises KeyFault."""
    return TradeKeys(open_key(DATA, folder), open_key(HASHES, folder), open_key(SIGNING, folder))


def open_document_seed(folder: Path) -> bytes:
    """The seed of the key that signs documents, made where the database has seen none yet. Raises KeyFault."""
    return open_key(DOCUMENTS, folder)


def replace_document_seed(folder: Path) -> bytes:
    """Replace the seed of the key that signs documents by a new one; the old one is removed. Raises KeyFault."""
    open_document_seed(folder)
    for _ in range(REPLACEMENT_ATTEMPTS):
        # Another process may open the old file meanwhile, and tell the database that it is the key: then once more.
        with contextlib.suppress(KeyFault):
            return _new_document_seed(folder)
    return _new_document_seed(folder)


def _new_document_seed(folder: Path) -> bytes:
    # First the database, then the file: if this process ends between them, the next use makes a new key.
    forget(DOCUMENTS.name)
    path_of(DOCUMENTS.name, folder).unlink(missing_ok=True)
    return open_document_seed(folder)


def path_of(name: str, folder: Path) -> Path:
    """The file of a key."""
    return folder / f"{name}.key"


def known_check(kind: KeyFile[K]) -> str | None:
    """The value that the database keeps of a key; for checkpoints it is the public key."""
    return KeyCheck.objects.filter(name=kind.name).values_list("check_value", flat=True).first()


def forget(name: str) -> bool:
    """Let the next use make a new key, after the file was lost. False if the database knows no such key."""
    return bool(KeyCheck.objects.filter(name=name).delete()[0])


def open_key(kind: KeyFile[K], folder: Path) -> K:
    """A key in a folder, made where the database has seen none yet. Raises KeyFault."""
    file, known = path_of(kind.name, folder), known_check(kind)
    if known is None:
        _make(kind, file)
    key = _read(kind, file)
    if known is None:
        KeyCheck.objects.bulk_create([KeyCheck(name=kind.name, check_value=kind.check(key))], ignore_conflicts=True)
        known = known_check(kind)
    if known != kind.check(key):
        raise KeyFault(f"The key in {file} is not the one with which this database was written. {_advice(kind)}")
    return key


def _read(kind: KeyFile[K], file: Path) -> K:
    try:
        return kind.read(file.read_text())
    except FileNotFoundError:
        raise KeyFault(f"The key file {file} is missing. {_advice(kind)}") from None
    except OSError as error:
        why = error.strerror or error
        raise KeyFault(f"The key file {file} cannot be read: {why}. Change its permissions.") from None
    except ValueError as error:
        raise KeyFault(f"The key file {file} is damaged: {error}. {_advice(kind)}") from None


def _advice(kind: KeyFile[K]) -> str:
    return (
        f"Restore it from a backup. {kind.lost} If it is lost for ever: `entrepot ledger forget-key {kind.name}` "
        "lets the next start make a new one."
    )


def _make(kind: KeyFile[K], file: Path) -> None:
    """Create the file of a key if it is missing, whole or not at all. Another process may be first."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if file.exists():
            return
        handle, new = tempfile.mkstemp(dir=file.parent, prefix=f".{kind.name}-")  # its mode is 0600
        try:
            with os.fdopen(handle, "w") as stream:
                stream.write(kind.make() + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(new, file)  # unlike a rename, a link never replaces another file
        finally:
            Path(new).unlink()
        _sync_folder(file.parent)
    except OSError as error:
        why = error.strerror or error
        raise KeyFault(
            f"The key file {file} cannot be written: {why}. Change the permissions of its folder, or set "
            "ENTREPOT_KEY_FOLDER to another."
        ) from None


def _sync_folder(folder: Path) -> None:
    """The name of a new file is on the disk too: rows are written with its key next."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
