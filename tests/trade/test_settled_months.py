"""A settlement reads the orders of its month only, and none once both nodes have settled it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pytest

from entrepot.trade.kinds import KINDS
from entrepot.trade.nodes import settling
from entrepot.trade.nodes.memory import ARRIVES, LOST
from entrepot.trade.ports import Books
from trade.adapters import DATA_KEY, HASH_KEY
from trade.tally import Clock
from trade.two_nodes import TwoNodes


class Reads:
    """Books that count the orders of two nodes that are listed."""

    def __init__(self, books: Books) -> None:
        self.books, self.count = books, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.books, name)

    def list_objects(self, prefix: str, **given: Any) -> Sequence[Any]:
        """As in the books."""
        found = self.books.list_objects(prefix, **given)
        self.count += len(found) if prefix == "xo_" else 0
        return found


def _books(clock: Clock, name: str, request: pytest.FixtureRequest) -> Books | None:
    """Books in a database; None for those in memory."""
    if name == "memory":
        return None
    from entrepot.store.trade.books import Keys, StoreBooks

    request.getfixturevalue(f"{name}_tables")
    return StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=clock, random=os.urandom)


def _read(nodes: TwoNodes, period: str) -> tuple[list[str], int]:
    """What is open of a month at the node of China, and how many orders were read for it."""
    reads = Reads(nodes.cn.books)
    return settling.open_currencies(reads, nodes.cn.peer, period), reads.count


@pytest.mark.parametrize("name", ["memory", "sqlite", "postgresql"])
def test_of_a_settled_month_no_order_is_read_until_it_gets_another_entry(
    name: str, request: pytest.FixtureRequest
) -> None:
    clock = Clock()
    nodes = TwoNodes(clock=clock, books=(None, _books(clock, name, request)))
    for _ in range(3):
        nodes.sell()
    assert _read(nodes, "2026-03") == (["CNY"], 3)
    nodes.settle("2026-03")
    nodes.run()
    assert [each.status for each in nodes.settlements()] == ["agreed", "agreed"]
    assert _read(nodes, "2026-03") == ([], 0)
    # A month later: its order is none of the month before.
    nodes.clock.pass_days(31)
    nodes.sell()
    assert _read(nodes, "2026-03") == ([], 0)
    assert _read(nodes, "2026-04") == (["CNY"], 1)
    assert _read(nodes, "2026-05") == ([], 0)


def test_a_month_is_open_while_the_other_node_was_not_told_and_when_an_entry_follows() -> None:
    nodes = TwoNodes()
    nodes.sell()
    nodes.cn.side.transport.fate = lambda content: LOST if b'"settlement.statement"' in content else ARRIVES
    nodes.settle("2026-03")
    nodes.settle("2026-03", node=nodes.vn)
    nodes.run(rounds=20, end=False)
    (here,) = nodes.cn.books.list_objects("ns_")
    assert here.status == "agreed"  # the other one's statement has arrived, but not this one's
    assert _read(nodes, "2026-03") == (["CNY"], 1)
    nodes.cn.side.transport.fate = lambda _content: ARRIVES
    nodes.run()
    assert _read(nodes, "2026-03") == ([], 0)
    nodes.sell()
    assert _read(nodes, "2026-03") == (["CNY"], 2)


def test_a_month_that_was_settled_in_one_currency_is_open_in_the_others() -> None:
    nodes = TwoNodes()
    books, order = nodes.cn.books, nodes.sell()
    # Another order of the month, in dollars.
    opened = {"role": "importer", "peer": nodes.cn.peer, "order": order.id}
    entry = {"number": f"ev_{'1' * 32}", "amount": 500, "at": "2026-03-02T00:00:00.000Z"}
    other = books.run(lambda tx: tx.append(tx.new_id("xo_"), "common.opened", opened))
    books.run(lambda tx: tx.append(other.id, "common.entries", {"entries": [entry], "currency": "USD"}))
    nodes.settle("2026-03")
    nodes.run()
    assert [(each.currency, each.status) for each in books.list_objects("ns_")] == [("CNY", "agreed")]
    assert settling.open_currencies(books, nodes.cn.peer, "2026-03") == ["CNY", "USD"]


def test_rows_of_an_older_database_are_filled(request: pytest.FixtureRequest) -> None:
    clock = Clock()
    nodes = TwoNodes(clock=clock, books=(None, _books(clock, "sqlite", request)))
    from django.apps import apps

    from entrepot.store.models import LedgerEventOwner, TradeObjectOwner

    nodes.sell()
    nodes.settle("2026-03")
    nodes.run()
    nodes.clock.pass_days(31)
    nodes.sell()

    def rows() -> list[set[Any]]:
        objects = TradeObjectOwner.objects.values_list("owner", "kind", "object")
        return [set(objects), set(LedgerEventOwner.objects.values_list("owner", "position"))]

    expected = rows()
    for model in (TradeObjectOwner, LedgerEventOwner):
        assert model.objects.filter(owner__contains="/").delete()[0] > 1
    import_module("entrepot.store.migrations.0027_orders_of_a_month")._fill(apps, None)
    assert rows() == expected
