"""Any process is killed at any moment: nothing that was acknowledged is lost, nothing happens twice, the books balance.

A real server with its background worker, the three sandboxes, and a client that places and pays orders. Together the
two databases have 200 kills, or as many as ENTREPOT_KILLS says: .ci/run has 20.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")
pytest.importorskip("lxml", reason="the server is not installed")

import sizes
from sandbox_process import until
from trade.killed_node import Node, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the processes of the server in /proc")

KILLS = int(os.environ.get("ENTREPOT_KILLS", "200")) // 2
ORDERS = 9 + KILLS // 2
#: Seconds between two kills, and for everything to come to rest after the last.
BETWEEN, REST = (0.3, 1.6), 900.0
#: What is killed, and how often. `worker` and `background` are started again by the server, all others by the test.
TARGETS = {"worker": 4, "background": 4, "payments": 3, "carrier": 3, "customs": 4, "client": 4, "server": 1}


@pytest.fixture
def sqlite_url() -> dict[str, str]:
    """The settings of a server on SQLite: none."""
    return {}


@pytest.fixture
def postgresql_url() -> Iterator[dict[str, str]]:
    """The setting of a server on a PostgreSQL of its own."""
    from postgres import postgres

    with postgres() as server:
        if server is None:
            pytest.skip("PostgreSQL is not installed: on Debian, apt-get install postgresql")
        yield {"ENTREPOT_DATABASE": server.url}


@pytest.mark.long
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_is_lost_or_done_twice(
    database: str, tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = random.Random(f"{database} {sizes.SEED}")
    settings = request.getfixturevalue(f"{database}_url")
    pause = KILLS * sum(BETWEEN) / 2 / ORDERS
    with running(tmp_path, settings, ORDERS, pause) as node:
        node.parts["client"].start()
        killed = _kill(node, draw)
        rested = _until_at_rest(node)
        _check(node, rested, ORDERS)
    with capsys.disabled():
        print(f"\n{database}: {ORDERS} orders, killed {killed}, {rested['events']} events")


@pytest.mark.long
@pytest.mark.parametrize(
    "trouble", [{"absent": True}, {"wrong": True}, {"garbage": True, "repeat": 2, "reorder": True}]
)
def test_an_order_waits_for_a_counterpart_in_trouble_and_says_why(tmp_path: Path, trouble: dict[str, Any]) -> None:
    with running(tmp_path, {}, 3, 0.0) as node:
        usual = {"absent": False, "wrong": False, "garbage": False, "repeat": 1, "reorder": False}
        for name in ("payments", "carrier", "customs"):
            node.switch(name, **trouble)
        node.parts["client"].start()
        until(lambda: node.parts["client"].ended() is not None, REST)
        if "repeat" not in trouble:
            (first, *_more) = until(lambda: [each for each in node.look()["waiting"] if each[2]], REST)
            assert first[1] == "waiting"
            assert "payment" in first[2].lower(), first
            for name in ("payments", "carrier", "customs"):
                node.switch(name, **usual)
        _check(node, _until_at_rest(node), 3)


def _kill(node: Node, draw: random.Random) -> dict[str, int]:
    """Kill processes at random moments, and start them again. Returns how often each was killed."""
    killed = dict.fromkeys(TARGETS, 0)
    while sum(killed.values()) < KILLS:
        time.sleep(draw.uniform(*BETWEEN))
        node.revive()
        (name,) = draw.choices(list(TARGETS), weights=list(TARGETS.values()))
        killed[name] += node.kill(name)
    return killed


def _until_at_rest(node: Node) -> Any:
    """Wait until the client has ended and every order has. Returns what the books hold."""

    def done() -> bool:
        node.revive()
        return node.parts["client"].ended() is not None

    until(done, REST)
    assert node.parts["client"].ended() == 0, (node.folder / "client.log").read_text()
    end = time.monotonic() + REST
    while True:
        node.revive()
        found = node.look()
        open_ = {number: state for number, state in found["orders"].items() if state[0] != "closed"}
        if not open_ and not found["waiting"]:
            return found
        assert time.monotonic() < end, (open_, found["waiting"], (node.folder / "server.log").read_text()[-4000:])
        time.sleep(1)


def _all_is_sent(node: Node, sandbox: str) -> bool:
    return node.rows(sandbox, "SELECT count(*) FROM outgoing WHERE sent IS NULL") == [(0,)]


def _check(node: Node, found: Any, orders_placed: int) -> None:
    told = node.acknowledged()
    # The ledger verifies, and what was posted of each currency and of each offer's stock sums to zero.
    assert found["problems"] == 0
    assert set(found["sums"].values()) == {0}
    # Each order of the plan is there, once, under the id that the client was told; so is its payment.
    assert set(told) == set(node.plan)
    assert {each["placed"] for each in told.values()} == set(found["orders"])
    assert {each["paid"]: each["placed"] for each in told.values()} == {
        payment: order for payment, (order, _status) in found["payments"].items()
    }
    assert {status for _order, status in found["payments"].values()} == {"captured"}
    # One payment, one parcel and one declaration for each; so the counterparts have them too.
    orders = sorted(found["orders"])
    assert all(state == ["closed", [], 1, 1, 1] for state in found["orders"].values()), found["orders"]
    assert sorted(found["declarations"].values()) == orders
    assert sorted(each for (each,) in node.rows("customs", "SELECT order_number FROM lists")) == orders
    assert sorted(each for (each,) in node.rows("payments", "SELECT payment FROM payments")) == sorted(
        found["payments"]
    )
    assert node.rows("carrier", "SELECT count(*), count(DISTINCT waybill) FROM shipments") == [
        (orders_placed, orders_placed)
    ]
    # All that the sandboxes had to say is acknowledged, also what they try again only after a pause.
    for name in ("payments", "carrier", "customs"):
        until(partial(_all_is_sent, node, name), REST)
