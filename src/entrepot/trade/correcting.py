"""Correct the data of an order that was placed and is not declared: the buyer's contact, and what customs reads of it.

The buyer corrects the contact, for the same identity: an order with an annual limit is that of one person. The seller
corrects the tariff code, the Chinese name and the units of the goods, where the quote stays what it was: the corrected
goods are quoted anew, and every amount must be the same. What was sold, its price and its origin are never corrected:
then the order is cancelled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from entrepot.model.errors import TradeError, nearest
from entrepot.model.money import in_major
from entrepot.trade.checkout import paid
from entrepot.trade.identity import check_contact
from entrepot.trade.offer_form import read_offer
from entrepot.trade.offers import Goods
from entrepot.trade.orders import KeptQuote, Order, owners
from entrepot.trade.placing import DEFAULT_TERMS, Terms, identity_hash
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade.quotes import QuotePort, StoredQuote, chosen, kept
from entrepot.trade.requoting import items_of, new_quote
from entrepot.trade.selling import written
from entrepot.trade.shipping import ask_declaration
from entrepot.trade.status import is_on_the_way

#: What a buyer may correct, and what of it the carrier has got with the parcel.
CONTACT = (
    "name", "telephone", "address", "district", "consignee", "consignee_telephone", "identity_type", "identity_number",
)  # fmt: skip
ADDRESS = ("address", "district", "consignee", "consignee_telephone")
#: What a seller may correct of a line. `title_zh`: the name of the goods that customs reads.
GOODS = (
    "hs_code", "title_zh", "specification", "unit", "legal_unit", "second_legal_unit", "barcode", "record_number",
    "measures",
)  # fmt: skip
#: What of it stands only on the list, and can be corrected after customs refused it.
ON_THE_LIST = frozenset({"hs_code", "legal_unit", "second_legal_unit"})


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of an order with corrected goods, by number, and the new quote that has the same amounts.

    `before`: the goods of all lines as they were when they were quoted.
    """

    before: tuple[Goods, ...]
    goods: Mapping[int, Goods]
    quote: str
    hash: str


def check_goods(order: Order, lines: Mapping[int, Mapping[str, Any]], quotes: QuotePort) -> Checked:
    """Read the corrections of lines, by their number, and quote them. Not called within a transaction.

    Raises TradeError where a field is wrong or an amount would be another one, SaleError and LawError.
    """
    goods = {number: _goods(order, number, changes, quotes) for number, changes in lines.items()}
    corrected = msgspec.structs.replace(
        order,
        lines=tuple(msgspec.structs.replace(each, goods=goods.get(each.number, each.goods)) for each in order.lines),
    )
    # As of the year of the order: what its buyer has declared for that year still holds.
    stored = new_quote(corrected, quotes, dt.datetime.fromisoformat(order.created))
    found = _kept(corrected, stored, quotes)
    if _amounts(found) != _amounts(order.quote):
        places = quotes.decimals(order.quote.currency) or 0
        raise TradeError(
            "correction_changes_price",
            "With this data the duties, taxes and fees are {found} {currency}, not {expected} as quoted. Cancel "
            "the order, and sell the goods again with the correct data.",
            "lines",
            found=in_major(sum(each.amount for each in found.charges), places),
            expected=in_major(sum(each.amount for each in order.quote.charges), places),
            currency=order.quote.currency,
        )
    before = tuple(each.goods for each in order.lines)
    return Checked(before=before, goods=goods, quote=stored.id, hash=stored.hash)


def _goods(order: Order, number: int, changes: Mapping[str, Any], quotes: QuotePort) -> Goods:
    line = next((each for each in order.lines if each.number == number), None)
    if line is None:
        known = ", ".join(str(each.number) for each in order.lines)
        raise TradeError(
            "correction_line",
            "{order} has no line {number}. Its lines are {known}.",
            "lines",
            order=order.id,
            number=number,
            known=known,
        )
    for name in changes:
        if name not in GOODS:
            raise _not_correctable(name, GOODS, f"lines.{name}")
    (item,) = (each for each in items_of(order) if each.place == f"lines[{number - 1}]")
    changed = {name: value for name, value in changes.items() if name not in ("title_zh", "measures")}
    given = {**written(item.offer, quotes.decimals(line.prices.currency) or 0), **changed}
    if "title_zh" in changes:
        given["titles"] = {**line.goods.titles, "zh": changes["title_zh"]}
    return read_offer({**given, **changes.get("measures", {})}, quotes.decimals).goods


def _kept(order: Order, stored: StoredQuote, quotes: QuotePort) -> KeptQuote:
    assertions = order.quote.assertions
    option = chosen(stored.document, order.quote.option, [each.id for each in assertions], "lines")
    return kept(stored, option, assertions, paid(items_of(order)), lambda currency: quotes.decimals(currency) or 0)


def _amounts(quote: KeptQuote) -> tuple[object, ...]:
    """All amounts of a quote on which something rests: the payment, the returns, the annual limit."""
    charges = sorted((each.kind, each.amount, each.collected_by, each.in_order, each.lines) for each in quote.charges)
    return quote.currency, quote.amounts, quote.values, quote.limited, charges


def correct_order(
    tx: Transaction,
    number: str,
    *,
    by: str,
    contact: Mapping[str, str] | None = None,
    checked: Checked | None = None,
    terms: Terms = DEFAULT_TERMS,
) -> Order:
    """Correct an order. What has a parcel is matched and declared again. Raises TradeError and NotFound.

    `contact`: the fields that change, from the buyer; "" takes one out. `checked`: the goods, from the seller.
    """
    order: Order = tx.get(number)
    _check_party(order, by, contact, checked)
    payload: dict[str, Any] = {"by": by, "fields": []}
    if contact:
        payload |= _contact(tx, order, contact, terms)
    if checked is not None:
        payload |= {
            "lines": [{"number": at, "goods": msgspec.to_builtins(each)} for at, each in sorted(checked.goods.items())],
            "quote": checked.quote,
            "hash": checked.hash,
            "fields": [*payload["fields"], *_changed(order, checked)],
        }
    if not payload["fields"]:
        return order
    _check_not_declared(order, payload["fields"])
    corrected: Order = tx.append(number, "order.corrected", payload)
    if corrected.paid and corrected.buyer.identity and _parcels(corrected):
        corrected = ask_declaration(tx, number, by=order.seller)
    return corrected


def _check_party(order: Order, by: str, contact: Mapping[str, str] | None, checked: Checked | None) -> None:
    if by not in owners(order):
        raise NotFound(order.id)
    if contact and by != order.buyer.party:
        raise TradeError("not_the_buyer", "Only the buyer of {order} can do this.", "contact", order=order.id)
    if checked is not None and by != order.seller:
        raise TradeError("not_the_seller", "Only the seller of {order} can do this.", "lines", order=order.id)
    if checked is not None and checked.before != tuple(each.goods for each in order.lines):
        raise TradeError(
            "order_changed",
            "{order} was corrected meanwhile. Look at it again, then correct it.",
            "lines",
            order=order.id,
        )


def _check_not_declared(order: Order, fields: Sequence[str]) -> None:
    """Raise TradeError where customs has the data already. What only a refused list has may change.

    The name of the goods and of the buyer stand in the order's message too, which customs may have stored.
    """
    if not order.buyer.identity and any(map(is_on_the_way, order.shipments.values())):
        raise TradeError(
            "order_sent", "The goods of {order} are on their way: its data stay as they are.", order=order.id
        )
    live = [status for status in order.declarations.values() if status != "cancelled"]
    if live and not (set(live) == {"refused"} and {each.rpartition(".")[2] for each in fields} <= ON_THE_LIST):
        raise TradeError(
            "order_declared",
            "{order} is declared: {fields} cannot be corrected any more. Cancel the order, or ask customs.",
            order=order.id,
            fields=", ".join(fields),
        )


def _contact(tx: Transaction, order: Order, contact: Mapping[str, str], terms: Terms) -> dict[str, Any]:
    """The corrected contact as new personal data: the orders of the same checkout keep theirs."""
    for name in contact:
        if name not in CONTACT:
            raise _not_correctable(name, CONTACT, f"contact.{name}")
    before = dict(tx.get_personal(order.buyer.personal))
    identified, place = bool(order.buyer.identity), order.ship_to.country
    goods = any(not each.goods.service for each in order.lines)
    after = dict(check_contact({**before, **contact}, place, identified=identified, goods=goods))
    if identified and identity_hash(tx, place, after["identity_number"]) != order.buyer.identity:
        raise TradeError(
            "identity_differs",
            "The order uses the annual limit of another person. Cancel it and order again.",
            "contact.identity_number",
        )
    changed = [name for name in CONTACT if before.get(name) != after.get(name)]
    moved = [name for name in changed if name in ADDRESS]
    if moved and _parcels(order):
        raise TradeError(
            "parcel_booked",
            "The parcel of {order} has its waybill: {fields} cannot be corrected any more. Ask the carrier.",
            f"contact.{moved[0]}",
            order=order.id,
            fields=", ".join(moved),
        )
    if not changed:
        return {}
    until = (tx.time + terms.retention).date()
    personal = tx.put_personal(order.buyer.party, "order", after, retain_until=until)
    return {"personal": personal, "fields": [f"contact.{name}" for name in changed]}


def _changed(order: Order, checked: Checked) -> list[str]:
    """The fields of the goods that differ, with the number of their line."""
    found = []
    for line in order.lines:
        goods = checked.goods.get(line.number, line.goods)
        names = [each for each in Goods.__struct_fields__ if getattr(goods, each) != getattr(line.goods, each)]
        found += [f"lines.{line.number}.{'title_zh' if name == 'titles' else name}" for name in names]
    return found


def _parcels(order: Order) -> list[str]:
    return [number for number, status in order.shipments.items() if status != "cancelled"]


def _not_correctable(name: str, allowed: Sequence[str], param: str) -> TradeError:
    return TradeError(
        "not_correctable",
        "{field} cannot be corrected. What can: {known}.",
        param,
        nearest(name, allowed),
        field=name,
        known=", ".join(allowed),
    )
