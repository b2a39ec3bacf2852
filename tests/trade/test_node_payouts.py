"""What a seller is owed for orders of another node is paid out once that node has paid, or an operator decides it."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import pytest

from entrepot.model.errors import TradeError
from entrepot.trade import accounts
from entrepot.trade.declarations import own_number
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.nodes import meeting, settling
from entrepot.trade.nodes.bodies import Entry
from entrepot.trade.nodes.returning import receive_goods
from entrepot.trade.nodes.settlement import Settlement, claims_of
from entrepot.trade.payments.payouts import start_payout
from entrepot.trade.payments.statements import statement, unsettled_of
from entrepot.trade.returning import apply_for_return
from trade.market import BUYER
from trade.two_nodes import TwoNodes

SELLER = "og_1"


def _pay_out(nodes: TwoNodes, amount: int | None = None, key: str = "1", more: tuple[str, ...] = ()) -> Any:
    bank = {"account": "VN001"}
    command = partial(
        start_payout, seller=SELLER, currency="CNY", amount=amount, provider="memory", account=bank, key=key,
        nodes=[nodes.vn.peer, *more],
    )  # fmt: skip
    return nodes.vn.books.run(command)


def _balances(nodes: TwoNodes) -> tuple[int, int]:
    """What is payable to the seller, and what waits for the settlement."""
    books = nodes.vn.books
    return books.balance(f"seller/{SELLER}", "CNY"), nodes.vn.unsettled()


def _agreed(nodes: TwoNodes) -> Settlement:
    """The settlement of the month at the node of Viet Nam, on which both agree."""
    nodes.settle("2026-03")
    nodes.run()
    _, there = nodes.settlements()
    assert there.status == "agreed"
    return there


def test_a_seller_is_paid_out_after_the_settlement_of_the_month_was_paid() -> None:
    nodes = TwoNodes()
    nodes.sell(2)
    assert _balances(nodes) == (0, 15_000)
    with pytest.raises(TradeError, match="15000 for orders of other nodes") as error:
        _pay_out(nodes)
    assert error.value.code == "payout_unsettled"
    found = _agreed(nodes)
    # That both agree on it is not yet that it was paid.
    with pytest.raises(TradeError):
        _pay_out(nodes)
    settling.paid(nodes.vn.books, nodes.vn.node, found.id, "transfer 1")
    assert _balances(nodes) == (15_000, 0)
    assert _pay_out(nodes).amount == 15_000
    assert unsettled_of(nodes.vn.books, SELLER) == {}
    # The statement explains each posting: else it is refused.
    made = statement(nodes.vn.books, SELLER, "CNY", "2026-03")
    assert made.totals == {"payout": -15_000, "node_sales": 15_000}
    assert made.closing == 0


def test_a_month_with_other_entries_is_settled_again_before_it_counts_as_paid() -> None:
    nodes = TwoNodes()
    nodes.sell(2)
    found = _agreed(nodes)
    nodes.sell(3)
    with pytest.raises(TradeError) as error:
        settling.paid(nodes.vn.books, nodes.vn.node, found.id, "transfer 1")
    assert error.value.code == "settlement_changed"
    assert _balances(nodes) == (0, 37_000)
    again = _agreed(nodes)
    settling.paid(nodes.vn.books, nodes.vn.node, again.id, "transfer 1")
    assert _balances(nodes) == (37_000, 0)


def test_an_operator_lets_sellers_be_paid_out_earlier_and_the_ledger_has_who_it_was() -> None:
    nodes = TwoNodes()
    nodes.sell(2)
    found = _agreed(nodes)
    with pytest.raises(TradeError):
        settling.advance(nodes.vn.books, found.id, "")
    advanced = settling.advance(nodes.vn.books, found.id, "us_1")
    assert (advanced.status, advanced.advanced, advanced.released) == (
        "agreed",
        "us_1",
        {f"{SELLER}/{nodes.vn.peer}": 15_000},
    )
    assert _balances(nodes) == (15_000, 0)
    assert _pay_out(nodes).amount == 15_000
    # What was advanced is not released twice.
    paid = settling.paid(nodes.vn.books, nodes.vn.node, found.id, "transfer 1")
    assert (paid.status, _balances(nodes)) == ("paid", (0, 0))


def test_sellers_are_paid_for_orders_of_a_node_that_was_revoked_where_an_operator_decides_it() -> None:
    nodes = TwoNodes()
    nodes.sell(2)
    books = nodes.vn.books
    books.run(partial(meeting.revoke, number=nodes.vn.peer, why="It ended", by="us_1"))
    count = len(books.list_objects("nm_"))
    found = nodes.settle("2026-03", node=nodes.vn)
    assert (found.status, found.owed, len(books.list_objects("nm_"))) == ("computed", -15_000, count)
    settling.advance(books, found.id, "us_1")
    assert _pay_out(nodes).amount == 15_000
    # What the other node owes stays on its account.
    assert nodes.vn.owed() == -15_000


def test_what_another_node_took_back_is_not_paid_out_before_it_is_settled() -> None:
    nodes = TwoNodes()
    order = nodes.sell(2)
    parcel = nodes.ship()
    nodes.run()
    nodes.cn.market.release(nodes.cn.market.declare(order))
    for state in ("shipped", "delivered"):
        nodes.report(parcel, state)
    nodes.run()
    settling.paid(nodes.vn.books, nodes.vn.node, _agreed(nodes).id, "transfer 1")
    assert _balances(nodes) == (15_000, 0)
    command = partial(apply_for_return, number=order.id, pieces={1: 1}, reason="changed_mind", by=BUYER, key="return")
    asked = nodes.cn.books.run(command)
    nodes.run()
    nodes.vn.books.run(partial(receive_goods, number=nodes.vn.order().id, returned=asked.id, restocked=True, by=SELLER))
    nodes.run()
    declaration = nodes.cn.books.read(max(nodes.cn.order().declarations))
    nodes.cn.market.answer(declaration, "return", "399", own=own_number(asked.id))
    nodes.run()
    # One of two pieces is back: 68.00.
    assert _balances(nodes) == (15_000, -6_800)
    with pytest.raises(TradeError, match="cannot be paid out"):
        _pay_out(nodes, 15_000)
    assert _pay_out(nodes, key="2").amount == 8_200


@pytest.mark.parametrize(
    ("fee", "agreed", "accepted"), [(0, 0, True), (1, 0, False), (340, 25_000, True), (341, 25_000, False)]
)
def test_the_fee_of_the_importers_node_is_bounded_by_what_was_agreed(fee: int, agreed: int, accepted: bool) -> None:
    # Two pieces at 68.00: 2.5 % of 136.00 are 3.40.
    nodes = TwoNodes()
    nodes.cn.node = nodes.cn.node._replace(services={**nodes.cn.node.services, "fee": lambda _order: fee})
    for by in ("us_1", "us_2") if agreed else ():
        what = {"millionths": agreed}
        command = partial(meeting.decide, number=nodes.vn.peer, act=meeting.FEE, what=what, by=by)
        assert nodes.vn.books.run(command).fee_most == (agreed if by == "us_2" else 0)
    order = nodes.place(2)
    nodes.run()
    found = nodes.cn.common()
    assert found.terms is not None
    assert found.terms.fee == fee
    if accepted:
        assert found.status == "accepted"
        return
    assert (found.status, found.reason) == ("rejected", "fee_exceeds")
    most = "2.5" if agreed else "0"
    assert found.values == {"given": "2.5074" if agreed else "0.0074", "most": most}
    assert nodes.cn.market.read(order).status == "cancelled"


def test_what_sellers_were_credited_at_once_is_not_released_again() -> None:
    nodes = TwoNodes()
    nodes.sell(2)
    state = nodes.vn.common()
    # As the ledger of a node has it that did not hold it: an event without the mark.
    given = {"entries": [{"number": "ev_1", "amount": 500, "at": "2026-03-02T00:00:00.000Z"}], "currency": "CNY"}
    older = nodes.vn.books.run(lambda tx: tx.append(state.id, "common.entries", given))
    assert older.entries[-1].number == "ev_1"
    claims = {f"{SELLER}/{nodes.vn.peer}": 15_000}
    assert claims_of([state], "2026-03", "CNY") == claims_of([older], "2026-03", "CNY") == claims


def test_an_order_of_before_credits_were_held_is_stored_as_its_events_tell_it() -> None:
    nodes = TwoNodes()
    nodes.place(2)
    nodes.run()
    state = nodes.vn.common()
    # As a node had it that credited sellers at once: the event has no mark, and the stored state no field for it.
    given = {"entries": [{"number": "ev_1", "amount": 15_000, "at": "2026-03-02T00:00:00.000Z"}], "currency": "CNY"}
    entry = Entry(number="ev_1", amount=15_000, at="2026-03-02T00:00:00.000Z")
    stored = msgspec.structs.replace(state, entries=(entry,), currency="CNY")
    assert claims_of([stored], "2026-03", "CNY") == {}
    assert nodes.vn.books.run(lambda tx: tx.append(state.id, "common.entries", given)) == stored


@pytest.mark.parametrize("millionths", [-1, 1_000_001])
def test_a_fee_is_a_part_of_the_price(millionths: int) -> None:
    nodes = TwoNodes()
    what = {"millionths": millionths}
    with pytest.raises(TradeError, match="from 0 to 100"):
        nodes.vn.books.run(partial(meeting.decide, number=nodes.vn.peer, act=meeting.FEE, what=what, by="us_1"))


def _post(nodes: TwoNodes, node: str, amount: int) -> None:
    """An entry of an order of another node, as it stands on the account of the seller for that node ("": for all)."""
    books, number = nodes.vn.books, nodes.vn.common().id
    entry = books.run(lambda tx: tx.new_id("ev_"))
    given = {"entries": [{"number": entry, "amount": amount, "at": "2026-03-03T00:00:00.000Z"}], "currency": "CNY"}
    postings = (
        Posting(accounts.seller(node or nodes.vn.peer), "CNY", -amount),
        Posting(accounts.unsettled(SELLER, node), "CNY", amount),
    )
    payload = {**given, "held": True} | ({"apart": True} if node else {})
    books.run(lambda tx: tx.append(number, "common.entries", payload, postings=postings))


def test_what_one_node_took_back_lowers_a_payout_whatever_another_owes() -> None:
    nodes = TwoNodes()
    nodes.sell(2)
    settling.paid(nodes.vn.books, nodes.vn.node, _agreed(nodes).id, "transfer 1")
    other = "pn_other"
    _post(nodes, other, 50_000)
    _post(nodes, nodes.vn.peer, -6_800)
    with pytest.raises(TradeError) as error:
        _pay_out(nodes, 15_000, more=(other,))
    assert error.value.code == "payout_unsettled"
    assert _pay_out(nodes, key="2", more=(other,)).amount == 15_000 - 6_800


def test_what_was_posted_for_all_nodes_together_is_released_from_that_account() -> None:
    nodes = TwoNodes()
    nodes.sell(2)
    _post(nodes, "", 500)
    books = nodes.vn.books
    claims = claims_of([nodes.vn.common()], "2026-03", "CNY")
    assert claims == {f"{SELLER}/{nodes.vn.peer}": 15_000, SELLER: 500}
    assert unsettled_of(books, SELLER) == {"CNY": 15_500}
    found = nodes.settle("2026-03", node=nodes.vn)
    settling.advance(books, found.id, "us_1")
    settling.advance(books, found.id, "us_1")
    assert [books.balance(accounts.unsettled(SELLER, each), "CNY") for each in ("", nodes.vn.peer)] == [0, 0]
    assert books.balance(f"seller/{SELLER}", "CNY") == 15_500
