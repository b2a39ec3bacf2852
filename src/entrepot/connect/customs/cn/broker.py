"""The data of a general declaration (进口货物报关单) for ordinary import, as a file for a customs broker.

The declaration itself is made by a broker or the importer: its message format is not confirmed, and much of it only
they know. `general_declaration` fills each box that follows from the sale, and says of every other box whether the
broker adds it, customs gives it, or the sender has left it out. Countries and currencies have ISO letters here, not the
three digits of the retail messages; units keep their three digits.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from msgspec import Struct

from entrepot.connect.customs.cn.codes import rows, units
from entrepot.connect.customs.cn.faults import Fault, MessageError
from entrepot.connect.customs.cn.forms import is_digits

_NAME = "general declaration"
#: The digits of a commodity code.
GOODS_CODE = 10
#: The digit of the terms of delivery, where the price at the Incoterms rule has the same parts.
TERMS: Mapping[str, str] = {"CIF": "1", "CIP": "1", "CFR": "2", "CPT": "2", "FOB": "3", "FCA": "3", "FAS": "3"}


class Preference(Struct, frozen=True, kw_only=True):
    """A preference that is asked for: agreement, kind, number and item of the proof, origin (ISO 3166-1)."""

    agreement: str
    proof_kind: str
    proof_number: str
    proof_item: int
    origin: str


class GeneralLine(Struct, frozen=True, kw_only=True):
    """A line. `unit`, `first_unit`, `second_unit`: three digits; `origin`: ISO 3166-1; `permits`: code and number."""

    code: str
    name: str
    model: str
    quantity: Decimal
    unit: str
    first_quantity: Decimal
    first_unit: str
    second_quantity: Decimal | None = None
    second_unit: str | None = None
    price: Decimal
    total: Decimal
    origin: str
    preference: Preference | None = None
    permits: tuple[tuple[str, str], ...] = ()


class GeneralConsignment(Struct, frozen=True, kw_only=True):
    """A consignment: what a sale knows of its declaration. Weights in kg; `None` or empty: not known.

    `incoterm`: the rule at which the prices are; `freight`, `insurance`: those that the prices leave out, in the
    currency of the prices; `procedure`: 0110 is general trade.
    """

    consignee_name: str
    consignor_name: str
    trading_country: str
    dispatch_country: str
    currency: str
    incoterm: str
    packages: int
    gross_weight: Decimal
    net_weight: Decimal
    lines: tuple[GeneralLine, ...]
    procedure: str = "0110"
    consignee_customs_code: str = ""
    consignee_credit_code: str = ""
    consignor_code: str = ""
    freight: Decimal | None = None
    insurance: Decimal | None = None
    contract: str = ""
    transport_mode: str = ""
    vehicle: str = ""
    voyage: str = ""
    transport_document: str = ""
    office_of_entry: str = ""


class Box(Struct, frozen=True, kw_only=True):
    """A box of the declaration. `elements`: in the message of the declaration; `trust`: of its names.

    `status`: `filled`; `none` where nothing is to be declared; `broker`, `customs` or `sender` for who adds it.
    """

    key: str
    en: str
    zh: str
    elements: str
    value: str
    status: Literal["filled", "none", "broker", "customs", "sender"]
    note: str
    trust: str


class GeneralDeclaration(Struct, frozen=True):
    """The boxes of the head and of each line."""

    head: tuple[Box, ...]
    lines: tuple[tuple[Box, ...], ...]

    def to_add(self, who: str = "broker") -> tuple[str, ...]:
        """The keys of the boxes that somebody adds; those of lines as `lines[0].key`."""
        return tuple(path for path, box in self._paths() if box.status == who)

    def to_json(self) -> str:
        """The declaration as JSON."""
        whole = {
            "object": "general_declaration",
            "direction": "import",
            "economy": "CN",
            "head": [_mapping(box) for box in self.head],
            "lines": [[_mapping(box) for box in line] for line in self.lines],
            "to_add": {who: list(self.to_add(who)) for who in ("broker", "sender", "customs")},
        }
        return json.dumps(whole, ensure_ascii=False, indent=2)

    def to_csv(self) -> str:
        """The declaration as CSV, one row for each box. What a spreadsheet would calculate begins with a quote."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(("box", "zh", "en", "elements", "value", "status", "note", "trust"))
        for path, box in self._paths():
            value = f"'{box.value}" if box.value[:1] in _CALCULATED else box.value
            writer.writerow((path, box.zh, box.en, box.elements, value, box.status, box.note, box.trust))
        return stream.getvalue()

    def _paths(self) -> Iterator[tuple[str, Box]]:
        yield from ((box.key, box) for box in self.head)
        for place, line in enumerate(self.lines):
            yield from ((f"lines[{place}].{box.key}", box) for box in line)


#: The first characters of a cell that spreadsheets take for a formula.
_CALCULATED = frozenset("=+-@\t\r")


def general_declaration(consignment: GeneralConsignment) -> GeneralDeclaration:
    """The boxes of the declaration of a consignment. Raises MessageError with every wrong value.

    What is not known is not guessed: its box says who adds it.
    """
    if faults := tuple(_faults(consignment)):
        raise MessageError(faults)
    head = tuple(_box(row, _HEAD.get(row["key"]), consignment) for row in _boxes("head"))
    lines = tuple(
        tuple(_box(row, _LINE.get(row["key"]), (consignment, line, place)) for row in _boxes("line"))
        for place, line in enumerate(consignment.lines, 1)
    )
    return GeneralDeclaration(head, lines)


#: What fills a box: a text, empty where it is not known, or None where nothing is to be declared.
_Filler = Callable[[Any], str | None]


def _box(row: Mapping[str, str], filler: _Filler | None, of: Any) -> Box:
    value = filler(of) if filler else ""
    status: Any = "none" if value is None else "filled" if value else row["adds"]
    return Box(
        key=row["key"],
        en=row["en"],
        zh=row["zh"],
        elements=row["elements"],
        value=value or "",
        status=status,
        note=row["note"],
        trust=row["trust"],
    )


@cache
def _boxes(scope: str) -> tuple[dict[str, str], ...]:
    return tuple(row for row in rows("declaration_boxes.csv") if row["scope"] == scope)


@cache
def iso3() -> Mapping[str, str]:
    """The three-letter code of each country by its two-letter code.

    >>> iso3()["VN"], iso3()["KH"], iso3()["TH"], iso3()["CN"]
    ('VNM', 'KHM', 'THA', 'CHN')
    """
    return {row["alpha2"]: row["alpha3"] for row in rows("iso3166.csv")}


def _faults(given: GeneralConsignment) -> Iterator[Fault]:
    countries = {"trading_country": given.trading_country, "dispatch_country": given.dispatch_country}
    unit_values: dict[str, str | None] = {}
    if not given.lines:
        yield Fault("too_few", _NAME, "lines", {"count": 0, "least": 1})
    for place, line in enumerate(given.lines):
        path = f"lines[{place}]"
        countries[f"{path}.origin"] = line.origin
        if line.preference is not None:
            countries[f"{path}.preference.origin"] = line.preference.origin
        unit_values |= {f"{path}.unit": line.unit, f"{path}.first_unit": line.first_unit}
        unit_values[f"{path}.second_unit"] = line.second_unit
        if len(line.code) != GOODS_CODE:
            values = {"value": line.code, "length": len(line.code), "most": GOODS_CODE}
            yield Fault("wrong_length", _NAME, f"{path}.code", values)
        elif not is_digits(line.code):
            yield Fault("form_digits", _NAME, f"{path}.code", {"value": line.code})
        if (line.second_quantity is None) != (line.second_unit is None):
            yield Fault("both_or_none", _NAME, f"{path}.second_quantity", {"other": "second_unit"})
    for element, country in countries.items():
        if country not in iso3():
            yield Fault("code", _NAME, element, {"value": country, "codes": "ISO 3166-1", "allowed": "CN, VN, TH …"})
    for element, unit in unit_values.items():
        if unit is not None and unit not in units():
            yield Fault("code", _NAME, element, {"value": unit, "codes": "unit", "allowed": "035, 007, 011 …"})
    if given.net_weight > given.gross_weight:
        values = {"value": str(given.net_weight), "other": "gross_weight", "limit": str(given.gross_weight)}
        yield Fault("at_most", _NAME, "net_weight", values)


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _charge(amount: Decimal | None, currency: str, contained: bool) -> str | None:
    if contained:
        return None
    return "" if amount is None else f"3 {_plain(amount)} {currency}"


def _measured(quantity: Decimal | None, unit: str | None) -> str | None:
    return None if quantity is None or unit is None else f"{_plain(quantity)} {unit}"


_HEAD: Mapping[str, _Filler] = {
    "consignee_customs_code": lambda given: given.consignee_customs_code,
    "consignee_credit_code": lambda given: given.consignee_credit_code,
    "consignee_name": lambda given: given.consignee_name,
    "office_of_entry": lambda given: given.office_of_entry,
    "consignor_code": lambda given: given.consignor_code,
    "consignor_name": lambda given: given.consignor_name,
    "transport_mode": lambda given: given.transport_mode,
    "vehicle": lambda given: given.vehicle,
    "voyage": lambda given: given.voyage,
    "transport_document": lambda given: given.transport_document,
    "procedure": lambda given: given.procedure,
    "contract": lambda given: given.contract,
    "trading_country": lambda given: iso3()[given.trading_country],
    "dispatch_country": lambda given: iso3()[given.dispatch_country],
    "packages": lambda given: str(given.packages),
    "gross_weight": lambda given: _plain(given.gross_weight),
    "net_weight": lambda given: _plain(given.net_weight),
    "terms": lambda given: TERMS.get(given.incoterm, ""),
    "freight": lambda given: _charge(given.freight, given.currency, TERMS.get(given.incoterm) in ("1", "2")),
    "insurance": lambda given: _charge(given.insurance, given.currency, TERMS.get(given.incoterm) == "1"),
}
_Line = tuple[GeneralConsignment, GeneralLine, int]


def _preferred(part: Callable[[Preference], str]) -> _Filler:
    def filler(of: _Line) -> str | None:
        preference = of[1].preference
        return None if preference is None else part(preference)

    return filler


_LINE: Mapping[str, _Filler] = {
    "number": lambda of: str(of[2]),
    "code": lambda of: of[1].code,
    "name": lambda of: of[1].name,
    "model": lambda of: of[1].model,
    "quantity": lambda of: _measured(of[1].quantity, of[1].unit),
    "first_quantity": lambda of: _measured(of[1].first_quantity, of[1].first_unit),
    "second_quantity": lambda of: _measured(of[1].second_quantity, of[1].second_unit),
    "price": lambda of: _plain(of[1].price),
    "total": lambda of: _plain(of[1].total),
    "currency": lambda of: of[0].currency,
    "origin": lambda of: iso3()[of[1].origin],
    "final_destination": lambda _of: "CHN",
    "agreement": _preferred(lambda preference: preference.agreement),
    "proof_kind": _preferred(lambda preference: preference.proof_kind),
    "proof_number": _preferred(lambda preference: preference.proof_number),
    "proof_item": _preferred(lambda preference: str(preference.proof_item)),
    "agreement_origin": _preferred(lambda preference: iso3()[preference.origin]),
    "permits": lambda of: "; ".join(f"{code} {number}" for code, number in of[1].permits),
}


def _mapping(box: Box) -> dict[str, str]:
    return {name: getattr(box, name) for name in box.__struct_fields__}
