"""What all tests share: quick and long runs, examples that repeat, and a cache of compiled law that is not the user's.

pytest          the quick tests and sizes
pytest --all    also the long ones; random tests draw from a new seed, which `--seed N` repeats
"""

from __future__ import annotations

import compileall
import functools
import multiprocessing
import os
import secrets
import ssl
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from _pytest.assertion import rewrite
from hypothesis import HealthCheck, settings

from distribution import ByModule, place

# Compiled once for all test processes and runs; keyed by the packs' content, so never stale.
os.environ.setdefault("ENTREPOT_CACHE", str(Path(__file__).parent / ".pytest_cache" / "entrepot"))
# No test sees the schedules that whoever runs it keeps; nor do the processes that tests start.
os.environ["ENTREPOT_DATA"] = str(Path(__file__).parent / ".pytest_cache" / "no-schedules")

# Tests start hundreds of processes, and each of pytest-xdist reads all tests: without this each compiles them again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Each client of HTTP that a test makes, often one for each request, would read the certificates of this machine, which
# takes longer than most requests. No test changes what it gets.
ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]  # it is called alike

# The modules of the server, whose doctests run too, need settings: the defaults.
if find_spec("django") and find_spec("ninja"):
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.web.site.settings")
    django.setup()

# `check` draws the same examples each time: a red test is a change of the code. `wide` goes looking for new ones.
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("check", deadline=None, derandomize=True, max_examples=30, suppress_health_check=SLOW)
settings.register_profile("wide", deadline=None, max_examples=2000, print_blob=True, suppress_health_check=SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "check"))

# A module without examples in its docstrings has no test. One of them, web/site/wsgi.py, serves when it is imported.
WITHOUT_EXAMPLES = frozenset(
    str(file) for file in (Path(__file__).parent / "src").rglob("*.py") if b">>>" not in file.read_bytes()
)


#: The process that compiles the loops over tables.
COMPILING = pytest.StashKey[subprocess.Popen[bytes]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the long run."""
    group = parser.getgroup("entrepot")
    group.addoption("--all", action="store_true", help="run the long tests and sizes too")
    group.addoption("--seed", type=int, metavar="N", help="with --all: the seed of the random tests, to repeat a run")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed, and tell the modules of tests (tests/sizes.py) before they are imported."""
    config.addinivalue_line("markers", "long: runs only with --all")  # for tests outside the tree, without its settings
    if config.option.seed is not None and not config.option.all:
        raise pytest.UsageError("--seed goes with --all: without it the tests always draw the same.")
    if config.option.all and config.option.seed is None:
        config.option.seed = secrets.randbelow(1_000_000)  # pytest-xdist hands the options to its workers
    os.environ["ENTREPOT_TESTS"] = "all" if config.option.all else "quick"
    os.environ["ENTREPOT_SEED"] = str(config.option.seed or 0)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what has no test. pytest reads a list in `collect_ignore` again for every file, for half a minute."""
    return True if str(collection_path) in WITHOUT_EXAMPLES else None


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile all modules once, before pytest-xdist starts processes of which each would compile every one."""
    config = session.config
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if whole and config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        files = sorted([*config.rootpath.glob("src/**/*.py"), *config.rootpath.glob("tests/**/*.py")])
        cores, context = os.cpu_count() or 1, multiprocessing.get_context("fork")
        shares = [context.Process(target=_compile, args=(files[at::cores], config)) for at in range(cores)]
        for share in shares:
            share.start()
        for share in shares:
            share.join()
        if find_spec("numba"):
            # The loops over tables: half a minute of one core, meanwhile other tests run. It ends with this process.
            command = [sys.executable, "-m", "entrepot.batch.run.compile_loops", "--beside"]
            config.stash[COMPILING] = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _compile(files: list[Path], config: pytest.Config) -> None:
    """Write byte code where the imports of Python and of pytest, which rewrites assertions, look for it."""
    for file in files:
        if not file.match("test_*.py") and file.name != "conftest.py":
            compileall.compile_file(file, quiet=2)
            continue
        written = rewrite.get_cache_dir(file) / (file.stem + rewrite.PYC_TAIL)
        if rewrite._read_pyc(file, written) is None and rewrite.try_makedirs(written.parent):
            digest, code = rewrite._rewrite_test(file, config)
            rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, digest, written)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what compiles the loops, if it still does."""
    if (process := config.stash.get(COMPILING, None)) is not None:
        process.kill()
        process.communicate()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give whole modules to the processes, in the order of the collection (`--dist loadfile`)."""
    if config.getoption("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return ByModule(config, log)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which run this is."""
    return f"random tests: seed {config.option.seed}" if config.option.all else "quick: long tests run with --all"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how to repeat a run in which something failed."""
    if config.option.all and terminalreporter.stats.get("failed"):
        terminalreporter.write_line(f"The random tests drew from a seed. To repeat: --all --seed {config.option.seed}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `long`, where the long tests are not asked for; long ones are given out first."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place(item.nodeid))
    if config.option.all:
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("long")]
