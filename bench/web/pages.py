"""The size of each page with all its resources, and the time of its largest paint, in Chromium."""

from __future__ import annotations

import shutil
from statistics import median
from typing import Any

from server_processes import Server

#: Pages by name: an address behind the language. The first shows an answer with all that it rests on.
ANSWER = "?from=VN&to=CN&what=0901.21&amount=100&currency=CNY&for=consumer&on=2026-03-01"
PAGES = {
    "the form": "/en/",
    "an answer": f"/en/{ANSWER}",
    "an answer, Khmer": f"/km/{ANSWER}",
    "the law": "/en/law/",
    "a line of law": "/en/law/CN/09012100?on=2026-03-01",
    "batch": "/en/batch/",
    "packs": "/en/packs/",
}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAINTED = """() => new Promise(done => {
  new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: "largest-contentful-paint", buffered: true});
  setTimeout(() => done(null), 3000);
})"""
WEIGHT = """() => performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
  .reduce((sum, each) => sum + each.transferSize, 0)"""


def measured(server: Server, times: int) -> list[dict[str, Any]] | None:
    """Each page, opened so many times by a browser that has seen nothing; None where there is no Chromium."""
    program = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if program is None:
        return None
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        for name, address in PAGES.items():
            weights, paints, status = [], [], 0
            for _ in range(times):
                context = browser.new_context()
                page = context.new_page()
                answer = page.goto(server.url + address, wait_until="load")
                status = answer.status if answer else 0
                paints.append(page.evaluate(PAINTED) or float("nan"))
                weights.append(page.evaluate(WEIGHT))
                context.close()
            found.append(
                {"page": name, "status": status, "kilobytes": max(weights) / 1000, "painted_ms": median(paints)}
            )
        browser.close()
    return found
