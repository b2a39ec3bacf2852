"""What a platform sees of a session and of its orders, in the language of the request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from entrepot.connect.ucp import messages as say
from entrepot.connect.ucp import profile_of_node
from entrepot.connect.ucp.checkouts import LineShown, NamedCharge, Parcel, View, show
from entrepot.connect.ucp.checkouts import Order as OrderShown
from entrepot.connect.ucp.messages import Message
from entrepot.connect.ucp.names import CHECKOUT, FULFILLMENT, ORDER, landed_cost_name
from entrepot.connect.ucp.orders import OrderView, show_order
from entrepot.connect.ucp.platforms import relevant
from entrepot.connect.ucp.sessions import CANCELED, COMPLETED, IN_PROGRESS, Session
from entrepot.language.translate import _, current_language
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound
from entrepot.trade_app.books import open_books
from entrepot.trade_app.ucp import node, settling
from entrepot.trade_app.ucp.assess import QUOTES, Assessed, parcel_of, read_offer, shown_line

#: Events of an order that are read.
MAX_EVENTS = 500


def show_session(session: Session, assessed: Assessed | None, more: Sequence[Message] = ()) -> dict[str, Any]:
    """A session as JSON. `assessed`: of one that is open."""
    orders = [] if assessed else _orders(session)
    lines = assessed.lines if assessed else lines_of(session, orders)
    parcels = assessed.parcels if assessed else [parcel_of_order(each, session) for each in orders]
    messages = [*(assessed.messages if assessed else _waiting(session, orders)), *more]
    url, ended = node.settings().url, session.status in (COMPLETED, CANCELED)
    page = node.page_of(session.id, session.language)
    first = orders[0] if orders else None
    return show(
        View(
            session=session,
            lines=lines,
            parcels=parcels,
            messages=messages,
            capabilities=relevant(session.capabilities, node.own_capabilities(), CHECKOUT),
            handlers=profile_of_node.handlers(url, node.provider()),
            links=links(),
            continue_url="" if ended else page,
            fulfilled=FULFILLMENT in session.capabilities,
            extended=landed_cost_name(url) in session.capabilities,
            order=OrderShown(first.id, ", ".join(each.id for each in orders), page) if first else None,
        )
    )


def links() -> list[dict[str, str]]:
    """The documents that a platform shows to the buyer."""
    given = node.settings()
    found = (("terms_of_service", given.terms), ("privacy_policy", given.privacy))
    return [{"type": kind, "url": url} for kind, url in found if url]


def _orders(session: Session) -> list[Order]:
    return settling.orders_of(session) if session.status in (IN_PROGRESS, COMPLETED) else []


def _waiting(session: Session, orders: Sequence[Order]) -> list[Message]:
    if session.status == IN_PROGRESS and settling.buyer_acts(session):
        text = "The buyer has to confirm the payment on the page of the payment provider: open continue_url."
        return [say.warning("payment_action", text, "$.payment")]
    due = [each.expires for each in orders if each.status in ("created", "awaiting_payment")]
    if session.status == COMPLETED and not node.provider() and due:
        until = min(due)
        text = _("The order is placed and not paid. It is kept until {time}.").format(time=until)
        return [say.warning("payment_due", text)]
    return []


def lines_of(session: Session, orders: Sequence[Order]) -> list[LineShown]:
    """The lines of a session: as they were ordered, else as they are offered now."""
    ordered = {line.offer: line for order in orders for line in order.lines}
    found = []
    for each in session.lines:
        line = ordered.get(each.offer)
        if line is not None:
            titles, language = line.goods.titles, current_language()
            title = titles.get(language) or titles.get("en") or next(iter(titles.values()), each.offer)
            found.append(LineShown(each.id, each.offer, title, line.price, each.quantity, goods=not line.goods.service))
            continue
        try:
            found.append(shown_line(each, read_offer(each.offer)))
        except NotFound:
            continue
    return found


def parcel_of_order(order: Order, session: Session) -> Parcel:
    """What was paid with an order. Its quote is stored for some time; after that charges have their ids as names."""
    ids = {each.offer: each.id for each in session.lines}
    lines = [ids[each.offer] for each in order.lines]
    stored = QUOTES.find(order.quote.id)
    option = next((each for each in stored.document.options if each.id == order.quote.option), None) if stored else None
    if stored is None or option is None:
        charges = tuple(
            NamedCharge("fee" if each.kind == "fee" else "tax", each.id, each.amount)
            for each in order.quote.charges
            if each.in_order
        )
        return Parcel(tuple(lines), order.quote.amounts, charges, {})
    return parcel_of(stored, option, order.quote.amounts, order.quote.charges, lines)


def show_orders(session: Session) -> dict[str, Any] | None:
    """The orders of a session as one order; None if they are not placed."""
    orders = settling.orders_of(session)
    if not orders or session.status not in (IN_PROGRESS, COMPLETED):
        return None
    return show_order(
        session,
        lines_of(session, orders),
        [_order_view(each, session) for each in orders],
        node.page_of(session.id, session.language),
        relevant(session.capabilities, node.own_capabilities(), ORDER),
    )


def _order_view(order: Order, session: Session) -> OrderView:
    books = open_books()
    refunds = []
    for number in order.payments:
        payment = books.read(number)
        times = {
            event.payload["refund"]: event.time
            for _position, event in reversed(books.events(stream=number, limit=MAX_EVENTS))
            if "refund" in event.payload
        }
        refunds += [
            {"id": each, "amount": found.amount, "status": found.status, "time": times.get(each, payment.created)}
            for each, found in payment.refunds.items()
        ]
    return OrderView(
        order=order,
        parcel=parcel_of_order(order, session),
        shipments=[books.read(each) for each in order.shipments],
        events=[event for _position, event in books.events(stream=order.id, limit=MAX_EVENTS)],
        refunds=refunds,
        returns=[books.read(each) for each in order.returns],
    )


def seconds_of(time: str) -> float:
    """A time of the ledger in seconds of Unix."""
    return dt.datetime.fromisoformat(time).timestamp()
