"""What an organization can do: the commands of trade over the books and the quotes of this node.

`organization` is always the caller's: an object of another one is not found, whatever is asked of it.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from entrepot.connect.customs.cn.broker import GeneralDeclaration
from entrepot.connect.customs.cn.faults import MessageError
from entrepot.model.errors import EntrepotError, TradeError
from entrepot.model.money import in_major, in_minor
from entrepot.setting_names import CUSTOMS_CN
from entrepot.store.people import organizations
from entrepot.store.trade.books import StoreBooks
from entrepot.trade import (
    cancelling,
    correcting,
    customs,
    packing,
    paying,
    placing,
    refunding,
    requoting,
    returning,
    selling,
    shipping,
    waiting,
)
from entrepot.trade.checkout import Checkout, prepare, read_asked
from entrepot.trade.customs import Unmatched
from entrepot.trade.identity import check_contact, needs_identity
from entrepot.trade.ids import is_id
from entrepot.trade.kinds import KINDS
from entrepot.trade.match.compare import Match
from entrepot.trade.nodes import goodwill, service_accepting, service_cancelling, service_objecting
from entrepot.trade.objects import kind_of
from entrepot.trade.offer_form import read_offer
from entrepot.trade.offers import Offer
from entrepot.trade.orders import Order, is_of_other_node, owned_by, request_reference
from entrepot.trade.outbox import Message
from entrepot.trade.paying import Paying
from entrepot.trade.payments.commands import Means
from entrepot.trade.payments.state import OPEN, Payment
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade.quotes import StoredQuote
from entrepot.trade.returns import Return
from entrepot.trade.shipments import Shipment
from entrepot.trade_app import market
from entrepot.trade_app.books import open_books
from entrepot.trade_app.payments_channel import open_delivery
from entrepot.trade_app.quotes import NodeQuotes

QUOTES = NodeQuotes()
#: An amount as it is written in a request.
AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")
#: The words of an offer's status that a seller can set, and the action that leads to each.
STATUSES = {"active": "resume", "paused": "pause", "ended": "end"}


def books() -> StoreBooks:
    """The books of this node."""
    return open_books()


def decimals(currency: str) -> int | None:
    """The number of decimals of a currency."""
    return QUOTES.decimals(currency)


def find(number: str, prefix: str, organization: str) -> Any:
    """An object of a kind that belongs to an organization. Raises NotFound."""
    if not number.startswith(prefix):
        raise NotFound(number)
    state = books().read(number)
    if organization not in _owners(state):
        raise NotFound(number)
    return state


def list_of(
    prefix: str, organization: str, *, after: str | None, limit: int, status: str | None = None
) -> tuple[list[Any], bool]:
    """Objects of an organization, the newest first, and whether there are more.

    `after`: the id after which the list continues. Raises NotFound for one that is not the organization's.
    """
    if after is not None:
        find(after, prefix, organization)
    found = books().list_objects(prefix, owner=organization, status=status, before=after or "", limit=limit + 1)
    return list(found[:limit]), len(found) > limit


def waits_of(orders: Sequence[Order]) -> Mapping[str, Sequence[Message]]:
    """By the id of an order, the messages that a counterpart has not accepted yet."""
    return waiting.held_up(books().outbox, orders)


def create_offer(organization: str, given: Mapping[str, Any], key: str) -> Offer:
    """Create an offer. Raises TradeError."""
    form = read_offer(given, decimals)
    _check_course(organization, given)
    return books().run(lambda tx: selling.create_offer(tx, form, seller=organization, key=key))


def _check_course(organization: str, given: Mapping[str, Any]) -> None:
    """Raises TradeError for an offer of a course that the seller does not have: nobody could open it."""
    terms = given.get("delivery")
    if not isinstance(terms, Mapping) or terms.get("kind") != "course":
        return
    number = str(terms.get("resource") or "")
    try:
        find(number, "cs_", organization)
    except NotFound:
        raise TradeError(
            "course_unknown",
            "{course} is not a course of your organization. Create it on the page Courses, and give its id.",
            "delivery.resource",
            course=number[:60],
        ) from None


def update_offer(organization: str, number: str, given: Mapping[str, Any]) -> Offer:
    """Change fields of an offer, its stock or its status. Raises TradeError and NotFound."""
    changes = dict(given)
    if shown := {name: changes.pop(name) for name in ("pavilion", "descriptions") if name in changes}:
        if changes:
            raise TradeError(
                "fields_apart",
                "How the market shows an offer (pavilion, descriptions) is changed by a request of its own. Send "
                "{field} in another one.",
                next(iter(changes)),
                field=next(iter(changes)),
            )
        return market.present(organization, number, **shown)
    status = changes.pop("status", None)
    if status is not None and status not in STATUSES:
        known = ", ".join(STATUSES)
        raise TradeError(
            "field_invalid",
            "{value!r} is not a value of {field}. Use one of: {known}.",
            "status",
            value=status,
            field="status",
            known=known,
        )

    _check_course(organization, changes)

    def command(tx: Transaction) -> Offer:
        offer = selling.owned_offer(tx, number, organization)
        if changes:
            offer = selling.update_offer(tx, number, changes, decimals, seller=organization, check=market.check_goods)
        if status is not None and status != offer.status:
            offer = selling.act(tx, number, STATUSES[status], seller=organization)
        return offer

    return books().run(command)


def place_orders(organization: str, given: Mapping[str, Any], key: str) -> list[Order]:
    """Place the orders of a checkout. The same `key` places them once; without one, each call places its own.

    The offers are those that this process saw last: the transaction refuses one that was changed since. Then they are
    read again. Raises TradeError, SaleError and LawError.
    """
    asked, stored = read_asked(given), books()
    lookups = (request_reference(organization, key),) if key else ()
    seen: dict[str, Offer] = {}

    def recent(number: str) -> Offer:
        offer: Offer = seen.setdefault(number, stored.recent(number))
        return offer

    def place(read: Callable[[str], Offer] | None) -> list[Order]:
        checkout = Checkout(asked=asked, by=organization, parts=())
        if read is not None:
            checkout = prepare(asked, organization, read, QUOTES, dt.datetime.now(dt.UTC))
        return stored.run(lambda tx: placing.place_orders(tx, checkout, QUOTES, key=key), lookups=lookups)

    def was_placed() -> bool:
        return any(stored.lookup(each) is not None for each in lookups)

    # A request that is sent again is answered by what it did, and no new quote is made for it.
    if not asked.quotes and was_placed():
        return place(None)
    try:
        return place(recent)
    except EntrepotError:
        if was_placed():  # its offers or quotes have ended since
            return place(None)
        if all(stored.read(number) == offer for number, offer in seen.items()):
            raise
        return place(stored.read)


def order_of_request(organization: str, key: str) -> str:
    """The first order that an organization placed with a key; empty if it placed none."""
    return (books().lookup(request_reference(organization, key)) if key else None) or ""


def prepare_orders(organization: str, given: Mapping[str, Any]) -> Checkout:
    """A checkout with its quotes, to be shown before it is placed. Raises TradeError, SaleError and LawError."""
    return prepare(read_asked(given), organization, books().read, QUOTES, dt.datetime.now(dt.UTC))


def check_buyer(checkout: Checkout) -> None:
    """Check the buyer's personal data as for an order, where they are given. Raises TradeError."""
    asked = checkout.asked
    if asked.contact:
        goods = any(not item.offer.goods.service for each in checkout.parts for item in each.part.items)
        identified = any(needs_identity(each.option, each.law.limits) for each in checkout.parts)
        check_contact(asked.contact, asked.ship_to.country, identified=identified, goods=goods)


def cancel_order(organization: str, number: str, reason: str) -> Order:
    """Cancel an order, as its buyer or its seller. Raises TradeError and NotFound."""
    find(number, "or_", organization)
    return books().run(lambda tx: cancelling.cancel_order(tx, number, reason, by=organization))


def cancel_service(organization: str, number: str, delivery: str, percent: int | None) -> Order:
    """Ask the other node to cancel a service of an order, as its buyer. Raises TradeError and NotFound."""
    find(number, "or_", organization)
    command = partial(service_cancelling.ask, number=number, delivery=delivery, by=organization, percent=percent)
    return books().run(command)


def object_to_service(organization: str, number: str, delivery: str, reason: str) -> Order:
    """Object to a service of another node, as its buyer. Raises TradeError and NotFound."""
    find(number, "or_", organization)
    command = partial(service_objecting.ask, number=number, delivery=delivery, reason=reason, by=organization)
    return books().run(command)


def accept_service(organization: str, number: str, delivery: str) -> Order:
    """Accept a service of another node, as its buyer. Raises TradeError and NotFound."""
    find(number, "or_", organization)
    return books().run(partial(service_accepting.ask, number=number, delivery=delivery, by=organization))


def refund_order(organization: str, number: str, amount: str, reason: str, key: str) -> Payment | Order:
    """Pay a part of the price of the goods of an order back, as its seller. Raises TradeError and NotFound.

    Of an order of another node's buyer, the order is returned: that node pays it back.
    """
    order: Order = find(number, "or_", organization)
    currency = order.quote.amounts.currency
    places = decimals(currency) or 0
    minor = in_minor(Decimal(amount), places) if AMOUNT.fullmatch(amount) else None
    if minor is None:
        raise TradeError(
            "amount_invalid",
            "{amount!r} is not an amount in {currency}. Write it with at most {places} decimals, for example 5.00.",
            "amount",
            amount=amount,
            currency=currency,
            places=places,
        )
    try:
        return books().run(partial(_refund, number=number, amount=minor, reason=reason, by=organization, key=key))
    except TradeError as error:
        if error.code != "refund_amount":
            raise
        said = {name: f"{in_major(int(str(each)), places)} {currency}" for name, each in error.values.items()}
        raise TradeError(error.code, error.text, "amount", **said) from None


def _refund(tx: Transaction, number: str, amount: int, reason: str, *, by: str, key: str) -> Payment | Order:
    order: Order = tx.get(number)
    if is_of_other_node(order.buyer.party):
        return goodwill.give(tx, number, amount, reason, by=by, key=key)
    return refunding.refund_goodwill(tx, number, amount, reason, by=by, key=key)


def quote_order(organization: str, number: str) -> StoredQuote:
    """A new quote for an order, as its buyer. Raises NotFound, SaleError and LawError."""
    order = owned_by(find(number, "or_", organization), organization)
    return requoting.new_quote(order, QUOTES, dt.datetime.now(dt.UTC))


def accept_quote(organization: str, number: str, quote: str, digest: str, assertions: Sequence[str]) -> Order:
    """Accept a new quote for an order, as its buyer. Raises TradeError and NotFound."""
    find(number, "or_", organization)
    return books().run(
        lambda tx: requoting.accept_quote(
            tx, number, quote, digest, QUOTES, by=organization, assertions=tuple(assertions)
        )
    )


def pay_order(organization: str, number: str, means: Means, key: str) -> Paying:
    """Begin to pay an order, as its buyer. Raises TradeError and NotFound."""
    find(number, "or_", organization)
    made = open_delivery()
    if means.provider not in made.providers:
        raise TradeError(
            "provider_unknown",
            "{provider!r} is not the payment provider of this node. Use {known}.",
            "provider",
            provider=means.provider,
            known=", ".join(made.providers) or "—",
        )
    policy = made.policy
    return books().run(lambda tx: paying.pay_order(tx, number, means, QUOTES, by=organization, key=key, policy=policy))


def pay_address(order: Order, organization: str) -> str:
    """The page of the provider on which the buyer pays an order; empty if there is none, or for anybody else."""
    if not order.payments:
        return ""
    address = action_of(books().read(max(order.payments)), organization).get("url", "")
    return address if urlsplit(address).scheme in ("https", "http") else ""


def action_of(payment: Payment, organization: str) -> Mapping[str, str]:
    """What the buyer needs to pay: an address or a secret of the provider. Only for the buyer, while it is needed."""
    if not payment.action or payment.state not in OPEN or organization not in payment.owners[1:]:
        return {}
    try:
        return books().run(lambda tx: tx.get_personal(payment.action))
    except NotFound:
        return {}


def declare_order(organization: str, number: str) -> Order:
    """Ask again for the declaration of an order, as its seller. Raises TradeError and NotFound."""
    _check_seller(find(number, "or_", organization), organization)
    return books().run(lambda tx: shipping.ask_declaration(tx, number, by=organization))


def create_shipment(
    organization: str, number: str, parcel: Mapping[str, Any], pieces: Mapping[int, int] | None, packages: int
) -> Shipment:
    """Create a shipment that travels with a carrier of the seller. Raises TradeError and NotFound.

    `parcel`: carrier, waybill, gross_mass_kg, and crossing where the border crossing is known.
    """
    _check_seller(find(number, "or_", organization), organization)
    reporter = shipping.SELLER_REPORTS
    return books().run(
        lambda tx: shipping.create_shipment(
            tx, number, **parcel, by=organization, pieces=pieces, packages=packages, reporter=reporter
        )
    )


def report_shipment(organization: str, number: str, status: str, time: str = "", proof: str = "") -> Shipment:
    """Record what the seller reports of a parcel with a carrier of its own. Raises TradeError and NotFound."""
    _check_seller(books().read(find(number, "sh_", organization).order), organization)
    return books().run(lambda tx: shipping.report_own(tx, number, status, by=organization, time=time, proof=proof))


def apply_for_return(organization: str, number: str, pieces: Mapping[int, int], reason: str, key: str) -> Return:
    """Apply for the return of pieces, as the buyer. Raises TradeError and NotFound."""
    find(number, "or_", organization)
    return books().run(lambda tx: returning.apply_for_return(tx, number, pieces, reason, by=organization, key=key))


def receive_return(organization: str, number: str, *, restocked: bool) -> Return:
    """Record that the goods of a return are back, as the seller. Raises TradeError and NotFound."""
    _as_seller(number, organization)
    return books().run(lambda tx: returning.receive_return(tx, number, restocked=restocked))


def withdraw_return(organization: str, number: str) -> Return:
    """Withdraw a return, as the buyer. Raises TradeError and NotFound."""
    find(number, "re_", organization)
    return books().run(lambda tx: returning.withdraw_return(tx, number, by=organization))


def refuse_return(organization: str, number: str, reason: str) -> Return:
    """Refuse a return, as the seller. Raises TradeError and NotFound."""
    _as_seller(number, organization)
    return books().run(lambda tx: returning.refuse_return(tx, number, reason, by=organization))


def correct_order(
    organization: str, number: str, contact: Mapping[str, str], lines: Mapping[int, Mapping[str, Any]]
) -> Order:
    """Correct the contact as the buyer, or the goods as the seller.

    Raises TradeError, NotFound, SaleError and LawError.
    """
    order: Order = find(number, "or_", organization)
    checked = correcting.check_goods(order, lines, QUOTES) if lines and order.seller == organization else None
    if lines and checked is None:
        raise TradeError("not_the_seller", "Only the seller of {order} can do this.", "lines", order=number)
    return books().run(
        lambda tx: correcting.correct_order(tx, number, by=organization, contact=contact, checked=checked)
    )


def show_contact(organization: str, number: str, person: str) -> Mapping[str, str]:
    """To whom the parcel of an order goes, for a person of its seller. Raises TradeError and NotFound."""
    _check_seller(find(number, "or_", organization), organization)
    return books().run(lambda tx: packing.show_contact(tx, number, by=organization, person=person))


def shipments_of(order: Order) -> dict[str, Shipment]:
    """The parcels of an order, by their ids."""
    return {number: books().read(number) for number in sorted(order.shipments)}


def name_crossing(organization: str, number: str, crossing: Mapping[str, str]) -> Shipment:
    """Name the border crossing of a parcel, as its seller. Raises TradeError and NotFound."""
    _check_seller(books().read(find(number, "sh_", organization).order), organization)
    return books().run(lambda tx: shipping.name_crossing(tx, number, crossing, by=organization))


def list_unmatched(*, after: str | None, limit: int, status: str = "open") -> tuple[list[Unmatched], bool]:
    """Unmatched answers of customs, the newest first, and whether there are more. Raises NotFound. For operators."""
    if after is not None:
        find_unmatched(after)
    found = books().list_objects("ur_", status=status, before=after or "", limit=limit + 1)
    return list(found[:limit]), len(found) > limit


def find_unmatched(number: str) -> Unmatched:
    """An unmatched answer of customs. Raises NotFound. For operators."""
    if not is_id(number, "ur_"):
        raise NotFound(number)
    found: Unmatched = books().read(number)
    return found


def retry_unmatched(number: str) -> Unmatched:
    """Look again for the declaration of an unmatched answer. Raises NotFound. For operators."""
    find_unmatched(number)
    books().run(lambda tx: customs.retry_unmatched(tx, number))
    return find_unmatched(number)


def close_unmatched(organization: str, number: str, reason: str) -> Unmatched:
    """Close an unmatched answer. Raises TradeError and NotFound. For operators."""
    find_unmatched(number)
    return books().run(lambda tx: customs.close_unmatched(tx, number, reason, by=organization))


def new_key() -> str:
    """The key of a request that has no Idempotency-Key."""
    return secrets.token_hex(16)


def _as_seller(number: str, organization: str) -> None:
    found: Return = find(number, "re_", organization)
    _check_seller(books().read(found.order), organization)


def _check_seller(order: Order, organization: str) -> None:
    if order.seller != organization:
        raise TradeError("not_the_seller", "Only the seller of {order} can do this.", order=order.id)


def _owners(state: Any) -> Sequence[str]:
    """Whose an object is."""
    return kind_of(state.id, KINDS).owners(state)


def broker_file(order: Order) -> GeneralDeclaration:
    """The data of the general declaration of an order. Raises TradeError."""
    from entrepot.trade_app import broker_file as files  # noqa: PLC0415  # reads large lists of codes

    try:
        return files.broker_file(order, organizations.name_of(order.seller))
    except MessageError as error:
        raise TradeError("declaration_data", "{why}", "order", why=str(error)) from None


def match_order(order: Order) -> Match:
    """The match of the documents of an order, rule by rule. Raises TradeError where this node declares nothing."""
    if CUSTOMS_CN not in os.environ or not order.buyer.identity:
        raise TradeError("no_match", "{order} is not declared on a list by this node.", "order", order=order.id)
    from entrepot.trade_app import customs_connection  # noqa: PLC0415  # the libraries of signatures are large

    return customs_connection.match_order(order.id)
