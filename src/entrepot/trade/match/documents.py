"""The documents that are matched, with the fields that the rules compare; independent of a message format.

Amounts, quantities and weights are `Decimal` with at most five decimals, as China's messages have them: a price such
as 0.33333 is not a whole number of fen. A floating-point number is refused. Currencies are ISO 4217. What a document
does not state is None or an empty text.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

#: The most decimals of a number in a document.
DECIMALS = 5


class _Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Refuse numbers that are not exact."""

    def __post_init__(self) -> None:
        for name in NUMBERS[type(self)]:
            value = getattr(self, name)
            if value is None:
                continue
            if not isinstance(value, Decimal):
                raise TypeError(f"{name} is {value!r}. Give a Decimal: a floating-point number is not exact.")
            _, digits, exponent = value.as_tuple()
            if not isinstance(exponent, int):
                raise ValueError(f"{name} is {value}. Give a finite number.")  # noqa: TRY004  # the type is correct
            if exponent < -DECIMALS and any(digits[exponent + DECIMALS :]):
                raise ValueError(f"{name} is {value}. Give at most {DECIMALS} decimals.")


class OrderLine(_Document, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the order. `number`: from 1, the same as that of its line in the list."""

    number: int | None = None
    name: str | None = None
    unit: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    total: Decimal | None = None
    currency: str | None = None


class Order(_Document, frozen=True, kw_only=True, omit_defaults=True):
    """The order, from the platform or the seller. `receipt`: the status of customs' last answer about it."""

    number: str | None = None
    platform_code: str | None = None
    seller_code: str | None = None
    goods_value: Decimal | None = None
    freight: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    paid: Decimal | None = None
    currency: str | None = None
    buyer_name: str | None = None
    buyer_id_type: str | None = None
    buyer_id_number: str | None = None
    buyer_telephone: str | None = None
    payment_company_code: str | None = None
    payment_number: str | None = None
    consignee_name: str | None = None
    consignee_telephone: str | None = None
    consignee_address: str | None = None
    receipt: int | None = None
    lines: tuple[OrderLine, ...] = ()


class Payment(_Document, frozen=True, kw_only=True, omit_defaults=True):
    """The payment voucher, from the payment company. `receipt`: the status of customs' last answer about it."""

    number: str | None = None
    company_code: str | None = None
    order_number: str | None = None
    platform_code: str | None = None
    payer_name: str | None = None
    payer_id_type: str | None = None
    payer_id_number: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    receipt: int | None = None


class Waybill(_Document, frozen=True, kw_only=True, omit_defaults=True):
    """The waybill, from the carrier. `weight`: gross, in kg. `receipt`: the status of customs' last answer about it."""

    number: str | None = None
    carrier_code: str | None = None
    order_number: str | None = None
    freight: Decimal | None = None
    insurance: Decimal | None = None
    currency: str | None = None
    weight: Decimal | None = None
    packages: int | None = None
    consignee_name: str | None = None
    consignee_telephone: str | None = None
    consignee_address: str | None = None
    receipt: int | None = None


class ListLine(_Document, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the import list. `code`: the commodity code; `record`: the material number in the account book."""

    number: int | None = None
    record: str | None = None
    code: str | None = None
    name: str | None = None
    unit: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    total: Decimal | None = None
    currency: str | None = None


class ImportList(_Document, frozen=True, kw_only=True, omit_defaults=True):
    """The import list: the declaration. `mode`: 9610 (direct purchase), 1210 or 1239 (bonded). Weights are in kg."""

    order_number: str | None = None
    platform_code: str | None = None
    seller_code: str | None = None
    waybill_number: str | None = None
    carrier_code: str | None = None
    buyer_name: str | None = None
    buyer_id_type: str | None = None
    buyer_id_number: str | None = None
    buyer_telephone: str | None = None
    consignee_address: str | None = None
    mode: str | None = None
    account_book: str | None = None
    zone_company_code: str | None = None
    zone_company_name: str | None = None
    vehicle: str | None = None
    voyage: str | None = None
    transport_document: str | None = None
    freight: Decimal | None = None
    insurance: Decimal | None = None
    currency: str | None = None
    packages: int | None = None
    gross_weight: Decimal | None = None
    net_weight: Decimal | None = None
    lines: tuple[ListLine, ...] = ()


class Documents(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The documents of one order. One that does not exist yet is None: its rules are not checkable."""

    order: Order | None = None
    payment: Payment | None = None
    waybill: Waybill | None = None
    list: ImportList | None = None


#: The numeric fields of each document, which are checked when it is made.
NUMBERS: dict[type, tuple[str, ...]] = {
    kind: tuple(name for name, type_ in kind.__annotations__.items() if "Decimal" in type_)
    for kind in (OrderLine, Order, Payment, Waybill, ListLine, ImportList)
}

#: The fields with data of a person, in any document: a result holds them only masked.
PERSONAL = frozenset(
    {
        "buyer_name",
        "buyer_id_number",
        "buyer_telephone",
        "payer_name",
        "payer_id_number",
        "consignee_name",
        "consignee_telephone",
        "consignee_address",
    }
)

#: The elements of China's messages (CEB311, 411, 511 and 621, edition 202205) that the fields are in.
ELEMENTS: dict[str, dict[str, str]] = {
    "order": {
        "number": "orderNo",
        "platform_code": "ebpCode",
        "seller_code": "ebcCode",
        "goods_value": "goodsValue",
        "freight": "freight",
        "discount": "discount",
        "tax": "taxTotal",
        "paid": "acturalPaid",
        "currency": "currency",
        "buyer_name": "buyerName",
        "buyer_id_type": "buyerIdType",
        "buyer_id_number": "buyerIdNumber",
        "buyer_telephone": "buyerTelephone",
        "payment_company_code": "payCode",
        "payment_number": "payTransactionId",
        "consignee_name": "consignee",
        "consignee_telephone": "consigneeTelephone",
        "consignee_address": "consigneeAddress",
    },
    "order.lines": {
        "number": "gnum",
        "name": "itemName",
        "unit": "unit",
        "quantity": "qty",
        "price": "price",
        "total": "totalPrice",
        "currency": "currency",
    },
    "payment": {
        "number": "payTransactionId",
        "company_code": "payCode",
        "order_number": "orderNo",
        "platform_code": "ebpCode",
        "payer_name": "payerName",
        "payer_id_type": "payerIdType",
        "payer_id_number": "payerIdNumber",
        "amount": "amountPaid",
        "currency": "currency",
    },
    "waybill": {
        "number": "logisticsNo",
        "carrier_code": "logisticsCode",
        "order_number": "orderNo",
        "freight": "freight",
        "insurance": "insuredFee",
        "currency": "currency",
        "weight": "weight",
        "packages": "packNo",
        "consignee_name": "consignee",
        "consignee_telephone": "consigneeTelephone",
        "consignee_address": "consigneeAddress",
    },
    "list": {
        "order_number": "orderNo",
        "platform_code": "ebpCode",
        "seller_code": "ebcCode",
        "waybill_number": "logisticsNo",
        "carrier_code": "logisticsCode",
        "buyer_name": "buyerName",
        "buyer_id_type": "buyerIdType",
        "buyer_id_number": "buyerIdNumber",
        "buyer_telephone": "buyerTelephone",
        "consignee_address": "consigneeAddress",
        "mode": "tradeMode",
        "account_book": "emsNo",
        "zone_company_code": "areaCode",
        "zone_company_name": "areaName",
        "vehicle": "trafNo",
        "voyage": "voyageNo",
        "transport_document": "billNo",
        "freight": "freight",
        "insurance": "insuredFee",
        "currency": "currency",
        "packages": "packNo",
        "gross_weight": "grossWeight",
        "net_weight": "netWeight",
    },
    "list.lines": {
        "number": "gnum",
        "record": "itemRecordNo",
        "code": "gcode",
        "name": "gname",
        "unit": "unit",
        "quantity": "qty",
        "price": "price",
        "total": "totalPrice",
        "currency": "currency",
    },
}
