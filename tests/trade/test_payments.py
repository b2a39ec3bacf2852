"""Payments: the table of moves, the entries of each move, and what a provider says in any order."""

from __future__ import annotations

import datetime as dt
import itertools
from functools import partial

import msgspec
import pytest

from entrepot.trade.accounts import Share, part_of
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import NotAllowed
from entrepot.trade.paying import ask_provider_again
from entrepot.trade.payments import commands, receive
from entrepot.trade.payments.commands import Policy
from entrepot.trade.payments.provider import Snapshot
from entrepot.trade.payments.state import MOVES, PART_MOVES, STATES, Payment, Presented, apply
from entrepot.trade.payments.troubles import troubled
from entrepot.trade.status import PAYMENT_STATES
from trade.payment_steps import HAN, LEE, PAID, SHARES, TOTAL, Node


@pytest.fixture
def node() -> Node:
    return Node()


def kinds(node: Node, payment: Payment) -> list[str]:
    return [event.kind.removeprefix("payment.") for _, event in node.books.events(stream=payment.id)]


def test_a_payment_is_started_authorized_and_captured(node: Node) -> None:
    payment = node.start(method="approved")
    assert (payment.status, payment.reference, node.balances()) == ("created", "", {})
    node.send()
    payment = node.read(payment.id)
    assert (payment.status, payment.authorized, payment.transaction) == ("authorized", TOTAL, f"Tmem_{payment.id}")
    assert node.balances() == {}  # nothing was taken yet
    node.books.run(lambda tx: commands.capture(tx, payment.id, key="c"))
    node.send()
    payment = node.read(payment.id)
    assert (payment.status, payment.state, payment.captured) == ("captured", "captured", TOTAL)
    assert node.balances() == PAID
    assert kinds(node, payment) == ["created", "submitted", "authorized", "capture_requested", "captured"]


def test_a_buyer_pays_on_the_page_of_the_provider(node: Node) -> None:
    payment = node.start(capture="automatic")
    node.send()
    payment = node.read(payment.id)
    assert payment.status == "requires_action"
    action = node.books.run(lambda tx: tx.get_personal(payment.action))
    assert action == {"url": f"memory:mem_{payment.id}"}
    node.provider.decline(payment.reference)
    assert node.notified(payment).outcome == "recorded"
    assert (node.read(payment.id).status, node.read(payment.id).declined) == ("created", 1)
    node.provider.approve(payment.reference)
    node.notified(payment)
    assert node.read(payment.id).status == "captured"
    assert node.balances() == PAID


def test_every_event_follows_only_in_the_states_of_the_table(node: Node) -> None:
    base = node.start()
    shares = [msgspec.to_builtins(each) for each in SHARES]
    payload = {
        "amount": 1, "shares": shares, "final": True, "error": "x", "reference": "r", "refund": "rf_1", "dispute": "d",
    }  # fmt: skip
    for state, name in itertools.product(STATES, MOVES):
        before = msgspec.structs.replace(base, state=state)
        event = Event(
            id="ev_1", stream=base.id, kind=f"payment.{name}", time="2026-03-01T00:00:00.000Z", payload=payload
        )
        if state not in MOVES[name][0]:
            with pytest.raises(NotAllowed, match=f"is {state}: payment.{name} cannot follow. What can: "):
                apply(before, event)
            continue
        if name in PART_MOVES and "" not in PART_MOVES[name]:
            with pytest.raises(NotAllowed, match="is not_known"):  # a refund or a dispute that does not exist
                apply(before, event)
            continue
        after = apply(before, event)
        assert after.state == (MOVES[name][1] or ("partially_captured" if name == "captured" else state))
        assert after.status in PAYMENT_STATES


def test_a_payment_begins_with_its_first_event_only(node: Node) -> None:
    event = Event(id="ev_1", stream="py_1", kind="payment.captured", time="2026-03-01T00:00:00.000Z", payload={})
    with pytest.raises(NotAllowed, match="does not exist"):
        apply(None, event)
    payment = node.start()
    again = Event(id="ev_1", stream=payment.id, kind="payment.created", time="2026-03-01T00:00:00.000Z", payload={})
    with pytest.raises(NotAllowed, match=r"payment.created cannot follow"):
        apply(payment, again)


def test_commands_are_idempotent(node: Node) -> None:
    first = node.start(method="approved")
    assert node.start(method="approved") == first
    node.send()
    for _ in range(2):
        node.books.run(lambda tx: commands.capture(tx, first.id, key="c"))
    node.send()
    node.books.run(lambda tx: commands.capture(tx, first.id, key="c"))  # after it was done
    for _ in range(2):
        node.books.run(lambda tx: commands.refund(tx, first.id, 1000, key="r"))
    node.send()
    payment = node.read(first.id)
    assert (payment.captured, payment.refunded, len(payment.refunds)) == (TOTAL, 1000, 1)
    assert kinds(node, payment).count("capture_requested") == 1
    due = msgspec.structs.replace(node.due(), amount=100, shares=part_of(SHARES, 100))
    with pytest.raises(NotAllowed, match="for another payment: amount differs") as error:
        node.start(due, method="approved")
    assert error.value.code == "idempotency_key_reused"
    with pytest.raises(NotAllowed, match="was used for refund_requested 1000"):
        node.books.run(lambda tx: commands.refund(tx, first.id, 999, key="r"))
    with pytest.raises(NotAllowed, match="was used for refund_requested"):
        node.books.run(lambda tx: commands.capture(tx, first.id, key="r"))


def test_a_payment_that_the_order_does_not_ask_for_is_refused(node: Node) -> None:
    with pytest.raises(NotAllowed, match="paid in CNY, not in USD") as error:
        node.start(currency="USD")
    assert error.value.code == "currency_differs"
    with pytest.raises(NotAllowed, match="Allowed: manual, automatic"):
        node.start(capture="later")
    for shares, code in (
        ((*SHARES[1:],), "shares_differ"),
        ((Share("goods", "stock/of_1", TOTAL),), "shares_differ"),
        ((Share("goods", "seller/og_a", TOTAL), Share("fee", "platform/fees", 1)), "shares_differ"),
        ((Share("gift", "seller/og_a", TOTAL),), "shares_differ"),
    ):
        with pytest.raises(NotAllowed) as error:
            node.start(msgspec.structs.replace(node.due(), shares=shares))
        assert error.value.code == code
    with pytest.raises(NotAllowed, match="more than 0"):
        node.start(msgspec.structs.replace(node.due(), amount=0, shares=()))
    assert node.books.list_objects("py_") == []


def test_the_payer_is_the_buyer_unless_the_platform_authenticates_buyers(node: Node) -> None:
    with pytest.raises(NotAllowed, match="The payer is not the buyer") as error:
        node.start(node.due(buyer=LEE), payer=HAN)
    assert error.value.code == "payer_not_buyer"
    spaced = {**LEE, "name": " 李雷 ", "identity_number": "110105 19491231 0021"}
    assert node.start(node.due(buyer=LEE), payer=spaced).payer_hash
    open_node = Node(Policy(buyers_authenticated=True))
    assert open_node.start(open_node.due(buyer=LEE), payer=HAN).payer_hash
    with pytest.raises(NotAllowed, match="identity_number of the payer is missing"):
        node.start(node.due("or_2", buyer=LEE), payer={"name": "李雷", "identity_type": "1"}, key="k2")
    with pytest.raises(NotAllowed, match="Customs asks"):
        node.start(msgspec.structs.replace(node.due("or_3"), identity=True), key="k3")


def test_personal_data_of_the_payer_is_in_no_event(node: Node) -> None:
    payment = node.start(node.due(buyer=LEE), payer=LEE)
    node.send()
    node.provider.approve(payment.reference or node.read(payment.id).reference, payer=LEE)
    node.notified(node.read(payment.id))
    text = b"".join(msgspec.json.encode(event) for _, event in node.books.events(limit=1000)).decode()
    assert LEE["identity_number"] not in text
    assert LEE["name"] not in text
    assert LEE["telephone"] not in text
    assert node.books.run(lambda tx: tx.get_personal(payment.payer)) == LEE


@pytest.mark.parametrize(
    ("changes", "hold"),
    [
        ({"amount": TOTAL + 1}, "amount_differs"),
        ({"amount": TOTAL - 1}, "amount_differs"),
        ({"payer": HAN}, "payer_not_buyer"),
        ({"payer": {}}, "payer_identity_missing"),
    ],
)
@pytest.mark.parametrize("capture", ["manual", "automatic"])
def test_money_that_the_order_did_not_ask_for_goes_back(
    node: Node, changes: dict[str, object], hold: str, capture: str
) -> None:
    payment = node.start(node.due(buyer=LEE), capture=capture)
    node.send()
    payment = node.read(payment.id)
    node.provider.approve(payment.reference, **changes)  # type: ignore[arg-type]  # the parameters above
    node.notified(payment)
    held = node.read(payment.id)
    assert (held.hold, held.status, held.allocated) == (hold, "failed", ())
    with pytest.raises(NotAllowed, match=r"is held|cannot be captured"):
        node.books.run(lambda tx: commands.capture(tx, payment.id, key="c"))
    node.send()
    assert node.balances() == {}
    ended = node.read(payment.id)
    if capture == "manual":
        assert (ended.state, node.provider.read(ended.reference).status) == ("cancelled", "cancelled")
    else:
        assert (ended.status, ended.refunded) == ("failed", ended.captured)
        assert ended.captured == changes.get("amount", TOTAL)


def test_another_currency_is_recorded_where_the_provider_converts(node: Node) -> None:
    payment = node.start(capture="automatic")
    node.send()
    payment = node.read(payment.id)
    node.provider.approve(payment.reference)
    presented = Presented(currency="USD", amount=1590, rate="7.1761")
    node.provider._change(payment.reference, presented=presented)
    node.notified(payment)
    assert node.read(payment.id).presented == presented
    assert node.balances() == PAID  # in the currency of the order
    other = node.start(node.due("or_2"), key="k2", capture="automatic")
    node.send()
    other = node.read(other.id)
    node.provider.approve(other.reference)
    node.provider._change(other.reference, currency="USD")
    node.notified(other)
    assert node.read(other.id).hold == "currency_differs"


def test_what_the_provider_charges_is_recorded_once_also_if_it_is_told_later(node: Node) -> None:
    payment = node.paid()
    node.provider._change(payment.reference, fee=361)
    for _ in range(2):
        node.notified(payment)
    assert node.read(payment.id).fees == 361
    assert node.balances() == {**PAID, "provider/memory": 361 - TOTAL, "platform/provider_fees": -361}


def test_a_part_is_captured_and_the_rest_released(node: Node) -> None:
    payment = node.start(method="approved")
    node.send()
    node.books.run(lambda tx: commands.capture(tx, payment.id, 5705, key="c"))
    with pytest.raises(NotAllowed, match="5706 cannot be captured: 5705"):
        node.books.run(lambda tx: commands.capture(tx, payment.id, 5706, key="d"))
    node.send()
    half = node.read(payment.id)
    assert (half.state, half.captured, half.rest_released, half.capturable) == ("partially_captured", 5705, True, 0)
    # Half of each share, rounded so that they sum to the half: 5000, fee 250, 250, 455.
    assert node.balances() == {
        "provider/memory": -5705, "seller/og_a": 4750, "platform/fees": 250, "carrier/post": 250, "customs/CN": 455,
    }  # fmt: skip


def test_an_expired_authorization_cannot_be_captured(node: Node) -> None:
    payment = node.start(method="approved")
    node.send()
    node.provider.expire(node.read(payment.id).reference)
    node.books.run(lambda tx: commands.capture(tx, payment.id, key="c"))
    node.send()  # the provider refuses, and is asked how it stands
    ended = node.read(payment.id)
    assert (ended.status, ended.error, ended.captured) == ("expired", "authorization_expired", 0)
    assert node.balances() == {}


def test_a_capture_that_fails_can_be_asked_for_again(node: Node) -> None:
    payment = node.start(method="approved")
    node.send()
    reference = node.read(payment.id).reference
    node.provider._change(reference, status="processing")
    node.books.run(lambda tx: commands.capture(tx, payment.id, key="c"))
    node.send()
    failed = node.read(payment.id)
    assert (failed.status, failed.error, failed.capturable) == ("authorized", "not_capturable", TOTAL)
    node.provider._change(reference, status="authorized")
    node.books.run(lambda tx: commands.capture(tx, payment.id, key="c2"))
    node.send()
    assert node.read(payment.id).status == "captured"
    assert node.balances() == PAID


def test_an_open_payment_is_cancelled_before_and_after_it_was_sent(node: Node) -> None:
    early = node.start()
    node.books.run(lambda tx: commands.cancel(tx, early.id, key="x"))
    node.send()
    assert (node.read(early.id).status, node.provider.payments) == ("cancelled", {})
    later = node.start(node.due("or_2"), key="k2", method="approved")
    node.send()
    node.clock.time += dt.timedelta(days=8)
    node.books.run(lambda tx: commands.expire(tx, later.id))
    node.send()
    assert node.read(later.id).status == "cancelled"
    assert node.books.run(lambda tx: commands.cancel(tx, later.id, key="again")).status == "cancelled"
    paid = node.paid(due=node.due("or_3"), key="k3")
    with pytest.raises(NotAllowed, match="Refund it"):
        node.books.run(lambda tx: commands.cancel(tx, paid.id, key="x"))


def test_money_that_arrives_after_a_cancellation_goes_back(node: Node) -> None:
    payment = node.start(capture="automatic")
    node.send()
    payment = node.read(payment.id)
    node.books.run(
        lambda tx: receive.receive(tx, payment.id, Snapshot(reference=payment.reference, status="cancelled"))
    )
    node.provider.approve(payment.reference)
    node.notified(payment)
    late = node.read(payment.id)
    assert (late.hold, late.captured, node.balances()["buyer/or_1"]) == ("taken_after_cancelled", TOTAL, TOTAL)
    node.send()
    assert node.read(payment.id).refunded == TOTAL
    assert node.balances() == {}


def test_money_that_arrives_while_a_payment_is_cancelled_goes_back(node: Node) -> None:
    payment = node.start(capture="automatic")
    node.send()
    payment = node.read(payment.id)
    node.books.run(lambda tx: commands.cancel(tx, payment.id, key="x"))
    node.provider.approve(payment.reference)  # before the request to cancel arrives, which is refused then
    node.send()
    late = node.read(payment.id)
    assert (late.hold, late.status, late.refunded) == ("taken_while_cancelling", "failed", TOTAL)
    assert node.balances() == {}


def test_refunds_take_back_what_accounts_were_given(node: Node) -> None:
    payment = node.paid()
    # The goods of a return: half of the goods with their fee, and their duties and taxes; not the freight.
    shares = (
        Share("goods", "seller/og_a", 5000),
        Share("fee", "seller/og_a", -250),
        Share("fee", "platform/fees", 250),
        Share("tax", "customs/CN", 455, "og_a"),
    )
    node.books.run(lambda tx: commands.refund(tx, payment.id, 5455, shares, key="r", reason="return"))
    assert node.balances()["buyer/or_1"] == 5455  # owed until the provider has paid it
    node.send()
    back = node.read(payment.id)
    assert (back.status, back.refunded, back.refundable) == ("partially_refunded", 5455, TOTAL - 5455)
    expected = {
        "provider/memory": -5955, "seller/og_a": 4750, "platform/fees": 250, "carrier/post": 500, "customs/CN": 455,
    }  # fmt: skip
    assert node.balances() == expected
    with pytest.raises(NotAllowed, match="5956 cannot be refunded: 5955"):
        node.books.run(lambda tx: commands.refund(tx, payment.id, 5956, key="r2"))
    with pytest.raises(NotAllowed, match="cannot be taken back from customs/CN: it has 455"):
        node.books.run(
            lambda tx: commands.refund(tx, payment.id, 456, (Share("tax", "customs/CN", 456, "og_a"),), key="r2")
        )
    node.books.run(lambda tx: commands.refund(tx, payment.id, key="r3"))
    node.send()
    assert node.read(payment.id).status == "refunded"
    assert node.balances() == {}


def test_a_refund_that_fails_is_owed_until_it_succeeds(node: Node) -> None:
    payment = node.paid()
    node.books.run(lambda tx: commands.refund(tx, payment.id, 1000, key="r"))
    node.send()
    (number,) = node.read(payment.id).refunds
    node.provider.fail_refund(payment.reference, number)  # the bank sends it back after it had succeeded
    node.notified(payment)
    failed = node.read(payment.id).refunds[number]
    assert (failed.status, failed.error) == ("failed", "account_closed")
    assert node.balances()["buyer/or_1"] == 1000
    assert node.balances()["provider/memory"] == -TOTAL
    for _ in range(2):
        node.books.run(lambda tx: commands.retry_refund(tx, payment.id, number, key="again"))
    node.send()
    done = node.read(payment.id).refunds[number]
    assert (done.status, done.attempt, len(done.past)) == ("succeeded", 2, 1)
    assert "buyer/or_1" not in node.balances()
    node.notified(payment)  # it tells of the first attempt too
    assert node.read(payment.id).refunds[number].status == "succeeded"


def test_a_refund_made_at_the_provider_is_recorded(node: Node) -> None:
    payment = node.paid()
    node.provider.refund(payment.reference, "", 1141, "CNY", key="by hand")
    assert node.notified(payment).outcome == "recorded"
    (refund,) = node.read(payment.id).refunds.values()
    assert (refund.status, refund.reason, refund.amount) == ("succeeded", "at_provider", 1141)
    # A tenth of each share.
    assert node.balances()["customs/CN"] == 910 - 91
    assert sum(node.balances().values()) == 0


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute_is_borne_by_the_seller_if_it_is_lost(node: Node, outcome: str) -> None:
    payment = node.paid()
    node.provider.dispute(payment.reference, TOTAL)
    node.notified(payment)
    opened = node.read(payment.id)
    assert (opened.status, opened.refundable) == ("disputed", 0)
    assert node.balances() == {
        **{k: v for k, v in PAID.items() if k != "provider/memory"},
        f"disputed/{payment.id}": -TOTAL,
    }
    node.provider.dispute(payment.reference, TOTAL, outcome)
    node.notified(payment)
    ended = node.read(payment.id)
    if outcome == "won":
        assert (ended.status, node.balances()) == ("captured", PAID)
    else:
        # Customs, carrier and platform keep theirs: the seller owes what the buyer got back.
        assert ended.status == "refunded"
        assert node.balances() == {
            "seller/og_a": 9500 - TOTAL, "platform/fees": 500, "carrier/post": 500, "customs/CN": 910,
        }  # fmt: skip


def test_what_a_provider_refused_is_listed_until_it_is_asked_again(node: Node) -> None:
    first, second = node.paid(), node.paid(due=node.due("or_2"), key="k2")
    for payment, amount in ((first, 1000), (second, 500)):
        node.books.run(partial(commands.refund, number=payment.id, amount=amount, key="r"))
        (number,) = node.read(payment.id).refunds
        node.books.run(partial(receive.refuse, number=payment.id, topic="refund", code="card_closed", refund=number))
        node.clock.pass_days(1)
    assert [(each.payment.id, each.since[:10]) for each in troubled(node.books)] == [
        (second.id, "2026-03-02"),
        (first.id, "2026-03-01"),
    ]
    node.books.run(partial(ask_provider_again, number=first.id))
    assert [each.payment.id for each in troubled(node.books)] == [second.id]
    node.send()
    assert node.read(first.id).refunded == 1000
