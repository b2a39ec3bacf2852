"""The demonstration of trade: three orders from the offer to the delivery, through sandboxes, on this machine only.

Coffee from Viet Nam and cashew nuts from Cambodia are bought directly (supervision mode 9610), durian from Thailand
comes from a bonded warehouse (1210). The coffee is returned with its taxes, the cashew nuts are inspected before their
release.
Everything is stored in a folder of its own; the counterparts are sandboxes, so nothing is paid, released or carried.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import secrets
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from entrepot import app
from entrepot.language.translate import N_
from entrepot.trade.checkout import prepare, read_asked
from entrepot.trade.declarations import Declaration
from entrepot.trade.offer_form import read_offer
from entrepot.trade.orders import Order
from entrepot.trade.paying import pay_order
from entrepot.trade.payments.commands import Means
from entrepot.trade.placing import place_orders
from entrepot.trade.ports import Books
from entrepot.trade.returning import apply_for_return, receive_return
from entrepot.trade.selling import create_offer
from entrepot.trade_app import demo_processes as processes

#: Seconds that the demonstration waits for one thing to happen, and between two looks.
PATIENCE, STEP = 180.0, 0.05
#: The example of an identity number in the standard GB 11643-1999: nobody has it.
CONTACT = {
    "name": "示例买家",
    "telephone": "13800000000",
    "address": "浙江省杭州市上城区示例路1号",
    "identity_type": "1",
    "identity_number": "11010519491231002X",
}
#: Who signs in to the pages of the node afterwards.
ACCOUNTS = {"seller": "seller@sandbox.example", "buyer": "buyer@sandbox.example"}
#: The buyer pays: the payment company tells customs who did.
PAYER = {name: CONTACT[name] for name in ("name", "telephone", "identity_type", "identity_number")}
COMMON = {
    "currency": "CNY", "unit": "BG", "legal_unit": "KGM", "shipping": "12.00", "stock": 100,
}  # fmt: skip
#: Codes of ten digits: the eight of the tariff and 00. Whether the tariff divides them further is unchecked.
OFFERS: Mapping[str, Mapping[str, Any]] = {
    "coffee": {
        **COMMON,
        "titles": {"en": "Roasted coffee beans", "zh": "烘焙咖啡豆", "vi": "Cà phê rang nguyên hạt"},
        "hs_code": "0901210000",
        "country_of_origin": "VN",
        "ship_from": "VN",
        "price": "68.00",
        "net_mass_kg": "0.5",
        "gross_mass_kg": "0.55",
        "specification": "500克/袋",
        "reference": "VN-COFFEE-500",
    },
    "cashew": {
        **COMMON,
        "titles": {"en": "Cashew nuts, shelled", "zh": "去壳腰果", "km": "គ្រាប់ស្វាយចន្ទីបកសំបក"},
        "hs_code": "0801320000",
        "country_of_origin": "KH",
        "ship_from": "KH",
        "price": "59.00",
        "net_mass_kg": "0.5",
        "gross_mass_kg": "0.55",
        "specification": "500克/袋",
        "reference": "KH-CASHEW-500",
    },
    "durian": {
        **COMMON,
        "titles": {"en": "Fresh durian", "zh": "鲜榴莲", "th": "ทุเรียนสด"},
        "hs_code": "0810600000",
        "country_of_origin": "TH",
        "ship_from": "TH",
        "price": "260.00",
        "net_mass_kg": "3",
        "gross_mass_kg": "3.4",
        "specification": "3千克/个",
        "reference": "TH-DURIAN-3",
        "supply": "bonded",
        "warehouse": "SANDBOX-ZONE",
        "record_number": "DURIAN-1",
    },
}
#: What the market calls the pavilion, and what it says of each offer. A trial: nothing is sold.
PAVILION = {
    "en": "Southeast Asia", "zh": "东南亚", "vi": "Đông Nam Á", "th": "เอเชียตะวันออกเฉียงใต้", "km": "អាស៊ីអាគ្នេយ៍",
}  # fmt: skip
DESCRIPTIONS: Mapping[str, dict[str, str]] = {
    "coffee": {"en": "Example offer: 500 g of roasted beans.", "zh": "示例商品：500克烘焙咖啡豆。"},
    "cashew": {"en": "Example offer: 500 g of shelled nuts.", "zh": "示例商品：500克去壳腰果。"},
    "durian": {"en": "Example offer: one fruit of about 3 kg.", "zh": "示例商品：一个约3千克的榴莲。"},
}
#: The documents of each order.
PAPERS = ("commercial_invoice", "packing_list", "chinese_label", "declaration_of_origin")
#: What the demonstration vouches for: that the goods are on the list of today.
ASSERTED = ("positive_list", "positive_list_of_today")


class Step(NamedTuple):
    """Something that happened to an order: when, in which line, and the state that it reached.

    `line`: order, payment, match, customs, transport or return.
    """

    time: str
    line: str
    state: str


class Report(NamedTuple):
    """What happened, by goods: orders, declarations, the codes of their receipts, what came when, and documents.

    `accounts` see the orders on the pages, both with `password`.
    """

    orders: Mapping[str, Order]
    declarations: Mapping[str, Declaration]
    codes: Mapping[str, list[str]]
    timelines: Mapping[str, list[Step]]
    documents: Mapping[str, list[str]]
    events: int
    verified: bool
    folder: Path
    accounts: tuple[str, ...]
    password: str


class Timeout(Exception):
    """Something of the demonstration did not happen in time."""


class Say(Protocol):
    """Is told what happens: the name of the goods, or "", a sentence that can be translated, and its values."""

    def __call__(self, goods: str, sentence: str, /, **values: str) -> None:
        """Tell it."""


def run(folder: Path, say: Say) -> Report:
    """Run the demonstration with its data in `folder`.

    Raises demo_processes.NotStarted, Timeout.
    """
    say("", N_("Three sandboxes and a node start; their data is in {folder}"), folder=str(folder))
    with contextlib.ExitStack() as running:
        node = _start(folder, running, say)
        orders = {name: _ordered(node, name) for name in OFFERS}
        _present(node, orders)
        say("", N_("the market shows them in a pavilion: {page}"), page=f"{node.url}/en/market/")
        for name, order in orders.items():
            say(name, N_("ordered: {order}"), order=order.id)
            _pay(node, order)
        _until(node, orders["cashew"], "held")
        say("cashew", N_("customs inspects the parcel; an officer releases it"))
        _release(node, orders["cashew"])
        for name, order in orders.items():
            _until(node, order, "closed")
            say(name, N_("released by the sandbox of customs, and delivered"))
        papers = {name: _documents(order, name) for name, order in orders.items()}
        _return(node, orders["coffee"])
        say("coffee", N_("returned: its price and its taxes go back, and its part of the annual limit"))
        return _report(node, orders, papers, folder)


def recipients(url: str) -> dict[str, str]:
    """Where each sandbox sends its answers, by name: to the node at an address."""
    return {
        "payments": f"{url}/v1/payments/notifications/sandbox",
        "carrier": f"{url}/v1/carrier/notifications",
        "customs": f"{url}/v1/customs/cn/messages",
    }


class _Node(NamedTuple):
    books: Books
    quotes: Any
    customs: processes.Sandbox
    seller: str
    buyer: str
    password: str
    url: str


def _start(folder: Path, running: contextlib.ExitStack, say: Say) -> _Node:
    """Start the counterparts and the node, and open its books in this process."""
    port = processes.free_port()
    url = f"http://127.0.0.1:{port}"
    places = recipients(url)
    options = {name: ("--delay", "0.1", "--send-to", place) for name, place in places.items()}
    started = running.enter_context(processes.sandboxes(folder, options))
    # While they start: the processes import much.
    data = {"ENTREPOT_DATA": str(folder / "node")}
    books, parties, password = open_node(data)
    counterparts = started()
    payments, carrier, office = (counterparts[name] for name in places)
    settings = {**data, **counterpart_settings(folder, payments, carrier, office, parties["seller"])}
    running.enter_context(processes.server(port, folder, settings))
    say("", N_("Three sandboxes and a node are running; the pages of the node: {url}/"), url=url)
    from entrepot.trade_app.quotes import NodeQuotes  # noqa: PLC0415  # as in `open_node`

    return _Node(books, NodeQuotes(), office, parties["seller"], parties["buyer"], password, url)


def open_node(data: Mapping[str, str]) -> tuple[Books, dict[str, str], str]:
    """The books of a new node, opened in this process, the ids of a seller and a buyer, and the password of both."""
    processes.use_settings(data)
    from entrepot.trade_app.books import open_books  # noqa: PLC0415  # it reads the settings

    books = open_books()
    # After the database is open.
    from entrepot.store.people.members import add_member  # noqa: PLC0415
    from entrepot.store.people.organizations import create_organization  # noqa: PLC0415
    from entrepot.store.people.persons import create_person  # noqa: PLC0415

    password, parties = secrets.token_urlsafe(12), {}
    for kind, country in (("seller", "VN"), ("buyer", "CN")):
        name = f"Sandbox {kind}"
        parties[kind] = create_organization(name, country, kind).id
        person = create_person(ACCOUNTS[kind], name, password, "en")
        if person is not None:  # the database of a new folder has no accounts
            add_member(parties[kind], person.id, "owner")
    return books, parties, password


def _ordered(node: _Node, name: str) -> Order:
    """An order of one piece, placed by what the node quotes now."""
    form = read_offer(OFFERS[name], node.quotes.decimals)
    offer = node.books.run(partial(create_offer, form=form, seller=node.seller))
    asked = read_asked(
        {
            "items": [{"offer": offer.id, "quantity": 1}],
            "ship_to": {"country": "CN"},
            "contact": CONTACT,
            "assertions": asserted(name),
        }
    )
    checkout = prepare(asked, node.buyer, node.books.read, node.quotes, dt.datetime.now(dt.UTC))
    (order,) = node.books.run(partial(place_orders, checkout=checkout, quotes=node.quotes, key=f"demo-{name}"))
    if name == "cashew":
        node.customs.control("/control/switches", {"by_order": {order.id: "inspect"}}, "PATCH")
    return order


def asserted(name: str) -> list[str]:
    """The conditions about the list of goods that the procedure of an offer has: the demonstration vouches for them."""
    given = OFFERS[name]
    line = {"hs_code": given["hs_code"], "amount": given["price"], "country_of_origin": given["country_of_origin"]}
    places = {"ship_from": {"country": given["ship_from"]}, "ship_to": {"country": "CN"}}
    quote = app.quote({**places, "currency": "CNY", "channel": "ecommerce", "lines": [line]})
    option = quote.best or quote.best_conditional
    return [each.id for each in option.conditions if each.id in ASSERTED] if option else []


def _present(node: _Node, orders: Mapping[str, Order]) -> None:
    """A pavilion in the market with the offers, of which a piece is ordered and the rest can be bought."""
    from entrepot.store import pavilions  # noqa: PLC0415  # as in `open_node`
    from entrepot.trade_app import market  # noqa: PLC0415

    made = pavilions.create_pavilion("southeast-asia", "", PAVILION, node.seller, dt.datetime.now(dt.UTC))
    pavilions.change_pavilion(made.slug, titles=made.titles, texts={}, published=True)
    for name, order in orders.items():
        (line,) = order.lines
        market.present(node.seller, line.offer, pavilion=made.slug, descriptions=DESCRIPTIONS[name])


def _pay(node: _Node, order: Order) -> None:
    means = Means(provider="sandbox", currency="CNY", method="approved", payer=PAYER)
    node.books.run(partial(pay_order, number=order.id, means=means, quotes=node.quotes, by=node.buyer, key="demo"))


def _release(node: _Node, order: Order) -> None:
    """An officer releases the list of an order."""
    declaration = node.books.read(max(node.books.read(order.id).declarations))
    node.customs.control(f"/control/lists/{declaration.numbers['list']}", {"decision": "release"})


def _documents(order: Order, name: str) -> list[str]:
    """Issue the documents of an order, as its exporter. Returns their kinds."""
    from entrepot.trade_app import documents  # noqa: PLC0415  # as in `open_node`

    offer = OFFERS[name]
    details = {
        "exporter_name": f"Sandbox exporter {offer['country_of_origin']}",
        "exporter_address": "1 Example Road",
        "exporter_country": offer["country_of_origin"],
    }
    lines = [{"line": 1, "details": {"criterion": "WO"}}]
    given = {"order": order.id, "details": details, "lines": lines}
    return [documents.issue(order.seller, {**given, "kind": kind}, "").kind for kind in PAPERS]


def _return(node: _Node, order: Order) -> None:
    """The buyer returns the coffee: customs approves, the goods are back, the money goes back."""
    asked = node.books.run(
        partial(apply_for_return, number=order.id, pieces={1: 1}, reason="changed_mind", by=node.buyer, key="demo")
    )
    _wait(lambda: node.books.read(asked.id).status == "approved", "customs approves the return")
    node.books.run(partial(receive_return, number=asked.id))
    _until(node, order, "returned")
    _wait(lambda: node.books.read(max(node.books.read(order.id).payments)).refunded, "the money goes back")


def _until(node: _Node, order: Order, status: str) -> Order:
    _wait(lambda: node.books.read(order.id).status == status, f"{order.id} is {status}")
    found: Order = node.books.read(order.id)
    return found


def _wait(holds: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise Timeout(f"It did not happen within {PATIENCE:g} s that {what}.")
        time.sleep(STEP)


def counterpart_settings(
    folder: Path, payments: processes.Sandbox, carrier: processes.Sandbox, customs: processes.Sandbox, seller: str = ""
) -> dict[str, str]:
    """The settings of a node that trades with sandboxes; writes those of customs to a file. `seller`: as below."""
    return settings_of(folder, {"payments": payments, "carrier": carrier, "customs": customs}, seller)


def settings_of(folder: Path, counterparts: Mapping[str, processes.Sandbox], seller: str = "") -> dict[str, str]:
    """The settings of a node that trades with some sandboxes, by their names. `seller`: as in `customs_settings`."""
    found: dict[str, str] = {}
    for name in ("payments", "carrier"):
        if (each := counterparts.get(name)) is not None:
            found |= {
                f"ENTREPOT_{name.upper()}": f"sandbox:{each.url}",
                f"ENTREPOT_{name.upper()}_KEY": each.start["control_token"],
                f"ENTREPOT_{name.upper()}_SECRET": each.start["webhook_secret"],
            }
    if (customs := counterparts.get("customs")) is not None:
        file = folder / "customs-cn.toml"
        file.write_text(customs_settings(customs.url, seller), encoding="utf-8")
        found["ENTREPOT_CUSTOMS_CN"] = str(file)
    return found


def customs_settings(url: str, seller: str = "") -> str:
    """The settings file of the connection to the sandbox of customs at an address: numbers that nobody has.

    `seller`: the only one that can declare; empty for all.
    """
    return f"""sandbox = true
[parties]
guarantor = "SANDBOX001"
office = "2992"
port = "2991"
transport = "5"
account_book = "SANDBOXBOOK1"
platform = {{ code = "SANDBOX001", name = "示例平台" }}
payment_company = {{ code = "SANDBOX002", name = "示例支付" }}
carrier = {{ code = "SANDBOX003", name = "示例物流" }}
declarant = {{ code = "SANDBOX004", name = "示例报关" }}
zone = {{ code = "SANDBOX005", name = "示例保税仓" }}
transmitter = {{ code = "SANDBOX001", name = "示例平台", dxp = "DXPENT0000000000" }}
[{f"sellers.{seller}" if seller else "other_sellers"}]
code = "SANDBOX006"
name = "示例卖家"
[transport]
kind = "http"
address = "{url}/messages"
"""


def _report(node: _Node, orders: Mapping[str, Order], papers: Mapping[str, list[str]], folder: Path) -> Report:
    from entrepot.trade_app import ledger  # noqa: PLC0415  # after the settings

    now = {name: node.books.read(order.id) for name, order in orders.items()}
    declarations = {name: node.books.read(max(order.declarations)) for name, order in now.items()}
    found = ledger.verify()
    timelines = {name: timeline(node.books, order) for name, order in now.items()}
    codes = {name: receipts(node.books, each.id) for name, each in declarations.items()}
    verified = not found.count
    return Report(
        now,
        declarations,
        codes,
        timelines,
        papers,
        found.position,
        verified,
        folder,
        (*ACCOUNTS.values(),),
        node.password,
    )


def receipts(books: Books, declaration: str) -> list[str]:
    """The codes of the receipts for the list of a declaration, in the order of customs' times."""
    found = [
        (event.payload["time"], event.payload["code"])
        for _, event in books.events(stream=declaration, limit=1000)
        if event.kind == "declaration.receipt" and event.payload["document"] == "list"
    ]
    return [code for _, code in sorted(found)]


def timeline(books: Books, order: Order) -> list[Step]:
    """What happened to an order, in the order of the ledger."""
    found = []
    for _, event in books.events(stream=order.id, limit=1000):
        what = event.kind.removeprefix("order.")
        if what.endswith("_changed"):
            found.append(Step(event.time, what.removesuffix("_changed"), event.payload["status"]))
        elif what == "matched":
            found.append(Step(event.time, "match", event.payload["outcome"]))
        else:
            found.append(Step(event.time, "order", what))
    return found
