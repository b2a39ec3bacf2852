"""Compiled law on the disk: one file for each pack content and spell, safe when two processes write at once.

A file is a check sum and then the law. One that is cut short, altered or of another form of this module is not read but
made again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import tempfile
import zlib
from pathlib import Path
from typing import TypeVar

import msgspec

from entrepot import configuration
from entrepot.law.compiled import Law
from entrepot.model import rule_kinds

#: What the compiled law depends on besides the packs: this code. Another release compiles anew.
FORM = hashlib.blake2b(
    b"".join(file.read_bytes() for file in [Path(rule_kinds.__file__), *sorted(Path(__file__).parent.glob("*.py"))]),
    digest_size=6,
).hexdigest()

#: The format of compiled law inside stored quotes. Raise it when an older release's law would be read wrongly or not
#: at all: when a type of `pack.law` or `pack.records` changes its shape, or a value its meaning.
FORMAT = "1"
#: The formats that this release reads. 0.1.0 named its format after its own source code.
READABLE_FORMATS = frozenset({FORMAT, "cf38ee795f15"})

#: Examples are no law: they are not part of a pack's content hash.
NOT_LAW = frozenset({"cases.toml"})

T = TypeVar("T")


def files_of(path: Path) -> list[Path]:
    """The files of a pack, in order."""
    return sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))


def content_hash(path: Path) -> str:
    """The hash of what a pack says: its files' names and bytes."""
    digest = hashlib.blake2b(digest_size=16)
    for file in files_of(path):
        if file.name not in NOT_LAW:
            content = file.read_bytes()
            digest.update(f"{file.name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def cache_folder() -> Path:
    """The folder of compiled law: $ENTREPOT_CACHE, else the user's cache folder."""
    return configuration.cache_folder(os.environ)


def load(file: Path, form: type[T]) -> T | None:
    """What a file holds, or nothing where it is absent or damaged."""
    try:
        content = file.read_bytes()
        body = content[16:]
        if _check(body) != content[:16]:
            return None
        return msgspec.msgpack.decode(body, type=form)
    except (OSError, msgspec.DecodeError):
        return None


def _check(body: bytes) -> bytes:
    """Sixteen bytes by which a damaged file is known: fast, since law is read for each quote that is typed."""
    return zlib.crc32(body).to_bytes(8, "big") + len(body).to_bytes(8, "big")


def save(file: Path, value: object) -> None:
    """Writes a file whole or not at all. A cache that cannot be written is done without."""
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
    """Where the law of a spell is kept."""
    return folder / f"{law.pack}_{law.since}_{law.until or ''}.law"


def find_law(folder: Path, pack: str, on: dt.date) -> Law | None:
    """The kept law of a pack whose spell has the day in it."""
    day = on.isoformat()
    for file in folder.glob(f"{pack}_*.law"):
        since, until = file.stem.rsplit("_", 2)[-2:]
        if since <= day and (not until or day < until):
            return load(file, Law)
    return None
