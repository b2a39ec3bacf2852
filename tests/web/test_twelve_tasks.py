"""The twelve tasks of newcomers, each in English on a desk and in another language on a telephone, in six steps."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import browser
from walk_market import WalkMarket, open_walk_market, other_node
from walking import MAX_STEPS, SUMMARY, Walk, folder_of

pytestmark = pytest.mark.long
Begin = Callable[..., Walk]
#: The tasks, with the language in which each is walked beside English.
TASKS = {
    "quote-by-description": "vi",
    "list-an-offer": "vi",
    "buy": "zh",
    "return": "zh",
    "book-a-consultation": "th",
    "take-a-course": "km",
    "edit-a-document": "km",
    "print-a-day": "vi",
    "find-a-stuck-message": "th",
    "connect-a-node": "zh",
    "export-a-table": "km",
    "read-an-agreement": "th",
}
#: It leads who is signed in already to the first page of the role, as after a sign-in.
HOME = "sign-in/"
OFFICE, COURSE = {"en": "Shared office", "km": "ការិយាល័យរួម"}, {"en": "Coffee roasting", "km": "ការលីងកាហ្វេ"}
IDENTITY = "11010519491231002X"
CONTACT = {"Name": "张伟", "Telephone": "13800138000", "Address": "北京市朝阳区建国路1号"}


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WalkMarket]:
    pytest.importorskip("pycrdt", reason="the library of shared documents is not installed")
    pytest.importorskip("joserfc", reason="joserfc is not installed")
    with open_walk_market(tmp_path_factory.mktemp("tasks")) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory)


@pytest.fixture(params=["desk", "telephone"])
def begin(request: pytest.FixtureRequest, chrome: Any, market: WalkMarket, folder: Path) -> Iterator[Begin]:
    """Begins a walk of a task as a person with a role, on the page that the role sees first."""
    narrow = request.param == "telephone"
    contexts, walks = [], []

    def start(task: str, role: str) -> Walk:
        context = chrome.new_context(viewport={"width": 360 if narrow else 1440, "height": 800})
        contexts.append(context)
        if role:
            cookie = {"name": "sessionid", "value": market.sessions[role], "url": market.server.url}
            context.add_cookies([cookie])
        language = TASKS[task] if narrow else "en"
        walks.append(Walk(context.new_page(), market.server.url, language, folder, task))
        walks[-1].start(HOME if role else "")
        return walks[-1]

    yield start
    for each in contexts:
        each.close()
    for walk in walks:
        walk.write()


def pay(walk: Walk) -> None:
    """Goes to the payment company from the page of an order, approves there, and sees that the order is paid."""
    walk.ends("Order")
    order = walk.page.url
    link = walk.page.get_by_role("link", name=walk.word("Pay at the payment provider"))
    walk.wait_for(link)
    walk.step("pay at the payment provider", link.click)
    fields = walk.page.get_by_role("textbox")
    fields.nth(0).fill(CONTACT["Name"])
    fields.nth(1).fill(IDENTITY)
    walk.leave("approve", walk.page.locator("button[value=approve]").click)
    # The buyer only waits: nothing is pressed on the page of the order until it says that it is paid.
    walk.page.goto(order)
    walk.wait_for(walk.page.locator("h1", has_text=walk.word("paid")))
    walk.picture("paid")


def test_goods_are_quoted_by_their_description(begin: Begin) -> None:
    walk = begin("quote-by-description", "")
    walk.fill("From", "VN")
    walk.fill("To", "CN")
    walk.fill("What is sold", {"en": "roasted arabica coffee beans, 500 g bag", "vi": "cà phê rang"}[walk.language])
    walk.fill("Total price", "100")
    walk.fill("Currency", "CNY")
    walk.page.locator("h1").first.click()  # what is suggested while typing closes
    walk.follow("Calculate")
    keep = walk.page.get_by_role("button", name=walk.word("Keep"))
    while not keep.count():
        coffee = walk.page.locator("main").get_by_role("link", name=re.compile(r"0901[.]?2"))
        walk.step("roasted coffee", coffee.first.click)
    # 100 with import VAT of 13 % at 70 %: 9.10.
    assert re.search(r"109[.,]10", walk.page.locator("main").inner_text())


def test_an_offer_is_listed(begin: Begin) -> None:
    walk = begin("list-an-offer", "seller")
    walk.follow("Offers")
    walk.fill("Title", "Cashew nuts")
    walk.fill("Tariff code", "0801.32")
    walk.fill("Price of one piece", "50")
    walk.fill("Pieces that can be ordered", "100")
    walk.follow("Add the offer")
    walk.fill("Pavilion", "viet-nam")
    walk.follow("Save")
    walk.ends("Show in the market")
    walk.follow("See it as a buyer")
    assert walk.page.get_by_role("heading", name="Cashew nuts").count()


def test_an_offer_is_bought(begin: Begin) -> None:
    walk = begin("buy", "buyer")
    walk.follow("Market")
    walk.press({"en": "Roasted coffee", "zh": "烘焙咖啡"}[walk.language])
    walk.follow("Buy now")
    for label, value in {**CONTACT, "Number of the resident identity card": IDENTITY}.items():
        walk.fill(label, value)
    walk.follow("Show the exact price")
    walk.follow("Place the order and pay")
    pay(walk)


def test_an_order_is_sent_back(begin: Begin) -> None:
    walk = begin("return", "buyer")
    delivered = walk.page.locator("tr", has_text=walk.word("delivered"))
    walk.step("the delivered order", delivered.get_by_role("link").first.click)
    walk.fill({"en": "Roasted coffee", "zh": "烘焙咖啡"}[walk.language], "1")
    walk.follow("Apply for the return")
    walk.ends("Order")


def test_a_consultation_is_booked(begin: Begin) -> None:
    walk = begin("book-a-consultation", "buyer")
    walk.follow("Market")
    walk.press({"en": "Advice on roasting", "th": "ปรึกษาเรื่องการคั่ว"}[walk.language])
    times = walk.page.get_by_role("button", name=walk.word("Book") + ":")
    # Not the first one, which may begin before it is booked.
    walk.step("a free time", times.nth(1).click)
    walk.fill("Name", CONTACT["Name"])
    walk.follow("Show the price")
    walk.follow("Place the order and pay")
    pay(walk)


def test_a_course_is_taken(begin: Begin) -> None:
    walk = begin("take-a-course", "buyer")
    walk.follow("Services")
    walk.step(
        "open the course",
        lambda: (
            walk.control(f"{walk.word('Open the course')}: {COURSE[walk.language]}").click(),
            walk.page.wait_for_url("**/learn/**"),
        ),
    )
    walk.press("Beans")
    walk.follow("To the quiz")
    walk.page.get_by_label("180 °C").check()
    walk.follow("Send the answers")
    walk.ends("Quiz")
    assert walk.word("Passed:") in walk.page.locator("main").inner_text()


def test_a_document_is_edited(begin: Begin) -> None:
    walk = begin("edit-a-document", "buyer")
    walk.follow("Services")
    walk.press(f"{walk.word('Open the workspace')}: {OFFICE[walk.language]}")
    walk.fill("Title", f"Contract {walk.language}")
    walk.follow("New text")
    editor = walk.page.locator(".ProseMirror")

    def write() -> None:
        editor.click()
        walk.page.keyboard.type("Price: 68.00")
        walk.page.get_by_text(walk.word("Everything is stored.")).wait_for()

    walk.step("write a sentence", write)
    assert "Price: 68.00" in editor.inner_text()


def test_the_documents_of_a_day_are_printed(begin: Begin) -> None:
    pdf = pytest.importorskip("entrepot.connect.documents.pdf")
    if not pdf.available():
        pytest.skip("WeasyPrint or Pango is not installed")
    walk = begin("print-a-day", "seller")
    walk.follow("Documents")
    walk.ends("Documents")
    words = walk.word("One PDF of all")
    file = walk.download(words, walk.control(words).click)
    assert file.read_bytes()[:5] == b"%PDF-"


def test_a_stuck_message_is_found(begin: Begin, market: WalkMarket) -> None:
    walk = begin("find-a-stuck-message", "operator")
    walk.ends("What is stuck")
    walk.follow("The outbox")
    walk.press(f"{walk.word('given up')} (1)")
    walk.ends("The outbox")
    assert "The carrier does not know this postcode." in walk.page.locator("main").inner_text()


def test_a_node_is_connected(begin: Begin) -> None:
    with other_node() as (address, groups):
        walk = begin("connect-a-node", "operator")
        walk.follow("Nodes")
        walk.fill("Its address", address)
        walk.fill("Agreement that is the legal basis of the exchange", "RCEP")
        walk.follow("Read its description")
        walk.fill("The 16 groups of five digits", groups)
        walk.follow("Compare")
        second = begin("connect-a-node", "officer")
        second.follow("Nodes")
        second.press("Node of Viet Nam")
        second.fill("The 16 groups of five digits", groups)
        second.follow("Compare")
        assert second.word("compared: the challenge is to be answered") in second.page.locator("main").inner_text()


def test_a_table_is_exported(begin: Begin) -> None:
    walk = begin("export-a-table", "operator")
    walk.follow("Measures")
    walk.ends("Digital trade")
    words = walk.word("Download the figures (CSV)")
    file = walk.download(words, walk.control(words).click)
    assert len(file.read_text().splitlines()) > 1


def test_what_an_agreement_opens_is_read(begin: Begin) -> None:
    walk = begin("read-an-agreement", "")
    walk.follow("Law")
    walk.follow("Agreements")
    walk.fill("Economy", "CN")
    walk.fill("The other economy", "VN")
    walk.follow("Show")
    walk.ends("Agreements on digital trade")
    assert walk.page.get_by_role("heading", name=walk.word("What two nodes may open")).count()


def test_every_task_was_walked_in_two_languages(folder: Path) -> None:
    """After the others of this module: what they wrote is the summary that is kept."""
    told = json.loads((folder / SUMMARY).read_text())
    for task, other in TASKS.items():
        walked = [each for each in told if each["task"] == task]
        assert {each["language"] for each in walked} == {"en", other}, task
        assert all(0 < each["count"] <= MAX_STEPS for each in walked), walked
