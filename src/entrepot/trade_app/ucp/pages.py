"""What a buyer does on the page of a checkout that a platform began: give what customs asks for, confirm, and order."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from entrepot.connect.ucp.checkouts import totals
from entrepot.connect.ucp.messages import Message
from entrepot.connect.ucp.sessions import CANCELED, OPEN, READY, Session
from entrepot.model.errors import TradeError
from entrepot.model.money import in_major
from entrepot.trade.identity import RULES, check_contact
from entrepot.trade.orders import Order
from entrepot.trade.placing import DEFAULT_TERMS
from entrepot.trade_app.ucp import checkouts, node, sessions, settling, views
from entrepot.trade_app.ucp.assess import QUOTES, assess
from entrepot.trade_app.ucp.sessions import Stored

#: Fields of the form that are kept with the session.
FIELDS = ("name", "telephone", "identity_number", "year_to_date")


class Page(NamedTuple):
    """What the page shows. `asked`: conditions to confirm, with whether they are; `identity`: customs asks for it.

    `contact`: what was given and need not be given again; `years`: how long personal data is kept; `price`: the price
    that is shown, as `Assessed.price`.
    """

    session: Session
    platform: str
    lines: Sequence[tuple[str, int, str]]
    totals: Sequence[Mapping[str, Any]]
    messages: Sequence[Message]
    asked: Sequence[tuple[str, str, bool]]
    identity: bool
    contact: Sequence[str]
    years: int
    price: str
    ready: bool
    orders: Sequence[Order]
    pay_at: Sequence[str]


def find(number: str, token: str) -> Stored | None:
    """The session of a page, by the secret in its address."""
    stored = sessions.find(number)
    if stored is None or not hmac.compare_digest(token.encode(), node.token_of(number).encode()):
        return None
    return settling.settle(stored)


def give(stored: Stored, contact: Mapping[str, str], assertions: Sequence[str]) -> Stored:
    """Keep what the buyer gives, and what was given before where a field is empty.

    Raises TradeError for an identity that cannot be right, and Changed.
    """
    session = stored.session
    if session.status not in OPEN:
        return stored
    given = {**session.contact, **{name: text for name, text in contact.items() if name in FIELDS and text}}
    rule = RULES.get(session.country)
    if given.get("identity_number") and rule is not None:
        given["identity_type"] = rule.identity_type
        _check(session, given)
    kept = msgspec.structs.replace(session, contact=given, assertions=tuple(dict.fromkeys(assertions)))
    return sessions.save(stored, assess(kept).session)


def _check(session: Session, given: Mapping[str, str]) -> None:
    """Raise TradeError where the identity cannot be right. What else is missing is a message of the session."""
    filled = {"name": "-", "telephone": "-", "address": "-"}
    try:
        check_contact({**filled, **given}, session.country, identified=True, goods=True)
    except TradeError as error:
        if error.code.startswith("identity"):
            raise


def place(stored: Stored, price: str) -> Sequence[Message]:
    """Place the orders; the buyer pays on the page of the provider. Returns why not, if they were not placed.

    `price`: the one that the page showed.
    """
    stored, messages = checkouts.place(stored, "", price)
    if messages or stored.session.status not in OPEN:
        return messages
    return [each for each in assess(stored.session).messages if each.kind == "error"]


def page(stored: Stored) -> Page:
    """The page of a session."""
    stored = settling.settle(stored)
    session = stored.session
    if session.status in OPEN:
        assessed = assess(session)
        session, price = sessions.save(stored, assessed.session).session, assessed.price
        lines, parcels, messages, orders = assessed.lines, assessed.parcels, assessed.messages, []
    else:
        orders = settling.orders_of(session) if session.status != CANCELED else []
        lines, messages, price = views.lines_of(session, orders), [], ""
        parcels = [views.parcel_of_order(each, session) for each in orders]
    places = QUOTES.decimals(session.currency) or 0
    asked = {
        each["id"]: (each["id"], each["says"], each["id"] in session.assertions)
        for parcel in parcels
        for each in parcel.landed.get("conditions", ())
        if each["state"] == "asked" or each["id"] in session.assertions
    }
    return Page(
        session=session,
        platform=urlsplit(session.profile).hostname or "",
        lines=[(each.title, each.quantity, in_major(each.amount, places)) for each in lines],
        totals=[_in_major(each, places) for each in totals(lines, parcels)],
        messages=messages,
        asked=list(asked.values()),
        identity=bool(session.contact.get("identity_number"))
        or any(each.code == "identity_required" for each in messages),
        contact=[name for name in FIELDS if session.contact.get(name)],
        price=price,
        years=DEFAULT_TERMS.retention.days // 365,
        ready=session.status == READY,
        orders=orders,
        pay_at=settling.pay_addresses(session) if orders else (),
    )


def _in_major(total: Mapping[str, Any], places: int) -> dict[str, Any]:
    lines = [{**each, "amount": in_major(each["amount"], places)} for each in total.get("lines", ())]
    return {**total, "amount": in_major(total["amount"], places), "lines": lines}
