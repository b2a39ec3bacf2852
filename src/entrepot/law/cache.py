"""Store compiled law on disk: one file for each content of the packs and each period without a change.

A file is a checksum followed by the law. A file that is truncated, altered or written by another version of this code
is ignored and written again. Several processes may write at the same time.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import stat
import tempfile
import zlib
from pathlib import Path
from typing import TypeVar

import msgspec

from entrepot import configuration
from entrepot.law.compiled import Law
from entrepot.model import agreement_words, rule_kinds

#: The version of this code: compiled law depends on it besides the packs, so another release compiles again.
CODE_HASH = hashlib.blake2b(
    b"".join(
        file.read_bytes()
        for file in [
            Path(rule_kinds.__file__),
            Path(agreement_words.__file__),
            *sorted(Path(__file__).parent.glob("*.py")),
        ]
    ),
    digest_size=6,
).hexdigest()

#: The format of compiled law inside stored quotes. Raise it when an older release's law would be read wrongly or not
#: at all: when a type of `law.compiled` or `law.records` changes its shape, or a value its meaning.
FORMAT = "1"
#: The formats that this release reads. 0.1.0 named its format after its own source code.
READABLE_FORMATS = frozenset({FORMAT, "cf38ee795f15"})

#: Files that contain no law: they are not part of a pack's content hash.
NOT_LAW = frozenset({"cases.toml"})

T = TypeVar("T")


def pack_files(path: Path) -> list[Path]:
    """The files of a pack, sorted by name, without hidden ones."""
    return sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))


def content_hash(path: Path) -> str:
    """The hash of a pack's law: the names and bytes of its files."""
    digest = hashlib.blake2b(digest_size=16)
    for file in pack_files(path):
        if file.name not in NOT_LAW:
            content = file.read_bytes()
            digest.update(f"{file.name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def cache_folder() -> Path:
    """The folder of compiled law: $ENTREPOT_CACHE, else the user's cache folder, else a temporary one of this user.

    Raises ConfigurationError if other users can write to the temporary folder.
    """
    return configuration.cache_folder(os.environ) or _private_folder()


def _private_folder() -> Path:
    """A folder among the temporary files. Any user may create one of that name: it must be this user's alone."""
    user = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / f"entrepot-{'cache' if user is None else user}"
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError:
        return folder  # it cannot be created: nothing is stored
    about = folder.lstat()  # of a link, not of what it leads to
    if user is not None and (about.st_uid != user or about.st_mode & 0o022 or not stat.S_ISDIR(about.st_mode)):
        raise configuration.ConfigurationError(
            "The cache folder {folder} belongs to another user or can be changed by others. Compiled law is not read "
            "from it. Delete it, or set ENTREPOT_CACHE to a folder of your own.",
            folder=folder,
        )
    return folder


def read_file(file: Path, form: type[T]) -> T | None:
    """The value stored in a file; None if the file is missing or damaged."""
    try:
        content = file.read_bytes()
        body = content[16:]
        if _check(body) != content[:16]:
            return None
        return msgspec.msgpack.decode(body, type=form)
    except (OSError, msgspec.DecodeError):
        return None


def _check(body: bytes) -> bytes:
    """A checksum of 16 bytes. CRC-32 because it is fast: the law is read for each quote on the command line."""
    return zlib.crc32(body).to_bytes(8, "big") + len(body).to_bytes(8, "big")


def write_file(file: Path, value: object) -> None:
    """Write a file completely or not at all. If the cache cannot be written, nothing is stored."""
    body = msgspec.msgpack.encode(value)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(_check(body) + body)
            Path(name).replace(file)  # atomic: a reader sees the old file or the new one
        except OSError:
            Path(name).unlink(missing_ok=True)


def law_file(folder: Path, law: Law) -> Path:
    """The file of a law and its period."""
    return folder / f"{law.pack}_{law.since}_{law.until or ''}.law"


def find_law(folder: Path, pack: str, on: dt.date) -> Law | None:
    """The stored law of a pack whose period contains the day; None if there is none."""
    day = on.isoformat()
    for file in folder.glob(f"{pack}_*.law"):
        since, until = file.stem.rsplit("_", 2)[-2:]
        if since <= day and (not until or day < until):
            return read_file(file, Law)
    return None
