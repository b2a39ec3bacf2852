"""How pytest-xdist gives tests to its processes: whole modules, those that take long first.

The tests of a module share servers, browsers and tables. If they were given one by one, each process would start these
again, and what a test finds there would differ from run to run.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

#: Modules of which each test is given by itself: their tests take long, some only with --all, and share nothing.
APART = {
    "tests/batch/test_byte_limits.py",
    "tests/batch/test_spark.py",
    "tests/batch/test_xlsx.py",
    "tests/sandbox/test_customs_kills.py",
    "tests/test_docs.py",
    "tests/test_slow_agrees.py",
    "tests/test_slow_draws.py",
    "tests/trade/test_kills.py",
    "tests/trade/test_whole_trade_kills.py",
    "tests/web/test_crash_recovery.py",
    "tests/web/test_serve.py",
    "tests/web/test_unavailable.py",
}
#: What takes longest, in this order; then the folders that start servers, other tests, and examples of docstrings. At
#: first nothing that needs the loops over tables, which are being compiled.
FIRST = (
    "tests/plugins/test_oscar_shop.py",
    "tests/trade/test_kills.py",
    "tests/trade/test_whole_trade_kills.py",
    "tests/trade/test_two_nodes_kills.py",
    "tests/web/test_openapi.py",
    "tests/sandbox/test_customs_kills.py",
    "tests/batch/test_spark.py",
    "tests/web/test_walks.py",
    "tests/web/test_twelve_tasks.py",
    "tests/web/test_role_pages.py",
    "tests/web/test_pages_in_browser.py",
    "tests/web/test_crash_recovery.py",
    "tests/web/test_trade_pages.py",
    "tests/web/test_market_pages.py",
    "tests/plugins/test_oscar_plugin.py",
    "tests/test_slow_draws.py",
    "tests/sandbox/test_nodes_demo.py",
    "tests/sandbox/test_customs_states.py",
    "tests/web/test_background.py",
    "tests/web/test_reference_pages.py",
    "tests/web/test_tutorial.py",
    "tests/cli/test_whole_schedules.py",
    "tests/test_slow_agrees.py",
    "tests/batch/test_tables_equal_quotes.py",
    "tests/web/test_navigation.py",
    "tests/measure/test_on_spark.py",
    "tests/schedules/test_asia.py",
    "tests/web/",
    "tests/sandbox/",
    "tests/batch/",
    "tests/trade/",
    "tests/cli/",
    "tests/",
    "src/",
)


class ByModule(LoadScopeScheduling):  # type: ignore[misc]  # the package has no types
    """Gives the tests as they are in order."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return nodeid if module in APART else module


def place(nodeid: str) -> int:
    """The place of a test in the order: of the first that its module begins with."""
    return next((at for at, start in enumerate(FIRST) if nodeid.startswith(start)), len(FIRST))
