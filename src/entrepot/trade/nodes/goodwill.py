"""A seller gives a part of the price back to a buyer of another node, without a return.

    exporter's node                               importer's node
    the seller gives it
    order.goodwill ─────────────────────────────> the signed text is kept, and the buyer is paid back
    its seller is owed less <──────────── order.account   what was paid back, as any refund

The text changes what the order costs, so the exporter's node signs it as it has signed the order. The importer's node
pays at most what is left of the price of the goods, once for each text, and answers how much that was. Duties and
taxes stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ids import is_id
from entrepot.trade.ledger.events import is_timestamp, timestamp
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes.bodies import GoodwillGiven
from entrepot.trade.nodes.common_orders import EXPORTER, IMPORTER, CommonOrder
from entrepot.trade.nodes.commons import common_of, refused, service
from entrepot.trade.nodes.messages import NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.service_cancelling import order_of
from entrepot.trade.nodes.terms import REFUND_FORM, RefundTerms, canonical
from entrepot.trade.offer_form import one_of
from entrepot.trade.orders import Order
from entrepot.trade.payments.state import TAKEN
from entrepot.trade.ports import NotFound, Transaction, key_reused
from entrepot.trade.refunding import GOODWILL_REASONS, goods_left, last_payment, refund_shares
from entrepot.trade.service_requests import Goodwill

MESSAGE: Final = "order.goodwill"
ASKED, REFUSED, PAID = "asked", "refused", "paid"
#: Why the other node pays nothing back.
REFUSALS: Final = ("nothing_left", "not_known", "peer_revoked", "not_delivered")


def left(order: Order, found: CommonOrder) -> int:
    """What a seller can still give back of the price of an order of another node's buyer, in minor units.

    The other node decides: of a refund that it has not told yet, nothing is known here.
    """
    if found.role != EXPORTER or found.terms is None or not order.paid:
        return 0
    given = sum(each.amount if each.status == ASKED else each.paid for each in order.goodwills.values())
    waits = sum(each.amount for each in order.goodwills.values() if each.status == ASKED)
    goods = found.terms.goods
    return max(min(goods - given, _price_of(found.owed, goods, found.terms.fee) - waits), 0)


def _price_of(owed: int, goods: int, fee: int) -> int:
    """The most of the price of which so much is owed, after its part of the fee was kept.

    Of a price p, p - ceil(p x fee / goods) is owed: refunds give the fee back rounded down.

    >>> _price_of(22_500, 50_001, 5_000), _price_of(8_000, 6_800, 0), _price_of(0, 9, 1)
    (25001, 8000, 0)
    """
    if not owed or goods <= fee:
        return owed
    return -(-(owed + 1) * goods // (goods - fee)) - 1


def give(tx: Transaction, number: str, amount: int, reason: str, *, by: str, key: str) -> Order:
    """Give a part of the price back, as the seller of an order of another node's buyer. The same `key` gives it once.

    `amount`: in minor units. Raises TradeError and NotFound.
    """
    order: Order = tx.get(number)
    if by != order.seller or not order.common:
        raise NotFound(number)
    one_of("reason", reason, GOODWILL_REASONS)
    request = tx.keyed_hash(f"goodwill:{number}:{key}")
    same = next((each for each in order.goodwills.values() if each.request == request), None)
    if same is not None:
        if (same.amount, same.reason) != (amount, reason):
            raise key_reused()
        return order
    found: CommonOrder = tx.get(order.common)
    _check(order, found, amount, tx.get(found.peer))
    refund = tx.new_id("rf_")
    _record(tx, number, refund, Goodwill(amount=amount, reason=reason, status=ASKED, request=request))
    next_step(tx, order.common, "goodwill", refund, refund=refund)
    given: Order = tx.get(number)
    return given


def _check(order: Order, found: CommonOrder, amount: int, peer: Peer) -> None:
    """Raise TradeError for what cannot be given back."""
    if not order.paid:
        raise TradeError("not_paid", "{order} is not paid: nothing can be paid back.", "amount", order=order.id)
    if not peer.messages.get(MESSAGE):
        raise TradeError(
            "goodwill_not_known",
            "{name} cannot pay back what a seller gives without a return: its program is older. Ask its operator.",
            "amount",
            name=peer.name,
        )
    if not 0 < amount <= left(order, found):
        raise TradeError(
            "refund_amount",
            "{wanted} cannot be paid back: {able} of the price of the goods is left.",
            "amount",
            wanted=amount,
            able=left(order, found),
        )


def text_of(tx: Transaction, found: CommonOrder, order: Order, refund: str) -> RefundTerms:
    """The text of a refund, which the exporter's node signs."""
    asked = order.goodwills[refund]
    return RefundTerms(
        order=found.id,
        digest=found.digest,
        refund=refund,
        currency=order.quote.amounts.currency,
        amount=asked.amount,
        reason=asked.reason,
        given=timestamp(tx.time),
    )


def sign(tx: Transaction, found: CommonOrder, refund: str, node: Node) -> GoodwillGiven:
    """The signed text of a refund, as it is kept here; signed now if it was not yet."""
    if refund not in found.refunds:
        terms = text_of(tx, found, tx.get(found.order), refund)
        signed = service(node, "sign")(canonical(terms), timestamp(tx.time))
        payload = msgspec.to_builtins({"number": refund, "terms": terms, "signature": signed})
        found = tx.append(found.id, "common.refund", payload)
    kept = found.refunds[refund]
    return GoodwillGiven(terms=kept.terms, signature=kept.signature)


def pay(tx: Transaction, peer: Peer, message: NodeMessage, body: GoodwillGiven, node: Node) -> Mapping[str, Any]:
    """Handle `order.goodwill`: keep the signed text, and pay the buyer back, once for each text."""
    found, terms = common_of(tx, peer, message, IMPORTER), body.terms
    order: Order = tx.get(found.order)
    known = order.goodwills.get(terms.refund)
    if known is not None:
        if found.refunds[terms.refund].terms != terms:
            raise refused("part_unknown", order=found.id, part=f"refund {terms.refund[:40]!r} with this text")
        return {"refund": terms.refund, "paid": known.paid}
    _check_text(found, terms)
    if not service(node, "verify")(peer, body.signature, canonical(terms)):
        raise refused("signature_invalid", order=found.id, name=peer.name)
    signed = {"number": terms.refund, "terms": terms, "signature": body.signature}
    tx.append(found.id, "common.refund", msgspec.to_builtins(signed))
    given = _pay_back(tx, order, terms)
    paid = Goodwill(
        amount=terms.amount,
        reason=terms.reason,
        status=PAID if given else REFUSED,
        paid=given,
        why="" if given else "nothing_left",
    )
    _record(tx, order.id, terms.refund, paid)
    return {"refund": terms.refund, "paid": given}


def _check_text(found: CommonOrder, terms: RefundTerms) -> None:
    """Raise MessageRefused for a text that is not one of this order."""
    agreed = found.terms
    right = (
        agreed is not None
        and (terms.form, terms.order, terms.digest) == (REFUND_FORM, found.id, found.digest)
        and terms.currency == agreed.currency
        and terms.reason in GOODWILL_REASONS
        and is_id(terms.refund, "rf_")
        and is_timestamp(terms.given)
        and 0 < terms.amount <= agreed.goods
    )
    if not right:
        raise refused("part_unknown", order=found.id, part=f"refund {terms.refund[:40]!r} with this text")


def _pay_back(tx: Transaction, order: Order, terms: RefundTerms) -> int:
    """Pay the buyer back, at most what is left of the price of the goods. Returns how much."""
    payment = last_payment(tx, order)
    if payment is None or payment.state not in TAKEN:
        return 0
    amount = min(terms.amount, goods_left(payment, order), payment.refundable)
    if amount > 0:
        key = f"goodwill/{terms.refund}"
        refund_shares(tx, payment, order, amount, 0, key=key, reason=terms.reason)
    return max(amount, 0)


def _record(tx: Transaction, number: str, refund: str, given: Goodwill) -> None:
    tx.append(number, "order.goodwill", {"refund": refund, **msgspec.to_builtins(given)})


def refuse(tx: Transaction, number: str, refund: str, why: str) -> None:
    """Record that the other node pays nothing back. `why`: one of `REFUSALS`."""
    asked = tx.get(number).goodwills[refund]
    _record(tx, number, refund, msgspec.structs.replace(asked, status=REFUSED, why=why))


def answered(tx: Transaction, peer: Peer, record: Any, answer: Mapping[str, Any]) -> None:  # noqa: ARG001  # as MessageType
    """What the other node answers: how much it has paid back."""
    order, refund = order_of(tx, record)
    asked = order.goodwills.get(refund) if order is not None else None
    if order is None or asked is None or asked.status == PAID:
        return
    paid = answer.get("paid")
    if type(paid) is int and 0 < paid <= asked.amount:  # JSON's true is an int, too
        _record(tx, order.id, refund, msgspec.structs.replace(asked, status=PAID, paid=paid, why=""))
    else:
        refuse(tx, order.id, refund, "nothing_left")


def failed(tx: Transaction, peer: Peer, record: Any, code: str, why: str) -> None:  # noqa: ARG001  # as MessageType
    """What follows where the other node did not take the message, or refuses it: nothing is paid back."""
    order, refund = order_of(tx, record)
    asked = order.goodwills.get(refund) if order is not None else None
    if order is not None and asked is not None and asked.status == ASKED:
        refuse(tx, order.id, refund, "peer_revoked" if code == "peer_revoked" else "not_delivered")


def paid_of(order: Order) -> int:
    """What sellers have given back of an order across nodes, in minor units."""
    return sum(each.paid for each in order.goodwills.values())
