"""The pages in a real browser: layout, keyboard, accessibility (axe), and use without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from chromium import assert_no_barriers, browser, shot
from server_process import Server
from test_page_content import BUSINESS, SALE, sale_of

import entrepot
import sizes
from entrepot.language import catalogue, translate

LANGUAGES = list(catalogue.LANGUAGES)
PAGES = {
    "start": "",
    "quote": f"?{SALE}",
    "business": f"?{BUSINESS}",
    "service": "?from=CN&to=KH&service=telemedicine&amount=300&currency=USD&for=consumer&on=2026-03-01",
    "refused": "?from=CN&to=KH&what=870323&amount=9000&currency=USD&for=consumer&on=1990-01-01",
    "compare": f"compare/?{SALE}&also=JP&also=DE&also=CA",
    "faults": "?from=VN&amount=x&what=0901.21",
    "hits": "?from=VN&to=CN&what=coffee&amount=100&currency=CNY",
    "law": "law/",
    "schedule": "law/CN/?on=2026-03-01",
    "found": "law/CN/?q=coffee&on=2026-03-01",
    "heading": "law/CN/0901?on=2026-03-01",
    "line": "law/CN/09012100?on=2026-03-01",
    "of-a-service": "law/KH/telemedicine?on=2026-03-01",
    "difference": "law/CN/diff?from=2025-01-01&to=2026-03-01&code=0901",
    "agreements": "agreements/?economy=VN&partner=CN&on=2026-03-01",
    "batch": "batch/",
    "packs": "packs/",
    "about": "about/",
    "docs": "docs/",
    "operation": "docs/createQuote/",
    "operation-of-tables": "docs/quoteTable/",
    "pack": "packs/cn/",
    "nowhere": "nowhere",
    "sign-in": "sign-in/",
}
#: The pages that the quick run sees in English: a form, an answer, a table of law and an upload.
QUICK_PAGES = ("start", "business", "refused", "line", "batch", "pack")
#: The languages of the quick run: English, and one with another script and longer lines.
QUICK_LANGUAGES = ("en", "km")
#: Bytes of a page with all that it loads, at most.
MAX_BYTES = 150_000


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    with browser() as running:
        yield running


def of_this_run(names: tuple[str, ...], kept: str) -> dict[str, str]:
    """Every page with `--all`; else those named."""
    pages = {**PAGES, "kept": kept}
    return pages if sizes.ALL else {name: pages[name] for name in names}


@pytest.mark.parametrize(
    "language", [pytest.param(name, marks=[] if name in QUICK_LANGUAGES else pytest.mark.long) for name in LANGUAGES]
)
def test_every_page_passes_axe_and_is_small(server: Server, chrome: Any, kept: str, language: str) -> None:
    context = chrome.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    weights: list[int] = []
    said: list[str] = []
    page.on("response", lambda answer: weights.append(len(answer.body())) if answer.status == 200 else None)
    page.on("console", lambda message: said.append(message.text) if "404" not in message.text else None)
    # Half a second without a request is waited for on each page, in one language where the sizes are middle ones.
    idle = sizes.ALL and (language == "en" or not sizes.MIDDLE)
    for name, path in of_this_run(QUICK_PAGES if language == "en" else ("quote",), kept).items():
        weights.clear()
        page.goto(f"{server.url}/{language}/{path}", wait_until="networkidle" if idle else "load")
        shot(page, f"{name}-{language}-360")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{name} is {wide} wide"
        assert sum(weights) < MAX_BYTES, f"{name} weighs {sum(weights)}"
        # What is folded is looked at too.
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert_no_barriers(page, name, again=language != "en")
    context.close()
    assert said == []


#: Sales whose answers fit a telephone: height in pixels at a width of 360.
ANSWERS = {
    "coffee": SALE,
    "durian": "from=TH&to=CN&what=0810.60&amount=520000&currency=CNY&for=business&on=2026-03-01",
    "a shirt": "from=VN&to=DE&what=6109.10&amount=60&currency=EUR&for=consumer&on=2026-03-01",
    "a laptop": "from=CN&to=TH&what=8471.30&amount=900&currency=USD&for=consumer&on=2026-03-01",
}
MAX_HEIGHT = 3000


@pytest.mark.parametrize(
    "language", [pytest.param(name, marks=[] if name == "th" else pytest.mark.long) for name in LANGUAGES]
)
def test_an_answer_is_short_on_a_telephone(server: Server, chrome: Any, language: str) -> None:
    page = chrome.new_page(viewport={"width": 360, "height": 740})
    for name, query in ANSWERS.items():
        page.goto(f"{server.url}/{language}/?{query}")
        shot(page, f"answer-{name}-{language}-360")
        height = page.evaluate("document.documentElement.scrollHeight")
        assert height < MAX_HEIGHT, f"{name} is {height} high"
    page.close()


def test_the_link_is_copied_and_printing_unfolds(server: Server, chrome: Any) -> None:
    context = chrome.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    response = page.goto(f"{server.url}/en/?{SALE}")
    copy = page.get_by_role("button", name="Copy link")
    assert copy.count() == 1, f"{response.status}: {page.locator('body').inner_text()[:2000]}"
    copy.click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{server.url}/en/?")
    page.evaluate("void (window.print = () => { dispatchEvent(new Event('beforeprint')); window.printed = true; })")
    assert not page.evaluate("window.printed")
    page.get_by_role("button", name="Print").click()
    page.emulate_media(media="print")
    assert page.evaluate("window.printed")
    assert page.locator("#law .sources li").first.is_visible()
    assert not page.locator("#closed").is_visible()
    assert not page.get_by_role("button", name="Keep").is_visible()
    assert page.locator("button:visible", has_text="Calculate").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert not page.locator("#law .sources li").first.is_visible()
    page.goto(copied)
    assert page.locator("#answer .total").inner_text() == "CNY\xa0109.10"
    context.close()


def test_fields_beside_each_other_start_at_the_same_height(server: Server, chrome: Any) -> None:
    page = chrome.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server.url}/zh/?{SALE}&more=1")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    groups = page.evaluate(
        "[...document.querySelectorAll('.group .fields')].map((group) =>"
        " [...group.querySelectorAll('.field')].slice(0, 2).map((each) => each.getBoundingClientRect().top))"
    )
    assert len(groups) > 2
    assert [tops for tops in groups if len(set(tops)) > 1] == []
    page.close()


@pytest.mark.parametrize("script", [True, False])
def test_the_switch_shows_the_field_of_goods_or_of_a_service(server: Server, chrome: Any, script: bool) -> None:
    context = chrome.new_context(java_script_enabled=script)
    page = context.new_page()
    page.goto(f"{server.url}/en/")
    goods, service = page.locator("#f-what"), page.get_by_label("Service", exact=True)
    assert (goods.is_visible(), service.is_visible()) == (True, False)
    page.get_by_label("A service").check()
    assert (goods.is_visible(), service.is_visible()) == (False, True)
    page.get_by_label("From", exact=True).select_option("CN")
    page.get_by_label("To", exact=True).select_option("KH")
    service.select_option("telemedicine")
    page.get_by_label("Total price").fill("300")
    page.get_by_label("Currency").select_option("USD")
    page.get_by_role("button", name="Calculate").click()
    assert page.locator("h1").inner_text() == "Telemedicine"
    assert page.locator("#answer .total").is_visible()
    context.close()


def test_the_table_of_coverage_fits_a_narrow_window(server: Server, chrome: Any) -> None:
    page = chrome.new_page(viewport={"width": 360, "height": 740})
    for language in LANGUAGES if sizes.ALL else ("en", "vi"):
        page.goto(f"{server.url}/{language}/packs/")
        # Nothing of it is beside the window, and each figure has the name of its column.
        inner, outer = page.evaluate(
            "() => { const box = document.querySelector('.scroll'); return [box.scrollWidth, box.clientWidth]; }"
        )
        assert inner <= outer, language
        cell = page.locator(".stack td").first
        assert (
            cell.evaluate("(each) => getComputedStyle(each, '::before').content")
            == f'"{cell.get_attribute("data-label")}"'
        )
    page.close()


@pytest.mark.parametrize("light", [pytest.param("light", marks=pytest.mark.long), "dark"])
def test_every_page_has_enough_contrast_in_light_and_dark(server: Server, chrome: Any, kept: str, light: str) -> None:
    context = chrome.new_context(viewport={"width": 1200, "height": 800}, color_scheme=light)
    page = context.new_page()
    for name, path in of_this_run(("quote",), kept).items():
        page.goto(f"{server.url}/en/{path}")
        shot(page, f"{name}-{light}")
        again = light == "light" and name not in QUICK_PAGES  # the light ones are also looked at in English, 360 wide
        assert_no_barriers(page, name, again=again, only=("color-contrast",))
    page.goto(f"{server.url}/en/?{SALE}")
    page.emulate_media(media="print")
    shot(page, f"quote-print-{light}")
    context.close()


@pytest.mark.parametrize(
    "path",
    [PAGES["start"], *(pytest.param(PAGES[name], marks=pytest.mark.long) for name in ("quote", "line"))],
)
def test_the_keyboard_reaches_every_control_with_a_visible_focus(server: Server, chrome: Any, path: str) -> None:
    page = chrome.new_page()
    page.goto(f"{server.url}/en/{path}")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
        .filter((each) => each.type !== 'hidden' && each.checkVisibility() && (each.type !== 'radio' || each.checked))
        .map((each, i) => { each.dataset.stop = i; return i; })"""
    )
    met = set()
    for _step in range(len(wanted) + 10):
        page.keyboard.press("Tab")
        stop, outline = page.evaluate(
            "() => { const at = document.activeElement;"
            "return [at.dataset.stop ?? null, getComputedStyle(at).outlineStyle]; }"
        )
        if stop is not None:
            met.add(int(stop))
            assert outline != "none", f"{path}: stop {stop} does not show that it has the focus"
    assert set(wanted) - met == set()
    page.close()


def test_goods_are_suggested_while_typing_and_chosen_with_the_arrows(server: Server, chrome: Any) -> None:
    page = chrome.new_page()
    page.goto(f"{server.url}/en/?from=VN&to=CN&what=1&amount=100&currency=CNY")
    field = page.get_by_role("combobox", name="What is sold")
    field.fill("")
    field.press_sequentially("roasted coffee")
    hits = page.get_by_role("listbox").get_by_role("option")
    hits.filter(has_text="0901.21.00").first.wait_for()  # what is found changes while it is typed
    texts = hits.all_text_contents()
    at = next(i for i, text in enumerate(texts) if "0901.21.00" in text)
    shot(page, "typing")
    for _step in range(at + 1):
        field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == f"find-{at}"
    field.press("Enter")
    assert field.input_value() == "0901.21.00"
    assert hits.count() == 0
    page.close()


def test_a_suggested_heading_lists_its_lines(server: Server, chrome: Any) -> None:
    page = chrome.new_page()
    page.goto(f"{server.url}/en/?from=VN&to=CN&what=1&amount=100&currency=CNY")
    field = page.get_by_role("combobox", name="What is sold")
    field.fill("coffee")
    hits = page.get_by_role("listbox").get_by_role("option")
    hits.filter(has_text="0901 Coffee").first.click()
    line = hits.filter(has_text="0901.21.00 roasted, not decaffeinated")
    line.wait_for()
    assert field.input_value() == "0901"
    line.click()
    assert field.input_value() == "0901.21.00"
    page.close()


def test_words_without_goods_are_answered_while_typing(server: Server, chrome: Any) -> None:
    page = chrome.new_page()
    page.goto(f"{server.url}/en/?from=VN&to=CN&what=1&amount=100&currency=CNY")
    page.get_by_role("combobox", name="What is sold").fill("xyzzyq")
    page.get_by_text("No goods found. Try a more general word").wait_for()
    page.close()


def test_light_or_dark_is_remembered(server: Server, chrome: Any) -> None:
    context = chrome.new_context(color_scheme="light")
    page = context.new_page()
    page.goto(f"{server.url}/en/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Light or dark").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.goto(f"{server.url}/vi/law/")
    assert page.evaluate(ground) == dark
    context.close()


def test_without_javascript_a_quote_is_made_and_stored(server: Server, chrome: Any) -> None:
    context = chrome.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/en/")
    page.get_by_label("From", exact=True).select_option("VN")
    page.get_by_label("To", exact=True).select_option("CN")
    page.get_by_label("What is sold").fill("coffee")
    page.get_by_label("Total price").fill("100")
    page.get_by_label("Currency").select_option("CNY")
    page.get_by_text("More: date, origin").click()
    page.get_by_label("Date of the law").fill("2026-03-01")
    page.get_by_role("button", name="Calculate").click()
    page.get_by_text("Search by these words").click()
    page.get_by_role("link", name=re.compile("0901.21.00")).click()
    assert "what=0901.21.00" in page.url
    expected = entrepot.quote(sale_of("0901.21.00")).best
    assert expected is not None
    translate.use_language("en")
    total = translate.money(expected.amount_landed, "CNY")
    assert page.locator("#answer .total").inner_text() == total
    page.get_by_role("button", name="Keep").click()
    page.wait_for_url(re.compile("/en/quotes/qt_"))
    assert page.locator("#answer .total").inner_text() == total
    page.get_by_text("Language: English").click()
    page.get_by_role("link", name="Tiếng Việt").click()
    assert "/vi/quotes/qt_" in page.url
    context.close()


@pytest.mark.long
def test_the_largest_contentful_paint_is_within_a_second(server: Server, chrome: Any) -> None:
    page = chrome.new_page()
    times = []
    for _turn in range(6):
        page.goto(f"{server.url}/en/?{SALE}", wait_until="networkidle")
        times.append(
            page.evaluate(
                "() => new Promise((tell) => new PerformanceObserver((list) => tell(list.getEntries().at(-1)"
                ".startTime)).observe({ type: 'largest-contentful-paint', buffered: true }))"
            )
        )
    page.close()
    assert min(times) < 1000, times
