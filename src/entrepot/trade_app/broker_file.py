"""The data of the general declaration of an order, for the broker who makes an ordinary import into China."""

from __future__ import annotations

from decimal import Decimal

from entrepot.connect.customs.cn.broker import (
    GeneralConsignment,
    GeneralDeclaration,
    GeneralLine,
    general_declaration,
)
from entrepot.model.errors import TradeError
from entrepot.model.money import in_major
from entrepot.trade.orders import Line, Order
from entrepot.trade_app.books import open_books
from entrepot.trade_app.china import CannotDeclare, line_of, mass_of
from entrepot.trade_app.quotes import NodeQuotes


def broker_file(order: Order, seller_name: str) -> GeneralDeclaration:
    """The boxes of the declaration that follow from an order; of every other, who adds it.

    Raises TradeError where the order is not imported in that way, or lacks something, and MessageError.
    """
    if order.ship_to.country != "CN" or order.buyer.identity or any(each.goods.service for each in order.lines):
        raise TradeError(
            "no_general_declaration",
            "{order} is not an ordinary import of goods into China: a broker declares only those.",
            "order",
            order=order.id,
        )
    contact = open_books().run(lambda tx: tx.get_personal(order.buyer.personal))
    places = NodeQuotes().decimals(order.quote.amounts.currency) or 0
    try:
        lines = tuple(_line(each, places) for each in order.lines)
        net = sum((mass_of(each, "net_mass_kg") for each in order.lines), Decimal(0))
        gross = sum((mass_of(each, "gross_mass_kg") for each in order.lines), Decimal(0))
    except CannotDeclare as error:
        raise TradeError(error.code, "{why}", error.param, why=str(error)) from None
    goods, amounts = order.lines[0].goods, order.quote.amounts
    shipments = [each for each in order.shipments if order.shipments[each] != "cancelled"]
    shipment = open_books().read(shipments[0]) if shipments else None
    return general_declaration(
        GeneralConsignment(
            consignee_name=contact["name"],
            consignor_name=seller_name,
            trading_country=goods.ship_from or goods.country_of_origin,
            dispatch_country=goods.ship_from or goods.country_of_origin,
            currency=amounts.currency,
            incoterm=goods.incoterm,
            packages=shipment.packages if shipment else 1,
            gross_weight=gross,
            net_weight=net,
            lines=lines,
            freight=_amount(amounts.shipping, places) or None,
            insurance=_amount(amounts.insurance, places) or None,
            contract=order.id,
            vehicle=shipment.vehicle if shipment else "",
            voyage=shipment.voyage if shipment else "",
            transport_document=shipment.transport_document if shipment else "",
        )
    )


def _line(line: Line, places: int) -> GeneralLine:
    found = line_of(line)
    return GeneralLine(
        code=found.code,
        name=found.name,
        model=found.model,
        quantity=found.quantity,
        unit=found.unit,
        first_quantity=found.legal_quantity,
        first_unit=found.legal_unit,
        second_quantity=found.second_quantity,
        second_unit=found.second_unit,
        price=_amount(line.price, places),
        total=_amount(line.amount, places),
        origin=found.origin,
    )


def _amount(minor: int, places: int) -> Decimal:
    return Decimal(in_major(minor, places))
