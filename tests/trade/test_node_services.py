"""Several services in one order of two nodes: one that ends alone is paid back by the terms of its seller."""

from __future__ import annotations

import random
from functools import partial
from types import SimpleNamespace

import msgspec
import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.delivery import commands
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import meeting, service_cancelling, service_objecting
from entrepot.trade.nodes import services as node_services
from entrepot.trade.nodes.bodies import CancelDelivery, DeliveryState, ObjectToDelivery, ServiceState
from entrepot.trade.nodes.exchange import TYPES
from entrepot.trade.nodes.messages import MessageRefused, NodeMessage
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.ports import NotFound
from entrepot.trade.service_requests import ServiceCancellation, ServiceObjection
from trade.market import BUYER, SELLER
from trade.two_services import Services, act_in_trouble, held


def test_one_of_several_services_that_its_seller_cancels_is_paid_back_and_the_other_goes_on() -> None:
    services = Services()
    services.cancel(2)
    services.nodes.run()
    services.check(owed=30_000)
    assert services.paid_back() >= 20_000, "its price, and the taxes on it that were paid with the order"
    assert services.delivery(2).refunded == 20_000
    assert sorted(services.nodes.cn.order().deliveries.values()) == ["cancelled", "waiting"]
    assert services.nodes.cn.order().state == services.nodes.vn.order().state == "placed"
    assert services.nodes.cn.common().conflicts == ()


def test_the_last_service_ends_the_order_and_everything_is_paid_back_once() -> None:
    services = Services()
    before = services.paid_back()
    assert before == 0
    for line in (2, 1):
        services.cancel(line)
        services.nodes.run()
    services.check(owed=0)
    order = services.nodes.cn.market.read(services.order)
    payment = services.nodes.cn.books.read(order.paying)
    assert (order.state, payment.refunded) == ("cancelled", payment.captured)


def _objected(services: Services, line: int, percent: int) -> None:
    """The buyer's node objects to what was delivered, and the operator of the seller's decides."""
    number, run = services.delivery(line).id, services.nodes.vn.books.run
    run(partial(commands.consent, number=number, by=services.nodes.vn.peer, person="visitor"))
    run(partial(commands.confirm_licence, number=number, person="us_9"))
    run(partial(commands.begin_session, number=number, session="s"))
    run(partial(commands.end_session, number=number, session="s", seconds=60))
    run(partial(commands.finish, number=number))
    run(partial(commands.object_to, number=number, reason="interrupted", by=services.nodes.vn.peer))
    run(partial(commands.decide_objection, number=number, percent=percent, person="us_9"))


def test_a_part_that_the_operator_of_the_sellers_node_decides_is_paid_back() -> None:
    services = Services()
    _objected(services, 1, 40)
    services.nodes.run()
    # 40 % of 300.00 are 120.00; 180.00 and the 200.00 of the other service stay.
    services.check(owed=38_000)
    services.cancel(2)
    services.nodes.run()
    assert services.nodes.vn.order().state == "placed", "the order goes on, for the part that the seller keeps"
    services.check(owed=18_000)


def test_services_that_are_cancelled_one_by_one_give_the_whole_fee_back() -> None:
    # 10 % of 500.01 are 50.00, of 300.01 30.00 and of 200.00 20.00; by its part of 500.01 the second is 19.99.
    services = Services(prices=("300.01", "200.00"), fee=100_000)
    for line in (1, 2):
        services.cancel(line)
        services.nodes.run()
    services.check(owed=0)


def test_a_buyer_cannot_cancel_an_order_of_whose_service_a_part_was_kept() -> None:
    services = Services()
    _objected(services, 1, 40)
    services.nodes.run()
    services.nodes.cn.books.run(partial(cancel_order, number=services.order.id, reason="changed_mind", by=BUYER))
    services.nodes.run()
    assert services.nodes.cn.order().state == services.nodes.vn.order().state == "placed"
    services.check(owed=38_000)


def test_what_is_told_again_late_or_to_an_order_that_ended_pays_nothing_back_twice() -> None:
    services = Services()
    services.cancel(2)
    services.nodes.run()
    transport = services.nodes.vn.side.transport
    for content in list(transport.earlier):
        transport.arrive(content)
    services.check(owed=30_000)
    peer: Peer = services.nodes.cn.books.read(services.nodes.cn.peer)
    told = services.nodes.cn.common().deliveries[services.delivery(2).id]
    late = msgspec.structs.replace(told, status="waiting", refund_percent=0)
    for body in (told, late):
        _tell(services, peer, body)
    services.check(owed=30_000)
    for wrong in (
        msgspec.structs.replace(told, refund_percent=101),
        msgspec.structs.replace(told, refund_percent=-1),
        msgspec.structs.replace(told, status="ready", refund_percent=50),
        *(msgspec.structs.replace(told, starts=time) for time in ("soon", "2026-03-04", "2026-03-04T08:00:00")),
    ):
        with pytest.raises(MessageRefused) as error:
            _tell(services, peer, wrong)
        assert error.value.code == "part_unknown"


def _tell(services: Services, peer: Peer, body: ServiceState) -> None:
    about = services.nodes.cn.common().id
    now = timestamp(services.nodes.clock())
    message = NodeMessage(
        id="nm_1", type="delivery.status", version=2, sender=peer.did, recipient="", sent=now, expires=now, body={},
        about=about,
    )  # fmt: skip
    node = services.nodes.cn.node
    services.nodes.cn.books.run(lambda tx: node_services.state(tx, peer, message, body, node))


@pytest.mark.parametrize("seed", range(8))
def test_services_that_end_while_messages_are_lost_repeated_and_overtaken(seed: int) -> None:
    draw = random.Random(seed)
    services = Services()
    acts = [partial(services.cancel, 1), partial(services.cancel, 2)] if seed % 2 else [partial(services.cancel, 2)]
    act_in_trouble(services, acts, draw)
    services.check(owed=0 if seed % 2 else 30_000)


def test_a_node_that_knows_version_1_is_told_the_state_alone() -> None:
    services = Services()
    kind = TYPES["delivery.status"]
    body = ServiceState(delivery="dl_1", line=1, kind="visit", service="consulting", status="no_show", refund_percent=7)
    first = kind.versions[1].write(body)
    assert isinstance(first, DeliveryState)
    assert kind.versions[1].read(first) == msgspec.structs.replace(body, refund_percent=0)
    peer: Peer = services.nodes.vn.books.read(services.nodes.vn.peer)
    assert kind.newest(peer.messages["delivery.status"]) == 2
    assert kind.newest((1,)) == 1


def test_what_goes_back_is_told_after_the_capability_was_closed() -> None:
    services = Services()
    for node in (services.nodes.vn, services.nodes.cn):
        node.books.run(partial(meeting.close, number=node.peer, capabilities={"delivery": ["in", "out"]}, by="us_1"))
    services.cancel(2)
    services.nodes.run()
    services.check(owed=30_000)
    _objected(services, 1, 0)
    services.nodes.run()
    assert services.nodes.vn.common().conflicts == ("delivery_closed",), "what pays nothing back is not told"


def _ask(services: Services, line: int, *, percent: int | None = None, by: str = BUYER) -> None:
    """The buyer asks to cancel a service of the order."""
    number = services.delivery(line).id
    services.nodes.cn.books.run(
        partial(service_cancelling.ask, number=services.order.id, delivery=number, by=by, percent=percent)
    )


def _cancellation(services: Services, line: int) -> ServiceCancellation:
    return services.nodes.cn.order().cancellations[services.delivery(line).id]


def test_a_buyer_cancels_one_of_several_services_and_the_other_goes_on() -> None:
    services = Services()
    _ask(services, 2)
    assert _cancellation(services, 2).status == "asked"
    _ask(services, 2)  # a second click
    services.nodes.run()
    services.check(owed=30_000)
    assert services.paid_back() >= 20_000
    ended = services.delivery(2)
    assert (ended.status, ended.why, ended.refunded) == ("cancelled", "buyer", 20_000)
    assert services.delivery(1).status == "waiting"
    assert _cancellation(services, 2) == ServiceCancellation(line=2, status="cancelled", percent=100)
    assert services.nodes.cn.order().state == services.nodes.vn.order().state == "placed"
    assert services.nodes.cn.common().conflicts == services.nodes.vn.common().conflicts == ()


def test_a_buyer_who_cancels_every_service_ends_the_order_and_has_everything_back() -> None:
    services = Services()
    for line in (1, 2):
        _ask(services, line)
        services.nodes.run()
    services.check(owed=0)
    order = services.nodes.cn.market.read(services.order)
    payment = services.nodes.cn.books.read(order.paying)
    assert (order.state, order.why, payment.refunded) == ("cancelled", "services_cancelled", payment.captured)
    assert services.nodes.vn.order().why == "services_cancelled"


def test_a_service_that_has_begun_is_not_cancelled_by_its_buyer() -> None:
    services = Services()
    number, run = services.delivery(1).id, services.nodes.vn.books.run
    run(partial(commands.consent, number=number, by=services.nodes.vn.peer, person="visitor"))
    run(partial(commands.confirm_licence, number=number, person="us_9"))
    services.nodes.run()
    run(partial(commands.begin_session, number=number, session="s"))
    _ask(services, 1)  # the news of the session has not come yet
    services.nodes.run()
    refused = _cancellation(services, 1)
    assert (refused.status, refused.reason) == ("refused", "begun")
    services.check(owed=50_000)
    with pytest.raises(TradeError) as error:
        _ask(services, 1)
    assert error.value.code == "service_begun"


def test_only_the_buyer_asks_and_only_for_a_service_that_is_there() -> None:
    services = Services()
    with pytest.raises(NotFound):
        _ask(services, 1, by="og_somebody")
    with pytest.raises(NotFound):
        services.nodes.cn.books.run(
            partial(service_cancelling.ask, number=services.order.id, delivery="dl_none", by=BUYER)
        )
    with pytest.raises(TradeError) as error:
        _ask(services, 1, percent=101)
    assert error.value.code == "refund_changed"
    assert services.nodes.cn.order().cancellations == {}


def _peer_sends(services: Services, **changes: object) -> object:
    """The node of the buyer sends a message that its program would not: what the handler answers."""
    body = CancelDelivery(delivery=services.delivery(1).id, line=1, percent=0)
    body = msgspec.structs.replace(body, **changes)
    peer: Peer = services.nodes.vn.books.read(services.nodes.vn.peer)
    now = timestamp(services.nodes.clock())
    message = NodeMessage(
        id="nm_2", type="delivery.cancel", version=1, sender=peer.did, recipient="", sent=now, expires=now, body={},
        about=services.nodes.vn.common().id,
    )  # fmt: skip
    run, node = services.nodes.vn.books.run, services.nodes.vn.node
    return run(lambda tx: service_cancelling.cancel(tx, peer, message, body, node))


@pytest.mark.parametrize("changes", [{"line": 2}, {"delivery": "dl_none"}, {"percent": 101}, {"percent": -1}])
def test_a_cancellation_that_names_what_the_order_does_not_have_is_refused(changes: dict[str, object]) -> None:
    services = Services()
    with pytest.raises(MessageRefused) as error:
        _peer_sends(services, **changes)
    assert error.value.code == "part_unknown"
    assert services.delivery(1).status == "waiting"


def _answers(services: Services, answer: dict[str, object]) -> None:
    """The node of the seller answers the cancellation of the first service."""
    key = f"xo_1/delivery.cancel/{services.delivery(1).id}/1"
    record = SimpleNamespace(about=services.nodes.cn.common().id, key=key)
    peer: Peer = services.nodes.cn.books.read(services.nodes.cn.peer)
    services.nodes.cn.books.run(lambda tx: service_cancelling.answered(tx, peer, record, answer))


def test_an_answer_that_is_none_leaves_the_service_as_it_is() -> None:
    services = Services()
    _ask(services, 1)
    _answers(services, {"status": ["refused"], "reason": {"a": 1}, "percent": "all"})
    assert _cancellation(services, 1) == ServiceCancellation(line=1, status="refused", percent=100, reason="ended")


def test_an_answer_with_less_than_was_asked_is_marked_and_one_with_no_number_is_none() -> None:
    services = Services()
    _ask(services, 1)
    _answers(services, {"status": "cancelled", "percent": True})
    assert _cancellation(services, 1) == ServiceCancellation(line=1, status="cancelled", percent=100)
    assert services.nodes.cn.common().conflicts == ()
    services = Services()
    _ask(services, 1)
    _answers(services, {"status": "cancelled", "percent": 99})
    assert _cancellation(services, 1) == ServiceCancellation(line=1, status="cancelled", percent=99)
    assert services.nodes.cn.common().conflicts == ("refund_less",)


def test_a_service_whose_whole_order_its_seller_cancels_at_the_same_time_is_paid_back_once() -> None:
    services = Services()
    run = services.nodes.vn.books.run
    run(partial(cancel_order, number=services.nodes.vn.order().id, reason="not_available", by=SELLER))
    _ask(services, 1)
    services.nodes.run()
    services.check(owed=0)
    assert services.nodes.cn.order().state == "cancelled"
    assert _cancellation(services, 1) == ServiceCancellation(line=1, status="cancelled", percent=100)
    assert services.nodes.cn.common().conflicts == ()


@pytest.mark.parametrize("seed", range(8))
def test_cancellations_of_both_sides_while_messages_are_lost_repeated_and_overtaken(seed: int) -> None:
    draw = random.Random(seed)
    services = Services()
    acts = [partial(_ask, services, 2), partial(services.cancel, 2)]
    if seed % 2:
        acts.append(partial(_ask, services, 1))
    draw.shuffle(acts)
    act_in_trouble(services, acts, draw)
    services.check(owed=0 if seed % 2 else 30_000)


def test_a_node_whose_exchange_was_ended_cancels_nothing() -> None:
    services = Services()
    _ask(services, 1)
    nodes = services.nodes
    nodes.cn.books.run(partial(meeting.revoke, number=nodes.cn.peer, why="a test", by="us_1"))
    nodes.run()
    assert _cancellation(services, 1).reason == "peer_revoked"
    assert services.delivery(1).status == "waiting"


def test_a_node_that_does_not_know_the_message_cancels_nothing() -> None:
    services = Services()
    nodes = services.nodes
    peer: Peer = nodes.cn.books.read(nodes.cn.peer)
    known = {name: list(each) for name, each in peer.messages.items() if name != "delivery.cancel"}
    nodes.cn.books.run(lambda tx: tx.append(peer.id, "peer.described", {"messages": known}))
    _ask(services, 1)
    nodes.run()
    assert _cancellation(services, 1).reason == "not_known"
    assert services.delivery(1).status == "waiting"


def _object(services: Services, line: int, reason: str, *, by: str = BUYER) -> None:
    """The buyer objects to a service of the order."""
    number = services.delivery(line).id
    services.nodes.cn.books.run(
        partial(service_objecting.ask, number=services.order.id, delivery=number, reason=reason, by=by)
    )


def _objection(services: Services, line: int) -> ServiceObjection:
    return services.nodes.cn.order().objections[services.delivery(line).id]


def test_a_buyer_objects_and_has_back_what_the_operator_of_the_sellers_node_decides() -> None:
    services = Services()
    held(services, 1)
    _object(services, 1, "interrupted")
    _object(services, 1, "other")  # what is asked stays
    services.nodes.run()
    assert _objection(services, 1) == ServiceObjection(line=1, status="told", reason="interrupted")
    assert (services.delivery(1).status, services.delivery(1).why) == ("objected", "interrupted")
    number = services.delivery(1).id
    assert services.nodes.cn.common().deliveries[number].status == "objected"
    services.check(owed=50_000)
    decide = partial(commands.decide_objection, number=number, percent=40, person="us_9")
    services.nodes.vn.books.run(decide)
    services.nodes.run()
    services.check(owed=38_000)  # 40 % of 300.00 went back


def test_an_objection_after_the_term_is_refused_and_says_so() -> None:
    services = Services()
    held(services, 1)
    number = services.delivery(1).id
    _object(services, 1, "not_as_described")
    services.nodes.clock.pass_days(8)
    services.nodes.vn.books.run(partial(commands.end_due, number=number))  # its term is over before the message came
    services.nodes.run()
    assert (_objection(services, 1).status, _objection(services, 1).why) == ("refused", "late")
    services.check(owed=50_000)
    with pytest.raises(TradeError) as error:
        _object(services, 1, "other")
    assert error.value.code == "objection_not_now"


def test_only_the_buyer_objects_and_only_when_there_is_something_to_object_to() -> None:
    services = Services()
    for reason, code in (("other", "objection_not_now"), ("provider_missing", "objection_not_now")):
        with pytest.raises(TradeError) as error:
            _object(services, 1, reason)
        assert error.value.code == code
    with pytest.raises(TradeError):
        _object(services, 1, "because")
    held(services, 1)
    with pytest.raises(NotFound):
        _object(services, 1, "other", by="og_somebody")
    assert services.nodes.cn.order().objections == {}


@pytest.mark.parametrize("changes", [{"reason": "because"}, {"line": 9}, {"delivery": "dl_none"}])
def test_an_objection_that_another_node_cannot_make_is_refused(changes: dict[str, object]) -> None:
    services = Services()
    held(services, 1)
    body = msgspec.structs.replace(
        ObjectToDelivery(delivery=services.delivery(1).id, line=1, reason="other"), **changes
    )
    peer: Peer = services.nodes.vn.books.read(services.nodes.vn.peer)
    now = timestamp(services.nodes.clock())
    message = NodeMessage(
        id="nm_3", type="delivery.object", version=1, sender=peer.did, recipient="", sent=now, expires=now, body={},
        about=services.nodes.vn.common().id,
    )  # fmt: skip
    run, node = services.nodes.vn.books.run, services.nodes.vn.node
    with pytest.raises(MessageRefused) as error:
        run(lambda tx: service_objecting.record(tx, peer, message, body, node))
    assert error.value.code == "part_unknown"
    assert services.delivery(1).status == "delivered"


def test_an_objection_that_cannot_be_told_says_so() -> None:
    services = Services()
    held(services, 1)
    _object(services, 1, "other")
    nodes = services.nodes
    nodes.cn.books.run(partial(meeting.revoke, number=nodes.cn.peer, why="a test", by="us_1"))
    nodes.run()
    assert (_objection(services, 1).status, _objection(services, 1).why) == ("refused", "peer_revoked")
