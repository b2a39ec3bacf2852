"""The law of an importer in the seller's currency, where no exchange rate to the importer's is known.

Charges that are percentages of the price are the same in any currency. What the law states in its own currency (limits,
fees, rates by measure, bands) cannot be compared with the price, and is not known, unless the pack says between which
amounts of another currency it lies (`without_exchange`); what it rounds to units of its currency is rounded to the
minor unit of the seller's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import msgspec

from entrepot.law.compiled import Law, Memo
from entrepot.law.rates import Rate
from entrepot.law.records import Charge, Regime, Round, Term
from entrepot.model.sale import Sale

MINOR_UNIT = Round("half_up", 1, 1)


class LawsByCurrency(Memo[str, Law]):
    """A law in other currencies: each is about one megabyte, and made in two milliseconds."""

    __slots__ = ()

    MAX_ENTRIES = 32


@dataclass(slots=True)
class _Derived:
    """What this module stores with a law: the law in other currencies."""

    laws: LawsByCurrency = field(default_factory=LawsByCurrency)


def law_in(law: Law, currency: str, decimals: int) -> Law:
    """A law with amounts in minor units of another currency. The result is stored with the law."""
    memo = law.derived(_Derived).laws
    known = memo.get(currency)
    return memo.store(currency, _law_in(law, currency, decimals)) if known is None else known


def _law_in(law: Law, currency: str, decimals: int) -> Law:
    rates = [*law.rates, Rate("unknown", "unknown")]
    unknown = len(law.rates)
    regimes = tuple(_regime_in(regime, rates) for regime in law.regimes)
    valuation = law.valuation
    stated = {step.currency for rate in rates_without_exchange(regimes) for end in rate.ends for step in end.program}
    return msgspec.structs.replace(
        law,
        currency=currency,
        decimals=decimals,
        rates=rates,
        taxes={
            name: tuple(
                row
                if row.over is row.up_to is row.floor is row.cap is None
                else msgspec.structs.replace(row, over=None, up_to=None, floor=None, cap=None, rate=unknown)
                for row in rows
            )
            for name, rows in law.taxes.items()
        },
        exchange={},
        valuation=None if valuation is None else msgspec.structs.replace(valuation, round=MINOR_UNIT),
        regimes=regimes,
        foreign=tuple(sorted({law.currency, *law.foreign, *stated} - {currency, ""})),
    )


def rates_without_exchange(regimes: Iterable[Regime]) -> set[Rate]:
    """The rates of charges that are known without an exchange rate to the importer's currency."""
    return {charge.without_exchange for regime in regimes for charge in regime.charges if charge.without_exchange}


def _regime_in(regime: Regime, rates: list[Rate]) -> Regime:
    return msgspec.structs.replace(regime, charges=tuple(_charge_in(charge, rates) for charge in regime.charges))


def _charge_in(charge: Charge, rates: list[Rate]) -> Charge:
    """A charge that is rounded to the minor unit, and collected however small it is. Its known rate joins `rates`."""
    known = charge.without_exchange
    if known is not None:
        charge = msgspec.structs.replace(charge, rate=len(rates))
        rates.append(known)
    return msgspec.structs.replace(
        charge,
        base=tuple(_term_in(term) for term in charge.base),
        round_base=None,
        round_line=MINOR_UNIT,
        round_total=None,
        waived_below=0,
    )


def _term_in(term: Term) -> Term:
    return msgspec.structs.replace(term, round=None)


def needs_own_currency(sale: Sale, law: Law, reference: Collection[str]) -> bool:
    """Whether no rate leads from the currency of a sale to the importer's: the caller's, the law's or a reference."""
    return sale.currency != law.currency and not any(
        sale.currency in rates for rates in (sale.exchange_rates, law.exchange, reference)
    )
