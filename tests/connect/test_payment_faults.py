"""Payment providers that are down, slow, redirect, or answer with garbage; and what Stripe's events say."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")
import stripe

from connect.stripe_server import KEY
from entrepot.connect.payments.exchange import Exchange
from entrepot.connect.payments.sandbox import SandboxPayments
from entrepot.connect.payments.stripe import Stripe
from entrepot.trade.payments.provider import (
    Authorization,
    NotificationRefused,
    PaymentProvider,
    ProviderDown,
    ProviderRefused,
)
from free_ports import free_port

SECRET = "whsec_" + "dGVzdHM="
DECIMALS = {"CNY": 2, "VND": 0, "ISK": 0, "KWD": 3, "JPY": 0}
ASKED = Authorization(payment="py_1", order="or_1", amount=11410, currency="CNY")
TIMEOUT = 0.3


class Wire:
    """A server that answers each connection with given bytes, and keeps what it was sent."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self.requests: list[bytes] = []
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.requests.append(_read(connection))
                try:
                    self._answer(connection)
                except OSError:
                    continue

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


def _read(connection: socket.socket) -> bytes:
    """A whole request."""
    text = b""
    while b"\r\n\r\n" not in text and (part := connection.recv(65536)):
        text += part
    head, _, body = text.partition(b"\r\n\r\n")
    length = next((int(each[15:]) for each in head.split(b"\r\n") if each.lower().startswith(b"content-length:")), 0)
    while len(body) < length and (part := connection.recv(65536)):
        body += part
    return head + b"\r\n\r\n" + body


@contextmanager
def wire(answer: bytes | Callable[[socket.socket], None]) -> Iterator[Wire]:
    """A server."""
    made = Wire((lambda connection: connection.sendall(answer)) if isinstance(answer, bytes) else answer)
    try:
        yield made
    finally:
        made.close()


def http(status: str, body: bytes, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(3000):
        connection.sendall(b" ")
        time.sleep(0.02)


def providers(url: str, timeout: float = 60.0) -> list[PaymentProvider]:
    return [
        SandboxPayments(url, "token", SECRET, timeout=timeout),
        Stripe(KEY, SECRET, DECIMALS, address=url, timeout=timeout),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        http("200 OK", b"<html>not json</html>"),
        http("200 OK", b'{"id": "pi_1"'),
        http("200 OK", b"\xff\xfe"),
        http("302 Found", b"", "Location: http://127.0.0.1:1/\r\n"),
        http("500 Internal Server Error", b'{"error": {"message": "oops", "code": "x"}}'),
        http("503 Service Unavailable", b"later"),
        http("429 Too Many Requests", b'{"error": {"message": "slow down", "code": "rate"}}'),
        http("401 Unauthorized", b'{"error": {"message": "no", "code": "no_token"}}'),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b" " * (3 << 20),
    ],
)
@pytest.mark.parametrize("which", [0, 1])
def test_what_cannot_be_read_is_asked_for_again(answer: Any, which: int) -> None:
    with wire(answer) as server:
        with pytest.raises(ProviderDown):
            providers(server.url)[which].authorize(ASKED, key="k")
        assert len(server.requests) == 1  # neither followed nor repeated


@pytest.mark.parametrize("which", [0, 1])
def test_what_is_sent_too_slowly_is_not_waited_for(which: int) -> None:
    # The answer would take a minute: each of its parts comes in time, and all of it does not.
    with wire(drip) as server, pytest.raises(ProviderDown, match=f"not within {TIMEOUT} s"):
        providers(server.url, TIMEOUT)[which].authorize(ASKED, key="k")


def test_a_provider_that_does_not_listen_is_down() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    for provider in providers(url):
        with pytest.raises(ProviderDown, match="did not answer"):
            provider.read("pi_1")


def test_every_request_that_has_an_effect_has_a_key_and_stripe_is_told_nothing_of_this_machine() -> None:
    answer = http("400 Bad Request", b'{"error": {"type": "invalid_request_error", "message": "no", "code": "bad"}}')
    asks: list[Callable[[PaymentProvider], Any]] = [
        lambda each: each.authorize(ASKED, key="key-of-this"),
        lambda each: each.capture("pi_1", 1, "CNY", final=True, key="key-of-this"),
        lambda each: each.cancel("pi_1", key="key-of-this"),
    ]
    with wire(answer) as server:
        for provider in providers(server.url):
            for ask in asks:
                with pytest.raises(ProviderRefused) as error:
                    ask(provider)
                assert error.value.code == "bad"
                sent = server.requests[-1].decode().lower()
                assert "idempotency-key: key-of-this" in sent
                assert "x-stripe-client" not in sent


@pytest.mark.parametrize(
    "address", ["http://pay.example", "ftp://127.0.0.1", "https://", "https://u:p@pay.example", "x"]
)
def test_an_address_that_is_not_encrypted_or_not_one_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"is not (encrypted|an address)"):
        Exchange(address)


def intent(**changes: Any) -> dict[str, Any]:
    return {
        "id": "pi_1", "object": "payment_intent", "amount": 11410, "amount_received": 0, "currency": "cny",
        "status": "requires_capture", "created": 1772323200, "latest_charge": "ch_1", "metadata": {"payment": "py_1"},
        **changes,
    }  # fmt: skip


def event(kind: str, about: dict[str, Any], *, secret: str = SECRET, age: int = 0) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(
        {"id": "evt_1", "object": "event", "type": kind, "created": 1772323200, "data": {"object": about}}
    )
    header = stripe.WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age)
    return body.encode(), {"stripe-signature": header}


@pytest.fixture
def stripes() -> Stripe:
    return Stripe(KEY, SECRET, DECIMALS, address="http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("changes", "status", "captured"),
    [
        ({}, "authorized", 0),
        ({"status": "succeeded", "amount_received": 11410}, "captured", 11410),
        ({"status": "succeeded", "amount_received": 5000}, "captured", 5000),
        ({"status": "canceled", "cancellation_reason": "requested_by_customer"}, "cancelled", 0),
        ({"status": "canceled", "cancellation_reason": "automatic"}, "expired", 0),
        ({"status": "requires_action"}, "requires_action", 0),
        ({"status": "processing"}, "processing", 0),
        ({"status": "requires_confirmation"}, "created", 0),
    ],
)
def test_the_states_of_an_intent(stripes: Stripe, changes: dict[str, Any], status: str, captured: int) -> None:
    found = stripes.parse(*event("payment_intent.succeeded", intent(**changes))).snapshot
    assert found is not None
    assert (found.status, found.captured, found.payment, found.transaction) == (status, captured, "py_1", "ch_1")
    assert found.time == "2026-03-01T00:00:00.000Z"


@pytest.mark.parametrize(("currency", "fee"), [("cny", 361), ("eur", 0)])
def test_the_fee_is_read_where_it_is_in_the_currency_of_the_payment(stripes: Stripe, currency: str, fee: int) -> None:
    charge = {"id": "ch_1", "balance_transaction": {"id": "txn_1", "fee": 361, "currency": currency}}
    about = intent(status="succeeded", amount_received=11410, latest_charge=charge)
    found = stripes.parse(*event("payment_intent.succeeded", about)).snapshot
    assert found is not None
    assert (found.fee, found.transaction) == (fee, "ch_1")


def test_a_declined_attempt_is_told_with_its_reason(stripes: Stripe) -> None:
    error = {"code": "card_declined", "decline_code": "insufficient_funds", "charge": "ch_7"}
    about = intent(status="requires_payment_method", last_payment_error=error)
    found = stripes.parse(*event("payment_intent.payment_failed", about)).snapshot
    assert found is not None
    assert (found.status, found.error, found.attempt) == ("created", "insufficient_funds", "ch_7")


@pytest.mark.parametrize(
    ("status", "expected"),
    [("pending", "pending"), ("requires_action", "pending"), ("succeeded", "succeeded"), ("failed", "failed")],
)
def test_refunds_and_disputes_of_an_intent(stripes: Stripe, status: str, expected: str) -> None:
    about = {
        "id": "re_1", "object": "refund", "amount": 1000, "currency": "cny", "payment_intent": "pi_1",
        "status": status, "metadata": {"refund": "rf_1"}, "failure_reason": "expired_or_canceled_card",
    }  # fmt: skip
    found = stripes.parse(*event("refund.updated", about)).snapshot
    assert found is not None
    (refund,) = found.refunds
    assert (found.reference, refund.refund, refund.amount, refund.status) == ("pi_1", "rf_1", 1000, expected)
    dispute = {
        "id": "dp_1", "object": "dispute", "amount": 11410, "currency": "cny", "payment_intent": "pi_1",
        "reason": "fraudulent",
    }  # fmt: skip
    for word, state in (("needs_response", "opened"), ("under_review", "opened"), ("won", "won"), ("lost", "lost")):
        said = stripes.parse(*event("charge.dispute.updated", {**dispute, "status": word})).snapshot
        assert said is not None
        assert [(each.reference, each.amount, each.status) for each in said.disputes] == [("dp_1", 11410, state)]
    inquiry = {**dispute, "status": "warning_needs_response"}
    assert stripes.parse(*event("charge.dispute.created", inquiry)).snapshot is None
    assert stripes.parse(*event("customer.created", {"id": "cus_1", "object": "customer"})).snapshot is None


def test_an_event_of_another_key_or_too_old_or_without_content_is_refused(stripes: Stripe) -> None:
    for forged in (event("payment_intent.succeeded", intent(), secret="whsec_x"), event("x", intent(), age=3600)):
        with pytest.raises(NotificationRefused) as error:
            stripes.parse(*forged)
        assert error.value.code == "wrong_signature"
    body, headers = event("payment_intent.succeeded", {"id": "pi_1"})
    with pytest.raises(NotificationRefused) as error:
        stripes.parse(body, headers)
    assert error.value.code == "unreadable"


@pytest.mark.parametrize(
    ("amount", "currency", "sent"),
    [(11410, "CNY", 11410), (92400, "VND", 92400), (500, "JPY", 500), (5, "ISK", 500), (1230, "KWD", 1230)],
)
def test_amounts_are_written_in_stripes_units(amount: int, currency: str, sent: int) -> None:
    """https://docs.stripe.com/currencies: JPY and VND have no decimals; ISK is written with two; KWD with three."""
    with wire(http("400 Bad Request", b'{"error": {"type": "invalid_request_error", "message": "no"}}')) as server:
        provider = Stripe(KEY, SECRET, DECIMALS, address=server.url)
        with pytest.raises(ProviderRefused):
            provider.authorize(Authorization(payment="py_1", order="or_1", amount=amount, currency=currency), key="k")
        assert f"amount={sent}&currency={currency.lower()}".encode() in server.requests[-1]
    with pytest.raises(ProviderRefused, match="too fine"):
        provider.capture("pi_1", 1235, "KWD", final=True, key="k")
