"""What the payment company does. Each change is stored together with the answer and the notification of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from standardwebhooks.webhooks import Webhook

from entrepot.sandbox import outgoing, switches
from entrepot.sandbox.database import Database
from entrepot.sandbox.outgoing import Courier, Outgoing
from entrepot.sandbox.payments import states
from entrepot.sandbox.payments.states import (
    MoveNotAllowed,
    Payer,
    Payment,
    PaymentSwitches,
    Payout,
    PayoutRequest,
    Presented,
    Refund,
    Request,
)
from entrepot.sandbox.process import Options, kept_secret, recipients

SCHEMA = f"""
{switches.SCHEMA}
{outgoing.SCHEMA}
CREATE TABLE IF NOT EXISTS payments (
    id TEXT PRIMARY KEY, payment TEXT NOT NULL, value BLOB NOT NULL, request BLOB NOT NULL, answer BLOB, next REAL
);
CREATE INDEX IF NOT EXISTS payments_payment ON payments (payment);
CREATE INDEX IF NOT EXISTS payments_next ON payments (next) WHERE next IS NOT NULL;
CREATE TABLE IF NOT EXISTS payouts (id TEXT PRIMARY KEY, value BLOB NOT NULL, next REAL);
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, digest TEXT NOT NULL, answer BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS numbers (id INTEGER PRIMARY KEY AUTOINCREMENT);
"""
#: For the switch `convert`: an invented rate, so that nobody takes it for a market rate.
RATE = Decimal("7.1761")


class KeyReused(Exception):
    """The idempotency key was used for another request."""


class Company:
    """The payment company. `code`, `name`: those of its customs registration."""

    def __init__(self, options: Options) -> None:
        self.code, self.name = options.own.code, options.own.name
        self.database = Database(options.folder / "payments.sqlite3", SCHEMA)
        #: A part of each number: those of another folder are others.
        self.series = int(hashlib.sha256(kept_secret(options.folder, "series").encode()).hexdigest()[:8], 16) % 10_000
        self.secret = "whsec_" + kept_secret(options.folder, "webhook.secret").replace("-", "+").replace("_", "/") + "="
        self._recipient = recipients(options.own.send_to).get("", "")
        self._delay = options.delay
        self.courier = Courier(self.database, self.switches, pause=options.own.retry, headers=self._signature)
        self._ended, self._changed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="later", daemon=True)

    def start(self) -> None:
        """Start what comes by itself, and the sending."""
        self.courier.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop after the current move."""
        self._ended.set()
        self._changed.set()
        self._thread.join(10)
        self.courier.stop()
        self.database.close()

    def switches(self) -> PaymentSwitches:
        """The switches."""
        return switches.read(self.database, PaymentSwitches)

    def once(self, key: str, asked: bytes, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Act once for a key; the same request again gets the same answer. Raises KeyReused."""
        digest = hashlib.sha256(asked).hexdigest()
        with self.database.transaction() as connection:
            before = connection.execute("SELECT digest, answer FROM answers WHERE key = ?", (key,)).fetchone()
            if before is not None:
                if before["digest"] != digest:
                    raise KeyReused("The idempotency key was used for another request. Use a new key.")
                found: dict[str, Any] = msgspec.json.decode(before["answer"])
                return found
            answer = act()
            connection.execute("INSERT INTO answers VALUES (?, ?, ?)", (key, digest, msgspec.json.encode(answer)))
        self.wake()
        return answer

    def begin(self, request: Request, raw: bytes, address: Callable[[Payment], str]) -> dict[str, Any]:
        """Begin a payment. `raw`: the request as it was sent, for customs; `address`: of the buyer's page."""
        now = self.now()
        payment = Payment(
            id=self._number("SP"),
            secret=secrets.token_urlsafe(16),
            payment=request.payment,
            order=request.order,
            amount=request.amount,
            currency=request.currency,
            capture=request.capture,
            status="requires_action",
            created=now,
            updated=now,
            payer=request.payer,
            return_url=request.return_url,
            expires=self.now(days=1),
        )
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT INTO payments (id, payment, value, request) VALUES (?, ?, ?, ?)",
                (payment.id, payment.payment, msgspec.json.encode(payment), raw),
            )
            self._store(payment, silent=True)
            if request.method in (states.APPROVED, states.DECLINED):
                payment = self.answer_of_buyer(payment.id, approve=request.method == states.APPROVED)
            answer = self.shown(payment, address(payment))
            connection.execute("UPDATE payments SET answer = ? WHERE id = ?", (msgspec.json.encode(answer), payment.id))
        return answer

    def answer_of_buyer(self, number: str, *, approve: bool, payer: Payer | None = None) -> Payment:
        """The buyer approves or declines. Raises LookupError, MoveNotAllowed."""
        now = self.switches()
        with self.database.transaction():
            payment = self.read(number)
            move = "approve" if approve and not now.decline else "decline"
            status = states.after(payment, move)
            if move == "decline":
                return self._store(
                    msgspec.structs.replace(payment, status=status, error="declined", attempt=payment.attempt + 1)
                )
            given = states.STRANGER if now.other_payer else payer or payment.payer
            authorized = max(payment.amount + now.off_by, 1)
            payment = msgspec.structs.replace(
                payment,
                status=status,
                error="",
                authorized=authorized,
                payer=given,
                transaction=self._number("SBXPAY"),
                paid_at=self.now(),
                expires=self.now(days=now.valid_days),
                presented=_presented(now.convert, payment.currency, authorized),
            )
            if payment.capture == "automatic":
                payment = _with_fee(states.captured(payment, authorized, final=True), authorized, now.fee)
            return self._store(payment)

    def capture(self, number: str, amount: int, currency: str = "", *, final: bool) -> Payment:
        """Capture. Raises LookupError, MoveNotAllowed."""
        now = self.switches()
        with self.database.transaction():
            payment = states.captured(_in(self.read(number), currency), amount, final=final)
            if now.fail_captures:
                raise MoveNotAllowed("capture_failed", f"The bank refused the capture of {number}.")
            return self._store(_with_fee(payment, amount, now.fee))

    def move(self, number: str, move: str, error: str = "") -> Payment:
        """Cancel or expire. Raises LookupError, MoveNotAllowed."""
        with self.database.transaction():
            payment = self.read(number)
            if payment.status == "partly_captured" and move == "cancel":
                return self._store(msgspec.structs.replace(payment, status="captured"))
            return self._store(msgspec.structs.replace(payment, status=states.after(payment, move), error=error))

    def refund(self, number: str, refund: str, amount: int, currency: str = "") -> Payment:
        """Refund. It is pending for the delay of the sandbox. Raises LookupError, MoveNotAllowed."""
        with self.database.transaction():
            payment = _in(self.read(number), currency)
            new = Refund(id=self._number("SR"), refund=refund, amount=amount, status="pending")
            payment = states.refunded(payment, new)
            return self._store(payment) if self._delay else self._settle(payment)

    def settle(self, number: str, refund: str, status: str, error: str = "") -> Payment:
        """A refund succeeds or fails. Raises LookupError."""
        with self.database.transaction():
            return self._store(states.settled(self.read(number), refund, status, error))

    def dispute(self, number: str, amount: int) -> Payment:
        """The buyer disputes an amount; 0: all that was captured. Raises LookupError, MoveNotAllowed."""
        with self.database.transaction():
            payment = self.read(number)
            return self._store(states.disputed(payment, amount or payment.captured, self._number("SD")))

    def decide(self, number: str, dispute: str, status: str) -> Payment:
        """A dispute is won or lost. Raises LookupError, MoveNotAllowed."""
        with self.database.transaction():
            return self._store(states.decided(self.read(number), dispute, status))

    def pay_out(self, request: PayoutRequest) -> Payout:
        """Send money to a recipient's account. It is on its way for the delay of the sandbox."""
        now = self.now()
        payout = Payout(
            id=self._number("SO"),
            payout=request.payout,
            recipient=request.recipient,
            amount=request.amount,
            currency=request.currency,
            status="in_transit",
            created=now,
            updated=now,
        )
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT INTO payouts VALUES (?, ?, ?)",
                (payout.id, msgspec.json.encode(payout), time.time() + self._delay),
            )
            return payout if self._delay else self._end_payout(payout)

    def _end_payout(self, payout: Payout) -> Payout:
        failed = self.switches().fail_payouts
        status, error = ("failed", "account_closed") if failed else ("paid", "")
        payout = msgspec.structs.replace(payout, status=status, error=error, updated=self.now())
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE payouts SET value = ?, next = NULL WHERE id = ?", (msgspec.json.encode(payout), payout.id)
            )
            self._notify(connection, "payout.updated", shown_payout(payout))
        return payout

    def payout(self, number: str) -> Payout:
        """A payout. Raises LookupError."""
        value = self.database.value("SELECT value FROM payouts WHERE id = ?", number)
        if value is None:
            raise LookupError(f"There is no payout {number[:60]}.")
        return msgspec.json.decode(value, type=Payout)

    def read(self, number: str) -> Payment:
        """A payment. Raises LookupError."""
        value = self.database.value("SELECT value FROM payments WHERE id = ?", number)
        if value is None:
            raise LookupError(f"There is no payment {number[:60]}.")
        return msgspec.json.decode(value, type=Payment)

    def payments(self, limit: int, starting_after: str, payment: str = "") -> list[Payment]:
        """Payments, the newest first; those of one number of the other side, if it is given. One more than `limit`."""
        rows = self.database.rows(
            "SELECT value FROM payments WHERE (? = '' OR rowid < (SELECT rowid FROM payments WHERE id = ?)) "
            "AND (? = '' OR payment = ?) ORDER BY rowid DESC LIMIT ?",
            starting_after,
            starting_after,
            payment,
            payment,
            limit + 1,
        )
        return [msgspec.json.decode(row["value"], type=Payment) for row in rows]

    def shown(self, payment: Payment, address: str = "") -> dict[str, Any]:
        """A payment as the API shows it. `address`: of the buyer's page, while the buyer is waited for."""
        found = msgspec.to_builtins(payment)
        del found["secret"], found["return_url"]
        waits = payment.status in states.WAITING
        action = {"action": {"url": address}} if waits and address else {}
        return {"object": "payment", "sandbox": True, **found, **action}

    def voucher(self, number: str) -> dict[str, Any]:
        """What customs asks a payment company for (CEB411, and the raw request and answer). Raises LookupError."""
        payment = self.read(number)
        row = self.database.row("SELECT request, answer FROM payments WHERE id = ?", number)
        if not payment.transaction or row is None:
            raise LookupError(f"{number} is not paid: it has no voucher.")
        beijing = dt.datetime.fromisoformat(payment.paid_at).astimezone(dt.timezone(dt.timedelta(hours=8)))
        return {
            "object": "voucher",
            "sandbox": True,
            "payCode": self.code,
            "payName": self.name,
            "payTransactionId": payment.transaction,
            "orderNo": payment.order,
            "payerIdType": payment.payer.identity_type,
            "payerIdNumber": payment.payer.identity_number,
            "payerName": payment.payer.name,
            "telephone": payment.payer.telephone,
            "amountPaid": payment.captured or payment.authorized,
            "currency": payment.currency,
            "payTime": f"{beijing:%Y%m%d%H%M%S}",
            "initalRequest": bytes(row["request"]).decode("utf-8", "replace"),
            "initalResponse": bytes(row["answer"] or b"").decode("utf-8", "replace"),
        }

    def now(self, *, days: int = 0) -> str:
        """The time of the company's calendar, so many days ahead, as RFC 3339."""
        at = switches.now(dt.UTC, self.switches()) + dt.timedelta(days=days)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def wake(self) -> None:
        """Look for what is due now: something was stored, or a switch was set."""
        self._changed.set()
        self.courier.wake()

    def _number(self, prefix: str) -> str:
        with self.database.transaction() as connection:
            number = connection.execute("INSERT INTO numbers DEFAULT VALUES").lastrowid
        return f"{prefix}{self.series:04}{number:09}"

    def _store(self, payment: Payment, *, silent: bool = False) -> Payment:
        """Store the state and, unless it is `silent`, the notification of it."""
        payment = msgspec.structs.replace(payment, updated=self.now())
        pending = any(each.status == "pending" for each in payment.refunds)
        due = time.time() + self._delay if pending else None
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE payments SET value = ?, next = ? WHERE id = ?", (msgspec.json.encode(payment), due, payment.id)
            )
            if not silent:
                self._notify(connection, "payment.updated", self.shown(payment))
        return payment

    def _settle(self, payment: Payment) -> Payment:
        """End the refunds that are pending."""
        status, error = ("failed", "account_closed") if self.switches().fail_refunds else ("succeeded", "")
        for each in payment.refunds:
            if each.status == "pending":
                payment = states.settled(payment, each.id, status, error)
        return self._store(payment)

    def _notify(self, connection: sqlite3.Connection, kind: str, shown: dict[str, Any]) -> None:
        if not self._recipient:
            return
        body = msgspec.json.encode({"type": kind, "timestamp": shown["updated"], "data": shown})
        message = Outgoing(self._recipient, self._number("msg_"), body, {"Content-Type": "application/json"})
        outgoing.enqueue(connection, message, due=time.time(), switches=self.switches())

    def _signature(self, message: Outgoing) -> dict[str, str]:
        """The headers of Standard Webhooks, with the time of this attempt."""
        at = dt.datetime.now(dt.UTC)
        return {
            "webhook-id": message.name,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(message.name, at, message.body.decode()),
        }

    def _run(self) -> None:
        while not self._ended.is_set():
            self._changed.clear()
            try:
                pause = self.act_due()
            except sqlite3.Error:
                pause = 1.0
            self._changed.wait(pause)

    def act_due(self) -> float:
        """End refunds, payouts and authorisations that are due. Returns the seconds until to look again."""
        now = time.time()
        for row in self.database.rows("SELECT id FROM payments WHERE next <= ?", now):
            with self.database.transaction():
                self._settle(self.read(row["id"]))
        for row in self.database.rows("SELECT id FROM payouts WHERE next <= ?", now):
            self._end_payout(self.payout(row["id"]))
        self.expire_due()
        self.courier.wake()
        due = self.database.value(
            "SELECT min(next) FROM (SELECT next FROM payments UNION ALL SELECT next FROM payouts)"
        )
        return 60.0 if due is None else min(max(float(due) - time.time(), 0.01), 60.0)

    def expire_due(self) -> None:
        """End the payments that were not approved, or not captured, in time."""
        now = self.now()
        for row in self.database.rows(
            "SELECT id FROM payments WHERE json_extract(CAST(value AS TEXT), '$.status') IN ('requires_action', "
            "'declined', 'authorized') AND json_extract(CAST(value AS TEXT), '$.expires') <= ?",
            now,
        ):
            self.move(row["id"], "expire", "authorization_expired")


def shown_payout(payout: Payout) -> dict[str, Any]:
    """A payout as the API shows it."""
    return {"object": "payout", "sandbox": True, **msgspec.to_builtins(payout)}


def _in(payment: Payment, currency: str) -> Payment:
    """The payment, if it is in a currency. Raises MoveNotAllowed."""
    if currency and currency != payment.currency:
        raise MoveNotAllowed("currency_differs", f"{payment.id} is in {payment.currency}, not in {currency}.")
    return payment


def _with_fee(payment: Payment, amount: int, thousandths: int) -> Payment:
    return msgspec.structs.replace(payment, fee=payment.fee + amount * thousandths // 1000)


def _presented(convert: str, currency: str, amount: int) -> Presented | None:
    if not convert or convert == currency:
        return None
    paid = int((Decimal(amount) / RATE).to_integral_value(rounding="ROUND_HALF_UP"))
    return Presented(currency=convert, amount=max(paid, 1), rate=str(RATE))
