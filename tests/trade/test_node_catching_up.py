"""What was not told of services while their capability was closed is told once it is open again."""

from __future__ import annotations

import random
from functools import partial

import pytest

from entrepot.trade.delivery import commands
from entrepot.trade.nodes import meeting
from trade.market import SELLER, VISIT
from trade.two_nodes import Trader, TwoNodes
from trade.two_services import Services, act_in_trouble, held

MARK = ("delivery_closed",)


def _close(*nodes: Trader) -> None:
    for node in nodes:
        node.books.run(partial(meeting.close, number=node.peer, capabilities={"delivery": ["in", "out"]}, by="us_1"))


def _open(*nodes: Trader) -> None:
    what = {"capabilities": {"delivery": ["in", "out"]}}
    for node in nodes:
        for person in ("us_1", "us_2"):
            node.books.run(partial(meeting.decide, number=node.peer, act=meeting.OPEN, what=what, by=person))


def _ends_without_a_refund(services: Services) -> None:
    """The first service is held, objected to in person, and its operator gives nothing back."""
    number, run = services.delivery(1).id, services.nodes.vn.books.run
    held(services, 1)
    run(partial(commands.object_to, number=number, reason="interrupted", by=services.nodes.vn.peer))
    run(partial(commands.decide_objection, number=number, percent=0, person="us_9"))


def test_a_service_that_ended_without_a_refund_is_told_once_the_capability_is_open_again() -> None:
    services = Services()
    cn, vn = services.nodes.cn, services.nodes.vn
    _close(vn, cn)
    _ends_without_a_refund(services)
    services.nodes.run()
    number = services.delivery(1).id
    assert vn.common().conflicts == MARK
    assert cn.common().deliveries[number].status == "waiting", "nothing was told"
    _open(cn, vn)
    services.nodes.run()
    assert cn.common().deliveries[number].status == cn.order().deliveries[number] == "accepted"
    assert vn.common().conflicts == cn.common().conflicts == ()
    services.check(owed=50_000)


def test_a_service_that_opened_meanwhile_gets_its_link() -> None:
    services = Services()
    cn, vn = services.nodes.cn, services.nodes.vn
    grants = dict(cn.common().grants)
    assert len(grants) == 2, "both services have links already: nothing is granted twice"
    _close(vn, cn)
    for line in (1, 2):
        run, number = vn.books.run, services.delivery(line).id
        run(partial(commands.consent, number=number, by=vn.peer, person="visitor"))
        run(partial(commands.confirm_licence, number=number, person="us_9"))
    services.nodes.run()
    _open(cn, vn)
    services.nodes.run()
    assert dict(cn.common().grants) == grants
    assert {each.status for each in cn.common().deliveries.values()} == {"ready"}


def test_states_are_told_also_to_a_node_that_has_not_opened_the_capability_again() -> None:
    services = Services()
    cn, vn = services.nodes.cn, services.nodes.vn
    _close(vn, cn)
    _ends_without_a_refund(services)
    services.nodes.run()
    _open(vn)
    services.nodes.run()
    assert cn.common().deliveries[services.delivery(1).id].status == "accepted"
    assert vn.common().conflicts == ()


def test_an_order_that_was_placed_before_the_capability_was_open_gets_its_link() -> None:
    nodes = TwoNodes()
    _close(nodes.vn, nodes.cn)
    copy = nodes.mirror(nodes.vn.market.offer(VISIT))
    (order,) = nodes.cn.market.place({copy.id: 1}, contact={"name": "张伟"})
    nodes.cn.market.pay(order)
    nodes.run()
    assert (dict(nodes.cn.common().grants), nodes.vn.common().conflicts) == ({}, MARK)
    _open(nodes.cn, nodes.vn)
    nodes.run()
    (number,) = nodes.vn.order().deliveries
    assert set(nodes.cn.common().grants) == {number}
    assert nodes.cn.common().deliveries[number].status == "waiting"
    assert nodes.vn.common().conflicts == ()


def test_orders_that_miss_nothing_are_not_told_again() -> None:
    services = Services()
    cn, vn = services.nodes.cn, services.nodes.vn
    _close(vn, cn)
    _open(cn, vn)
    before = len(vn.side.transport.earlier)
    services.nodes.run()
    assert len(vn.side.transport.earlier) == before


@pytest.mark.parametrize("seed", range(6))
def test_services_catch_up_while_messages_are_lost_repeated_and_overtaken(seed: int) -> None:
    draw = random.Random(seed)
    services = Services()
    cn, vn = services.nodes.cn, services.nodes.vn
    _close(vn, cn)
    _ends_without_a_refund(services)
    services.nodes.run()
    cancel = partial(vn.books.run, partial(commands.cancel, number=services.delivery(2).id, by=SELLER))
    act_in_trouble(services, [partial(_open, cn, vn), cancel], draw)
    states = {number: each.status for number, each in cn.common().deliveries.items()}
    assert states == {services.delivery(1).id: "accepted", services.delivery(2).id: "cancelled"}
    services.check(owed=30_000)
