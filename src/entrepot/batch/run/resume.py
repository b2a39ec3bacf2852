"""Store finished parts of a run beside its output, so that the run can be resumed after an interruption.

A part is written under a temporary name and then renamed, so every part that exists is complete. The manifest records
input, options, law and day; parts of another manifest are refused.
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
#: The version of the format of parts, and the packages whose version may change an answer.
FORMAT = ("4", "entrepot", "currencyconverter")
#: Bytes of a part's rows in memory.
PART_BYTES = 256 << 20
#: Bytes at the start of the input that are hashed.
HASHED_BYTES = 1 << 20
#: The entries of the manifest as an error names them.
MANIFEST_NAMES = {
    "input": "the input file",
    "options": "the options",
    "law": "the law (the packs)",
    "day": "the day (rows without a date take the law of the day)",
    "form": "the version of Entrepot",
}


class PartStore:
    """A folder of finished parts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def get_or_write(self, name: str, compute: Callable[[], Iterable[pa.RecordBatch]]) -> Path:
        """The file of a part: the stored one, or written now from `compute`."""
        path = self.folder / f"{name}.arrows"
        if not path.exists():
            part = path.with_suffix(".writing")
            with part.open("wb") as stream:
                write_batches(stream, compute())
                sync_to_disk(stream)
            part.replace(path)
        return path

    def has(self, name: str) -> bool:
        """Whether a part is finished."""
        return (self.folder / f"{name}.arrows").exists()


def open_store(folder: Path, manifest: Mapping[str, Any]) -> PartStore:
    """The store in a folder, new or resumed. Raises TableError if its parts belong to another run."""
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
                f"that folder to start again."
            )
        return PartStore(folder)
    if folder.exists() and any(folder.glob("*.arrows")):
        raise TableError(f"{folder} has parts and no manifest: delete that folder to start again.")
    work = PartStore(folder)
    part = file.with_suffix(".writing")
    with part.open("wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(wanted, order="deterministic"), indent=1))
        sync_to_disk(stream)
    part.replace(file)
    return work


def delete_parts(folder: Path) -> None:
    """Delete a folder of parts, its manifest last: a run that is killed meanwhile can be resumed or repeated."""
    try:
        for path in folder.iterdir():
            if path.name != MANIFEST:
                path.unlink(missing_ok=True)
    except OSError:
        return  # with its manifest, what remains is still a folder of parts
    shutil.rmtree(folder, ignore_errors=True)


def file_identity(path: Path) -> dict[str, Any]:
    """Name, size, modification time and hash of the first bytes: they change when the file changes."""
    about = path.stat()
    with path.open("rb") as file:
        head = hashlib.blake2b(file.read(HASHED_BYTES), digest_size=16).hexdigest()
    return {"name": path.name, "size": about.st_size, "modified": about.st_mtime_ns, "head": head}


def write_batches(stream: Any, batches: Iterable[pa.RecordBatch]) -> None:
    """Write batches to an Arrow stream; writes nothing for no batches."""
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    writer = None
    for batch in batches:
        writer = writer or pa.ipc.new_stream(stream, batch.schema, options=options)
        writer.write_batch(batch)
    if writer is not None:
        writer.close()


def read_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a part, one at a time."""
    with pa.OSFile(str(path)) as file:
        if file.size():
            yield from pa.ipc.open_stream(file)


def sync_to_disk(stream: Any) -> None:
    """Flush a stream and wait until the disk has its bytes, before the file gets its final name."""
    stream.flush()
    os.fsync(stream.fileno())


def split_into_parts(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[list[pa.RecordBatch]]:
    """Split batches into parts of exactly `rows` rows; of fewer at PART_BYTES and at the end.

    >>> batches = [pa.record_batch({"a": [1] * 5})] * 2
    >>> [sum(batch.num_rows for batch in part) for part in split_into_parts(batches, 4)]
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
