"""How messages travel: through folders that a client program watches, or to a configured HTTP address.

    Folder(path).send(name, content)      a file in `send`, complete from the moment it is there
    Folder(path).receive(handle)          each file in `receive` once, then in `done`, or in `refused` with the reason
    http_post.Http(address).send(name, content)   a POST; the answer of the platform

Sending raises `Later` where another attempt may succeed and `Refused` where none will (`trade.outbox`).
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from entrepot.connect.customs.cn.faults import MessageError
from entrepot.connect.customs.cn.xml_tree import MOST_BYTES
from entrepot.model.errors import TradeError
from entrepot.trade.outbox import Refused

#: Names of files: letters, digits, dots, hyphens and underscores, not beginning with a dot.
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
#: Files that somebody is still writing, by the usual names.
_UNFINISHED = (".tmp", ".part", ".partial", ".writing")


class Transport(Protocol):
    """Sends a message. `name`: the same for the same message, by which a receiver tells a repeated one."""

    def send(self, name: str, content: bytes) -> bytes:
        """Send, and return what was answered at once, empty where nothing is. Raises Later and Refused."""


class MemoryTransport:
    """Keeps what is sent by its name, for tests."""

    def __init__(self) -> None:
        self.sent: dict[str, bytes] = {}

    def send(self, name: str, content: bytes) -> bytes:
        """Keep a message; one that is sent again takes the place of the first."""
        self.sent[checked_name(name)] = content
        return b""


def checked_name(name: str) -> str:
    """A name that is safe as that of a file. Raises Refused."""
    if not _NAME.fullmatch(name):
        raise Refused(
            f"{name!r} cannot be the name of a file. Use at most 128 letters, digits, dots, hyphens and underscores."
        )
    return name


class Received(NamedTuple):
    """A file that was received. `key`: the digest of its content, by which a repeated receipt is known."""

    name: str
    content: bytes
    key: str


class Tally(NamedTuple):
    """What became of the files that were there: handled, refused, left for the next time."""

    done: int = 0
    refused: int = 0
    left: int = 0


class Folder:
    """A folder with `send`, `receive`, `done` and `refused`, as client programs of exchange platforms use them.

    `settle`: seconds that a received file must be old, where the other program writes files in place instead of moving
    them there complete.
    """

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES, settle: float = 0.0) -> None:
        self._path, self._most_bytes, self._settle = path, most_bytes, settle
        for name in ("send", "receive", "done", "refused"):
            (path / name).mkdir(parents=True, exist_ok=True)

    def send(self, name: str, content: bytes) -> bytes:
        """Write a file under another name, to the disk, and move it to its own.

        A message that is sent again takes the place of the first, if that is still there: it says the same, though its
        signature may have other random numbers.
        """
        _write(self._path / "send" / f"{checked_name(name)}.xml", content)
        return b""

    def receive(self, handle: Callable[[Received], None]) -> Tally:
        """Give each received file to a function, the oldest first, and move it.

        A file that the function refuses with a `MessageError` or a `TradeError`, or that is too large or not a file,
        goes to `refused` with its reason in a file beside it. After any other error the file stays, the others are
        handled, and the first error is raised: a file may come to the function again, so the function must know a
        message by its `key`.
        """
        done = refused = left = 0
        failure: Exception | None = None
        for file, status in self._waiting():
            if time.time() - status.st_mtime < self._settle:
                left += 1
                continue
            try:
                handle(self._read(file, status))
                _move(file, self._path / "done")
                done += 1
            except FileNotFoundError:
                continue  # another process has handled and moved it
            except (MessageError, TradeError, _Unfit) as error:
                self._refuse(file, error.code, str(error))
                refused += 1
            except Exception as error:  # noqa: BLE001  # one file must not hold up the others; raised below
                failure = failure or error
        if failure is not None:
            raise failure
        return Tally(done, refused, left)

    def _waiting(self) -> Iterator[tuple[Path, os.stat_result]]:
        found = []
        for file in (self._path / "receive").iterdir():
            if file.name.startswith(".") or file.name.endswith(_UNFINISHED):
                continue
            with suppress(FileNotFoundError):  # another process has moved it
                status = file.lstat()
                if not stat.S_ISDIR(status.st_mode):
                    found.append((status.st_mtime_ns, file.name, status))
        for _, name, status in sorted(found, key=lambda each: each[:2]):
            yield self._path / "receive" / name, status

    def _read(self, file: Path, status: os.stat_result) -> Received:
        if not stat.S_ISREG(status.st_mode):
            raise _Unfit("not_a_file", "This is not a regular file. Links and devices are not read.")
        if status.st_size > self._most_bytes:
            raise _Unfit("too_large", f"The file has {status.st_size} bytes. At most {self._most_bytes} are read.")
        # The file could have become a link since it was looked at.
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb") as stream:
            content = stream.read(self._most_bytes + 1)
        if len(content) > self._most_bytes:
            raise _Unfit("too_large", f"The file has more than {self._most_bytes} bytes. At most these are read.")
        return Received(file.name, content, hashlib.sha256(content).hexdigest())

    def _refuse(self, file: Path, code: str, message: str) -> None:
        moved = _free(self._path / "refused" / file.name)
        _write(moved.with_name(f"{moved.name}.reason.json"), msgspec.json.encode({"code": code, "message": message}))
        file.rename(moved)
        _sync(moved.parent)


class _Unfit(Exception):
    """A received file that is not read at all."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _write(file: Path, content: bytes) -> None:
    unfinished = file.with_name(f".{file.name}.tmp")
    with unfinished.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.rename(file)
    _sync(file.parent)


def _move(file: Path, folder: Path) -> None:
    file.rename(_free(folder / file.name))
    _sync(folder)


def _free(file: Path) -> Path:
    """The path, or one with a number where a file of its name was kept before."""
    number, path = 1, file
    while path.exists() or path.is_symlink():
        number += 1
        path = file.with_name(f"{file.stem}-{number}{file.suffix}")
    return path


def _sync(folder: Path) -> None:
    """Make the names in a folder as durable as the files."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
