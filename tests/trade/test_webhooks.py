"""Webhooks: signatures that a library of the standard verifies, filters of kinds, and when an endpoint is disabled."""

from __future__ import annotations

import datetime as dt
import os

import msgspec
import pytest

from entrepot.trade import webhooks
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import Event
from entrepot.trade.webhooks import Endpoint

standardwebhooks = pytest.importorskip("standardwebhooks", reason="the library of the standard is not installed")
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
EVENT = Event(
    id="ev_1",
    stream="or_1",
    kind="order.placed",
    time="2026-03-01T12:00:00.000Z",
    payload={"title": "Cà phê", "amount": 10000, "currency": "CNY"},
    postings=(Posting("buyer/og_1", "CNY", -10000), Posting("seller/og_2", "CNY", 10000)),
    cause="msg_1",
    key="once",
)


def endpoint(number: str, organization: str, *kinds: str, status: str = "enabled") -> Endpoint:
    return Endpoint(
        id=number, organization=organization, url="https://a.example", kinds=kinds, created=NOW, status=status
    )


def test_a_library_of_the_standard_verifies_the_signature() -> None:
    secret = webhooks.new_secret(os.urandom(webhooks.SECRET_BYTES))
    body = msgspec.json.encode(webhooks.shown(EVENT))
    sent = webhooks.headers([webhooks.new_secret(bytes(32)), secret], EVENT.id, dt.datetime.now(dt.UTC), body)
    verifier = standardwebhooks.Webhook(secret)
    assert verifier.verify(body.decode(), sent)["type"] == "order.placed"
    for changed in (
        (body + b" ", sent),
        (body, {**sent, "webhook-id": "ev_2"}),
        (body, {**sent, "webhook-timestamp": str(int(sent["webhook-timestamp"]) + 1)}),
    ):
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            verifier.verify(changed[0].decode(), changed[1])
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(webhooks.new_secret(os.urandom(32))).verify(body.decode(), sent)


def test_an_old_webhook_is_refused_by_the_receiver() -> None:
    secret = webhooks.new_secret(os.urandom(32))
    sent = webhooks.headers([secret], "ev_1", dt.datetime.now(dt.UTC) - dt.timedelta(minutes=6), b"{}")
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secret).verify("{}", sent)


def test_what_is_sent_has_no_entries_of_the_books() -> None:
    sent = msgspec.json.decode(msgspec.json.encode(webhooks.shown(EVENT)))
    assert sent == {
        "object": "event",
        "id": "ev_1",
        "type": "order.placed",
        "created": "2026-03-01T12:00:00.000Z",
        "timestamp": "2026-03-01T12:00:00.000Z",
        "subject": "or_1",
        "data": {"title": "Cà phê", "amount": 10000, "currency": "CNY"},
        "cause": "msg_1",
    }


def test_the_owners_of_an_object_receive_its_events_and_nobody_else() -> None:
    given = [
        endpoint("we_1", "og_1", "*"),
        endpoint("we_2", "og_2", "order.*"),
        endpoint("we_3", "og_2", "payment.*"),
        endpoint("we_4", "og_3", "*"),
        endpoint("we_5", "og_1", "*", status="disabled"),
    ]
    assert [each.id for each in webhooks.receivers(EVENT, ("og_1", "og_2"), given)] == ["we_1", "we_2"]


@pytest.mark.parametrize(
    "kind", ["", "order", "order.", "Order.placed", ".placed", "order.*.x", "**", "order.placed\n"]
)
def test_a_filter_that_matches_nothing_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="is not a kind of event"):
        webhooks.read_kinds(["order.placed", kind])


def test_an_endpoint_is_disabled_after_three_days_of_failure() -> None:
    one = endpoint("we_1", "og_1", "*")
    first = webhooks.after_failure(one, NOW, "500")
    assert (first.status, first.failing_since) == ("enabled", NOW)
    later = webhooks.after_failure(first, NOW + dt.timedelta(days=2, hours=23), "500")
    assert (later.status, later.failing_since) == ("enabled", NOW)
    assert webhooks.after_success(later) == one
    ended = webhooks.after_failure(later, NOW + dt.timedelta(days=3), "It answered 500.")
    assert (ended.status, ended.why) == (
        "disabled",
        "It has failed since 2026-03-01 12:00 UTC. The last failure: It answered 500.",
    )
