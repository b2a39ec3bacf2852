"""Read a file of exchange rates: the XML of the European Central Bank, the CSV of HMRC, or a CSV of dated rates.

    currency,rate,date,until,in,per
    USD,7.08,2026-11-01,2026-12-01,CNY,
    JPY,4.62,2026-11-01,2026-12-01,CNY,100

A row of the CSV says how many units of `in` one unit (or `per` units) of `currency` is, from `date` on.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import msgspec

from entrepot.model.codes import day_of
from entrepot.model.errors import PackFault, RatesError, in_quotes, meant, nearest
from entrepot.model.literals import is_decimal
from entrepot.workbooks.xml_events import InvalidXml, parse

MAX_BYTES, MAX_RATES = 16 << 20, 200_000
ECB, HMRC = "European Central Bank", "HM Revenue and Customs"
#: The columns of the monthly CSV of HM Revenue and Customs that are read, in lower case.
HMRC_COLUMNS = ("currency code", "currency units per £1", "start date")
COLUMNS = ("currency", "rate", "date", "until", "in", "per")
NEEDED = COLUMNS[:3]
#: The smallest and largest rate that is accepted: no two currencies are further apart.
LEAST, MOST = Decimal("1e-9"), Decimal("1e9")


class DatedRate(msgspec.Struct, frozen=True, array_like=True):
    """One unit of `one` is `rate` units of `other`, from `since` on; until `until` if it is known."""

    one: str
    other: str
    rate: str
    since: dt.date
    until: dt.date | None = None


class RateFile(msgspec.Struct, frozen=True, kw_only=True):
    """The rates of a file, and who publishes them. `authority`: empty for a CSV, which may come from anybody."""

    rates: tuple[DatedRate, ...]
    authority: str = ""


def read_rates(path: Path, currencies: Container[str] | Mapping[str, object], currency_in: str = "") -> RateFile:
    """The rates of a file. `currency_in`: the column `in` of a CSV without it.

    Raises RatesError with every fault, if the file is neither, or is too large.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise RatesError(f"The file cannot be read: {error.strerror}.", path.name) from None
    if len(content) > MAX_BYTES:
        raise RatesError(f"The file has more than {MAX_BYTES >> 20} MB; no file of rates is that large.", path.name)
    if not content.strip():
        raise RatesError("The file is empty. Download it again.", path.name)
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        rates = tuple(_read_ecb(path.name, content))
        authority = ECB
    else:
        text = _decoded(path.name, content)
        monthly = HMRC_COLUMNS[1] in text.partition("\n")[0].lower()
        authority = HMRC if monthly else ""
        own = _CsvRates(path.name, currencies, currency_in)
        rates = tuple(_read_hmrc(path.name, text, currencies) if monthly else own.read(text))
    if not rates:
        raise RatesError("The file has no rates.", path.name)
    return RateFile(rates=rates, authority=authority)


def _read_ecb(file: str, content: bytes) -> Iterator[DatedRate]:
    """The rates of the daily file of the European Central Bank, or of its file of 90 days: units for one euro."""
    found: list[DatedRate] = []
    days: list[dt.date] = []
    texts: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag != "Cube":
            texts.append(tag)
        elif "time" in attributes:
            days.append(_day(file, attributes["time"]))
        elif "currency" in attributes and days:
            currency, rate = attributes["currency"], attributes.get("rate", "")
            if not re.fullmatch(r"[A-Z]{3}", currency) or not is_rate(rate):
                raise RatesError(f"{currency} {in_quotes(rate)} is not a rate for one euro.", file)
            found.append(DatedRate("EUR", currency, rate, days[-1]))
            if len(found) > MAX_RATES:
                raise RatesError(f"The file has more than {MAX_RATES} rates.", file)

    try:
        parse(iter((content,)), start)
    except InvalidXml:
        raise RatesError("The file is damaged or no XML. Download it again.", file) from None
    if "Envelope" not in texts or not days:
        raise RatesError(f"This XML is not a file of reference rates of the {ECB}.", file)
    yield from found


def _decoded(file: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RatesError("The file is not in UTF-8. Save it as CSV in UTF-8.", file) from None


def _read_hmrc(file: str, text: str, currencies: Container[str]) -> Iterator[DatedRate]:
    """The monthly customs rates of the United Kingdom: units for one pound, a row for each country.

    Currencies that no pack knows are left out. A rate has no last day here: for other places it is a reference until
    the next month's is added.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: dict[tuple[str, dt.date], str] = {}
    try:
        header = [name.strip().lower() for name in next(rows)]
        if lacking := [name for name in HMRC_COLUMNS if name not in header]:
            raise RatesError(f"The header lacks the column {lacking[0]!r} of the file of {HMRC}.", file, 1)
        places = [header.index(name) for name in HMRC_COLUMNS]
        for cells in rows:
            if not any(cells):
                continue
            if len(cells) != len(header):
                raise RatesError("The row has more or fewer cells than the header.", file, rows.line_num)
            currency, rate, start = (cells[place].strip() for place in places)
            if currency not in currencies:
                continue
            day = _british_day(file, rows.line_num, start)
            if not is_rate(rate) or found.setdefault((currency, day), rate) != rate:
                message = f"{currency} {rate!r} is not a rate for one pound, or another one stands in a row before."
                raise RatesError(message, file, rows.line_num)
    except csv.Error as error:
        raise RatesError(f"This is not CSV: {error}.", file, rows.line_num) from None
    yield from (DatedRate("GBP", currency, rate, day) for (currency, day), rate in found.items())


def _british_day(file: str, row: int, text: str) -> dt.date:
    """The date of a text such as 01/11/2026."""
    try:
        day, month, year = map(int, text.split("/"))
        return dt.date(year, month, day)
    except ValueError:
        raise RatesError(f"{text!r} is not a date. It should be like 01/11/2026.", file, row, "Start date") from None


def _day(file: str, text: str) -> dt.date:
    day = day_of(text)
    if day is None:
        raise RatesError(f"{in_quotes(text)} is not a date. Write it like 2026-11-25.", file)
    return day


def is_rate(text: str) -> bool:
    """Whether a text is a positive decimal number that a rate can be.

    >>> is_rate("7.08"), is_rate("0"), is_rate("1e3"), is_rate("NaN")
    (True, False, False, False)
    """
    return len(text) <= 40 and is_decimal(text) and LEAST <= Decimal(text) <= MOST


def _nearest(code: str, currencies: Iterable[str]) -> str:
    """The currency that a text may mean: one that begins with it, else the most similar; empty if there is none.

    >>> _nearest("US", ("CNY", "USD", "UZS")), _nearest("USS", ("CNY", "USD"))
    ('USD', 'USD')
    """
    begun = sorted(each for each in currencies if len(code) > 1 and each.startswith(code))
    return begun[0] if begun else nearest(code, currencies)


class _CsvRates:
    """Reads the rows of a CSV and collects every fault."""

    def __init__(self, file: str, currencies: Container[str] | Mapping[str, object], currency_in: str) -> None:
        self.file, self.currencies, self.currency_in = file, currencies, currency_in
        self.faults: list[PackFault] = []

    def read(self, text: str) -> Iterator[DatedRate]:
        """The rates; raises RatesError with all faults."""
        head = text.partition("\n")[0]
        separator = max(",;\t", key=head.count)
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
        found: list[DatedRate] = []
        rows: dict[tuple[str, str, dt.date], tuple[int, str]] = {}
        try:
            self._check_header(tuple(name.strip().lower() for name in reader.fieldnames or ()))
            reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
            for cells in reader if not self.faults else ():  # a wrong header makes every row wrong
                if rate := self._row(reader.line_num, cells):
                    found.append(rate)
                    row, before = rows.setdefault((rate.one, rate.other, rate.since), (reader.line_num, rate.rate))
                    if before != rate.rate:
                        self._fault(reader.line_num, "rate", f"Row {row} has another rate for the same day, {before}.")
                if len(found) > MAX_RATES or len(self.faults) > 100:
                    break
        except csv.Error as error:
            self._fault(reader.line_num, "", f"This is not CSV: {error}.")
        if len(found) > MAX_RATES:
            raise RatesError(f"The file has more than {MAX_RATES} rates.", self.file)
        if self.faults:
            first, *others = self.faults
            raise RatesError("\n".join([first.message, *map(str, others)]), first.file, first.row, first.column)
        return iter(found)

    def _fault(self, row: int, column: str, message: str) -> None:
        self.faults.append(PackFault(self.file, row, column, message))

    def _check_header(self, names: tuple[str, ...]) -> None:
        for name in names:
            if name not in COLUMNS:
                self._fault(
                    1, name, f"Unknown column {in_quotes(name)}.{meant(name, COLUMNS)} Known: {', '.join(COLUMNS)}."
                )
        for name in NEEDED:
            if name not in names:
                self._fault(1, name, f"The header lacks this column. It needs {', '.join(NEEDED)}.")
        if "in" not in names and not self.currency_in:
            self._fault(1, "in", "In which currency are the rates? Add the column `in`, or give --in CNY.")

    def _row(self, row: int, cells: dict[str, str]) -> DatedRate | None:
        before = len(self.faults)
        if None in cells or None in cells.values():
            self._fault(row, "", "This row has more or fewer cells than the header.")
            return None
        text = {name: cell.strip() for name, cell in cells.items()}
        one, other = self._currency(row, text, "currency"), self._currency(row, text, "in")
        rate, per = text.get("rate", ""), text.get("per", "") or "1"
        for name, number in (("rate", rate), ("per", per)):
            if not is_rate(number):
                self._fault(
                    row, name, f"{in_quotes(number)} is not a rate. Write a positive number with a point, like 7.08."
                )
        since, until = self._date(row, text, "date"), self._date(row, text, "until")
        if one and one == other:
            self._fault(row, "currency", f"The rate is from {one} to itself.")
        if since and until and until <= since:
            self._fault(row, "until", f"{until} is not after {since}. It is the first day that is no longer meant.")
        if len(self.faults) > before or since is None:
            return None
        exact = Decimal(rate) / Decimal(per)
        return DatedRate(one, other, f"{exact.normalize():f}", since, until)

    def _currency(self, row: int, text: Mapping[str, str], name: str) -> str:
        code = text.get(name, "") or (self.currency_in if name == "in" else "")
        if name == "in" and name not in text and not code:
            return ""  # a fault of the header
        if code not in self.currencies:
            near = _nearest(code.upper(), self.currencies) if isinstance(self.currencies, Mapping) else ""
            hint = f" Did you mean {in_quotes(near)}?" if near else ""
            message = f"{in_quotes(code)} is not a currency code. Use three letters (ISO 4217), for example USD.{hint}"
            self._fault(row, name, message)
        return code

    def _date(self, row: int, text: Mapping[str, str], name: str) -> dt.date | None:
        if not text.get(name):
            if name == "date":
                self._fault(row, name, "This cell may not be empty. Give the first day of the rate.")
            return None
        day = day_of(text[name])
        if day is None:
            self._fault(row, name, f"{in_quotes(text[name])} is not a date. Write it like 2026-11-25.")
        return day
