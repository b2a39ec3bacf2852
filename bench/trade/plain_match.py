"""The match as one would write it by hand: the ids of the rules that fail, and of those that lack a field.

It reads documents as plain dictionaries, with numbers as text, and computes in whole hundred-thousandths. It explains
nothing, masks nothing and knows no source. Written from the description of the rules, not from their implementation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Found = tuple[set[str], set[str]]

PAIRS = {
    "list.order": [
        ("list.order_number", "order.number"),
        ("list.platform_code", "order.platform_code"),
        ("list.seller_code", "order.seller_code"),
    ],
    "list.waybill": [("list.waybill_number", "waybill.number"), ("list.carrier_code", "waybill.carrier_code")],
    "waybill.order": [("waybill.order_number", "order.number")],
    "payment.order": [("payment.order_number", "order.number"), ("payment.platform_code", "order.platform_code")],
    "person.payer": [("payment.payer_name", "order.buyer_name"), ("payment.payer_id_number", "order.buyer_id_number")],
    "person.buyer": [
        (f"list.buyer_{each}", f"order.buyer_{each}") for each in ("name", "id_type", "id_number", "telephone")
    ],
    "person.consignee": [
        (f"waybill.consignee_{each}", f"order.consignee_{each}") for each in ("name", "telephone", "address")
    ],
    "person.address": [("list.consignee_address", "order.consignee_address")],
}
AMOUNTS = {
    "amount.payment": [("payment.amount", "order.paid")],
    "amount.freight": [("list.freight", "waybill.freight"), ("list.insurance", "waybill.insurance")],
    "weight.gross": [("list.gross_weight", "waybill.weight")],
}
CONSTANTS = {
    "currency": (("order.currency", "payment.currency", "waybill.currency", "list.currency"), ("CNY",)),
    "person.identity_card": (("order.buyer_id_type", "payment.payer_id_type", "list.buyer_id_type"), ("1",)),
    "weight.packages": (("waybill.packages", "list.packages"), (1,)),
    "time.documents": (("order.receipt", "payment.receipt", "waybill.receipt"), (2, 3, 120, 399)),
}


def failures(found: Mapping[str, Any], listed: Mapping[str, bool]) -> Found:
    """The rules that fail, and those that are not checkable. The four documents and their lines are there."""
    flat = {f"{name}.{field}": value for name in found for field, value in found[name].items()}
    failed, open_ = set[str](), set[str]()

    def told(rule: str, outcome: bool | None) -> None:
        if outcome is False:
            failed.add(rule)
        elif outcome is None:
            open_.add(rule)

    for rule, pairs in PAIRS.items():
        for left, right in pairs:
            told(rule, _same(flat.get(left), flat.get(right)))
    for left, right in (
        ("order.payment_number", "payment.number"),
        ("order.payment_company_code", "payment.company_code"),
    ):
        if flat.get(left) is not None:
            told("order.payment", _same(flat[left], flat.get(right)))
    for rule, pairs in AMOUNTS.items():
        for left, right in pairs:
            told(rule, _same(_units(flat.get(left)), _units(flat.get(right))))
    for rule, (fields, allowed) in CONSTANTS.items():
        for field in fields:
            value = flat.get(field)
            told(rule, None if value is None else value in allowed)
    net, gross = _units(flat.get("list.net_weight")), _units(flat.get("list.gross_weight"))
    told("weight.net", None if net is None or gross is None else net <= gross)
    _totals(flat, told)
    _lines(found["order"]["lines"], found["list"]["lines"], listed, told)
    _flow(flat, found["list"]["lines"], told)
    return failed, open_ - failed


def _totals(flat: Mapping[str, Any], told: Any) -> None:
    goods, freight, tax, discount, paid = (
        _units(flat.get(f"order.{name}")) for name in ("goods_value", "freight", "tax", "discount", "paid")
    )
    if goods is None or freight is None or tax is None or discount is None or paid is None:
        told("amount.paid", None)
    else:
        told("amount.paid", goods + freight + tax - discount == paid)
    totals = [_units(line["total"]) for line in flat["order.lines"]]
    told("amount.goods", None if goods is None else goods == sum(each for each in totals if each is not None))


def _lines(ordered: Any, listed_lines: Any, listed: Mapping[str, bool], told: Any) -> None:
    told("goods.lines", sorted(line["number"] for line in ordered) == sorted(line["number"] for line in listed_lines))
    by_number = {line["number"]: line for line in ordered}
    for line in listed_lines:
        other = by_number[line["number"]]
        told("goods.name", line["name"] == other["name"])
        told("goods.quantity", _units(line["quantity"]) == _units(other["quantity"]) and line["unit"] == other["unit"])
        same = all(_units(line[name]) == _units(other[name]) for name in ("price", "total"))
        told("goods.price", same and line["currency"] == other["currency"])
        told("goods.positive_list", listed.get(line["code"][:8]))
        told("currency", line["currency"] == other["currency"] == "CNY")
    for rule, lines in (("amount.order_lines", ordered), ("amount.list_lines", listed_lines)):
        for line in lines:
            product = int(_units(line["price"]) or 0) * int(_units(line["quantity"]) or 0)
            told(rule, (2 * product + 10**5) // (2 * 10**5) == _units(line["total"]))


def _flow(flat: Mapping[str, Any], lines: Any, told: Any) -> None:
    transport = [flat.get(f"list.{name}") for name in ("vehicle", "voyage", "transport_document")]
    zone = [flat.get(f"list.{name}") for name in ("account_book", "zone_company_code", "zone_company_name")]
    if flat["list.mode"] == "9610":
        told("flow.direct", all(transport))
    else:
        told("flow.bonded", all(zone) and all(line.get("record") for line in lines) and not any(transport))


def _same(left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else bool(left == right)


def _units(text: str | None) -> int | None:
    """A decimal text in hundred-thousandths."""
    if text is None:
        return None
    whole, _, part = text.partition(".")
    sign = -1 if whole.startswith("-") else 1
    return int(whole or 0) * 10**5 + sign * int(f"{part:0<5}"[:5])
