"""A buyer accepts a service of another node before the term of its seller ends."""

from __future__ import annotations

import random
from functools import partial

import msgspec
import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.delivery import commands
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import meeting, service_accepting, service_objecting
from entrepot.trade.nodes.bodies import AcceptDelivery
from entrepot.trade.nodes.messages import MessageRefused, NodeMessage
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.ports import NotFound
from entrepot.trade.service_requests import ServiceAcceptance
from trade.market import BUYER
from trade.two_services import Services, act_in_trouble, held


def _accept(services: Services, line: int, *, by: str = BUYER) -> None:
    """The buyer accepts a service of the order."""
    number = services.delivery(line).id
    services.nodes.cn.books.run(partial(service_accepting.ask, number=services.order.id, delivery=number, by=by))


def _object(services: Services, line: int) -> None:
    number, run = services.delivery(line).id, services.nodes.cn.books.run
    run(partial(service_objecting.ask, number=services.order.id, delivery=number, reason="interrupted", by=BUYER))


def _acceptance(services: Services, line: int) -> ServiceAcceptance:
    return services.nodes.cn.order().acceptances[services.delivery(line).id]


def test_a_buyer_accepts_before_the_term_ends_and_cannot_object_any_more() -> None:
    services = Services()
    held(services, 1)
    _accept(services, 1)
    assert _acceptance(services, 1).status == "asked"
    _accept(services, 1)  # a second click
    services.nodes.run()
    assert _acceptance(services, 1) == ServiceAcceptance(line=1, status="accepted")
    accepted = services.delivery(1)
    assert (accepted.status, accepted.why) == ("accepted", "buyer")
    assert services.nodes.cn.common().deliveries[accepted.id].status == "accepted"
    services.check(owed=50_000)
    with pytest.raises(TradeError) as error:
        _object(services, 1)
    assert error.value.code == "objection_not_now"


def test_a_buyer_accepts_after_all_what_it_has_objected_to() -> None:
    services = Services()
    held(services, 1)
    _object(services, 1)
    with pytest.raises(TradeError) as error:  # the other node has not answered the objection
        _accept(services, 1)
    assert error.value.code == "acceptance_not_now"
    services.nodes.run()
    assert services.delivery(1).status == "objected"
    _accept(services, 1)
    services.nodes.run()
    assert services.delivery(1).status == "accepted"
    services.check(owed=50_000)


def test_only_the_buyer_accepts_and_only_what_was_delivered() -> None:
    services = Services()
    with pytest.raises(TradeError) as error:
        _accept(services, 1)
    assert error.value.code == "acceptance_not_now"
    held(services, 1)
    with pytest.raises(NotFound):
        _accept(services, 1, by="og_somebody")
    assert services.nodes.cn.order().acceptances == {}


def test_what_its_term_has_accepted_meanwhile_is_accepted() -> None:
    services = Services()
    held(services, 1)
    _accept(services, 1)
    services.nodes.clock.pass_days(8)
    services.nodes.vn.books.run(partial(commands.end_due, number=services.delivery(1).id))
    services.nodes.run()
    assert _acceptance(services, 1).status == "accepted"
    assert services.delivery(1).why == "term"


def test_what_the_operator_of_the_sellers_node_has_cancelled_meanwhile_is_not_accepted() -> None:
    services = Services()
    held(services, 1)
    _object(services, 1)
    services.nodes.run()
    _accept(services, 1)
    decide = partial(commands.decide_objection, number=services.delivery(1).id, percent=100, person="us_9")
    services.nodes.vn.books.run(decide)
    services.nodes.run()
    assert _acceptance(services, 1) == ServiceAcceptance(line=1, status="refused", why="ended")
    services.check(owed=20_000)


def test_a_node_that_does_not_know_the_message_accepts_when_its_term_ends() -> None:
    services = Services()
    held(services, 1)
    nodes = services.nodes
    peer: Peer = nodes.cn.books.read(nodes.cn.peer)
    known = {name: list(each) for name, each in peer.messages.items() if name != "delivery.accept"}
    nodes.cn.books.run(lambda tx: tx.append(peer.id, "peer.described", {"messages": known}))
    _accept(services, 1)
    nodes.run()
    assert _acceptance(services, 1) == ServiceAcceptance(line=1, status="refused", why="not_known")
    assert services.delivery(1).status == "delivered"
    nodes.clock.pass_days(8)
    nodes.vn.books.run(partial(commands.end_due, number=services.delivery(1).id))
    nodes.run()
    assert nodes.cn.common().deliveries[services.delivery(1).id].status == "accepted"


def test_an_acceptance_that_cannot_be_told_says_so() -> None:
    services = Services()
    held(services, 1)
    _accept(services, 1)
    nodes = services.nodes
    nodes.cn.books.run(partial(meeting.revoke, number=nodes.cn.peer, why="a test", by="us_1"))
    nodes.run()
    assert _acceptance(services, 1).why == "peer_revoked"


def test_an_acceptance_is_told_after_both_capabilities_were_closed() -> None:
    services = Services()
    held(services, 1)
    both = {"delivery": ["in", "out"], "order": ["in", "out"]}
    for node in (services.nodes.vn, services.nodes.cn):
        node.books.run(partial(meeting.close, number=node.peer, capabilities=both, by="us_1"))
    _accept(services, 1)
    services.nodes.run()
    assert _acceptance(services, 1).status == "accepted"
    assert services.nodes.cn.common().deliveries[services.delivery(1).id].status == "accepted"


@pytest.mark.parametrize("changes", [{"line": 2}, {"delivery": "dl_none"}])
def test_an_acceptance_of_what_the_order_does_not_have_is_refused(changes: dict[str, object]) -> None:
    services = Services()
    held(services, 1)
    body = msgspec.structs.replace(AcceptDelivery(delivery=services.delivery(1).id, line=1), **changes)
    peer: Peer = services.nodes.vn.books.read(services.nodes.vn.peer)
    now = timestamp(services.nodes.clock())
    message = NodeMessage(
        id="nm_4", type="delivery.accept", version=1, sender=peer.did, recipient="", sent=now, expires=now, body={},
        about=services.nodes.vn.common().id,
    )  # fmt: skip
    run, node = services.nodes.vn.books.run, services.nodes.vn.node
    with pytest.raises(MessageRefused) as error:
        run(lambda tx: service_accepting.record(tx, peer, message, body, node))
    assert error.value.code == "part_unknown"
    assert services.delivery(1).status == "delivered"


@pytest.mark.parametrize("seed", range(8))
def test_acceptances_while_messages_are_lost_repeated_and_overtaken(seed: int) -> None:
    draw = random.Random(seed)
    services = Services()
    for line in (1, 2):
        held(services, line)
    acts = [partial(_accept, services, 1), partial(_accept, services, 2)]
    draw.shuffle(acts)
    act_in_trouble(services, acts, draw)
    assert [_acceptance(services, line).status for line in (1, 2)] == ["accepted", "accepted"]
    assert [services.delivery(line).why for line in (1, 2)] == ["buyer", "buyer"]
    services.check(owed=50_000)
