"""Live updates: what a stream says, to whom, how many there are, and that a page follows without being disturbed."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from chromium import browser
from people_browser import signed_in
from server_process import Server, run_server
from trade_market import Market

from entrepot.trade.ledger.events import Event
from entrepot.web.live import changes
from entrepot.web.live.streams import FORGOTTEN, MAX_OF_ORGANIZATION, MAX_OPEN, Places

CONTACT = {
    "name": "张伟",
    "telephone": "1",
    "address": "x",
    "identity_type": "1",
    "identity_number": "11010519491231002X",
}


class Time:
    """A clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def pieces_of(events: list[tuple[float, int]], *, after: int = 0, stop: float = 1e9) -> list[str]:
    """The pieces of a stream of half a minute in which events with these positions come at these moments."""
    clock = Time()

    def read(position: int) -> list[tuple[int, Event]]:
        found = [number for moment, number in events if moment <= clock.now and number > position][: changes.MOST]
        return [
            (number, Event(id=f"ev_{number}", stream="or_1", kind="order.placed", time="", payload={}))
            for number in found
        ]

    def size() -> int:
        return max((number for moment, number in events if moment <= clock.now), default=0)

    return list(
        changes.follow(
            read, size, after, seconds=30, stopping=lambda: clock.now >= stop, clock=clock, sleep=clock.sleep
        )
    )


def test_a_stream_has_each_event_once_in_order_and_ends() -> None:
    pieces = pieces_of([(0, 3), (5, 7), (5, 8)])
    assert pieces[0] == "retry: 3000\n\n"
    assert [piece.partition("\n")[0] for piece in pieces if piece.startswith("id")] == ["id: 3", "id: 7", "id: 8"]
    assert pieces.count(": \n\n") == 4  # at 10, 15, 20 and 25: every five seconds without an event
    assert [piece for piece in pieces_of([(0, 3), (0, 4)], after=3) if piece.startswith("id")] == [
        changes.said(4, "order.placed", "or_1")
    ]


def test_many_events_at_once_are_all_told() -> None:
    pieces = pieces_of([(1, number) for number in range(1, 2 * changes.MOST + 2)])
    assert len([piece for piece in pieces if piece.startswith("id")]) == 2 * changes.MOST + 1


def test_a_stream_ends_when_the_server_stops() -> None:
    assert pieces_of([(9, 1)], stop=5) == ["retry: 3000\n\n"]


def test_places_are_few_and_forgotten_ones_are_free_again() -> None:
    places = Places()
    taken = [places.take("og_1", now=0) for _ in range(MAX_OF_ORGANIZATION + 1)]
    assert taken[-1] is None
    others = [places.take(f"og_{number}", now=0) for number in range(2, 2 + MAX_OPEN)]
    assert others.count(None) == MAX_OF_ORGANIZATION
    assert places.take("og_9", now=FORGOTTEN - 1) is None
    assert places.take("og_9", now=FORGOTTEN) is not None
    places.release(taken[0])  # it was forgotten: no error


@contextmanager
def stream(server: Server, session: str, *, after: str = "", **headers: str) -> Iterator[httpx.Response]:
    """An open stream, from a position on."""
    with (
        httpx.Client(base_url=server.url, cookies={"sessionid": session}, timeout=60) as client,
        client.stream("GET", f"/en/live/?after={after}", headers=headers) as response,
    ):
        yield response


def first(lines: Iterator[str], begin: str) -> str:
    """The first line that begins so."""
    return next(line for line in lines if line.startswith(begin))


def test_an_organization_hears_of_its_own_objects_only(trade_server: Server, market: Market) -> None:
    with (
        stream(trade_server, market.sessions["seller"]) as own,
        stream(trade_server, market.sessions["other"]) as other,
    ):
        assert own.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in own.headers
        assert own.headers["cache-control"] == "no-store"
        lines, of_other = own.iter_lines(), other.iter_lines()
        assert first(lines, "retry") == first(of_other, "retry") == "retry: 3000"
        market.seller.post(f"/v1/offers/{market.ids['of_']}", {"stock": 77})
        market.other.post(
            "/v1/offers",
            {"titles": {"en": "x"}, "hs_code": "090121", "ship_from": "VN", "price": "1", "currency": "CNY"},
        )
        position = first(lines, "id: ")
        assert first(lines, "data: ") == f'data: {{"type":"offer.stock_changed","subject":"{market.ids["of_"]}"}}'
        assert '"type":"offer.created"' in first(of_other, "data: ")
    # After a break the browser names the last event that it has, and hears the next.
    market.seller.post(f"/v1/offers/{market.ids['of_']}", {"stock": 78})
    last = position.removeprefix("id: ")
    with stream(trade_server, market.sessions["seller"], **{"Last-Event-ID": last}) as again:
        assert "offer.stock_changed" in first(again.iter_lines(), "data: ")


@pytest.mark.long
def test_streams_are_few_and_a_closed_one_is_free_again(trade_server: Server, market: Market) -> None:
    def opened(places: ExitStack) -> httpx.Response:
        """The first stream that has a place; those of other tests end."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            found: httpx.Response = places.enter_context(stream(trade_server, market.sessions["buyer"]))
            if found.status_code == 200:
                return found
            time.sleep(0.5)
        raise AssertionError("No place became free.")

    with ExitStack() as places:
        for _ in range(MAX_OF_ORGANIZATION):
            opened(places)
        with stream(trade_server, market.sessions["buyer"]) as another:
            assert another.status_code == 204
    with ExitStack() as places:
        opened(places)


def test_what_happens_between_a_page_and_its_stream_is_told(trade_server: Server, market: Market) -> None:
    cookies = {"sessionid": market.sessions["seller"]}
    page = trade_server.get("/en/offers/", cookies=cookies).text
    found = re.search(r'data-address="/en/live/\?after=(\d+)"', page)
    assert found, page
    market.seller.post(f"/v1/offers/{market.ids['of_']}", {"stock": 76})
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with stream(trade_server, market.sessions["seller"], after=found[1]) as own:
            if own.status_code == 200:
                assert market.ids["of_"] in first(own.iter_lines(), "data")
                return
        time.sleep(0.2)  # the places of other tests become free
    raise AssertionError("No place became free.")


def test_nobody_has_no_stream(trade_server: Server) -> None:
    answer = trade_server.get("/en/live/")
    assert (answer.status_code, "/en/sign-in/" in answer.headers["location"]) == (302, True)
    assert httpx.post(f"{trade_server.url}/en/live/", timeout=60).status_code in (403, 405)


@pytest.mark.long
def test_a_page_follows_what_happens_and_leaves_alone_what_somebody_types(trade_server: Server, market: Market) -> None:
    with browser() as chrome:
        context = chrome.new_context()  # type: ignore[attr-defined]  # Playwright's browser
        context.add_cookies([{"name": "sessionid", "value": market.sessions["buyer"], "url": trade_server.url}])
        page = context.new_page()
        with page.expect_response(lambda answer: "/live/" in answer.url):  # the stream is open
            page.goto(f"{trade_server.url}/en/orders/")
        body = {"items": [{"offer": market.ids["of_"], "quantity": 1}], "ship_to": {"country": "CN"}}
        order = market.buyer.post("/v1/orders", {**body, "contact": CONTACT}).json()["orders"][0]["id"]
        page.get_by_text(order).wait_for(timeout=60_000)
        assert "The page was updated." in page.locator("p.hidden[role=status]").inner_text()
        page.get_by_text(order).locator("xpath=ancestor::th").get_by_role("link").focus()
        market.buyer.post(f"/v1/orders/{order}/cancel")
        page.wait_for_timeout(4000)
        row = page.locator("tr", has_text=order)
        assert row.locator(".chip").inner_text() == "new"
        page.locator("h1").click()  # the focus leaves the table
        row.locator(".chip", has_text="cancelled").wait_for(timeout=60_000)
        context.close()


@pytest.mark.long
def test_a_server_with_an_open_stream_stops_at_once(tmp_path: Path) -> None:
    with run_server(tmp_path, workers=2, background=0) as server:
        buyer = signed_in(server, {"live": ("A shop", "seller", "owner")})["live"]
        with stream(server, buyer.cookies["sessionid"]) as opened:
            lines = opened.iter_lines()
            assert first(lines, "retry")
            assert opened.headers["transfer-encoding"] == "chunked"
            server.process.send_signal(signal.SIGINT)
            # The stream would last 50 seconds. One that is still open after 15 is cut off: its last chunk never comes,
            # which is an error here.
            assert not [line for line in lines if line.startswith("data: ")]
            server.process.wait(60)
