"""The lines that real orders of the books give: of a market, of two nodes, of a service."""

import msgspec

from entrepot.measure.extract import OrderFacts, lines_of
from entrepot.measure.lines import Known, Party
from entrepot.trade.orders import Order
from entrepot.trade.ports import Books
from trade.market import SELLER, VISIT, Market
from trade.two_nodes import TwoNodes


def facts(books: Books, order: Order) -> OrderFacts:
    found: Order = books.read(order.id)

    def all_of(names: object) -> list[object]:
        return [books.read(number) for number in names]  # type: ignore[attr-defined]

    return OrderFacts(
        order=found,
        payment=books.read(found.paying) if found.paying.startswith("py_") else None,
        deliveries=all_of(found.deliveries),  # type: ignore[arg-type]
        shipments=all_of(found.shipments),  # type: ignore[arg-type]
        declarations=all_of(found.declarations),  # type: ignore[arg-type]
        returns=all_of(found.returns),  # type: ignore[arg-type]
        common=books.read(found.common) if found.common else None,
    )


def test_a_paid_order_of_goods_says_what_the_ledger_knows() -> None:
    market = Market()
    order = market.order(2)
    known = Known(parties={SELLER: Party("VN", "S11")}, economy="CN")
    assert lines_of(facts(market.books, order), known) == []  # not paid yet
    market.pay(order)
    market.ship(order)
    market.report(order, "shipped")
    (line,) = lines_of(facts(market.books, order), known)
    assert (line.order_channel, line.delivery_channel, line.platform) == ("digital", "physical", "node")
    assert order.digest in line.order_evidence
    # Two pieces at 68.00; freight 12.00 and 2.00 for the second; the price is without it.
    assert (line.price, line.freight, line.quantity, line.valuation) == (13_600, 1_400, 2, "FOB")
    assert (line.seller, line.buyer, line.operator) == (Party("VN", "S11"), Party("CN", "S1M"), Party("CN"))
    assert (line.hs, line.service, line.ebops) == ("090121", False, "")
    assert line.shipped
    assert not line.delivered


def test_what_nobody_said_stays_unknown() -> None:
    market = Market()
    order = market.order(1)
    market.pay(order)
    (line,) = lines_of(facts(market.books, order), Known(parties={}, economy=""))
    assert (line.seller, line.operator) == (Party(), Party())
    assert (line.shipped, line.released, line.delivered) == ("", "", "")


def test_a_visit_is_delivered_digitally_only_once_it_was_held() -> None:
    market = Market()
    offer = market.offer({name: value for name, value in VISIT.items() if name != "delivery"})
    (order,) = market.place({offer.id: 1})
    market.pay(order)
    (line,) = lines_of(facts(market.books, order), Known(parties={}, economy="CN"))
    assert (line.service, line.ebops, line.delivery_channel) == (True, "SK21", "")


def test_both_nodes_have_the_same_line_of_an_order_of_two_nodes() -> None:
    nodes = TwoNodes()
    nodes.sell(2)
    here, there = nodes.vn.order(), nodes.cn.order()
    vn = Known(parties={SELLER: Party("VN", "S11"), nodes.vn.peer: Party("CN")}, economy="VN")
    cn = Known(parties={nodes.cn.peer: Party("VN")}, economy="CN")
    (export,) = lines_of(facts(nodes.vn.books, here), vn)
    (imported,) = lines_of(facts(nodes.cn.books, there), cn)
    assert export.match == imported.match
    assert export.match.startswith("xo_")
    assert (export.price, imported.price) == (13_600, 13_600)
    assert (export.seller.economy, export.buyer.economy) == ("VN", "CN")
    assert (imported.seller.economy, imported.buyer.economy) == ("VN", "CN")
    # The importer's node is the platform that takes the fee.
    assert (export.operator, imported.operator) == (Party("CN"), Party("CN"))


def test_a_line_has_a_json_form_that_is_read_back() -> None:
    market = Market()
    order = market.order(1)
    market.pay(order)
    lines = lines_of(facts(market.books, order), Known(parties={}, economy="CN"))
    from entrepot.measure.lines import LedgerLine

    assert msgspec.json.decode(msgspec.json.encode(lines), type=list[LedgerLine]) == lines
