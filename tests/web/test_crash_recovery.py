"""Killed under load repeatedly: acknowledged quotes are there, byte for byte, and none was created twice."""

from __future__ import annotations

import random
import threading
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from server_process import Server, is_locked, run_server
from test_quotes import SALE

from sandbox_process import until
from sizes import size

ROUNDS, CALLERS, ORDERS = size(1, 4), 6, size(150, 400)


def sale(order: int) -> dict[str, Any]:
    return {**SALE, "lines": [{"hs_code": "0901.21", "amount": f"{100 + order}.00"}]}


class Load:
    """Callers that send orders with Idempotency-Keys until the server is gone; and the acknowledged responses."""

    def __init__(self, server: Server, key: dict[str, str], seed: int) -> None:
        self.server, self.key, self.seed = server, key, seed
        self.acknowledged: dict[int, bytes] = {}
        self.unexpected: list[str] = []
        self._lock = threading.Lock()

    def send(self, client: httpx.Client, order: int) -> bool:
        """Send an order and record its response; a response that differs from the earlier one is unexpected.

        False where a busy machine held the lock of the database for too long: then nothing is stored.
        """
        head = {**self.key, "Idempotency-Key": f"order {order}"}
        answer = client.post(f"{self.server.url}/v1/quotes", json=sale(order), headers=head)
        if is_locked(answer):
            return False
        with self._lock:
            if answer.status_code != 200 or self.acknowledged.setdefault(order, answer.content) != answer.content:
                self.unexpected.append(f"{order}: {answer.status_code} {answer.text[:300]}")
        return True

    def caller(self, number: int) -> None:
        """Send all orders, in a random sequence."""
        # Two callers send the same sequence, so that some requests are concurrent.
        orders = random.Random(f"{self.seed} {number // 2}").sample(range(ORDERS), ORDERS)
        with httpx.Client(timeout=120) as client:
            for order in orders:
                try:
                    self.send(client, order)
                except httpx.TransportError:
                    return


def under_load_then_killed(load: Load, more: int) -> None:
    """Kill the server once so many more orders are acknowledged, while others are under way."""
    threads = [threading.Thread(target=load.caller, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    known = len(load.acknowledged)
    until(lambda: len(load.acknowledged) >= known + more)
    load.server.kill()
    for thread in threads:
        thread.join(60)
    assert not [thread for thread in threads if thread.is_alive()]


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def test_killing_the_server_under_load_loses_no_acknowledged_quote_and_repeats_none(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    database = request.getfixturevalue("database_server") if kind == "postgresql" else None
    more = {"ENTREPOT_DATABASE": database.url} if database else {}
    chance = random.Random(20260301)
    acknowledged: dict[int, bytes] = {}
    key: dict[str, str] = {}
    known = 0
    for turn in range(ROUNDS):
        with run_server(tmp_path / "server", workers=2, **more) as server:
            if not key:
                known = server.quotes()
                key = server.key()
            load = Load(server, key, turn)
            load.acknowledged |= acknowledged
            # Of all orders some are left for the last round.
            under_load_then_killed(load, chance.randint(1, ORDERS // (ROUNDS + 1)))
            assert not load.unexpected
            assert len(load.acknowledged) > len(acknowledged), "nothing was under way"
            acknowledged = load.acknowledged
        if database:
            database.crash()
            database.start()
    with run_server(tmp_path / "server", workers=2, **more) as server:
        rows = server.quotes() - known
        assert rows >= len(acknowledged), "an acknowledged quote is gone"
        load = Load(server, key, ROUNDS)
        load.acknowledged |= acknowledged
        with httpx.Client(timeout=120) as client:
            for order in range(ORDERS):  # orders without a response are sent again
                until(partial(load.send, client, order))
        assert not load.unexpected
        assert server.quotes() - known == ORDERS
        assert server.ask("print(m.Quote.objects.exclude(id__in=m.Once.objects.values('quote')).count())") in (
            "0",
            str(known),
        )
