"""The payments of a node as its settings compose them, and what is asked again when notifications were lost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

pytest.importorskip("django", reason="the server is not installed")

from connect.test_china_settings import SETTINGS
from entrepot.connect.payments.sandbox import SandboxPayments
from entrepot.connect.payments.stripe import Stripe
from entrepot.payment_settings import PaymentSettings
from entrepot.trade.payments.deliver import Delivery
from entrepot.trade.payments.payouts import start_payout
from entrepot.trade.payments.provider import ProviderDown
from entrepot.trade_app.payments_channel import ask_again, buyers_authenticated, delivery
from trade.payment_steps import Node

SECRET = "whsec_dGVzdHM="


def test_the_settings_name_the_provider_and_the_policy() -> None:
    books = Node().books
    none = delivery(books, PaymentSettings())
    assert (none.providers, none.payouts) == ({}, {})
    sandbox = delivery(books, PaymentSettings("sandbox", "http://127.0.0.1:1", "t", SECRET, fee_millionths=25_000))
    assert isinstance(sandbox.providers["sandbox"], SandboxPayments)
    assert list(sandbox.payouts) == ["sandbox"]
    assert (sandbox.policy.fee_millionths, sandbox.policy.buyers_authenticated) == (25_000, False)
    stripe = delivery(books, PaymentSettings("stripe", "", "sk_test", SECRET), buyers_authenticated=True)
    assert isinstance(stripe.providers["stripe"], Stripe)
    assert (stripe.payouts, stripe.policy.buyers_authenticated) == ({}, True)


def test_the_settings_of_customs_say_whether_buyers_are_authenticated(tmp_path: Path) -> None:
    assert not buyers_authenticated({})
    for word in ("true", "false"):
        file = tmp_path / f"{word}.toml"
        file.write_text(f"authenticated = {word}\n{SETTINGS}")
        assert buyers_authenticated({"ENTREPOT_CUSTOMS_CN": str(file)}) == (word == "true")


def test_what_was_not_notified_is_asked_for_after_an_hour() -> None:
    node = Node()
    made = Delivery(node.books, {"memory": node.provider}, node.policy, {"memory": node.provider})
    node.delivery = made
    paid = node.paid()
    payout = node.books.run(
        lambda tx: start_payout(tx, "og_a", "CNY", provider="memory", account={"account": "1"}, key="p")
    )
    waiting = node.start(node.due("or_2"), key="k2", capture="automatic")
    unsent = node.start(node.due("or_3"), key="k3")
    node.send()
    node.provider.approve(node.read(waiting.id).reference)
    node.provider.end_payout(node.books.read(payout.id).reference, "paid")
    assert ask_again(made, node.clock()) == 0  # too early
    node.clock.time += dt.timedelta(hours=1, seconds=1)
    assert ask_again(made, node.clock()) == 3
    assert node.read(waiting.id).status == "captured"
    assert node.books.read(payout.id).status == "paid"
    assert node.read(unsent.id).status == "requires_action"
    assert ask_again(made, node.clock()) == 1  # only that one is still waited for
    assert node.read(paid.id).status == "captured"


def test_a_provider_that_is_down_is_asked_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node()
    made = Delivery(node.books, {"memory": node.provider}, node.policy)
    node.start()
    node.send()

    def down(_reference: str) -> None:
        raise ProviderDown("down")

    monkeypatch.setattr(node.provider, "read", down)
    assert ask_again(made, node.clock() + dt.timedelta(hours=2)) == 0
