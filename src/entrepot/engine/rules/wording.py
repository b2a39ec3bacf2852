"""The wording of rates, formulas and fixed conditions, the same for every place and language."""

from __future__ import annotations

import re
from functools import lru_cache

from entrepot.law.compiled import Law
from entrepot.law.rates import FLAT, SHARE, UNIT, VALUE, Rate
from entrepot.law.records import Charge
from entrepot.model.money import in_major, percent
from entrepot.model.quote import RateDetails

UNKNOWN = RateDetails(rate_type="unknown", text="unknown")
NONE = RateDetails(rate_type="none", text="none")
PART = RateDetails(rate_type="none", text="part")
SEVERAL = RateDetails(rate_type="compound", text="several rates")
PROOF = "A proof of origin of the treatment accompanies the goods."
DIRECT = "The goods are consigned directly from the country of origin."
#: The labels of candidates that are no codes or places.
BELOW = "value of a unit below the limit"
ABOVE = "value of a unit at or above the limit"
WITHIN = "within the limits of the law"
BEYOND = "above the limits of the law"
ENDS = {"low": "lowest rate", "high": "highest rate"}
ENDS_OF_MEASURE = {"low": "lowest amount", "high": "highest amount"}
#: The label of the lines under a short code that the law does not have: no code of them is known.
OTHER_LINE = "another tariff line"
#: Before the rate that labels tariff lines without a name.
MFN = "MFN: "
MANDATORY = "{} applies instead, by law."
FITS = {
    "buyer": "This procedure is for this buyer: {}.",
    "channel": "This procedure is for this channel: {}.",
    "transport": "This procedure is for this transport: {}.",
}
#: Which field of a line gives a measure.
FIELD = {
    "kg": "net_mass_kg",
    "kg_gross": "gross_mass_kg",
    "l": "litres",
    "item": "items",
    "count": "items",
    "pair": "pairs",
    "m2": "square_metres",
    "m3": "cubic_metres",
    "head": "head",
    "l_alc": "alcohol_percent",
}


def between(low: str, high: str) -> str:
    """A range of rates in words: both ends in the unit of the highest. Of an end that is a range, its own end counts.

    >>> between("free", "15 %"), between("10 %", "20 %"), between("free", "2.00 EUR"), between("free", "5 % + 2 EUR/kg")
    ('0 % to 15 %', '10 % to 20 %', '0 to 2.00 EUR', 'free to 5 % + 2 EUR/kg')
    >>> between("free", "0 % to 10 %"), between("5 % to 10 %", "12 %")
    ('0 % to 10 %', '5 % to 12 %')

    Where the highest is not known, the lowest alone:

    >>> between("from free", "from 5 %"), between("5 %", "from 10 %"), between("from 5 %", "8 %")
    ('from free', 'from 5 %', '5 % to 8 %')
    """
    low, high = low.partition(" to ")[0].removeprefix("from "), high.rpartition(" to ")[2]
    if high.startswith("from "):
        return f"from {low}"
    if low == "free" and re.fullmatch(r"[\d.]+ %", high):
        low = "0 %"
    elif low == "free" and re.fullmatch(r"[\d.]+ [A-Z]{3}(/\S+)?", high):
        low = "0"
    return f"{low} to {high}"


def range_text(rate: Rate) -> str:
    """The text of a rate of which only the ends are known; any other rate as the law writes it."""
    return rate.text if rate.low is None or rate.high is None else between(rate.low.text, rate.high.text)


def rate_details(rate: Rate | None) -> RateDetails:
    """A rate as the API gives it.

    >>> from entrepot.law.grammar import read_rate
    >>> rate_details(read_rate("16.5 %")).percentage_decimal, rate_details(read_rate("2 CNY/kg")).rate_type
    ('16.5', 'per_unit')
    """
    return UNKNOWN if rate is None else _details(rate)


@lru_cache(maxsize=16384)
def _details(rate: Rate) -> RateDetails:
    if rate.kind == "share":
        return RateDetails(rate_type="percentage", text=rate.text, percentage_decimal=percent(rate.num, rate.den))
    if rate.kind == "free":
        return RateDetails(rate_type="free", text=rate.text, percentage_decimal="0")
    ops = {step.op for step in rate.program}
    if not ops:
        return RateDetails(rate_type="unknown", text=range_text(rate))
    kinds = ops & {SHARE, UNIT, FLAT}
    one = {frozenset({UNIT}): "per_unit", frozenset({FLAT}): "flat_amount"}.get(frozenset(kinds), "compound")
    return RateDetails(rate_type=one, text=rate.text)  # type: ignore[arg-type]  # one of the four above


def formula(charge: Charge, rate: Rate | None, base: int, law: Law) -> str:
    """How an amount came about, in figures: `107.00 × 13 % × 70 %`. Empty where no rate decided."""
    if rate is None or rate.kind in ("unknown", "text", "range"):
        return ""
    text = in_major(base, law.decimals)
    share = f"{percent(rate.num, rate.den)} %" if rate.kind == "share" else f"({rate.text})"
    if rate.kind == "free":
        text = f"{text} × 0 %"
    elif not charge.inclusive and not any(step.op in (SHARE, VALUE) for step in rate.program):
        text = rate.text  # an amount for each unit, or a flat one: the base plays no part
    elif charge.inclusive:
        within = percent(charge.inclusive_num, charge.inclusive_den)
        times = "" if within == "100" else f"{within} % × "
        text = (
            f"{text} ÷ (1 − {times}{share}) × {share}"
            if rate.kind == "share"
            else f"({text} × a + s) ÷ (1 − {times}a), {rate.text}"
        )
    else:
        text = f"{text} × {share}"
    if (charge.factor_num, charge.factor_den) != (1, 1):
        text += f" × {percent(charge.factor_num, charge.factor_den)} %"
    return text
