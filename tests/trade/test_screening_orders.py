"""A hit holds an order before its parcel, until an operator clears it; a new version of a list screens again."""

from __future__ import annotations

import msgspec
import pytest

pytest.importorskip("rapidfuzz", reason="screening is not installed")
pytest.importorskip("pypinyin", reason="screening is not installed")

from entrepot.cooperation.screening.entries import Entry, ListedName
from entrepot.cooperation.screening.index import NameIndex
from entrepot.cooperation.screening.screen import screen
from entrepot.model.errors import TradeError
from entrepot.trade.offers import Origin
from entrepot.trade.orders import Order
from entrepot.trade.ports import Transaction
from entrepot.trade.screening import register, results
from entrepot.trade.screening.results import Screening
from entrepot.trade_app import screening
from trade.market import Market

#: By the digest of a list, the names on it. The buyer of the tests is 张伟.
LISTS = {"a" * 64: ("PETROV Vladimir",), "b" * 64: ("ZHANG, Wei",), "c" * 64: ("សុខ ដារា",)}


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Market:
    entries = {
        digest: [Entry(id=f"e{at}", kind="person", names=(ListedName(name),)) for at, name in enumerate(names)]
        for digest, names in LISTS.items()
    }
    monkeypatch.setattr(screening, "index_of", lambda digest: NameIndex(entries[digest]))
    monkeypatch.setattr(screening, "_name_of", lambda _organization: "Dak Lak Coffee")
    return Market()


def use(market: Market, digest: str, name: str = "own") -> None:
    given = {"digest": digest, "format": "csv", "version": "", "entries": 1, "licence": "ours"}
    market.books.run(lambda tx: register.add_list(tx, name, given, by="us_1"))


def paid(market: Market) -> Order:
    return market.pay(market.order())


def found(market: Market, order: Order) -> Screening:
    number = market.books.lookup(results.reference(order.id))
    assert number
    state: Screening = market.books.read(number)
    return state


def ships(market: Market, order: Order) -> bool:
    """Whether the order gets its parcel. A refusal does not say why: it must not warn a listed party."""
    if not market.books.run(lambda tx: results.held(tx, order.id)):
        market.ship(order)
        return True
    with pytest.raises(TradeError) as error:
        market.ship(order)
    assert (error.value.code, "screen" in error.value.message.lower()) == ("order_held", False)
    return False


def test_without_lists_nothing_is_held(market: Market) -> None:
    order = paid(market)
    assert screening.screen_orders(market.books) == 0
    assert ships(market, order)


def test_an_order_waits_until_it_is_screened(market: Market) -> None:
    use(market, "a" * 64)
    order = paid(market)
    assert not ships(market, order)
    assert screening.screen_orders(market.books) == 1
    assert screening.screen_orders(market.books) == 0
    assert found(market, order).status == "no_hit"
    assert ships(market, order)


def test_a_seller_of_another_node_is_screened_by_the_name_that_it_told(market: Market) -> None:
    order = paid(market)
    origin = Origin(peer="pn_1", offer="of_1", version=1, seller="og_9", seller_name="Petrov Trading")
    lines = tuple(msgspec.structs.replace(line, origin=origin) for line in order.lines)
    theirs = msgspec.structs.replace(order, seller="pn_1", lines=lines)
    assert screening.parties_of(market.books, theirs)["seller"].names == ("Petrov Trading",)
    unnamed = screening.parties_of(market.books, msgspec.structs.replace(order, seller="pn_1"))["seller"]
    index = NameIndex([Entry(id="1", kind="person", names=(ListedName("PETROV Vladimir"),))])
    assert screen(index, unnamed).outcome == "not_comparable"


def test_a_hit_is_held_until_it_is_cleared_with_a_reason(market: Market) -> None:
    use(market, "b" * 64)
    order = paid(market)
    screening.screen_orders(market.books)
    hit = found(market, order)
    assert (hit.status, hit.matches[0].entry, hit.algorithm, hit.threshold) == ("hit", "e0", "names-1", 87)
    assert not ships(market, order)

    def decide(why: str, note: str, *, by: str = "us_1", confirm: bool = False) -> Screening:
        return market.books.run(lambda tx: results.decide(tx, hit.id, by=by, why=why, note=note, confirm=confirm))

    for why, note, by, code in (
        ("other", "x", "us_1", "why_unknown"),
        ("other_birth", " ", "us_1", "note_missing"),
        ("other_birth", "x", "", "person_missing"),
    ):
        with pytest.raises(TradeError) as error:
            decide(why, note, by=by)
        assert error.value.code == code
    cleared = decide("other_birth", "Born in 1949, the entry in 1970.")
    assert (cleared.status, cleared.by, cleared.why) == ("cleared", "us_1", "other_birth")
    assert ships(market, order)
    text = "".join(str(event) for _at, event in market.books.events(stream=hit.id))
    assert "Born in" not in text
    assert "张伟" not in text


def test_a_confirmed_hit_stays_held(market: Market) -> None:
    use(market, "b" * 64)
    order = paid(market)
    screening.screen_orders(market.books)
    hit = found(market, order)
    market.books.run(lambda tx: results.decide(tx, hit.id, by="us_1", why="", note="The same person.", confirm=True))
    assert not ships(market, order)


def test_a_new_version_of_a_list_screens_open_orders_again(market: Market) -> None:
    use(market, "a" * 64)
    order = paid(market)
    screening.screen_orders(market.books)
    use(market, "b" * 64)
    assert not ships(market, order)
    assert market.books.run(lambda tx: results.held(tx, order.id)) == "not_screened"
    assert screening.screen_orders(market.books) == 1
    hit = found(market, order)
    assert hit.status == "hit"
    market.books.run(lambda tx: results.decide(tx, hit.id, by="us_1", why="other_birth", note="Compared."))
    # A further list without an entry for the buyer: what was cleared is found again with other lists, and decided anew.
    use(market, "a" * 64, "un")
    assert screening.screen_orders(market.books) == 1
    assert found(market, order).status == "hit"


def test_a_name_that_cannot_be_compared_is_listed_and_not_held(market: Market) -> None:
    use(market, "c" * 64)
    order = paid(market)
    screening.screen_orders(market.books)
    state = found(market, order)
    assert (state.status, state.uncompared > 0) == ("not_comparable", True)
    assert [each.id for each in screening.open_screenings(market.books)] == [state.id]
    assert ships(market, order)


def test_another_name_of_the_buyer_is_screened_again(market: Market) -> None:
    use(market, "a" * 64)
    order = paid(market)
    screening.screen_orders(market.books)
    until = market.clock.time.date()
    market.books.run(
        lambda tx: tx.append(
            order.id,
            "order.corrected",
            {"personal": tx.put_personal(order.id, "order", {"name": "Vladimir Petrov"}, retain_until=until)},
        )
    )
    assert not ships(market, order)
    assert screening.screen_orders(market.books) == 1
    assert found(market, order).status == "hit"


def test_what_was_cleared_stays_when_the_telephone_is_corrected(market: Market) -> None:
    use(market, "b" * 64)
    order = paid(market)
    screening.screen_orders(market.books)
    number = found(market, order).id
    market.books.run(lambda tx: results.decide(tx, number, by="us_1", why="other_birth", note="Compared."))
    until = market.clock.time.date()

    def correct(tx: Transaction) -> None:
        given = {**tx.get_personal(order.buyer.personal), "telephone": "13900139000"}
        tx.append(
            order.id, "order.corrected", {"personal": tx.put_personal(order.id, "order", given, retain_until=until)}
        )

    market.books.run(correct)
    assert screening.screen_orders(market.books) == 1
    assert (screening.screen_orders(market.books), found(market, order).status) == (0, "cleared")
    assert ships(market, order)


def test_a_removed_list_holds_nothing(market: Market) -> None:
    use(market, "b" * 64)
    order = paid(market)
    market.books.run(lambda tx: register.remove_list(tx, "own", by="us_1"))
    assert ships(market, order)
    with pytest.raises(TradeError):
        market.books.run(lambda tx: register.remove_list(tx, "own", by="us_1"))
