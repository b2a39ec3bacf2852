"""Chromium for the tests, if it is installed; screenshots, and barriers that axe finds."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import sizes

#: The screenshots, to look through after the tests.
SHOTS = Path(__file__).parents[2] / ".pytest_cache" / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Milliseconds that a test waits for what a page is to show: other processes may use the processors meanwhile.
PATIENCE = 120_000
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium() -> str:
    """The path of Chromium, or of the program that ENTREPOT_CHROMIUM names. Skips the test if it is not installed."""
    if os.environ.get("ENTREPOT_CHROMIUM") == "none":
        pytest.skip("ENTREPOT_CHROMIUM=none: no browser is used")
    found = os.environ.get("ENTREPOT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    return found


@contextmanager
def browser() -> Iterator[object]:
    """Chromium, controlled by Playwright. Nothing is downloaded."""
    where = chromium()
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=where, args=list(QUIET), timeout=PATIENCE)
        new_context, new_page = running.new_context, running.new_page
        running.new_context = lambda **options: _patient(new_context(**options))
        running.new_page = lambda **options: _patient(new_page(**options))
        sync_api.expect.set_options(timeout=PATIENCE)
        try:
            yield running
        finally:
            running.close()


def _patient(made: Any) -> Any:
    """A context or a page that waits so long for what is to appear, unless a test says otherwise."""
    made.set_default_timeout(PATIENCE)
    return made


def shot(page: object, name: str) -> None:
    """Save a screenshot of the whole page, in the long run; not with middle sizes, after which nobody looks at it."""
    if not sizes.ALL or sizes.MIDDLE:
        return
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SHOTS / f"{re.sub('[^a-z0-9-]+', '-', name.lower())}.png"), full_page=True)  # type: ignore[attr-defined]  # Playwright's page


#: Bytes of a page with its style sheets, scripts and pictures, as they are without compression.
MAX_WEIGHT = 150_000
LOADED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map((each) => [each.name.split("/").at(-1), each.decodedBodySize])"""


def loaded(page: object) -> list[tuple[str, int]]:
    """What a page has loaded, itself first: the end of each address, and its bytes without compression."""
    found: list[list[object]] = page.evaluate(LOADED)  # type: ignore[attr-defined]  # Playwright's page
    return [(str(name), int(str(size))) for name, size in found]


def assert_small(page: object, name: str) -> None:
    """Fail if a page and all that it has loaded are too heavy."""
    found = loaded(page)
    assert found[0][1] > 0, "the browser does not tell the size of the page"
    assert sum(size for _file, size in found) < MAX_WEIGHT, f"{name}: {found}"


def assert_no_barriers(page: object, name: str = "", *, again: bool = False, only: tuple[str, ...] = ()) -> None:
    """Fail if axe finds a barrier on a page.

    `again`: the same page in English, or of another width, has been looked at, or will be: with middle sizes that is
    enough, since a barrier is in the template. `only`: the names of the rules of axe; without them all.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    if again and sizes.MIDDLE:
        return
    options: dict[str, object] = {"resultTypes": ["violations"]}
    found = axe.run(page, options=options | ({"runOnly": list(only)} if only else {}))
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
