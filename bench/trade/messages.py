"""Import lists written as messages (CEB621) a second on one core, beside a tree of lxml that checks nothing.

    .venv/bin/python bench/trade/messages.py
    .venv/bin/python bench/trade/messages.py --json FILE

First both write the same lists, whose canonical XML must be equal. Ends with 1 if it differs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `clock` is in the parent folder
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))  # a valid list, as in the tests

import clock
import match as matching
import msgspec

from china_messages import import_list, list_line
from entrepot.connect.customs.cn import Message, read, write
from entrepot.connect.customs.cn.messages import NAMESPACE
from entrepot.connect.customs.cn.signature import sign
from entrepot.connect.customs.cn.signers import make_rsa_signer, make_sm2_signer

SEED, DRAWN, TOGETHER = 20260301, 500, 100


def main() -> int:
    """Check, measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", type=Path)
    asked.add_argument("--repeats", type=int, default=5)
    asked.add_argument("--seconds", type=float, default=2.0)
    options = asked.parse_args()
    drawn = lists(random.Random(SEED))
    for each in drawn:
        if canonical(write(each)) != canonical(tree(each)):
            print("The two write another XML, so nothing is timed.", file=sys.stderr)
            return 1
    print(f"{DRAWN} lists of one to three lines, equal XML; load {clock.load()}")
    repeats = clock.Repeats(options.repeats, options.seconds)
    clock.heading()
    paces = {name: clock.told(name, clock.pace(work, repeats))._asdict() for name, work in works(drawn).items()}
    if options.json:
        told = {"machine": clock.machine(), "lists": DRAWN, "paces": paces}
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


def lists(draw: random.Random) -> list[Message[Any]]:
    """Messages of one list each, of one to three lines."""
    found = []
    for at in range(DRAWN):
        lines = []
        for number in range(draw.randint(1, 3)):
            price, quantity = Decimal(draw.randint(100, 99_999)).scaleb(-2), Decimal(draw.randint(1, 5))
            lines.append(list_line(number + 1, price=price, qty=quantity, totalPrice=price * quantity))
        found.append(import_list(*lines, orderNo=f"OR{at:012}", logisticsNo=f"SF{at:010}"))
    return found


def works(drawn: list[Message[Any]]) -> dict[str, Callable[[], int]]:
    """What is measured, by its name."""
    contents = [write(each) for each in drawn]
    together = replace(drawn[0], documents=tuple(each.documents[0] for each in drawn[:TOGETHER]))
    since = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    (rsa, _), (sm2, _) = make_rsa_signer("x", 1, since=since), make_sm2_signer("x", 2, since=since)

    papers = list(matching.documents(random.Random(SEED), DRAWN))
    mask = matching.keyed_hash(b"a key of the benchmark")

    def matched_and_written() -> int:
        for paper, message in zip(papers, drawn, strict=True):
            msgspec.json.encode(matching.match(paper, mask=mask, settings=matching.SETTINGS))
            write(message)
        return DRAWN

    def each_of(work: Callable[[Any], object], values: list[Any]) -> Callable[[], int]:
        def all_of_them() -> int:
            for value in values:
                work(value)
            return len(values)

        return all_of_them

    def one_message(work: Callable[[Any], object]) -> Callable[[], int]:
        def signed() -> int:
            work(write(together))
            return TOGETHER

        return signed

    return {
        "checked and written, one list a message": each_of(write, drawn),
        "matched, explained as JSON, checked and written": matched_and_written,
        "a tree of lxml, nothing checked": each_of(tree, drawn),
        "read": each_of(read, contents),
        "written and signed with RSA, one list a message": each_of(lambda each: sign(write(each), rsa), drawn),
        "written and signed with SM2, one list a message": each_of(lambda each: sign(write(each), sm2), drawn[:20]),
        "written and signed with SM2, 100 lists a message": one_message(lambda content: sign(content, sm2)),
    }


def tree(message: Message[Any]) -> bytes:
    """The same XML by a tree, as one would write it without this package."""
    root = etree.Element(f"{{{NAMESPACE}}}{message.kind}", nsmap={"ceb": NAMESPACE})
    root.set("guid", message.guid)
    root.set("version", message.version)
    for document in message.documents:
        holder = etree.SubElement(root, f"{{{NAMESPACE}}}Inventory")
        for record in (document.head, *document.lines):
            _append(holder, record)
    _append(root, message.transfer)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def canonical(content: bytes) -> bytes:
    """The canonical form of a message."""
    return etree.tostring(etree.fromstring(content), method="c14n")


def _append(parent: etree._Element, record: Any) -> None:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{type(record).__name__}")
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if value is not None:
            etree.SubElement(element, f"{{{NAMESPACE}}}{name}").text = str(value)


if __name__ == "__main__":
    raise SystemExit(main())
