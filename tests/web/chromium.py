"""browsing: a real browser for the tests, Debian's Chromium, where it is installed; and screenshots that are kept."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: Screenshots that a person can look through after the tests.
SHOTS = Path(__file__).parents[2] / ".pytest_cache" / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium() -> str:
    """Where Chromium is; skips the test where there is none."""
    found = os.environ.get("ENTREPOT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    return found


@contextmanager
def browser() -> Iterator[object]:
    """Chromium, driven by Playwright; nothing is downloaded."""
    where = chromium()
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=where, args=list(QUIET))
        try:
            yield running
        finally:
            running.close()


def shot(page: object, name: str) -> None:
    """Keeps a screenshot of the whole page."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SHOTS / f"{re.sub('[^a-z0-9-]+', '-', name.lower())}.png"), full_page=True)  # type: ignore[attr-defined]  # Playwright's page
