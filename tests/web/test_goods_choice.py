"""Goods to choose from on the page: a heading unfolds its lines with their costs; nothing found says what to try."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import httpx
import pytest
from server_process import Server

import entrepot
from entrepot.web.pages.code_choice import classified

SALE = "from=VN&to=CN&amount=1000&currency=CNY&for=business&on=2026-06-01"


def rows(text: str) -> dict[str, str]:
    """The goods of the list: code -> the text of its row, without tags."""
    found = re.search(r'<ul aria-labelledby="t-hits">(.*?)</ul>', text, re.DOTALL)
    assert found is not None
    items = [re.sub(r"<[^>]+>", "", item).replace("\xa0", " ") for item in found[1].split("<li>")[1:]]
    return {item.split()[0]: item for item in items}


def landed(code: str) -> str:
    """The landed cost of the sale of the form with a code."""
    quote = entrepot.quote(
        {
            "ship_from": {"country": "VN"},
            "ship_to": {"country": "CN"},
            "date": "2026-06-01",
            "currency": "CNY",
            "buyer": {"kind": "business"},
            "lines": [{"hs_code": code, "amount": "1000"}],
        }
    )
    option = quote.best or quote.best_conditional
    assert option is not None
    assert option.amount_landed is not None
    return f"CNY {float(option.amount_landed):,.2f}"


def test_a_heading_unfolds_its_lines_with_rates_and_costs(server: Server) -> None:
    text = server.get(f"/en/?{SALE}&what=0901").text
    found = rows(text)
    assert list(found)[:3] == ["0901.11.00", "0901.12.00", "0901.21.00"]
    assert "not roasted, decaffeinated" in found["0901.12.00"]
    assert "Coffee" not in found["0901.12.00"]  # what all lines share is said once, above them
    for code in ("0901.11.00", "0901.21.00", "0901.90.20"):
        assert landed(code) in found[code]
    assert "Duty 8 %" in found["0901.11.00"]
    assert "Duty 15 %" in found["0901.21.00"]
    costs = [float(re.findall(r"CNY ([\d,.]+\d)", row)[0].replace(",", "")) for row in found.values()]
    whole = re.sub(r"\s", " ", text)
    assert f"All of 0901: CNY {min(costs):,.2f} – CNY {max(costs):,.2f}." in whole


def test_each_line_of_a_heading_leads_to_its_quote(server: Server) -> None:
    text = server.get(f"/en/?{SALE}&what=0901").text
    links = re.findall(r'<a href="(\?[^"]+)"><span class="code">', text)
    assert len(links) == 6
    for link in links:
        assert 'id="answer"' in server.get("/en/" + link.replace("&amp;", "&")).text


@pytest.mark.parametrize(
    "what", ["0901", "6109", "851", "64", "coffee", "hedphones", "xyzzyq", "9999", "77", "0901210099999"]
)
@pytest.mark.parametrize("to", ["CN", "TH", ""])
def test_no_code_and_no_word_returns_the_form_without_a_message(server: Server, what: str, to: str) -> None:
    answer = server.get(f"/en/?from=VN&to={to}&amount=100&currency=CNY&what={what}", follow_redirects=True)
    assert answer.status_code == 200
    assert 'role="status"' in answer.text or 'role="alert"' in answer.text
    assert 'id="t-hits"' in answer.text


def test_a_heading_of_an_unfinished_sale_says_that_costs_need_the_form(server: Server) -> None:
    text = server.get("/en/?what=0901&to=CN").text
    assert "Fill in the form to see what each would cost." in text
    assert "Duty 15 %" in rows(text)["0901.21.00"]


def test_a_chapter_lists_its_headings(server: Server) -> None:
    found = rows(server.get("/en/?what=64&to=CN").text)
    assert list(found)[:3] == ["6401", "6402", "6403"]


def test_goods_that_can_be_quoted_come_first(server: Server) -> None:
    found = list(rows(server.get(f"/en/?{SALE}&what=coffee").text))
    assert found[0] == "0901.21.00"
    assert found.index("0901") > 3


def test_nothing_found_says_what_to_try_with_a_link_to_the_schedule(server: Server) -> None:
    text = server.get(f"/en/?{SALE}&what=xyzzyq").text
    assert "No goods found." in text
    assert "Try a more general word" in text
    assert 'href="/en/law/CN/"' in text
    assert server.get("/en/law/CN/").status_code == 200
    law = server.get("/en/law/CN/?q=xyzzyq").text
    assert "Try a more general word" in law.split('id="t-hits"')[1]


def test_lines_that_share_the_name_of_their_six_digits_show_their_own(server: Server) -> None:
    # China's schedule divides footwear with soles of leather that covers the ankle: insoles below 24 cm, and other.
    choice = server.get("/en/?from=VN&to=CN&what=6403&amount=100&currency=CNY").text
    law = server.get("/en/law/CN/6403").text
    for text in (choice, law):
        lines = re.findall(r">(6403\.51\.1[19])</span>.*?</li>", text)
        names = re.findall(r'6403\.51\.1[19]</span>[^\n]*?<span class="quiet small" lang="zh">([^<]+)</span>', text)
        assert len(lines) == 2
        assert len(set(names)) == 2


@pytest.mark.parametrize("path", ["/en/?to=CN&what=hedphones", "/en/law/CN/?q=hedphones"])
def test_a_corrected_word_is_said(server: Server, path: str) -> None:
    text = server.get(path).text
    assert "No goods match &quot;hedphones&quot;. Results for &quot;headphones&quot;:" in text
    assert "8518.30.00" in text


@pytest.mark.parametrize("text", ["frozen durian pulp", "dog food in cans", "bicycle helmet"])
def test_a_sure_answer_speaks_of_as_many_codes_as_it_shows(text: str) -> None:
    found = classified(text, lambda code: code, lambda service: service)
    assert found.status == "sure"
    one, several = "Very probably this code.", "Very probably the first of these codes."
    assert found.says == (several if len(found.codes) > 1 else one)


def test_words_that_are_sure_are_calculated_at_once_and_kept_with_what_was_written(server: Server) -> None:
    words = "what=frozen+durian+pulp"
    sale = f"from=VN&to=HK&amount=1000&currency=HKD&for=consumer&on=2026-03-01&{words}"
    with httpx.Client(base_url=server.url, follow_redirects=True, timeout=60) as browser:
        page = plain(browser.get(f"/en/?{sale}").text)
        assert "Calculated with 0811.90" in page
        assert (
            "HKD 1,000.20" in page
        )  # Hong Kong has no duty or tax on it; a declaration up to HKD 46,000 costs HKD 0.20
        assert "what=0811.90&amp;" in re.findall(r'compare/\?[^"]+', page)[0]
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
        kept = plain(browser.post("/en/quotes/", data={"csrfmiddlewaretoken": token, "query": sale}).text)
    assert "HKD 1,000.20" in kept
    assert words in kept


def test_words_that_are_not_sure_leave_the_choice(server: Server) -> None:
    page = server.get(f"/en/?{SALE}&what=coffee").text
    assert "Codes for this description" in page
    assert "Calculated with" not in page


def plain(text: str) -> str:
    """A page with plain spaces."""
    return text.replace("\xa0", " ")


def test_words_of_a_service_lead_to_its_categories(server: Server) -> None:
    page = plain(server.get(f"/en/?{SALE}&what=online+course").text)
    assert "These words name a service, not goods." in page
    assert "<strong>No goods found.</strong>" not in page
    links = re.findall(r'<a href="([^"]*service=recorded_courses[^"]*)">([^<]+)</a>', page)
    assert [name for _url, name in links] == ["Recorded and automated courses"]
    assert "what=" not in links[0][0]
    answer = plain(server.get("/en/" + links[0][0].replace("&amp;", "&")).text)
    assert "landed in China" in answer  # the sale keeps its places, amount and buyer


def test_goods_by_subscription_are_named_alone(server: Server) -> None:
    page = html.unescape(server.get(f"/en/?{SALE}&what=coffee+subscription").text)
    assert 'If goods are sent to the buyer, write only what they are: "coffee".' in page
    assert "If goods are sent" not in server.get(f"/en/?{SALE}&what=online+course").text


def test_a_probability_is_named_as_one(server: Server) -> None:
    # Beside an amount a bare percentage reads as a rate of duty.
    page = plain(server.get(f"/en/?{SALE}&what=coffee").text)
    assert re.search(r"\d+ % probable", page)


def test_a_chosen_code_keeps_the_mass_that_the_words_give(server: Server) -> None:
    """Of green and black tea the words say neither; the link to each code has the mass of one piece."""
    asked = "from=VN&to=US&amount=60&currency=USD&for=consumer&on=2026-11-26&what=tea+2+kg"
    links = re.findall(r'href="\?([^"]*what=0902[^"]*)"', server.get(f"/en/?{asked}").text)
    assert links
    assert all("net_mass_kg=2" in html.unescape(link).split("&") for link in links)


@pytest.mark.parametrize(
    ("what", "quantity", "mass"),
    [("tea 375 g x 3", "1", "1.1250"), ("tea 1.25 kg", "2,5", "3.1250"), ("tea 250 g", "2,5", "0.625")],
)
def test_the_mass_in_a_link_is_one_number_in_a_language_with_a_decimal_comma(
    server: Server, what: str, quantity: str, mass: str
) -> None:
    """Three decimals after another digit than zero may be thousands in Vietnamese; a quantity has a comma there."""
    query = {"from": "VN", "to": "US", "amount": "60", "currency": "USD", "on": "2026-11-26", "what": what}
    page = server.get(f"/vi/?{urlencode(query | {'for': 'consumer', 'quantity': quantity})}").text
    link = next(iter(re.findall(r'href="\?([^"]*what=0902[^"]*)"', page)))
    assert f"net_mass_kg={mass}" in html.unescape(link).split("&")
    chosen = server.get(f"/vi/?{html.unescape(link)}")
    assert "không rõ nghĩa" not in chosen.text
