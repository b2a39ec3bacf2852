"""Consistent documents of one order, for tests of the match."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any

from hypothesis import strategies as st

from entrepot.trade.match.compare import Settings
from entrepot.trade.match.documents import Documents, ImportList, ListLine, Order, OrderLine, Payment, Waybill

#: The identity number is the example of the standard GB 11643-1999; nobody has it.
BUYER = {
    "buyer_name": "张伟",
    "buyer_id_type": "1",
    "buyer_id_number": "11010519491231002X",
    "buyer_telephone": "13800138000",
}
CONSIGNEE = {
    "consignee_name": "李娜",
    "consignee_telephone": "13900139000",
    "consignee_address": "浙江省杭州市上城区1号",
}
CODES = ("0901210000", "0801320000", "1704900000")
SETTINGS = Settings(listed={code[:8]: True for code in CODES})
BONDED = {"mode": "1210", "account_book": "T2925W000001", "zone_company_code": "3301960001", "zone_company_name": "仓"}
DIRECT = {"mode": "9610", "vehicle": "VN-1", "voyage": "VN501", "transport_document": "73800000001"}

EXACT = Context(prec=80)
#: What a line has: price and quantity.
Priced = tuple[Decimal, Decimal]


def documents(
    lines: tuple[Priced, ...] = ((Decimal("88.00"), Decimal(1)), (Decimal("3.33333"), Decimal(3))),
    *,
    freight: Decimal = Decimal("12.00"),
    insurance: Decimal = Decimal(0),
    discount: Decimal = Decimal("5.00"),
    tax: Decimal = Decimal("10.01"),
    flow: dict[str, str] = BONDED,
) -> Documents:
    """The four documents; every rule passes."""
    totals = [EXACT.multiply(*each).quantize(Decimal("0.00001"), ROUND_HALF_UP, EXACT) for each in lines]
    with localcontext(EXACT):
        goods = sum(totals, Decimal())
        paid = goods + freight + tax - discount
    codes = {"platform_code": "3301960P01", "seller_code": "3301960S01"}
    priced: list[dict[str, Any]] = [
        {
            "number": at,
            "name": f"货物{at}",
            "unit": "035",
            "quantity": each[1],
            "price": each[0],
            "total": total,
            "currency": "CNY",
        }
        for at, (each, total) in enumerate(zip(lines, totals, strict=True), 1)
    ]
    of_list: dict[str, Any] = {"record": "R1"} if flow is BONDED else {}
    order = Order(
        number="A-1", **codes, goods_value=goods, freight=freight, discount=discount, tax=tax, paid=paid,
        currency="CNY", **BUYER, payment_company_code="4403160P02", payment_number="P-1", **CONSIGNEE, receipt=120,
        lines=tuple(OrderLine(**line) for line in priced),
    )  # fmt: skip
    payment = Payment(
        number="P-1", company_code="4403160P02", order_number="A-1", platform_code=codes["platform_code"],
        payer_name=BUYER["buyer_name"], payer_id_type="1", payer_id_number=BUYER["buyer_id_number"], amount=paid,
        currency="CNY", receipt=120,
    )  # fmt: skip
    waybill = Waybill(
        number="W-1", carrier_code="3301980L01", order_number="A-1", freight=freight, insurance=insurance,
        currency="CNY", weight=Decimal("1.5"), packages=1, **CONSIGNEE, receipt=2,
    )  # fmt: skip
    listed = ImportList(
        order_number="A-1", **codes, waybill_number="W-1", carrier_code="3301980L01", **BUYER,
        consignee_address=CONSIGNEE["consignee_address"], **flow, freight=freight, insurance=insurance, currency="CNY",
        packages=1, gross_weight=Decimal("1.50"), net_weight=Decimal("1.2"),
        lines=tuple(ListLine(**line, **of_list, code=CODES[at % 3]) for at, line in enumerate(priced)),
    )  # fmt: skip
    return Documents(order=order, payment=payment, waybill=waybill, list=listed)


def _numbers(most: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(1, most).map(lambda whole: Decimal(whole).scaleb(-places))


@st.composite
def consistent(draw: st.DrawFn) -> Documents:
    """Documents of one order that agree, of any amounts that the messages can hold."""
    price = st.one_of(st.just(Decimal()), _numbers(10**7, 2), _numbers(10**19 - 1, 5))
    quantity = st.one_of(_numbers(100, 0), _numbers(10**9, 5))
    money = st.one_of(st.just(Decimal()), _numbers(10**6, 2), _numbers(10**12, 5))
    return documents(
        tuple(draw(st.lists(st.tuples(price, quantity), min_size=1, max_size=5))),
        freight=draw(money),
        insurance=draw(money),
        discount=draw(money),
        tax=draw(money),
        flow=draw(st.sampled_from([BONDED, DIRECT])),
    )
