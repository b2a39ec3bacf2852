"""asked: what the form of a quote holds, as its address has it, and the sale that it makes; and the way back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from entrepot.app import library
from entrepot.language.translate import _, number
from entrepot.model.codes import day_of
from entrepot.model.literals import not_a_date
from entrepot.web.pages import typed_numbers

#: Fields of the form that are texts of the sale or of its line as they are.
SALE_WORDS = ("incoterm", "transport", "channel")
LINE_WORDS = {"origin": "country_of_origin", "proof": "proof_of_origin", "tax_class": "tax_class"}
#: Fields that are amounts in the sale's currency.
COSTS = {"shipping": "shipping_cost", "insurance": "insurance_cost", "discount": "discount_amount"}
MEASURES = (
    "quantity", "net_mass_kg", "gross_mass_kg", "litres", "alcohol_percent", "items", "pairs", "square_metres",
    "cubic_metres", "head",
)  # fmt: skip
NUMBERS = ("amount", *MEASURES, *COSTS, "year_to_date", "exchange_rate")
#: Fields of several words, by spaces or commas.
LISTS = ("tax_ids", "registrations")
FIELDS = (
    "from", "to", "state", "postal_code", "what", "service", "amount", "currency", "for", "on", *LINE_WORDS, *MEASURES,
    *COSTS, *SALE_WORDS, *LISTS, "year_to_date", "exchange_rate",
)  # fmt: skip
#: Which field a fault of the sale is shown at.
FIELD_OF = {
    "ship_from.country": "from",
    "ship_to.country": "to",
    "ship_to.state": "state",
    "ship_to.postal_code": "postal_code",
    "hs_code": "what",
    "date": "on",
    "buyer.kind": "for",
    "buyer.tax_ids": "tax_ids",
    "buyer.year_to_date": "year_to_date",
    "seller.registrations": "registrations",
    **{theirs: ours for ours, theirs in (LINE_WORDS | COSTS).items()},
}
#: So long may a field be: nothing that is asked for is longer.
LONGEST = 200


@dataclass(slots=True)
class Asked:
    """What the form holds, what is wrong with it by field, and the sale where nothing is."""

    given: dict[str, str] = field(default_factory=dict)
    asserted: tuple[str, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)
    sale: dict[str, Any] | None = None

    @property
    def searched(self) -> str:
        """The words or the short code that goods are looked for by; empty where a line of the schedule is named."""
        what = self.given.get("what", "")
        return what if what and not 6 <= len(code_of(what)) <= 10 else ""


def read(query: QueryDict) -> Asked:
    """The form from its address."""
    given = {name: _plain(query.get(name, ""))[:LONGEST] for name in FIELDS}
    named = tuple(dict.fromkeys(_plain(each)[:80] for each in query.getlist("asserted")))[:50]
    asked = Asked({name: text for name, text in given.items() if text}, tuple(filter(None, named)))
    if asked.given:
        sale = _sale(asked)
        asked.sale = None if asked.faults or asked.searched else sale
    return asked


def address(query: Mapping[str, Any]) -> str:
    """The form's address after its `?`: what is empty is left out."""
    return urlencode({name: value for name, value in query.items() if value}, doseq=True)


def query_of(sale: Mapping[str, Any]) -> dict[str, Any] | None:
    """The form that makes a sale; None where the form cannot say it: it has one line.

    >>> query_of({"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "currency": "CNY",
    ...     "lines": [{"hs_code": "090121", "amount": "100"}]})
    {'from': 'VN', 'to': 'CN', 'what': '090121', 'amount': '100', 'currency': 'CNY'}
    """
    exchange = sale.get("exchange_rates") or {}
    if len(sale["lines"]) != 1 or set(exchange) - {sale["currency"]} or sale["lines"][0].get("rates"):
        return None
    (line,), there, buyer = sale["lines"], sale["ship_to"], sale.get("buyer") or {}
    found: dict[str, Any] = {
        "from": sale["ship_from"]["country"],
        "to": there["country"],
        "state": there.get("state"),
        "postal_code": there.get("postal_code"),
        "what": line.get("hs_code"),
        "service": line.get("service"),
        "amount": line["amount"],
        "currency": sale["currency"],
        "for": buyer.get("kind"),
        "on": sale.get("date"),
        **{ours: line.get(theirs) for ours, theirs in LINE_WORDS.items()},
        **{name: line.get(name) for name in MEASURES},
        **{ours: sale.get(theirs) for ours, theirs in COSTS.items()},
        **{name: sale.get(name) for name in SALE_WORDS},
        "tax_ids": " ".join(buyer.get("tax_ids", ())),
        "registrations": " ".join((sale.get("seller") or {}).get("registrations", ())),
        "year_to_date": buyer.get("year_to_date"),
        "exchange_rate": exchange.get(sale["currency"]),
        "asserted": list(sale.get("asserted", ())),
    }
    # Nil is an answer, and not the same as none: what is known to cost nothing is not asked about.
    said = {name: value for name, value in found.items() if value not in (None, "", [])}
    plain = {name: value if name == "asserted" else str(value) for name, value in said.items()}
    return plain | {name: typed_numbers.unmistakable(plain[name]) for name in NUMBERS if name in plain}


def field_of(param: str) -> str:
    """The field of the form that a field of the sale comes from; empty where it has none.

    >>> field_of("lines[0].hs_code"), field_of("ship_to.country"), field_of("lines[0].rates.duty")
    ('what', 'to', '')
    """
    name = re.sub(r"^lines\[\d*\]\.", "", param)
    name = re.sub(r"^exchange_rates\b.*", "exchange_rate", name)
    name = FIELD_OF.get(name, name)
    return name if name in FIELDS else ""


def code_of(text: str) -> str:
    """The digits of a code as it may be typed; empty where it is none.

    >>> code_of("0901.21"), code_of("coffee 2")
    ('090121', '')
    """
    plain = re.sub(r"[\s.\-]", "", text)
    return plain if re.fullmatch(r"\d{2,10}", plain, re.ASCII) else ""


def _plain(text: str) -> str:
    # Full-width digits and letters, as East Asian keyboards give them, become plain ones.
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).strip() if sign.isprintable())


def _sale(asked: Asked) -> dict[str, Any]:
    """The sale that the form makes; what is wrong goes into the faults."""
    given, faults = asked.given, asked.faults
    for name, says in (
        ("from", _("Choose where it is sent from.")),
        ("to", _("Choose where it is sent to.")),
        ("amount", _("Write the price.")),
        ("currency", _("Choose the currency.")),
    ):
        if name not in given:
            faults[name] = says
    if ("what" in given) == ("service" in given):
        both = _("Goods or a service, not both: empty one of the two.")
        faults["what"] = both if "what" in given else _("Say what is sold.")
    line: dict[str, Any] = {theirs: given[ours] for ours, theirs in LINE_WORDS.items() if ours in given}
    if "what" in given:
        line["hs_code"] = code_of(given["what"])
    if "service" in given:
        line["service"] = given["service"]
    line |= {name: _number(asked, name) for name in ("amount", *MEASURES) if name in given}
    place = {"country": given.get("to"), "state": given.get("state"), "postal_code": given.get("postal_code")}
    sale: dict[str, Any] = {
        "ship_from": {"country": given.get("from")},
        "ship_to": {name: text for name, text in place.items() if text},
        "currency": given.get("currency"),
        "lines": [line],
        **{theirs: _number(asked, ours) for ours, theirs in COSTS.items() if ours in given},
        **{name: given[name] for name in SALE_WORDS if name in given},
    }
    if "exchange_rate" in given and "currency" in given:
        sale["exchange_rates"] = {given["currency"]: _number(asked, "exchange_rate")}
    _people(asked, sale)
    if "on" in given:
        if day_of(given["on"]) is None:
            faults["on"] = not_a_date(given["on"]).said(_)
        else:
            sale["date"] = given["on"]
    if asked.asserted:
        sale["asserted"] = list(asked.asserted)
    return sale


def _people(asked: Asked, sale: dict[str, Any]) -> None:
    """Who buys and who sells."""
    words = {name: [each for each in re.split(r"[\s,;]+", asked.given.get(name, "")) if each] for name in LISTS}
    buyer = {
        "kind": asked.given.get("for"),
        "tax_ids": words["tax_ids"],
        "year_to_date": _number(asked, "year_to_date") if "year_to_date" in asked.given else None,
    }
    if found := {name: value for name, value in buyer.items() if value not in (None, [])}:
        sale["buyer"] = found
    if words["registrations"]:
        sale["seller"] = {"registrations": words["registrations"]}


def _number(asked: Asked, name: str) -> Decimal | None:
    text = asked.given[name]
    try:
        found = typed_numbers.decimal(text, comma=typed_numbers.writes_comma())
    except typed_numbers.TwoWays:
        # A zero behind the decimals, or no separator at all: each of the two is one number in every language.
        plain = text.replace(",", ".")
        asked.faults[name] = _("{text} can be read in two ways: write {whole} or {decimals}.").format(
            text=text, whole=plain.replace(".", ""), decimals=typed_numbers.unmistakable(plain)
        )
        return None
    if found is None:
        example = number("1234.50")
        asked.faults[name] = _("Write a number that is not negative, such as {example}.").format(example=example)
    return found


def destinations() -> set[str]:
    """The economies that have law in the packs."""
    there = set(library().ids())
    return {code for code, (_title, _currency, pack) in library().world.economies.items() if pack in there}
