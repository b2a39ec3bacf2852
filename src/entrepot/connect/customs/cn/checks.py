"""Check a message before it is written: each length, form and code, then the rules between values.

`check(message)` returns every fault. A message that was read has the structure of the schema; its forms, codes and
rules are checked here, as customs does before it accepts a document.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from entrepot.connect.customs.cn.documents import BaseSubscribe, BaseTransfer, ExtendMessage
from entrepot.connect.customs.cn.faults import PERSONAL, Fault
from entrepot.connect.customs.cn.fields import Record, Text
from entrepot.connect.customs.cn.forms import is_guid
from entrepot.connect.customs.cn.messages import LAYOUT_OF, Document, Layout, Message, fields_of
from entrepot.connect.customs.cn.rules import RULES
from entrepot.connect.customs.cn.values import Check, writing

#: How many characters the version of a message has at most.
MOST_VERSION = 10
#: How many further mailboxes a message may name.
MOST_SUBSCRIPTIONS = 5


def check(message: Message[Document]) -> tuple[Fault, ...]:
    """Every fault of a message; empty where it can be written.

    >>> check(Message(guid="4CDE1CFD-EDED-46B1-946C-B8022E42FC94", documents=()))[0].code
    'no_documents'
    """
    layout = LAYOUT_OF.get(type(message.documents[0])) if message.documents else None
    if layout is None:
        return (Fault("no_documents", values={"most": 100}),)
    root = layout.root
    found = list(_around(message, layout))
    for place, document in enumerate(message.documents):
        if type(document) is not layout.document:
            values = {"place": place + 1, "value": type(document).__name__}
            found.append(Fault("mixed_documents", root, values=values))
            continue
        path = f"{layout.element}[{place}]"
        wrong = list(_document(document, layout, path))
        # The rules calculate with values, so they need valid ones.
        if not wrong and (rule := RULES.get(layout.document)):
            wrong = [Fault(code, root, f"{path}/{element}", values) for code, element, values in rule(document)]
        found += wrong
    return tuple(found)


def _around(message: Message[Document], layout: Layout) -> Iterator[Fault]:
    root = layout.root
    if not is_guid(str(message.guid)):
        yield Fault("form_guid", root, "@guid", {"value": message.guid})
    if not 1 <= len(str(message.version)) <= MOST_VERSION or not str(message.version).isprintable():
        values = {"value": message.version, "length": len(message.version), "most": MOST_VERSION}
        yield Fault("too_long", root, "@version", values)
    if layout.most is not None and len(message.documents) > layout.most:
        yield Fault("too_many", root, layout.element, {"count": len(message.documents), "most": layout.most})
    around = {
        "BaseTransfer": message.transfer,
        "BaseSubscribe": message.subscriptions,
        "ExtendMessage": message.extension,
    }
    if not layout.sent:
        yield from (Fault("not_in_receipts", root, name) for name, value in around.items() if value)
        return
    if message.transfer is None:
        yield Fault("no_transfer", root)
    else:
        yield from faults_of(message.transfer, BaseTransfer, root, "BaseTransfer")
    if len(message.subscriptions) > MOST_SUBSCRIPTIONS:
        values = {"count": len(message.subscriptions), "most": MOST_SUBSCRIPTIONS}
        yield Fault("too_many", root, "BaseSubscribe", values)
    for place, subscription in enumerate(message.subscriptions):
        yield from faults_of(subscription, BaseSubscribe, root, f"BaseSubscribe[{place}]")
    if message.extension is not None:
        yield from faults_of(message.extension, ExtendMessage, root, "ExtendMessage")


def _document(document: Any, layout: Layout, path: str) -> Iterator[Fault]:
    if not layout.nested:
        yield from faults_of(document, layout.record, layout.root, path)
        return
    yield from faults_of(document.head, layout.record, layout.root, f"{path}/{layout.record.__name__}")
    if layout.line is None:
        return
    name, lines = layout.line.__name__, document.lines
    if not lines:
        yield Fault("too_few", layout.root, f"{path}/{name}", {"count": 0, "least": 1})
    if layout.most_lines is not None and len(lines) > layout.most_lines:
        yield Fault("too_many", layout.root, f"{path}/{name}", {"count": len(lines), "most": layout.most_lines})
    for place, line in enumerate(lines):
        yield from faults_of(line, layout.line, layout.root, f"{path}/{name}[{place}]")


def faults_of(record: Any, expected: type[Record], root: str, path: str) -> Iterator[Fault]:
    """The faults of one record. `root`, `path`: the message and the place in it, for the sentences."""
    if type(record) is not expected:
        yield Fault("not_a_record", root, path, {"value": type(record).__name__, "allowed": expected.__name__})
        return
    for name, mandatory, personal, wrong in _checks_of(expected):  # type: ignore[arg-type]  # a class is hashable
        value = getattr(record, name)
        if value is None:
            if mandatory:
                yield Fault("missing", root, f"{path}/{name}")
        elif (found := wrong(value)) is not None:
            code, values = found
            if personal and "value" in values:
                values["value"] = PERSONAL
            yield Fault(code, root, f"{path}/{name}", values)


@cache
def _checks_of(record: type[Record]) -> tuple[tuple[str, bool, bool, Check], ...]:
    """The name, whether it is mandatory, whether it is personal, and the check of each element of a record."""
    return tuple(
        (field.name, field.mandatory, isinstance(field.kind, Text) and field.kind.personal, writing(field))
        for field in fields_of(record)
    )
