"""What a checkout costs and what it still needs: quotes of its orders, and messages for the platform and the buyer."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from entrepot import app
from entrepot.connect.ucp import messages as say
from entrepot.connect.ucp.checkouts import STANDARD, LineShown, NamedCharge, Parcel
from entrepot.connect.ucp.landed_cost import shown as landed_cost
from entrepot.connect.ucp.messages import Message
from entrepot.connect.ucp.sessions import Line, Session, Shown, written_address
from entrepot.language.translate import _, current_language, error_text, pack_text, use_law
from entrepot.language.translate import money as money_text
from entrepot.language.translate import place as place_text
from entrepot.mail_settings import ADDRESS
from entrepot.model.errors import EntrepotError, LawError, SaleError, TradeError
from entrepot.model.quote import Option
from entrepot.model.sale import read_sale
from entrepot.trade.checkout import (
    MAX_QUANTITY,
    Asked,
    AskedItem,
    AskedQuote,
    Checkout,
    difference,
    paid,
    prepare,
    sale_of,
)
from entrepot.trade.identity import RULES, needs_identity
from entrepot.trade.offers import Offer, stock_account
from entrepot.trade.orders import Amounts, Destination
from entrepot.trade.ports import NotFound
from entrepot.trade.quotes import COLLECTED_WITH_ORDER, StoredQuote, kept
from entrepot.trade.splitting import Item, divide
from entrepot.trade_app.books import open_books
from entrepot.trade_app.quotes import NodeQuotes
from entrepot.trade_app.ucp import node
from entrepot.ucp_settings import SANDBOX

QUOTES = NodeQuotes()
#: What of a landed cost is its price.
_PRICE = ("currency", "amount_landed", "amount_landed_low", "amount_landed_high", "at_least")
#: Errors after which the quotes that were shown are replaced by new ones.
_STALE = frozenset({"quote_expired", "quote_altered", "quote_not_found", "quote_differs", "amount_differs"})
#: What a buyer of the sandbox is called, where a test does not say it.
_BUYER, _TELEPHONE, _EMAIL, _STREET = "Sandbox buyer", "+000000000000", "buyer@sandbox.invalid", "Sandbox street 1"
#: Where an error is, by the beginning of the place in the request of an order.
_DESTINATION = "$.fulfillment.methods[0].selected_destination_id"


class Assessed(NamedTuple):
    """A session with what it costs. `checkout`: what can be placed; None where something is open."""

    session: Session
    lines: Sequence[LineShown]
    parcels: Sequence[Parcel]
    messages: Sequence[Message]
    checkout: Checkout | None

    @property
    def price(self) -> str:
        """What the buyer pays with the order and on arrival, as a digest: another one is another price.

        Empty where no price is known.
        """
        if not self.parcels:
            return ""
        parcels = [[each.amounts.total, *(each.landed.get(name) for name in _PRICE)] for each in self.parcels]
        content = msgspec.json.encode([self.session.currency, parcels])
        return hashlib.sha256(content).hexdigest()[:32]


def assess(session: Session) -> Assessed:
    """The session with its quotes and its total as they are now, its status, and what is missing."""
    session, made_up = _of_sandbox(session)
    offers, lines, found = _lines(session)
    session = msgspec.structs.replace(session, currency=session.currency or _currency(offers))
    checkout: Checkout | None = None
    parcels: Sequence[Parcel] = ()
    if not found:
        session = msgspec.structs.replace(session, currency=_currency(offers))
        found = _places(session, offers)
    if not found or all(each.code == "destination_required" and session.country for each in found):
        checkout, parcels, session, more = _price(session, offers)
        found += more
    found += _contact(session, offers, checkout) + _notices(session, parcels) + made_up
    total = sum(each.amounts.total for each in parcels) if parcels else None
    quotes = tuple(Shown(each.landed["quote"]["id"], each.landed["quote"]["hash"]) for each in parcels)
    session = msgspec.structs.replace(session, total=total, quotes=quotes, status=say.open_status(found))
    return Assessed(session, lines, parcels, found, checkout)


def _of_sandbox(session: Session) -> tuple[Session, list[Message]]:
    """In the sandbox, what a test does not say of its buyer is made up, and a warning says so."""
    if node.settings().access != SANDBOX or not session.address:
        return session, []
    made_up = {
        name: value for name, value in (("name", _BUYER), ("telephone", _TELEPHONE)) if not getattr(session, name)
    }
    session = msgspec.structs.replace(session, contact={**session.contact, **made_up})
    if not session.buyer.get("email"):
        session = msgspec.structs.replace(session, buyer={**session.buyer, "email": _EMAIL})
    if not session.address.get("street_address"):
        filled = [
            {**each, "street_address": _STREET} if each["id"] == session.destination else each
            for each in session.destinations
        ]
        session = msgspec.structs.replace(session, destinations=tuple(filled))
    of_sandbox = (session.name, session.telephone, session.buyer.get("email"), session.address.get("street_address"))
    if not {_BUYER, _TELEPHONE, _EMAIL, _STREET} & set(of_sandbox):
        return session, []
    text = "This node is a sandbox: what is missing of the buyer is made up, and nothing is delivered."
    return session, [say.warning("sandbox_buyer", text, "$.buyer")]


def asked_of(session: Session, quotes: Sequence[Shown]) -> Asked:
    """The request of the orders, as the node's own checkout takes it."""
    contact = {
        "name": session.name,
        "telephone": session.telephone,
        "address": written_address(session.address),
        "email": session.buyer.get("email", ""),
        **{name: session.contact[name] for name in ("identity_type", "identity_number") if name in session.contact},
    }
    return Asked(
        items=tuple(AskedItem(each.offer, each.quantity) for each in session.lines),
        ship_to=Destination(country=session.country, state=session.region),
        contact={name: text for name, text in contact.items() if text},
        assertions=session.assertions,
        year_to_date=session.contact.get("year_to_date", ""),
        quotes=tuple(AskedQuote(each.id, each.hash) for each in quotes),
    )


def read_offer(number: str) -> Offer:
    """An offer by its id. Raises NotFound."""
    if not number.startswith("of_"):
        raise NotFound(number)
    found: Offer = open_books().read(number)
    return found


def shown_line(line: Line, offer: Offer) -> LineShown:
    """A line with the title of its offer in the reader's language."""
    titles = offer.goods.titles
    title = titles.get(current_language()) or titles.get("en") or next(iter(titles.values()), offer.id)
    return LineShown(line.id, offer.id, title, offer.prices.price, line.quantity, not offer.goods.service)


def _lines(session: Session) -> tuple[dict[str, Offer], list[LineShown], list[Message]]:
    """The offers that can be ordered, the lines, and what is wrong with a line."""
    offers: dict[str, Offer] = {}
    lines: list[LineShown] = []
    found: list[Message] = []
    for number, line in enumerate(session.lines):
        path = f"$.line_items[{number}]"
        try:
            offer = read_offer(line.offer)
        except NotFound:
            text = _("Item {item} was not found.").format(item=line.offer)
            found.append(say.error("item_unavailable", text, f"{path}.item.id"))
            continue
        lines.append(shown_line(line, offer))
        if offer.status != "active":
            text = _("{title} is not sold any more.").format(title=lines[-1].title)
            found.append(say.error("item_unavailable", text, f"{path}.item.id"))
        elif not 1 <= line.quantity <= MAX_QUANTITY:
            text = _("The quantity must be from 1 to {most}.").format(most=MAX_QUANTITY)
            found.append(say.error("quantity_invalid", text, f"{path}.quantity"))
        elif offer.stocked and (left := open_books().balance(stock_account(offer.id), offer.id)) < line.quantity:
            text = _("Insufficient stock of {title}: {left} left.").format(title=lines[-1].title, left=max(left, 0))
            found.append(say.error("out_of_stock", text, f"{path}.quantity"))
        else:
            offers[offer.id] = offer
    return offers, lines, found


def _currency(offers: Mapping[str, Offer]) -> str:
    return next((each.prices.currency for each in offers.values()), "")


def _places(session: Session, offers: Mapping[str, Offer]) -> list[Message]:
    """What is wrong with the currency and the destination."""
    found = []
    if len({each.prices.currency for each in offers.values()}) > 1:
        text = _("These items are sold in different currencies. Order them one after the other.")
        found.append(say.error("currency_differs", text, "$.line_items"))
    if all(each.goods.service for each in offers.values()):
        if not session.country:
            text = _("The country of the buyer is missing.")
            found.append(say.error("country_required", text, "$.context.address_country"))
        return found
    if session.destination and not session.address:
        text = _("There is no destination {id}.").format(id=session.destination)
        found.append(say.error("destination_unknown", text, _DESTINATION))
    elif not session.address.get("address_country"):
        text = _("Fulfillment address and option must be selected: the address is missing.")
        found.append(say.error("destination_required", text, "$.fulfillment.methods[0].destinations"))
    if session.option not in ("", STANDARD):
        text = _("There is no shipping option {id}.").format(id=session.option)
        found.append(say.error("option_unknown", text, "$.fulfillment.methods[0].groups[0].selected_option_id"))
    return found


def _price(
    session: Session, offers: Mapping[str, Offer]
) -> tuple[Checkout | None, Sequence[Parcel], Session, list[Message]]:
    """The orders that the checkout becomes, at the quotes that were shown while they hold."""
    now = dt.datetime.now(dt.UTC)
    try:
        return _prepared(session, session.quotes, now)
    except TradeError as error:
        if session.quotes and error.code in _STALE | {"currency_differs"}:
            return _without_quotes(session, offers, now)
        return _refused(session, offers, error)
    except EntrepotError as error:
        return _refused(session, offers, error)


def _without_quotes(
    session: Session, offers: Mapping[str, Offer], now: dt.datetime
) -> tuple[Checkout | None, Sequence[Parcel], Session, list[Message]]:
    try:
        return _prepared(session, (), now)
    except EntrepotError as error:
        return _refused(session, offers, error)


def _prepared(
    session: Session, quotes: Sequence[Shown], now: dt.datetime
) -> tuple[Checkout | None, Sequence[Parcel], Session, list[Message]]:
    made = prepare(asked_of(session, quotes), session.id, read_offer, QUOTES, now)
    ids = {each.offer: each.id for each in session.lines}
    parcels = [_parcel(each.part.items, each.stored, _option(each.stored, each.option), ids) for each in made.parts]
    shown = tuple(AskedQuote(each.stored.id, each.stored.hash) for each in made.parts)
    parts = tuple(msgspec.structs.replace(each, accepted=True) for each in made.parts)
    made = msgspec.structs.replace(made, asked=msgspec.structs.replace(made.asked, quotes=shown), parts=parts)
    return made, parcels, session, []


def _refused(
    session: Session, offers: Mapping[str, Offer], error: EntrepotError
) -> tuple[Checkout | None, Sequence[Parcel], Session, list[Message]]:
    """Why the checkout cannot be placed, with what it would cost as far as that is known."""
    if isinstance(error, TradeError) and error.code == "assertions_missing":
        messages = [say.error("confirmation_required", error_text(error), "", say.BUYER_INPUT)]
        return None, _estimate(session, offers), session, messages
    if isinstance(error, SaleError) and "state" in error.param and session.region:
        text = _("The region {region} is not known: write its code.").format(region=session.region)
        return None, (), session, [say.error("address_invalid", text, _DESTINATION)]
    code = error.code if isinstance(error, TradeError | SaleError) else ""
    if isinstance(error, LawError) or code in ("no_option", "option_closed", "quote_not_exact"):
        return (
            None,
            _estimate(session, offers),
            session,
            [say.error("address_undeliverable", error_text(error), _DESTINATION)],
        )
    return None, (), session, [say.error(code or "not_possible", error_text(error), "$.line_items")]


def _estimate(session: Session, offers: Mapping[str, Offer]) -> Sequence[Parcel]:
    """What the orders would cost by the best procedure, where all its figures are known."""
    ids = {each.offer: each.id for each in session.lines}
    asked = asked_of(session, ())
    try:
        found = []
        for part in divide([Item(offers[each.offer], each.quantity, "") for each in session.lines]):
            sale = sale_of(part.items, asked, QUOTES)
            stored = _known(session, sale) or QUOTES.create(sale, session.id)
            number = stored.document.best or stored.document.best_conditional
            if not number:
                return ()
            found.append(_parcel(part.items, stored, _option(stored, number), ids))
    except EntrepotError:
        return ()
    return found


def _known(session: Session, sale: Mapping[str, Any]) -> StoredQuote | None:
    """The quote that was shown for a sale."""
    wanted, now = read_sale(sale), dt.datetime.now(dt.UTC)
    found = (QUOTES.find(each.id) for each in session.quotes)
    return next((each for each in found if each and each.expires > now and not difference(each.sale, wanted)), None)


def _option(stored: StoredQuote, number: str) -> Option:
    return next(each for each in stored.document.options if each.id == number)


def _parcel(items: Sequence[Item], stored: StoredQuote, option: Option, ids: Mapping[str, str]) -> Parcel:
    """What becomes one order. Raises TradeError where its figures are not exact."""
    quote = kept(stored, option, (), paid(items), lambda currency: QUOTES.decimals(currency) or 0)
    return parcel_of(stored, option, quote.amounts, quote.charges, [ids[each.offer.id] for each in items])


def parcel_of(
    stored: StoredQuote, option: Option, amounts: Amounts, charges: Sequence[Any], lines: Sequence[str]
) -> Parcel:
    """A parcel with the names of its charges in the reader's language."""
    _use_words(stored)
    names = {each.id: pack_text(each.name) for each in option.charges}
    found = tuple(
        NamedCharge("fee" if each.kind == "fee" else "tax", names.get(each.id, each.id), each.amount)
        for each in charges
        if each.in_order
    )
    landed = landed_cost(stored.id, stored.hash, stored.document, option, lines)
    return Parcel(tuple(lines), amounts, found, landed)


def _use_words(stored: StoredQuote) -> None:
    """The pack of the destination has words of its own."""
    law = stored.document.law
    try:
        use_law(app.library().law_of(law.pack, dt.date.fromisoformat(law.date)))
    except EntrepotError:  # the pack is no longer installed: its texts are shown as they were stored
        return


def _contact(session: Session, offers: Mapping[str, Offer], checkout: Checkout | None) -> list[Message]:
    """What is not known of the buyer: what a platform can send, and what only the buyer tells this node."""
    found = []
    if not session.buyer.get("email"):
        text = _("The e-mail address of the buyer is missing: the order is confirmed to it.")
        found.append(say.error("field_required", text, "$.buyer.email"))
    elif not ADDRESS.fullmatch(session.buyer["email"]) or not session.buyer["email"].isprintable():
        found.append(say.error("field_invalid", _("This is not an e-mail address."), "$.buyer.email"))
    if not session.name:
        text = _("The name of the buyer is missing.")
        found.append(say.error("field_required", text, "$.buyer.first_name"))
    if session.address and any(not each.goods.service for each in offers.values()):
        if not session.telephone:
            text = _("The telephone number of the buyer is missing: the carrier asks for it.")
            found.append(say.error("field_required", text, "$.buyer.phone_number"))
        if not session.address.get("street_address"):
            text = _("The street address is missing.")
            number = session.destinations.index(session.address)
            path = f"$.fulfillment.methods[0].destinations[{number}].street_address"
            found.append(say.error("field_required", text, path))
    if checkout is not None and _identity_missing(session, checkout):
        text = _(
            "The customs of {place} ask for the identity card number of the buyer. "
            "The buyer gives it on a page of this shop, not to the platform."
        ).format(place=place_text(session.country))
        found.append(say.error("identity_required", text, "", say.BUYER_INPUT))
    return found


def _identity_missing(session: Session, checkout: Checkout) -> bool:
    rule = RULES.get(session.country)
    identified = any(needs_identity(each.option, each.law.limits) for each in checkout.parts)
    return identified and rule is not None and not session.contact.get("identity_number")


def _notices(session: Session, parcels: Sequence[Parcel]) -> list[Message]:
    """What changed since the last answer, what is paid on arrival, and what was understood otherwise."""
    found = []
    if session.problem == "payment_failed":
        text = _("The payment was declined. Choose another way to pay.")
        found.append(say.error("payment_failed", text, "$.payment"))
    elif session.problem == "price_changed":
        text = _(
            "The price has changed since it was shown, because the law, a rate or the offer has changed. "
            "Check the total."
        )
        found.append(say.error("price_changed", text, "$.totals"))
    if session.merged:
        found.append(say.warning("lines_merged", _("Lines of the same item were put together."), "$.line_items"))
    wanted = session.context.get("currency", "").upper()
    if wanted and session.currency and wanted != session.currency:
        text = _("These items are sold in {currency}, not in {wanted}.").format(
            currency=session.currency, wanted=wanted
        )
        found.append(say.warning("currency_not_offered", text, "$.currency"))
    for parcel in parcels:
        found += _on_import(parcel)
    return found


def _on_import(parcel: Parcel) -> list[Message]:
    """The charges that are paid on arrival, and not with the order: the buyer must see them."""
    landed = parcel.landed
    due = [
        each
        for each in landed["charges"]
        if each["collected_by"] not in COLLECTED_WITH_ORDER and each["amount"] and Decimal(each["amount"])
    ]
    if not due:
        return []
    listed = "; ".join(f"{each['name']}: {money_text(each['amount'], landed['currency'])}" for each in due)
    text = _("On arrival, and not with the order, the buyer pays: {charges}.").format(charges=listed)
    return [say.warning("import_charges", text, "$.totals", disclosure=True)]
