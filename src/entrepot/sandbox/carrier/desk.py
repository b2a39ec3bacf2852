"""What the carrier does: book, move, report. Each change is stored together with the notification of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
import threading
import time
from typing import Any

import msgspec
from standardwebhooks.webhooks import Webhook

from entrepot.sandbox import outgoing, switches
from entrepot.sandbox.carrier.shipments import (
    ENDS,
    SAYS,
    Booking,
    CarrierSwitches,
    Shipment,
    after,
    next_move,
    price,
)
from entrepot.sandbox.database import Database
from entrepot.sandbox.outgoing import Courier, Outgoing
from entrepot.sandbox.process import Options, kept_secret, recipients

SCHEMA = f"""
{switches.SCHEMA}
{outgoing.SCHEMA}
CREATE TABLE IF NOT EXISTS shipments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, waybill TEXT UNIQUE, value BLOB NOT NULL, consignee BLOB, next REAL
);
CREATE INDEX IF NOT EXISTS shipments_next ON shipments (next) WHERE next IS NOT NULL;
CREATE TABLE IF NOT EXISTS tracking (
    id INTEGER PRIMARY KEY AUTOINCREMENT, waybill TEXT NOT NULL, status TEXT NOT NULL, time TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS tracking_waybill ON tracking (waybill, id);
CREATE TABLE IF NOT EXISTS bookings (key TEXT PRIMARY KEY, digest TEXT NOT NULL, waybill TEXT NOT NULL);
"""

#: On which parcels cross the border: no such vehicle exists.
VEHICLE = "SANDBOX-1"


class KeyReused(Exception):
    """The idempotency key was used for another booking."""


class Desk:
    """The carrier. `code`, `name`: those of its customs registration."""

    def __init__(self, options: Options) -> None:
        self.code, self.name = options.own.code, options.own.name
        self.database = Database(options.folder / "carrier.sqlite3", SCHEMA)
        #: A part of each waybill number: those of another folder are others.
        self.series = int(hashlib.sha256(kept_secret(options.folder, "series").encode()).hexdigest()[:8], 16) % 10_000
        self.secret = "whsec_" + kept_secret(options.folder, "webhook.secret").replace("-", "+").replace("_", "/") + "="
        self._recipient = recipients(options.own.send_to).get("", "")
        self._delay = options.delay
        self.courier = Courier(self.database, self.switches, pause=options.own.retry, headers=self._signature)
        self._ended, self._changed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="moves", daemon=True)

    def start(self) -> None:
        """Start the moves that come by themselves, and the sending."""
        self.courier.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop after the current move."""
        self._ended.set()
        self._changed.set()
        self._thread.join(10)
        self.courier.stop()
        self.database.close()

    def switches(self) -> CarrierSwitches:
        """The switches."""
        return switches.read(self.database, CarrierSwitches)

    def book(self, booking: Booking, key: str) -> Shipment:
        """Book a shipment; with a key that was used, the shipment that it booked. Raises KeyReused."""
        digest = hashlib.sha256(msgspec.json.encode(booking)).hexdigest()
        with self.database.transaction() as connection:
            before = connection.execute("SELECT digest, waybill FROM bookings WHERE key = ?", (key,)).fetchone()
            if before is not None:
                if before["digest"] != digest:
                    raise KeyReused(f"The key was used for another booking, {before['waybill']}. Use a new key.")
                return self.read(before["waybill"])
            number = connection.execute("INSERT INTO shipments (value) VALUES (x'')").lastrowid
            voyage = f"SBX{self.series % 1000:03}"
            shipment = Shipment(
                waybill=f"SBX{self.series:04}{number:09}",
                order_number=booking.order_number,
                status="booked",
                weight_grams=booking.weight_grams,
                goods=booking.goods,
                freight=price(booking.weight_grams) if booking.freight is None else booking.freight,
                insured_fee=booking.insured_fee,
                hold_for_customs=booking.hold_for_customs,
                return_of=booking.return_of,
                vehicle=VEHICLE if booking.hold_for_customs else "",
                voyage=voyage if booking.hold_for_customs else "",
                transport_document=f"{voyage}{number:09}" if booking.hold_for_customs else "",
            )
            connection.execute(
                "UPDATE shipments SET waybill = ?, consignee = ? WHERE id = ?",
                (shipment.waybill, msgspec.json.encode(booking.consignee), number),
            )
            connection.execute("INSERT INTO bookings VALUES (?, ?, ?)", (key, digest, shipment.waybill))
            self._store(connection, shipment)
        self._wake()
        return shipment

    def read(self, waybill: str) -> Shipment:
        """A shipment. Raises LookupError."""
        value = self.database.value("SELECT value FROM shipments WHERE waybill = ?", waybill)
        if value is None:
            raise LookupError(f"There is no shipment {waybill[:60]}.")
        return msgspec.json.decode(value, type=Shipment)

    def shipments(self, limit: int, starting_after: str) -> list[Shipment]:
        """Shipments, the newest first, from the one after a waybill number; one more than `limit` if there is one."""
        rows = self.database.rows(
            "SELECT value FROM shipments WHERE ? = '' OR id < (SELECT id FROM shipments WHERE waybill = ?) "
            "ORDER BY id DESC LIMIT ?",
            starting_after,
            starting_after,
            limit + 1,
        )
        return [msgspec.json.decode(row["value"], type=Shipment) for row in rows]

    def move(self, waybill: str, move: str) -> Shipment:
        """Make one move. Raises LookupError, MoveNotAllowed."""
        with self.database.transaction() as connection:
            before = self.read(waybill)
            shipment = after(before, move)
            self._store(connection, shipment, silent=shipment.status == before.status)
        self._wake()
        return shipment

    def tracking(self, waybill: str) -> list[dict[str, Any]]:
        """What happened to a shipment, the first first. `number` counts within the shipment."""
        rows = self.database.rows("SELECT * FROM tracking WHERE waybill = ? ORDER BY id", waybill)
        return [_tracking(number, row) for number, row in enumerate(rows, 1)]

    def shown(self, shipment: Shipment) -> dict[str, Any]:
        """A shipment as the API shows it, without the consignee."""
        return {
            "object": "shipment",
            **msgspec.to_builtins(shipment),
            "currency": "CNY",
            "carrier_code": self.code,
            "carrier_name": self.name,
            "events": self.tracking(shipment.waybill),
        }

    def _store(self, connection: sqlite3.Connection, shipment: Shipment, *, silent: bool = False) -> None:
        """Store the state and, unless it is `silent`, what happened with its notification."""
        now = self.switches()
        due = time.time() + self._delay if next_move(shipment, now) else None
        connection.execute(
            "UPDATE shipments SET value = ?, next = ? WHERE waybill = ?",
            (msgspec.json.encode(shipment), due, shipment.waybill),
        )
        if silent:
            return
        if shipment.status in ENDS:
            connection.execute("UPDATE shipments SET consignee = NULL WHERE waybill = ?", (shipment.waybill,))
        at = switches.now(dt.UTC, now)
        number = connection.execute(
            "INSERT INTO tracking (waybill, status, time) VALUES (?, ?, ?)",
            (shipment.waybill, shipment.status, at.isoformat(timespec="milliseconds").replace("+00:00", "Z")),
        ).lastrowid
        if not self._recipient:
            return
        shown = self.shown(shipment)
        event = {"type": f"shipment.{shipment.status}", "timestamp": shown["events"][-1]["time"]}
        data = {**{name: value for name, value in shown.items() if name != "events"}, "event": shown["events"][-1]}
        body = msgspec.json.encode(event | {"data": data})
        message = Outgoing(
            self._recipient, f"msg_{self.series:04}{number:09}", body, {"Content-Type": "application/json"}
        )
        outgoing.enqueue(connection, message, due=time.time(), switches=now)

    def _signature(self, message: Outgoing) -> dict[str, str]:
        """The headers of Standard Webhooks, with the time of this attempt."""
        at = dt.datetime.now(dt.UTC)
        signature = Webhook(self.secret).sign(message.name, at, message.body.decode())
        return {
            "webhook-id": message.name,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        }

    def _wake(self) -> None:
        self._changed.set()
        self.courier.wake()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._changed.clear()
            try:
                pause = self.move_due()
            except sqlite3.Error:
                pause = 1.0
            self._changed.wait(pause)

    def move_due(self) -> float:
        """Make each move that is due. Returns the seconds until the next one, at most one minute."""
        while not self._ended.is_set():
            row = self.database.row("SELECT waybill, next FROM shipments WHERE next IS NOT NULL ORDER BY next LIMIT 1")
            if row is None:
                break
            if (wait := float(row["next"]) - time.time()) > 0:
                return min(max(wait, 0.01), 60.0)
            with self.database.transaction() as connection:
                shipment = self.read(row["waybill"])
                if move := next_move(shipment, self.switches()):
                    self._store(connection, after(shipment, move))
                else:
                    connection.execute("UPDATE shipments SET next = NULL WHERE waybill = ?", (row["waybill"],))
            self.courier.wake()
        return 60.0

    def schedule_all(self) -> None:
        """Schedule moves again after a change of switches: what waited may go on by itself."""
        with self.database.transaction() as connection:
            for row in self.database.rows("SELECT waybill, value FROM shipments WHERE next IS NULL"):
                shipment = msgspec.json.decode(row["value"], type=Shipment)
                if next_move(shipment, self.switches()):
                    connection.execute(
                        "UPDATE shipments SET next = ? WHERE waybill = ?", (time.time() + self._delay, row["waybill"])
                    )
        self._wake()


def _tracking(number: int, row: sqlite3.Row) -> dict[str, Any]:
    return {"number": number, "status": row["status"], "time": row["time"], "description": SAYS[row["status"]]}
