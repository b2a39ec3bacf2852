"""A task walked in Chromium as a newcomer does it: by the words that are seen, in steps that are counted.

A step is what a person does until another page, or another answer, is there: a link that is followed, or a form that is
filled in and sent. A picture of each step, and `walks.json` with the steps of each task, are in the folder of the test,
or in the folder that ENTREPOT_WALKS names.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from entrepot.language import translate

#: Steps of a task at most, and milliseconds that an answer may take.
MAX_STEPS, PATIENCE = 6, 120_000
SUMMARY = "walks.json"
#: What a person sees of a page: its text, and what is unfolded.
SEEN = "document.body.innerText + document.documentElement.scrollHeight"


def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pictures."""
    named = os.environ.get("ENTREPOT_WALKS")
    place = Path(named) if named else tmp_path_factory.mktemp("walks")
    place.mkdir(parents=True, exist_ok=True)
    return place


@dataclass
class Walk:
    """One task in a window. `language`: of the pages; `steps`: what was done; `faults`: errors of the console.

    `elsewhere`: steps on the pages of another company, which the node does not make shorter.
    """

    page: Any
    url: str
    language: str
    folder: Path
    name: str
    steps: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)

    @property
    def slow(self) -> type[Exception]:
        """The error of Playwright where something does not appear in time."""
        from playwright.sync_api import TimeoutError as Slow

        return Slow

    @property
    def width(self) -> int:
        """The width of the window."""
        return int(self.page.viewport_size["width"])

    def start(self, path: str = "") -> None:
        """Opens a page, which is no step."""
        self.page.goto(f"{self.url}/{self.language}/{path}")

    def word(self, english: str, **values: object) -> str:
        """A text of the pages in the language of the walk."""
        with translate.speaking(self.language):
            return translate._(english).format(**values)

    def step(self, says: str, act: Callable[[], object]) -> None:
        """Does something and looks: the window has to show another text than before."""
        before = self.page.evaluate(SEEN)
        act()
        self.page.wait_for_load_state("load")
        self.page.wait_for_function(f"before => {SEEN} !== before", arg=before, timeout=PATIENCE)
        self.done(says)

    def done(self, says: str) -> None:
        """Counts a step, takes its picture, and checks what is true of each page."""
        self.steps.append(says)
        self.picture(str(len(self.steps)))
        assert len(self.steps) <= MAX_STEPS, self.steps
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.width, f"{says}: {wide} pixels wide"
        assert not self.faults, f"{says}: {self.faults}"
        if self.page.url.startswith(self.url):
            self.check_heading()

    def check_heading(self) -> None:
        """The page is in the language of the walk, with one heading, which its title names."""
        assert self.page.locator("html").get_attribute("lang") == self.language
        (heading,) = self.page.locator("h1").all_inner_texts()
        named = ["".join(each.split()) for each in self.page.title().split(" · ")[:-1]]
        assert any(each and each in "".join(heading.split()) for each in named), (named, heading)

    def wait_for(self, found: Any) -> None:
        """Waits, doing nothing, until the page shows something by itself.

        A page that has got no place among the live ones is loaded again from time to time.
        """
        for _each in range(24):
            try:
                found.wait_for(timeout=5_000)
            except self.slow:
                self.page.reload()
            else:
                return
        found.wait_for()

    def leave(self, says: str, act: Callable[[], object]) -> None:
        """Does something on the page of another company."""
        before = self.page.evaluate(SEEN)
        act()
        self.page.wait_for_function(f"before => {SEEN} !== before", arg=before, timeout=PATIENCE)
        self.elsewhere.append(says)

    def picture(self, says: str) -> None:
        """A picture of the page, where ENTREPOT_WALKS names a folder."""
        if os.environ.get("ENTREPOT_WALKS"):
            picture = f"{self.name}-{self.language}-{self.width}-{says}.png"
            self.page.screenshot(path=str(self.folder / picture), full_page=True)

    def follow(self, english: str) -> None:
        """Follows the link, or presses the button, whose words are the translation of a text: one step."""
        self.press(self.word(english))

    def press(self, words: str) -> None:
        """Follows the link, or presses the button, with these words: one step."""
        self.step(words, lambda: self.control(words).click())

    def control(self, words: str) -> Any:
        """The link or button with these words that is seen: of the page itself where there is one."""
        exact = re.compile(rf"^\s*{re.escape(words)}\s*$")
        found = self.page.get_by_role("button", name=exact).or_(self.page.get_by_role("link", name=exact))
        found = found.locator("visible=true")
        inside = (
            self.page.locator("main")
            .get_by_role("button", name=exact)
            .or_(self.page.locator("main").get_by_role("link", name=exact))
            .and_(self.page.locator(":not(nav *)"))
            .locator("visible=true")
        )
        return (inside if inside.count() else found).first

    def fill(self, label: str, value: str) -> None:
        """Fills in the field with a label, which is the translation of a text; a choice by its words or its code."""
        named = [self.page.get_by_label(self.word(label), exact=exact) for exact in (True, False)]
        fields = [each.and_(self.page.locator("input, select, textarea")).locator("visible=true") for each in named]
        control = (fields[0] if fields[0].count() else fields[1]).first
        if control.evaluate("each => each.localName") == "select":
            control.select_option(value)
        else:
            control.fill(value)

    def download(self, says: str, act: Callable[[], object]) -> Path:
        """Downloads a file, which is what the window answers with: one step."""
        with self.page.expect_download(timeout=PATIENCE) as waiting:
            act()
        file = self.folder / f"{self.name}-{self.language}-{self.width}-{len(self.steps) + 1}"
        file = file.with_suffix(Path(waiting.value.suggested_filename).suffix)
        waiting.value.save_as(file)
        self.done(says)
        return file

    def ends(self, english: str) -> None:
        """The heading and the title of the last page name the task with a text, in the language of the walk."""
        words = self.word(english)
        assert words in self.page.locator("h1").inner_text(), (self.page.locator("h1").inner_text(), words)
        assert words in self.page.title(), (self.page.title(), words)

    def write(self) -> None:
        """Adds the walk to the summary."""
        file = self.folder / SUMMARY
        told = json.loads(file.read_text()) if file.exists() else []
        key = {"task": self.name, "language": self.language, "width": self.width}
        told = [each for each in told if any(each[name] != value for name, value in key.items())]
        told.append({**key, "count": len(self.steps), "steps": self.steps, "elsewhere": self.elsewhere})
        file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
