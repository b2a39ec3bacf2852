"""The steps that people do at one node of the demonstration: operators, a seller, a practitioner, a buyer.

Each opens the books of the process and returns values of JSON. `demo_desk` calls them by their names.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from entrepot.trade import paying
from entrepot.trade.checkout import prepare, read_asked
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import delivering
from entrepot.trade.nodes.common_orders import CommonOrder
from entrepot.trade.nodes.peers import CAPABILITIES, DIRECTIONS
from entrepot.trade.offer_form import read_offer
from entrepot.trade.orders import Order
from entrepot.trade.payments.commands import Means
from entrepot.trade.placing import place_orders
from entrepot.trade.selling import create_offer
from entrepot.trade_app.books import open_books
from entrepot.trade_app.demo import CONTACT, OFFERS, PAPERS, PAYER, asserted

#: Who signs in to the pages of a node: two operators, since two persons approve.
PEOPLE = ("operator", "officer", "seller", "buyer")
#: What is agreed before the two nodes meet.
BASIS = ("Sandbox memorandum of the two operators",)
PAVILION = {"en": "Viet Nam", "zh": "越南馆", "vi": "Việt Nam", "th": "เวียดนาม", "km": "វៀតណាម"}
CONSULTATION: Mapping[str, Any] = {
    "titles": {"en": "Consultation by video", "zh": "视频咨询", "vi": "Tư vấn qua video"},
    "service": "telemedicine",
    "ship_from": "VN",
    "currency": "CNY",
    "price": "300.00",
    "delivery": {
        "kind": "visit",
        "minutes": 20,
        "licence": {"number": "SANDBOX-1", "authority": "Sandbox authority", "economy": "VN"},
    },
}
_known: dict[str, str] = {}


def open_node(economy: str, name: str) -> dict[str, str]:
    """Open the books and create the people of the node. Returns their ids, and the password of all."""
    open_books()
    # After the database is open.
    from entrepot.store.people import members, organizations, persons  # noqa: PLC0415

    password = secrets.token_urlsafe(12)
    operator = organizations.operator()
    for role in PEOPLE:
        made = persons.create_person(f"{role}@{economy.lower()}.sandbox.example", f"{name}: {role}", password, "en")
        if made is None:
            continue
        _known[role] = made.id
        if role in ("operator", "officer"):
            members.add_member(operator.id, made.id, "owner")
        else:
            found = organizations.create_organization(f"Sandbox {role} {economy}", economy, role)
            members.add_member(found.id, made.id, "owner")
            _known[f"{role}_organization"] = found.id
    return {**_known, "password": password}


def thumbprints() -> list[str]:
    """The thumbprints of this node, as they are read out."""
    from entrepot.trade.nodes.thumbprints import lines  # noqa: PLC0415  # as in `open_node`
    from entrepot.trade_app.nodes import operating  # noqa: PLC0415  # as above

    return [" ".join(lines(each)) for each in operating.own_thumbprints()]


def meet(address: str) -> str:
    """Read the description of the other node. Returns its id here."""
    from entrepot.trade_app.nodes import officers  # noqa: PLC0415  # as in `open_node`

    return officers.meet(address, BASIS, by=_known["operator"]).id


def compare(peer: str, heard: list[str]) -> str:
    """Two officers type the groups that they heard. Returns the state of the other node."""
    from entrepot.trade_app.nodes import officers  # noqa: PLC0415  # as in `open_node`

    officers.compare(peer, heard, by=_known["operator"])
    return officers.compare(peer, heard, by=_known["officer"]).status


def challenge(peer: str) -> str:
    """Ask the other node to prove that it has its key. Returns its state."""
    from entrepot.trade_app.nodes import officers  # noqa: PLC0415  # as in `open_node`

    return officers.challenge(peer).status


def open_capabilities(peer: str) -> dict[str, list[str]]:
    """Open what the agreements between the two economies allow, by two persons. Returns what is open and what not."""
    from entrepot.trade_app.nodes import officers  # noqa: PLC0415  # as in `open_node`

    allowed = officers.allowed(officers.find(peer))
    wanted: dict[str, list[str]] = {name: list(DIRECTIONS) for name in CAPABILITIES if name in allowed}
    for person in ("operator", "officer"):
        officers.open_capabilities(peer, wanted, by=_known[person])
    return {"open": list(wanted), "closed": [name for name in CAPABILITIES if name not in wanted]}


def agreements(peer: str) -> list[str]:
    """The agreements in force between the two economies today."""
    from entrepot.trade_app.nodes import identity, officers, operating  # noqa: PLC0415  # as in `open_node`

    return operating.agreements(officers.find(peer), identity.now().date())


def present() -> dict[str, str]:
    """The seller's coffee and consultation in the pavilion of this node. Returns the ids of the offers."""
    from entrepot.store import pavilions  # noqa: PLC0415  # as in `open_node`
    from entrepot.trade_app import market  # noqa: PLC0415  # as above
    from entrepot.trade_app.nodes import identity  # noqa: PLC0415  # as above

    seller = _known["seller_organization"]
    made = pavilions.create_pavilion("viet-nam", "VN", PAVILION, seller, identity.now())
    pavilions.change_pavilion(made.slug, titles=made.titles, texts={}, published=True)
    found = {}
    for name, given in (("coffee", OFFERS["coffee"]), ("consultation", CONSULTATION)):
        form = read_offer(given, _quotes().decimals)
        offer = open_books().run(partial(create_offer, form=form, seller=seller))
        found[name] = market.present(seller, offer.id, pavilion=made.slug).id
    return found


def read_offers(peer: str) -> dict[str, int]:
    """Read the offers of the other node. Returns how many are kept, and how many were refused."""
    from entrepot.trade_app.nodes import officers, operating  # noqa: PLC0415  # as in `open_node`

    found = operating.read_offers(officers.find(peer))
    return {"offers": found.offers, "refused": found.count_refused}


def market_of(pavilion: str) -> list[dict[str, Any]]:
    """What the market of this node shows a consumer of its economy in a pavilion of the other one."""
    from entrepot.store.market_index import Wanted  # noqa: PLC0415  # as in `open_node`
    from entrepot.trade_app import market  # noqa: PLC0415  # as above
    from entrepot.trade_app.landed_prices import Viewer  # noqa: PLC0415  # as above
    from entrepot.trade_app.nodes import identity  # noqa: PLC0415  # as above

    page = market.search(Wanted(pavilion=pavilion), Viewer(identity.node().economy), identity.now(), limit=20)
    return [
        {
            "offer": each.offer.id,
            "there": each.offer.origin.offer if each.offer.origin else "",
            "title": each.offer.goods.titles["en"],
            "price": each.offer.prices.price,
            "landed": each.landed.amount if each.landed else None,
            "currency": each.landed.currency if each.landed else "",
        }
        for each in page.offers
    ]


def price(peer: str, offer: str) -> dict[str, Any]:
    """Ask the other node what an offer of this one costs a consumer there, by its law."""
    from entrepot.trade.nodes.copies import terms_of  # noqa: PLC0415  # as in `open_node`
    from entrepot.trade.nodes.offer_bodies import PriceAsked  # noqa: PLC0415  # as above
    from entrepot.trade.nodes.offer_messages import QUOTE_REQUEST  # noqa: PLC0415  # as above
    from entrepot.trade_app.nodes import officers, operating  # noqa: PLC0415  # as above

    found = open_books().read(offer)
    places = _quotes().decimals(found.prices.currency) or 0
    issued = operating.ask(officers.find(peer), QUOTE_REQUEST, PriceAsked(terms=terms_of(found, places)))
    return {"status": issued.status, "landed": issued.landed, "charges": issued.charges, "currency": issued.currency}


def order(offer: str, key: str) -> str:
    """The buyer orders one piece of an offer and pays. Returns the id of the order."""
    from entrepot.trade_app.nodes import identity  # noqa: PLC0415  # as in `open_node`

    books, buyer = open_books(), _known["buyer_organization"]
    sold = books.read(offer)
    vouched = asserted("coffee") if sold.goods.hs_code else []
    asked = read_asked(
        {
            "items": [{"offer": offer, "quantity": 1}],
            "ship_to": {"country": "CN"},
            "contact": CONTACT,
            "assertions": vouched,
        }
    )
    checkout = prepare(asked, buyer, books.read, _quotes(), identity.now())
    (placed,) = books.run(partial(place_orders, checkout=checkout, quotes=_quotes(), key=key))
    means = Means(provider="sandbox", currency="CNY", method="approved", payer=PAYER)
    pay = partial(paying.pay_order, number=placed.id, means=means, quotes=_quotes(), by=buyer, key="demo")
    books.run(pay)
    return placed.id


def state(order: str) -> dict[str, Any]:
    """An order here, and what the two nodes have in common of it."""
    found: Order = open_books().read(order)
    common: CommonOrder | None = open_books().read(found.common) if found.common else None
    return {
        "order": found.id,
        "status": found.status,
        "ready": found.paid and bool(found.buyer.personal),
        "why": found.why,
        "common": found.common,
        "agreed": common.status if common else "",
        "reason": common.reason if common else "",
        "why_not": _sentence(common),
        "owed": common.owed if common else 0,
        "documents": {name: each.code for name, each in common.documents.items()} if common else {},
        "deliveries": dict(found.deliveries),
        "total": found.quote.amounts.total,
        "currency": found.quote.amounts.currency,
    }


def _sentence(common: CommonOrder | None) -> str:
    """Why an order of two nodes was not agreed, in English."""
    from entrepot.cooperation.transfer_words import reason_text  # noqa: PLC0415  # as in `open_node`

    if common is None or not common.reason:
        return ""
    return reason_text(common.reason, common.values) if common.reason.startswith("transfer.") else common.reason


def order_of(common: str) -> str:
    """The order here of what the two nodes have in common; "" where there is none yet."""
    found = next((each for each in open_books().list_objects("xo_") if each.id == common), None)
    return found.order if found is not None else ""


def issue_documents(order: str) -> list[str]:
    """The exporter issues the documents of an order. Returns their kinds."""
    from entrepot.trade_app import documents  # noqa: PLC0415  # as in `open_node`

    seller = _known["seller_organization"]
    details = {"exporter_name": "Sandbox exporter VN", "exporter_address": "1 Example Road", "exporter_country": "VN"}
    given = {"order": order, "details": details, "lines": [{"line": 1, "details": {"criterion": "WO"}}]}
    return [documents.issue(seller, {**given, "kind": kind}, "").kind for kind in PAPERS]


def let_data_leave(destination: str, until: str) -> list[str]:
    """Two persons record the mechanism by which sensitive data may leave for an economy. Returns its name."""
    import datetime as dt  # noqa: PLC0415  # of this step only

    from entrepot.trade_app.nodes import identity, transfers  # noqa: PLC0415  # as in `open_node`

    origin, name = identity.node().economy, "standard_contract"
    last = dt.date.fromisoformat(until)
    transfers.record(origin, destination, name, number="SANDBOX-1", until=last, by=_known["operator"])
    transfers.approve(origin, destination, name, by=_known["officer"])
    return [name]


def link(order: str) -> dict[str, str]:
    """Where the buyer uses the service of an order, once the other node has sent the link."""
    from entrepot.trade.nodes import services  # noqa: PLC0415  # as in `open_node`

    books, buyer = open_books(), _known["buyer_organization"]
    found: Order = books.read(order)
    common: CommonOrder = books.read(found.common)
    number = next(iter(common.grants), "")
    if not number:
        return {}
    return dict(books.run(lambda tx: services.link_of(tx, order, number, by=buyer)), delivery=number)


def prepare_visit(order: str) -> str:
    """The operator has checked the licence of the provider of an order. Returns the id of its delivery."""
    from entrepot.trade.delivery import commands  # noqa: PLC0415  # as in `open_node`

    found: Order = open_books().read(order)
    number = max(found.deliveries, default="")
    if number and "licence" in open_books().read(number).conditions:
        open_books().run(lambda tx: commands.confirm_licence(tx, number, person=_known["operator"]))
    return number


def enter_visit(delivery: str, secret: str) -> dict[str, str]:
    """The visitor, who holds the secret of the link, consents; both sides get a token to enter."""
    from entrepot.trade.nodes import visitors  # noqa: PLC0415  # as in `open_node`
    from entrepot.trade_app.services import visits  # noqa: PLC0415  # as above

    books = open_books()
    books.run(lambda tx: visitors.consent(tx, delivery, secret))
    return {
        "buyer": books.run(lambda tx: visitors.enter(tx, delivery, secret)),
        "provider": visits.enter(books, _known["seller_organization"], delivery),
    }


def finish_visit(delivery: str) -> dict[str, Any]:
    """The provider says that the visit is over. Returns its state, and the seconds for which both were connected."""
    from entrepot.trade.delivery import commands  # noqa: PLC0415  # as in `open_node`

    found = open_books().run(lambda tx: commands.finish(tx, delivery))
    return {"status": found.status, "seconds": found.seconds}


def settle(peer: str, period: str) -> dict[str, Any]:
    """Compute the month with the other node, compare, and tell it. Returns the settlement as it is now."""
    from entrepot.trade_app.nodes import orders  # noqa: PLC0415  # as in `open_node`

    found = orders.settle(peer, period, "CNY")
    return {"status": found.status, "owed": found.owed, "count": found.count, "period": found.period}


def statistics_lines() -> list[Any]:
    """The lines of this node for statistics."""
    from entrepot.trade_app.statistics.collect import ledger_lines  # noqa: PLC0415  # after the database is open

    found: list[Any] = msgspec.to_builtins(ledger_lines())
    return found


def orders_mirror(peer: str, period: str, currency: str) -> dict[str, Any]:
    """The mirror of the orders that this node and the other one have, which is asked how it counts them."""
    from entrepot.trade_app.nodes import mirror  # noqa: PLC0415  # as in `open_node`

    found: dict[str, Any] = mirror.mirror_with(peer, period, currency)["orders"]
    return found


def verify_ledger() -> dict[str, Any]:
    """Verify the ledger of this node."""
    from entrepot.trade_app import ledger  # noqa: PLC0415  # as in `open_node`

    found = ledger.verify()
    return {"events": found.position, "verified": not found.count}


def signed_request(peer: str) -> dict[str, Any]:
    """A signed question to the other node, as bytes that somebody on the way could copy or change."""
    from entrepot.trade.nodes import messages, sending  # noqa: PLC0415  # as in `open_node`
    from entrepot.trade.nodes.offer_bodies import ListAsked  # noqa: PLC0415  # as above
    from entrepot.trade.nodes.offer_messages import OFFER_LIST  # noqa: PLC0415  # as above
    from entrepot.trade_app.nodes import identity, officers, wire  # noqa: PLC0415  # as above

    to, own = officers.find(peer), identity.node()
    number, time = open_books().run(lambda tx: (tx.new_id("nm_"), tx.time))
    version = sending.version_for(to, OFFER_LIST)
    message = messages.NodeMessage(
        id=number,
        type=OFFER_LIST.name,
        version=version,
        sender=own.did,
        recipient=to.did,
        sent=timestamp(time),
        expires=timestamp(time + delivering.ASK_TTL),
        body=sending.to_builtins(OFFER_LIST, version, ListAsked()),
        test=to.test,
    )
    made = wire.transport().request(to, messages.encode(message))
    return {"url": made.url, "headers": dict(made.headers), "body": made.body.decode()}


def watch(peer: str) -> dict[str, Any]:
    """Read the newest checkpoint of the other node, and check that it continues the last one."""
    from entrepot.trade_app.nodes import officers  # noqa: PLC0415  # as in `open_node`

    found = officers.watch(peer)
    size = int(found.peer.checkpoint.splitlines()[1]) if found.peer.checkpoint else 0
    return {"events": size, "continues": found.fork is None}


def _quotes() -> Any:
    from entrepot.trade_app.quotes import NodeQuotes  # noqa: PLC0415  # as in `open_node`

    return NodeQuotes()


STEPS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        open_node,
        thumbprints,
        meet,
        compare,
        challenge,
        open_capabilities,
        agreements,
        present,
        read_offers,
        market_of,
        price,
        order,
        state,
        order_of,
        issue_documents,
        let_data_leave,
        link,
        prepare_visit,
        enter_visit,
        finish_visit,
        settle,
        verify_ledger,
        statistics_lines,
        orders_mirror,
        signed_request,
        watch,
    )
}
