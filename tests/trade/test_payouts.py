"""Payouts to sellers, and statements that agree with the ledger to the cent."""

from __future__ import annotations

import csv
import datetime as dt
import io

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.trade.accounts import Share, sale_shares
from entrepot.trade.objects import NotAllowed
from entrepot.trade.payments import commands
from entrepot.trade.payments.deliver import Delivery
from entrepot.trade.payments.payouts import Payout, receive_payout, start_payout
from entrepot.trade.payments.provider import Notification
from entrepot.trade.payments.statements import as_csv, as_json, balances_of, bounds, statement
from trade.payment_steps import Node

BANK = {"account": "6222 0000 0000 0001"}


@pytest.fixture
def node() -> Node:
    return paying()


def paying() -> Node:
    """A node whose provider also pays out."""
    made = Node()
    made.delivery = Delivery(made.books, {"memory": made.provider}, made.policy, {"memory": made.provider})
    return made


def pay_out(node: Node, amount: int | None = None, key: str = "p") -> Payout:
    return node.books.run(lambda tx: start_payout(tx, "og_a", "CNY", amount, provider="memory", account=BANK, key=key))


def test_a_payout_takes_what_the_seller_is_owed_once(node: Node) -> None:
    node.paid()
    payout = pay_out(node)
    assert (payout.amount, payout.status, balances_of(node.books, "og_a")) == (9500, "requested", {})
    assert pay_out(node) == payout
    node.send()
    payout = node.books.read(payout.id)
    assert (payout.status, node.balances()[f"payout/{payout.id}"]) == ("in_transit", 9500)
    answer = node.provider.end_payout(payout.reference, "paid")
    for _ in range(2):
        node.books.run(lambda tx: receive_payout(tx, payout.id, answer))
    assert node.books.read(payout.id).status == "paid"
    # Of the 114.10 that the provider holds, it has sent 95.00.
    assert node.balances()["provider/memory"] == -1910
    assert f"payout/{payout.id}" not in node.balances()


def test_no_more_is_paid_out_than_is_owed(node: Node) -> None:
    node.paid()
    for amount in (9501, 0, -1):
        with pytest.raises(NotAllowed, match="the seller is owed 9500"):
            pay_out(node, amount)
    pay_out(node, 9000)
    with pytest.raises(NotAllowed, match="was used for another payout"):
        pay_out(node, 8999)
    with pytest.raises(NotAllowed, match="the seller is owed 500"):
        pay_out(node, 501, key="q")
    with pytest.raises(NotAllowed, match="bank account"):
        node.books.run(lambda tx: start_payout(tx, "og_a", "CNY", provider="memory", account={}, key="r"))
    written = b"".join(msgspec.json.encode(event) for _, event in node.books.events(limit=1000))
    assert BANK["account"].encode() not in written


def test_a_payout_that_fails_is_owed_again_also_after_it_was_paid(node: Node) -> None:
    node.paid()
    before = node.balances()
    payout = pay_out(node)
    node.send()
    reference = node.books.read(payout.id).reference
    for status, error in (("paid", ""), ("failed", "account_closed"), ("paid", "")):
        answer = node.provider.end_payout(reference, status, error)
        node.books.run(lambda tx, answer=answer: receive_payout(tx, payout.id, answer))  # type: ignore[misc]  # a bound value
    assert node.books.read(payout.id).status == "failed"  # a late word does not undo it
    assert node.balances() == before
    assert pay_out(node, key="again").amount == 9500


def test_a_notification_of_a_payout_is_recorded_and_a_wrong_one_kept(node: Node) -> None:
    node.paid()
    payout = pay_out(node)
    node.send()
    said = node.provider.end_payout(node.books.read(payout.id).reference, "paid")
    for number, about, outcome in (
        ("n1", said, "recorded"),
        ("n1", said, "repeated"),
        ("n2", msgspec.structs.replace(said, amount=1), "kept"),
        ("n3", msgspec.structs.replace(said, payout="po_x"), "kept"),
        ("n4", msgspec.structs.replace(said, reference="other"), "kept"),
    ):
        body = msgspec.json.encode(Notification(id=number, kind="payout.updated", payout=about))
        assert node.take(body, {"memory-signature": node.provider._sign(body)}).outcome == outcome
    reasons = {each.reason for each in node.books.list_objects("no_")}
    assert reasons == {"amount_differs", "payout_unknown", "reference_differs"}
    assert node.books.read(payout.id).status == "paid"


def test_the_statement_of_a_month(node: Node) -> None:
    """Worked out by hand.

    February: a sale of 100.00 less 5.00. March: the same again; a return of half of the first: 50.00 less 2.50, with
    4.55 of its duties and taxes; 100.00 paid out. April: what was paid out comes back.
    """
    node.clock.time = dt.datetime(2026, 2, 27, tzinfo=dt.UTC)
    first = node.paid()
    node.clock.time = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)  # the first moment of March
    node.paid(due=node.due("or_2"), key="k2")
    shares = (
        Share("goods", "seller/og_a", 5000),
        Share("fee", "seller/og_a", -250),
        Share("fee", "platform/fees", 250),
        Share("tax", "customs/CN", 455, "og_a"),
    )
    node.books.run(lambda tx: commands.refund(tx, first.id, 5455, shares, key="r"))
    node.send()
    payout = pay_out(node, 10000)
    node.send()
    node.clock.time = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    answer = node.provider.end_payout(node.books.read(payout.id).reference, "failed", "account_closed")
    node.books.run(lambda tx: receive_payout(tx, payout.id, answer))
    march = statement(node.books, "og_a", "CNY", "2026-03")
    assert (march.opening, march.closing) == (9500, 9500 + 9500 - 4750 - 10000)
    assert march.totals == {"sale": 10000, "fee": -500, "refund": -5000, "fee_returned": 250, "payout": -10000}
    (taxes,) = march.taxes
    assert (taxes.account, taxes.collected, taxes.returned, taxes.owed) == ("customs/CN", 910, 455, 455)
    assert sum(each.amount for each in march.lines) == march.closing - march.opening
    april = statement(node.books, "og_a", "CNY", "2026-04")
    assert (april.opening, april.totals, april.closing) == (march.closing, {"payout_returned": 10000}, 14250)
    assert april.closing == node.balances()["seller/og_a"]
    february = statement(node.books, "og_a", "CNY", "2026-02")
    assert (february.opening, february.closing) == (0, march.opening)
    assert statement(node.books, "og_a", "CNY", "2026-01").lines == ()
    assert statement(node.books, "og_other", "CNY", "2026-03").closing == 0
    assert statement(node.books, "og_a", "USD", "2026-03").closing == 0


def test_a_statement_as_json_and_csv_is_the_same_whenever_it_is_made(node: Node) -> None:
    node.paid()
    first = statement(node.books, "og_a", "CNY", "2026-03")
    node.clock.time = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    node.paid(due=node.due("or_2"), key="k2")
    again = statement(node.books, "og_a", "CNY", "2026-03")
    assert msgspec.json.encode(as_json(again)) == msgspec.json.encode(as_json(first))
    assert as_csv(again, 2) == as_csv(first, 2)
    rows = list(csv.DictReader(io.StringIO(as_csv(first, 2))))
    assert [(each["kind"], each["amount"], each["balance"]) for each in rows] == [
        ("opening", "", "0.00"),
        ("sale", "100.00", "100.00"),
        ("fee", "-5.00", "95.00"),
        ("closing", "", "95.00"),
        ("tax_collected", "9.10", ""),
        ("tax_returned", "0.00", ""),
        ("tax_owed", "9.10", ""),
    ]
    shown = as_json(first)
    assert (shown["object"], shown["closing"], shown["taxes"][0]["owed"]) == ("statement", 9500, 910)


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "2026-3", "march", "", "2026-03-01", "１026-03"])
def test_what_is_not_a_month_is_refused(month: str) -> None:
    with pytest.raises(NotAllowed, match="is not a month"):
        bounds(month)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 10**6), st.integers(0, 30), st.integers(0, 10**4), st.integers(0, 100), st.integers(0, 100)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_statements_follow_each_other_and_end_at_the_balance(sales: list[tuple[int, int, int, int, int]]) -> None:
    """Sales of any amounts, refunds of any part, payouts of any part of what is owed, a month apart."""
    node = paying()
    months = []
    for number, (goods, fee, taxes, back, out) in enumerate(sales):
        node.clock.time = dt.datetime(2026, number + 1, 15, tzinfo=dt.UTC)
        months.append(f"2026-{number + 1:02}")
        shares = sale_shares("og_a", goods, fee=goods * fee // 100, duties_and_taxes=taxes, economy="CN")
        due = msgspec.structs.replace(node.due(f"or_{number}"), amount=goods + taxes, shares=shares)
        payment = node.paid(due=due, key=f"k{number}")
        if part := (goods + taxes) * back // 100:
            node.books.run(lambda tx, part=part, payment=payment: commands.refund(tx, payment.id, part, key="r"))  # type: ignore[misc]  # bound values
            node.send()
        owed = balances_of(node.books, "og_a").get("CNY", 0)
        if owed > 0 and (part := owed * out // 100):
            pay_out(node, part, key=f"p{number}")
            node.send()
    found = [statement(node.books, "og_a", "CNY", month) for month in months]
    assert found[0].opening == 0
    assert [each.opening for each in found[1:]] == [each.closing for each in found[:-1]]
    assert found[-1].closing == node.balances().get("seller/og_a", 0)
    owed = sum(tax.owed for each in found for tax in each.taxes)
    assert owed == node.balances().get("customs/CN", 0)
