"""Copies of the offers of another node: read strictly, kept once, paused when stale or not listed, ended for good."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.nodes import copies, kept_lists
from entrepot.trade.nodes.offer_bodies import ListedOffer
from entrepot.trade.offers import Offer
from entrepot.trade.ports import NotFound
from entrepot.trade.selling import act
from trade.market import CASHEW, DECIMALS, Market
from trade.test_orders import refused

PEER, PAVILION = "pn_1", "vn-viet-nam"


def listed(market: Market, **changes: Any) -> ListedOffer:
    """The coffee as Viet Nam's node lists it."""
    made = copies.listed(market.offer(), 2, "Cà phê Đắk Lắk")
    return msgspec.structs.replace(made, **{"pavilion": "viet-nam", **changes})


def kept(market: Market, given: ListedOffer, pavilion: str = PAVILION) -> Offer:
    """Keep the copy of an offer."""
    copy = copies.read_listed(given, "VN", DECIMALS.get)
    return market.books.run(lambda tx: copies.keep(tx, PEER, copy, pavilion))


def test_a_copy_has_what_is_sold_and_its_origin(market: Market) -> None:
    given = listed(market, descriptions={"vi": "Rang vừa."})
    copy, there = kept(market, given), market.books.read(given.offer)
    assert (copy.goods, copy.prices) == (there.goods, there.prices)
    assert (copy.seller, copy.stocked, copy.presentation.pavilion) == (PEER, False, PAVILION)
    assert copy.origin is not None
    assert (copy.origin.offer, copy.origin.version, copy.origin.seller) == (there.id, 1, there.seller)
    assert kept(market, given) == copy  # known: nothing is added to the ledger
    assert len(market.books.events(stream=copy.id)) == 1


def test_a_changed_offer_is_a_new_version_of_its_copy_and_an_overtaken_answer_is_left(market: Market) -> None:
    given = listed(market)
    first = kept(market, given)
    newer = msgspec.structs.replace(given, version=3, terms={**given.terms, "price": "70.00"})
    second = kept(market, newer)
    assert (second.id, second.version, second.prices.price) == (first.id, 2, 7000)
    assert kept(market, given) == second


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"terms": {"ship_from": "KH"}}, "offer_of_another_economy"),
        ({"terms": {"country_of_origin": "KH"}}, "offer_of_another_economy"),
        ({"terms": {"supply": "bonded", "warehouse": "W1"}}, "offer_not_direct"),
        ({"terms": {"price": "1e99"}}, "number_invalid"),
        ({"terms": {"prise": "1"}}, "unknown_field"),
        ({"version": 0}, "field_invalid"),
        ({"seller_name": "a\nb"}, "field_invalid"),
        ({"offer": "x" * 61}, "field_invalid"),
    ],
)
def test_what_another_node_offers_is_refused_with_a_code(market: Market, change: dict[str, Any], code: str) -> None:
    given = listed(market)
    if "terms" in change:
        change = {"terms": {**given.terms, **change["terms"]}}
    with pytest.raises(TradeError) as found:
        copies.read_listed(msgspec.structs.replace(given, **change), "VN", DECIMALS.get)
    assert found.value.code == code


def test_a_copy_that_is_paused_cannot_be_ordered_until_it_is_confirmed(market: Market) -> None:
    given = listed(market)
    copy = kept(market, given)
    market.books.run(lambda tx: copies.pause(tx, copy.id, copies.STALE))
    refused("offer_not_active", lambda: market.checkout({copy.id: 1}))
    assert kept(market, given).status == "active"
    assert market.checkout({copy.id: 1}).parts[0].part.items[0].offer.seller == PEER


def test_a_copy_that_ended_is_a_new_one_when_its_node_is_met_again(market: Market) -> None:
    given = listed(market)
    copy = kept(market, given)
    assert market.books.run(lambda tx: copies.end(tx, copy.id, "revoked")).status == "ended"
    assert kept(market, given).id != copy.id


def test_nobody_here_changes_a_copy(market: Market) -> None:
    copy = kept(market, listed(market))
    with pytest.raises(NotFound):
        market.books.run(lambda tx: act(tx, copy.id, "end", seller="og_1"))


def test_an_order_has_offers_of_one_seller_of_the_other_node(market: Market) -> None:
    first, other = (kept(market, listed(market, seller=seller)) for seller in ("og_8", "og_9"))
    assert len(market.checkout({first.id: 1, other.id: 1}).parts) == 2


def test_only_goods_of_the_own_economy_are_listed_and_never_a_copy(market: Market) -> None:
    assert copies.can_be_listed(market.offer(), "VN")
    assert not copies.can_be_listed(market.offer(CASHEW), "VN")
    assert not copies.can_be_listed(kept(market, listed(market)), "VN")


def test_the_kept_list_says_when_it_was_read_and_what_was_refused(market: Market) -> None:
    bad = [kept_lists.RefusedOffer(f"of_{at}", "unknown_field", "prise") for at in range(60)]
    first = market.books.run(lambda tx: kept_lists.list_read(tx, PEER, 100, bad))
    assert (first.status, first.count_refused, len(first.refused)) == ("fresh", 60, kept_lists.MAX_NAMED)
    market.clock.time += copies.FRESH + dt.timedelta(minutes=1)
    assert market.books.run(lambda tx: kept_lists.list_stale(tx, first.id)).status == "stale"
    again = market.books.run(lambda tx: kept_lists.list_read(tx, PEER, 100, []))
    assert (again.id, again.status, again.read > first.read) == (first.id, "fresh", True)
    assert market.books.run(lambda tx: kept_lists.list_ended(tx, first.id)).status == "ended"
    assert market.books.run(lambda tx: kept_lists.list_read(tx, PEER, 1, [])).id != first.id


def test_copies_that_are_not_listed_any_more_are_found(market: Market) -> None:
    copy = kept(market, listed(market))
    assert copies.missing([copy], set()) == [copy]
    assert copy.origin is not None
    assert copies.missing([copy], {copy.origin.offer}) == []
