"""The tutorial of the first delivered order, walked in Chromium by its own words, as its three people.

An instruction is an item of a list. In it, `<address>` is opened, *label*: `value` is filled in, a **name** is clicked,
and a “text” must then be seen; a value in capitals stands in the terminal. A picture is taken where the tutorial shows
it: set TUTORIAL_PICTURES to the folder of the pictures to renew them.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from chromium import browser

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "first-delivered-order.md"
PICTURES = re.compile(r"^!\[[^\]]+\]\(([\w-]+\.webp)\)$", re.MULTILINE)
#: The same page on a telephone, which the instruction after a picture links to.
NARROW = re.compile(r"^\[[^\]]+\]\(([\w-]+-360\.webp)\)$", re.MULTILINE)
HEADING = re.compile(r"^## \d+\. (Start|Exporter|Operator|Buyer|Officer)", re.MULTILINE)
#: A step of an instruction: an address, a field with its value, what to click, what is seen, a picture.
STEP = re.compile(
    r"<(?P<url>http[^>]+)>|(?:(?<!\*)\*(?P<label>[^*]+)\*: )?`(?P<value>[^`]+)`"
    r"|\*\*(?P<click>[^*]+)\*\*|“(?P<seen>[^”]+)”|!\[[^\]]+\]\((?P<picture>[\w-]+\.webp)\)"
)
#: The window of each person.
WINDOWS = {"Start": "usual", "Exporter": "usual", "Operator": "private", "Buyer": "private", "Officer": "private"}
#: Bytes of a picture at most, and pictures.
MOST_BYTES, MOST_PICTURES = 100_000, 10
#: The widths of the pictures, and the ending of the names of the narrow ones.
WIDTHS = {1440: "", 360: "-360"}
#: Milliseconds that something may take, and seconds of the whole walk.
PATIENCE = 120_000


@dataclass
class Node:
    """A running `entrepot trade sandbox --hold`: what it printed at its start, and its e-mails."""

    start: dict[str, Any]
    letters: list[dict[str, Any]] = field(default_factory=list)

    def link_to(self, address: str) -> str:
        """The link of the newest e-mail to an address."""
        until = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < until:
            found = [each for each in self.letters if each["to"] == address and each["links"]]
            if found:
                return str(found[-1]["links"][0])
            time.sleep(0.1)
        raise AssertionError(f"no e-mail to {address}: {self.letters}")


@contextmanager
def sandbox_node(folder: Path, *words: str) -> Iterator[Node]:
    """Run the command of the tutorial on free ports, and stop it with SIGINT as Ctrl-C does."""
    command = [sys.executable, "-m", "entrepot", "trade", "sandbox", "--json", "--folder", str(folder), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "the node did not start"
        node = Node(json.loads(line))
        reader = threading.Thread(
            target=lambda: node.letters.extend(map(json.loads, process.stdout or ())), daemon=True
        )
        reader.start()
        yield node
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0
        reader.join(120)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()


@dataclass
class Walk:
    """The walk through the tutorial. `address`: the last one that was typed, which gets the link."""

    node: Node
    pages: dict[str, Any]
    folder: Path
    pictures: Path | None
    page: Any = None
    address: str = ""

    def follow(self, text: str) -> None:
        """Do what a text of the tutorial says."""
        for section in re.split(r"(?=^## )", text, flags=re.MULTILINE):
            person = HEADING.match(section)
            if person is None:
                continue
            self.page = self.pages[WINDOWS[person[1]]]
            for instruction in instructions(section):
                for step in STEP.finditer(instruction):
                    try:
                        self._do(step)
                    except Exception as error:
                        self.page.screenshot(path=str(self.folder / "failed.png"), full_page=True)
                        seen = self.page.locator("main").inner_text()[:2000]
                        raise AssertionError(
                            f"{step[0]} in: {instruction}\n{error}\n{self.page.url}\n{seen}"
                        ) from error

    def _do(self, step: re.Match[str]) -> None:
        if step["url"]:
            self.page.goto(self._here(step["url"]))
        elif step["value"]:
            self._fill(step["label"], step["value"])
        elif step["click"]:
            name = re.compile(rf"^{re.escape(step['click'])}")
            found = self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name))
            found.first.wait_for(timeout=PATIENCE)
            beside_navigation = found.and_(self.page.locator(":not(nav *)"))
            (beside_navigation if beside_navigation.count() else found).first.click(timeout=PATIENCE)
            self.page.wait_for_load_state("load")
        elif step["seen"]:
            self.page.get_by_text(step["seen"]).locator("visible=true").first.wait_for(timeout=PATIENCE)
        elif self.pictures is not None:
            self._picture(step["picture"])

    def _here(self, url: str) -> str:
        """An address of the tutorial at this node."""
        officer = self.node.start["officer"]["url"].removesuffix("/officer/")
        return url.replace("http://127.0.0.1:8000", self.node.start["url"]).replace("http://127.0.0.1:8101", officer)

    def _fill(self, label: str | None, value: str) -> None:
        start = self.node.start
        if value == "LINK":
            self.page.goto(self.node.link_to(self.address))
            return
        if value == "NUMBER":
            self._click_number()
            return
        known = {
            "OPERATOR PASSWORD": start["operator"]["password"],
            "OPERATOR CODE": start["operator"]["codes"][0],
            "OFFICER PASSWORD": start["officer"]["password"],
        }
        value = known.get(value, value)
        assert label is not None, value
        labelled = self.page.get_by_label(re.compile(rf"^{re.escape(label)}"))
        control = labelled.and_(self.page.locator("input, select, textarea")).locator("visible=true").first
        kind = control.evaluate("each => each.localName + '/' + (each.type || '')")
        if kind == "input/file":
            control.set_input_files(str(self.folder / {"PICTURE": "coffee.png"}.get(value, value)))
        elif kind == "input/checkbox":
            control.check()
        elif kind.startswith("select"):
            control.select_option(label=value)
        else:
            control.fill(value)
        if label == "E-mail address":
            self.address = value

    def _click_number(self) -> None:
        """Click the first number of a table; load the page again while there is none."""
        numbers, until = self.page.locator("main tbody a"), time.monotonic() + PATIENCE / 1000
        while not numbers.count() and time.monotonic() < until:
            self.page.wait_for_timeout(500)
            self.page.reload()
        numbers.first.click()
        self.page.wait_for_load_state("load")

    def _picture(self, name: str) -> None:
        """Take a picture of the window in each width, as WebP."""
        from PIL import Image

        assert self.pictures is not None
        png, usual = self.folder / f"{name}.png", self.page.viewport_size
        for width, ending in WIDTHS.items():
            self.page.set_viewport_size({"width": width, "height": 800})
            self.page.evaluate("scrollTo(0, 0)")
            height = min(self.page.evaluate("document.documentElement.scrollHeight"), 1800)
            clip = {"x": 0, "y": 0, "width": width, "height": height}
            self.page.screenshot(path=str(png), full_page=True, clip=clip)
            file = self.pictures / f"{name.removesuffix('.webp')}{ending}.webp"
            Image.open(png).save(file, "WEBP", quality=70, method=6)
        self.page.set_viewport_size(usual)


def instructions(section: str) -> list[str]:
    """The items of lists and the pictures of a section, in their order."""
    found: list[str] = []
    for line in section.splitlines():
        if line.startswith(("- ", "![")):
            found.append(line)
        elif line.startswith("  ") and found:
            found[-1] += line
    return found


def blocks(text: str) -> dict[str, str]:
    """The files that the tutorial asks to save, by name."""
    return dict(re.findall(r'^```csv title="([\w.-]+)"\n(.*?)^```$', text, re.MULTILINE | re.DOTALL))


@pytest.mark.long
def test_an_order_is_delivered_by_the_words_of_the_tutorial(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    text = TUTORIAL.read_text()
    for name, content in blocks(text).items():
        (tmp_path / name).write_text(content)
    picture = image.new("RGB", (900, 600), "#f3e9dc")
    draw = pytest.importorskip("PIL.ImageDraw").Draw(picture)
    draw.polygon([(330, 90), (570, 90), (600, 540), (300, 540)], fill="#5b3a21")  # a bag, its label, beans
    draw.rectangle((350, 230, 550, 420), fill="#f7f1e8")
    for left, top in ((390, 265), (455, 300), (405, 345)):
        draw.ellipse((left, top, left + 60, top + 42), fill="#3b2413")
        draw.arc((left + 10, top - 14, left + 50, top + 56), 60, 120, fill="#f7f1e8", width=4)
    picture.save(tmp_path / "coffee.png")
    renewed = os.environ.get("TUTORIAL_PICTURES")
    with browser() as chrome, sandbox_node(tmp_path / "node", "--port", "0", "--hold") as node:
        contexts = {name: chrome.new_context(viewport={"width": 1280, "height": 800}) for name in ("usual", "private")}  # type: ignore[attr-defined]  # Playwright's browser
        pages = {name: context.new_page() for name, context in contexts.items()}
        for page in pages.values():
            page.set_default_timeout(PATIENCE)
        Walk(node, pages, tmp_path, Path(renewed) if renewed else None).follow(text)


def test_the_tutorial_has_the_pictures_it_shows_and_no_others() -> None:
    text = TUTORIAL.read_text()
    steps = re.split(r"^## (?=\d+\. )", text, flags=re.MULTILINE)[1:]
    assert all(PICTURES.search(each) for each in steps), "each step has a picture"
    shown = PICTURES.findall(text)
    narrow = NARROW.findall(text)
    assert narrow == [each.replace(".webp", "-360.webp") for each in shown]
    assert 0 < len(shown) <= MOST_PICTURES
    shown += narrow
    there = {each.name for each in TUTORIAL.parent.iterdir() if each.suffix in (".webp", ".png", ".jpg")}
    assert sorted(shown) == sorted(there)
    for name in shown:
        assert (TUTORIAL.parent / name).stat().st_size <= MOST_BYTES, name
