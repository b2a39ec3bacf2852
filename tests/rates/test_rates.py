"""Kept exchange rates: the files, the sets in the data folder, and which rate a quote uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

import entrepot
from entrepot import app
from entrepot.connect.rates import kept_rates
from entrepot.connect.rates.rate_files import DatedRate, RateFile, is_rate, read_rates
from entrepot.connect.rates.reference import reference_rates
from entrepot.model.errors import PackError, RatesError
from entrepot.schedules.fetch import fetch
from loopback_server import serving

CURRENCIES = {"USD": 2, "CNY": 2, "EUR": 2, "VND": 0, "JPY": 0, "KHR": 2, "SGD": 2}
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender><Cube>"""
DAY = '<Cube time="{day}"><Cube currency="USD" rate="1.1000"/><Cube currency="CNY" rate="{cny}"/></Cube>'
END = "</Cube></gesmes:Envelope>"
DAILY = HEAD + DAY.format(day="2026-11-25", cny="7.7000") + END
#: The file of 90 days begins with the latest day.
HISTORY = HEAD + DAY.format(day="2026-11-25", cny="7.7000") + DAY.format(day="2026-11-24", cny="7.5900") + END
CUSTOMS = """currency,rate,date,until,in,per
USD,7.08,2026-11-01,2026-12-01,CNY,
VND,2.7,2026-11-01,2026-12-01,CNY,10000
"""


def write(folder: Path, text: str, name: str = "rates.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_files_of_the_bank_give_units_for_one_euro(tmp_path: Path) -> None:
    found = read_rates(write(tmp_path, HISTORY, "ecb.xml"), CURRENCIES)
    assert found.authority == "European Central Bank"
    assert found.rates == (
        DatedRate("EUR", "USD", "1.1000", dt.date(2026, 11, 25)),
        DatedRate("EUR", "CNY", "7.7000", dt.date(2026, 11, 25)),
        DatedRate("EUR", "USD", "1.1000", dt.date(2026, 11, 24)),
        DatedRate("EUR", "CNY", "7.5900", dt.date(2026, 11, 24)),
    )


def test_a_csv_gives_the_rate_of_one_unit(tmp_path: Path) -> None:
    first, second = read_rates(write(tmp_path, CUSTOMS), CURRENCIES).rates
    assert first == DatedRate("USD", "CNY", "7.08", dt.date(2026, 11, 1), dt.date(2026, 12, 1))
    assert Decimal(second.rate) == Decimal("2.7") / 10_000
    (third,) = read_rates(write(tmp_path, "currency,rate,date\nUSD,7,2026-11-01\n"), CURRENCIES, "CNY").rates
    assert (third.one, third.other) == ("USD", "CNY")


HMRC = """Country/Territories,Currency,Currency Code,Currency Units per £1,Start date,End date
Eurozone,Euro,EUR,1.15,01/11/2026,30/11/2026
USA,Dollar,USD,1.3,01/11/2026,30/11/2026
Cambodia,Riel,KHR,5200,01/11/2026,30/11/2026
Ecuador,Dollar,USD,1.3,01/11/2026,30/11/2026
Nowhere,Coin,XQZ,3,01/11/2026,30/11/2026
"""


def test_the_monthly_rates_of_the_united_kingdom(tmp_path: Path) -> None:
    found = read_rates(write(tmp_path, HMRC), CURRENCIES)
    assert found.authority == "HM Revenue and Customs"
    day = dt.date(2026, 11, 1)
    assert found.rates == tuple(
        DatedRate("GBP", currency, rate, day) for currency, rate in (("EUR", "1.15"), ("USD", "1.3"), ("KHR", "5200"))
    )
    kept_rates.add(tmp_path, found, "gb", "")
    # 5,200 riel and 1.3 dollars for one pound: 4,000 riel for one dollar.
    rates = reference_rates(frozenset({"USD"}), "KHR", dt.date(2026, 11, 26), tmp_path)
    assert (rates["USD"].rate, rates["USD"].source) == ("4000", "rate of HM Revenue and Customs")


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Envelope>&b;</Envelope>'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "The file is empty"),
        ("currency,in\n", "The header lacks this column"),
        (
            "currency;rate;date;in\nUSD;4062,5;2026-11-01;KHR\n",
            '"4062,5" is not a rate. Write a positive number with a',
        ),
        (
            "currency,rate,date,in\nUSD,7,2026-11-01,CNY\nUSD,8,2026-11-01,CNY\n",
            "Row 2 has another rate for the same day, 7",
        ),
        ("currency,rate,date\nUSD,7,2026-11-01\n", "In which currency are the rates"),
        ("currency,rate,date,in\n", "The file has no rates"),
        ("currency,rate,dat,in\nUSD,7,2026-11-01,CNY\n", 'Unknown column "dat"'),
        ("currency,rate,date,in\nUSX,7,2026-11-01,CNY\n", '"USX" is not a currency code'),
        ("currency,rate,date,in\nUSD,-7,2026-11-01,CNY\n", '"-7" is not a rate'),
        ("currency,rate,date,in\nUSD,1e3,2026-11-01,CNY\n", '"1e3" is not a rate'),
        ("currency,rate,date,in\nUSD,7,2026-13-01,CNY\n", '"2026-13-01" is not a date'),
        ("currency,rate,date,in\nUSD,7,,CNY\n", "This cell may not be empty"),
        ("currency,rate,date,in\nUSD,7,2026-11-01,USD\n", "from USD to itself"),
        ("currency,rate,date,until,in\nUSD,7,2026-11-01,2026-11-01,CNY\n", "is not after"),
        ("currency,rate,date,in\nUSD,7\n", "more or fewer cells"),
        (DAILY[:-40], "damaged"),
        (HMRC.replace("Ecuador,Dollar,USD,1.3", "Ecuador,Dollar,USD,1.4"), "another one stands in a row before"),
        (HMRC.replace("01/11/2026,30", "2026-11-01,30", 1), "'2026-11-01' is not a date"),
        (HMRC.replace("Start date", "From"), "lacks the column 'start date'"),
        (HMRC[:-30], "more or fewer cells"),
        ("<html><body>Sign in</body></html>", "is not a file of reference rates"),
        (BOMB, "damaged or no XML"),
        (DAILY.replace("1.1000", "0"), "is not a rate for one euro"),
        (DAILY.replace("2026-11-25", "yesterday"), '"yesterday" is not a date'),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(RatesError, match=why):
        read_rates(write(tmp_path, text), CURRENCIES)


def test_a_csv_may_be_separated_by_semicolons(tmp_path: Path) -> None:
    path = write(tmp_path, "currency;rate;date;in\nUSD;4062.5;2026-11-01;KHR\n")
    (rate,) = read_rates(path, {**CURRENCIES, "KHR": 2}).rates
    assert (rate.one, rate.rate, rate.other) == ("USD", "4062.5", "KHR")


def test_a_file_that_is_too_large_or_not_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rates.csv"
    path.write_bytes(b"currency,rate,date,in\n\xff\xfe\n")
    with pytest.raises(RatesError, match="not in UTF-8"):
        read_rates(path, CURRENCIES)
    monkeypatch.setattr("entrepot.connect.rates.rate_files.MAX_BYTES", 10)
    with pytest.raises(RatesError, match="no file of rates is that large"):
        read_rates(path, CURRENCIES)
    assert not is_rate("9" * 50)


def keep(data: Path, rates: tuple[DatedRate, ...], set_id: str = "own", authority: str = "") -> None:
    kept_rates.add(data, RateFile(rates=rates, authority=authority), set_id, set_id)


def rate(one: str, other: str, text: str, since: str, until: str = "") -> DatedRate:
    return DatedRate(one, other, text, dt.date.fromisoformat(since), dt.date.fromisoformat(until) if until else None)


def used(data: Path, currency: str, importer: str, on: str) -> tuple[str, str | None] | None:
    """The reference rate, and its day."""
    found = reference_rates(frozenset({currency}), importer, dt.date.fromisoformat(on), data).get(currency)
    return (found.rate, found.date) if found else None


@pytest.fixture(autouse=True)
def no_shipped_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rates that come with the package end on a day that depends on its version: here it has none."""
    monkeypatch.setattr("entrepot.connect.rates.reference.shipped_rates", lambda *_: {})


def test_a_set_grows_and_the_same_file_changes_nothing(tmp_path: Path) -> None:
    file = read_rates(write(tmp_path, DAILY, "ecb.xml"), CURRENCIES)
    added = kept_rates.add(tmp_path, file, "ecb", "")
    assert (added.new, added.replaced, added.kept.trust) == (2, 0, "official")
    before = kept_rates.stamp(tmp_path)
    assert kept_rates.add(tmp_path, file, "ecb", "").new == 0
    assert kept_rates.stamp(tmp_path) == before
    more = read_rates(write(tmp_path, HISTORY, "ecb.xml"), CURRENCIES)
    assert kept_rates.add(tmp_path, more, "ecb", "").new == 2
    other = RateFile(rates=(rate("EUR", "USD", "1.2", "2026-11-25"),), authority="European Central Bank")
    with pytest.raises(RatesError, match=r"is kept as 1\.1000, and the file has 1\.2"):
        kept_rates.add(tmp_path, other, "ecb", "")
    assert kept_rates.add(tmp_path, other, "ecb", "", replace=True).replaced == 1
    # A CSV in the set of an authority takes its trust away: nobody knows where its rates are from.
    mixed = kept_rates.add(tmp_path, RateFile(rates=(rate("USD", "KHR", "4000", "2026-11-25"),)), "ecb", "")
    assert mixed.kept.trust == "user"


def test_a_killed_process_leaves_the_old_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path, (rate("USD", "KHR", "4000", "2026-11-01"),))
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        keep(tmp_path, (rate("USD", "KHR", "4100", "2026-11-02"),))
    monkeypatch.undo()
    (kept,) = kept_rates.read_sets(tmp_path)
    assert [each.rate for each in kept.rates] == ["4000"]
    assert [path.name for path in (tmp_path / "rates").iterdir()] == ["own.json"]


@pytest.mark.parametrize("content", ["", "{}", '{"format": 2}', "[1]", "\x00"])
def test_a_damaged_set_is_named(tmp_path: Path, content: str) -> None:
    keep(tmp_path, (rate("USD", "KHR", "4000", "2026-11-01"),))
    (tmp_path / "rates" / "own.json").write_text(content)
    with pytest.raises(RatesError, match=r"rates/own\.json: The kept rates"):
        kept_rates.read_sets(tmp_path)
    with pytest.raises(PackError, match="The kept rates"):
        used(tmp_path, "USD", "KHR", "2026-11-02")


def test_the_rate_of_the_day_or_the_last_before_is_used(tmp_path: Path) -> None:
    keep(tmp_path, (rate("USD", "KHR", "4000", "2026-11-01"), rate("USD", "KHR", "4100", "2026-11-03")))
    assert used(tmp_path, "USD", "KHR", "2026-10-31") is None
    assert used(tmp_path, "USD", "KHR", "2026-11-02") == ("4000", "2026-11-01")
    assert used(tmp_path, "USD", "KHR", "2026-11-03") == ("4100", "2026-11-03")
    assert used(tmp_path, "KHR", "USD", "2026-11-01") == ("0.00025", "2026-11-01")


def test_a_rate_that_has_ended_or_is_older_than_a_year_is_not_used(tmp_path: Path) -> None:
    keep(tmp_path, (rate("USD", "KHR", "4000", "2026-11-01", "2026-12-01"), rate("SGD", "KHR", "3000", "2026-11-01")))
    assert used(tmp_path, "USD", "KHR", "2026-11-30") == ("4000", "2026-11-01")
    assert used(tmp_path, "USD", "KHR", "2026-12-01") is None
    assert used(tmp_path, "SGD", "KHR", "2027-11-02") == ("3000", "2026-11-01")
    assert used(tmp_path, "SGD", "KHR", "2027-11-03") is None


def test_an_old_rate_says_how_old_it_is(tmp_path: Path) -> None:
    keep(tmp_path, (rate("USD", "KHR", "4000", "2026-11-01"),))
    # From November 1 to December 31 are 60 days, to January 1 61.
    for on, said in (
        ("2026-12-31", "rates that you added, own"),
        ("2027-01-01", "rates that you added, own (61 days old)"),
    ):
        found = reference_rates(frozenset({"USD"}), "KHR", dt.date.fromisoformat(on), tmp_path)
        assert found["USD"].source == said


def test_two_rates_for_one_euro_make_the_rate_between_two_currencies(tmp_path: Path) -> None:
    euros = (rate("EUR", "USD", "1.1", "2026-11-25"), rate("EUR", "CNY", "7.7", "2026-11-24"))
    keep(tmp_path, euros, "ecb", "European Central Bank")
    # 7.7 / 1.1 = 7, of the older of the two days; from euro to yuan the bank's rate itself.
    assert used(tmp_path, "USD", "CNY", "2026-11-25") == ("7", "2026-11-24")
    assert used(tmp_path, "EUR", "CNY", "2026-11-25") == ("7.7", "2026-11-24")
    found = reference_rates(frozenset({"USD"}), "CNY", dt.date(2026, 11, 25), tmp_path)["USD"]
    assert found.source == "reference rate of the European Central Bank"


def test_a_recent_rate_of_the_importers_currency_comes_before_a_later_one_by_way_of_the_euro(tmp_path: Path) -> None:
    keep(tmp_path, (rate("EUR", "USD", "1.1", "2026-11-25"), rate("EUR", "CNY", "7.7", "2026-11-25")), "ecb")
    keep(tmp_path, (rate("USD", "CNY", "7.08", "2026-11-01"),), "customs")
    assert used(tmp_path, "USD", "CNY", "2026-11-25") == ("7.08", "2026-11-01")
    # 36 days after November 1 the monthly rate is no longer recent.
    assert used(tmp_path, "USD", "CNY", "2026-12-06") == ("7.08", "2026-11-01")
    assert used(tmp_path, "USD", "CNY", "2026-12-07") == ("7", "2026-11-25")


def sale(**more: Any) -> dict[str, Any]:
    line = {"hs_code": "0901.21", "amount": "100.00"}
    places = {"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "date": "2026-11-26"}
    return {**places, "currency": "USD", "lines": [line], **more}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ENTREPOT_DATA", str(tmp_path / "data"))
    app.library.cache_clear()
    yield tmp_path / "data"
    app.library.cache_clear()


def test_a_quote_uses_the_kept_rate_and_names_it_and_sees_a_change_at_once(data: Path) -> None:
    assert entrepot.quote(sale()).exchange is None
    keep(data, (rate("USD", "CNY", "7.00", "2026-11-25"),))
    quote = entrepot.quote(sale())
    assert quote.exchange is not None
    assert (quote.exchange.rate, quote.exchange.date) == ("7.00", "2026-11-25")
    assert quote.best is not None
    assert quote.best.amount_subtotals is not None
    assert quote.best.amount_subtotals.goods == "700.00"  # 100 dollars at 7
    keep(data, (rate("USD", "CNY", "7.10", "2026-11-26"),))
    later = entrepot.quote(sale())
    assert later.exchange is not None
    assert later.exchange.rate == "7.10"
    own = entrepot.quote(sale(exchange_rates={"USD": "8"}))
    assert own.exchange is not None
    assert own.exchange.source == "the caller"


def test_a_table_uses_the_same_rate_as_the_quote(data: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    keep(data, (rate("USD", "CNY", "7.10", "2026-11-26"),))
    columns = {"ship_from_country": ["VN"], "ship_to_country": ["CN"], "currency": ["USD"], "hs_code": ["0901.21"],
               "amount": ["100.00"], "date": ["2026-11-26"]}  # fmt: skip
    answer = entrepot.quote_table(pa.table(columns))
    best = entrepot.quote(sale()).best
    assert best is not None
    assert answer["landed"].to_pylist() == [Decimal(str(best.amount_landed))]


def test_a_currency_pegged_by_its_law_is_reached_through_its_anchor(data: Path) -> None:
    # The dirham is fixed at 3.6725 for one dollar, the Brunei dollar at par with that of Singapore.
    goods = [{"hs_code": "6403.99", "amount": "1000.00", "country_of_origin": "CN", "rates": {"duty": "5 %"}}]
    emirates = sale(ship_to={"country": "AE"}, lines=goods, buyer={"kind": "business"})
    quote = entrepot.quote(emirates)
    assert quote.exchange is not None
    assert quote.exchange.rate == "3.6725"
    assert entrepot.quote({**emirates, "currency": "EUR"}).exchange is None
    keep(data, (rate("EUR", "USD", "1.1", "2026-11-25"), rate("EUR", "SGD", "1.5", "2026-11-25")))
    euro = entrepot.quote({**emirates, "currency": "EUR"})
    assert euro.exchange is not None
    assert (euro.exchange.rate, euro.exchange.date) == ("4.03975", "2026-11-25")  # 1.1 x 3.6725
    brunei = entrepot.quote({**emirates, "ship_to": {"country": "BN"}, "currency": "EUR"})
    assert brunei.exchange is not None
    assert brunei.exchange.rate == "1.5"


class Bank(BaseHTTPRequestHandler):
    """A server with the bank's daily file."""

    def do_GET(self) -> None:
        """Answers."""
        body = DAILY.encode() if self.path == "/daily.xml" else b"<!doctype html><p>Not here"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with serving(Bank, monkeypatch) as address:
        yield address


def test_the_file_of_the_bank_is_downloaded_as_xml(bank: str, tmp_path: Path) -> None:
    fetched = fetch(f"{bank}/daily.xml", tmp_path, "ecb")
    assert fetched.path.name == "ecb.xml"
    assert len(read_rates(fetched.path, CURRENCIES).rates) == 2


@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY"])
@pytest.mark.parametrize("economy", ["AE", "CN", "KH"])
def test_a_worker_of_a_cluster_has_the_same_rates(data: Path, economy: str, currency: str) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    from entrepot.batch.run.shipped_law import LawKey, content_key, load_context, ship_law

    keep(data, (rate("EUR", "USD", "1.1", "2026-11-25"), rate("EUR", "CNY", "7.7", "2026-11-25")))
    day = dt.date(2026, 11, 26)
    here = app.law_context()
    content = ship_law(here, [LawKey(economy, day, currency)])
    there = load_context(content_key(content), lambda: content)
    asked = sale(ship_to={"country": economy}, currency=currency)
    # Of the yen there is no rate: the quote is then in the currency of the sale, with the rates that this needs.
    assert dict(there.read_request(asked, None).reference) == dict(here.read_request(asked, None).reference)
