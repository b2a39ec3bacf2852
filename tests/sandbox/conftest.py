"""One customs office for the tests of a module, as usual before each test, and a company that sends to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("django", reason="the server is not installed")
pytest.importorskip("lxml", reason="the server is not installed")

from sandbox_process import Receiver, Sandbox, receiver, run
from sandbox_trader import Trader

USUAL = {
    "mode": "release", "by_order": {}, "hold_every": 0, "applications": "approve", "entry_lists": "assumed",
    "close": "with_delivery", "buyers_authenticated": False, "day": "2026-03-02", "repeat": 1, "late": 0,
    "reorder": False, "garbage": False, "wrong": False, "absent": False, "slow": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def inbox() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, inbox: Receiver) -> Iterator[Sandbox]:
    options = ("--delay", "0", "--retry", "0.05", "--send-to", inbox.url)
    with run("customs", tmp_path_factory.mktemp("customs"), *options) as running:
        yield running


@pytest.fixture
def trader(office: Sandbox, inbox: Receiver) -> Trader:
    inbox.answers.clear()
    office.switch(**USUAL)
    office.until_all_is_sent()
    return Trader(office, inbox)
