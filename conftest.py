"""What all tests share: quick and long runs, examples that repeat, and a cache of compiled law that is not the user's.

pytest          the quick tests and sizes
pytest --all    also the long ones; random tests draw from a new seed, which `--seed N` repeats
"""

from __future__ import annotations

import os
import secrets
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Compiled once for all test processes and runs; keyed by the packs' content, so never stale.
os.environ.setdefault("ENTREPOT_CACHE", str(Path(__file__).parent / ".pytest_cache" / "entrepot"))
# No test sees the schedules that whoever runs it keeps; nor do the processes that tests start.
os.environ["ENTREPOT_DATA"] = str(Path(__file__).parent / ".pytest_cache" / "no-schedules")

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

# To import it is to serve: its threads begin their work.
collect_ignore = ["src/entrepot/web/site/wsgi.py"]


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


def pytest_report_header(config: pytest.Config) -> str:
    """Say which run this is."""
    return f"random tests: seed {config.option.seed}" if config.option.all else "quick: long tests run with --all"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how to repeat a run in which something failed."""
    if config.option.all and terminalreporter.stats.get("failed"):
        terminalreporter.write_line(f"The random tests drew from a seed. To repeat: --all --seed {config.option.seed}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `long`, where the long tests are not asked for."""
    if config.option.all:
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("long")]
