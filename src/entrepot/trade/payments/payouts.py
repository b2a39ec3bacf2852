"""Payouts: what a seller is owed, sent to its account by a provider.

    requested -- sent --> in_transit -- paid --> paid
        |                     |           |
        +------- failed ------+-- failed -+--> failed: the seller is owed it again

A payout that was paid may still fail: the seller's bank sends it back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from entrepot.trade import accounts
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, NotAllowed, after
from entrepot.trade.payments.commands import CHANNEL, STRICT, Policy, ledger_key
from entrepot.trade.payments.provider import PayoutAnswer, PayoutOrder
from entrepot.trade.ports import Transaction

MOVES: Moves = {
    ("requested", "payout.sent"): "in_transit",
    ("requested", "payout.failed"): "failed",
    ("in_transit", "payout.paid"): "paid",
    ("in_transit", "payout.failed"): "failed",
    ("paid", "payout.failed"): "failed",
}


class Payout(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payout. `account`: the reference of the bank account, which is not in the ledger; `key`: of the command."""

    id: str
    seller: str
    provider: str
    amount: int
    currency: str
    account: str
    key: str
    created: str
    status: str = "requested"
    reference: str = ""
    error: str = ""


def apply(payout: Payout | None, event: Event) -> Payout:
    """The payout after an event. Raises NotAllowed."""
    if payout is None:
        if event.kind != "payout.created":
            raise NotAllowed(
                "payout_unknown",
                "{payment} does not exist: it cannot have {event}.",
                payment=event.stream,
                event=event.kind,
            )
        return msgspec.convert({**event.payload, "id": event.stream, "created": event.time}, Payout)
    status = after(MOVES, payout.id, payout.status, event.kind)
    reference = event.payload.get("reference") or payout.reference
    return msgspec.structs.replace(payout, status=status, reference=reference, error=event.payload.get("error", ""))


def _references(payout: Payout) -> tuple[str, ...]:
    known = (f"payout:{payout.provider}:{payout.reference}",) if payout.reference else ()
    return (f"payout_key:{payout.key}", *known)


KIND = Kind("po_", "payout", Payout, apply, lambda payout: (payout.seller,), _references)


def start_payout(
    tx: Transaction,
    seller: str,
    currency: str,
    amount: int | None = None,
    *,
    provider: str,
    account: Mapping[str, str],
    key: str,
    nodes: Collection[str] = (),
    policy: Policy = STRICT,
) -> Payout:
    """Pay a seller out: by default all that it is owed in a currency. Raises NotAllowed.

    `account`: the bank account, under the name `account`; `nodes`: the other nodes that this one knows. The ledger
    refuses more than the seller is owed. What it is owed for orders of other nodes is paid out after their settlement.
    """
    own_key = ledger_key(f"{seller}:payout", key)
    if (known := tx.lookup(f"payout_key:{own_key}")) is not None:
        return _same(tx, known, currency, amount)
    if not account.get("account", "").strip():
        raise NotAllowed("account_missing", "The bank account of the seller is missing.", "account")
    wanted = _payable(tx, seller, currency, amount, nodes)
    number = tx.new_id("po_")
    until = (tx.time + policy.retention).date()
    payload = {
        "seller": seller,
        "provider": provider,
        "amount": wanted,
        "currency": currency,
        "account": tx.put_personal(seller, "payout_account", account, retain_until=until),
        "key": own_key,
    }
    moved = (
        Posting(accounts.seller(seller), currency, -wanted, floor=0),
        Posting(accounts.payout(number), currency, wanted),
    )
    payout: Payout = tx.append(number, "payout.created", payload, postings=moved, key=own_key)
    tx.send(CHANNEL, "payout", {"payout": number}, key=f"{number}:payout")
    return payout


def _payable(tx: Transaction, seller: str, currency: str, amount: int | None, nodes: Collection[str]) -> int:
    """The amount of a payout, by default all that can be paid out. Raises NotAllowed."""
    each_node = [tx.balance(accounts.unsettled(seller, node), currency) for node in ("", *nodes)]
    unsettled = sum(each for each in each_node if each > 0)
    # What another node took back, and the settlement has not yet, is not paid out either, whatever others owe.
    owed = tx.balance(accounts.seller(seller), currency) + sum(each for each in each_node if each < 0)
    wanted = owed if amount is None else amount
    if 0 < wanted <= owed:
        return wanted
    if unsettled > 0:
        raise NotAllowed(
            "payout_unsettled",
            "{wanted} {currency} cannot be paid out: the seller is owed {owed}, and {unsettled} for orders of other "
            "nodes, which have not paid their settlement. Record it when it has arrived: `entrepot nodes settle`.",
            "amount",
            wanted=wanted,
            currency=currency,
            owed=owed,
            unsettled=unsettled,
        )
    raise NotAllowed(
        "payout_amount",
        "{wanted} {currency} cannot be paid out: the seller is owed {owed}.",
        "amount",
        wanted=wanted,
        currency=currency,
        owed=owed,
    )


def _same(tx: Transaction, number: str, currency: str, amount: int | None) -> Payout:
    """The payout that a key was used for. Raises NotAllowed if it was another one."""
    payout: Payout = tx.get(number)
    if payout.currency != currency or amount not in (None, payout.amount):
        raise NotAllowed(
            "idempotency_key_reused",
            "The idempotency key was used for another payout: {payout}. Use a new key.",
            payout=number,
        )
    return payout


def order_of(tx: Transaction, number: str) -> PayoutOrder:
    """What the provider is asked to pay out."""
    payout: Payout = tx.get(number)
    return PayoutOrder(
        payout=payout.id,
        recipient=payout.seller,
        amount=payout.amount,
        currency=payout.currency,
        account=tx.get_personal(payout.account)["account"],
    )


def receive_payout(tx: Transaction, number: str, answer: PayoutAnswer, *, cause: str = "") -> Payout:
    """Record how a payout stands at its provider: in any order, each step once. Raises NotAllowed."""
    payout: Payout = tx.get(number)
    if payout.reference and answer.reference != payout.reference:
        raise NotAllowed(
            "reference_differs",
            "{payment} has the number {reference} at the provider, not {other}.",
            payment=number,
            reference=payout.reference,
            other=answer.reference,
        )
    if (answer.amount, answer.currency) != (payout.amount, payout.currency):
        raise NotAllowed(
            "amount_differs",
            "The payout {payout} is {amount}; the provider paid {other}.",
            payout=number,
            amount=payout.amount,
            other=answer.amount,
        )
    if payout.status == "requested" and answer.status != "failed":
        payout = tx.append(number, "payout.sent", {"reference": answer.reference}, cause=cause)
    if payout.status == "in_transit" and answer.status == "paid":
        moved = (
            Posting(accounts.payout(number), payout.currency, -payout.amount),
            Posting(accounts.provider(payout.provider), payout.currency, payout.amount),
        )
        payout = tx.append(number, "payout.paid", {}, postings=moved, cause=cause)
    if payout.status != "failed" and answer.status == "failed":
        payout = fail_payout(tx, number, answer.error, cause=cause)
    return payout


def fail_payout(tx: Transaction, number: str, error: str, *, cause: str = "") -> Payout:
    """A payout failed: the seller is owed it again, also where its bank sent it back later."""
    payout: Payout = tx.get(number)
    if payout.status == "failed":
        return payout
    source = accounts.provider(payout.provider) if payout.status == "paid" else accounts.payout(number)
    moved = (
        Posting(source, payout.currency, -payout.amount),
        Posting(accounts.seller(payout.seller), payout.currency, payout.amount),
    )
    found: Payout = tx.append(number, "payout.failed", {"error": error}, postings=moved, cause=cause)
    return found
