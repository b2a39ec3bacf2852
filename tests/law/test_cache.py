"""The cache of compiled law: a damaged, shared, unwritable or outdated cache never changes a quote."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from entrepot import cli
from entrepot.cli import exit_codes
from entrepot.configuration import ConfigurationError
from entrepot.law import cache as law_cache
from entrepot.law.compiled import Law
from entrepot.law.library import Library

PACKS = Path(__file__).resolve().parents[2] / "packs"
DAY = dt.date(2026, 3, 1)
SALE = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "ZZ"},
    "date": "2026-03-01",
    "currency": "ZZD",
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}
ASK = "import sys, json, entrepot; print(entrepot.quote(json.loads(sys.argv[1])).to_json())"


def law(cache: Path, packs: Path = PACKS) -> Law:
    return Library(packs, cache).law("ZZ", DAY)


def cached_file(cache: Path) -> Path:
    (file,) = cache.glob("*/zz_*.law")
    return file


def content(law: Law) -> dict[str, object]:
    return {name: getattr(law, name) for name in Law.__struct_fields__}


def test_law_read_from_the_cache_equals_the_compiled_law(tmp_path: Path) -> None:
    first = law(tmp_path)
    before = cached_file(tmp_path).stat().st_mtime_ns
    assert content(law(tmp_path)) == content(first)
    assert cached_file(tmp_path).stat().st_mtime_ns == before, "it was compiled again"


@pytest.mark.parametrize("left", [0, 1, 15, 16, 17, 0.5, 0.999])
def test_a_truncated_file_is_compiled_again(tmp_path: Path, left: float) -> None:
    first = law(tmp_path)
    file = cached_file(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[: left if isinstance(left, int) else int(len(whole) * left)])
    assert content(law(tmp_path)) == content(first)
    assert file.read_bytes() == whole


@pytest.mark.parametrize("at", [0, 20, 0.5, -1])
def test_an_altered_file_is_compiled_again(tmp_path: Path, at: float) -> None:
    first = law(tmp_path)
    file = cached_file(tmp_path)
    whole = bytearray(file.read_bytes())
    whole[at if isinstance(at, int) else int(len(whole) * at)] ^= 0xFF
    file.write_bytes(bytes(whole))
    assert content(law(tmp_path)) == content(first)


def test_a_damaged_world_file_is_compiled_again(tmp_path: Path) -> None:
    first = Library(PACKS, tmp_path).world
    (file,) = tmp_path.glob("*/world")
    file.write_bytes(file.read_bytes()[:1000])
    assert Library(PACKS, tmp_path).world == first


def test_an_intact_file_with_another_type_is_ignored(tmp_path: Path) -> None:
    law(tmp_path)
    law_cache.write_file(cached_file(tmp_path), {"not": "law"})
    assert law(tmp_path).currency == "ZZD"


def test_no_temporary_file_remains(tmp_path: Path) -> None:
    law(tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.name.startswith(".")]


def ask(cache: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "ENTREPOT_CACHE": str(cache)}
    return subprocess.Popen(
        [sys.executable, "-c", ASK, json.dumps(SALE)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def test_processes_that_write_at_the_same_time_agree(tmp_path: Path) -> None:
    answers = []
    for process in [ask(tmp_path / "cache") for _ in range(4)]:
        out, err = process.communicate(timeout=600)
        assert process.returncode == 0, err
        assert err == ""
        answers.append(out)
    assert len(set(answers)) == 1
    assert content(law(tmp_path / "cache")) == content(law(tmp_path / "other"))


def test_a_cache_that_cannot_be_written_is_not_required(tmp_path: Path) -> None:
    """A file has the name of the folder: even the superuser cannot write there."""
    (tmp_path / "cache").write_text("no folder")
    assert law(tmp_path / "cache").currency == "ZZD"
    process = ask(tmp_path / "cache" / "deeper")
    out, err = process.communicate(timeout=600)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["currency"] == "ZZD"


def test_a_cache_file_that_cannot_be_read_is_not_required(tmp_path: Path) -> None:
    law(tmp_path)
    file = cached_file(tmp_path)
    file.unlink()
    file.mkdir()
    assert law(tmp_path).currency == "ZZD"


def test_a_changed_pack_is_compiled_again_but_a_changed_example_is_not(tmp_path: Path) -> None:
    for name in ("zz", "world"):
        shutil.copytree(PACKS / name, tmp_path / "packs" / name)
    packs, cache = tmp_path / "packs", tmp_path / "cache"
    first = law(cache, packs)
    cases = packs / "zz" / "cases.toml"
    cases.write_text("")
    assert law(cache, packs).hash == first.hash
    taxes = packs / "zz" / "taxes.csv"
    taxes.write_text(taxes.read_text().replace("local_tax,standard,ZZ-N,,,5 %", "local_tax,standard,ZZ-N,,,6 %"))
    assert law(cache, packs).hash != first.hash


def test_the_hash_depends_on_the_law_and_not_on_the_machine(tmp_path: Path) -> None:
    for name in ("zz", "world"):
        shutil.copytree(PACKS / name, tmp_path / "elsewhere" / name)
    assert law(tmp_path / "one", tmp_path / "elsewhere").hash == law(tmp_path / "two").hash


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of a user without a home directory; it does not exist yet."""

    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("ENTREPOT_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path / f"entrepot-{os.getuid()}"


def test_without_a_home_directory_the_cache_is_a_private_temporary_folder(temporary: Path) -> None:
    for _ in range(2):
        assert law_cache.cache_folder() == temporary
        assert temporary.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o707])
def test_a_temporary_cache_that_others_can_change_is_not_used(temporary: Path, mode: int) -> None:
    temporary.mkdir()
    temporary.chmod(mode)
    with pytest.raises(ConfigurationError, match="can be changed by others"):
        law_cache.cache_folder()


def test_a_link_or_a_folder_of_another_user_is_no_cache(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    temporary.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        law_cache.cache_folder()
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    (tmp_path / f"entrepot-{other}").mkdir(mode=0o700)
    with pytest.raises(ConfigurationError, match="belongs to another user") as error:
        Library()
    assert cli.stop_for_error(error.value).exit_code == exit_codes.USAGE
