"""A run that is killed leaves the whole output or none, and a resumed run gives the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from batch.table_files import csv_lines, run
from entrepot import TableError
from entrepot.batch.run import resume
from entrepot.batch.run.files import Sizes, WorkFolder
from sizes import size

ROWS = 4000
#: How often the run is killed, where it does not end before.
KILLS = size(3, 6)
#: What the subprocess runs: the work of the command, in small parts.
RUN = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from entrepot.batch.run.files import Sizes
from batch.table_files import run
sizes = Sizes(part_rows=300, held_bytes=20_000)
run(Path(sys.argv[2]), Path(sys.argv[3]), sizes, explain=True, resume=sys.argv[4] == "resume")
"""


def start(source: Path, target: Path, how: str) -> subprocess.Popen[bytes]:
    tests = str(Path(__file__).parents[1])
    return subprocess.Popen([sys.executable, "-c", RUN, tests, str(source), str(target), how])


def parts(target: Path) -> int:
    return len(list(target.with_name(f".{target.name}.parts").glob("*.arrows")))


@pytest.fixture(params=["rows", pytest.param("consignments", marks=pytest.mark.long)])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A table in which each row is a sale, or in which four rows that are far apart are one sale."""
    head, *body = csv_lines(ROWS)
    if request.param == "consignments":
        head = f"{head},consignment"
        # Rows of one consignment go to one place: the third column of `lines` repeats each three rows.
        body = [f"{line},c{number % 3}-{number % (ROWS // 4)}" for number, line in enumerate(body)]
    path = tmp_path / "in.csv"
    path.write_text("\n".join([head, *body]) + "\n")
    return path


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
@pytest.mark.long
def test_a_run_killed_repeatedly_resumes_to_the_same_bytes(source: Path, name: str) -> None:
    whole, target = source.with_name(f"whole-{name}"), source.with_name(name)
    run(source, whole, Sizes(part_rows=300, held_bytes=20_000), explain=True, resume=True)
    chance, kills = random.Random(11), 0
    while not target.exists():
        before, process = parts(target), start(source, target, "resume")
        # Each life makes at least one more part, so that it ends; then it is killed somewhere in its work.
        while process.poll() is None and parts(target) == before:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.05)
        if process.poll() is None and kills < KILLS:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
        # What was killed after it was done has its output too.
        assert target.exists() or process.returncode != 0
    assert kills >= KILLS // 2
    assert target.read_bytes() == whole.read_bytes()
    if parts(target):  # the last one was killed when all was done but the tidying: the next one tidies
        assert start(source, target, "resume").wait() == 0
        assert target.read_bytes() == whole.read_bytes()
    assert not target.with_name(f".{name}.parts").exists()


@pytest.mark.parametrize("source", ["rows"], indirect=True)
def test_a_run_killed_while_it_deletes_its_parts_can_be_run_again(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, sizes = source.with_name("out.csv"), Sizes(part_rows=1000)
    folder, delete = target.with_name(".out.csv.parts"), WorkFolder.delete
    allowed = files = 0

    def delete_some(work: WorkFolder) -> None:
        nonlocal files
        files, left, unlink = len(list(folder.iterdir())), allowed, os.unlink

        def unlink_or_be_killed(path: str, *, dir_fd: int | None = None) -> None:
            nonlocal left
            if not left:
                raise KeyboardInterrupt
            left -= 1
            unlink(path, dir_fd=dir_fd)

        with monkeypatch.context() as patched:
            patched.setattr(os, "unlink", unlink_or_be_killed)
            delete(work)

    monkeypatch.setattr(WorkFolder, "delete", delete_some)
    with pytest.raises(KeyboardInterrupt):
        run(source, target, sizes, resume=True)
    whole = target.read_bytes()
    assert files > 3  # parts and the manifest
    for deletions in (1, files // 2, files - 1):
        allowed = deletions
        with pytest.raises(KeyboardInterrupt):
            run(source, target, sizes, resume=True)
        assert target.read_bytes() == whole
    allowed = files
    run(source, target, sizes, resume=True)
    assert target.read_bytes() == whole
    assert not folder.exists()


def test_a_run_killed_without_resume_leaves_no_output_file(source: Path) -> None:
    target = source.with_name("out.csv")
    for delay in (0.0, 0.1, 0.3)[size(1, 0) :]:
        process = start(source, target, "plain")
        while process.poll() is None and not list(source.parent.glob(".out.csv.*")):
            time.sleep(0.002)
        time.sleep(delay)
        process.kill()
        process.wait()
        # What was killed after it was done has its output, and that is whole.
        assert target.exists() or process.returncode != 0
        if target.exists():
            assert target.read_text().count("\n") == ROWS + 1
            target.unlink()
    run(source, target)
    assert target.read_text().count("\n") == ROWS + 1


def interrupt_run(source: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start a run and interrupt it after some parts."""
    original = resume.PartStore.get_or_write

    def interrupt(work: resume.PartStore, name: str, make: object) -> Path:
        if name[-1] == "3":
            raise KeyboardInterrupt
        return original(work, name, make)  # type: ignore[arg-type]  # what it was called with

    with monkeypatch.context() as patched:
        patched.setattr(resume.PartStore, "get_or_write", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run(source, target, Sizes(part_rows=300, held_bytes=20_000), resume=True)
    assert parts(target) == 3


def test_finished_parts_are_reused(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = source.with_name("out.csv")
    interrupt_run(source, target, monkeypatch)
    times = {path.name: path.stat().st_mtime_ns for path in target.with_name(".out.csv.parts").glob("*.arrows")}
    times_at_end = dict.fromkeys(times, 0)
    delete = WorkFolder.delete

    def record(work: WorkFolder) -> None:
        for path in work.path.glob("*.arrows"):
            if path.name in times_at_end:
                times_at_end[path.name] = path.stat().st_mtime_ns
        delete(work)

    monkeypatch.setattr(WorkFolder, "delete", record)
    run(source, target, Sizes(part_rows=300, held_bytes=20_000), resume=True)
    assert times_at_end == times


@pytest.mark.parametrize(
    ("change", "message"), [("input", "the input file"), ("options", "the options"), ("law", "the law")]
)
def test_resuming_with_other_input_options_or_law_is_refused(
    source: Path, change: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = source.with_name("out.csv")
    interrupt_run(source, target, monkeypatch)
    if change == "input":
        source.write_text(
            source.read_text() + csv_lines(1)[-1] + ("" if "consignment" not in source.read_text() else ",x") + "\n"
        )
    if change == "law":
        monkeypatch.setattr("entrepot.app._fingerprint", lambda _house: "another")
    with pytest.raises(TableError, match=f"{message}.* changed since"):
        run(source, target, Sizes(part_rows=300, held_bytes=20_000), resume=True, explain=change == "options")
    assert not target.exists()


def test_a_standard_stream_cannot_be_resumed(source: Path) -> None:
    with pytest.raises(TableError, match="standard stream"):
        run(source, Path("-"), resume=True)
