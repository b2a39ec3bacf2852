"""Which layers there are over a pack: schedules that the user keeps, and overlays that a caller names.

A layer is a folder in pack form with a `layer.toml`. Here only that file is read, so that law which is kept compiled
is found fast; `pack.lay` reads the tables and lays them over.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from entrepot import configuration
from entrepot.law.cache import content_hash, files_of
from entrepot.law.toml_schema import LayerHead, Source
from entrepot.model.errors import PackError, PackFault, meant

#: The file that makes a folder a layer.
HEAD = "layer.toml"
#: How the folder of a schedule is called while another takes its place.
LISTINGS = 20
OLD = ".old-"
#: The tables of a `layer.toml`.
PARTS = ("layer", "source", "counts", "files")
#: What a layer may be called: it is the name of a folder.
NAME = re.compile(r"[a-z0-9][a-z0-9._\-]{0,79}")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer that was found. `hash`: of what it says, the same on any machine.

    `stamp`: changes whenever its files do. `files`: of a schedule, the hash of each table when it was kept; `counts`:
    how much it was that was read.
    """

    path: Path
    head: LayerHead
    sources: dict[str, Source]
    files: dict[str, str]
    counts: dict[str, int]
    hash: str
    stamp: str


def data_folder() -> Path | None:
    """The folder of the user's schedules: $ENTREPOT_DATA, else the user's data folder; None where no home is known."""
    return configuration.data_folder(os.environ)


def schedule_folders(data: Path | None, pack: str) -> dict[str, Path]:
    """The folder of each schedule that is kept for a pack, by its id."""
    shelf = data / "schedules" / pack if data else None
    if shelf is None or not shelf.is_dir():
        return {}
    try:
        there = _folders(shelf)
        # A listing may miss a folder that takes another name meanwhile: two that agree are believed.
        for _ in range(LISTINGS):
            before, there = there, _folders(shelf)
            if there == before:
                break
    except OSError as error:
        raise PackError([PackFault(str(shelf), 0, "", f"The folder cannot be read: {error.strerror}.")]) from None
    # Whoever was killed between taking a schedule out and putting the next one in left the old one under this name.
    old = {name.removeprefix(OLD): path for name, path in there.items() if name.startswith(OLD)}
    return {**old, **{name: path for name, path in there.items() if name[0] != "."}}


def _folders(shelf: Path) -> dict[str, Path]:
    """The folders of a shelf; those that are just being written have other names and do not count."""
    counted = (path for path in sorted(shelf.iterdir()) if path.name[0] != "." or path.name.startswith(OLD))
    return {path.name: path for path in counted if path.is_dir()}


def schedules_of(data: Path | None, pack: str) -> list[Layer]:
    """The schedules kept for a pack, the older vintage first. Raises PackError where one cannot be read."""
    for left in (2, 1, 0):
        try:
            found = [read_layer(path) for path in schedule_folders(data, pack).values()]
        except PackError:
            if not left:
                raise
            continue  # somebody may be putting another in its place just now
        return sorted(found, key=lambda layer: (layer.head.since, layer.head.id))
    return []


def read_layer(path: Path) -> Layer:
    """A layer as its `layer.toml` describes it. Raises PackError with every fault of that file.

    >>> import tempfile
    >>> read_layer(Path(tempfile.mkdtemp(prefix="none-")))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    entrepot.model.errors.PackError: none-.../layer.toml: A layer needs this file; see the format of a law pack.
    """
    import tomllib  # most packs have no layer over them

    where, faults = f"{path.name}/{HEAD}", []  # type: str, list[PackFault]

    def fault(column: str, message: str) -> None:
        faults.append(PackFault(where, 0, column, message))

    try:
        written = (path / HEAD).read_bytes()
        content = tomllib.loads(written.decode())
    except OSError:
        raise PackError([PackFault(where, 0, "", "A layer needs this file; see the format of a law pack.")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PackError([PackFault(where, 0, "", f"The file cannot be read as TOML in UTF-8: {error}.")]) from None
    if content.pop("format", None) != 1:
        fault("format", "Write `format = 1` at the head of the file.")
    for name in sorted(content.keys() - set(PARTS)):
        fault(name, f"Nothing of a layer is called {name!r}.{meant(name, PARTS)}")
    head = _shaped(content.get("layer", {}), LayerHead, "layer", fault)
    sources = _shaped(content.get("source", {}), dict[str, Source], "source", fault)
    files = _shaped(content.get("files", {}), dict[str, str], "files", fault)
    counts = _shaped(content.get("counts", {}), dict[str, int], "counts", fault)
    if head is not None:
        _check_head(head, fault)
    if faults:
        raise PackError(faults)
    try:
        digest = hashlib.blake2b(written, digest_size=16).hexdigest() if files else content_hash(path)
        return Layer(path, head, sources, files, counts, digest, _stamp(path))
    except OSError as error:
        raise PackError([PackFault(where, 0, "", f"The folder cannot be read: {error.strerror}.")]) from None


def _shaped(value: Any, form: Any, label: str, fault: Any) -> Any:
    try:
        return msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        fault(label, str(error))
        return None


def _check_head(head: LayerHead, fault: Any) -> None:
    for name in ("pack", "id"):
        if not NAME.fullmatch(getattr(head, name)):
            fault(f"layer.{name}", f"{getattr(head, name)!r} is no name. Use lower-case letters, digits, '.', _ and -.")
    if head.until is not None and head.until <= head.since:
        fault("layer.until", f"{head.until} is not after {head.since}. `until` is the first day it no longer holds.")
    if head.kind == "schedule" and head.since == dt.date.min:
        fault("layer.since", "A schedule says from when it holds.")


def _stamp(path: Path) -> str:
    """What the files look like from outside: a schedule of megabytes is not read again for each quote."""
    seen = [(file.name, (state := file.stat()).st_size, state.st_mtime_ns) for file in files_of(path)]
    return hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest()


def hash_of(layers: Iterable[Layer], base: str) -> str:
    """The hash of a law that is made of a base, which has one, and of layers."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(" ".join([base, *(layer.hash for layer in layers)]).encode())
    return digest.hexdigest()


def stamp_of(layers: Iterable[Layer]) -> str:
    """What tells the compiled law of these layers from that of others, or of the same ones when changed; '' of none."""
    stamps = "".join(layer.stamp + str(layer.path) for layer in layers)
    return f"-{hashlib.blake2b(stamps.encode(), digest_size=6).hexdigest()}" if stamps else ""
