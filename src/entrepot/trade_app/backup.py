"""Back up a node into one file, and restore it elsewhere: the database, the keys, and the files of the data folder.

The backup is a compressed tar file. Its `manifest.json` has the size and the hash of every other file, the settings
that are not secret, and the size and root of the ledger. Nothing is ever overwritten.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from entrepot import __version__, configuration
from entrepot.model.errors import StoreError
from entrepot.trade_app import books, ledger

#: The version of the format.
FORMAT = 1
MANIFEST = "manifest.json"
#: Files and folders of the data folder that are made anew: counts, locks, and what is copied in another way.
SKIPPED = ("metrics", "calls.sqlite3", "keys", "secret", "log")
#: Settings that are copied into the manifest. All others may contain a secret or a path of this machine.
SHOWN = (
    "ENTREPOT_HOSTS",
    "ENTREPOT_HTTPS",
    "ENTREPOT_PROXIES",
    "ENTREPOT_KEYS",
    "ENTREPOT_TABLE_ROWS",
    "ENTREPOT_TABLE_BYTES",
    "ENTREPOT_TABLES_BYTES",
    "ENTREPOT_LANG",
    "TZ",
)


class Entry(msgspec.Struct, frozen=True):
    """A file of a backup."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup contains. `keys`: whether it has the keys, with which personal data can be read."""

    object: str = "backup"
    format: int
    version: str
    created: str
    database: str
    keys: bool
    ledger: dict[str, int | str]
    settings: dict[str, str]
    files: tuple[Entry, ...]


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was restored, and the verification of its ledger; None without keys.

    `differs`: how the ledger differs from the one that the manifest describes; empty if it does not.
    """

    manifest: Manifest
    problems: int | None
    differs: str = ""


def write_backup(target: Path, *, keys: bool = True) -> Manifest:
    """Back this node up into a new file; the server goes on. `keys`: also the key files. Raises StoreError."""
    opened = books.open_trade_keys()  # a node whose keys are lost says so now, and not after a restore
    settings = _database_settings()
    from entrepot.store import copies
    from entrepot.store.trade.ledger import describe_end

    if target.exists():
        raise StoreError(f"{target} exists. Give the name of a new file: a backup overwrites nothing.")
    kind = copies.kind_of_database(settings)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as name:
            folder = Path(name)
            database = folder / copies.FILES[kind]
            end = describe_end()  # before the copy: the ledger in it has at least these events
            copies.copy_database(settings, database)
            part = folder / "part"
            with part.open("xb") as stream:
                with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=3) as tar:
                    entries = [_add(tar, path, place) for path, place in _files(database, settings, keys=keys)]
                    manifest = Manifest(
                        format=FORMAT,
                        version=__version__,
                        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                        database=kind,
                        keys=keys,
                        ledger={**end, "key": opened.signer.verifier().text()},
                        settings={name: os.environ[name] for name in SHOWN if os.environ.get(name)},
                        files=tuple(each for each in entries if each is not None),
                    )
                    _add_bytes(tar, MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
                stream.flush()
                os.fsync(stream.fileno())
            os.link(part, target)  # unlike a rename, a link never replaces another file
    except FileExistsError:
        raise StoreError(f"{target} exists. Give the name of a new file: a backup overwrites nothing.") from None
    except OSError as error:
        raise StoreError(f"The backup {target} cannot be written: {error.strerror or error}.") from None
    return manifest


def restore_backup(source: Path) -> Restored:
    """Restore a backup into the folders and the database that the settings name. Raises StoreError.

    Everything is checked before anything is written: the hashes of the files, and that nothing would be overwritten.
    """
    data, key_folder = configuration.server_data_folder(os.environ), books.key_folder()
    settings = _database_settings()
    from entrepot.store import copies

    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as name:
            folder = Path(name)
            manifest = _unpack(source, folder)
            if manifest.database != copies.kind_of_database(settings):
                raise StoreError(
                    f"The backup has a database of {manifest.database}, and ENTREPOT_DATABASE names one of "
                    f"{copies.kind_of_database(settings)}. Restore it into the same kind of database."
                )
            dump = copies.FILES[manifest.database]
            places = {each.name: _place(each.name, data, key_folder) for each in manifest.files if each.name != dump}
            rows = Path(settings["NAME"])
            taken = [each for each in places.values() if each.exists() or each == rows]
            if taken or copies.database_exists(settings):
                raise StoreError(
                    f"{taken[0] if taken else 'The database'} exists. A restore overwrites nothing: set ENTREPOT_DATA, "
                    "ENTREPOT_KEY_FOLDER and ENTREPOT_DATABASE to new places, or move the old ones away."
                )
            copies.make_database(settings, folder / dump)
            for member, place in places.items():
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                shutil.move(folder / member, place)
                place.chmod(0o600)
    except OSError as error:
        raise StoreError(f"The backup cannot be restored: {error.strerror or error} ({error.filename}).") from None
    problems = ledger.verify().count if manifest.keys else None
    return Restored(manifest=manifest, problems=problems, differs=_difference(manifest))


def _difference(manifest: Manifest) -> str:
    """How the restored ledger differs from the one that was backed up, which it continues; empty if it does not."""
    books.open_database()
    from entrepot.store.trade.ledger import root_of

    size, root = manifest.ledger["size"], manifest.ledger["root"]
    found, of_events = root_of(int(size))
    if found < int(size):
        return f"The backup is of a ledger of {size} events; {found} were restored."
    return "" if of_events == root else f"The first {size} events have the root {of_events}; the backup's is {root}."


def _database_settings() -> Mapping[str, Any]:
    """Django's settings of the database, without opening it. Raises StoreError."""
    try:
        from entrepot.store.databases import database_settings
    except ImportError as error:
        raise StoreError(f"Trade needs {error.name}: run pip install 'entrepot[server]'.") from None
    given = configuration.read_server(os.environ)
    return database_settings(given.database, given.data)


def _files(database: Path, settings: Mapping[str, Any], *, keys: bool) -> Iterator[tuple[Path, str]]:
    """The files of a backup and their names in it."""
    yield database, database.name
    data, key_folder = configuration.server_data_folder(os.environ), books.key_folder()
    if keys:
        yield from ((path, f"keys/{path.name}") for path in sorted(key_folder.glob("*.key")))
        if (secret := data / "secret").exists():
            yield secret, "secret"
    used = Path(settings["NAME"]).name if settings["ENGINE"].endswith("sqlite3") else "desk.sqlite3"
    for path in sorted(data.rglob("*")):
        top = path.relative_to(data).parts[0]
        skipped = top.startswith((".", used)) or any(top == each or top.startswith(f"{each}-") for each in SKIPPED)
        if not skipped and path.is_file() and not path.is_symlink():
            yield path, f"data/{path.relative_to(data).as_posix()}"


def _place(name: str, data: Path, key_folder: Path) -> Path:
    """Where a file of a backup is restored to. Raises StoreError for what no backup contains."""
    top, _, rest = name.partition("/")
    if top == "keys":
        return key_folder / rest
    if top == "data":
        return data / rest
    if name == "secret":
        return data / name
    raise StoreError(f"The backup contains {name!r}, which no backup of Entrepot has. Nothing was restored.")


def _add(tar: tarfile.TarFile, path: Path, name: str) -> Entry | None:
    """Add a file. None for one that was deleted meanwhile, as uploads are."""
    try:
        with path.open("rb") as file:
            info = tar.gettarinfo(arcname=name, fileobj=file)
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            hashed = _Hashed(file, info.size)
            tar.addfile(info, hashed)
    except FileNotFoundError:
        return None
    return Entry(name, info.size, hashed.digest.hexdigest())


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    tar.addfile(info, io.BytesIO(content))


class _Hashed:
    """Reads a file and hashes what was read."""

    def __init__(self, file: Any, size: int) -> None:
        self._file, self._left = file, size
        self.digest = hashlib.sha256()

    def read(self, count: int = -1) -> bytes:
        """The next bytes of the file, which may have grown since its size was read."""
        content: bytes = self._file.read(min(count, self._left) if count >= 0 else self._left)
        self._left -= len(content)
        self.digest.update(content)
        return content


def _unpack(source: Path, folder: Path) -> Manifest:
    """Unpack a backup into a folder and check every file. Raises StoreError."""
    wrong = f"{source} is not a backup of Entrepot"
    hashes: dict[str, Entry] = {}
    content = b""
    try:
        with gzip.open(source) as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isreg() else None  # no link is followed
                if file is None or not _is_plain(member.name) or member.name in hashes:
                    raise StoreError(f"{wrong}: it contains {member.name!r}.")
                if member.name == MANIFEST:
                    content = file.read()
                else:
                    hashes[member.name] = _write(folder / member.name, file, member.name)
            # The checksum of the whole is at the end, behind the last member.
            while stream.read(1 << 20):
                pass
        manifest = msgspec.json.decode(content, type=Manifest)
    except (tarfile.TarError, zlib.error, EOFError, OSError, msgspec.DecodeError) as error:
        raise StoreError(f"{wrong}, or it is damaged: {error}.") from None
    if manifest.format != FORMAT:
        raise StoreError(f"{source} has format {manifest.format}; this version of Entrepot reads {FORMAT}.")
    expected = {each.name: each for each in manifest.files}
    for name in sorted(expected.keys() | hashes.keys()):
        if expected.get(name) != hashes.get(name):
            raise StoreError(f"{source} is damaged: {name} is not the file that its manifest lists.")
    return manifest


def _is_plain(name: str) -> bool:
    """Whether a name stays within the folder into which it is unpacked."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _write(path: Path, file: Any, name: str) -> Entry:
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as target:
        while part := file.read(1 << 20):
            digest.update(part)
            size += len(part)
            target.write(part)
        target.flush()
        os.fsync(target.fileno())
    return Entry(name, size, digest.hexdigest())
