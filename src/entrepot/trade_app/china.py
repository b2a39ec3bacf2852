"""Orders as China's customs sees them: the parcel of an order, its messages, and the answers of customs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from entrepot.connect.customs.cn import codes, compose
from entrepot.connect.customs.cn.compose import Company, Consignee, Line, Parcel, Person, Sending
from entrepot.connect.customs.cn.messages import Document, Message
from entrepot.connect.customs.cn.settings import Settings
from entrepot.trade.declarations import Declaration, own_number
from entrepot.trade.offers import Goods
from entrepot.trade.orders import Line as OrderLine
from entrepot.trade.orders import Order
from entrepot.trade.payments.state import Payment
from entrepot.trade.shipments import CROSSING, Shipment

#: The measure of one piece from which a quantity in a legal unit follows, by the unit (Recommendation 20).
MEASURE_OF = {
    "KGM": "net_mass_kg",
    "LTR": "litres",
    "MTK": "square_metres",
    "MTQ": "cubic_metres",
    "PR": "pairs",
    "H87": "items",
    "C62": "items",
}
#: The language of names in the messages.
CHINESE = "zh"


class CannotDeclare(Exception):
    """Something that a declaration needs is missing or wrong. `code`: for programs; `param`: where it is missing."""

    def __init__(self, code: str, message: str, param: str) -> None:
        super().__init__(message)
        self.code, self.param = code, param


def parcel_of(
    order: Order,
    payment: Payment,
    shipment: Shipment,
    contact: Mapping[str, str],
    payer: Mapping[str, str],
    settings: Settings,
    *,
    own: str,
) -> Parcel:
    """The parcel of an order, in CNY. Raises CannotDeclare.

    `contact`, `payer`: the personal data of the buyer and of who paid; `own`: our own number of the list.
    """
    amounts = order.quote.amounts
    if amounts.currency != "CNY":
        message = f"The messages to China's customs are in CNY. The order is in {amounts.currency}."
        raise CannotDeclare("declaration_currency", message, "currency")
    seller = settings.sellers.get(order.seller, settings.other_sellers)
    if seller is None:
        message = (
            f"{order.seller} has no registration at China's customs in the settings: add [sellers.{order.seller}]."
        )
        raise CannotDeclare("declaration_seller", message, "seller")
    lines = tuple(line_of(each) for each in order.lines)
    net = sum((mass_of(each, "net_mass_kg") for each in order.lines), Decimal(0))
    return Parcel(
        order=order.id,
        payment=payment.transaction,
        waybill=shipment.waybill,
        own=own,
        mode="1210" if order.supply == "bonded" else "9610",
        seller=Company(seller.code, seller.name),
        goods_value=_yuan(amounts.goods),
        freight=_yuan(amounts.shipping),
        insurance=_yuan(amounts.insurance),
        discount=Decimal(0),
        tax=_yuan(amounts.charges),
        paid=_yuan(payment.captured),
        paid_at=dt.datetime.fromisoformat(payment.paid_at),
        buyer=_person(contact, account=order.buyer.party),
        payer=_person(payer or contact),
        consignee=_consignee(contact),
        lines=lines,
        gross_weight=Decimal(shipment.gross_mass_kg) if shipment.gross_mass_kg else net,
        net_weight=net,
        departure=order.lines[0].goods.ship_from or order.lines[0].goods.country_of_origin,
        **_crossing(order, shipment),
    )


def _crossing(order: Order, shipment: Shipment) -> dict[str, Any]:
    """The border crossing of a direct purchase; goods from a bonded warehouse have crossed it before."""
    return {} if order.supply == "bonded" else {name: getattr(shipment, name) or None for name in CROSSING}


def _consignee(contact: Mapping[str, str]) -> Consignee:
    """To whom the parcel goes: another person, where the buyer names one."""
    return Consignee(
        name=contact.get("consignee") or contact["name"],
        telephone=contact.get("consignee_telephone") or contact["telephone"],
        address=contact["address"],
        district=contact.get("district") or None,
    )


def line_of(line: OrderLine) -> Line:
    """A line as the messages to customs have it. Raises CannotDeclare."""
    goods, place = line.goods, f"lines[{line.number - 1}]"
    code = goods.hs_code.replace(".", "")
    if len(code) != 10:
        message = (
            f"A list of China's customs needs the ten digits of the commodity code: {goods.hs_code!r} has {len(code)}."
        )
        raise CannotDeclare("declaration_code", message, f"{place}.goods.hs_code")
    name = goods.titles.get(CHINESE, "")
    if not name:
        message = "China's customs needs the name of the goods in Chinese: give titles.zh."
        raise CannotDeclare("declaration_name", message, f"{place}.goods.titles")
    unit, quantity = _legal(goods, goods.legal_unit, line, place)
    second = _legal(goods, goods.second_legal_unit, line, place) if goods.second_legal_unit else (None, None)
    return Line(
        number=line.number,
        sku=goods.reference or line.offer[-20:],
        name=name,
        model=goods.specification or name,
        code=code,
        origin=goods.country_of_origin,
        unit=_unit(goods.unit, place),
        quantity=Decimal(line.quantity),
        price=_yuan(line.price),
        total=_yuan(line.amount),
        legal_unit=unit,
        legal_quantity=quantity,
        second_unit=second[0],
        second_quantity=second[1],
        bar_code=goods.barcode or None,
        record=goods.record_number or None,
    )


def _legal(goods: Goods, unit: str, line: OrderLine, place: str) -> tuple[str, Decimal]:
    """A legal unit of customs, and the quantity of a line in it."""
    measure = MEASURE_OF.get(unit)
    value = goods.measures.get(measure, "") if measure else ""
    if measure == "items" and not value:
        value = "1"
    if measure is None or not value:
        known = ", ".join(sorted(MEASURE_OF))
        missing = f"the measure {measure} of one piece" if measure else f"legal_unit, one of {known}"
        message = f"A list of China's customs states the quantity in the legal unit of the code: give {missing}."
        raise CannotDeclare("declaration_unit", message, f"{place}.goods.{'measures' if measure else 'legal_unit'}")
    return _unit(unit, place), Decimal(value) * line.quantity


def _unit(rec20: str, place: str) -> str:
    found = codes.unit_code(rec20)
    if found is None:
        message = f"The unit {rec20} has no code in the list of China's customs."
        raise CannotDeclare("declaration_unit", message, f"{place}.goods.unit")
    return found


def mass_of(line: OrderLine, name: str) -> Decimal:
    """The mass of a line in kg. Raises CannotDeclare where it is not known."""
    value = line.goods.measures.get(name)
    if value is None:
        message = f"A declaration to China's customs states the mass: give the measure {name} of one piece."
        raise CannotDeclare("declaration_mass", message, f"lines[{line.number - 1}].goods.measures")
    return Decimal(value) * line.quantity


def _person(values: Mapping[str, str], account: str = "") -> Person:
    for name in ("name", "identity_number"):
        if not values.get(name):
            raise CannotDeclare(
                "declaration_identity", f"China's customs asks for the buyer's {name}.", f"contact.{name}"
            )
    return Person(
        name=values["name"],
        identity=values["identity_number"],
        telephone=values.get("telephone", ""),
        account=account,
    )


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def message_of(
    document: str,
    parcel: Parcel,
    declaration: Declaration,
    settings: Settings,
    sending: Sending,
    extra: Mapping[str, Any],
) -> Message[Document]:
    """One message of a declaration.

    `extra`: of a return, its id, reason and pieces by line; of a cancellation, our number; the time of the delivery.
    """
    parties = settings.parties
    if document == "order":
        return compose.order(parcel, parties, sending)
    if document == "payment":
        return compose.payment(parcel, parties, sending)
    if document == "waybill":
        return compose.waybill(parcel, parties, sending)
    if document == "list":
        return compose.listed(parcel, parties, sending)
    if document == "waybill_status":
        return compose.delivered(parcel, parties, sending, dt.datetime.fromisoformat(extra["delivered"]))
    number = declaration.numbers["list"]
    if document == "cancellation":
        own = extra["own"]
        return compose.cancellation(parcel, parties, sending, own=own, list_number=number, reason=declaration.reason)
    own, reason, quantities = own_number(extra["return"]), extra["reason"], extra["quantities"]
    return compose.returned(parcel, parties, sending, own=own, list_number=number, reason=reason, quantities=quantities)
