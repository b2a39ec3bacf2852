"""What a node tells wrongly about orders of two nodes: it is refused, and nothing of it happens."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes import accepting, documents, exchange, meeting, memory, owing, shipping
from entrepot.trade.nodes.bodies import (
    Account,
    Confirm,
    DeliveredDocument,
    Entry,
    ReleaseState,
    ShipmentPiece,
    ShipmentState,
)
from entrepot.trade.nodes.common_orders import CommonOrder
from entrepot.trade.nodes.messages import MessageRefused, NodeMessage
from entrepot.trade.nodes.terms import OrderTerms, canonical
from entrepot.trade.papers.kinds import INVOICE
from entrepot.trade.shipping import create_shipment
from trade.market import BUYER
from trade.paper_desk import issue
from trade.two_nodes import Trader, TwoNodes, sign

UNKNOWN = "xo_019ca6b1dc0070018000000000000000"


def _message(about: str) -> NodeMessage:
    return NodeMessage(
        id="nm_1", type="order.test", version=1, sender="", recipient="", sent="", expires="", body={}, about=about
    )


def _tell(node: Trader, handle: Callable[..., Any], body: Any, about: str, peer: str = "") -> Any:
    """Let a node receive a body, of its peer or of another one."""
    return node.books.run(lambda tx: handle(tx, tx.get(peer or node.peer), _message(about), body, node.node))


def _terms(nodes: TwoNodes) -> OrderTerms:
    found = nodes.vn.common().terms
    assert found is not None
    return found


def _another_peer(nodes: TwoNodes) -> str:
    node = memory.new_node("TH")
    return memory.introduce(nodes.vn.books, node, exchange.TYPES, ("order",))


def _refused(code: str, act: Callable[[], Any]) -> None:
    with pytest.raises(MessageRefused) as caught:
        act()
    assert caught.value.code == code


def test_a_text_that_the_node_did_not_sign_is_refused_and_nothing_is_recorded() -> None:
    nodes = TwoNodes()
    nodes.sell()
    terms = msgspec.structs.replace(_terms(nodes), order=UNKNOWN)
    signed = sign("did:web:other.example", canonical(terms), "2026-03-01T00:00:00.000Z")
    _refused(
        "signature_invalid",
        partial(_tell, nodes.vn, accepting.confirm, Confirm(terms=terms, signature=signed), UNKNOWN),
    )
    assert set(nodes.vn.all_common()) == {nodes.cn.common().id}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"goods": 1}, "text_amounts"),
        ({"fee": 1_000_000}, "text_amounts"),
        ({"lines": ()}, "text_amounts"),
        ({"seller": "og_2"}, "offer_unknown"),
        ({"exporter": "did:web:th.example"}, "text_parties"),
        ({"form": "entrepot.order/2"}, "text_form"),
        ({"expires": "2026-03-01T00:00:00.000Z"}, "text_expired"),
    ],
)
def test_a_text_that_does_not_follow_from_the_offers_is_rejected(changes: dict[str, Any], reason: str) -> None:
    nodes = TwoNodes()
    nodes.sell()
    terms = msgspec.structs.replace(_terms(nodes), order=UNKNOWN, **changes)
    signed = sign(nodes.cn.node.did, canonical(terms), "2026-03-01T00:00:00.000Z")
    assert _tell(nodes.vn, accepting.confirm, Confirm(terms=terms, signature=signed), UNKNOWN) == {"status": "rejected"}
    found: CommonOrder = nodes.vn.books.read(UNKNOWN)
    assert (found.reason, found.order) == (reason, "")
    assert nodes.vn.books.balance(f"stock/{nodes.offer.id}", nodes.offer.id) == 99


@pytest.mark.parametrize("changes", [{"expires": "never"}, {"buyer_kind": "robot"}, {"ship_to": "China"}])
def test_a_text_with_values_that_no_order_has_is_refused(changes: dict[str, Any]) -> None:
    nodes = TwoNodes()
    nodes.sell()
    terms = msgspec.structs.replace(_terms(nodes), order=UNKNOWN, **changes)
    signed = sign(nodes.cn.node.did, canonical(terms), "2026-03-01T00:00:00.000Z")
    _refused(
        "body_invalid", partial(_tell, nodes.vn, accepting.confirm, Confirm(terms=terms, signature=signed), UNKNOWN)
    )


def test_a_text_cannot_keep_the_stock_for_years() -> None:
    nodes = TwoNodes()
    nodes.sell()
    terms = msgspec.structs.replace(_terms(nodes), order=UNKNOWN, expires="9999-12-31T23:59:59.999Z")
    signed = sign(nodes.cn.node.did, canonical(terms), "2026-03-01T00:00:00.000Z")
    assert _tell(nodes.vn, accepting.confirm, Confirm(terms=terms, signature=signed), UNKNOWN) == {"status": "accepted"}
    assert nodes.vn.order(UNKNOWN).expires < "2026-05"


def test_another_node_cannot_tell_about_an_order() -> None:
    nodes = TwoNodes()
    nodes.sell()
    number, thief = nodes.vn.common().id, _another_peer(nodes)
    entry = Entry(number="ev_1", amount=-8_000, at="2026-03-01T00:00:00.000Z")
    told = Account(currency="CNY", entries=(entry,))
    _refused("order_unknown", partial(_tell, nodes.vn, owing.account, told, number, thief))
    release = ReleaseState(declaration=UNKNOWN.replace("xo_", "de_"), economy="CN", status="released", at="2026")
    _refused("order_unknown", partial(_tell, nodes.vn, shipping.release, release, number, thief))
    other = msgspec.structs.replace(release, economy="TH")  # the node of China, of the customs of another economy
    _refused("wrong_economy", partial(_tell, nodes.vn, shipping.release, other, number))


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [("USD", 0, "currency_differs"), ("CNY", -8_001, "entries_exceed"), ("CNY", 1, "entries_exceed")],
)
def test_entries_that_an_order_cannot_have_are_refused(currency: str, amount: int, code: str) -> None:
    nodes = TwoNodes()
    nodes.sell()
    found = nodes.vn.common()
    more = Entry(number="ev_more", amount=amount, at="2026-03-01T00:00:00.000Z")
    told = Account(currency=currency, entries=(*found.entries, more))
    _refused(code, partial(_tell, nodes.vn, owing.account, told, found.id))
    assert nodes.vn.owed() == -8_000


def test_entries_are_counted_with_those_that_are_posted_already() -> None:
    nodes = TwoNodes()
    nodes.sell()
    found = nodes.vn.common()
    event = UNKNOWN.replace("xo_", "ev_")
    again = Entry(number=event, amount=8_000, at="2026-03-01T00:00:00.000Z")
    told = partial(Account, currency="CNY")
    _refused("entries_exceed", partial(_tell, nodes.vn, owing.account, told(entries=(again,)), found.id))
    part = msgspec.structs.replace(again, amount=0)
    twice, named = (part, part), msgspec.structs.replace(part, number="1")
    undated = msgspec.structs.replace(part, at="2026-03")
    for entries in (twice, (named,), (undated,)):
        _refused("part_unknown", partial(_tell, nodes.vn, owing.account, told(entries=entries), found.id))
    assert (nodes.vn.owed(), nodes.vn.common().entries) == (-8_000, found.entries)


def test_an_order_is_paid_when_all_that_is_owed_was_paid() -> None:
    nodes = TwoNodes()
    nodes.place()
    nodes.run()  # accepted; the buyer has not paid
    number, event = nodes.vn.common().id, UNKNOWN.replace("xo_", "ev_")
    entry = Entry(number=event, amount=1, at="2026-03-01T00:00:00.000Z")
    _tell(nodes.vn, owing.account, Account(currency="CNY", entries=(entry,)), number)
    assert not nodes.vn.order().paid
    rest = Entry(number=event[:-1] + "1", amount=7_999, at="2026-03-01T00:00:00.000Z")
    _tell(nodes.vn, owing.account, Account(currency="CNY", entries=(entry, rest)), number)
    assert nodes.vn.order().paid
    with pytest.raises(TradeError) as caught:
        issue(nodes.vn.market, nodes.vn.order(), INVOICE)
    assert caught.value.code == "buyer_not_here", "its address comes after the payment"


def test_a_waybill_of_another_order_is_a_conflict_for_the_operator() -> None:
    nodes = TwoNodes()
    nodes.sell()
    nodes.ship("WB1")
    nodes.run()
    order = nodes.place()
    nodes.cn.market.pay(order)
    nodes.run()
    told = ShipmentState(
        shipment=UNKNOWN.replace("xo_", "sh_"), status="created", carrier="ZTO", waybill="WB1", pieces=()
    )
    assert _tell(nodes.cn, shipping.shipment, told, order.common) == {"shipment": "conflict"}
    assert nodes.cn.all_common()[order.common].conflicts == ("waybill_taken",)
    assert not nodes.cn.market.read(order).shipments


@pytest.mark.parametrize(
    ("changes", "code"), [({"packages": 0}, "packages_invalid"), ({"gross_mass_kg": "heavy"}, "mass_invalid")]
)
def test_a_parcel_that_no_carrier_has_is_refused(changes: dict[str, Any], code: str) -> None:
    nodes = TwoNodes()
    order = nodes.sell()
    number = UNKNOWN.replace("xo_", "sh_")
    told = ShipmentState(shipment=number, status="created", carrier="ZTO", waybill="WB1", pieces=(), **changes)
    with pytest.raises(TradeError) as caught:
        _tell(nodes.cn, shipping.shipment, told, order.common)
    assert caught.value.code == code
    assert not nodes.cn.common().shipments


def test_the_parcels_of_an_order_have_no_more_pieces_than_it() -> None:
    nodes = TwoNodes()
    order = nodes.sell()
    (line,) = nodes.cn.market.read(order).lines
    whole = (ShipmentPiece(line=line.number, quantity=line.quantity),)
    numbers = [UNKNOWN.replace("xo_", "sh_")[:-1] + digit for digit in "12"]

    def told(at: int, **changes: Any) -> ShipmentState:
        values: dict[str, Any] = {"status": "created", "carrier": "ZTO", "waybill": f"WB{at}"} | changes
        return ShipmentState(shipment=numbers[at], pieces=whole, **values)

    assert _tell(nodes.cn, shipping.shipment, told(0), order.common) == {"shipment": "created"}
    assert _tell(nodes.cn, shipping.shipment, told(0), order.common) == {"shipment": "created"}, "the same one"
    _refused("part_unknown", partial(_tell, nodes.cn, shipping.shipment, told(1), order.common))
    _refused("part_unknown", partial(_tell, nodes.cn, shipping.shipment, told(0, changed="soon"), order.common))
    _tell(nodes.cn, shipping.shipment, told(0, status="lost", changed="2026-03-02T00:00:00.000Z"), order.common)
    assert _tell(nodes.cn, shipping.shipment, told(1), order.common) == {"shipment": "created"}, "sent again"


def test_a_document_is_kept_and_proves_nothing_before_it_was_checked() -> None:
    nodes = TwoNodes()
    order = nodes.sell()
    number = UNKNOWN.replace("xo_", "do_")
    told = DeliveredDocument(
        document=number, kind="invoice", number="1", date="2026-03-01", hash="0" * 64, credential="a.b.c"
    )
    _tell(nodes.cn, documents.deliver, told, order.common)
    assert nodes.cn.common().documents[number].code == ""
    text = nodes.cn.books.run(lambda tx: documents.credential_of(tx, order.id, number, by=BUYER))
    assert text == "a.b.c"
    (step,) = nodes.cn.books.outbox.listed(channel="node_order", limit=1)
    assert (step.topic, step.body["document"]) == ("check", number)
    nodes.cn.books.run(lambda tx: documents.record_check(tx, order.common, number, code="signature", key=""))
    assert nodes.cn.common().documents[number].code == "signature"


def test_a_document_that_may_not_be_sent_holds_no_parcel_up() -> None:
    nodes = TwoNodes()
    order = nodes.sell()
    nodes.vn.books.run(lambda tx: meeting.close(tx, nodes.vn.peer, {"documents": ["out"]}, by="us_1"))
    nodes.vn.books.run(lambda tx: next_step(tx, order.common, "document", "1", document=UNKNOWN))
    nodes.ship()
    nodes.run()
    assert nodes.vn.common().conflicts == ("documents_closed",)
    assert nodes.cn.market.read(order).shipments


def test_an_order_that_the_other_node_declares_on_a_list_has_one_parcel() -> None:
    nodes = TwoNodes()
    nodes.sell(2)
    order = nodes.vn.order()
    send_one = partial(create_shipment, number=order.id, carrier="ZTO", pieces={1: 1}, by=order.seller)
    nodes.vn.books.run(partial(send_one, waybill="WB1"))
    assert _terms(nodes).declared
    with pytest.raises(TradeError) as caught:
        nodes.vn.books.run(partial(send_one, waybill="WB2"))
    assert caught.value.code == "one_parcel"
