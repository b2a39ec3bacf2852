"""The rules of the match, as data: what each compares, its source, and its trust.

Customs publishes no list of its machine comparison. `official` rules are in the field notes of the message
specification; `published` ones are told by other pages, or stand in copies of notices; `unchecked` ones are practice.
A field is named by its document, `order.paid`; one of a line by its document's lines, `list.lines.price`.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Equal(msgspec.Struct, frozen=True):
    """Each left field equals its right field. `optional`: only where the left field is stated."""

    pairs: tuple[tuple[str, str], ...]
    optional: bool = False


class EqualLines(msgspec.Struct, frozen=True):
    """The lines of list and order with the same number are equal in these fields."""

    fields: tuple[str, ...]


class SameLines(msgspec.Struct, frozen=True):
    """The lines of list and order correspond one to one by their numbers, each of which occurs once."""


class Sum(msgspec.Struct, frozen=True):
    """A field equals the sum of some fields less others. A field of a line stands for all lines."""

    field: str
    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()


class LineTotals(msgspec.Struct, frozen=True):
    """The total of each line of a document equals its price times its quantity, rounded half up to five decimals."""

    document: str


class Is(msgspec.Struct, frozen=True):
    """Each field has one of these values. A field of a line stands for all lines."""

    fields: tuple[str, ...]
    allowed: tuple[str | int, ...]


class AtMost(msgspec.Struct, frozen=True):
    """The left field is at most the right field."""

    left: str
    right: str


class Stated(msgspec.Struct, frozen=True):
    """With some modes the list states these fields, and leaves the others out."""

    modes: tuple[str, ...]
    fields: tuple[str, ...]
    left_out: tuple[str, ...]


class Listed(msgspec.Struct, frozen=True):
    """The goods of each line are on the list of goods for retail import."""


Test: TypeAlias = Equal | EqualLines | SameLines | Sum | LineTotals | Is | AtMost | Stated | Listed


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: its id, what it says, its test, its source with the place in it, and its trust.

    `unless`: the setting of the match that turns the rule off.
    """

    id: str
    says: str
    test: Test
    source: str
    where: str = ""
    trust: str
    unless: str = ""


#: The receipt statuses of a document that is at customs: accepted, passed on, stored, examination closed.
AT_CUSTOMS = (2, 3, 120, 399)
BONDED_MODES = ("1210", "1239")
DIRECT_MODES = ("9610",)

RULES: tuple[Rule, ...] = (
    Rule(
        id="list.order",
        says="The list names the order, its platform and its seller.",
        test=Equal(
            (
                ("list.order_number", "order.number"),
                ("list.platform_code", "order.platform_code"),
                ("list.seller_code", "order.seller_code"),
            )
        ),
        source="ceb-202205",
        where="3.1.4, 3.9.4",
        trust="official",
    ),
    Rule(
        id="list.waybill",
        says="The list names the waybill and its carrier.",
        test=Equal((("list.waybill_number", "waybill.number"), ("list.carrier_code", "waybill.carrier_code"))),
        source="ceb-202205",
        where="schema of CEB511",
        trust="official",
    ),
    Rule(
        id="waybill.order",
        says="The waybill names the order.",
        test=Equal((("waybill.order_number", "order.number"),)),
        source="ceb-202205",
        where="schema of CEB511",
        trust="official",
    ),
    Rule(
        id="payment.order",
        says="The payment voucher names the order and its platform.",
        test=Equal((("payment.order_number", "order.number"), ("payment.platform_code", "order.platform_code"))),
        source="ceb-202205",
        where="3.3.4",
        trust="official",
    ),
    Rule(
        id="order.payment",
        says="If the order names a payment and its payment company, they are those of the voucher.",
        test=Equal(
            (
                ("order.payment_number", "payment.number"),
                ("order.payment_company_code", "payment.company_code"),
            ),
            optional=True,
        ),
        source="ceb-202205",
        where="3.3.4",
        trust="official",
    ),
    Rule(
        id="amount.paid",
        says="The amount paid equals goods, freight and tax less the discount.",
        test=Sum("order.paid", ("order.goods_value", "order.freight", "order.tax"), ("order.discount",)),
        source="ceb-202205",
        where="3.1.4, acturalPaid",
        trust="official",
    ),
    Rule(
        id="amount.payment",
        says="The amount of the payment voucher equals the amount paid of the order.",
        test=Equal((("payment.amount", "order.paid"),)),
        source="ceb-202205",
        where="3.1.4, acturalPaid",
        trust="official",
    ),
    Rule(
        id="amount.order_lines",
        says="The total of each line of the order equals its price times its quantity.",
        test=LineTotals("order"),
        source="ceb-202205",
        where="3.1.4, totalPrice",
        trust="official",
    ),
    Rule(
        id="amount.list_lines",
        says="The total of each line of the list equals its price times its quantity.",
        test=LineTotals("list"),
        source="ceb-202205",
        where="3.9.4, totalPrice",
        trust="official",
    ),
    Rule(
        id="amount.goods",
        says="The value of the goods equals the sum of the totals of the order's lines.",
        test=Sum("order.goods_value", ("order.lines.total",)),
        source="practice",
        trust="published",
    ),
    Rule(
        id="amount.freight",
        says="Freight and insurance of the list are those that the carrier charged.",
        test=Equal((("list.freight", "waybill.freight"), ("list.insurance", "waybill.insurance"))),
        source="cgs-2016-18",
        where="article 1",
        trust="published",
    ),
    Rule(
        id="currency",
        says="All amounts are in CNY.",
        test=Is(
            (
                "order.currency",
                "order.lines.currency",
                "payment.currency",
                "waybill.currency",
                "list.currency",
                "list.lines.currency",
            ),
            ("CNY",),
        ),
        source="ceb-202205",
        where="currency",
        trust="official",
    ),
    Rule(
        id="person.payer",
        says="The payer is the buyer.",
        test=Equal(
            (
                ("payment.payer_name", "order.buyer_name"),
                ("payment.payer_id_number", "order.buyer_id_number"),
            )
        ),
        source="cgs-2016-18",
        where="article 5",
        trust="published",
        unless="buyers_authenticated",
    ),
    Rule(
        id="person.identity_card",
        says="Buyer and payer are identified by an identity card.",
        test=Is(("order.buyer_id_type", "payment.payer_id_type", "list.buyer_id_type"), ("1",)),
        source="ceb-202205",
        where="buyerIdType, payerIdType",
        trust="official",
    ),
    Rule(
        id="person.buyer",
        says="The buyer of the list is the buyer of the order.",
        test=Equal(
            (
                ("list.buyer_name", "order.buyer_name"),
                ("list.buyer_id_type", "order.buyer_id_type"),
                ("list.buyer_id_number", "order.buyer_id_number"),
                ("list.buyer_telephone", "order.buyer_telephone"),
            )
        ),
        source="practice",
        trust="published",
    ),
    Rule(
        id="person.consignee",
        says="The consignee of the waybill is the consignee of the order.",
        test=Equal(
            (
                ("waybill.consignee_name", "order.consignee_name"),
                ("waybill.consignee_telephone", "order.consignee_telephone"),
                ("waybill.consignee_address", "order.consignee_address"),
            )
        ),
        source="ceb-202205",
        where="3.1.4",
        trust="official",
    ),
    Rule(
        id="person.address",
        says="The delivery address of the list is that of the order.",
        test=Equal((("list.consignee_address", "order.consignee_address"),)),
        source="ceb-202205",
        where="3.9.4",
        trust="official",
    ),
    Rule(
        id="goods.lines",
        says="Each line of the list is one line of the order with the same number.",
        test=SameLines(),
        source="ceb-202205",
        where="3.9.4, gnum",
        trust="official",
    ),
    Rule(
        id="goods.name",
        says="The name of each line of the list is that of the order.",
        test=EqualLines(("name",)),
        source="ceb-202205",
        where="3.9.4, gname",
        trust="official",
    ),
    Rule(
        id="goods.quantity",
        says="Quantity and unit of each line of the list are those of the order.",
        test=EqualLines(("quantity", "unit")),
        source="practice",
        trust="unchecked",
    ),
    Rule(
        id="goods.price",
        says="Price, total and currency of each line of the list are those of the order.",
        test=EqualLines(("price", "total", "currency")),
        source="practice",
        trust="unchecked",
    ),
    Rule(
        id="goods.positive_list",
        says="The goods are on the list of goods for cross-border e-commerce retail import.",
        test=Listed(),
        source="positive-list-2022",
        trust="published",
    ),
    Rule(
        id="weight.packages",
        says="The waybill and the list are of one package.",
        test=Is(("waybill.packages", "list.packages"), (1,)),
        source="ceb-202205",
        where="packNo",
        trust="official",
    ),
    Rule(
        id="weight.gross",
        says="The gross weight of the list is the weight of the waybill.",
        test=Equal((("list.gross_weight", "waybill.weight"),)),
        source="practice",
        trust="unchecked",
    ),
    Rule(
        id="weight.net",
        says="The net weight is at most the gross weight.",
        test=AtMost("list.net_weight", "list.gross_weight"),
        source="practice",
        trust="unchecked",
    ),
    Rule(
        id="flow.direct",
        says="A list of direct purchase (9610) names the means of transport, the voyage and the transport document.",
        test=Stated(DIRECT_MODES, ("list.vehicle", "list.voyage", "list.transport_document"), ()),
        source="ceb-202205",
        where="3.9.4, trafNo, voyageNo, billNo",
        trust="official",
    ),
    Rule(
        id="flow.bonded",
        says="A list of bonded goods (1210, 1239) names the account book, the company in the zone and each material "
        "number, and no means of transport.",
        test=Stated(
            BONDED_MODES,
            ("list.account_book", "list.zone_company_code", "list.zone_company_name", "list.lines.record"),
            ("list.vehicle", "list.voyage", "list.transport_document"),
        ),
        source="ceb-202205",
        where="3.9.4, emsNo, areaCode, areaName, itemRecordNo",
        trust="official",
    ),
    Rule(
        id="time.documents",
        says="Order, payment voucher and waybill are at customs before the list is declared.",
        test=Is(("order.receipt", "payment.receipt", "waybill.receipt"), AT_CUSTOMS),
        source="gacc-2018-194",
        trust="published",
    ),
)
