"""Exchange rates of a sale: the caller's, the law's, or reference rates; and the conversion of the law's limits."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from entrepot.engine.case import Case, Number
from entrepot.engine.rules.reasons import reason
from entrepot.model.errors import SaleError, nearest
from entrepot.model.money import half_up, is_bounded
from entrepot.model.quote import Exchange


def set_exchange_rates(case: Case, decimals: Mapping[str, int], reference: Mapping[str, Exchange]) -> None:
    """Sets rates to the importer's currency: the caller's, else the law's, else reference rates. Raises SaleError."""
    sale, law, minor = case.sale, case.law, 10**case.law.decimals
    rates_to = {currency: _exact(each.rate, minor) for currency, each in reference.items()}
    rates_to |= {currency: _exact(text, minor) for currency, (text, _) in law.exchange.items()}
    for currency, rate in sale.exchange_rates.items():
        param = f"exchange_rates.{currency}"
        if currency not in decimals:
            near = nearest(currency.upper(), decimals)
            raise SaleError(
                "unknown_currency",
                "{word!r} is not a currency code. Use three letters (ISO 4217), for example USD.",
                param,
                near,
                word=currency,
            )
        if not is_bounded(rate) or rate <= 0:
            raise SaleError("invalid_amount", "An exchange rate must be a number above zero.", param)
        if case.home_currency != law.currency:
            continue  # the caller's rates are to the importer's currency, which is not that of the answer
        rates_to[currency] = _exact(rate, minor)
        if known := reference.get(currency) or _fixed(case, currency):
            _compare(case, param, Fraction(rate), known)
    rates_to[law.currency] = (minor, 1)
    case.rates_to = rates_to
    given = {law.currency, *law.exchange} | (
        sale.exchange_rates.keys() if case.home_currency == law.currency else set()
    )
    case.reference = {currency: rate for currency, rate in reference.items() if currency not in given}
    if sale.currency not in decimals:
        near = nearest(sale.currency.upper(), decimals)
        raise SaleError(
            "unknown_currency",
            "{word!r} is not a currency code. Use three letters (ISO 4217), for example USD.",
            "currency",
            near,
            word=sale.currency,
        )
    if sale.currency != law.currency:
        _set_sale_rate(case, reference)


def _fixed(case: Case, currency: str) -> Exchange | None:
    """The rate that the law fixes on the day of the sale, such as that of a pegged currency."""
    if currency not in case.law.exchange:
        return None
    return Exchange(currency=currency, rate=case.law.exchange[currency][0], date=case.on.isoformat(), source="the law")


def _compare(case: Case, param: str, rate: Fraction, known: Exchange) -> None:
    """Names a rate of the caller that is more than a fifth away from the reference rate, or is its inverse."""
    expected = Fraction(known.rate)
    if abs(rate - expected) * 5 <= expected:
        return
    inverse = abs(rate * expected - 1) * 5 <= 1
    values = {
        "currency": known.currency,
        "importer": case.law.currency,
        "rate": format(case.sale.exchange_rates[known.currency], "f"),
        "reference": known.rate,
        "date": known.date or "",
    }
    case.reasons.append(reason("exchange.inverse" if inverse else "exchange.odd", param, **values))


def converted_limit(case: Case, num: int, den: int, currency: str, times: Number = (1, 1)) -> Number | None:
    """A limit of the law, times a number of units, in minor units; None where its currency has no rate.

    One in another currency is rounded as values are, so that USD 150 is not more than USD 150 at any rate.
    """
    rate = case.rates_to.get(currency)
    if rate is None:
        return None
    top, bottom = num * rate[0] * times[0], den * rate[1] * times[1]
    return (top, bottom) if currency == case.law.currency else (half_up(top, bottom), 1)


@lru_cache(maxsize=4096)
def _exact(rate: str | Decimal, minor: int) -> Number:
    """A rate as minor units for one major unit; cached, because many sales have the same rates."""
    return (Fraction(rate) * minor).as_integer_ratio()


def _set_sale_rate(case: Case, reference: Mapping[str, Exchange]) -> None:
    """Sets the rate that the sale's currency is converted at."""
    sale, law, currency = case.sale, case.law, case.sale.currency
    if currency in sale.exchange_rates:
        given = format(sale.exchange_rates[currency], "f")
        case.exchange = Exchange(currency=currency, rate=given, date=None, source="the caller")
    elif currency in law.exchange:
        text, row = law.exchange[currency]
        basis = law.bases[row]
        title = law.sources[basis.cites[0]].title
        case.exchange = Exchange(currency=currency, rate=text, date=basis.since, source=title)
    else:
        case.exchange = used = reference[currency]
        values = {"currency": currency, "rate": used.rate, "source": used.source, "date": used.date or ""}
        case.reasons.append(reason("exchange.reference", "exchange_rates", **values))
