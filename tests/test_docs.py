"""Documents are tested: their Python runs, their commands print the output shown, their links exist.

```python          runs; all blocks of a file share one namespace; a block with `>>>` is a doctest
```console         each line after `$ ` runs; it must print the lines below it, in this order; `…` is any text
                   http://127.0.0.1:8000 in such a block or in Python is replaced by the address of a test server
```json title="sale.json"   is written to a file of that name (optionally in a folder), for the commands after it
```sh, ```text …   are only shown
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from entrepot.law.inventory import summarize
from entrepot.model.sources import PACK_TRUST

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r'title="((?:[\w-]+/)?[\w-]+\.(?:json|toml|csv|py))"')
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
RUNNABLE = ("entrepot", "./run", "python", "cat", "printf", "echo", "curl")
SERVER_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Block:
    """A fenced block: its first line, its info string and its text."""

    line: int
    info: str
    text: str


def blocks(document: str) -> Iterator[Block]:
    for found in FENCE.finditer(document):
        indent, _, info, text = found.groups()
        body = re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)
        yield Block(document[: found.start()].count("\n") + 1, info.strip(), body)


def sessions(text: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines shown below it; a backslash or `> ` continues one."""
    command, shown = "", list[str]()
    for line in text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = line[2:], []
        elif command.endswith("\\") or (line.startswith("> ") and not shown):
            command = f"{command}\n{line.removeprefix('> ')}"
        else:
            shown.append(line)
    if command:
        yield command, shown


def run_command(command: str, folder: Path) -> str:
    """The output of a command in a terminal of 80 columns without colour, both streams in one."""
    words = shlex.split(command.replace("\\\n", " "), comments=True)
    assert words, "an empty command"
    assert words[0] in RUNNABLE, f"{words[0]!r} is not a command that documents run: show it in a `sh` block"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "COLUMNS": "80", "NO_COLOR": "1", "LANG": "C.UTF-8"}
    script = re.sub(r"(^|[|;&] *)\./run\b", rf"\1{shlex.quote(str(ROOT / 'run'))}", command)
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=900,
        check=False,
    )
    return done.stdout.decode()


def first_missing_line(shown: list[str], output: str) -> str | None:
    """The first line shown that the output does not have after the lines before it; `…` in a line is any text.

    Spaces that break a line and those that do not are equal.
    """
    left = [line.replace("\N{NO-BREAK SPACE}", " ").rstrip() for line in output.splitlines()]
    for line in shown:
        wanted = line.replace("\N{NO-BREAK SPACE}", " ").rstrip()
        if not wanted or wanted == "…":
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("…")))
        while left:
            if pattern.fullmatch(left.pop(0)):
                break
        else:
            return line
    return None


@contextmanager
def with_server(document: str, folder: Path) -> Iterator[str]:
    """The document, with the address of a test server if its blocks need one."""
    needing = (block for block in blocks(document) if SERVER_URL in block.text)
    if not any(re.match(r"(console|python)\b", block.info) for block in needing):
        yield document
        return
    for needed in ("django", "granian", "httpx"):
        pytest.importorskip(needed, reason="the server is not installed")
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    from server_process import run_server

    with run_server(folder / "server") as server:
        yield document.replace(SERVER_URL, server.url)


def run_python(block: Block, space: dict[str, Any], name: str) -> None:
    if ">>>" not in block.text:
        # With blank lines before the code, its errors have the line numbers of the document.
        exec(compile("\n" * block.line + block.text, name, "exec"), space)
        return
    example = doctest.DocTestParser().get_doctest(block.text, space, name, name, block.line)
    example.globs = space
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    output: list[str] = []
    runner.run(example, out=output.append, clear_globs=False)
    assert not runner.failures, "".join(output)


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=pytest.mark.long if path.parent.name == "how-to" else []) for path in DOCUMENTS],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_document_runs_and_prints_what_it_shows(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENTREPOT_DATA", str(tmp_path / "data"))  # a document may install a schedule
    with with_server(path.read_text(), tmp_path) as document:
        run_document(document, str(path.relative_to(ROOT)), tmp_path)


def run_document(document: str, name_of_document: str, folder: Path) -> None:
    """Run every executable block of a document."""
    space: dict[str, Any] = {"__name__": "document"}
    for block in blocks(document):
        kind, _, options = block.info.partition(" ")
        where = f"{name_of_document}:{block.line}"
        titled = TITLE.fullmatch(options)
        assert titled or not options, f'{where}: {options!r} is not a title: write, for example, title="sale.json"'
        if titled:
            (folder / titled[1]).parent.mkdir(exist_ok=True)
            (folder / titled[1]).write_text(block.text)
        elif kind == "python":
            run_python(block, space, where)
        elif kind == "console":
            for command, shown in sessions(block.text):
                output = run_command(command, folder)
                missing = first_missing_line(shown, output)
                assert missing is None, f"{where}: `{command}` does not print\n{missing}\nbut\n{output}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_files_exist(path: Path) -> None:
    for target in LINK.findall(FENCE.sub("", path.read_text())):
        file = target.partition("#")[0]
        if file and not re.match(r"[a-z]+:", file):
            assert (path.parent / file).exists(), target


def test_the_readme_is_short_and_shows_the_first_commands() -> None:
    text = (ROOT / "README.md").read_text()
    for wanted in ("./run", "./check", "```console"):
        assert wanted in text
    assert len(text.splitlines()) < 150


def test_the_coverage_page_has_the_counts_of_the_packs() -> None:
    text = (ROOT / "docs" / "reference" / "coverage.md").read_text()
    rows = re.findall(r"^\| `([a-z]{2})` \|.*?\|.*?\| (.*) \|$", text, re.MULTILINE)
    stated = {pack: [cell.strip() for cell in cells.split("|")] for pack, cells in rows}
    packs = {path.parent.name: summarize(path.parent) for path in (ROOT / "packs").glob("[a-z][a-z]/pack.toml")}
    assert stated.keys() == packs.keys()
    for name, pack in packs.items():
        total = sum(pack.trust.values())
        shares = [f"{round(100 * pack.trust[trust] / total)} %" for trust in PACK_TRUST] if name != "zz" else [""] * 3
        assert stated[name] == [f"{pack.lines:,}", f"{pack.rows:,}", *shares], name


def test_the_navigation_of_the_site_lists_every_page() -> None:
    nav = re.findall(r'"([\w/-]+\.md)"', (ROOT / "zensical.toml").read_text())
    assert sorted(nav) == sorted(str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md"))


@pytest.mark.long
def test_the_site_builds_without_warnings_and_loads_nothing_from_other_hosts(tmp_path: Path) -> None:
    program = shutil.which("zensical")
    if program is None:
        pytest.skip("zensical is not installed: pip install --group docs")
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    for name in ("src", *(path.name for path in ROOT.glob("*.md"))):
        (tmp_path / name).symlink_to(ROOT / name)
    done = subprocess.run(
        [program, "build", "--strict", "--config-file", str(tmp_path / "zensical.toml")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    site = tmp_path / "build" / "site"
    sources = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    pages = {path.relative_to(site) for path in site.rglob("*.html")}
    assert {path.with_suffix(".html") for path in sources} <= pages
    # A fence that the builder cannot parse is shown as text.
    assert not [str(path) for path in pages if "<p>```" in (site / path).read_text()]
    loaded = re.compile(r'<(?:script|img|iframe)[^>]* src="(https?:[^"]*)"|<link[^>]* href="(https?:[^"]*)"')
    assert not {(str(path), *found) for path in pages for found in loaded.findall((site / path).read_text())}


def test_the_runner_finds_wrong_documents(tmp_path: Path) -> None:
    assert first_missing_line(["a", "c"], "a\nb\nc\n") is None
    assert first_missing_line(["c", "a"], "a\nb\nc\n") == "a"
    assert first_missing_line(["a …", "…", "x … z"], "a 1\nb\nx y z\n") is None
    assert first_missing_line(["a …d"], "a bc\n") == "a …d"
    assert list(sessions("$ one \\\n  two\nout\n\n$ three\n")) == [("one \\\n  two", ["out", ""]), ("three", [])]
    assert [block.info for block in blocks('x\n```python\n1\n```\n  ```json title="sale.json"\n  {}\n  ```\n')] == [
        "python",
        'json title="sale.json"',
    ]
    assert run_command("echo hello; echo error >&2", tmp_path) == "hello\nerror\n"
    with pytest.raises(AssertionError, match="not a command that documents run"):
        run_command("rm -rf nothing", tmp_path)
    with pytest.raises(AssertionError, match="Expected"):
        run_python(Block(1, "python", ">>> 1 + 1\n3\n"), {}, "nowhere")
