"""One contract for all payment providers: in memory, the sandbox over HTTP, Stripe by its library."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

pytest.importorskip("django", reason="the server is not installed")

from connect import stripe_server
from entrepot.connect.payments.sandbox import SandboxPayments
from entrepot.connect.payments.stripe import Stripe
from entrepot.trade.payments import commands, notices
from entrepot.trade.payments.deliver import Delivery
from entrepot.trade.payments.memory import MemoryProvider
from entrepot.trade.payments.provider import (
    Authorization,
    NotificationRefused,
    PaymentProvider,
    PayoutOrder,
    ProviderRefused,
)
from sandbox_process import Receiver, Sandbox, receiver, run, until
from trade.payment_steps import PAID, TOTAL, Node

PAYER = {"name": "李雷", "identity_type": "1", "identity_number": "11010519491231002X", "telephone": "13800138000"}
SECRET = "whsec_of_these_tests"
DECIMALS = {"CNY": 2, "VND": 0, "ISK": 0, "KWD": 3}
COUNT = iter(range(10**6))


class Side:
    """A provider, with what its buyer and its bank do in a test."""

    name = ""
    approved, declined = "approved", "declined"
    #: What localstripe does not do as Stripe does: it forgets keys, books the rest of a partial capture as a refund, …
    lacks: frozenset[str] = frozenset()

    def __init__(self, provider: PaymentProvider) -> None:
        self.provider = provider

    def begin(self, method: str = "", *, key: str = "", **changes: Any) -> Any:
        """Begin a payment of CNY 114.10."""
        number = next(COUNT)
        given = {"payment": f"py_{number}", "order": f"or_{number}", "amount": 11410, "currency": "CNY", "payer": PAYER}
        asked = Authorization(**{**given, "method": method, **changes})
        return self.provider.authorize(asked, key=key or f"py_{number}:authorize")

    def approve(self, reference: str) -> None:
        """The buyer approves."""
        raise NotImplementedError

    def notified(self, reference: str) -> tuple[bytes, dict[str, str]]:
        """The last notification about a payment: body and headers."""
        raise NotImplementedError


class Memory(Side):
    """The provider in memory."""

    def approve(self, reference: str) -> None:
        """At once."""
        self.made.approve(reference)

    def notified(self, reference: str) -> tuple[bytes, dict[str, str]]:
        """Made now."""
        return self.made.notify(reference)

    @property
    def made(self) -> MemoryProvider:
        """The provider, as what it is."""
        assert isinstance(self.provider, MemoryProvider)
        return self.provider


class OverHttp(Side):
    """The sandbox."""

    def __init__(self, sandbox: Sandbox, inbox: Receiver) -> None:
        super().__init__(SandboxPayments(sandbox.url, sandbox.start["control_token"], sandbox.start["webhook_secret"]))
        self.sandbox, self.inbox = sandbox, inbox

    def approve(self, reference: str) -> None:
        """By the page, as a buyer does it."""
        url = self.sandbox.get(f"/payments/{reference}").json()["action"]["url"]
        with httpx.Client(follow_redirects=True, timeout=120) as browser:
            page = browser.get(url).text
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
            assert token is not None
            form = {"csrfmiddlewaretoken": token[1], "answer": "approve", **PAYER}
            answered = browser.post(url, data=form, headers={"Referer": url})
        assert "authorized" in answered.text

    def notified(self, reference: str) -> tuple[bytes, dict[str, str]]:
        """The last one that arrived."""

        def found() -> tuple[bytes, dict[str, str]] | None:
            about = [(body, headers) for headers, body in self.inbox.received if reference.encode() in body]
            return about[-1] if about else None

        body, headers = until(found)
        return body, {name.lower(): value for name, value in headers.items()}


class LocalStripe(Side):
    """Stripe's library against localstripe."""

    approved, declined = stripe_server.APPROVED, stripe_server.DECLINED
    lacks = frozenset({"keys", "partial_capture", "page", "bounded_refunds", "payer", "checked_states"})

    def __init__(self, server: stripe_server.StripeServer, inbox: Receiver) -> None:
        super().__init__(Stripe(stripe_server.KEY, SECRET, DECIMALS, address=server.url))
        self.server, self.inbox = server, inbox

    notified = OverHttp.notified


@pytest.fixture(scope="module")
def inbox() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, inbox: Receiver) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("payments")
    with run("payments", folder, "--delay", "0", "--retry", "0.05", "--send-to", inbox.url) as running:
        yield running


@pytest.fixture(scope="module")
def local_stripe(inbox: Receiver) -> Iterator[stripe_server.StripeServer]:
    if not stripe_server.installed():
        pytest.skip("localstripe is not installed")
    with stripe_server.run() as server:
        server.post("/_config/webhooks/tests", url=inbox.url, secret=SECRET).raise_for_status()
        yield server


@pytest.fixture(params=["memory", "sandbox", "stripe"])
def side(request: pytest.FixtureRequest, inbox: Receiver) -> Side:
    if request.param == "memory":
        return Memory(MemoryProvider(now=lambda: dt.datetime.now(dt.UTC)))
    if request.param == "sandbox":
        return OverHttp(request.getfixturevalue("sandbox"), inbox)
    return LocalStripe(request.getfixturevalue("local_stripe"), inbox)


def needs(side: Side, what: str) -> None:
    if what in side.lacks:
        pytest.skip(f"localstripe has no {what.replace('_', ' ')}")


def test_a_payment_is_authorized_captured_and_refunded(side: Side) -> None:
    begun = side.begin(side.approved)
    assert (begun.status, begun.authorized, begun.captured or 0, begun.currency) == ("authorized", 11410, 0, "CNY")
    assert begun.payment.startswith("py_")
    assert begun.transaction
    taken = side.provider.capture(begun.reference, 11410, "CNY", final=True, key="c" + begun.reference)
    assert (taken.status, taken.captured, taken.final) == ("captured", 11410, True)
    back = side.provider.refund(begun.reference, "rf_1", 1000, "CNY", key="r" + begun.reference)
    (refund,) = back.refunds
    assert (refund.refund, refund.amount, refund.status) == ("rf_1", 1000, "succeeded")
    found = side.provider.read(begun.reference)
    assert (found.status, found.captured, found.payment, found.refunds) == ("captured", 11410, begun.payment, (refund,))


def test_a_payment_can_be_captured_at_once(side: Side) -> None:
    begun = side.begin(side.approved, capture="automatic")
    assert (begun.status, begun.authorized, begun.captured) == ("captured", 11410, 11410)


def test_the_same_key_has_one_effect(side: Side) -> None:
    needs(side, "keys")
    number = f"py_k{next(COUNT)}"
    first = side.begin(side.approved, payment=number, order="or_k", key=number)
    assert side.begin(side.approved, payment=number, order="or_k", key=number).reference == first.reference
    for _ in range(2):
        side.provider.capture(first.reference, 11410, "CNY", final=True, key="c" + number)
    for _ in range(2):
        side.provider.refund(first.reference, "rf_1", 1000, "CNY", key="r" + number)
    found = side.provider.read(first.reference)
    assert (found.captured, [each.amount for each in found.refunds]) == (11410, [1000])


def test_a_refund_with_the_same_key_is_made_once(side: Side) -> None:
    """Also where the provider has forgotten the key."""
    begun = side.begin(side.approved, capture="automatic")
    for _ in range(2):
        side.provider.refund(begun.reference, "rf_1", 1000, "CNY", key="r" + begun.reference)
    assert len(side.provider.read(begun.reference).refunds) == 1


def test_a_declined_payment_says_why_and_can_be_tried_again(side: Side) -> None:
    if isinstance(side, LocalStripe):  # its answer does not name the intent, so that nothing is left to try again
        with pytest.raises(ProviderRefused) as error:
            side.begin(side.declined)
        assert error.value.code == "card_declined"
        return
    begun = side.begin(side.declined)
    assert (begun.status, bool(begun.error), begun.captured or 0) == ("created", True, 0)


def test_the_buyer_is_told_how_to_pay_and_pays(side: Side) -> None:
    begun = side.begin()
    assert begun.status in ("created", "requires_action")
    assert begun.action
    needs(side, "page")
    side.approve(begun.reference)
    found = side.provider.read(begun.reference)
    assert (found.status, found.authorized, found.action or {}) == ("authorized", 11410, found.action or {})
    assert found.paid_at


def test_the_payer_is_told_where_the_provider_knows_them(side: Side) -> None:
    needs(side, "payer")
    assert side.begin(side.approved).payer == PAYER


def test_a_cancelled_payment_cannot_be_captured(side: Side) -> None:
    begun = side.begin(side.approved)
    assert side.provider.cancel(begun.reference, key="x" + begun.reference).status == "cancelled"
    needs(side, "checked_states")
    with pytest.raises(ProviderRefused):
        side.provider.capture(begun.reference, 11410, "CNY", final=True, key="c" + begun.reference)
    assert side.provider.read(begun.reference).status == "cancelled"


def test_a_part_is_captured(side: Side) -> None:
    needs(side, "partial_capture")
    begun = side.begin(side.approved)
    taken = side.provider.capture(begun.reference, 5000, "CNY", final=True, key="c" + begun.reference)
    assert (taken.status, taken.captured, taken.authorized, taken.final) == ("captured", 5000, 11410, True)


def test_no_more_is_refunded_than_was_captured(side: Side) -> None:
    needs(side, "bounded_refunds")
    begun = side.begin(side.approved, capture="automatic")
    with pytest.raises(ProviderRefused):
        side.provider.refund(begun.reference, "rf_1", 11411, "CNY", key="r" + begun.reference)
    with pytest.raises(ProviderRefused):
        side.provider.refund(begun.reference, "rf_2", 1, "USD", key="q" + begun.reference)


def test_a_payment_that_does_not_exist_is_refused(side: Side) -> None:
    with pytest.raises(ProviderRefused):
        side.provider.read("pi_0")
    with pytest.raises(ProviderRefused):
        side.provider.capture("pi_0", 1, "CNY", final=True, key=f"c{next(COUNT)}")


def test_a_notification_is_verified_and_read(side: Side) -> None:
    begun = side.begin(side.approved, capture="automatic")

    def told() -> Any:
        """The last notification, once it is that of the capture: others may come before it."""
        body, headers = side.notified(begun.reference)
        found = side.provider.parse(body, headers)
        return (body, headers, found) if found.snapshot and found.snapshot.status == "captured" else None

    body, headers, found = until(told)
    assert found.id
    assert (found.snapshot.reference, found.snapshot.payment) == (begun.reference, begun.payment)
    assert found.snapshot.captured == 11410
    for changed, given in (
        (body.replace(b"11410", b"11411"), headers),
        (body, {}),
        (body, {name: value.replace("v1", "v0") + "0" for name, value in headers.items()}),
        (b"", headers),
    ):
        with pytest.raises(NotificationRefused) as error:
            side.provider.parse(changed, given)
        assert error.value.code == "wrong_signature"


def test_a_payout_is_made_once_and_arrives(side: Side) -> None:
    if isinstance(side, LocalStripe):
        pytest.skip("Stripe pays out to the platform itself")
    provider: Any = side.provider
    order = PayoutOrder(payout="po_1", recipient="og_1", amount=9500, currency="CNY", account="6222 0000 0000 0001")
    key = f"po_{next(COUNT)}"
    first = provider.pay_out(order, key=key)
    assert (first.amount, first.currency, first.payout) == (9500, "CNY", "po_1")
    assert provider.pay_out(order, key=key) == first
    if isinstance(side, Memory):
        side.made.end_payout(first.reference, "paid")
    assert provider.read_payout(first.reference).status == "paid"
    with pytest.raises(ProviderRefused):
        provider.read_payout("SO0")


def test_a_node_is_paid_and_pays_back_through_each_provider(side: Side) -> None:
    """The books after a payment of CNY 114.10 of which a tenth is paid back, as worked out in `trade.payment_steps`."""
    node, name = Node(), side.provider.name
    node.delivery = Delivery(node.books, {name: side.provider})
    order = f"or_{name}"
    payment = node.start(node.due(order), key=name, provider=name, method=side.approved)
    node.send()
    node.books.run(lambda tx: commands.capture(tx, payment.id, key="c"))
    node.send()
    paid = node.read(payment.id)
    assert (paid.status, paid.transaction != "", paid.hold) == ("captured", True, "")
    assert node.balances() == {each.replace("provider/memory", f"provider/{name}"): PAID[each] for each in PAID}
    node.books.run(lambda tx: commands.refund(tx, payment.id, 1141, key="r"))
    node.send()
    body, headers = side.notified(paid.reference)
    assert notices.receive_notification(node.books, side.provider, body, headers).outcome == "recorded"
    assert node.read(payment.id).status == "partially_refunded"
    expected = {"seller/og_a": 8550, "platform/fees": 450, "carrier/post": 450, "customs/CN": 819}
    assert node.balances() == {**expected, f"provider/{name}": 1141 - TOTAL}
