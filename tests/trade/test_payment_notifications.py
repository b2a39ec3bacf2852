"""Notifications of payment providers: repeated, late, in any order, unknown, contradictory or forged."""

from __future__ import annotations

import itertools
from functools import partial

import msgspec
import pytest

from entrepot.trade.ledger.entries import Posting
from entrepot.trade.objects import NotAllowed
from entrepot.trade.payments import commands, deliver, notices
from entrepot.trade.payments.memory import SIGNATURE
from entrepot.trade.payments.provider import NotificationRefused, ProviderDispute, ProviderRefund
from trade.payment_steps import PAID, TOTAL, Node


@pytest.fixture
def node() -> Node:
    return Node()


def test_a_notification_counts_once(node: Node) -> None:
    payment = node.start(method="approved")
    node.send()
    payment = node.read(payment.id)
    node.provider.capture(payment.reference, TOTAL, "CNY", final=True, key="by hand")
    body, headers = node.provider.notify(payment.reference)
    assert node.take(body, headers).outcome == "recorded"
    before = len(node.books.events(limit=1000))
    assert node.take(body, headers).outcome == "repeated"
    assert len(node.books.events(limit=1000)) == before
    assert node.balances() == PAID


def test_two_notifications_with_one_id_the_second_is_kept(node: Node) -> None:
    payment = node.start(method="approved")
    node.send()
    payment = node.read(payment.id)
    node.notified(payment, number="nt_7")
    node.provider.capture(payment.reference, TOTAL, "CNY", final=True, key="by hand")
    body, headers = node.provider.notify(payment.reference, number="nt_7")
    found = node.take(body, headers)
    assert (found.outcome, node.read(payment.id).status) == ("kept", "authorized")
    (notice,) = node.books.list_objects("no_", status="open")
    assert (notice.reason, notice.payment, notice.notification) == ("id_reused", payment.id, "nt_7")
    kept = node.books.run(lambda tx: tx.get_personal(notice.body))
    assert kept["body"].encode() == body
    assert node.take(body, headers).outcome == "repeated"
    # The operator tries it again: the provider is asked how the payment stands.
    assert notices.retry(node.books, node.provider, notice.id).status == "captured"
    assert node.balances() == PAID
    with pytest.raises(NotAllowed):
        node.books.run(lambda tx: notices.close(tx, notice.id, actor="us_9"))


def test_a_notification_of_an_unknown_payment_is_kept(node: Node) -> None:
    other = Node()
    payment = other.start(method="approved")
    other.send()
    body, headers = other.provider.notify(other.read(payment.id).reference)
    found = node.take(body, headers)
    (notice,) = node.books.list_objects("no_")
    assert (found.outcome, found.notice, notice.reason) == ("kept", notice.id, "payment_unknown")
    with pytest.raises(NotAllowed, match="names no payment"):
        notices.retry(node.books, node.provider, notice.id)
    assert node.books.run(lambda tx: notices.close(tx, notice.id, actor="us_9")).status == "done"


def test_a_notification_that_cannot_be_true_is_kept_and_changes_nothing(node: Node) -> None:
    payment = node.paid()
    node.books.run(lambda tx: commands.refund(tx, payment.id, 1000, key="r"))
    (number,) = node.read(payment.id).refunds
    wrong = ProviderRefund(reference="r1", refund=number, amount=999, status="succeeded")
    dispute = ProviderDispute(reference="d1", amount=10, status="opened")
    node.provider._change(payment.reference, disputes=(dispute,), refunds=(wrong,))
    before = (node.balances(), len(node.books.events(limit=1000)))
    assert node.notified(payment).outcome == "kept"
    assert (node.balances(), len(node.books.events(limit=1000)) - 1) == before
    (notice,) = node.books.list_objects("no_")
    assert (notice.reason, notice.says) == (
        "amount_differs",
        f"The refund {number} is 1000; the provider paid back 999.",
    )


def test_a_notification_with_a_wrong_signature_or_no_content_is_refused(node: Node) -> None:
    payment = node.start()
    node.send()
    body, headers = node.provider.notify(node.read(payment.id).reference)
    for changed, given in ((body + b" ", headers), (body, {}), (body, {SIGNATURE: "00"})):
        with pytest.raises(NotificationRefused) as error:
            node.take(changed, given)
        assert error.value.code == "wrong_signature"
    for outcome in ("kept", "repeated"):  # it is signed: it is not lost
        assert node.take(b"[", {SIGNATURE: node.provider._sign(b"[")}).outcome == outcome
    (notice,) = node.books.list_objects("no_")
    assert notice.reason == "unreadable"


def test_what_a_provider_says_has_the_same_effect_in_every_order() -> None:
    """All orders of five notifications, each twice: taken, refunded in part, the refund failed, a dispute won."""
    ends = set()
    for order in itertools.permutations(range(5)):
        node = Node()
        payment = node.start(method="approved", capture="automatic")
        asked = node.books.run(partial(deliver.authorization, number=payment.id))
        reference = node.provider.authorize(asked, key=f"{payment.id}:authorize").reference
        said = [node.provider.notify(reference)]
        node.provider.refund(reference, "", 1141, "CNY", key="by hand")
        said.append(node.provider.notify(reference))
        node.provider._change(
            reference,
            refunds=tuple(
                msgspec.structs.replace(each, status="failed") for each in node.provider.read(reference).refunds
            ),
        )
        said.append(node.provider.notify(reference))
        node.provider.dispute(reference, 100)
        said.append(node.provider.notify(reference))
        node.provider.dispute(reference, 100, "won")
        said.append(node.provider.notify(reference))
        for at in (*order, *order):
            node.take(*said[at])
        found = node.read(payment.id)
        refunds = sorted((each.amount, each.status) for each in found.refunds.values())
        ends.add(
            (
                found.state,
                found.captured,
                str(refunds),
                found.disputes["dp_1"].status,
                str(sorted(node.balances().items())),
            )
        )
        assert node.books.list_objects("no_") == []
    assert len(ends) == 1


def test_what_an_account_cannot_bear_is_kept_and_its_message_is_given_up(node: Node) -> None:
    payment = node.paid()
    node.books.run(lambda tx: commands.refund(tx, payment.id, 1000, key="r"))
    # By a fault elsewhere, the buyer's account has less than is paid back.
    moved = (Posting("buyer/or_1", "CNY", -500), Posting("platform/provider_fees", "CNY", 500))
    node.books.run(lambda tx: tx.append(payment.id, "payment.fee_charged", {"amount": 0}, postings=moved))
    node.send()
    (dead,) = node.books.outbox.listed(state="dead")
    assert "answered what cannot be" in dead.reason
    found = node.notified(payment)
    notice = node.books.read(found.notice)
    assert (found.outcome, notice.reason, notice.payment) == ("kept", "insufficient", payment.id)
    with pytest.raises(NotAllowed, match="would pass its floor"):
        notices.retry(node.books, node.provider, notice.id)
    assert next(iter(node.read(payment.id).refunds.values())).status == "pending"
