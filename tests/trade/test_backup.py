"""`entrepot backup` and `restore`: a node in one file, and the same node in other places."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from postgres import postgres
from server_process import environment

from entrepot.model.errors import StoreError
from entrepot.trade_app import backup

FILL = """
import datetime as dt
import io
from PIL import Image
from entrepot.trade_app.pictures import store_picture
from entrepot.trade_app.books import open_books
from entrepot.trade.offer_form import read_offer
from entrepot.trade.selling import create_offer
form = read_offer({"titles": {"en": "Coffee"}, "hs_code": "0901.21", "ship_from": "VN", "price": "68.00",
                   "currency": "CNY", "stock": 5}, lambda currency: 2)
books = open_books()
for _ in range(3):
    books.run(lambda tx: create_offer(tx, form, seller="og_1"))
stream = io.BytesIO()
Image.new("RGB", (60, 60)).save(stream, "PNG")
store_picture(stream.getvalue())
print(books.run(lambda tx: tx.put_personal("us_1", "delivery", {"name": "Sok Dara"}, retain_until=dt.date(2030, 1, 1))))
"""
SAME = {"verified": True, "is_the_one_of_the_backup": True, "difference": ""}
READ = """
import sys
import zlib
from entrepot.trade_app.books import open_books
books = open_books()
print(books.run(lambda tx: tx.get_personal(sys.argv[1]))["name"], len(books.events()), len(books.list_objects("of_")))
"""


def run(env: dict[str, str], *words: str) -> str:
    """The output of a program that succeeds."""
    done = subprocess.run([sys.executable, *words], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def command(env: dict[str, str], *words: str) -> tuple[int, Any]:
    """The exit code and the JSON of a command."""
    program = [sys.executable, "-m", "entrepot", *words, "--json"]
    done = subprocess.run(program, env=env, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def at(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a node in a folder."""
    return {name: value for name, value in environment(folder, **more).items() if name != "DJANGO_SETTINGS_MODULE"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str, Path]:
    """A node with events, personal data and an uploaded file; the reference of the data; a backup of it."""
    folder = tmp_path_factory.mktemp("node")
    env = at(folder, ENTREPOT_HOSTS="shop.example", ENTREPOT_LANG="en", TZ="UTC")
    (folder / "secret").write_text("s" * 50)
    reference = run(env, "-c", FILL)
    (folder / "handed-in" / "x").mkdir(parents=True)
    (folder / "handed-in" / "x" / "table.csv").write_text("a,b\n")
    (folder / "metrics").mkdir()
    (folder / "metrics" / "1.db").write_text("counts")
    # Not beside the folder: a process of the tests may set this up twice.
    file = tmp_path_factory.mktemp("backup") / "node.backup"
    code, manifest = command(env, "backup", str(file))
    assert code == 0, manifest
    return env, reference, file


def test_a_backup_lists_what_it_contains(node: tuple[dict[str, str], str, Path]) -> None:
    with tarfile.open(node[2]) as tar:
        names = set(tar.getnames())
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]  # it is a file
    pictures = {each for each in names if each.startswith("data/pictures/")}
    assert sorted(each.partition("-")[2] for each in pictures) == ["large.webp", "small.webp"]
    assert names - pictures == {
        "database.sqlite3",
        "keys/identity-hash.key",
        "keys/ledger-signing.key",
        "keys/personal-data.key",
        "secret",
        "data/handed-in/x/table.csv",
        "manifest.json",
    }
    assert {each["name"] for each in manifest["files"]} == names - {"manifest.json"}
    assert (manifest["database"], manifest["keys"], manifest["ledger"]["size"]) == ("sqlite", True, 3)
    assert manifest["settings"] == {"ENTREPOT_HOSTS": "shop.example", "ENTREPOT_LANG": "en", "TZ": "UTC"}
    assert node[2].stat().st_mode & 0o077 == 0


def test_a_backup_is_restored_to_other_places(node: tuple[dict[str, str], str, Path], tmp_path: Path) -> None:
    _, reference, file = node
    env = at(tmp_path / "data", ENTREPOT_KEY_FOLDER=str(tmp_path / "keys"), ENTREPOT_LANG="en")
    env["ENTREPOT_DATABASE"] = f"sqlite://{tmp_path}/other/rows.sqlite3"
    code, found = command(env, "restore", str(file))
    assert (code, found["files"], found["ledger"]) == (0, 8, SAME)
    assert (tmp_path / "data" / "handed-in" / "x" / "table.csv").read_text() == "a,b\n"
    assert {each.name for each in (tmp_path / "data").iterdir()} == {"handed-in", "pictures", "secret"}
    assert run(env, "-c", READ, reference) == "Sok Dara 3 3"
    # Nothing is overwritten: neither what was restored, nor one remaining key.
    code, found = command(env, "restore", str(file))
    assert (code, "exists" in found["error"]["message"]) == (74, True)
    (tmp_path / "third" / "keys").mkdir(parents=True)
    (tmp_path / "third" / "keys" / "personal-data.key").write_text("x")
    code, found = command(at(tmp_path / "third", ENTREPOT_LANG="en"), "restore", str(file))
    assert (code, "personal-data.key exists" in found["error"]["message"]) == (74, True)
    assert [each.name for each in (tmp_path / "third").iterdir()] == ["keys"]


@pytest.mark.long
def test_a_backup_without_keys(node: tuple[dict[str, str], str, Path], tmp_path: Path) -> None:
    env, reference, _ = node
    file = tmp_path / "without.backup"
    code, manifest = command(env, "backup", str(file), "--without-keys")
    assert (code, manifest["keys"]) == (0, False)
    names = {each["name"] for each in manifest["files"]}
    assert {each for each in names if not each.startswith("data/pictures/")} == {
        "database.sqlite3",
        "data/handed-in/x/table.csv",
    }
    other = at(tmp_path / "data", ENTREPOT_LANG="en")
    code, found = command(other, "restore", str(file))
    assert (code, found["ledger"]) == (0, {**SAME, "verified": None})
    code, found = command(other, "ledger", "verify")
    assert code == 74
    assert "Restore it from a backup" in found["error"]["message"]
    with tarfile.open(node[2]) as tar:
        for name in tar.getnames():
            if name.startswith("keys/"):
                tar.extract(name, tmp_path / "data", filter="data")
    assert command(other, "ledger", "verify")[0] == 0
    assert run(other, "-c", READ, reference) == "Sok Dara 3 3"


def test_a_damaged_backup_is_refused_before_anything_is_written(
    node: tuple[dict[str, str], str, Path], tmp_path: Path
) -> None:
    damaged, target = tmp_path / "damaged.backup", tmp_path / "target"
    content = node[2].read_bytes()
    for changed in (b"", b"no tar file", content[:-100], content[: len(content) // 2]):
        damaged.write_bytes(changed)
        with pytest.raises(StoreError, match="is not a backup of Entrepot"):
            backup._unpack(damaged, target / str(len(changed)))
    folder = tmp_path / "unpacked"
    with tarfile.open(node[2]) as tar:
        tar.extractall(folder, filter="data")
    (folder / "new").write_text("c")
    for name in ("data/handed-in/x/table.csv", "data/more", "../outside"):
        with tarfile.open(damaged, "w:gz") as tar:
            for path in sorted(each for each in folder.rglob("*") if each.is_file() and each.name != "new"):
                if (member := path.relative_to(folder).as_posix()) != name:
                    tar.add(path, member)
            tar.add(folder / "new", name)
        with pytest.raises(StoreError, match=re.escape(name)):
            backup._unpack(damaged, target / str(len(name)))
    assert not (target / "outside").exists()
    env = at(tmp_path / "data", ENTREPOT_LANG="en")
    assert command(env, "restore", str(damaged))[0] == 74
    assert list((tmp_path / "data").iterdir()) == []
    code, found = command(node[0], "backup", str(node[2]))
    assert (code, "exists" in found["error"]["message"]) == (74, True)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_a_backup_with_something_that_is_not_a_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    made, member = tmp_path / "made.backup", tarfile.TarInfo("data/x")
    member.type, member.linkname = kind, "/etc/hostname"
    with tarfile.open(made, "w:gz") as tar:
        tar.addfile(member)
    with pytest.raises(StoreError, match="it contains 'data/x'"):
        backup._unpack(made, tmp_path / "target")


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two files of gzip have the same content."""
    try:
        return gzip.decompress(one) == gzip.decompress(other)
    except (OSError, EOFError, zlib.error):
        return False


def test_a_byte_that_was_changed_anywhere_in_a_backup_is_found(
    node: tuple[dict[str, str], str, Path], tmp_path: Path
) -> None:
    content, damaged = node[2].read_bytes(), tmp_path / "damaged.backup"
    for at_byte in range(20, len(content) - 400, len(content) // 40):
        changed = bytearray(content)
        changed[at_byte] ^= 0x55
        if same_content(bytes(changed), content):
            continue  # of the file's own name, or of a code that nothing uses: nothing of the content has changed
        damaged.write_bytes(changed)
        with pytest.raises(StoreError, match=r"damaged|not a backup"):
            backup._unpack(damaged, tmp_path / str(at_byte))


def with_manifest(source: Path, made: Path, change: Callable[[Any], None], name: str = "") -> None:
    """Write a backup with another manifest, and with one file more if it is named."""
    with tarfile.open(source) as old, tarfile.open(made, "w:gz") as tar:
        for member in old:
            file = old.extractfile(member)
            assert file
            content = file.read()
            if member.name == backup.MANIFEST:
                manifest = json.loads(content)
                change(manifest)
                content = json.dumps(manifest).encode()
                member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        if name:
            other = tarfile.TarInfo(name)
            other.size = 1
            tar.addfile(other, io.BytesIO(b"x"))


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"root": "0" * 64}, "have the root"),
        pytest.param({"size": 4}, "of 4 events; 3 were restored", marks=pytest.mark.long),
    ],
)
def test_a_ledger_that_is_not_the_one_of_the_manifest_is_told(
    node: tuple[dict[str, str], str, Path], tmp_path: Path, told: dict[str, Any], says: str
) -> None:
    made = tmp_path / "made.backup"
    with_manifest(node[2], made, lambda manifest: manifest["ledger"].update(told))
    code, found = command(at(tmp_path / "data", ENTREPOT_LANG="en"), "restore", str(made))
    assert (code, found["ledger"]["verified"], found["ledger"]["is_the_one_of_the_backup"]) == (1, True, False)
    assert says in found["ledger"]["difference"]


@pytest.mark.parametrize("name", ["data/desk.sqlite3", "elsewhere/x", "database.pgdump"])
def test_a_backup_with_a_file_that_no_backup_has_is_refused(
    node: tuple[dict[str, str], str, Path], tmp_path: Path, name: str
) -> None:
    made, target = tmp_path / "made.backup", tmp_path / "data"
    more = {"name": name, "bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    with_manifest(node[2], made, lambda manifest: manifest["files"].append(more), name)
    code, found = command(at(target, ENTREPOT_LANG="en"), "restore", str(made))
    assert (code, Path(name).name in found["error"]["message"]) == (74, True)
    assert list(target.iterdir()) == []


@pytest.fixture(scope="module")
def servers() -> Iterator[list[str]]:
    """The URLs of two databases of PostgreSQL."""
    with postgres() as server:
        if server is None:
            pytest.skip("PostgreSQL is not installed: on Debian, apt-get install postgresql")
        import psycopg

        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE other")
        yield [server.url, server.url.replace("/postgres", "/other")]


@pytest.mark.long
def test_a_backup_of_postgresql(servers: list[str], node: tuple[dict[str, str], str, Path], tmp_path: Path) -> None:
    env = at(tmp_path / "node", ENTREPOT_DATABASE=servers[0], ENTREPOT_LANG="en")
    reference = run(env, "-c", FILL)
    file = tmp_path / "node.backup"
    code, manifest = command(env, "backup", str(file))
    assert (code, manifest["database"], manifest["ledger"]["size"]) == (0, "postgresql", 3)
    other = at(tmp_path / "other", ENTREPOT_DATABASE=servers[1], ENTREPOT_LANG="en")
    code, found = command(other, "restore", str(node[2]))
    assert (code, "Restore it into the same kind" in found["error"]["message"]) == (74, True)
    code, found = command(other, "restore", str(file))
    assert (code, found["ledger"]) == (0, SAME)
    assert run(other, "-c", READ, reference) == "Sok Dara 3 3"
    (tmp_path / "other").rename(tmp_path / "moved")
    code, found = command(other, "restore", str(file))
    assert (code, found["error"]["message"].startswith("The database exists.")) == (74, True)
