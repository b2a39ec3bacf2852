"""The quote form in the address of its page: parse it into a sale, and write a sale as a form."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from entrepot.app import library, normal_sale
from entrepot.engine.normal_form import code_named
from entrepot.engine.rules.own_rates import name_in_law
from entrepot.language.translate import _, error_text, number
from entrepot.language.typed_names import TYPED_NAMES, split_amount
from entrepot.law.compiled import Law
from entrepot.law.records import Charge
from entrepot.model.codes import day_of
from entrepot.model.errors import EntrepotError, SaleError
from entrepot.model.literals import not_a_date
from entrepot.model.rule_kinds import CHARGE_KINDS
from entrepot.web.pages import typed_numbers

#: Fields of the form that go into the sale or its line unchanged.
SALE_CHOICES = ("incoterm", "transport", "channel")
LINE_TEXTS = {"origin": "country_of_origin", "proof": "proof_of_origin", "tax_class": "tax_class"}
#: Fields that are amounts in the sale's currency.
COSTS = {"shipping": "shipping_cost", "insurance": "insurance_cost", "discount": "discount_amount"}
MEASURES = (
    "quantity", "net_mass_kg", "gross_mass_kg", "litres", "alcohol_percent", "items", "pairs", "square_metres",
    "cubic_metres", "head",
)  # fmt: skip
NUMBERS = ("amount", *MEASURES, *COSTS, "year_to_date", "exchange_rate")
#: Fields that hold a code, which may be typed as a name.
CODES = {"from": "economy", "to": "economy", "origin": "economy", "currency": "currency"}
#: Fields of several words, separated by spaces or commas.
LISTS = ("tax_ids", "registrations")
#: Rates that the user knows better than the packs, by the kind of charge. Those by the id of a charge have the same
#: prefix: the law of the destination names them.
RATE_PREFIX = "rate_"
RATES = {f"{RATE_PREFIX}{kind}": kind for kind in CHARGE_KINDS}
#: What is sold: goods or a service. The form has both fields; this says which one counts.
SOLD = {"goods": "what", "service": "service"}
FIELDS = (
    "sold", "from", "to", "state", "postal_code", "what", "service", "amount", "currency", "for", "on", *LINE_TEXTS,
    *MEASURES, *COSTS, *SALE_CHOICES, *LISTS, "year_to_date", "exchange_rate", *RATES,
)  # fmt: skip
#: The field of the form at which an error in a field of the sale is shown.
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
    **{api_name: name for name, api_name in (LINE_TEXTS | COSTS).items()},
}
#: The most rates by the id of a charge that a form may have.
MAX_RATES = 20
#: Characters of a field at most; no valid value is longer.
MAX_FIELD_LENGTH = 200


@dataclass(slots=True)
class SaleForm:
    """The values of the form, its errors by field, and the sale if there are none.

    `open_sale`: the sale if only the code of its goods is open.
    """

    given: dict[str, str] = field(default_factory=dict)
    asserted: tuple[str, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)
    sale: dict[str, Any] | None = None
    open_sale: dict[str, Any] | None = None

    @property
    def searched(self) -> str:
        """The words or the short code to search goods by; empty if the form has a code of 6 to 10 digits."""
        what = self.given.get("what", "")
        return what if what and not 6 <= len(code_of(what)) <= 10 else ""

    @property
    def only_searched(self) -> bool:
        """Whether there are only words to search goods by, as from a link: nobody has filled in the form yet."""
        return bool(self.searched) and len(self.given) == 1


def parse(query: QueryDict) -> SaleForm:
    """The form from the query of its address."""
    texts = {name: _normalize(query.get(name, ""))[:MAX_FIELD_LENGTH] for name in (*FIELDS, *_own_rates(query))}
    asserted = tuple(dict.fromkeys(_normalize(each)[:80] for each in query.getlist("asserted")))[:50]
    form = SaleForm({name: text for name, text in texts.items() if text}, tuple(filter(None, asserted)))
    _choose_sold(form.given)
    _take_currency(form)
    if form.given:
        _write_codes(form)
        _keep_known_rates(form)
        sale = _sale(form)
        if not form.faults and form.searched:
            form.open_sale = sale
        elif not form.faults:
            form.sale = dict(normal_sale(sale))
    form.faults = {name: form.faults[name] for name in FIELDS if name in form.faults}
    return form


def _own_rates(query: Iterable[str]) -> list[str]:
    """The fields of rates by the id of a charge."""
    named = re.compile(RATE_PREFIX + r"[a-z][a-z0-9_]{0,59}", re.ASCII)
    return [name for name in query if name not in RATES and named.fullmatch(name)][:MAX_RATES]


def is_rate(name: str) -> bool:
    """Whether a field is a rate that the user knows better.

    >>> is_rate("rate_fee"), is_rate("rate_import_processing_charge"), is_rate("exchange_rate")
    (True, True, False)
    """
    return name.startswith(RATE_PREFIX)


def _keep_known_rates(form: SaleForm) -> None:
    """Leaves out rates of charges that the law of the destination does not have: the form had another one before."""
    own = [name for name in form.given if is_rate(name) and name not in RATES]
    law = law_of(form) if own else None
    known = {each.id for each in charges_of(law)}
    for name in own:
        if law is not None and name.removeprefix(RATE_PREFIX) not in known:
            del form.given[name]


def law_of(form: SaleForm) -> Law | None:
    """The law of the destination on the day in the form; None if there is none."""
    on = day_of(form.given["on"]) if form.given.get("on") else today()
    try:
        return None if on is None else library().law(form.given.get("to", ""), on)
    except EntrepotError:
        return None


def charges_of(law: Law | None) -> list[Charge]:
    """The charges of all procedures of a law, each id once."""
    found = {each.id: each for regime in (law.regimes if law is not None else ()) for each in regime.charges}
    return list(found.values())


def today() -> dt.date:
    """The default day of the law: today. Only interfaces read the clock; the engine gets the day as an argument."""
    return dt.date.today()  # noqa: DTZ011  # today, in the time zone of the server


def _write_codes(form: SaleForm) -> None:
    """Writes codes in place of the names of countries and currencies; a name of several things is a fault."""
    for name, kind in CODES.items():
        if name in form.given:
            try:
                form.given[name] = code_named(kind, form.given[name], TYPED_NAMES, name) or form.given[name]
            except SaleError as error:
                form.faults[name] = error_text(error)


def _take_currency(form: SaleForm) -> None:
    """Takes the currency out of a price: `60 USD`, `€60`. A sign of several, such as `$`, is the chosen one."""
    figure, named = split_amount(form.given.get("amount", "")) or ("", "")
    if not named:
        return
    codes = TYPED_NAMES.codes("currency", named)
    if len(codes) == 1:
        form.given |= {"amount": figure, "currency": codes[0]}
    elif form.given.get("currency") in codes:
        form.given["amount"] = figure
    elif codes:
        form.faults["currency"] = _("{word} is the sign of several currencies: choose one.").format(word=named)
        form.given["amount"] = figure


def _choose_sold(given: dict[str, str]) -> None:
    """Keeps the field of what is sold that the switch names, and the switch only where it says more than the fields."""
    sold = given.pop("sold", "")
    if sold not in SOLD:
        return
    for other, name in SOLD.items():
        if other != sold:
            given.pop(name, None)
    if sold == "service" and "service" not in given:
        given["sold"] = sold


def query_string(query: Mapping[str, Any]) -> str:
    """The query of the form's address, after the `?`, without empty fields."""
    return urlencode({name: value for name, value in query.items() if value}, doseq=True)


def query_of(sale: Mapping[str, Any]) -> dict[str, Any] | None:
    """The form of a sale; None if the form cannot express it, for example a sale of several lines.

    >>> query_of({"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "currency": "CNY",
    ...     "lines": [{"hs_code": "090121", "amount": "100"}]})
    {'from': 'VN', 'to': 'CN', 'what': '090121', 'amount': '100', 'currency': 'CNY'}
    """
    exchange = sale.get("exchange_rates") or {}
    if len(sale["lines"]) != 1 or set(exchange) - {sale["currency"]}:
        return None
    (line,), ship_to, buyer = sale["lines"], sale["ship_to"], sale.get("buyer") or {}
    rates = line.get("rates") or {}
    fields: dict[str, Any] = {
        "from": sale["ship_from"]["country"],
        "to": ship_to["country"],
        "state": ship_to.get("state"),
        "postal_code": ship_to.get("postal_code"),
        "what": line.get("hs_code") or line.get("description"),
        "service": line.get("service"),
        "amount": line["amount"],
        "currency": sale["currency"],
        "for": buyer.get("kind"),
        "on": sale.get("date"),
        **{name: line.get(api_name) for name, api_name in LINE_TEXTS.items()},
        **{name: line.get(name) for name in MEASURES},
        **{name: sale.get(api_name) for name, api_name in COSTS.items()},
        **{name: sale.get(name) for name in SALE_CHOICES},
        "tax_ids": " ".join(buyer.get("tax_ids", ())),
        "registrations": " ".join((sale.get("seller") or {}).get("registrations", ())),
        "year_to_date": buyer.get("year_to_date"),
        "exchange_rate": exchange.get(sale["currency"]),
        **{f"{RATE_PREFIX}{name}": rate for name, rate in rates.items()},
        "asserted": list(sale.get("asserted", ())),
    }
    # Zero is a value: a cost that is known to be zero stays in the form.
    given = {name: value for name, value in fields.items() if value not in (None, "", [])}
    texts = {name: value if name == "asserted" else str(value) for name, value in given.items()}
    return texts | {name: typed_numbers.unambiguous(texts[name]) for name in NUMBERS if name in texts}


def field_of(param: str) -> str:
    """The field of the form for a field of the sale; empty if there is none.

    >>> field_of("lines[0].hs_code"), field_of("ship_to.country"), field_of("lines[0].rates.duty")
    ('what', 'to', 'rate_duty')
    """
    name = re.sub(r"^lines\[\d*\]\.", "", param)
    name = re.sub(r"^exchange_rates\b.*", "exchange_rate", name)
    if name.startswith("rates."):
        return RATE_PREFIX + name.removeprefix("rates.")
    name = FIELD_OF.get(name, name)
    return name if name in FIELDS else ""


def code_of(text: str) -> str:
    """The digits of a typed code of 2 to 10 digits; empty if the text is not a code.

    >>> code_of("0901.21"), code_of("coffee 2")
    ('090121', '')
    """
    plain = re.sub(r"[\s.\-]", "", text)
    return plain if re.fullmatch(r"\d{2,10}", plain, re.ASCII) else ""


def _normalize(text: str) -> str:
    # Full-width digits and letters of East Asian keyboards become plain ones.
    return "".join(character for character in unicodedata.normalize("NFKC", text).strip() if character.isprintable())


def _sale(form: SaleForm) -> dict[str, Any]:
    """The sale of the form; adds errors to `form.faults`."""
    given, faults = form.given, form.faults
    for name, says in (
        ("from", _("Choose the country it is sent from.")),
        ("to", _("Choose the country it is sent to.")),
        ("amount", _("Enter the price.")),
        ("currency", _("Choose the currency.")),
    ):
        if name not in given:
            faults.setdefault(name, says)
    if ("what" in given) == ("service" in given):
        both = _("Give goods or a service, not both.")
        field = "service" if given.get("sold") == "service" else "what"
        faults[field] = both if "what" in given else _("Enter what is sold.")
    line: dict[str, Any] = {api_name: given[name] for name, api_name in LINE_TEXTS.items() if name in given}
    if "what" in given:
        line["hs_code"] = code_of(given["what"])
    if "service" in given:
        line["service"] = given["service"]
    line |= {name: _number(form, name) for name in ("amount", *MEASURES) if name in given}
    if own := [name for name in given if is_rate(name)]:
        keys, amounts = [(name, name.removeprefix(RATE_PREFIX)) for name in own], amounts_of(law_of(form))
        line["rates"] = {key: _rate(given[name], given.get("to", ""), amount=key in amounts) for name, key in keys}
    place = {"country": given.get("to"), "state": given.get("state"), "postal_code": given.get("postal_code")}
    sale: dict[str, Any] = {
        "ship_from": {"country": given.get("from")},
        "ship_to": {name: text for name, text in place.items() if text},
        "currency": given.get("currency"),
        "lines": [line],
        **{api_name: _number(form, name) for name, api_name in COSTS.items() if name in given},
        **{name: given[name] for name in SALE_CHOICES if name in given},
    }
    if "exchange_rate" in given and "currency" in given:
        sale["exchange_rates"] = {given["currency"]: _number(form, "exchange_rate")}
    _add_parties(form, sale)
    if "on" in given:
        if day_of(given["on"]) is None:
            faults["on"] = not_a_date(given["on"]).said(_)
        else:
            sale["date"] = given["on"]
    if form.asserted:
        sale["asserted"] = list(form.asserted)
    return sale


def amounts_of(law: Law | None) -> set[str]:
    """The names of charges of which a number alone is an amount: fees, and charges on a value that no sale states."""
    charges = [each for each in charges_of(law) if each.kind == "fee" or each.unstated]
    names = {name_in_law(law, each) for each in charges} if law is not None else set()
    return {"fee", *names, *(each.id for each in charges)}


def _rate(text: str, importer: str, *, amount: bool) -> str:
    """A typed rate as the law writes rates: a number alone is a percentage, or with `amount` an amount.

    >>> _rate("12.5", "CN", amount=False), _rate("2 CNY/kg", "CN", amount=False), _rate("2", "DE", amount=True)
    ('12.5 %', '2 CNY/kg', '2 EUR')
    """
    plain = text.removesuffix("%").strip()
    try:
        value = typed_numbers.parse_decimal(plain, comma=typed_numbers.uses_decimal_comma())
    except typed_numbers.AmbiguousNumber:
        return text
    economy = library().world.economies.get(importer)
    if value is None or (amount and economy is None):
        return text
    return f"{value} {economy[1]}" if amount and economy and not text.endswith("%") else f"{value} %"


def _add_parties(form: SaleForm, sale: dict[str, Any]) -> None:
    """Adds the buyer and the seller to the sale."""
    lists = {name: [each for each in re.split(r"[\s,;]+", form.given.get(name, "")) if each] for name in LISTS}
    buyer = {
        "kind": form.given.get("for"),
        "tax_ids": lists["tax_ids"],
        "year_to_date": _number(form, "year_to_date") if "year_to_date" in form.given else None,
    }
    if given := {name: value for name, value in buyer.items() if value not in (None, [])}:
        sale["buyer"] = given
    if lists["registrations"]:
        sale["seller"] = {"registrations": lists["registrations"]}


def _number(form: SaleForm, name: str) -> Decimal | None:
    text = form.given[name]
    try:
        value = typed_numbers.parse_decimal(text, comma=typed_numbers.uses_decimal_comma())
    except typed_numbers.AmbiguousNumber:
        # The two forms that are suggested, a zero after the decimals or no separator, are one number in any language.
        normalized = text.replace(",", ".")
        form.faults[name] = _("{text} is ambiguous: write {whole} or {decimals}.").format(
            text=text, whole=normalized.replace(".", ""), decimals=typed_numbers.unambiguous(normalized)
        )
        return None
    if value is None:
        example = number("1234.50")
        form.faults[name] = _("Enter a number that is not negative, for example {example}.").format(example=example)
    return value


def destinations() -> set[str]:
    """The economies that have law in the packs."""
    packs = set(library().ids())
    return {code for code, (_title, _currency, pack) in library().world.economies.items() if pack in packs}
