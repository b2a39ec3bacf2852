"""Offers from CSV files and workbooks."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

from entrepot.model.errors import TableError
from entrepot.trade.offers import Offer
from entrepot.trade_app.offer_import import ImportedRow, import_offers
from trade.market import DECIMALS, SELLER, Market
from workbooks_made import workbook

HEAD = "reference,title_zh,title_vi,hs_code,country_of_origin,ship_from,price,currency,stock,net_mass_kg\n"
ROWS = [
    "A-1,烘焙咖啡,Cà phê rang,0901.21,VN,VN,68.00,CNY,100,0.5",
    "A-2,腰果,Hạt điều,0801.32,KH,KH,45.5,CNY,,1",
    "A-3,榴莲,Sầu riêng,0810.60,TH,TH,abc,CNY,5,2",
]


def imported(market: Market, folder: Path, text: str, name: str = "offers.csv") -> list[ImportedRow]:
    path = folder / name
    path.write_text(text, "utf-8")
    return list(import_offers(market.books, path, folder, DECIMALS.get, seller=SELLER))


def test_each_row_is_an_offer_and_a_fault_does_not_stop_the_others(market: Market, tmp_path: Path) -> None:
    first, second, third = imported(market, tmp_path, HEAD + "\n".join(ROWS) + "\n")
    coffee: Offer = market.books.read(first.offer)
    cashew: Offer = market.books.read(second.offer)
    assert (coffee.goods.titles["vi"], coffee.prices.price, coffee.stocked) == ("Cà phê rang", 6800, True)
    assert market.books.balance(f"stock/{coffee.id}", coffee.id) == 100
    assert (cashew.prices.price, cashew.stocked) == (4550, False)
    assert third.fault is not None
    assert (third.row, third.fault.code, third.fault.column) == (3, "number_invalid", "price")


def test_a_file_that_is_imported_again_creates_nothing_twice(market: Market, tmp_path: Path) -> None:
    text = HEAD + "\n".join(ROWS[:2]) + "\n"
    first = imported(market, tmp_path, text)
    events = len(market.books.events(limit=100))
    assert imported(market, tmp_path, text) == first
    assert len(market.books.events(limit=100)) == events
    without = "\n".join(line.partition(",")[2] for line in text.splitlines()) + "\n"
    again = imported(market, tmp_path, without, "b.csv")
    assert imported(market, tmp_path, without, "b.csv") == again


def test_a_row_with_a_known_reference_changes_that_offer(market: Market, tmp_path: Path) -> None:
    (first,) = imported(market, tmp_path, HEAD + ROWS[0] + "\n")
    (second,) = imported(market, tmp_path, HEAD + ROWS[0].replace("68.00", "70.00").replace("100", "90") + "\n")
    assert second.offer == first.offer
    offer: Offer = market.books.read(first.offer)
    assert (offer.prices.price, market.books.balance(f"stock/{offer.id}", offer.id)) == (7000, 90)


def test_a_workbook_is_read_as_a_csv_file_is(market: Market, tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    path = tmp_path / "offers.xlsx"
    cells = [HEAD.strip().split(","), ["A-1", "烘焙咖啡", "Cà phê rang", "0901.21", "VN", "VN", 68.5, "CNY", 100, 0.5]]
    path.write_bytes(workbook(("Offers", cells)))
    (row,) = import_offers(market.books, path, tmp_path, DECIMALS.get, seller=SELLER)
    offer: Offer = market.books.read(row.offer)
    assert (offer.prices.price, offer.goods.measures) == (6850, {"net_mass_kg": "0.5"})
    assert market.books.balance(f"stock/{offer.id}", offer.id) == 100


def test_a_file_with_too_many_rows_says_so(market: Market, tmp_path: Path) -> None:
    path = tmp_path / "offers.csv"
    path.write_text(HEAD + "\n".join(ROWS) + "\n", "utf-8")
    with pytest.raises(TableError, match="more than 2 rows"):
        list(import_offers(market.books, path, tmp_path, DECIMALS.get, seller=SELLER, max_rows=2))
