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


TERMS = "delivery_kind,delivery_resource,delivery_minutes,delivery_days"
SERVICES = f"reference,title_en,service,ship_from,price,currency,{TERMS}\n"


def test_the_terms_of_a_service_are_columns_and_a_fault_names_its_column(market: Market, tmp_path: Path) -> None:
    rows = [
        "S-1,Course,online_education,VN,90.00,CNY,course,cs_1,,90",
        "S-2,Visit,consulting,VN,300.00,CNY,visit,,2 h,",
        "S-3,Visit,consulting,VN,300.00,CNY,visits,,,",
        "S-4,Seats,collaborative_office,VN,30.00,CNY,workspace,,,0",
        "S-5,Plain,consulting,VN,30.00,CNY,,,,",
    ]
    course, visit, wrong, seats, plain = imported(market, tmp_path, SERVICES + "\n".join(rows) + "\n")
    made: Offer = market.books.read(course.offer)
    assert made.goods.delivery is not None
    assert (made.goods.delivery.kind, made.goods.delivery.resource, made.goods.delivery.days) == ("course", "cs_1", 90)
    found = [(each.fault.code, each.fault.column) for each in (visit, wrong, seats) if each.fault]
    assert found == [
        ("number_invalid", "delivery_minutes"),
        ("field_invalid", "delivery_kind"),
        ("field_missing", "delivery_days"),
    ]
    assert all(each.fault and each.fault.column in each.fault.message for each in (visit, wrong, seats))
    assert market.books.read(plain.offer).goods.delivery is None


def test_a_row_changes_some_terms_of_a_known_service_and_the_others_stay(market: Market, tmp_path: Path) -> None:
    licence = {"number": "1", "authority": "A", "economy": "VN"}
    terms = {"kind": "visit", "minutes": 20, "licence": licence, "cancellation": [{"hours": 48, "percent": 50}]}
    given = {"reference": "S-1", "titles": {"en": "Visit"}, "service": "consulting", "ship_from": "VN", "price": "300"}
    offer = market.offer({**given, "currency": "CNY", "delivery": terms})
    (row,) = imported(market, tmp_path, SERVICES + "S-1,Visit,consulting,VN,300.00,CNY,visit,,45,\n")
    changed: Offer = market.books.read(offer.id)
    assert (row.offer, row.fault) == (offer.id, None)
    assert changed.goods.delivery is not None
    assert (changed.goods.delivery.minutes, changed.goods.delivery.refund_percent(50)) == (45, 50)
    assert changed.goods.delivery.licence is not None


def test_a_column_that_is_a_whole_field_is_a_fault(market: Market, tmp_path: Path) -> None:
    head = "delivery,delivery_kind,title_en,service,ship_from,price,currency,delivery_length\n"
    whole, length = imported(
        market, tmp_path, head + "visit,visit,V,consulting,VN,1,CNY,\n,visit,V,consulting,VN,1,CNY,3\n"
    )
    assert whole.fault is not None
    assert (whole.fault.code, whole.fault.column) == ("field_invalid", "delivery")
    assert length.fault is not None
    assert (length.fault.code, length.fault.column) == ("unknown_field", "delivery_length")
