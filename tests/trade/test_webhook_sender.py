"""What an endpoint answers, and what follows: sent, tried again, given up, disabled; each attempt is in the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from entrepot.connect.webhooks import post as http
from entrepot.connect.webhooks.addresses import Target
from entrepot.connect.webhooks.post import Answer, NoAnswer
from entrepot.connect.webhooks.sender import WebhookSender
from entrepot.trade import webhooks
from entrepot.trade.ledger.events import Event
from entrepot.trade.outbox import Later, Message, Refused
from entrepot.trade.webhooks import Endpoint

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SECRETS = (webhooks.new_secret(bytes(32)), webhooks.new_secret(b"x" * 32))
EVENT = Event(id="ev_1", stream="or_1", kind="order.placed", time="2026-03-01T12:00:00.000Z", payload={})
MESSAGE = Message(
    id=1, channel="webhook", topic="order.placed", body={"endpoint": "we_1", "event": "ev_1"}, key="we_1:ev_1",
    created=NOW, due=NOW, attempts=2,
)  # fmt: skip


class Rows:
    """The stored webhooks in memory."""

    def __init__(self, url: str = "https://shop.example/hook") -> None:
        self.endpoint: Endpoint | None = Endpoint(id="we_1", organization="og_1", url=url, kinds=("*",), created=NOW)
        self.log: list[dict[str, Any]] = []
        self.disabled = ""

    def find_endpoint(self, _number: str) -> Endpoint | None:
        """The endpoint."""
        return self.endpoint

    def read_secrets(self, _endpoint: Endpoint) -> tuple[str, ...]:
        """Two of them."""
        return SECRETS

    def find_event(self, _number: str) -> Event | None:
        """The event."""
        return EVENT

    def record_delivery(self, endpoint: Endpoint, delivery: Mapping[str, Any], _now: dt.datetime) -> Endpoint:
        """Keep it."""
        self.log.append(dict(delivery))
        return endpoint

    def disable(self, _endpoint: Endpoint, why: str) -> None:
        """Keep why."""
        self.disabled = why


def send(monkeypatch: pytest.MonkeyPatch, rows: Rows, answer: Answer | Exception) -> list[dict[str, Any]]:
    """Send the message to an endpoint that answers so. Returns what was posted."""
    posted: list[dict[str, Any]] = []

    def post(target: Target, body: bytes, headers: Mapping[str, str], **_more: Any) -> Answer:
        posted.append({"host": target.host, "body": msgspec.json.decode(body), **headers})
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(http, "post", post)
    WebhookSender(rows, lambda: NOW, allow_loopback=False)(MESSAGE)
    return posted


def test_a_webhook_is_signed_with_all_secrets_and_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows()
    (posted,) = send(monkeypatch, rows, Answer(204, b"", 0.0, 0.1))
    assert (posted["host"], posted["webhook-id"], posted["body"]["subject"]) == ("shop.example", "ev_1", "or_1")
    assert len(posted["webhook-signature"].split()) == 2
    (logged,) = rows.log
    assert (logged["ok"], logged["status"], logged["attempt"], logged["event"]) == (True, 204, 2, "ev_1")


@pytest.mark.parametrize(
    ("answer", "why", "after"),
    [
        (Answer(500, b"oops", 0.0, 0.1), "answered 500", 0.0),
        (Answer(429, b"", 120.0, 0.1), "answered 429", 120.0),
        (Answer(302, b"", 0.0, 0.1), "Redirects are not followed", 0.0),
        (NoAnswer("shop.example did not answer within 15 s."), "did not answer", 0.0),
    ],
)
def test_a_failure_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, answer: Answer | Exception, why: str, after: float
) -> None:
    rows = Rows()
    with pytest.raises(Later, match=why) as raised:
        send(monkeypatch, rows, answer)
    assert raised.value.after == after
    assert not rows.log[0]["ok"]
    assert not rows.disabled


def test_a_receiver_that_is_gone_is_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows()
    with pytest.raises(Refused, match="410"):
        send(monkeypatch, rows, Answer(410, b"", 0.0, 0.1))
    assert "410" in rows.disabled


def test_nothing_is_sent_to_an_endpoint_that_was_deleted_or_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows()
    assert rows.endpoint is not None
    rows.endpoint = msgspec.structs.replace(rows.endpoint, status="disabled")
    with pytest.raises(Refused, match="disabled"):
        send(monkeypatch, rows, Answer(200, b"", 0.0, 0.1))
    rows.endpoint = None
    with pytest.raises(Refused, match="deleted"):
        send(monkeypatch, rows, Answer(200, b"", 0.0, 0.1))
    assert rows.log == []


def test_an_address_that_became_unsafe_is_an_attempt_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows("http://127.0.0.1/hook")
    with pytest.raises(Later, match="begins with https"):
        send(monkeypatch, rows, Answer(200, b"", 0.0, 0.1))
    assert (rows.log[0]["status"], rows.log[0]["ok"]) == (None, False)
