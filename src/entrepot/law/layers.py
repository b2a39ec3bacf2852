"""Find the layers over a pack: schedules that the user has installed, and overlays that the caller names.

A layer is a folder in pack form with a `layer.toml`. Only that file is read here, so that stored compiled law is found
fast; `law.overlay` reads the tables and applies them.
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
from entrepot.law.cache import content_hash, pack_files
from entrepot.law.toml_schema import LayerHead, Source
from entrepot.model.errors import PackError, PackFault, in_quotes, meant

#: The file that makes a folder a layer.
LAYER_FILE = "layer.toml"
#: How often the folder of schedules is listed, at most, until two listings agree.
MAX_LISTINGS = 20
OLD_PREFIX = ".old-"
#: The tables of a `layer.toml`.
SECTIONS = ("layer", "source", "counts", "files")
#: The allowed ids of a layer: an id is also the name of a folder.
LAYER_NAME = re.compile(r"[a-z0-9][a-z0-9._\-]{0,79}")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer and its description. `hash`: of its content, the same on any machine.

    `stamp`: changes whenever its files change. `files`: for a schedule, the hash of each table when it was installed;
    `counts`: how many rows were read.
    """

    path: Path
    head: LayerHead
    sources: dict[str, Source]
    files: dict[str, str]
    counts: dict[str, int]
    hash: str
    stamp: str


def data_folder() -> Path | None:
    """The folder of the user's schedules: $ENTREPOT_DATA, else the user's data folder; None without a home folder."""
    return configuration.data_folder(os.environ)


def schedule_folders(data: Path | None, pack: str) -> dict[str, Path]:
    """The folders of the schedules installed for a pack, by id."""
    shelf = data / "schedules" / pack if data else None
    if shelf is None or not shelf.is_dir():
        return {}
    try:
        there = _folders(shelf)
        # A listing may miss a folder that is being renamed: it is used only if two listings agree.
        for _ in range(MAX_LISTINGS):
            before, there = there, _folders(shelf)
            if there == before:
                break
    except OSError as error:
        raise PackError([PackFault(str(shelf), 0, "", f"The folder cannot be read: {error.strerror}.")]) from None
    # A process that is killed while replacing a schedule leaves the old one under this prefix: it is used until the
    # next installation.
    old = {name.removeprefix(OLD_PREFIX): path for name, path in there.items() if name.startswith(OLD_PREFIX)}
    return {**old, **{name: path for name, path in there.items() if name[0] != "."}}


def _folders(shelf: Path) -> dict[str, Path]:
    """The folders of schedules; a folder that is still being written has another name and is not listed."""
    counted = (path for path in sorted(shelf.iterdir()) if path.name[0] != "." or path.name.startswith(OLD_PREFIX))
    return {path.name: path for path in counted if path.is_dir()}


def read_schedules(data: Path | None, pack: str) -> list[Layer]:
    """The schedules installed for a pack, sorted by their first day. Raises PackError if one cannot be read."""
    for left in (2, 1, 0):
        try:
            found = [read_layer(path) for path in schedule_folders(data, pack).values()]
        except PackError:
            if not left:
                raise
            continue  # another process may be replacing it
        return sorted(found, key=lambda layer: (layer.head.since, layer.head.id))
    return []


def read_layer(path: Path) -> Layer:
    """Read the `layer.toml` of a layer. Raises PackError with every fault of that file.

    >>> import tempfile
    >>> read_layer(Path(tempfile.mkdtemp(prefix="none-")))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    entrepot.model.errors.PackError: none-.../layer.toml: A layer needs this file; see the format of a law pack.
    """
    import tomllib  # most packs have no layer over them

    where, faults = f"{path.name}/{LAYER_FILE}", []  # type: str, list[PackFault]

    def fault(column: str, message: str) -> None:
        faults.append(PackFault(where, 0, column, message))

    try:
        written = (path / LAYER_FILE).read_bytes()
        content = tomllib.loads(written.decode())
    except OSError:
        raise PackError([PackFault(where, 0, "", "A layer needs this file; see the format of a law pack.")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PackError([PackFault(where, 0, "", f"The file cannot be read as TOML in UTF-8: {error}.")]) from None
    if content.pop("format", None) != 1:
        fault("format", "Write `format = 1` at the head of the file.")
    for name in sorted(content.keys() - set(SECTIONS)):
        fault(name, f"A layer has no part {in_quotes(name)}.{meant(name, SECTIONS)}")
    head = _convert(content.get("layer", {}), LayerHead, "layer", fault)
    sources = _convert(content.get("source", {}), dict[str, Source], "source", fault)
    files = _convert(content.get("files", {}), dict[str, str], "files", fault)
    counts = _convert(content.get("counts", {}), dict[str, int], "counts", fault)
    if head is not None:
        _check_head(head, fault)
    if faults:
        raise PackError(faults)
    try:
        digest = hashlib.blake2b(written, digest_size=16).hexdigest() if files else content_hash(path)
        return Layer(path, head, sources, files, counts, digest, _stamp(path))
    except OSError as error:
        raise PackError([PackFault(where, 0, "", f"The folder cannot be read: {error.strerror}.")]) from None


def _convert(value: Any, form: Any, label: str, fault: Any) -> Any:
    try:
        return msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        fault(label, str(error))
        return None


def _check_head(head: LayerHead, fault: Any) -> None:
    for name in ("pack", "id"):
        if not LAYER_NAME.fullmatch(getattr(head, name)):
            fault(
                f"layer.{name}",
                f"{in_quotes(getattr(head, name))} is not a name. Use lower-case letters, digits, '.', _ and -.",
            )
    if head.until is not None and head.until <= head.since:
        fault("layer.until", f"{head.until} is not after {head.since}. `until` is the first day it no longer holds.")
    if head.kind == "schedule" and head.since == dt.date.min:
        fault("layer.since", "A schedule says from when it holds.")


def _stamp(path: Path) -> str:
    """A hash of the files' names, sizes and times: a schedule of megabytes is not read for each quote."""
    seen = [(file.name, (state := file.stat()).st_size, state.st_mtime_ns) for file in pack_files(path)]
    return hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest()


def combined_hash(layers: Iterable[Layer], base: str) -> str:
    """The hash of a law made of a base with its own hash, and of layers."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(" ".join([base, *(layer.hash for layer in layers)]).encode())
    return digest.hexdigest()


def combined_stamp(layers: Iterable[Layer]) -> str:
    """A suffix for the compiled law of these layers, which changes when a layer changes; '' without layers."""
    stamps = "".join(layer.stamp + str(layer.path) for layer in layers)
    return f"-{hashlib.blake2b(stamps.encode(), digest_size=6).hexdigest()}" if stamps else ""
