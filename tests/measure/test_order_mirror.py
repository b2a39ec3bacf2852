"""Two nodes that have orders in common ask each other how they count them: each gap has its reason, by product too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from entrepot.cli import measure_mirror
from entrepot.language.catalogue import catalogue
from entrepot.language.translate import speaking
from entrepot.measure.lines import Known, Party
from entrepot.measure.tables import Rate
from entrepot.model.errors import TradeError
from entrepot.trade.nodes.delivering import PeerRefused, Unreachable, ask
from entrepot.trade.nodes.statistics_messages import (
    MOST_ASKED,
    STATISTICS_ORDERS,
    LineCounted,
    OrdersAsked,
    OrdersCounted,
)
from entrepot.trade_app.nodes import mirror, order_mirror
from entrepot.trade_app.nodes.order_mirror import Own, orders_mirror
from trade.market import COFFEE, SELLER
from trade.two_nodes import Trader, TwoNodes


class Readable:
    """Books in memory that read many objects at once, as those of a database do."""

    def __init__(self, books: Any) -> None:
        self._books = books

    def __getattr__(self, name: str) -> Any:
        return getattr(self._books, name)

    def read_many(self, numbers: Sequence[str]) -> list[Any]:
        """The objects, one after the other."""
        return [self._books.read(number) for number in numbers]


def side(nodes: TwoNodes, trader: Trader, rate: Rate = lambda _currency, _day: Fraction(1)) -> Own:
    """What a node counts with. The coffee is priced in CNY, so a rate is needed for other currencies only."""
    economy = "VN" if trader is nodes.vn else "CN"
    parties = (
        {SELLER: Party("VN", "S11"), nodes.vn.peer: Party("CN")} if economy == "VN" else {nodes.cn.peer: Party("VN")}
    )
    return Own(Readable(trader.books), Known(parties=parties, economy=economy), economy, rate, 2)


class Two:
    """Viet Nam's node asks China's. `answer`: what China's node says, changed for tests; `asked`: what was asked."""

    def __init__(self, *quantities: int, there: Rate = lambda _currency, _day: Fraction(1)) -> None:
        self.nodes = TwoNodes()
        for quantity in quantities:
            self.nodes.sell(quantity)
        self.there = side(self.nodes, self.nodes.cn, there)
        self.asked: list[OrdersAsked] = []
        self.answer: Callable[[OrdersAsked, Any], Any] = lambda asked, peer: order_mirror.counted(
            asked, self.there, peer
        )

    @property
    def peer(self) -> Any:
        """China's node in the books of Viet Nam's."""
        return self.nodes.vn.books.read(self.nodes.vn.peer)

    @property
    def year(self) -> str:
        """That of the orders."""
        return self.nodes.clock().strftime("%Y")

    def ask(self, asked: OrdersAsked) -> Any:
        """Over the message, as bytes."""
        self.asked.append(asked)
        services = {**self.nodes.cn.node.services, STATISTICS_ORDERS.name: self.answer}
        self.nodes.vn.side.transport.to = self.nodes.cn.side._replace(
            node=self.nodes.cn.node._replace(services=services)
        )
        return ask(self.nodes.vn.side.post, self.nodes.vn.peer, STATISTICS_ORDERS, asked)

    def mirror(self, period: str = "", currency: str = "CNY", **more: Any) -> dict[str, Any]:
        """The mirror as JSON: of each row the reasons add up to the gap."""
        own = side(self.nodes, self.nodes.vn, **more)
        found = orders_mirror(self.peer, own, period or self.year, currency, self.ask)
        for flow in found["flows"]:
            for row in (*flow["rows"], *flow["products"]):
                parts = sum(Fraction(each["amount"]) for each in row["reasons"])
                assert parts == Fraction(row["gap"]) == Fraction(row["exports"]) - Fraction(row["imports"])
        return found


def row(found: dict[str, Any], measure: str = "total", product: str = "_T", flow: int = 0) -> dict[str, Any]:
    of = found["flows"][flow]
    return next(
        each for each in (*of["rows"], *of["products"]) if (each["measure"], each["product"]) == (measure, product)
    )


def test_the_orders_of_both_are_compared_and_the_gap_is_the_carriage() -> None:
    two = Two(2)
    found = two.mirror()
    (vn_cn, cn_vn) = found["flows"]
    assert (vn_cn["exporter"], vn_cn["lines"], vn_cn["matched"], cn_vn["rows"]) == ("VN", 1, 1, [])
    # Two packs of coffee of 68.00, and a carriage of 14.00 in the imports.
    for each in (row(found), row(found, "ordered_goods"), row(found, product="09")):
        assert (each["exports"], each["imports"]) == ("136.00", "150.00")
        assert each["reasons"] == [{"reason": "cif_fob", "amount": "-14.00"}]
    assert not any(each["measure"] == "ordered_services" for each in vn_cn["rows"])


def test_what_leaves_has_no_party_and_no_other_order() -> None:
    two = Two(2)
    told: OrdersCounted = two.ask(OrdersAsked(period=two.year, currency="CNY"))
    (line,) = told.lines
    text = msgspec.json.encode(told).decode()
    here, order = two.nodes.cn.common(), two.nodes.cn.order()
    assert (line.order, line.price, line.freight, line.product, line.rate) == (here.id, 13_600, 1_400, "090121", "1")
    for secret in (order.id, order.buyer.party, order.seller, two.nodes.cn.peer, SELLER):
        assert secret not in text
    assert {each.name for each in msgspec.structs.fields(LineCounted)}.isdisjoint(
        {"seller", "buyer", "seller_id", "buyer_id", "platform", "operator", "fees"}
    )


def test_a_product_that_both_code_otherwise_is_classification() -> None:
    two = Two(2)

    def coded(asked: OrdersAsked, peer: Any) -> OrdersCounted:
        told = order_mirror.counted(asked, two.there, peer)
        lines = tuple(msgspec.structs.replace(each, product="210111") for each in told.lines)
        return msgspec.structs.replace(told, lines=lines)

    two.answer = coded
    found = two.mirror()
    assert row(found)["reasons"] == [{"reason": "cif_fob", "amount": "-14.00"}]
    assert row(found, product="09")["reasons"] == [{"reason": "classification", "amount": "136.00"}]
    assert row(found, product="21")["reasons"] == [{"reason": "classification", "amount": "-150.00"}]


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"back": 6_800}, {"returns": "68.00", "cif_fob": "-14.00"}),
        ({"price": 13_500}, {"price": "1.00", "cif_fob": "-14.00"}),
        ({"ordered": None}, {"classification": "136.00"}),
        ({"freight": None}, {"unknown": "136.00"}),
    ],
)
def test_each_difference_of_a_line_has_its_name(changes: dict[str, Any], reasons: dict[str, str]) -> None:
    two = Two(2)

    def told(asked: OrdersAsked, peer: Any) -> OrdersCounted:
        found = order_mirror.counted(asked, two.there, peer)
        return msgspec.structs.replace(found, lines=tuple(msgspec.structs.replace(x, **changes) for x in found.lines))

    two.answer = told
    assert {each["reason"]: each["amount"] for each in row(two.mirror())["reasons"]} == reasons


def test_two_exchange_rates_are_named() -> None:
    two = Two(2, there=lambda _currency, _day: Fraction(1, 8))
    found = two.mirror(currency="USD", rate=lambda _currency, _day: Fraction(1, 7))
    # 136.00 / 7 = 19.43; 150.00 / 8 = 18.75; the carriage at the exporter's rate: 14.00 / 7 = 2.00; and
    # 150.00 × (1/7 - 1/8) = 2.68.
    assert {each["reason"]: each["amount"] for each in row(found)["reasons"]} == {
        "cif_fob": "-2.00",
        "exchange": "2.68",
    }
    two.there = two.there._replace(rate=lambda _currency, _day: None)
    assert {each["reason"] for each in row(two.mirror(currency="USD"))["reasons"]} == {"unknown"}


def test_another_period_is_time_and_is_asked_for_by_the_order() -> None:
    two = Two(2)
    assert two.mirror(f"{int(two.year) - 1}")["flows"][0]["lines"] == 0

    def later(asked: OrdersAsked, peer: Any) -> OrdersCounted:
        told = order_mirror.counted(asked, two.there, peer)
        lines = told.lines if asked.orders else ()
        return msgspec.structs.replace(
            told, lines=tuple(msgspec.structs.replace(each, day=f"{int(two.year) + 1}-01-02") for each in lines)
        )

    two.answer, two.asked = later, []
    assert row(two.mirror())["reasons"] == [{"reason": "time", "amount": "136.00"}]
    assert [len(each.orders) for each in two.asked] == [0, 1]


def test_a_line_of_an_order_that_counts_in_another_period_is_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    two = Two()
    offers = [two.nodes.vn.market.offer({**COFFEE, "ship_from": "VN", "price": price}) for price in ("68.00", "50.00")]
    copies = [two.nodes.mirror(each) for each in offers]
    (order,) = two.nodes.cn.market.place({each.id: 1 for each in copies})
    two.nodes.cn.market.pay(order)
    two.nodes.run()
    original = order_mirror._sales

    def second_later(own: Own, orders: Any, peer: Any) -> Any:
        for line, sale in original(own, orders, peer):
            later = line.match.endswith(":2") and own is two.there
            yield line, sale._replace(day=f"{int(two.year) + 1}-01-02") if later else sale

    monkeypatch.setattr(order_mirror, "_sales", second_later)
    reasons = {each["reason"]: each["amount"] for each in row(two.mirror())["reasons"]}
    assert reasons["time"] == "50.00"
    assert "coverage" not in reasons


def test_a_list_of_lines_without_an_end_is_left_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    two = Two(1)
    monkeypatch.setattr(order_mirror, "MOST_LINES", 5)

    def more(asked: OrdersAsked, peer: Any) -> OrdersCounted:
        told = order_mirror.counted(asked, two.there, peer)
        first = 2 * len(two.asked)
        lines = tuple(msgspec.structs.replace(told.lines[0], number=first + at) for at in range(2))
        return msgspec.structs.replace(told, lines=lines, before=f"xo_{first}")

    two.answer = lambda asked, peer: more(msgspec.structs.replace(asked, before=""), peer)
    found = two.mirror()
    assert (found["why"], found["message"].split(":")[0]) == ("refused", "There are more than 5 lines")
    assert len(two.asked) == 3, "six lines"
    two.asked.clear()
    with speaking("zh"):
        assert two.mirror()["message"] == catalogue("zh")[
            "There are more than {most} lines: compare files of lines."
        ].format(most=5)


def test_what_one_node_has_not_recorded_is_coverage() -> None:
    two = Two(2)
    two.answer = lambda asked, peer: msgspec.structs.replace(order_mirror.counted(asked, two.there, peer), lines=())
    assert row(two.mirror())["reasons"] == [{"reason": "coverage", "amount": "136.00"}]


def test_many_orders_come_in_several_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    two = Two(1, 2, 3)
    once = two.mirror()
    monkeypatch.setattr(order_mirror, "_ENOUGH_LINES", 1)
    monkeypatch.setattr(order_mirror, "MOST_READ", 2)
    two.asked = []
    assert two.mirror() == once
    assert len(two.asked) > 2
    numbers = tuple(each.id for each in two.nodes.cn.books.list_objects("xo_"))
    found = list(order_mirror._pages(
        OrdersAsked(period=two.year, currency="CNY", orders=numbers), two.ask, two.peer, side(two.nodes, two.nodes.vn)
    ))  # fmt: skip
    assert [each.order for answer in found for each in answer.lines] == list(numbers)


@pytest.mark.parametrize(
    ("places", "asked", "says"),
    [
        (lambda number: f"xo_{number}", 3, "was asked 3 times and its list of orders did not end"),
        (lambda _number: "xo_1", 2, "repeats its list of orders"),
        (lambda number: f"xo_{number % 2}", 3, "repeats its list of orders"),
    ],
)
def test_a_node_that_never_ends_its_list_is_left_and_named(
    monkeypatch: pytest.MonkeyPatch, places: Callable[[int], str], asked: int, says: str
) -> None:
    two = Two(1)
    monkeypatch.setattr(order_mirror, "MOST_MESSAGES", 3)
    two.answer = lambda of, peer: msgspec.structs.replace(
        order_mirror.counted(of, two.there, peer), before=places(len(two.asked))
    )
    found = two.mirror()
    assert (found["why"], len(two.asked)) == ("refused", asked)
    assert says in found["message"]
    assert two.peer.name in found["message"]
    assert "lines" in " ".join(measure_mirror.order_lines({"orders": found, "currency": "CNY"}))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"reporter": "TH"}, {}),
        ({"period": "2031"}, {}),
        ({}, {"order": "xo_\x1b[2J"}),
        ({}, {"currency": "cny"}),
        ({}, {"day": "2026-1-1"}),
        ({}, {"rate": "1/0"}),
        ({}, {"price": 10**30}),
    ],
)
def test_an_answer_that_was_not_asked_is_said_and_not_counted(changes: dict[str, Any], line: dict[str, Any]) -> None:
    two = Two(1)

    def told(asked: OrdersAsked, peer: Any) -> OrdersCounted:
        found = order_mirror.counted(asked, two.there, peer)
        lines = tuple(msgspec.structs.replace(each, **line) for each in found.lines)
        return msgspec.structs.replace(found, lines=lines, **changes)

    two.answer = told
    with pytest.raises((TradeError, Unreachable)) as found:
        order_mirror._answered(two.ask(OrdersAsked(period=two.year, currency="CNY")), *_asked(two))
    assert "\x1b" not in str(found.value)


def _asked(two: Two) -> tuple[OrdersAsked, Any, Own]:
    return OrdersAsked(period=two.year, currency="CNY"), two.peer, side(two.nodes, two.nodes.vn)


def test_nothing_is_asked_while_it_is_closed_and_the_terminal_says_why() -> None:
    closed = msgspec.structs.replace(Two().peer, capabilities={"statistics": {"in": True, "out": True}})
    # Without a database, without the network: neither is asked.
    found = mirror._of_orders(closed, "VN", "2026", "CNY")
    assert found["why"] == "closed"
    said = " ".join(measure_mirror.order_lines({"orders": found, "currency": "CNY"}))
    assert "statistics.orders is not open" in said
    empty = TwoNodes()
    peer = empty.vn.books.read(empty.vn.peer)
    assert orders_mirror(peer, side(empty, empty.vn), "2026", "CNY", Two().ask)["why"] == "no_orders"


def test_orders_of_other_peers_are_not_told() -> None:
    two = Two(1)
    other = msgspec.structs.replace(two.nodes.cn.books.read(two.nodes.cn.peer), id="pn_other")
    number = two.nodes.cn.common().id
    for asked in (OrdersAsked(period=two.year, currency="CNY"),
                  OrdersAsked(period=two.year, currency="CNY", orders=(number, "or_1", "xo_none"))):  # fmt: skip
        assert order_mirror.counted(asked, two.there, other).lines == ()


def test_the_terminal_shows_measures_and_products() -> None:
    shown = "\n".join(measure_mirror.order_lines({"orders": Two(2).mirror(), "currency": "CNY"}))
    for part in ("VN → CN", "Product 09", "freight and insurance", "no order of this period"):
        assert part in shown


def test_what_neither_node_knows_is_not_said_to_be_nothing() -> None:
    two = Two(2, there=lambda _currency, _day: None)
    found = two.mirror(currency="USD", rate=lambda _currency, _day: None)
    shown = measure_mirror.order_lines({"orders": found, "currency": "USD"})
    assert [each.strip() for each in shown if each.startswith("  ")] == ["not known", "no order of this period"]


def test_a_question_for_too_many_orders_is_refused() -> None:
    two = Two(1)
    with pytest.raises(PeerRefused, match="length <= 200"):
        two.ask(OrdersAsked(period=two.year, currency="CNY", orders=("xo_1",) * (MOST_ASKED + 1)))
