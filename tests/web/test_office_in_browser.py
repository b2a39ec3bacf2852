"""Documents in two browsers: editing at once, offline, as a reader, restoring a version; how the pages look."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from chromium import MAX_WEIGHT, assert_no_barriers, browser, loaded, shot
from office_market import Office, open_office
from test_sockets import socket_process_of

pytest.importorskip("pycrdt", reason="the library of shared documents is not installed")
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
LONG = 120_000


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("office")) as running:
        yield running


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    with browser() as running:
        yield running


@contextmanager
def page_of(chrome: Any, office: Office, who: str, path: str, **more: Any) -> Iterator[Any]:
    """A page in a browser context of its own; nothing may be refused by the policy of the page, and no script fails."""
    context = chrome.new_context(**more)
    if who:
        session = office.people[who].cookies["sessionid"]
        context.add_cookies([{"name": "sessionid", "value": session, "url": office.server.url}])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    page.goto(office.server.url + path)
    yield page
    context.close()
    assert not faults


def stored(page: Any) -> None:
    """Wait until everything is stored."""
    expect(page.locator("[data-part=status]")).to_have_text("Everything is stored.", timeout=LONG)


def text_of(editor: Any) -> str:
    """The text of an editor without the names at the cursors of others."""
    without = """editor => {
        const copy = editor.cloneNode(true)
        copy.querySelectorAll(".caret").forEach(each => each.remove())
        return copy.innerText
    }"""
    return str(editor.evaluate(without)).replace("\u2060", "").strip()


@pytest.mark.long
def test_two_browsers_edit_a_text_at_once_and_offline(office: Office, chrome: Any) -> None:
    path = f"{office.address}{office.new('tx', 'Contract')}/"
    with page_of(chrome, office, "anna", path) as anna, page_of(chrome, office, "binh", path) as binh:
        stored(anna)
        stored(binh)
        first, second = anna.locator(".ProseMirror"), binh.locator(".ProseMirror")
        first.click()
        anna.get_by_role("button", name="Large heading").click()
        anna.keyboard.type("Hợp đồng")
        anna.keyboard.press("Enter")
        expect(second.locator("h1")).to_have_text("Hợp đồng", timeout=LONG)
        expect(binh.locator(".people")).to_contain_text("Anna", timeout=LONG)
        stored(anna)
        anna.context.set_offline(True)
        expect(anna.locator("[data-part=status]")).to_contain_text("No connection", timeout=LONG)
        anna.keyboard.type("written offline ไทย")
        second.press("Control+End")
        binh.keyboard.type("written meanwhile ខ្មែរ")
        stored(binh)
        assert "offline" not in second.inner_text()
        anna.context.set_offline(False)
        for each in (first, second):
            expect(each).to_contain_text("written offline ไทย", timeout=LONG)
            expect(each).to_contain_text("written meanwhile ខ្មែរ", timeout=LONG)
        assert text_of(first) == text_of(second)
        stored(anna)
        # The process is killed: both connect again, and nothing is lost.
        os.kill(socket_process_of(office.server, office.sockets), signal.SIGKILL)
        first.press("Control+End")
        anna.keyboard.type(" after the kill")
        expect(second).to_contain_text("after the kill", timeout=LONG)
        stored(anna)
    shown = office.people["chi"].get(f"{path}file/md/").text
    assert shown.startswith("# Hợp đồng\n")
    assert "after the kill" in shown


@pytest.mark.long
def test_a_guest_reads_what_others_write_and_cannot_change_it(office: Office, chrome: Any) -> None:
    path = f"{office.address}{office.new('tx', 'For a guest')}/"
    answer = office.people["anna"].post(path, {"action": "invite", "role": "reader", "days": "7"})
    found = re.search(r'value="(http[^"]+/guests/[^"]+)"', answer.text)
    assert found, answer.text
    link = found[1].removeprefix(office.server.url)
    with page_of(chrome, office, "anna", path) as anna, page_of(chrome, office, "", link) as guest:
        stored(anna)
        anna.locator(".ProseMirror").click()
        anna.keyboard.type("for you")
        shown = guest.locator(".ProseMirror")
        expect(shown).to_contain_text("for you", timeout=LONG)
        assert shown.get_attribute("contenteditable") == "false"
        # Also a guest that makes the page editable changes only what it sees itself.
        guest.evaluate("document.querySelector('.ProseMirror').editor.setEditable(true)")
        shown.click()
        guest.keyboard.type("forged ")
        anna.keyboard.type(" and more")
        expect(shown).to_contain_text("and more", timeout=LONG)
        stored(anna)
        assert text_of(anna.locator(".ProseMirror")) == "for you and more"
        # The link is removed: the connection ends at once.
        grant = link.split("/")[3]
        office.people["anna"].post(office.address, {"action": "remove_guest", "grant": grant})
        expect(guest.locator("[data-part=status]")).to_contain_text("has ended", timeout=LONG)
    assert office.server.get(link).status_code == 403
    other = link[:-2] + ("x/" if link[-2] != "x" else "y/")
    assert office.server.get(other).status_code == 404
    assert "forged" not in office.people["anna"].get(f"{path}file/md/").text


@pytest.mark.long
def test_a_sheet_comments_and_a_version_that_is_restored(office: Office, chrome: Any) -> None:
    path = f"{office.address}{office.new('sh', 'Prices')}/"
    with page_of(chrome, office, "anna", path) as anna, page_of(chrome, office, "binh", path) as binh:
        stored(anna)
        stored(binh)
        anna.get_by_label("A1", exact=True).fill("Coffee")
        anna.get_by_label("A1", exact=True).press("Enter")
        binh.get_by_label("B1", exact=True).fill("12.50")
        binh.get_by_label("B1", exact=True).press("Enter")
        for each in (anna, binh):
            expect(each.get_by_label("A1", exact=True)).to_have_value("Coffee", timeout=LONG)
            expect(each.get_by_label("B1", exact=True)).to_have_value("12.50", timeout=LONG)
        anna.get_by_label("A1", exact=True).focus()
        anna.get_by_label("A comment on what is selected").fill("Is that right?")
        anna.get_by_role("button", name="Add the comment").click()
        expect(binh.locator(".comments")).to_contain_text("Is that right?", timeout=LONG)
        stored(anna)
        kept = office.people["anna"].post(f"{path}versions/", {})
        version = re.search(r"\?version=(vr_\w+)", kept.text)
        assert version, kept.text
        anna.get_by_label("A1", exact=True).fill("Tea")
        anna.get_by_label("A1", exact=True).press("Enter")
        expect(binh.get_by_label("A1", exact=True)).to_have_value("Tea", timeout=LONG)
        stored(anna)
        anna.goto(f"{office.server.url}{path}?restore={version[1]}")
        expect(binh.get_by_label("A1", exact=True)).to_have_value("Coffee", timeout=LONG)
        expect(binh.get_by_label("B1", exact=True)).to_have_value("12.50", timeout=LONG)
        stored(anna)
    assert office.people["chi"].get(f"{path}file/csv/").text == "Coffee,12.50,,,,,,\r\n"


@pytest.mark.long
def test_formulas_show_their_values_and_follow_their_cells(office: Office, chrome: Any) -> None:
    path = f"{office.address}{office.new('sh', 'Sums')}/"
    with page_of(chrome, office, "anna", path) as anna, page_of(chrome, office, "binh", path) as binh:
        stored(anna)
        stored(binh)
        for place, text in (("A1", "2"), ("A2", "3"), ("A3", "=SUM(A1:a2)"), ("B1", "=A3*2"), ("B2", "=HYPERLINK(1)")):
            anna.get_by_label(place, exact=True).fill(text)
            anna.get_by_label(place, exact=True).press("Enter")
        for each in (anna, binh):
            expect(each.get_by_label("A3", exact=True)).to_have_value("5", timeout=LONG)
            expect(each.get_by_label("B1", exact=True)).to_have_value("10", timeout=LONG)
            expect(each.get_by_label("B2", exact=True)).to_have_value("=HYPERLINK(1)")
        # Another one changes a number; a row comes between: the sum has it. The formula is shown where it is edited.
        binh.get_by_label("A2", exact=True).fill("40")
        binh.get_by_label("A2", exact=True).press("Enter")
        expect(anna.get_by_label("A3", exact=True)).to_have_value("42", timeout=LONG)
        expect(binh.get_by_label("A3", exact=True)).to_have_value("=SUM(A1:A2)")
        anna.get_by_label("A1", exact=True).focus()
        anna.get_by_role("button", name="Add a row").click()
        expect(anna.get_by_label("A4", exact=True)).to_have_value("42", timeout=LONG)
        expect(binh.get_by_label("A4", exact=True)).to_have_value("=SUM(A1:A3)", timeout=LONG)
        binh.get_by_label("A2", exact=True).fill("100")
        binh.get_by_label("A2", exact=True).press("Enter")
        expect(anna.get_by_label("A4", exact=True)).to_have_value("142", timeout=LONG)
        binh.get_by_label("A4", exact=True).focus()
        expect(binh.get_by_label("A4", exact=True)).to_have_value("=SUM(A1:A3)")
        binh.get_by_label("C1", exact=True).focus()
        expect(binh.get_by_label("A4", exact=True)).to_have_value("142")
        anna.get_by_label("A1", exact=True).fill("=B1")
        anna.get_by_label("A1", exact=True).press("Enter")
        expect(binh.get_by_label("A4", exact=True)).to_have_value("#CYCLE!", timeout=LONG)
        anna.get_by_label("A1", exact=True).fill("2")
        anna.get_by_label("A1", exact=True).press("Enter")
        expect(binh.get_by_label("B1", exact=True)).to_have_value("284", timeout=LONG)
        shot(anna, "sheet-with-formulas")
        stored(anna)
    made = office.people["chi"].get(f"{path}file/csv/").text.splitlines()
    assert [line[: line.index(",,")] for line in made] == ["2,284", "100", "40,'=HYPERLINK(1)", "142"]


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "th", "km"])
def test_the_pages_pass_axe_and_fit_a_telephone(office: Office, chrome: Any, language: str) -> None:
    text, sheet = office.new("tx", f"A text {language}"), office.new("sh", f"A sheet {language}")
    home = office.address.replace("/en/", f"/{language}/")
    paths = {"home": home, "text": f"{home}{text}/", "sheet": f"{home}{sheet}/", "versions": f"{home}{text}/versions/"}
    for name, path in paths.items():
        with page_of(chrome, office, "anna", path, viewport={"width": 360, "height": 760}, bypass_csp=True) as page:
            # The editor is larger than other pages, and loaded with a document only.
            editor = [size for file, size in loaded(page) if file.startswith("editor.") and file.endswith(".js")]
            assert (len(editor), sum(editor) < 600_000) == (name in ("text", "sheet"), True), name
            assert sum(size for _file, size in loaded(page)) - sum(editor) < MAX_WEIGHT, name
            if name in ("text", "sheet"):
                expect(page.locator("[data-part=status]")).to_have_attribute("data-state", "saved", timeout=LONG)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
            assert_no_barriers(page, name, again=language != "en")
            shot(page, f"office-{name}-{language}-360")
            page.set_viewport_size({"width": 1440, "height": 900})
            shot(page, f"office-{name}-{language}-1440")
