"""The office's desk: its store, its calendar, its numbers, and what it sends."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import sqlite3
import time
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.connect.customs.cn import Message, write
from entrepot.connect.customs.cn.dxp import IMPORT_RECEIVER, DxpMsg, TransInfo, write_envelope
from entrepot.connect.customs.cn.messages import Document
from entrepot.sandbox import outgoing, switches
from entrepot.sandbox.customs.switches import OfficeSwitches
from entrepot.sandbox.database import Database
from entrepot.sandbox.outgoing import Courier, Outgoing
from entrepot.sandbox.process import Options, kept_secret, recipients

#: China has had one time, and no summer time, since 1992.
CHINA = dt.timezone(dt.timedelta(hours=8))

SCHEMA = f"""
{switches.SCHEMA}
{outgoing.SCHEMA}
CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS guids (guid TEXT PRIMARY KEY, subject TEXT NOT NULL, digest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS senders (code TEXT PRIMARY KEY, dxp TEXT NOT NULL, enveloped INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL, subject TEXT NOT NULL, sender TEXT NOT NULL,
    kind TEXT NOT NULL, code TEXT NOT NULL, info TEXT NOT NULL, time TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS answers_guid ON answers (guid, id);
CREATE INDEX IF NOT EXISTS answers_subject ON answers (subject, id);
CREATE TABLE IF NOT EXISTS papers (
    kind TEXT NOT NULL, key TEXT NOT NULL, order_key TEXT NOT NULL, guid TEXT NOT NULL, app_time TEXT NOT NULL,
    code INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key)
);
CREATE INDEX IF NOT EXISTS papers_order ON papers (kind, order_key);
CREATE TABLE IF NOT EXISTS lists (
    id INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL UNIQUE, pre TEXT NOT NULL UNIQUE, guid TEXT NOT NULL,
    sender TEXT NOT NULL, order_key TEXT NOT NULL, payment_key TEXT NOT NULL, waybill_key TEXT NOT NULL,
    order_number TEXT NOT NULL, person TEXT NOT NULL, year INTEGER NOT NULL, taxable INTEGER NOT NULL,
    regime TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, declared_on TEXT NOT NULL, released_on TEXT,
    value BLOB NOT NULL, match BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS lists_order ON lists (order_key);
CREATE INDEX IF NOT EXISTS lists_waybill ON lists (waybill_key);
CREATE INDEX IF NOT EXISTS lists_state ON lists (state, id);
CREATE TABLE IF NOT EXISTS entered (waybill_key TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS account (
    id INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, year INTEGER NOT NULL, list TEXT NOT NULL,
    amount INTEGER NOT NULL, why TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS account_person ON account (person, year);
CREATE INDEX IF NOT EXISTS account_list ON account (list);
CREATE TABLE IF NOT EXISTS bills (
    number TEXT PRIMARY KEY, list TEXT NOT NULL, status TEXT NOT NULL, paper TEXT NOT NULL DEFAULT '',
    value BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS bills_list ON bills (list);
CREATE TABLE IF NOT EXISTS applications (
    id INTEGER PRIMARY KEY AUTOINCREMENT, pre TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, guid TEXT NOT NULL,
    sender TEXT NOT NULL, list TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, value BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS applications_list ON applications (list);
CREATE TABLE IF NOT EXISTS payment_requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL UNIQUE, list TEXT NOT NULL, state TEXT NOT NULL,
    why TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS payment_requests_list ON payment_requests (list);
CREATE TABLE IF NOT EXISTS decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, who TEXT NOT NULL, subject TEXT NOT NULL,
    decision TEXT NOT NULL, reason TEXT NOT NULL
);
"""


class Desk:
    """What every part of the office uses."""

    def __init__(self, options: Options) -> None:
        self.database = Database(options.folder / "customs.sqlite3", SCHEMA)
        self.delay = options.delay
        #: With it identity numbers are hashed: it is not in the database.
        self._identity_key = kept_secret(options.folder, "identity.key").encode()
        #: A part of each number that the office gives: those of another folder are others.
        self.series = int(hashlib.sha256(kept_secret(options.folder, "series").encode()).hexdigest()[:8], 16) % 900
        self._recipients: Mapping[str, str] = recipients(options.own.send_to)
        self.courier = Courier(self.database, self.switches, pause=options.own.retry)

    def switches(self) -> OfficeSwitches:
        """The switches."""
        return switches.read(self.database, OfficeSwitches)

    def now(self) -> dt.datetime:
        """The time by the office's calendar, in China's time."""
        return switches.now(CHINA, self.switches())

    def today(self) -> dt.date:
        """The day by the office's calendar."""
        return self.now().date()

    def person(self, identity: str) -> str:
        """The keyed hash of an identity number, under which a person's account is."""
        return hmac.new(self._identity_key, identity.strip().upper().encode(), hashlib.sha256).hexdigest()

    def recipient(self, sender: str) -> str:
        """Where answers to a sender go; empty: nowhere is known."""
        return self._recipients.get(sender) or self._recipients.get("", "")

    def count(self, connection: sqlite3.Connection, name: str) -> int:
        """The next number of a series, from 1."""
        row = connection.execute(
            "INSERT INTO numbers VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (name,),
        ).fetchone()
        return int(row[0])

    def stamp(self, connection: sqlite3.Connection) -> str:
        """The time of an answer, YYYYMMDDhhmmssSSS: later than that of every answer before."""
        last = connection.execute("SELECT value FROM numbers WHERE name = 'time'").fetchone()
        found = max(int(self.now().timestamp() * 1000), (int(last[0]) if last else 0) + 1)
        connection.execute("INSERT OR REPLACE INTO numbers VALUES ('time', ?)", (found,))
        at = dt.datetime.fromtimestamp(found // 1000, CHINA)
        return f"{at:%Y%m%d%H%M%S}{found % 1000:03}"


class Answers:
    """What the office answers in one transaction: stored with what it decided, and sent step by step afterwards."""

    def __init__(self, desk: Desk, connection: sqlite3.Connection, sender: str) -> None:
        self.desk, self.connection, self.sender = desk, connection, sender
        self._steps = 0

    def give(self, guid: str, subject: str, code: str, document: Document, info: str = "", time: str = "") -> None:
        """Answer a document, by the `guid` of its message, about a subject such as `list/…`."""
        message = Message(guid=new_guid(), documents=(document,))
        body = write(message)
        number = self.connection.execute(
            "INSERT INTO answers (guid, subject, sender, kind, code, info, time, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (guid, subject, self.sender, message.kind, code, info, time, body),
        ).lastrowid
        self._send(f"{message.kind}_{time}_{number}.xml", body)

    def refuse_format(self, document: Document, time: str) -> None:
        """Answer a message that cannot be read. The answer holds that message, so it is not kept."""
        message = Message(guid=new_guid(), documents=(document,))
        self._send(f"{message.kind}_{time}_{new_guid()}.xml", write(message))

    def repeat(self, guid: str) -> None:
        """Send all answers to a document again, as they were: it was received again."""
        rows = self.connection.execute(
            "SELECT id, kind, time, body FROM answers WHERE guid = ? ORDER BY id", (guid,)
        ).fetchall()
        for row in rows:
            self._send(f"{row['kind']}_{row['time']}_{row['id']}_again.xml", bytes(row["body"]))

    def _send(self, name: str, body: bytes) -> None:
        recipient = self.desk.recipient(self.sender)
        if not recipient:
            return
        self._steps += 1
        row = self.connection.execute("SELECT * FROM senders WHERE code = ?", (self.sender,)).fetchone()
        if row is not None and row["enveloped"]:
            body = self._enveloped(body, name, row["dxp"])
        due = time.time() + self.desk.delay * self._steps
        message = Outgoing(recipient, name, body, {"Content-Type": "application/xml; charset=utf-8"})
        outgoing.enqueue(self.connection, message, due=due, switches=self.desk.switches())

    def _enveloped(self, body: bytes, name: str, receiver: str) -> bytes:
        """A message in the transport envelope, for a sender whose own came in one."""
        created = self.desk.now().strftime("%Y-%m-%dT%H:%M:%S")
        kind = name.partition("_")[0]
        info = TransInfo(new_guid(), IMPORT_RECEIVER, (receiver[:16],), created, kind)
        return write_envelope(DxpMsg(info=info, data=body))


def new_guid() -> str:
    """A record number of 36 characters."""
    return str(uuid.uuid4()).upper()


def digest(value: Any) -> str:
    """The SHA-256 of a value, to tell whether another one is the same."""
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()
