"""The fields of the quote form for its template: each with its label, its value and its error."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from entrepot import app
from entrepot.engine.rules.own_rates import name_in_law
from entrepot.language import translate
from entrepot.language.remarks import subdivision_name
from entrepot.language.translate import N_, _, label, pack_text
from entrepot.law.compiled import Law, World
from entrepot.model import sale
from entrepot.model.rule_kinds import TRANSPORTS
from entrepot.web.pages.condition_texts import condition_texts
from entrepot.web.pages.sale_form import (
    MEASURES,
    RATE_PREFIX,
    RATES,
    SaleForm,
    amounts_of,
    charges_of,
    destinations,
    is_rate,
    law_of,
)

#: The currency in an empty form, by the language of the page.
DEFAULT_CURRENCY = {"zh": "CNY", "vi": "VND", "th": "THB", "km": "KHR", "en": "USD"}
#: The invented economy of tutorials and tests, which is listed last.
EXAMPLE_ECONOMY = "ZZ"
MEASURE_LABELS = {
    "quantity": N_("Quantity"),
    "net_mass_kg": N_("Net mass, kg"),
    "gross_mass_kg": N_("Gross mass, kg"),
    "litres": N_("Litres"),
    "alcohol_percent": N_("Alcohol, % vol"),
    "items": N_("Pieces"),
    "pairs": N_("Pairs"),
    "square_metres": N_("Square metres"),
    "cubic_metres": N_("Cubic metres"),
    "head": N_("Head of animals"),
}

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `kind` is text, number, date, choice or suggest (a text with suggestions).

    `unit`: what the number counts; `scope`: where the field is on the page a second time, the prefix of its id.
    """

    name: str
    label: str
    value: str
    fault: str
    kind: str = "text"
    hint: str = ""
    choices: Choices | tuple[()] = ()
    unit: str = ""
    scope: str = "f"

    @property
    def options(self) -> SafeString:
        """The options of a choice, or the suggestions of a text, as HTML."""
        options = _options(tuple(self.choices))
        if self.kind == "choice" and self.value:
            value = escape(self.value)
            for tag in (f'<option value="{value}"', f"<option>{value}\n"):
                options = options.replace(tag, f"<option selected{tag[7:]}", 1)
        return mark_safe(options)  # noqa: S308  # each value and each title is escaped


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together; `open` if one of them has a value or an error."""

    title: str
    fields: list[Field]

    @property
    def open(self) -> bool:
        """Whether the group is shown unfolded."""
        return any(each.value or each.fault for each in self.fields)


def main_fields(form: SaleForm) -> dict[str, Field]:
    """The fields that every quote needs."""
    given, make = form.given, _field_maker(form)
    services = [(name, pack_text(title)) for name, title in app.library().world.services.items()]
    currency = given.get("currency") or (
        "" if given and not form.only_searched else DEFAULT_CURRENCY[translate.current_language()]
    )
    currencies = [(code, code) for code in sorted(app.library().world.decimals)]
    return {
        "from": make("from", _("From"), "choice", choices=economy_choices()),
        "to": make("to", _("To"), "choice", choices=economy_choices(destinations())),
        "what": make(
            "what", _("What is sold"), hint=_("Words, for example coffee, or a tariff code, for example 0901.21.")
        ),
        "service": make("service", _("Service"), "choice", choices=sorted(services, key=lambda each: each[1])),
        "amount": make("amount", _("Total price"), "number"),
        "currency": Field(
            "currency", _("Currency"), currency, form.faults.get("currency", ""), "choice", "", currencies
        ),
        "for": make("for", _("Buyer"), "choice", choices=_labels(("consumer", "business"))),
    }


def other_fields(form: SaleForm) -> dict[str, Field]:
    """The fields that a sale may need beside the main ones, as far as the law of its destination knows them."""
    law = law_of(form)
    return _fields_of_sale(form, law) | _fields_of_law(form, law)


def _fields_of_sale(form: SaleForm, law: Law | None) -> dict[str, Field]:
    make = _field_maker(form)
    currency = form.given.get("currency", "")
    unit = f"{law.currency} / {currency}" if law is not None and currency else ""
    labels = {"duty": _("Rate of duty, %"), "vat": _("Rate of value added tax, %"), "excise": _("Rate of excise, %")}
    fee = law.currency if law is not None else ""
    fields = [
        make("on", _("Date of the law"), "date", hint=_("By default today.")),
        make(
            "origin",
            _("Country of origin"),
            "choice",
            hint=_("By default the country it is sent from."),
            choices=economy_choices(),
        ),
        *(make(name, _(text), "number") for name, text in MEASURE_LABELS.items()),
        make("shipping", _("Shipping cost"), "number", unit=currency),
        make("insurance", _("Insurance cost"), "number", unit=currency),
        make("discount", _("Discount"), "number", unit=currency),
        make(
            "exchange_rate",
            _("Exchange rate"),
            "number",
            hint=_("From the currency of the price to that of the destination."),
            unit=unit,
        ),
        make(
            "incoterm", _("Incoterm of the price"), "choice", choices=[(each, each) for each in get_args(sale.Incoterm)]
        ),
        make("transport", _("Transport"), "choice", choices=_labels(TRANSPORTS)),
        make("channel", _("Sales channel"), "choice", choices=_labels(get_args(sale.Channel))),
        make("tax_ids", _("Tax numbers of the buyer"), hint=_("Separate several with spaces.")),
        make("postal_code", _("Postal code")),
        *(
            make(name, labels.get(kind) or _("Rate of {kind}, %").format(kind=label(kind)), "number", unit="%")
            for name, kind in RATES.items()
            if kind != "fee" and kind not in amounts_of(law)
        ),
        make("rate_fee", _("Amount of the fee"), "number", unit=fee),
        *_rates_of_charges(form, law),
    ]
    return {each.name: each for each in fields}


def _rates_of_charges(form: SaleForm, law: Law | None) -> list[Field]:
    """The fields of the rates of single charges: of several of a kind, and of those on a value that no sale states."""
    if law is None:
        return []
    make, found, amounts = _field_maker(form), [], amounts_of(law)
    for each in charges_of(law):
        own = name_in_law(law, each)
        for name in dict.fromkeys((own, each.id)):
            field = f"{RATE_PREFIX}{name}"
            wanted = own == name if field not in RATES else each.unstated
            if wanted or (field not in RATES and field in form.given):
                title = _("{name}: amount") if name in amounts else _("{name}: rate, %")
                unit = law.currency if name in amounts else "%"
                found.append(make(field, title.format(name=pack_text(each.name)), "number", unit=unit))
    return found


def _fields_of_law(form: SaleForm, law: Law | None) -> dict[str, Field]:
    """The fields whose values the law of the destination names."""
    make = _field_maker(form)
    proofs, classes, schemes, parts = _law_choices(law)
    title = _("Already bought this year under an annual limit")
    fields = [
        make("proof", _("Proof of origin"), "suggest", hint=_("For example form_e or rcep."), choices=proofs),
        make("registrations", _("Schemes the seller is registered for"), "suggest", choices=schemes),
        make("year_to_date", title, "number", unit=law.currency if law is not None else ""),
        make(
            "state",
            _("State or province"),
            "suggest",
            hint=_("Where charges differ by state, for example ON or Ontario."),
            choices=parts,
        ),
        make("tax_class", _("Tax class"), "suggest", choices=classes),
    ]
    return {each.name: each for each in fields}


def other_groups(form: SaleForm, fields: Mapping[str, Field], beside: Collection[str]) -> list[Group]:
    """The optional fields that this sale may need, in groups, without those that stand beside an assumption."""
    wanted = _offered(form, law_of(form)).union(form.given, form.faults).difference(beside)
    rates = [name for name in fields if is_rate(name)]
    groups = (
        (_("Date and origin"), ("on", "origin", "proof")),
        (
            _("Freight and Incoterm"),
            ("shipping", "insurance", "discount", "exchange_rate", "incoterm", "transport", "channel"),
        ),
        (_("Quantity and measures"), (*MEASURES, *rates)),
        (
            _("Buyer, seller and place"),
            ("tax_ids", "registrations", "year_to_date", "state", "postal_code", "tax_class"),
        ),
    )
    found = [Group(title, [fields[name] for name in names if name in wanted]) for title, names in groups]
    return [each for each in found if each.fields]


def _offered(form: SaleForm, law: Law | None) -> set[str]:
    """The optional fields that are offered before a reason asks for them.

    Other measures, rates and classes are asked for beside the reason that needs them.
    """
    offered = {"on", "discount", "tax_ids"}
    if "service" not in form.given:
        offered |= {"origin", "proof", "quantity", "net_mass_kg"}
        offered |= {"shipping", "insurance", "incoterm", "transport", "channel"}
    if law is None or form.given.get("currency", "").upper() != law.currency:
        offered.add("exchange_rate")
    if law is not None and law.places:
        offered |= {"state", "postal_code"}
    if law is not None and law.schemes:
        offered.add("registrations")
    return offered


def asserted_conditions(form: SaleForm) -> Choices:
    """The conditions that the user asserts, each with its text if the law of the destination has it."""
    return condition_texts(form.asserted, law_of(form))


def economy_choices(codes: Collection[str] | None = None) -> Choices:
    """Economies with their names in the language of the page, sorted by name; by default all of them."""
    choices = _all_economies(translate.current_language(), _Identity(app.library().world))
    return choices if codes is None else [each for each in choices if each[0] in codes]


@dataclass(frozen=True, slots=True, eq=False)
class _Identity:
    """The names of the packs as the key of a cache: packs that are read again are another key."""

    world: World

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.world is other.world

    def __hash__(self) -> int:
        return id(self.world)


@lru_cache(maxsize=16)
def _all_economies(language: str, packs: _Identity) -> Choices:
    english = {code: entry[0] for code, entry in packs.world.economies.items()}
    named = [(code, translate.place(code)) for code in english]
    named = [(code, f"{name} ({_('invented')})" if code == EXAMPLE_ECONOMY else name) for code, name in named]

    def order(each: tuple[str, str]) -> tuple[bool, str]:
        return each[0] == EXAMPLE_ECONOMY, name_key(each[1], english[each[0]], language)

    return sorted(named, key=order)


def name_key(name: str, english: str, language: str) -> str:
    """The key that sorts a name of a place in a list: its letters without case and accents.

    Sorting Chinese names needs a collation that is not at hand: they are in the order of the English names.

    >>> name_key("Đức", "Germany", "vi"), name_key("德国", "Germany", "zh")
    ('duc', 'germany')
    """
    plain = unicodedata.normalize("NFKD", (english if language == "zh" else name).casefold().replace("đ", "d"))
    return "".join(character for character in plain if not unicodedata.combining(character))


@lru_cache(maxsize=256)
def _options(choices: tuple[tuple[str, str], ...]) -> str:
    """The options of a choice as HTML, without end tags, which may be left out: a template would take milliseconds."""
    return "".join(
        f'<option value="{escape(code)}">{escape(title)}\n' if code != title else f"<option>{escape(title)}\n"
        for code, title in choices
    )


def _field_maker(form: SaleForm) -> Callable[..., Field]:
    def make(
        name: str, title: str, kind: str = "text", hint: str = "", choices: Choices | tuple[()] = (), unit: str = ""
    ) -> Field:
        value = form.given.get(name, "")
        # A code is accepted in any case.
        codes = {code.casefold(): code for code, _title in choices} if kind == "choice" else {}
        value = codes.get(value.casefold(), value)
        return Field(name, title, value, form.faults.get(name, ""), kind, hint, choices, unit)

    return make


def _labels(these: Iterable[str]) -> Choices:
    return [(each, label(each)) for each in these]


def _law_choices(law: Law | None) -> tuple[Choices, Choices, Choices, Choices]:
    """The proofs of origin, tax classes, schemes and subdivisions in the law of the destination."""
    if law is None:
        return [], [], [], []
    proofs_of = app.library().world.proofs
    proofs = {
        proof: pack_text(each.title) for each in law.treatments for proof in (*each.proofs, *proofs_of.get(each.id, ()))
    }
    parts = [(place.partition("-")[2], subdivision_name(place, app.library().world)) for place in sorted(law.places)]
    return (
        sorted(proofs.items()),
        [(each, label(each)) for each in sorted(law.classes)],
        [(each, each) for each in sorted(law.schemes)],
        parts,
    )
