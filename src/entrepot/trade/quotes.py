"""The quote of an order: what trade asks of stored quotes, and what an order keeps of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

import msgspec

from entrepot.model.errors import TradeError
from entrepot.model.money import in_minor, split
from entrepot.model.quote import Charge, Option, QuoteDocument
from entrepot.model.sale import INSURANCE_IN, Sale
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.limits import RetailLimits
from entrepot.trade.orders import Amounts, Assertion, KeptQuote, QuotedCharge
from entrepot.trade.service_rules import ServiceRule

#: Who collects a charge that is paid with the order. What customs, a carrier or the buyer pays or collects is not.
COLLECTED_WITH_ORDER = frozenset({"platform", "seller"})
#: The subtotal of each kind of charge.
_DUTIES, _FEES = frozenset({"duty", "additional_duty"}), frozenset({"fee"})


class StoredQuote(msgspec.Struct, frozen=True, kw_only=True):
    """A stored quote. `owner`: who asked for it, "" if anybody may use it; `sale`: the request."""

    id: str
    hash: str
    owner: str
    expires: dt.datetime
    sale: Sale
    document: QuoteDocument


class LawNow(NamedTuple):
    """The law of an economy on a day: its hash, and the limits of retail import if it has any."""

    hash: str
    limits: RetailLimits | None


class QuotePort(Protocol):
    """The quotes of the node, and the law behind them."""

    def create(self, sale: Mapping[str, Any], owner: str) -> StoredQuote:
        """Calculate and store a quote. Not called within a transaction. Raises SaleError."""

    def find(self, number: str) -> StoredQuote | None:
        """A stored quote, also if it has expired; None if there is none."""

    def law(self, economy: str, day: dt.date) -> LawNow:
        """The law of an economy on a day. Raises LawError."""

    def rules(self, service: str, economies: tuple[str, str], buyer: str, day: dt.date) -> tuple[ServiceRule, ...]:
        """What the law of the provider's and of the buyer's economy says of the delivery of a service on a day.

        `buyer`: consumer or business. Rules of kinds that do not concern the delivery are left out.
        """

    def decimals(self, currency: str) -> int | None:
        """The number of decimals of a currency; None if it is not known."""


def chosen(document: QuoteDocument, wanted: str, assertions: Sequence[str], param: str = "option") -> Option:
    """The option of a quote that an order is placed with: the one that is wanted, or the best.

    `assertions`: the conditions that somebody vouches for. Raises TradeError for an option that is closed, that needs
    assertions which were not made, or whose figures are open.
    """
    options = {each.id: each for each in document.options}
    number = wanted or document.best or document.best_conditional
    if not number:
        why = document.assessment.reasons[0].message if document.assessment.reasons else ""
        raise TradeError("no_option", "No import procedure is open for these goods. {why}", param, why=why)
    if number not in options:
        known = ", ".join(options)
        raise TradeError(
            "option_unknown",
            "{option!r} is not an option of the quote. Use one of: {known}.",
            param,
            option=number,
            known=known,
        )
    option = options[number]
    if option.status == "closed":
        failed = " ".join(each.says for each in option.conditions if each.state == "failed")
        raise TradeError(
            "option_closed",
            "{option} is closed for these goods. What it needs: {failed}",
            param,
            option=option.title,
            failed=failed,
        )
    _check_assertions(option, assertions)
    totals = option.amount_subtotals
    parts = [getattr(totals, name) for name in _PARTS] if totals else [None]
    if option.at_least or None in parts:
        raise TradeError(
            "quote_not_exact",
            "The quote of {option} is not exact: an amount is a range or unknown. Complete the data of the goods.",
            param,
            option=option.title,
        )
    return option


def _check_assertions(option: Option, assertions: Sequence[str]) -> None:
    """Raise TradeError unless the assertions have all that the option asks for."""
    asked = [each for each in _conditions(option) if each.state == "asked" and each.id not in assertions]
    if asked:
        ids, says = ", ".join(each.id for each in asked), " ".join(each.says for each in asked)
        raise TradeError(
            "assertions_missing",
            "{option} needs this to be confirmed (assertions: {ids}): {says}",
            "assertions",
            option=option.title,
            ids=ids,
            says=says,
        )


def check_known(options: Sequence[Option], assertions: Sequence[str]) -> None:
    """Raise TradeError for an assertion that is a condition of none of the options of an order or a checkout."""
    known = {each.id for option in options for each in _conditions(option)}
    unknown = [each for each in assertions if each not in known]
    if unknown:
        raise TradeError(
            "assertion_unknown",
            "{option} has no condition {id!r}: leave the assertion out.",
            "assertions",
            option=", ".join(dict.fromkeys(each.title for each in options)),
            id=unknown[0],
        )


def made_for(option: Option, assertions: Sequence[str]) -> list[str]:
    """The assertions that are conditions of an option: others were made for other orders of the checkout."""
    known = {each.id for each in _conditions(option)}
    return [each for each in dict.fromkeys(assertions) if each in known]


_PARTS = ("goods", "shipping", "insurance", "duties", "taxes", "fees")


def _conditions(option: Option) -> list[Any]:
    """The conditions of an option and of the treatments of its lines, each once."""
    found = {each.id: each for each in option.conditions}
    for line in option.lines:
        for each in line.treatment.conditions if line.treatment else ():
            found.setdefault(each.id, each)
    return list(found.values())


def kept(
    stored: StoredQuote, option: Option, asserted: Sequence[Assertion], paid: Mapping[str, int], decimals: Decimals
) -> KeptQuote:
    """What an order keeps of a quote.

    `paid`: goods, shipping and insurance in minor units of the currency of the sale, as the order counts them from its
    offers. Raises TradeError where the quote has other amounts.
    """
    document, currency = stored.document, stored.document.currency
    places = decimals(currency)
    charges = tuple(_charge(each, option, places) for each in option.charges if each.charged_to == "buyer")
    totals = option.amount_subtotals
    if totals is None:
        raise TradeError("quote_not_exact", "The quote has no amounts.", "quote")
    quoted = {name: _minor(getattr(totals, name), places) for name in _PARTS}
    return KeptQuote(
        id=stored.id,
        hash=stored.hash,
        law_date=document.law.date,
        law_hash=document.law.hash,
        option=option.id,
        currency=currency,
        amounts=_amounts(stored.sale, quoted, charges, paid, currency),
        charges=charges,
        values=tuple(_minor(each.customs_value, places) for each in option.lines),
        limited=quoted["goods"] + quoted["shipping"] + quoted["insurance"],
        expires=timestamp(stored.expires),
        assertions=tuple(asserted),
    )


def _amounts(
    sale: Sale, quoted: Mapping[str, int], charges: Sequence[QuotedCharge], paid: Mapping[str, int], currency: str
) -> Amounts:
    """What the buyer pays with the order: the goods and their carriage, and the charges collected with them."""
    with_order = {"duties": 0, "taxes": 0, "fees": 0}
    for each in charges:
        if each.in_order:
            name = "duties" if each.kind in _DUTIES else "fees" if each.kind in _FEES else "taxes"
            with_order[name] += each.amount
    if sale.currency != currency:
        if sum(with_order.values()):
            raise TradeError(
                "currency_differs",
                "The offers are in {other}; duties and taxes of the order are collected in {currency}. "
                "Sell in {currency}.",
                "currency",
                other=sale.currency,
                currency=currency,
            )
        return Amounts(currency=sale.currency, **_three(paid), **with_order)
    expected = sum(paid.values())
    found = quoted["goods"] + quoted["shipping"] + quoted["insurance"]
    found += sum(with_order.values()) if sale.incoterm == "DDP" else 0
    if found != expected:
        raise TradeError(
            "amount_differs",
            "The quote has {found} {currency} for goods and carriage; the order has {expected}, in minor units.",
            "quote",
            found=found,
            expected=expected,
            currency=currency,
        )
    return Amounts(currency=currency, **_three(quoted), **with_order)


def _three(values: Mapping[str, int]) -> dict[str, int]:
    return {name: values[name] for name in ("goods", "shipping", "insurance")}


def _charge(charge: Charge, option: Option, places: int) -> QuotedCharge:
    """A charge, and its parts by line: in proportion to its parts before the rounding of totals.

    A charge without parts by line, such as a fee for the consignment, is divided by customs value.
    """
    total = _minor(charge.amount, places)
    parts = [next((each.amount for each in line.charges if each.id == charge.id), None) for line in option.lines]
    weights = [_minor(each, places) for each in parts]
    if not any(weights):
        weights = [_minor(each.customs_value, places) for each in option.lines]
    return QuotedCharge(
        id=charge.id,
        kind=charge.kind,
        amount=total,
        collected_by=charge.collected_by,
        in_order=charge.collected_by in COLLECTED_WITH_ORDER,
        lines=tuple(split(total, weights)),
    )


def _minor(amount: str | None, places: int) -> int:
    """An amount of a quote in minor units; nothing for one that is not there."""
    found = in_minor(Decimal(amount), places) if amount is not None else 0
    if found is None:
        raise ValueError(f"{amount} has more than {places} decimals.")
    return found


class Decimals(Protocol):
    """The number of decimals of a currency that is known."""

    def __call__(self, currency: str) -> int:
        """The number of decimals."""


def is_outdated(quote: KeptQuote, economy: str, now: dt.datetime, day: dt.date, quotes: QuotePort) -> str:
    """Why an order cannot be paid by its quote: quote_expired or law_changed; "" if it can."""
    if timestamp(now) >= quote.expires:
        return "quote_expired"
    return "law_changed" if quotes.law(economy, day).hash != quote.law_hash else ""


def check_owned(stored: StoredQuote | None, number: str, digest: str, by: str, now: dt.datetime) -> StoredQuote:
    """A stored quote that a buyer may order by. Raises TradeError.

    Somebody else's quote is not found, as one that never existed: nobody learns from the answer that it exists.
    """
    if stored is None or (stored.owner and stored.owner != by):
        raise TradeError("quote_not_found", "There is no quote {quote!r}.", "quotes", quote=number)
    if digest != stored.hash:
        raise TradeError(
            "quote_altered",
            "The hash of the quote {quote} is not {hash!r}: the quote was altered. Ask for a new one.",
            "quotes",
            quote=number,
            hash=digest,
        )
    if now >= stored.expires:
        raise TradeError(
            "quote_expired",
            "The quote {quote} expired on {expires}. Ask for a new one.",
            "quotes",
            quote=number,
            expires=timestamp(stored.expires),
        )
    return stored


def insured_in(incoterm: str) -> bool:
    """Whether the price at an Incoterm includes insurance."""
    return incoterm in INSURANCE_IN
