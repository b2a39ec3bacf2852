"""Pictures that an import names by their addresses: fetched within bounds, from public addresses only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("django", reason="the server is not installed")

from entrepot.connect.webhooks.post import Answer
from entrepot.model.errors import TradeError
from entrepot.trade_app.offer_pictures import ALL_SECONDS, MAX_FETCHED, Fetching
from trade.market import Market
from trade.test_offer_import import HEAD, ROWS, imported

CONTENT = b"the bytes of a picture"


@pytest.fixture(scope="module")
def pictures() -> Iterator[str]:
    """A server on this machine: /a.png is there, /moved leads to it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response({"/a.png": 200, "/moved": 302}.get(self.path, 404))
            self.send_header("Location", "/a.png")
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT)

        def log_message(self, *_given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def code(fetching: Fetching, url: str) -> str:
    with pytest.raises(TradeError) as caught:
        fetching.fetch(url)
    return caught.value.code


def test_a_picture_is_fetched_from_this_machine_only_where_that_is_allowed(pictures: str) -> None:
    assert Fetching(allow_loopback=True).fetch(f"{pictures}/a.png") == CONTENT
    assert code(Fetching(allow_loopback=False), f"{pictures}/a.png") == "picture_address"
    for path in ("/nothing", "/moved"):
        assert code(Fetching(allow_loopback=True), pictures + path) == "picture_not_fetched"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/a.png", "https://10.0.0.1/a.png", "https://[::1]/a.png", "https://169.254.169.254/latest",
        "https://localhost/a.png", "http://example.com/a.png", "file:///etc/passwd", "ftp://example.com/a", "a.png",
        "https://user:word@example.com/a.png",
    ],
)  # fmt: skip
def test_no_other_address_is_asked(url: str) -> None:
    assert code(Fetching(allow_loopback=False), url) == "picture_address"


def test_a_file_does_not_ask_for_ever(pictures: str) -> None:
    now = [0.0]
    asked: list[float] = []

    def get(_target: object, *, timeout: float, **_more: object) -> Answer:
        asked.append(timeout)
        return Answer(200, CONTENT, 0.0, 0.0)

    fetching = Fetching(allow_loopback=True, clock=lambda: now[0], get=get)
    now[0] = ALL_SECONDS - 3
    assert fetching.fetch(f"{pictures}/a.png") == CONTENT
    assert asked == [3.0]
    now[0] = ALL_SECONDS
    assert code(fetching, f"{pictures}/a.png") == "picture_not_fetched"
    many = Fetching(allow_loopback=True, get=get)
    for _ in range(MAX_FETCHED):
        many.fetch(f"{pictures}/a.png")
    assert code(many, f"{pictures}/a.png") == "picture_not_fetched"


def test_a_row_names_its_pictures_and_they_are_no_field_of_the_offer(market: Market, tmp_path: Path) -> None:
    head = HEAD.replace("reference,", "reference,Pictures,")
    urls = "https://a.example/1.jpg https://a.example/2.jpg  https://a.example/1.jpg"
    row, bare = ROWS[0].replace("A-1,", f"A-1,{urls},"), ROWS[1].replace("A-2,", "A-2,,")
    first, second = imported(market, tmp_path, f"{head}{row}\n{bare}\n")
    assert (first.fault, first.pictures) == (None, ("https://a.example/1.jpg", "https://a.example/2.jpg"))
    assert (second.fault, second.pictures) == (None, ())
