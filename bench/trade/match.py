"""Lists matched a second on one core, beside a plain function that does the same and explains nothing.

    .venv/bin/python bench/trade/match.py
    .venv/bin/python bench/trade/match.py --json FILE

First both are given the same documents, a third of them with one field wrong or missing, and must find the same rules
failed and the same rules not checkable. Ends with 1 if they differ.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import msgspec
import plain_match

from entrepot.trade.match.compare import FAILED, NOT_CHECKABLE, Settings, keyed_hash, match
from entrepot.trade.match.documents import Documents, ImportList, ListLine, Order, OrderLine, Payment, Waybill

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `clock` is in the parent folder

import clock

SEED, DRAWN = 20260301, 2_000
CODES = ("0901210000", "0801320000", "0810600000")
SETTINGS = Settings(listed={code[:8]: True for code in CODES})
LAST_PLACE = Decimal("0.00001")


def main() -> int:
    """Check, measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", type=Path)
    asked.add_argument("--repeats", type=int, default=5)
    asked.add_argument("--seconds", type=float, default=2.0)
    options = asked.parse_args()
    drawn = list(documents(random.Random(SEED), DRAWN))
    mask = keyed_hash(b"a key of the benchmark")
    plain = [msgspec.to_builtins(each) for each in drawn]
    if (differs := difference(drawn, plain)) is not None:
        print(f"Results differ, so nothing is timed: {differs}", file=sys.stderr)
        return 1
    print(f"{DRAWN} lists, equal results; load {clock.load()}")
    repeats = clock.Repeats(options.repeats, options.seconds)

    def ours() -> int:
        for each in drawn:
            match(each, mask=mask, settings=SETTINGS)
        return DRAWN

    def reference() -> int:
        for each in plain:
            plain_match.failures(each, SETTINGS.listed)
        return DRAWN

    def with_json() -> int:
        for each in drawn:
            msgspec.json.encode(match(each, mask=mask, settings=SETTINGS))
        return DRAWN

    clock.heading()
    works = {
        "every rule, explained": ours,
        "the same, and its JSON": with_json,
        "plain: names of rules only": reference,
    }
    figures = {name: clock.told(name, clock.pace(work, repeats))._asdict() for name, work in works.items()}
    if options.json:
        told = {"machine": clock.machine(), "lists": DRAWN, "paces": figures}
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


def difference(drawn: list[Documents], plain: list[Any]) -> str | None:
    """The first documents on which the two differ; None if they agree on all."""
    for at, (each, values) in enumerate(zip(drawn, plain, strict=True)):
        found = match(each, mask=str, settings=SETTINGS)
        of = ({rule.rule for rule in found.of(FAILED)}, {rule.rule for rule in found.of(NOT_CHECKABLE)})
        expected = plain_match.failures(values, SETTINGS.listed)
        if of != expected:
            return f"documents {at}: {of}, plain: {expected}"
    return None


def documents(draw: random.Random, count: int) -> Iterator[Documents]:
    """Documents of orders of one to four lines; a third of them with a wrong or missing field."""
    for at in range(count):
        found = _consistent(draw, str(at))
        yield found if draw.random() < 2 / 3 else _damaged(draw, found)


def _damaged(draw: random.Random, found: Documents) -> Documents:
    name = draw.choice(("order", "payment", "waybill", "list"))
    document = getattr(found, name)
    field = draw.choice([each for each in document.__struct_fields__ if each not in ("lines", "mode")])
    value = getattr(document, field)
    if draw.random() < 0.3:
        wrong = None
    elif isinstance(value, Decimal):
        wrong = value + Decimal("0.01")
    else:
        wrong = -1 if isinstance(value, int) else "another"
    return msgspec.structs.replace(found, **{name: msgspec.structs.replace(document, **{field: wrong})})


def _consistent(draw: random.Random, number: str) -> Documents:
    lines = [
        (Decimal(draw.randint(100, 99_999)).scaleb(-2), Decimal(draw.randint(1, 3))) for _ in range(draw.randint(1, 4))
    ]
    goods = [(price * quantity).quantize(LAST_PLACE, ROUND_HALF_UP) for price, quantity in lines]
    freight, tax = Decimal(draw.randint(0, 3000)).scaleb(-2), Decimal(draw.randint(0, 99_999)).scaleb(-2)
    value = sum(goods, Decimal())
    buyer, to = _people(number)
    codes = {"platform_code": "3301960P01", "seller_code": "3301960S01"}
    priced: list[dict[str, Any]] = [
        {
            "number": at,
            "name": f"货物{at}",
            "unit": "035",
            "quantity": quantity,
            "price": price,
            "total": total,
            "currency": "CNY",
        }
        for at, ((price, quantity), total) in enumerate(zip(lines, goods, strict=True), 1)
    ]
    order = Order(
        number=number, **codes, goods_value=value, freight=freight, discount=Decimal(0), tax=tax,
        paid=value + freight + tax, currency="CNY", **buyer, payment_company_code="P02",
        payment_number=f"P{number}", **to, receipt=120, lines=tuple(OrderLine(**line) for line in priced),
    )  # fmt: skip
    payment = Payment(
        number=f"P{number}", company_code="P02", order_number=number, platform_code="3301960P01",
        payer_name=buyer["buyer_name"], payer_id_type="1", payer_id_number=buyer["buyer_id_number"],
        amount=value + freight + tax, currency="CNY", receipt=120,
    )  # fmt: skip
    waybill = Waybill(
        number=f"W{number}", carrier_code="L01", order_number=number, freight=freight, insurance=Decimal(0),
        currency="CNY", weight=Decimal("1.5"), packages=1, **to, receipt=120,
    )  # fmt: skip
    listed = ImportList(
        order_number=number, **codes, waybill_number=f"W{number}", carrier_code="L01", **buyer,
        consignee_address=to["consignee_address"], mode="1210", account_book="T2925W000001", zone_company_code="Z01",
        zone_company_name="仓", freight=freight, insurance=Decimal(0), currency="CNY", packages=1,
        gross_weight=Decimal("1.5"), net_weight=Decimal("1.2"),
        lines=tuple(ListLine(**line, record="R1", code=CODES[at % 3]) for at, line in enumerate(priced)),
    )  # fmt: skip
    return Documents(order=order, payment=payment, waybill=waybill, list=listed)


def _people(number: str) -> tuple[dict[str, str], dict[str, str]]:
    """The fields of the buyer and of the consignee; nobody has these numbers."""
    buyer = {
        "buyer_name": f"买家{number}",
        "buyer_id_type": "1",
        "buyer_id_number": f"11010519491231{number:0>4}",
        "buyer_telephone": f"138{number:0>8}",
    }
    to = {
        "consignee_name": f"收货人{number}",
        "consignee_telephone": f"139{number:0>8}",
        "consignee_address": f"杭州市上城区{number}号",
    }
    return buyer, to


if __name__ == "__main__":
    raise SystemExit(main())
