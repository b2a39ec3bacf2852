"""A seller gives a part of the price back to a buyer of another node, without a return."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.delivery import commands
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import goodwill, meeting, service_cancelling
from entrepot.trade.nodes.bodies import GoodwillGiven
from entrepot.trade.nodes.messages import MessageRefused, NodeMessage
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.terms import RefundTerms, canonical
from entrepot.trade.orders import Order
from entrepot.trade.payments.receive import receive
from entrepot.trade.ports import NotFound
from entrepot.trade.service_requests import Goodwill
from trade.market import BUYER, SELLER
from trade.two_nodes import TwoNodes, verify
from trade.two_services import Services, act_in_trouble, held


def _give(
    services: Services, amount: int = 5_000, reason: str = "goodwill", *, key: str = "k", by: str = SELLER
) -> Order:
    """The seller gives a part of the price of the order back."""
    number = services.nodes.vn.order().id
    give = partial(goodwill.give, number=number, amount=amount, reason=reason, by=by, key=key)
    return services.nodes.vn.books.run(give)


def _given(order: Order) -> Goodwill:
    """The only one, without the request that gave it."""
    (found,) = order.goodwills.values()
    return msgspec.structs.replace(found, request="")


def test_a_seller_gives_a_part_back_and_both_ledgers_have_the_signed_text() -> None:
    services = Services()
    _give(services, reason="too_late")
    services.nodes.run()
    # 50.00 of 500.00 went back, and none of the taxes.
    services.check(owed=45_000)
    assert services.paid_back() == 5_000
    paid = Goodwill(amount=5_000, reason="too_late", status="paid", paid=5_000)
    here, there = services.nodes.cn, services.nodes.vn
    assert _given(here.order()) == _given(there.order()) == paid
    assert here.common().refunds == there.common().refunds
    ((number, signed),) = here.common().refunds.items()
    assert (signed.terms.refund, signed.terms.digest) == (number, here.common().digest)
    assert verify(here.books.read(here.peer), signed.signature, canonical(signed.terms))
    assert there.order().payments[there.common().id] == "partially_refunded"


def test_of_goods_the_taxes_and_the_carriage_stay() -> None:
    nodes = TwoNodes()
    nodes.sell()
    before, price = nodes.vn.common().owed, nodes.offer.prices.price
    give = partial(goodwill.give, number=nodes.vn.order().id, amount=price // 4, reason="damaged", by=SELLER, key="k")
    nodes.vn.books.run(give)
    nodes.run()
    assert nodes.cn.books.read(nodes.cn.order().paying).refunded == price // 4
    assert nodes.vn.common().owed == before - price // 4
    assert nodes.cn.owed() == -nodes.vn.owed() == nodes.vn.common().owed
    assert nodes.cn.order().state == nodes.vn.order().state == "placed"


def test_the_same_key_gives_once_and_never_something_else() -> None:
    services = Services()
    _give(services)
    _give(services)
    services.nodes.run()
    _give(services)
    services.nodes.run()
    assert services.paid_back() == 5_000
    with pytest.raises(TradeError) as error:
        _give(services, 6_000)
    assert error.value.code == "idempotency_key_reused"
    _give(services, 6_000, key="another")
    services.nodes.run()
    services.check(owed=39_000)


def test_only_the_seller_gives_and_at_most_what_is_left() -> None:
    services = Services()
    with pytest.raises(NotFound):
        _give(services, by="og_somebody")
    with pytest.raises(TradeError):
        _give(services, reason="because")
    _give(services, 30_000, key="first")  # on its way
    for amount in (0, -1, 20_001):
        with pytest.raises(TradeError) as error:
            _give(services, amount)
        assert error.value.code == "refund_amount"
    _give(services, 20_000, key="second")
    services.nodes.run()
    services.check(owed=0)
    assert services.nodes.cn.order().state == "placed", "the services go on"


@pytest.mark.parametrize(
    ("prices", "given", "owed"),
    [
        # 10 % of 500.00 are kept. With 200.00, 20.00 of the fee come back, and with the rest the rest of it.
        (("300.00", "200.00"), (20_000, 30_000), (27_000, 0)),
        # 50.00 of 500.01 are kept. Of 250.00 and of 250.01 24.99 and 25.00 would come back, of 500.01 all 50.00 do.
        (("300.01", "200.00"), (25_000, 25_001), (22_500, 0)),
        (("500.01",), (50_001,), (0,)),
    ],
)
def test_with_a_fee_the_whole_price_can_be_given_back(
    prices: tuple[str, ...], given: tuple[int, ...], owed: tuple[int, ...]
) -> None:
    services = Services(prices=prices, fee=100_000)
    for number, (amount, left) in enumerate(zip(given, owed, strict=True)):
        _give(services, amount, key=str(number))
        services.nodes.run()
        assert (services.nodes.cn.common().owed, services.nodes.vn.common().owed) == (left, left)
    assert services.paid_back() == sum(given)
    with pytest.raises(TradeError) as error:
        _give(services, 1, key="more")
    assert error.value.code == "refund_amount"


def test_an_order_that_is_not_paid_gives_nothing_back() -> None:
    nodes = TwoNodes()
    nodes.place()
    nodes.run()
    give = partial(goodwill.give, number=nodes.vn.order().id, amount=1, reason="other", by=SELLER, key="k")
    with pytest.raises(TradeError) as error:
        nodes.vn.books.run(give)
    assert error.value.code == "not_paid"


def test_what_was_given_back_is_not_given_twice_when_a_service_is_cancelled() -> None:
    services = Services()
    _give(services)
    services.nodes.run()
    for line in (1, 2):
        number = services.delivery(line).id
        ask = partial(service_cancelling.ask, number=services.order.id, delivery=number, by=BUYER)
        services.nodes.cn.books.run(ask)
        services.nodes.run()
    services.check(owed=0)
    order = services.nodes.cn.market.read(services.order)
    payment = services.nodes.cn.books.read(order.paying)
    assert (order.state, payment.refunded) == ("cancelled", payment.captured)
    assert services.nodes.cn.common().conflicts == ()


@pytest.mark.parametrize(("can_pay", "is_short"), [(20_000, False), (17_000, True), (0, True)])
def test_a_service_that_is_paid_back_in_part_only_is_marked_although_a_part_was_given_before(
    can_pay: int, is_short: bool
) -> None:
    services = Services()
    _give(services)
    services.nodes.run()
    market = services.nodes.cn.market
    payment = services.nodes.cn.books.read(market.read(services.order).paying)
    # The bank of the buyer takes everything back but what can be paid.
    snapshot = market.provider.dispute(payment.reference, payment.refundable - can_pay, "opened")
    market.books.run(lambda tx: receive(tx, payment.id, snapshot))
    assert services.nodes.cn.books.read(payment.id).refundable == can_pay
    services.cancel(2)
    services.nodes.run()
    # Of the price of 500.00 the seller gave 50.00 back. 450.00 are left, so the 200.00 of the service are due whole.
    assert services.paid_back() == 5_000 + can_pay
    assert services.nodes.cn.common().conflicts == (("refund_incomplete",) if is_short else ())


def test_of_an_order_that_was_paid_back_meanwhile_nothing_is_left() -> None:
    services = Services()
    services.nodes.cn.books.run(partial(cancel_order, number=services.order.id, reason="changed_mind", by=BUYER))
    services.nodes.run()
    assert _sends(services)["paid"] == 0
    refused = Goodwill(amount=1, reason="other", status="refused", why="nothing_left")
    assert _given(services.nodes.cn.order()) == refused
    services.nodes.run()
    services.check(owed=0)
    with pytest.raises(TradeError) as error:
        _give(services)
    assert error.value.code == "refund_amount"


def test_the_importers_node_pays_no_more_than_is_left_and_says_how_much() -> None:
    services = Services()
    held(services, 1)
    number, run = services.delivery(1).id, services.nodes.vn.books.run
    run(partial(commands.object_to, number=number, reason="interrupted", by=services.nodes.vn.peer))
    run(partial(commands.decide_objection, number=number, percent=100, person="us_9"))
    _give(services, 25_000)  # 300.00 of the 500.00 go back for the service: 200.00 are left
    services.nodes.run()
    assert _given(services.nodes.vn.order()).paid == 20_000
    services.check(owed=0)


def _without(services: Services, name: str) -> None:
    """The node of the buyer has an older program, which does not know a message."""
    nodes = services.nodes
    peer: Peer = nodes.vn.books.read(nodes.vn.peer)
    known = {kind: list(each) for kind, each in peer.messages.items() if kind != name}
    nodes.vn.books.run(lambda tx: tx.append(peer.id, "peer.described", {"messages": known}))


def test_a_node_that_does_not_know_the_message_is_asked_nothing_and_the_seller_is_told() -> None:
    services = Services()
    _without(services, goodwill.MESSAGE)
    with pytest.raises(TradeError) as error:
        _give(services)
    assert error.value.code == "goodwill_not_known"
    assert services.nodes.vn.order().goodwills == {}


def test_a_refund_that_cannot_be_told_any_more_says_so() -> None:
    services = Services()
    _give(services)
    _without(services, goodwill.MESSAGE)
    services.nodes.run()
    assert _given(services.nodes.vn.order()).why == "not_known"
    services.check(owed=50_000)
    services = Services()
    _give(services)
    nodes = services.nodes
    nodes.vn.books.run(partial(meeting.revoke, number=nodes.vn.peer, why="a test", by="us_1"))
    nodes.run()
    assert _given(nodes.vn.order()).why == "peer_revoked"


def test_a_refund_is_told_after_the_capability_was_closed() -> None:
    services = Services()
    for node in (services.nodes.vn, services.nodes.cn):
        node.books.run(partial(meeting.close, number=node.peer, capabilities={"order": ["in", "out"]}, by="us_1"))
    _give(services)
    services.nodes.run()
    services.check(owed=45_000)


def _sends(services: Services, **changes: object) -> Mapping[str, Any]:
    """The node of the seller sends a signed text that its program would not: what the handler answers."""
    vn, cn = services.nodes.vn, services.nodes.cn
    terms = RefundTerms(
        order=cn.common().id, digest=cn.common().digest, refund="rf_019ca6b1dc0070018000000000000000", currency="CNY",
        amount=1, reason="other", given=timestamp(services.nodes.clock()),
    )  # fmt: skip
    terms = msgspec.structs.replace(terms, **changes)
    signature = vn.node.services["sign"](canonical(terms), "")
    peer: Peer = cn.books.read(cn.peer)
    now = timestamp(services.nodes.clock())
    message = NodeMessage(
        id="nm_5", type=goodwill.MESSAGE, version=1, sender=peer.did, recipient="", sent=now, expires=now, body={},
        about=cn.common().id,
    )  # fmt: skip
    body = GoodwillGiven(terms=terms, signature=signature)
    return cn.books.run(lambda tx: goodwill.pay(tx, peer, message, body, cn.node))


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": 50_001},
        {"currency": "USD"},
        {"digest": "0" * 64},
        {"order": "xo_019ca6b1dc0070018000000000000000"},
        {"form": "entrepot.order/1"},
        {"reason": "because"},
        {"refund": "soon"},
        {"given": "today"},
    ],
)
def test_a_text_that_is_not_one_of_the_order_is_refused(changes: dict[str, object]) -> None:
    services = Services()
    with pytest.raises(MessageRefused) as error:
        _sends(services, **changes)
    assert error.value.code == "part_unknown"
    assert services.paid_back() == 0


def test_a_text_is_paid_once_and_another_one_under_its_id_or_with_another_signature_is_refused() -> None:
    services = Services()
    assert _sends(services) == _sends(services) == {"refund": "rf_019ca6b1dc0070018000000000000000", "paid": 1}
    services.nodes.run()
    assert services.paid_back() == 1
    with pytest.raises(MessageRefused):
        _sends(services, amount=2)
    signs = services.nodes.vn.node.services["sign"]
    services.nodes.vn.node.services["sign"] = lambda content, time: signs(content + b" ", time)  # type: ignore[index]
    with pytest.raises(MessageRefused) as error:
        _sends(services, refund="rf_019ca6b1dc0070018000000000000001")
    assert error.value.code == "signature_invalid"
    assert services.paid_back() == 1


@pytest.mark.parametrize("seed", range(8))
def test_refunds_while_messages_are_lost_repeated_and_overtaken(seed: int) -> None:
    draw = random.Random(seed)
    services = Services()
    acts: list[Callable[[], object]] = [partial(_give, services, 4_000, key=key) for key in ("a", "b", "a")]
    acts.append(partial(services.cancel, 2))
    draw.shuffle(acts)
    act_in_trouble(services, acts, draw)
    # 200.00 of the second service and 80.00 of the first went back.
    services.check(owed=22_000)
