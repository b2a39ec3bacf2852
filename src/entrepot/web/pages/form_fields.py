"""fields: the form of a quote as its template draws it: each field with its label, what it holds and what is wrong."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import get_args

from entrepot import app
from entrepot.language import translate
from entrepot.language.translate import N_, _, label, of_pack
from entrepot.law.compiled import Law
from entrepot.model import sale
from entrepot.model.codes import day_of
from entrepot.model.errors import EntrepotError
from entrepot.model.rule_kinds import TRANSPORTS
from entrepot.web.pages.sale_form import MEASURES, Asked, destinations

#: The currency that the empty form begins with, by the reader's language.
CURRENCY = {"zh": "CNY", "vi": "VND", "th": "THB", "km": "KHR", "en": "USD"}
#: The made-up place of tutorials and tests, which stands last.
EXAMPLE = "ZZ"
MEASURED = {
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
    """A field: `kind` is text, number, date, choice or suggest (a text with words to choose from)."""

    name: str
    label: str
    value: str
    fault: str
    kind: str = "text"
    hint: str = ""
    choices: Choices | tuple[()] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together; `open` where one of them is filled in or at fault."""

    title: str
    fields: list[Field]

    @property
    def open(self) -> bool:
        """Whether the reader has to see it."""
        return any(each.value or each.fault for each in self.fields)


def first(asked: Asked) -> dict[str, Field]:
    """The fields that everybody fills in."""
    given, make = asked.given, _maker(asked)
    services = [(name, of_pack(title)) for name, title in app.library().world.services.items()]
    currency = given.get("currency") or ("" if given else CURRENCY[translate.spoken()])
    currencies = [(code, code) for code in sorted(app.library().world.decimals)]
    return {
        "from": make("from", _("From"), "choice", choices=places()),
        "to": make("to", _("To"), "choice", choices=places(destinations())),
        "what": make("what", _("What is sold"), hint=_("Words such as coffee, or a customs code such as 0901.21.")),
        "service": make("service", _("or a service"), "choice", choices=sorted(services, key=lambda each: each[1])),
        "amount": make("amount", _("Price of all of it"), "number"),
        "currency": Field(
            "currency", _("Currency"), currency, asked.faults.get("currency", ""), "choice", "", currencies
        ),
        "for": make("for", _("Who buys"), "choice", choices=_labels(("consumer", "business"))),
    }


def more(asked: Asked) -> list[Group]:
    """The fields of those who know more."""
    make, law = _maker(asked), _law(asked)
    proofs, classes, schemes, parts = _words(law)
    incoterms = [(each, each) for each in get_args(sale.Incoterm)]
    when = [
        make("on", _("Day of the law"), "date", hint=_("Without one: today.")),
        make(
            "origin", _("Country of origin"), "choice", hint=_("Without one: where it is sent from."), choices=places()
        ),
        make("proof", _("Proof of origin"), "suggest", hint=_("Such as form_e or rcep."), choices=proofs),
    ]
    how = [
        make("shipping", _("Shipping cost"), "number"),
        make("insurance", _("Insurance cost"), "number"),
        make("discount", _("Discount"), "number"),
        make(
            "exchange_rate",
            _("Exchange rate"),
            "number",
            hint=_("Of the price's currency into that of the destination."),
        ),
        make("incoterm", _("Incoterm of the price"), "choice", choices=incoterms),
        make("transport", _("Transport"), "choice", choices=_labels(TRANSPORTS)),
        make("channel", _("How it is sold"), "choice", choices=_labels(get_args(sale.Channel))),
    ]
    who = [
        make("tax_ids", _("Tax numbers of the buyer"), hint=_("Several with spaces between them.")),
        make("registrations", _("Schemes the seller is registered for"), "suggest", choices=schemes),
        make("year_to_date", _("Bought this year under an annual limit"), "number"),
        make(
            "state", _("State or province"), "suggest", hint=_("Where charges differ by it, such as ON."), choices=parts
        ),
        make("postal_code", _("Postal code")),
        make("tax_class", _("Class of the tax"), "suggest", choices=classes),
    ]
    measures = [make(name, _(MEASURED[name]), "number") for name in MEASURES]
    return [
        Group(_("Day and origin"), when),
        Group(_("Carriage and terms"), how),
        Group(_("Quantity and measures"), measures),
        Group(_("Buyer, seller and place"), who),
    ]


def asserted(asked: Asked) -> Choices:
    """The conditions that the reader vouches for, each with what it says where the law of the place has it."""
    law = _law(asked)
    says = {each.id: each.says for regime in law.regimes for each in regime.conditions} if law is not None else {}
    return [(name, of_pack(says[name]) if name in says else name) for name in asked.asserted]


def places(codes: Iterable[str] | None = None) -> Choices:
    """Economies by their names in the reader's language, in its order."""
    named = [(code, translate.place(code)) for code in codes or app.library().world.economies]
    english = {code: entry[0] for code, entry in app.library().world.economies.items()}

    def order(each: tuple[str, str]) -> tuple[bool, str]:
        # Chinese names have no order of their own that we could make: they stand as the English ones do.
        name = english[each[0]] if translate.spoken() == "zh" else each[1]
        plain = unicodedata.normalize("NFKD", name.casefold().replace("đ", "d"))
        return each[0] == EXAMPLE, "".join(sign for sign in plain if not unicodedata.combining(sign))

    return sorted(named, key=order)


def _maker(asked: Asked) -> Callable[..., Field]:
    def make(name: str, title: str, kind: str = "text", hint: str = "", choices: Choices | tuple[()] = ()) -> Field:
        value = asked.given.get(name, "")
        # A code is understood however it is typed.
        known = {code.casefold(): code for code, _title in choices} if kind == "choice" else {}
        return Field(name, title, known.get(value.casefold(), value), asked.faults.get(name, ""), kind, hint, choices)

    return make


def _labels(these: Iterable[str]) -> Choices:
    return [(each, label(each)) for each in these]


def _law(asked: Asked) -> Law | None:
    """The law of the destination on the day that is asked about, where there is one."""
    on = day_of(asked.given["on"]) if asked.given.get("on") else today()
    try:
        return None if on is None else app.library().law(asked.given.get("to", ""), on)
    except EntrepotError:
        return None


def today() -> dt.date:
    """The day of the law where nobody says which: here, at the edge, the clock may be asked."""
    return dt.date.today()  # noqa: DTZ011  # the law of the place where the desk stands


def _words(law: Law | None) -> tuple[Choices, Choices, Choices, Choices]:
    """The proofs, the classes of taxes, the schemes and the parts that the law of the destination knows."""
    if law is None:
        return [], [], [], []
    held = app.library().world.proofs
    proofs = {proof: of_pack(each.title) for each in law.treatments for proof in (*each.proofs, *held.get(each.id, ()))}
    parts = [(place.partition("-")[2], place) for place in sorted(law.places)]
    return (
        sorted(proofs.items()),
        [(each, label(each)) for each in sorted(law.classes)],
        [(each, each) for each in sorted(law.schemes)],
        parts,
    )
