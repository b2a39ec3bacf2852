"""The page that compares destinations: totals in one currency, the lowest marked, and what is not carried over."""

from __future__ import annotations

import html
import re

from server_process import Server

DAY = "2026-03-01"
COFFEE = f"from=VN&to=CN&what=0901.21.00&amount=100&currency=CNY&for=consumer&on={DAY}"


def rows_of(server: Server, query: str) -> tuple[str, list[str]]:
    """The text of the page, and that of each destination."""
    answer = server.get(f"/en/compare/?{query}")
    assert answer.status_code == 200
    text = html.unescape(answer.text).replace("\xa0", " ")
    bodies = re.findall(r"<tbody>(.*?)</tbody>", text, re.DOTALL)
    return text, re.findall(r"<tr>(.*?)</tr>", bodies[0], re.DOTALL)


def test_totals_are_in_the_currency_of_the_sale_and_the_lowest_is_marked(server: Server) -> None:
    text, (china, japan) = rows_of(server, f"{COFFEE}&also=JP")
    # China: 70 % of the value added tax of 13 %. Japan: nothing on goods up to JPY 10,000; its total has whole yen.
    assert "CNY 109.10" in china
    assert re.search(r"≈ CNY (99\.9\d|100\.0\d)", japan)
    assert "JPY 2,27" in japan
    assert ["lowest total" in each for each in (china, japan)] == [False, True]
    # A code of China's tariff is not one of Japan's.
    assert "The code 0901.21.00 is of China: for the other tariffs its first six digits are used, 0901.21." in text
    link = re.search(r'href="(/en/\?[^"]*)"', japan)
    assert link
    assert "what=0901.21&" in link[1] + "&"
    assert "to=JP" in link[1]


def test_a_destination_alone_is_not_the_lowest(server: Server) -> None:
    text, rows = rows_of(server, COFFEE)
    assert len(rows) == 1
    assert "lowest total" not in text
    assert "first six digits" not in text


def test_what_holds_for_one_destination_is_not_carried_over(server: Server) -> None:
    text, rows = rows_of(server, f"{COFFEE}&rate_duty=8&state=ZZ&also=JP&also=JP&also=CN&also=nowhere")
    assert len(rows) == 2
    assert "rate_duty" not in rows[1]
    assert "are not carried over" in text


def test_no_more_than_five_destinations_are_compared(server: Server) -> None:
    also = "".join(f"&also={code}" for code in ("JP", "DE", "AT", "CA", "TH", "US"))
    text, rows = rows_of(server, COFFEE + also)
    assert len(rows) == 5
    assert 'id="f-also"' not in text


def test_a_sale_that_is_not_whole_leads_to_its_form(server: Server) -> None:
    answer = server.get("/en/compare/?from=VN&what=coffee&also=JP")
    assert answer.status_code == 302
    assert answer.headers["location"] == "/en/?from=VN&what=coffee"


def test_an_answer_leads_to_the_comparison(server: Server) -> None:
    assert f'href="/en/compare/?{COFFEE.replace("&", "&amp;")}"' in server.get(f"/en/?{COFFEE}").text
