"""What is given for a document beside the order: names, ports, dates, weights. Unknown names are errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args

import msgspec

from entrepot.model.errors import TradeError, nearest
from entrepot.model.literals import decimal_of
from entrepot.model.sale import Incoterm
from entrepot.trade.offer_form import FORMS, clean, iso_day
from entrepot.trade.orders import Order
from entrepot.trade.papers.paper import ROLES

#: Characters of a text at most.
MOST, MOST_LONG = 120, 500
_PARTY = ("name", "address", "country", "telephone", "registration")
#: Of the whole document. The names of parties are their role and what is said of them: `exporter_address`.
TEXTS = (
    *(f"{role}_{name}" for role in ROLES for name in _PARTY),
    "contract", "transport_mode", "vessel", "voyage", "port_of_loading", "port_of_discharge", "place_of_delivery",
    "container", "seal", "marks", "package_kind", "payment_terms", "incoterm", "incoterm_place", "place", "signatory",
    "exporter_code", "back_to_back", "invoice_number", "authority", "entry_point", "phytosanitary_number",
    "phytosanitary_importer", "additional_declaration", "treatment_kind", "treatment_chemical", "treatment_duration",
    "treatment_concentration", "remarks",
)  # fmt: skip
#: Dates (ISO), numbers, whole numbers, and answers `yes` or `no`.
DATES = ("departure_date", "invoice_date", "treatment_date", "phytosanitary_date")
NUMBERS = ("gross_kg", "net_kg", "volume_m3", "fob_value")
COUNTS = ("packages", "phytosanitary_packages")
ANSWERS = ("third_party_invoicing", "retroactive")
NAMES = (*TEXTS, *DATES, *NUMBERS, *COUNTS, *ANSWERS)
#: Of a line.
LINE_TEXTS = (
    "description", "hs_code", "origin", "criterion", "batch", "botanical_name", "ingredients", "storage", "shelf_life",
    "standard", "orchard", "packing_house", "producer_registration", "package_kind",
)  # fmt: skip
LINE_DATES = ("produced", "best_before")
LINE_NUMBERS = ("net_kg", "gross_kg", "fob_value")
LINE_COUNTS = ("packages",)
LINE_NAMES = (*LINE_TEXTS, *LINE_DATES, *LINE_NUMBERS, *LINE_COUNTS)
#: What is longer than a name.
_LONG = ("address", "ingredients", "remarks", "additional_declaration", "marks", "description")
#: The criteria of origin: RCEP WO, PE, CTC, RVC, CR, with the suffixes ACU and DMI; ACFTA (2019) WO, PE, RVC, CTH, PSR.
#: Unchecked in the texts.
_CRITERION = re.compile(r"(WO|PE|CTC|CR|CTH|PSR|RVC( (100|\d{1,2})%)?)( (ACU|DMI))*\Z")


class AskedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The request of a document.

    `shipment`: the parcel that it is for, else all parcels; `returned`: the return of a return slip; `details`: of the
    document; `lines`: of lines, by their number.
    """

    order: str
    kind: str
    shipment: str = ""
    returned: str = ""
    details: Mapping[str, str] = {}
    lines: Mapping[int, Mapping[str, str]] = {}


def read_details(given: Mapping[str, Any]) -> dict[str, str]:
    """The details of a document. Raises TradeError with the first that is wrong.

    >>> read_details({"exporter_country": "vn", "gross_kg": "1.10", "third_party_invoicing": "no", "seal": ""})
    {'exporter_country': 'VN', 'gross_kg': '1.10'}
    """
    found: dict[str, str] = {}
    for name, value in given.items():
        if name not in NAMES:
            raise TradeError(
                "unknown_field", "Unknown field {field!r}.", f"details.{name}"[:120], nearest(name, NAMES),
                field=name[:60],
            )  # fmt: skip
        text = _text(name, f"details.{name}", value)
        if text and not (name in ANSWERS and text == "no"):
            found[name] = text
    return found


def read_lines(given: Mapping[int, Mapping[str, Any]], order: Order) -> dict[int, dict[str, str]]:
    """The details of lines, by their number. Raises TradeError."""
    known = {each.number for each in order.lines}
    found: dict[int, dict[str, str]] = {}
    for number, details in given.items():
        if number not in known:
            raise TradeError(
                "line_unknown",
                "{order} has no line {line}. Its lines: {known}.",
                "lines",
                order=order.id,
                line=number,
                known=", ".join(map(str, sorted(known))),
            )
        found[number] = {}
        for name, value in details.items():
            place = f"lines[{number}].{name}"[:120]
            if name not in LINE_NAMES:
                raise TradeError(
                    "unknown_field", "Unknown field {field!r}.", place, nearest(name, LINE_NAMES), field=name[:60]
                )
            if text := _text(name, place, value):
                found[number][name] = text
    return found


def _text(name: str, place: str, value: Any) -> str:
    """The text of a detail in its form. Raises TradeError."""
    text = clean(place, str(value), MOST_LONG if name.endswith(_LONG) else MOST)
    if not text:
        return ""
    if name in DATES or name in LINE_DATES:
        return iso_day(place, text)
    if name in NUMBERS or name in LINE_NUMBERS:
        return _number(place, text)
    if name in COUNTS or name in LINE_COUNTS:
        return _count(place, text)
    if name in ANSWERS:
        return _in(place, text, ("yes", "no"))
    if name.endswith("_country") or name in ("origin", "phytosanitary_importer"):
        return _form("country_of_origin", place, text.upper())
    if name == "hs_code":
        return _form("hs_code", place, text.replace(".", "").replace(" ", ""))
    if name == "incoterm":
        return _in(place, text.upper(), get_args(Incoterm))
    if name == "criterion" and not _CRITERION.match(text.upper()):
        raise TradeError(
            "field_invalid",
            "{value!r} is not a criterion of origin. Use WO, PE, CTC, CTH, CR, PSR or RVC, for example RVC 40%.",
            place,
            value=text,
        )
    return text.upper() if name == "criterion" else text


def _number(place: str, text: str) -> str:
    found = decimal_of(text)
    if found is None or not Decimal(0) < found < Decimal(10**12):
        raise TradeError(
            "number_invalid",
            "{value!r} is not a decimal number above 0. Write digits with a decimal point, for example 1234.50.",
            place,
            value=text,
        )
    return format(found, "f")


def _count(place: str, text: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) < 8 and int(text)):
        raise TradeError("number_invalid", "{value!r} is not a whole number from 1 to 9999999.", place, value=text)
    return str(int(text))


def _in(place: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise TradeError(
            "field_invalid",
            "{value!r} is not a value of {field}. Use one of: {known}.",
            place,
            value=text,
            field=place,
            known=", ".join(allowed),
        )
    return text


def _form(like: str, place: str, text: str) -> str:
    """A text in the form of a field of an offer. Raises TradeError."""
    if not FORMS[like][0].match(text):
        raise TradeError("field_invalid", FORMS[like][1], place, value=text)
    return text
