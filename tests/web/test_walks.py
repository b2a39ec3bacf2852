"""Everyday tasks walked in Chromium as a person would: each within six steps, and each step has a visible answer.

A step fills in fields and presses one button or link. The number of steps of each task, and the pictures of every step
but with middle sizes, are in the folder of the test, or in the folder that ENTREPOT_WALKS names.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from chromium import browser
from server_process import Server

import sizes

pytestmark = pytest.mark.long

MAX_STEPS = 6
#: Whether there are pictures: not with middle sizes, after which nobody looks at them.
PICTURES = bool(os.environ.get("ENTREPOT_WALKS")) or not sizes.MIDDLE
#: The windows: with middle sizes each language and each width once.
WINDOWS = (
    [("en", 360), ("zh", 1440)] if sizes.MIDDLE else [(name, width) for name in ("en", "zh") for width in (360, 1440)]
)
DAY = "2026-03-01"
#: What a person sees of a page: its text, and what is unfolded.
SEEN = "document.body.innerText + document.documentElement.scrollHeight"


@dataclass
class Walk:
    """One task in a window of its own: what was done, and a picture after each step."""

    page: Any
    url: str
    language: str
    folder: Path
    name: str
    steps: list[str] = field(default_factory=list)

    def start(self, path: str = "") -> None:
        """Opens a page, which is no step."""
        self.page.goto(f"{self.url}/{self.language}/{path}")

    def step(self, says: str, act: Callable[[], object]) -> None:
        """Does something and looks: the window has to show another text than before."""
        before = self._seen()
        act()
        self.page.wait_for_load_state("load")
        self.page.wait_for_function(f"before => {SEEN} !== before", arg=before, timeout=60_000)
        self.steps.append(says)
        picture = f"{self.name}-{self.language}-{self.page.viewport_size['width']}-{len(self.steps)}.png"
        if PICTURES:
            self.page.screenshot(path=str(self.folder / picture), full_page=True)
        assert len(self.steps) <= MAX_STEPS, self.steps
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.page.viewport_size["width"], f"{says}: {wide} pixels wide"

    def download(self, says: str, act: Callable[[], object]) -> Path:
        """Downloads a file, which is what the window answers with."""
        with self.page.expect_download(timeout=60_000) as waiting:
            act()
        self.steps.append(says)
        file = self.folder / f"{self.name}-{self.language}-{self.page.viewport_size['width']}-{len(self.steps)}"
        file = file.with_suffix(Path(waiting.value.suggested_filename).suffix)
        waiting.value.save_as(file)
        assert len(self.steps) <= MAX_STEPS, self.steps
        return file

    def _seen(self) -> str:
        return str(self.page.evaluate(SEEN))

    def fill(self, **values: str) -> None:
        """Fills in fields of the form, by name."""
        for name, value in values.items():
            if name == "for":
                self.page.locator(f'#sale [name="for"][value="{value}"]').check()
                continue
            control = self.page.locator(f"#f-{name}")
            if control.evaluate("each => each.localName") == "select":
                control.select_option(value)
            else:
                control.fill(value)
        self.page.locator("h1").click()  # what is suggested while typing closes

    def calculate(self) -> None:
        """Presses the button of the form."""
        self.page.locator("#sale button[type=submit]").click()

    def total(self) -> str:
        """The total of the answer, as it is shown."""
        return str(self.page.locator("#answer .total").first.inner_text())

    def sell(self, words: str, code: str, **sale: str) -> None:
        """From words to an answer: fills in the form, then chooses the goods until there is an answer."""

        def ask() -> None:
            self.fill(what=words, **sale)
            self.calculate()

        self.start()
        self.step(f"fill in the form with {words}", ask)
        while not self.page.locator("#answer").count():
            # Goods found by the words are folded under the codes of a description, which may follow an everyday name.
            choices = self.page.locator(".hits a:visible").filter(has=self.page.locator(".code"))
            fitting = choices.filter(has_text=re.compile(rf"(^|· )\s*{re.escape(code)}"))
            choice = (fitting if fitting.count() else choices).first
            self.step(f"choose {choice.inner_text().strip()[:40]}", choice.click)


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pictures."""
    named = os.environ.get("ENTREPOT_WALKS")
    place = Path(named) if named else tmp_path_factory.mktemp("walks")
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture(params=WINDOWS, ids=str)
def walk(request: pytest.FixtureRequest, server: Server, chrome: Any, folder: Path) -> Iterator[Callable[[str], Walk]]:
    language, width = request.param
    context = chrome.new_context(
        viewport={"width": width, "height": 740}, permissions=["clipboard-read", "clipboard-write"]
    )
    made: list[Walk] = []

    def begin(name: str) -> Walk:
        made.append(Walk(context.new_page(), server.url, language, folder, name))
        return made[-1]

    yield begin
    with (folder / "steps.csv").open("a", encoding="utf-8", newline="") as stream:
        for each in made:
            csv.writer(stream).writerow([each.name, language, width, len(each.steps), *each.steps])
    context.close()


#: The words, in English and in Chinese, the code that they should lead to, and the sale.
GOODS = {
    "coffee": (
        ("roasted coffee", "烘焙咖啡"),
        "0901.21",
        {"from": "VN", "to": "CN", "amount": "100", "currency": "CNY"},
    ),
    "durian": (
        ("durian", "榴莲"),
        "0810.60",
        {"from": "TH", "to": "CN", "amount": "520000", "currency": "CNY", "for": "business"},
    ),
    "shoes": (("shoes", "鞋"), "640", {"from": "VN", "to": "CA", "amount": "200", "currency": "CAD"}),
    "shirt": (("t-shirt", "T恤"), "6109.10", {"from": "VN", "to": "DE", "amount": "60", "currency": "EUR"}),
    "laptop": (("laptop", "笔记本电脑"), "8471.30", {"from": "CN", "to": "TH", "amount": "900", "currency": "USD"}),
}


@pytest.mark.parametrize("name", GOODS)
def test_words_lead_to_an_answer(walk: Callable[[str], Walk], name: str) -> None:
    each = walk(name)
    words, code, sale = GOODS[name]
    each.sell(words[each.language == "zh"], code, **sale)
    assert re.search(r"\d", each.total()), each.total()
    if each.page.locator(".fact .settle").count():
        # A range: its question is answered in the field beside it.
        range_before = each.total()
        each.step("answer the question of the range", lambda: settle(each.page))
        assert each.total() != range_before


def settle(page: Any) -> None:
    """Answers the question of a range: chooses the first value, or types the highest one that is asked for."""
    for number in page.locator(".fact .settle input[name^=rate_]").all():
        number.fill("2")
    page.locator(".fact .settle button").first.click()


def test_what_a_certificate_saves_is_seen_and_assumed(walk: Callable[[str], Walk]) -> None:
    each = walk("certificate")
    each.start(f"?from=TH&to=CN&what=0810.60&amount=520000&currency=CNY&for=business&on={DAY}")
    saving = each.page.locator("#answer .note.good")
    assert "104,000.00" in saving.inner_text()
    each.step("assume the certificate", saving.locator("a").click)
    # 520,000 and 9 % of value added tax.
    assert "566,800.00" in each.total()


def test_a_consultation_is_answered(walk: Callable[[str], Walk]) -> None:
    each = walk("consultation")

    def ask() -> None:
        each.page.locator('[name="sold"][value="service"]').check()
        each.fill(**{"from": "CN", "to": "DE", "service": "consulting", "amount": "500", "currency": "EUR"})
        each.calculate()

    each.start()
    each.step("choose a service and fill in the form", ask)
    assert re.search(r"\d", each.total()), each.total()


def test_another_destination_is_chosen(walk: Callable[[str], Walk]) -> None:
    each = walk("destination")
    each.start(f"?from=VN&to=DE&what=6109.10&amount=60&currency=EUR&for=consumer&on={DAY}")
    germany = each.total()

    def change() -> None:
        each.fill(to="AT")
        each.calculate()

    each.step("unfold the sale", each.page.locator(".again > summary").click)
    each.step("choose the other destination", change)
    # 60 and 19 % in Germany, 20 % in Austria.
    assert "71.40" in germany
    assert "72.00" in each.total()
    each.step("go back to the first", each.page.go_back)
    assert each.total() == germany


def test_destinations_are_compared(walk: Callable[[str], Walk]) -> None:
    each = walk("compare")
    each.start(f"?from=VN&to=DE&what=6109.10&amount=60&currency=EUR&for=consumer&on={DAY}")
    each.step("open the comparison", each.page.locator("a.beside").click)

    def add(code: str) -> None:
        each.page.locator("#f-also").select_option(code)
        each.page.locator("form button").last.click()

    each.step("add Austria", lambda: add("AT"))
    rows = each.page.locator(".compared tbody tr")
    # 60 and 19 % in Germany, 20 % in Austria.
    assert ["71.40" in rows.nth(0).inner_text(), "72.00" in rows.nth(1).inner_text()] == [True, True]
    assert [rows.nth(place).locator(".chip.done").count() for place in (0, 1)] == [1, 0]
    each.step("add Canada", lambda: add("CA"))
    # In the currency of the sale, and in its own.
    assert re.search(r"EUR.*CAD", rows.nth(2).inner_text(), re.DOTALL)
    each.step("choose Austria", rows.nth(1).locator("a").click)
    assert "72.00" in each.total()
    each.step("go back to the comparison", each.page.go_back)
    assert rows.count() == 3


#: What is wrong in a catalogue of 1,000 rows: the column, what it has, in how many rows, and what it should have.
MISTAKES = (
    ("price", "12,-", 250, "12"),
    ("HS code", "09012", 194, "0901.21"),
    ("currency", "renminbis", 120, "CNY"),
    ("to", "Atlantis", 80, "CN"),
)
#: Rows of the catalogue, and those of them with a mistake.
CATALOGUE, FAULTY = 1_000, 644


def catalogue() -> list[dict[str, str]]:
    """A catalogue with mistakes in most of its rows."""
    rows = [
        {
            "article": f"A{n:04}",
            "HS code": "0901.21",
            "price": "12",
            "currency": "CNY",
            "from": "VN",
            "to": "CN",
            "date": DAY,
        }
        for n in range(CATALOGUE)
    ]
    places = iter(range(CATALOGUE))
    for column, wrong, times, _right in MISTAKES:
        for _time in range(times):
            rows[next(places)][column] = wrong
    return rows


def written(rows: list[dict[str, str]]) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def test_a_catalogue_is_mended_until_all_rows_are_answered(walk: Callable[[str], Walk]) -> None:
    each = walk("catalogue")
    page = each.page

    def upload(rows: list[dict[str, str]], name: str) -> None:
        page.locator("#f-table").set_input_files({"name": name, "mimeType": "text/csv", "buffer": written(rows)})
        page.wait_for_url(re.compile(r"/batch/[0-9a-f]{32}/"))

    def calculate() -> None:
        page.locator("form button:not([name])").filter(visible=True).first.click()
        page.locator("#t-done").wait_for(timeout=600_000)

    def again(rows: list[dict[str, str]]) -> None:
        before = page.url
        upload(rows, "corrected.csv")
        page.wait_for_function("before => location.href !== before", arg=before)
        page.locator("#t-done").wait_for(timeout=600_000)

    each.start("batch/")
    each.step("upload the catalogue", lambda: upload(catalogue(), "catalogue.csv"))
    # The first rows are checked before anything is calculated.
    assert "12,-" in page.locator("#check").inner_text()
    each.step("calculate", calculate)
    assert str(FAULTY) in page.locator("#t-done").inner_text()
    assert page.locator(".faults tbody tr").count() == len(MISTAKES)
    faulty = list(csv.DictReader(io.StringIO(download_faults(each))))
    assert len(faulty) == FAULTY
    # Two kinds are overlooked at first.
    mend(faulty, MISTAKES[:2])
    each.step("upload the corrected rows", lambda: again(faulty))
    assert "200" in page.locator("#t-done").inner_text()
    faulty = list(csv.DictReader(io.StringIO(download_faults(each))))
    mend(faulty, MISTAKES)
    each.step("upload the rest", lambda: again(faulty))
    assert page.locator(".faults").count() == 0
    assert "200" in page.locator("#t-done").inner_text()


def download_faults(each: Walk) -> str:
    link = each.page.locator('a[href$="/faults.csv"]')
    return each.download("download the rows with errors", link.click).read_text(encoding="utf-8-sig")


def mend(rows: list[dict[str, str]], mistakes: tuple[tuple[str, str, int, str], ...]) -> None:
    """Writes what a row should have where it has a mistake of these kinds."""
    for row in rows:
        for column, wrong, _times, right in mistakes:
            if row[column] == wrong:
                row[column] = right


def test_the_api_is_called_from_its_reference(walk: Callable[[str], Walk]) -> None:
    each = walk("api")
    page = each.page
    each.start()
    each.step("open the reference", page.locator('.foot a[href$="/docs/"]').click)
    each.step("choose the operation", page.locator(".operations a", has_text="createQuote").click)
    run = page.locator("form.run button").first

    def answered(amount: str) -> None:
        run.click()
        page.locator("#result .chip", has_text="200").wait_for()
        page.locator("#result pre.tall", has_text=f'"amount_landed": "{amount}"').wait_for()

    # Cross-border retail: 70 % of the value added tax of 13 %, and no duty.
    each.step("run the example", lambda: answered("109.10"))

    def change() -> None:
        body = page.locator("#p-body")
        body.fill(body.input_value().replace('"100.00"', '"200.00"'))
        answered("218.20")

    each.step("change the amount and run it again", change)
    assert '"200.00"' in page.locator("#code pre").first.inner_text()


def test_a_law_is_found(walk: Callable[[str], Walk]) -> None:
    each = walk("law")
    each.start()
    each.step("open the law", each.page.locator('.places a[href$="/law/"]').click)
    each.step("choose China", each.page.locator('a[href$="/law/CN/"]').click)

    def find() -> None:
        each.page.locator("#f-q").fill("咖啡" if each.language == "zh" else "coffee")
        each.page.locator("#f-q").press("Enter")  # on a small page the list of proposals may cover the button

    each.step("find coffee", find)
    each.step("choose the line", each.page.locator('.entries a[href*="/law/CN/0901"]').first.click)
    while not each.page.locator(".lawrows").count():
        each.step("choose a line under it", each.page.locator(".entries a").first.click)
    first = each.page.locator(".lawrows .what").first.inner_text()
    assert "MFN" in first or "最惠国" in first


def test_an_answer_is_printed_shared_and_kept(walk: Callable[[str], Walk]) -> None:
    each = walk("share")
    each.start(f"?from=VN&to=CN&what=0901.21&amount=100&currency=CNY&for=consumer&on={DAY}")
    total = each.total()
    each.page.evaluate("void (window.print = () => { dispatchEvent(new Event('beforeprint')); })")
    each.step("print", each.page.locator("[data-print]").click)
    assert each.page.locator("#law .sources li").first.is_visible()
    each.page.evaluate("dispatchEvent(new Event('afterprint'))")
    each.step("copy the link", each.page.locator("[data-copy]").click)
    shared = each.page.evaluate("navigator.clipboard.readText()")
    other = each.page.context.new_page()
    other.goto(shared)
    assert other.locator("#answer .total").inner_text() == total
    other.close()
    each.step("keep it", each.page.locator(".actions form button").click)
    assert "/quotes/qt_" in each.page.url
    assert each.total() == total


def test_a_lowest_total_offers_the_field_that_is_missing(walk: Callable[[str], Walk]) -> None:
    each = walk("lowest-total")
    each.start(f"?from=VN&what=1006.30&amount=5000&for=business&to=DE&currency=EUR&on={DAY}")

    def give() -> None:
        mass = each.page.locator("#q-net_mass_kg")
        mass.fill("4000")
        mass.press("Enter")

    each.step("give the mass", give)
    # EUR 175 a tonne on 4 t, and 7 %: (5,000 + 700) x 1.07.
    assert "6,099.00" in each.total()
