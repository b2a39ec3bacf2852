"""The lines of a ledger in the database: orders are read page by page, with their objects together."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

pytest.importorskip("django", reason="the server is not installed")

from entrepot.measure.extract import lines_of
from entrepot.measure.lines import Known, Party
from entrepot.trade_app.statistics import collect
from measure.test_extract import facts
from trade.market import SELLER, Market
from trade.tally import Clock
from trade.test_bookings_in_database import books


@pytest.mark.usefixtures("sqlite_tables")
def test_the_lines_are_those_of_each_order_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    own: Any = books(clock)
    market = Market(own, clock)
    orders = [market.order(quantity) for quantity in range(1, 6)]
    for each in orders[1:]:
        market.pay(each)
    for each in orders[2:]:
        market.ship(each)
    market.report(orders[3], "shipped")
    known = Known(parties={SELLER: Party("VN", "S11")}, economy="CN")
    alone = [line for each in orders for line in lines_of(facts(own, each), known)]
    assert [each.quantity for each in alone] == [2, 3, 4, 5]  # the first one was not paid
    assert [bool(each.shipped) for each in alone] == [False, False, True, False]
    for page in (2, 500):
        monkeypatch.setattr(collect, "PAGE", page)
        # Orders of one moment have no order but that of their ids.
        assert list(collect.lines_in(own, known)) == sorted(alone, key=lambda each: each.id)


@pytest.mark.usefixtures("sqlite_tables")
def test_the_sector_that_an_organization_states_is_in_the_tables() -> None:
    from entrepot.store.people import organizations

    own: Any = books(Clock())
    seller = organizations.create_organization("The seller", "VN")
    agency = organizations.create_organization("The agency", "CN", "buyer")
    assert collect.known(own).parties[agency.id] == Party("CN", "")
    organizations.change_organization(agency.id, "The agency", "CN", "zh", (), "S13")
    assert collect.known(own).parties[agency.id] == Party("CN", "S13")
    assert collect.known(own).parties[seller.id] == Party("VN", "")
    with pytest.raises(ValueError, match="is not a sector"):
        organizations.change_organization(agency.id, "The agency", "CN", "zh", (), "S12")


def test_a_business_has_the_sector_that_it_states_and_a_consumer_is_a_household(market: Market) -> None:
    market.pay(market.order(2))
    (order,) = market.books.list_objects("or_")
    known = Known(parties={SELLER: Party("VN", "S11"), order.buyer.party: Party("CN", "S13")}, economy="CN")
    found, sectors = facts(market.books, order), {}
    for kind in ("business", "consumer"):
        changed = structs.replace(order, buyer=structs.replace(order.buyer, kind=kind))
        (line,) = lines_of(structs.replace(found, order=changed), known)
        sectors[kind] = line.buyer.sector
    assert sectors == {"business": "S13", "consumer": "S1M"}
