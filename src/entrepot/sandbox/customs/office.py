"""The office: what comes in, by HTTP or as a file, and what the calendar brings."""

from __future__ import annotations

import datetime as dt
import logging
import re
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from entrepot.connect.customs.cn import Message, MessageError, check, read
from entrepot.connect.customs.cn import messages as m
from entrepot.connect.customs.cn.answers import MessageReturn
from entrepot.connect.customs.cn.documents import InvtCancel, LogisticsStatus
from entrepot.connect.customs.cn.dxp import NAMESPACE, DxpMsg, DxpRep, Response, read_envelope, write_answer
from entrepot.connect.customs.cn.messages import LAYOUTS, Document
from entrepot.connect.customs.cn.xml_tree import MOST_BYTES
from entrepot.sandbox.customs import applications, bills, lists, papers, payment_data
from entrepot.sandbox.customs.desk import Answers, Desk, new_guid
from entrepot.sandbox.customs.papers import head_of

LOG = logging.getLogger("entrepot.sandbox")
#: Messages that must be signed where certificates are given.
SIGNED = frozenset({"CEB621Message", "CEB623Message", "CEB625Message", "CEB711Message"})
#: Error codes of the exchange platform, for a message that is refused as a whole.
FORMAT, SCHEMA = "0001", "0002"
#: The specification names no code for success; none of its error codes is four zeros.
ACCEPTED = "0000"
#: How much of a refused message its answer holds.
MOST_ORIGINAL = 20_000
#: Seconds between two looks at the inbox and at the calendar.
LOOK, TICK = 0.2, 5.0
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(CEB[0-9]{3}Message)[\s>/]")


class Office:
    """The office with its threads. `certificates`: those that may sign, by number; none: signatures are not checked."""

    def __init__(
        self, desk: Desk, *, inbox: Path | None = None, certificates: Mapping[str, bytes] | None = None
    ) -> None:
        self.desk, self._inbox, self._certificates = desk, inbox, certificates
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._tick_always, name="calendar", daemon=True)]
        if inbox is not None:
            inbox.mkdir(parents=True, exist_ok=True)
            self._threads.append(threading.Thread(target=self._read_always, name="inbox", daemon=True))

    def start(self) -> None:
        """Start the threads."""
        self.desk.courier.start()
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """Stop after what is being done."""
        self._ended.set()
        for each in self._threads:
            each.join(10)
        self.desk.courier.stop()
        self.desk.database.close()

    def receive(self, content: bytes, name: str = "") -> dict[str, Any]:
        """Take a message, with or without its envelope.

        Everything that it changes is committed together with the answers to it. `name`: what its sender calls it; the
        answer to a message that cannot be read has it.
        """
        envelope = None
        try:
            envelope = read_envelope(content) if NAMESPACE.encode() in content[:1024] else None
            content = envelope.data if envelope else content
            message = read(content)
        except MessageError as error:
            code = FORMAT if error.code in ("not_xml", "not_utf8") else SCHEMA
            return self._refuse_format(content, code, str(error), envelope, name)
        if not LAYOUTS[message.kind].sent or message.transfer is None:
            why = f"{message.kind} is not a message to customs"
            return self._refuse_format(content, SCHEMA, why, envelope, name)
        faults = _faults(message)
        if wrong := self._wrong_signature(message.kind, content):
            faults = {place: [wrong] for place in range(len(message.documents))}
        sender = message.transfer.copCode
        with self.desk.database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO senders VALUES (?, ?, ?)",
                (sender, envelope.info.sender if envelope else message.transfer.dxpId, envelope is not None),
            )
            answers = Answers(self.desk, connection, sender)
            for place, document in enumerate(message.documents):
                self._take(answers, document, faults.get(place, []) + faults.get(-1, []))
        self.desk.courier.wake()
        found = {"object": "message", "kind": message.kind, "guid": message.guid, "documents": len(message.documents)}
        return found | self._platform_answer(envelope, ACCEPTED)

    def _take(self, answers: Answers, document: Any, faults: list[str]) -> None:
        document, person = _without_identity(self.desk, document)
        if isinstance(document, m.Inventory):
            lists.receive(answers, document, faults, person)
        elif isinstance(document, InvtCancel | m.InvtRefund):
            applications.receive(answers, document, faults, person)
        elif papers.receive(answers, document, faults):
            if isinstance(document, m.Delivery):
                lists.enter_warehouse(answers, document)
            elif isinstance(document, LogisticsStatus):
                self._close_delivered(answers, document)

    def _close_delivered(self, answers: Answers, document: LogisticsStatus) -> None:
        if self.desk.switches().close != "with_delivery":
            return
        key = f"{document.logisticsCode}|{document.logisticsNo}"
        for row in self.desk.database.rows("SELECT * FROM lists WHERE waybill_key = ? AND state = '800'", key):
            lists.decide(Answers(self.desk, answers.connection, row["sender"]), row["number"], "close", who="office")

    def _refuse_format(self, content: bytes, code: str, why: str, envelope: DxpMsg | None, name: str) -> dict[str, Any]:
        """Answer a message that cannot be read (CEB900)."""
        root = _ROOT.search(content[:4096])
        kind = root[1].decode() if root else "Unknown"
        with self.desk.database.transaction() as connection:
            time = self.desk.stamp(connection)
            refusal = MessageReturn(
                guid=new_guid(),
                returnStatus=code,
                returnInfo=_ILLEGAL.sub("?", why)[:5000],
                returnTime=time,
                oriCopMsgId=envelope.info.id if envelope else _ILLEGAL.sub("?", name)[:255],
                oriMessageType=kind,
                oriBizMessage=_ILLEGAL.sub("?", content[:MOST_ORIGINAL].decode("utf-8", "replace")),
            )
            Answers(self.desk, connection, "").refuse_format(refusal, time)
        self.desk.courier.wake()
        return {"object": "message", "kind": kind, "refused": code} | self._platform_answer(envelope, code)

    def _platform_answer(self, envelope: DxpMsg | None, code: str) -> dict[str, Any]:
        """What the exchange platform answers to an envelope at once."""
        if envelope is None:
            return {}
        response = Response(code=code, original=envelope.info, time=self.desk.today().isoformat())
        return {"envelope": write_answer(DxpRep(envelope.info.sender, (response,)))}

    def receive_payment_data(self, body: bytes) -> dict[str, Any]:
        """Take the payment data that a platform was asked for; those of a certificate that is not known are refused."""
        return payment_data.receive(self.desk, body, self._certificates or {})

    def _wrong_signature(self, kind: str, content: bytes) -> str:
        """What is wrong with the signature of a message; "" if nothing is, or if signatures are not checked."""
        if self._certificates is None:
            return ""
        # lxml is large; offices that check no signatures do not need it.
        from entrepot.connect.customs.cn.signature import SignatureError, verify  # noqa: PLC0415

        try:
            verify(content, self._certificates)
        except SignatureError as error:
            return "" if error.code == "sig_missing" and kind not in SIGNED else f"signature: {error}"
        return ""

    def decide_list(self, number: str, decision: str, *, who: str, reason: str = "") -> str:
        """Decide a list. Raises LookupError, DecisionNotAllowed."""
        with self.desk.database.transaction() as connection:
            row = lists.read(self.desk, number)
            state = lists.decide(
                Answers(self.desk, connection, row["sender"]), number, decision, who=who, reason=reason
            )
        self.desk.courier.wake()
        return state

    def decide_application(self, pre: str, decision: str, *, who: str, reason: str = "") -> str:
        """Decide an application. Raises LookupError, DecisionNotAllowed."""
        with self.desk.database.transaction() as connection:
            row = applications.read(self.desk, pre)
            answers = Answers(self.desk, connection, row["sender"])
            state = applications.decide(answers, pre, decision, who=who, reason=reason)
        self.desk.courier.wake()
        return state

    def tick(self) -> None:
        """Do what the calendar brings: collect the taxes that are due, let returns lapse whose goods are not back."""
        today = self.desk.today()
        last = (today - dt.timedelta(applications.ARRIVE_DAYS)).isoformat()
        with self.desk.database.transaction() as connection:
            late = self.desk.database.rows(
                "SELECT applications.pre FROM applications JOIN lists ON lists.number = applications.list WHERE "
                "applications.kind = 'return' AND applications.state = '120' AND lists.released_on < ?",
                last,
            )
            for row in late:
                self.decide_application(row["pre"], "approve", who="calendar")
            papers_of: dict[str, str] = {}
            for row in bills.due(self.desk, today):
                self._collect(connection, row, papers_of, today)
        self.desk.courier.wake()

    def _collect(
        self, connection: sqlite3.Connection, row: sqlite3.Row, papers_of: dict[str, str], today: dt.date
    ) -> None:
        """Collect a bill: those of one guarantor on one day are in one payment paper."""
        head = lists.listed(lists.read(self.desk, row["list"])).head
        if head.assureCode not in papers_of:
            number = self.desk.series * 1_000_000 + self.desk.count(connection, "payment_papers")
            papers_of[head.assureCode] = f"{head.customsCode}{today:%Y%m}{number:09}"
        answers = Answers(self.desk, connection, row["sender"])
        paper = papers_of[head.assureCode]
        bills.tell(answers, row["list"], row["guid"], row["bill"], bills.COLLECTED, paper, head.assureCode)
        if self.desk.switches().close == "with_tax" and lists.read(self.desk, row["list"])["state"] == "800":
            lists.decide(answers, row["list"], "close", who="calendar")

    def _tick_always(self) -> None:
        while not self._ended.wait(TICK):
            try:
                self.tick()
            except Exception:
                LOG.exception("The calendar failed.")

    def _read_always(self) -> None:
        while not self._ended.wait(LOOK):
            try:
                self.read_inbox()
            except Exception:
                LOG.exception("The inbox failed.")

    def read_inbox(self) -> None:
        """Take each file of the inbox, and remove it once what it says is stored."""
        if self._inbox is None or self.desk.switches().absent:
            return
        for file in sorted(self._inbox.glob("*.xml")):
            if file.name.startswith(".") or not file.is_file():
                continue
            with file.open("rb") as stream:
                content = stream.read(MOST_BYTES + 1)  # the reader refuses what is longer
            try:
                self.receive(content, file.stem)
            except sqlite3.Error:
                raise  # the file is taken later
            except Exception:
                LOG.exception("A file of the inbox cannot be taken; it is set aside.")
                file.replace(file.with_name(f"{file.name}.failed"))
                continue
            file.unlink(missing_ok=True)


def _faults(message: Message[Document]) -> dict[int, list[str]]:
    """What is wrong with each document, by its place; -1: with the message."""
    found: dict[int, list[str]] = {}
    element = LAYOUTS[message.kind].element
    for fault in check(message):
        place = re.match(rf"{element}\[(\d+)\]", fault.element)
        found.setdefault(int(place[1]) if place else -1, []).append(str(fault))
    return found


def _without_identity(desk: Desk, document: Any) -> tuple[Any, str]:
    """A document with keyed hashes in place of identity numbers, and that of its buyer or payer."""
    head = head_of(document)
    for name in ("buyerIdNumber", "payerIdNumber"):
        if hasattr(head, name):
            person = desk.person(getattr(head, name))
            changed = msgspec.structs.replace(head, **{name: person})
            return (changed if head is document else msgspec.structs.replace(document, head=changed)), person
    return document, ""
